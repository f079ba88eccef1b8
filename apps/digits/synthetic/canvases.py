"""Synthetic canvases with several digits, to test the search for digits."""

import numpy as np

from apps.digits.preprocessing import SIDE

_MOST = 8


def canvas(images, labels, random, shape):
    """Puts digits on a canvas, at random positions where their boxes do not overlap.

    Args:
        images: uint8 `(n, 28, 28)`.
        labels: int `(n,)`.
        random: NumPy generator.
        shape: pair `(height, width)` in pixels, at least 28 each.

    Returns:
        triple of uint8 `(height, width)`, the boxes `(k, 4)`, yxyx in pixels, and `k` labels.
    """
    filled, frames, digits = np.zeros(shape, "uint8"), [], []
    wanted = random.integers(1, _MOST + 1)
    for _ in range(10 * wanted):
        if len(frames) == wanted:
            break
        corner = random.integers(0, np.array(shape) - SIDE + 1)
        if any((np.abs(corner - other[:2]) < SIDE).all() for other in frames):
            continue
        index = random.integers(len(labels))
        rows, columns = (slice(start, start + SIDE) for start in corner)
        filled[rows, columns] = images[index]
        frames.append(np.concatenate([corner, corner + SIDE]))
        digits.append(labels[index])
    return filled, np.array(frames), np.array(digits)
