"""Large canvases with digits on them, to be found again."""

import numpy as np

from apps.digits.reading import SIDE
from keras_dl import boxes

_MOST = 8


def canvas(pictures, labels, random, shape):
    """Puts some digits on a canvas, at random places where their frames don't overlap.

    Args:
        pictures: uint8 `(n, 28, 28)`.
        labels: int `(n,)`.
        random: NumPy generator.
        shape: pair `(height, width)` in pixels, at least 28 each.

    Returns:
        triple of uint8 `(height, width)`, the frames `(k, 4)`, yxyx in pixels, and `k` labels.
    """
    made, frames, there = np.zeros(shape, "uint8"), [], []
    wanted = random.integers(1, _MOST + 1)
    for _ in range(10 * wanted):
        if len(frames) == wanted:
            break
        corner = random.integers(0, np.array(shape) - SIDE + 1)
        if any((np.abs(corner - other[:2]) < SIDE).all() for other in frames):
            continue
        place = random.integers(len(labels))
        rows, columns = (slice(start, start + SIDE) for start in corner)
        made[rows, columns] = pictures[place]
        frames.append(np.concatenate([corner, corner + SIDE]))
        there.append(labels[place])
    return made, np.array(frames), np.array(there)


def right(found, found_labels, true, true_labels, least_iou=0.5):
    """Counts the boxes that are right: best first, each true one once, of its class, near enough.

    Args:
        found: float `(n, 4)`, best first.
        found_labels: int `(n,)`.
        true: float `(m, 4)`, in the same format.
        true_labels: int `(m,)`.
        least_iou: float.
    """
    if not len(found) or not len(true):
        return 0
    overlap = np.array(boxes.iou(np.float32(found), np.float32(true)))
    overlap[np.not_equal.outer(found_labels, true_labels)] = 0
    count = 0
    for row in range(len(found)):
        best = overlap[row].argmax()
        if overlap[row, best] >= least_iou:
            overlap[:, best] = 0
            count += 1
    return count
