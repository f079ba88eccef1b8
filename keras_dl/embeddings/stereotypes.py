"""Counts how many of the analogies that word vectors generate are stereotypes."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from keras_dl.embeddings.bias_direction import unit_rows
from keras_dl.embeddings.word_vectors import WordVectors

_LEAST = 1e-6  # of a cosine: less is the rounding of float32 vectors


@dataclasses.dataclass(frozen=True)
class StereotypedAnalogies:
    """Result of `stereotyped_analogies`.

    `analogies` lists `(x, y, score)`, with the best first. `stereotyped` is the number of analogies
    that agree with the ratings, and `opposed` the number that contradict them. In all other
    analogies, a word has no rating or both ratings are equal. `missing` lists the words without a
    vector.
    """

    analogies: list[tuple[str, str, float]]
    stereotyped: int
    opposed: int
    missing: list[str]

    @property
    def share(self) -> float:
        """Fraction of the analogies that are stereotyped; NaN if there are no analogies."""
        return self.stereotyped / len(self.analogies) if self.analogies else float("nan")

    def __str__(self) -> str:
        return (
            f"{self.stereotyped} of {len(self.analogies)} analogies are stereotyped "
            f"({self.share:.1%}), {self.opposed} go against a stereotype"
        )


def stereotyped_analogies(
    vectors: WordVectors,
    pair: Sequence[str],
    ratings: Mapping[str, float],
    others: Iterable[str] = (),
    n: int = 150,
) -> StereotypedAnalogies:
    """Generates analogies `she is to x as he is to y` and counts the stereotyped ones.

    Candidates are the words of `pair`, `ratings` and `others`. Two candidates x and y whose unit
    vectors are at most 1 apart have the score `cos(she - he, x - y)`. Each x is paired with its
    best y, and the n best pairs with a score above 0 are the analogies. An analogy is *stereotyped*
    if both words have a rating and x has the lower one: `nurse` and `surgeon`, but not `sister` and
    `brother`. No human judges the analogies, so the count includes some that a reader may not find
    apt, such as `nurse` and `constable`.

    Args:
        vectors: `WordVectors`.
        pair: the two words of the analogy, such as `("she", "he")`.
        ratings: dict that maps a word to a rating by humans, for example from -1 to 1. Higher
            ratings mean a stronger association with the second word of the pair than the first.
        others: additional candidates without a stereotype, such as words specific to a gender. Good
            vectors form analogies from these words, so n should leave room for them.
        n: int. Maximum number of analogies.

    Returns:
        `StereotypedAnalogies`. Words without a vector are left out and listed in `missing`.

    Raises:
        ValueError: if a word of the pair has no vector, the vectors of the pair are equal, or fewer
            than two other candidates have vectors.

    Reference: Bolukbasi et al. 2016, arXiv:1607.06520, where ten raters judged each of 150
    analogies.
    """
    wanted = list(dict.fromkeys([*pair, *ratings, *others]))
    candidates = [word for word in wanted if word in vectors]
    first, second = unit_rows(vectors.vectors[vectors.numbers(pair)])
    if len(candidates) < 4 or np.array_equal(first, second):
        raise ValueError(
            "stereotyped_analogies: the words of pair must have different vectors, and at least "
            f"two other words must have vectors. Received pair {tuple(pair)}; of "
            f"all {len(wanted)} words, {candidates} have vectors. Choose a pair whose vectors "
            "differ, and rate words that have vectors."
        )
    unit = unit_rows(vectors.vectors[vectors.numbers(candidates)])
    best, scores = _best_partners(unit, first - second)
    order = [row for row in np.argsort(-scores, kind="stable")[:n] if scores[row] > _LEAST]
    analogies = [(candidates[x], candidates[best[x]], float(scores[x])) for x in order]
    rated = [(ratings[x], ratings[y]) for x, y, _ in analogies if x in ratings and y in ratings]
    return StereotypedAnalogies(
        analogies=analogies,
        stereotyped=sum(x < y for x, y in rated),
        opposed=sum(x > y for x, y in rated),
        missing=[word for word in wanted if word not in vectors],
    )


def _best_partners(unit, difference):
    """Returns the row of the y with the highest score for each x, and that score."""
    cosines = unit @ unit.T
    position = unit @ (difference / np.linalg.norm(difference))
    distance = np.sqrt(np.maximum(2 - 2 * cosines, 0))
    near = (distance > _LEAST) & (distance <= 1)  # equal vectors have no direction
    scores = np.divide(
        position[:, None] - position, distance, out=np.full_like(distance, -np.inf), where=near
    )
    best = scores.argmax(axis=1)
    return best, scores[np.arange(len(unit)), best]
