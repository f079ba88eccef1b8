"""Whose fault it is that an output is worse than its reference: the search's or the model's."""

import dataclasses
from collections.abc import Callable

import numpy as np
from keras import ops

from keras_dl.decoding.score import score
from keras_dl.typing import Tensor

RULE = ("search", "model", "neither")
TRUTH = ("search", "model", "both", "neither", "unsettled")


@dataclasses.dataclass(frozen=True)
class Blame:
    """What is at fault for each example, by the rule of the course and in truth.

    Attributes:
        rule: str array `(n,)`, each of `search`, `model` and `neither`.
        truth: str array `(n,)`, each of `search`, `model`, `both`, `neither` and `unsettled`.
        search_error: bool array `(n,)`. Whether some sequence has a larger score than the output.
            In unsettled examples, False means that none was found.
        shorter: bool array `(n,)`. Whether the best sequence has fewer tokens than the output.
    """

    rule: np.ndarray
    truth: np.ndarray
    search_error: np.ndarray
    shorter: np.ndarray

    @property
    def table(self) -> dict[str, dict[str, int]]:
        """Number of examples by rule (`RULE`) and truth (`TRUTH`)."""
        return {
            rule: {
                truth: int(np.sum((self.rule == rule) & (self.truth == truth))) for truth in TRUTH
            }
            for rule in RULE
        }

    @property
    def unsettled(self) -> float:
        """Fraction of the examples that exact search did not settle."""
        return float(np.mean(self.truth == "unsettled"))

    @property
    def agreement(self) -> float:
        """Fraction of the settled examples with a worse output where rule and truth are the same.

        They differ, for instance, where the rule blames one of two that are both at fault. NaN if
        there is no such example.
        """
        return _share(self.rule == self.truth, self._settled & (self.rule != "neither"))

    @property
    def search_error_share(self) -> float:
        """Fraction of the settled examples for which the search missed the best sequence.

        NaN if no example is settled.
        """
        return _share(self.search_error, self._settled)

    @property
    def shorter_share(self) -> float:
        """Fraction of the settled examples whose best sequence is shorter than the output.

        NaN if no example is settled.
        """
        return _share(self.shorter, self._settled)

    @property
    def _settled(self):
        return self.truth != "unsettled"


def blame(
    step: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    state: Tensor,
    *,
    outputs: Tensor,
    references: Tensor,
    exact: tuple[Tensor, Tensor, Tensor],
    quality: Callable[[np.ndarray, int], float],
    start: int,
    end: int,
    length_penalty: float = 0.7,
    allowed: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> Blame:
    """Says for each example whether search or model is at fault.

    With the score `S = log-probability / T**length_penalty`, the output y of a search, the
    reference y* and the best sequence y' of all:

    - The rule of the course says nothing if y is not worse than y* by `quality`. Otherwise it
      blames the search if `S(y*) > S(y)`, and the model if not.
    - In truth, the search is at fault if `S(y') > S(y)`, whatever the reference is. The model is at
      fault if y' is worse than y* by `quality`. Both, one or neither can be.

    A reference must consist of the tokens that the model would write for it. Leave out references
    with unknown words: their score means nothing.

    Args:
        step: as for `greedy_search`.
        state: any nested structure of tensors `(batch, ...)`, one row per example.
        outputs: int `(batch, time)`. The sequences that the search under test returned.
        references: int `(batch, time)`. Right sequences. Each ends with `end` and is padded with
            it.
        exact: the result of `exhaustive_search` for the same `state`, `length_penalty` and
            `allowed`.
        quality: function `(tokens, index of the example) -> float`, larger is better, such as the
            chrF of the text of `tokens`, an int32 array without `end`.
        start: int, the token before the first one.
        end: int, the token that ends a sequence.
        length_penalty: float, at least 0, as in the search under test.
        allowed: as for `greedy_search`.

    Returns:
        `Blame`.

    Raises:
        ValueError: if an argument is out of range, or the numbers of rows differ.

    Reference: Ng, Deep Learning Specialization, course 5, "Error analysis in beam search";
    Stahlberg & Byrne 2019, arXiv:1908.10090.
    """
    best, _, settled = exact
    sequences = [np.asarray(ops.convert_to_numpy(each)) for each in (outputs, references, best)]
    settled = np.asarray(settled)
    _check_rows(sequences, settled)
    lengths = [_lengths(each, end) for each in sequences]
    scores = [
        ops.convert_to_numpy(score(step, state, each, start=start, end=end, allowed=allowed))
        / length**length_penalty
        for each, length in zip(sequences, lengths, strict=True)
    ]
    output, reference, optimum = (
        np.array([quality(_text(row, end), index) for index, row in enumerate(each)])
        for each in sequences
    )
    search_error = np.maximum(scores[1], scores[2]) > scores[0]
    model_error = optimum < reference
    rule = np.select([output >= reference, scores[1] > scores[0]], ["neither", "search"], "model")
    truth = np.select(
        [~settled, search_error & model_error, search_error, model_error],
        ["unsettled", "both", "search", "model"],
        "neither",
    )
    return Blame(rule, truth, search_error, lengths[2] < lengths[0])


def _share(values, examples):
    return float(np.mean(values[examples])) if examples.any() else np.nan


def _lengths(sequences, end):
    """Returns the number of tokens of each row, including the end token if there is one."""
    is_end = sequences == end
    return np.where(is_end.any(1), is_end.argmax(1) + 1, sequences.shape[1]).astype("float64")


def _text(tokens, end):
    """Returns the tokens before the first end token."""
    return tokens[: np.flatnonzero(tokens == end)[0]] if end in tokens else tokens


def _check_rows(sequences, settled):
    rows = [len(each) for each in (*sequences, settled)]
    if len(set(rows)) > 1:
        raise ValueError(
            "blame: outputs, references and exact must have one row per example. Received "
            f"{rows[0]}, {rows[1]} and {rows[2:]} rows. Pass the result of exhaustive_search for "
            "the same examples."
        )
