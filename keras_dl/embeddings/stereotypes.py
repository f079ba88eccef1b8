"""How many of the analogies that vectors make are stereotypes."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from keras_dl.embeddings.bias_direction import unit_rows
from keras_dl.embeddings.word_vectors import WordVectors

_LEAST = 1e-6  # of a cosine: less is the rounding of float32 vectors


@dataclasses.dataclass(frozen=True)
class StereotypedAnalogies:
    """What `stereotyped_analogies` found.

    `analogies` has `(x, y, score)` for each, the best first. Of them `stereotyped` agree with the
    ratings and `opposed` contradict them; of the others a word has no rating, or both have the
    same. `missing` are the words without a vector.
    """

    analogies: list[tuple[str, str, float]]
    stereotyped: int
    opposed: int
    missing: list[str]

    @property
    def share(self) -> float:
        """Which share of the analogies is stereotyped, nan if there are none."""
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
    """Makes the analogies `she is to x as he is to y`, and counts those that a list calls biased.

    Candidates are the rated and the other words. Every two of them, x and y, whose unit vectors are
    at most 1 apart have the score `cos(she - he, x - y)`. Taken in the order of their scores, the
    best y for each x, the first n with a score above 0 are the analogies. One is *stereotyped* if
    both words have a rating and that of x is lower: `nurse` and `surgeon`, but not `sister` and
    `brother`. A machine counts, no person; an analogy such as `nurse` and `constable`, which people
    may not find apt, counts too.

    Args:
        vectors: `WordVectors`.
        pair: the two words of the analogy, such as `("she", "he")`.
        ratings: dict from word to how much people connect it with the second word of the pair
            rather than the first, such as -1 to 1.
        others: words without a stereotype that take part, such as those specific to a gender. They
            are what good vectors make analogies of; n should leave room for them.
        n: int. How many analogies are made, at most.

    Returns:
        `StereotypedAnalogies`. Words that have no vector are left out, and reported.

    Raises:
        ValueError: if a word of the pair is not there, its vectors are equal, or fewer than two
            candidates are there.

    Reference: Bolukbasi et al. 2016, arXiv:1607.06520; there ten people judged each of 150
    analogies.
    """
    wanted = list(dict.fromkeys([*pair, *ratings, *others]))
    candidates = [word for word in wanted if word in vectors]
    first, second = unit_rows(vectors.vectors[vectors.numbers(pair)])
    if len(candidates) < 4 or np.array_equal(first, second):
        raise ValueError(
            "stereotyped_analogies: two candidates besides the pair must have vectors, and those "
            f"of the pair differ. Received pair {tuple(pair)}, of {len(wanted)} words these are "
            f"there: {candidates}. Give ratings of words that are there."
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
    """Returns for each x the row of the y with the highest score, and that score."""
    cosines = unit @ unit.T
    position = unit @ (difference / np.linalg.norm(difference))
    distance = np.sqrt(np.maximum(2 - 2 * cosines, 0))
    near = (distance > _LEAST) & (distance <= 1)  # two words with one vector make no direction
    scores = np.divide(
        position[:, None] - position, distance, out=np.full_like(distance, -np.inf), where=near
    )
    best = scores.argmax(axis=1)
    return best, scores[np.arange(len(unit)), best]
