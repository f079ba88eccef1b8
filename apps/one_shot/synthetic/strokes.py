"""Synthetic alphabets: each character is a few curved strokes, drawn by several hands."""

import numpy as np

CHARACTERS = 20  # of an alphabet
IMAGES = 10  # of a character
SIDE = 28  # pixels
_POOL = 7  # strokes of an alphabet, which its characters share
_POINTS = 20  # of a stroke
_BENT, _PLACED, _WAVERED = 0.25, 0.12, 0.03  # shares of the side, of strokes, characters and hands


def characters(alphabets, seed):
    """Draws all characters of some alphabets.

    Args:
        alphabets: int.
        seed: int. The same seed gives the same images.

    Returns:
        tuple of images, uint8 `(n, 28, 28)`, dark on white; their characters, int64 `(n,)`, from 0;
        and their alphabets, int64 `(n,)`, from 0.
    """
    random = np.random.default_rng([seed, alphabets])
    drawn = [
        _image(character, random)
        for _ in range(alphabets)
        for character in _alphabet(random)
        for _ in range(IMAGES)
    ]
    labels = np.arange(len(drawn)) // IMAGES
    return np.array(drawn), labels, labels // CHARACTERS


def _alphabet(random):
    """Returns characters, each an array of control points `(strokes, 3, 2)`."""
    ends = random.uniform(0.2, 0.8, (_POOL, 2, 2))
    middle = ends.mean(1) + random.normal(0, _BENT, (_POOL, 2))
    pool = np.stack([ends[:, 0], middle, ends[:, 1]], 1)
    found = []
    for _ in range(CHARACTERS):
        chosen = random.choice(_POOL, random.integers(2, 5), replace=False)
        found.append(pool[chosen] + random.normal(0, _PLACED, (len(chosen), 1, 2)))
    return found


def _image(character, random):
    wavered = character + random.normal(0, _WAVERED, character.shape)
    turn = np.eye(2) + random.normal(0, 0.08, (2, 2))
    wavered = (wavered - 0.5) @ turn + 0.5 + random.normal(0, 0.03, 2)
    time = np.linspace(0, 1, _POINTS)[:, None]
    start, middle, end = (wavered[:, None, index] for index in range(3))
    points = (1 - time) ** 2 * start + 2 * time * (1 - time) * middle + time**2 * end
    points = SIDE * points.reshape(-1, 2)
    grid = np.arange(SIDE) + 0.5
    squared = [(grid[:, None] - points[:, axis]) ** 2 for axis in (0, 1)]
    nearest = np.sqrt((squared[0][:, None] + squared[1][None]).min(2))
    ink = np.clip(random.uniform(1.1, 1.7) - nearest, 0, 1)
    return (255 * (1 - ink)).astype("uint8")
