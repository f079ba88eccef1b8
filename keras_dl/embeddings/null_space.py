"""Takes out of word vectors what a linear classifier could tell two groups of words by."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_dl.embeddings.bias_direction import unit_rows
from keras_dl.embeddings.linear_probe import cross_validated, parts, probe_accuracy
from keras_dl.embeddings.word_vectors import WordVectors
from keras_dl.typing import Tensor

_SHARES = (0.6, 0.2, 0.2)  # of the words: to find directions, to know when to stop, to report


@dataclasses.dataclass(frozen=True)
class NullSpace:
    """What `null_space_projection` did.

    `vectors` are the new `WordVectors`, `directions` float64 `(iterations, units)` what was
    projected away, each on the vectors as the one before had left them. `before` and `after` are
    the accuracies of a linear probe, trained and tested, by cross-validation, on `held_out` words
    that served for nothing else; chance is 0.5.
    """

    vectors: WordVectors
    directions: np.ndarray
    before: float
    after: float
    held_out: int

    def __str__(self) -> str:
        return (
            f"{len(self.directions)} directions projected away; linear probe {self.before:.1%} -> "
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
    """Projects vectors repeatedly until a linear probe cannot tell two groups of words apart.

    Each iteration removes the direction between the means of the groups and scales the vectors back
    to length 1. The iterations end when the accuracy of a new linear probe on held-out words is at
    most `accuracy`, or after `max_iterations`.

    Deviations from the paper:

    1. The paper removes the normals of a trained classifier. The direction between the means needs
       far fewer iterations, because no linear classifier beats chance where the means are equal
       (Belrose et al. 2023), and each removed direction costs similarity.
    2. The last probe of the paper is trained on the words that gave the directions, which have
       nothing left to learn from. The probe that is reported here is trained on other words and
       finds more.
    3. The accuracy of that probe falls with the number of words, not of iterations.

    Args:
        vectors: `WordVectors`.
        words: list of words of both groups.
        labels: bool for each word, to which of the groups it belongs.
        accuracy: float, at which to stop; 0.5 is chance.
        max_iterations: int.
        seed: int. Draws which words are held out.

    Returns:
        `NullSpace`.

    Raises:
        ValueError: if a word is not there, or there are fewer than 50 words of a group.

    Reference: Ravfogel et al. 2020, arXiv:2004.07667; the direction: Haghighatkhah et al. 2022,
    arXiv:2212.04273; why it suffices: Belrose et al. 2023, arXiv:2306.03819.
    """
    labels, rows = np.asarray(labels, bool), vectors.numbers(words)
    if labels.shape != rows.shape or min(labels.sum(), (~labels).sum()) < 50:
        raise ValueError(
            "null_space_projection: labels must have one entry for each word, and either group at "
            f"least 50. Received {len(rows)} words, labels {labels.shape}, {labels.sum()} true. "
            "Give more words."
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
