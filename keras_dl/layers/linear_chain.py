"""Exact inference in a linear chain: conditioning, path probabilities, marginals, best paths.

A chain is a float tensor `(batch, time, k, k)` of log-probabilities: `[b, t, i, j]` is the
log-probability of tag `j` at step `t`, given tag `i` at the previous step. The tag before the first
step is 0 by definition. A masked step has 0 on the diagonal and `MASKED` elsewhere, so the tag does
not change.
"""

import keras
from keras import ops

from keras_dl.layers.scan import scan
from keras_dl.typing import Shape, Tensor

# So low that adding scores does not change it, in float32 and in float64.
MASKED = -1e30
# The score of a forbidden transition, below the score of any path of allowed transitions.
FORBIDDEN = -1e7


def may_be_equal(shape: Shape, other: Shape) -> bool:
    """Returns whether two shapes of the same rank may be equal, where None is an unknown size."""
    return all(a == b or a is None or b is None for a, b in zip(shape, other, strict=True))


def scores(emissions: Tensor, transitions: Tensor, starts: Tensor, mask: Tensor) -> Tensor:
    """Returns the contribution of each step to the score of a path, `(batch, time, k, k)`.

    Args:
        emissions: float `(batch, time, k)`. Scores of the tags, 0 at masked steps.
        transitions: float `(k, k)`, `[from, to]`.
        starts: float `(k,)`. Scores of the tags at the first valid step, used in place of
            transitions.
        mask: bool `(batch, time)`.
    """
    k = starts.shape[0]
    identity = ops.where(ops.eye(k, dtype="bool"), ops.zeros((), starts.dtype), MASKED)
    table = ops.stack([transitions, ops.broadcast_to(starts, (k, k)), identity])
    # On a CPU, a lookup is several times as fast as ops.where between matrices.
    return ops.take(table, _kind(mask), axis=0) + ops.expand_dims(emissions, 2)


def _kind(mask):
    """Returns 1 at the first valid step of a row, 0 at later valid steps, 2 at masked steps."""
    number = ops.cumsum(ops.cast(mask, "int32"), axis=1)
    return ops.where(mask, ops.cast(number == 1, "int32"), 2)


def condition(
    emissions: Tensor, transitions: Tensor, starts: Tensor, mask: Tensor, *, unroll: bool = False
) -> tuple[Tensor, Tensor]:
    """Converts scores to the log-probabilities of a chain, by backward messages.

    `message(t-1, i) = log sum over j of exp(scores(t, i, j) + message(t, j))` and
    `chain(t, i, j) = scores(t, i, j) + message(t, j) - message(t-1, i)`.
    The gradient is computed explicitly, by a recursion that multiplies by the probabilities of each
    step. Automatic differentiation would differentiate all the logarithms and would not compile
    under XLA.

    Args: as for `scores`, and `unroll`, whether the graph repeats a step instead of a loop.

    Returns:
        pair of the chain `(batch, time, k, k)` and the log-partition `(batch,)`.
    """
    kind = ops.expand_dims(_kind(mask), 2)
    first = kind == 1
    nothing = ops.zeros((ops.shape(mask)[0], 1, starts.shape[0]), starts.dtype)

    @ops.custom_gradient
    def conditioned(emissions, transitions, starts):
        before = _messages(emissions, transitions, mask, unroll)
        after = ops.concatenate([before[:, 1:], nothing], axis=1)
        highest = ops.max(after, axis=-1, keepdims=True)
        totals = emissions + (after - highest)
        at_first = ops.sum(ops.where(first, totals, 0.0), axis=1)
        from_start = ops.logsumexp(starts + at_first, axis=-1)[:, None, None]
        before = ops.where(first, from_start, before)
        chain = scores(totals, transitions, starts, mask) - ops.expand_dims(before, 3)
        started = ops.cumsum(ops.cast(first, "int32"), axis=1) == 1
        partition = ops.where(first, from_start, 0.0) + ops.where(started, highest, 0.0)

        def gradient(*upstream):
            return _gradient(chain, kind, *keras.tree.flatten(upstream))

        return (chain, ops.sum(partition, axis=(1, 2))), gradient

    return conditioned(emissions, transitions, starts)


