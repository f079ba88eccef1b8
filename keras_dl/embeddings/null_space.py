"""Null-space projection: removes linear information about two groups from word vectors."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_dl.embeddings.bias_direction import unit_rows
from keras_dl.embeddings.linear_probe import cross_validated, parts, probe_accuracy
from keras_dl.embeddings.word_vectors import WordVectors
from keras_dl.typing import Tensor

_SHARES = (0.6, 0.2, 0.2)  # of the words: to find directions, to decide when to stop, to report


@dataclasses.dataclass(frozen=True)
class NullSpace:
    """Result of `null_space_projection`.

    `vectors` are the new `WordVectors`. `directions`, float64 `(iterations, units)`, are the
    removed directions, each computed after the previous iteration. `before` and `after` are the
    cross-validated accuracies of a linear probe on held-out words, before and after the projection;
    chance is 0.5. `held_out` is the number of these words, which are used for nothing else.
    """

    vectors: WordVectors
    directions: np.ndarray
    before: float
    after: float
    held_out: int

    def __str__(self) -> str:
        return (
            f"{len(self.directions)} directions removed; linear probe {self.before:.1%} -> "
            f"{self.after:.1%} on {self.held_out} held-out words"
        )


def null_space_projection(
    vectors: WordVectors,
    words: Sequence[str],
    labels: Tensor,
    accuracy: float = 0.52,
    max_iterations: int = 20,
    seed: int = 0,
) -> NullSpace:
    """Projects vectors repeatedly until a linear probe cannot separate two groups of words.

    Each iteration removes the direction between the means of the groups and scales the vectors back
    to length 1. Iteration stops when the accuracy of a new linear probe on held-out words is at
    most `accuracy`, or after `max_iterations`.

    Deviations from the paper:

    1. The paper removes the normals of a trained classifier. The direction between the means needs
       far fewer iterations, because no linear classifier beats chance if the means are equal
       (Belrose et al. 2023). Each removed direction distorts the similarities of words.
    2. The paper trains and tests its last probe on the words that determined the directions, which
       no longer differ. The reported probe is trained and tested on other words, and finds more
       bias. More words lower its accuracy; more iterations do not.

    Args:
        vectors: `WordVectors`.
        words: list of words of both groups.
        labels: bool `(words,)`, the group of each word.
        accuracy: float. Accuracy of the probe at which to stop; chance is 0.5.
        max_iterations: int. Maximum number of directions to remove.
        seed: int. Seed for choosing the held-out words.

    Returns:
        `NullSpace`.

    Raises:
        ValueError: if a word has no vector, `labels` has the wrong shape, or a group has fewer than
            50 words.

    Reference: Ravfogel et al. 2020, arXiv:2004.07667; the direction: Haghighatkhah et al. 2022,
    arXiv:2212.04273; why it suffices: Belrose et al. 2023, arXiv:2306.03819.
    """
    labels, rows = np.asarray(labels, bool), vectors.numbers(words)
    if labels.shape != rows.shape or min(labels.sum(), (~labels).sum()) < 50:
        raise ValueError(
            "null_space_projection: labels must have one entry per word, and at least 50 of each "
            f"group. Received {len(rows)} words and labels of shape {labels.shape} with "
            f"{labels.sum()} True. Use more words."
        )
    train, stop, report = parts(labels, _SHARES, np.random.default_rng(seed))
    unit = unit_rows(vectors.vectors)
    directions: list[np.ndarray] = []

    def known(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return unit[rows[part]], labels[part]

    before = cross_validated(*known(report), seed)
    while len(directions) < max_iterations and (
        probe_accuracy(*known(train), *known(stop)) > accuracy
    ):
        vectors_of, groups = known(train)
        direction = unit_rows(vectors_of[groups].mean(axis=0) - vectors_of[~groups].mean(axis=0))
        unit = unit_rows(unit - np.outer(unit @ direction, direction))
        directions.append(direction)
    return NullSpace(
        vectors=WordVectors(vectors.words, unit),
        directions=np.reshape(directions, (-1, unit.shape[1])),
        before=before,
        after=cross_validated(*known(report), seed),
        held_out=len(report),
    )
