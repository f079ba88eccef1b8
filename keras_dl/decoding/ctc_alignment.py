"""Time steps of given labels on the most probable path of connectionist temporal classification."""

from keras import ops

from keras_dl.typing import Tensor

_IMPOSSIBLE = -1e9  # finite, so that differences are


def ctc_alignment(
    log_probs: Tensor, lengths: Tensor, labels: Tensor, *, blank: int = 0
) -> tuple[Tensor, Tensor]:
    """Returns the first and the last time step of each label (forced alignment).

    Of all paths of one token per step that become `labels` if repetitions are merged and blanks
    removed, the most probable one is taken (Viterbi). A label has the steps at which the path has
    its token. Labels come one after the other, and between two equal ones is at least one blank.

    Args:
        log_probs: float `(batch, time, tokens)`. Log-probabilities of the tokens at each step.
        lengths: int `(batch,)`. Number of steps of each example.
        labels: int `(batch, count)`. Labels of each example, padded with `blank` at the end.
        blank: int. Token of the blank.

    Returns:
        tuple of the first and the last step of each label, int32 `(batch, count)`. Both are -1 for
        padding, and for all labels of an example that no possible path becomes, such as one with
        too few steps.

    Raises:
        ValueError: if `log_probs` does not have three axes, `labels` does not have two, or `blank`
            is no token.

    Example:
    >>> probabilities = [[[0.1, 0.9, 0.0], [0.8, 0.1, 0.1], [0.2, 0.1, 0.7], [0.3, 0.1, 0.6]]]
    >>> first, last = ctc_alignment(ops.log(probabilities), [4], [[1, 2]])
    >>> first.numpy().tolist(), last.numpy().tolist()
    ([[0, 2]], [[0, 3]])

    Reference: Graves et al. 2006, "Connectionist temporal classification", section 3; Rabiner 1989,
    "A tutorial on hidden Markov models", section III.B.
    """
    log_probs = ops.cast(log_probs, "float32")
    lengths, labels = ops.cast(lengths, "int32"), ops.cast(labels, "int32")
    if len(log_probs.shape) != 3 or len(labels.shape) != 2 or not 0 <= blank < log_probs.shape[2]:
        raise ValueError(
            "ctc_alignment: log_probs must have shape (batch, time, tokens), labels (batch, "
            f"count), and blank must be a token. Received shapes {tuple(log_probs.shape)} and "
            f"{tuple(labels.shape)}, blank {blank}. Pass one row of labels per example."
        )
    # One more, which is padding: the labels of all examples may be empty.
    labels = ops.pad(labels, [[0, 0], [0, 1]], constant_values=blank)
    # States of a path: blank, label 0, blank, label 1, ..., blank.
    tokens = ops.stack([ops.full_like(labels, blank), labels], 2)
    tokens = ops.reshape(tokens, (-1, 2 * ops.shape(labels)[1]))
    scores, choices = _best_paths(log_probs, lengths, tokens, blank)
    count = ops.sum(ops.cast(labels != blank, "int32"), 1)
    final = _of(scores, 2 * count), _of(scores, ops.maximum(2 * count - 1, 0))
    last = 2 * count - ops.cast((final[1] > final[0]) & (count > 0), "int32")
    is_possible = ops.maximum(*final) > _IMPOSSIBLE / 2
    states = _followed(last, choices)  # (time, batch)
    first, last = _first_and_last(states, lengths, labels != blank, is_possible)
    return first[:, :-1], last[:, :-1]


def _best_paths(log_probs, lengths, tokens, blank):
    """Returns the scores of the best paths to each state, and where they came from.

    Returns:
        tuple of log-probabilities after the last step, `(batch, states)`, and for each step by how
        many states the best path to a state has advanced, int32 `(time, batch, states)`.
    """
    differs = tokens[:, 2:] != tokens[:, :-2]
    may_skip = ops.pad(differs & (tokens[:, 2:] != blank), [[0, 0], [2, 0]])
    # A path begins with the first blank or with the first label, which is one state further.
    first = ops.where(ops.arange(ops.shape(tokens)[1]) == 0, 0.0, _IMPOSSIBLE)
    first = ops.broadcast_to(first, ops.shape(tokens))

    def step(carry, log_probs):
        scores, _, time = carry
        by_one = ops.pad(scores[:, :-1], [[0, 0], [1, 0]], constant_values=_IMPOSSIBLE)
        by_two = ops.pad(scores[:, :-2], [[0, 0], [2, 0]], constant_values=_IMPOSSIBLE)
        by_two = ops.where(may_skip, by_two, _IMPOSSIBLE)
        candidates = ops.stack([scores, by_one, by_two])
        here = ops.take_along_axis(log_probs, tokens, axis=1)
        best = ops.max(candidates, 0, initial=_IMPOSSIBLE)  # without it, no batch may be empty
        reached = ops.maximum(best + here, _IMPOSSIBLE)
        is_step = ops.expand_dims(time < lengths, 1)
        choice = ops.where(is_step, ops.cast(ops.argmax(candidates, 0), "int32"), 0)
        carry = ops.where(is_step, reached, scores), choice, time + 1
        return carry, carry  # under TensorFlow, outputs must be like the carry

    carry = first, ops.zeros_like(tokens), ops.zeros((), "int32")
    (scores, *_), (_, choices, _) = ops.scan(step, carry, ops.transpose(log_probs, (1, 0, 2)))
    return scores, choices


def _followed(last, choices):
    """Returns the states of the paths that end in `last`, int32 `(time, batch)`."""

    def step(state, choice):
        return state - _of(choice, state), state

    return ops.scan(step, last, choices, reverse=True)[1]


def _first_and_last(states, lengths, is_label, is_possible):
    time, count = ops.shape(states)[0], ops.shape(is_label)[1]
    steps = ops.reshape(ops.arange(time, dtype="int32"), (-1, 1, 1))
    own = ops.expand_dims(states, 2) == 2 * ops.arange(count, dtype="int32") + 1
    own = own & (steps < ops.reshape(lengths, (1, -1, 1)))
    found = is_label & ops.expand_dims(is_possible, 1)
    first = ops.min(ops.where(own, steps, time), 0, initial=time)
    last = ops.max(ops.where(own, steps, -1), 0, initial=-1)
    return ops.where(found, first, -1), ops.where(found, last, -1)


def _of(values, index):
    """Returns the value at one index of each row, `(batch,)`."""
    return ops.take_along_axis(values, ops.expand_dims(index, 1), axis=1)[:, 0]