def _messages(emissions, transitions, mask, unroll):
    """Returns the messages from each step to the tags of the previous step, `(batch, time, k)`.

    Each step shifts the message of the next step to a maximum of 0, to keep digits in long
    sequences. With the batch as the innermost axis, a CPU adds and compares whole vectors.
    """
    emissions, mask = ops.transpose(emissions, (1, 2, 0)), ops.transpose(mask)
    table = ops.expand_dims(ops.transpose(transitions), 2)  # [to, from, 1]

    def step(message, time):  # on TensorFlow, ops.scan rejects two inputs of unknown length
        message = message - ops.max(message, axis=0)
        totals = table + ops.expand_dims(ops.take(emissions, time, axis=0) + message, 1)
        highest = ops.max(totals, axis=0)
        new = highest + ops.log(ops.sum(ops.exp(totals - highest), axis=0))
        message = ops.where(ops.take(mask, time, axis=0), new, message)
        return message, message

    time, k, batch = ops.shape(emissions)
    last = ops.zeros((k, batch), emissions.dtype)
    messages = scan(step, last, ops.arange(time), reverse=True, unroll=unroll)[1]
    return ops.transpose(messages, (2, 0, 1))


def _gradient(chain, kind, of_chain, of_partition):
    """Returns the gradients with respect to emissions, transitions and starts.

    The gradient of a message flows to later steps, weighted by their probabilities.
    """
    probabilities = ops.transpose(ops.exp(chain), (1, 2, 3, 0))  # batch innermost, for speed
    leaving, entering = (ops.transpose(ops.sum(of_chain, axis), (1, 2, 0)) for axis in (3, 2))
    leaving_next = ops.concatenate([leaving[1:], ops.zeros_like(probabilities[:1, 0])], axis=0)
    arriving = entering - leaving_next

    def step(flow, time):
        onward = ops.expand_dims(flow, 1) * ops.take(probabilities, time, axis=0)
        return ops.sum(onward, axis=0) + ops.take(arriving, time, axis=0), flow

    first = ops.transpose(_tag_0(chain)) * of_partition - ops.sum(leaving[:1], axis=0)
    last, flows = ops.scan(step, first, ops.arange(ops.shape(chain)[1]))
    of_emissions = ops.concatenate([flows[1:], last[None]], axis=0) + leaving_next
    of_emissions = ops.where(kind == 2, 0.0, ops.transpose(of_emissions, (2, 0, 1)))
    of_starts = ops.sum(ops.where(kind == 1, of_emissions, 0.0), axis=(0, 1))
    flows = ops.where(ops.transpose(kind, (1, 2, 0)) == 0, flows, 0.0)
    k = chain.shape[-1]
    of_kinds = ops.segment_sum(ops.reshape(of_chain, (-1, k * k)), ops.reshape(kind, (-1,)), 3)
    of_transitions = ops.reshape(of_kinds[0], (k, k))
    onward = ops.sum(ops.expand_dims(flows, 2) * probabilities, axis=0)
    of_transitions += ops.sum(onward, axis=-1)
    return of_emissions, of_transitions, of_starts


def path_log_probability(chain: Tensor, tags: Tensor) -> Tensor:
    """Returns the log-probability of a path, `(batch,)`.

    Args:
        chain: float `(batch, time, k, k)`.
        tags: int `(batch, time)`. Ignored at masked steps. Tags out of range are clipped to the
            nearest tag.
    """
    k = chain.shape[-1]
    valid = ops.cast(chain[:, :, 0, -1] > MASKED / 2, "int32")
    tags = ops.clip(ops.cast(tags, "int32"), 0, k - 1)
    # The valid steps of a row in order, and for each of them the index of the previous one.
    time = ops.shape(valid)[1]
    order = ops.argsort(ops.arange(time) + time * (1 - valid), axis=1)
    previous = ops.take_along_axis(order, ops.maximum(ops.cumsum(valid, axis=1) - 2, 0), axis=1)
    previous = ops.take_along_axis(tags, previous, axis=1)
    # One index into the flat chain: the gradient of take_along_axis takes twice as long.
    batch = ops.shape(valid)[0]
    steps = ops.reshape(ops.arange(batch * time), (batch, time))
    steps = ops.take(ops.reshape(chain, (-1,)), (steps * k + previous) * k + tags)
    return ops.sum(ops.where(valid == 1, steps, 0.0), axis=1)


def _centered(message):
    """Shifts each row to a maximum of 0, to keep digits in long sequences."""
    return message - ops.max(message, axis=-1, keepdims=True)


def marginals(chain: Tensor) -> Tensor:
    """Returns the probabilities of the tags at each step, `(batch, time, k)`.

    A masked step repeats the probabilities of the previous step.
    """

    def step(marginal, probability):
        marginal = _advance(marginal, probability)
        marginal /= ops.sum(marginal, -1, keepdims=True)  # rounding errors would add up
        return marginal, marginal

    return _swapped(ops.scan(step, _tag_0(chain), _swapped(ops.exp(chain)))[1])


def best_path(chain: Tensor) -> Tensor:
    """Returns the most probable path, by the Viterbi algorithm.

    Args:
        chain: float `(batch, time, k, k)`: the output of `keras_dl.layers.CRF`, or `scores`.

    Returns:
        int32 `(batch, time)`. A masked step repeats the previous tag, or has tag 0 if there is
        none.
    """
    (batch, time), k = ops.shape(chain)[:2], chain.shape[-1]

    def step(message, time):
        message = ops.take(chain, time, axis=1) + ops.expand_dims(_centered(message), 1)
        message = ops.max(message, axis=-1)
        return message, message

    last = ops.zeros((batch, k), chain.dtype)
    _, messages = ops.scan(step, last, ops.arange(time), reverse=True)
    messages = ops.concatenate([messages[1:], ops.expand_dims(last, 0)], axis=0)
    rows, first_rows = ops.reshape(chain, (-1, k)), ops.arange(batch) * time

    def follow(tag, time):
        row = ops.take(rows, (first_rows + time) * k + tag, axis=0)
        tag = ops.argmax(row + _centered(ops.take(messages, time, axis=0)), axis=-1)
        return tag, tag

    return ops.transpose(ops.scan(follow, ops.zeros_like(first_rows), ops.arange(time))[1])


def best_paths(chain: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Returns the `n` most probable paths, the best one first.

    Args:
        chain: float `(batch, time, k, k)`.
        n: int. Number of paths.

    Returns:
        pair of the tags, int32 `(batch, n, time)`, and the log-probabilities `(batch, n)`. If fewer
        than `n` paths are possible, the remaining rows have tags of 0 and -inf.
    """
    batch, k = ops.shape(chain)[0], chain.shape[-1]

    def step(carry, chain):
        # Candidates after tag i: each next tag j with each of the n best continuations from j.
        totals = ops.expand_dims(chain, 3) + ops.expand_dims(carry[0], 1)
        carry = ops.top_k(ops.reshape(totals, (batch, k, k * n)), n)
        return tuple(carry), tuple(carry)

    only_one = ops.convert_to_tensor([[[0.0] + [MASKED] * (n - 1)]], chain.dtype)
    last = ops.broadcast_to(only_one, (batch, k, n)), ops.zeros((batch, k, n), "int32")
    (scores, _), (_, choices) = ops.scan(step, last, _swapped(chain), reverse=True)

    def follow(index, choice):
        here = ops.arange(k * n) == ops.expand_dims(index, 2)
        choice = ops.reshape(choice, (batch, 1, k * n))
        index = ops.sum(ops.where(here, choice, 0), axis=2)
        return index, index

    ranks = ops.broadcast_to(ops.arange(n, dtype="int32"), (batch, n))
    _, indices = ops.scan(follow, ranks, choices)
    possible = scores[:, 0] > FORBIDDEN / 2
    tags = ops.where(ops.expand_dims(possible, 2), ops.transpose(indices // n, (1, 2, 0)), 0)
    return tags, ops.where(possible, scores[:, 0], -float("inf"))


def _advance(tags, probability):
    """Moves weights of the tags, `(batch, k)`, through the probabilities of one step."""
    return ops.sum(ops.expand_dims(tags, 2) * probability, axis=1)


def _tag_0(chain):
    """Returns tag 0, the tag before the first step, as one-hot probabilities `(batch, k)`."""
    start = ops.one_hot(0, chain.shape[-1], dtype=chain.dtype)
    return ops.broadcast_to(start, (ops.shape(chain)[0], chain.shape[-1]))


def _swapped(tensor):
    """Swaps the axes of batch and time."""
    return ops.swapaxes(tensor, 0, 1)
