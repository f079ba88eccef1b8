"""Scenes of handwritten digits, captioned with a small grammar.

    caption = group [("above" | "left of") group]
    group   = "a" size digit  |  ("two" | "three") size digit"s"
    size    = "small" | "large"

The first group of a caption is the upper or the left one, and the groups differ, so every scene has
exactly one caption.
"""

import dataclasses
import itertools
import zlib

import numpy as np
from PIL import Image

SIDE = 64  # of a scene, in pixels
RELATIONS = ("above", "left of")
_COUNTS = ("a", "two", "three")
_SIDES = {"small": (13, 17), "large": (25, 30)}  # of a digit's image, in pixels
_MOST = {"small": 3, "large": 2}  # digits of a group that fit
_SINGLE = 0.15  # fraction of scenes with one group


@dataclasses.dataclass(frozen=True)
class Group:
    """Equal digits of a size."""

    count: int
    size: str
    digit: int

    def words(self) -> list[str]:
        """Returns the words of the group in a caption."""
        plural = "s" if self.count > 1 else ""
        return [_COUNTS[self.count - 1], self.size, f"{self.digit}{plural}"]


@dataclasses.dataclass(frozen=True)
class Scene:
    """An image with its caption, and the boxes of the digits of each group.

    Attributes:
        image: uint8 `(64, 64, 1)`, light ink on black.
        caption: str.
        boxes: for each group, int `(n, 4)`, yxyx in pixels.
    """

    image: np.ndarray
    caption: str
    boxes: tuple[np.ndarray, ...]


def is_unseen(first: Group, relation: str, second: Group) -> bool:
    """Returns whether two groups are in the fifth of the combinations that is never trained on.

    It depends on digit and size of both groups and on the relation, and not on the counts: no
    scene that is trained on has the same digits of the same sizes in the same relation.
    """
    key = f"{first.size} {first.digit} {relation} {second.size} {second.digit}"
    return zlib.crc32(key.encode()) % 5 == 0


def unseen_combinations() -> list[tuple[Group, str, Group]]:
    """Returns all held-out combinations of two groups of one digit each."""
    groups = [Group(1, size, digit) for size in _SIDES for digit in range(10)]
    every = itertools.product(groups, RELATIONS, groups)
    return [each for each in every if _fits(*each, unseen=True)]


def scenes(images, labels, count, seed, *, unseen=False):
    """Draws scenes of combinations that are trained on, or of those that never are.

    Args:
        images: uint8 `(n, 28, 28)`, digits with light ink on black.
        labels: int `(n,)`.
        count: int. Number of scenes.
        seed: int. The same seed gives the same scenes.
        unseen: bool. Whether to draw only combinations that are never trained on.

    Returns:
        list of `Scene`.
    """
    random = np.random.default_rng(seed)
    rows = [np.flatnonzero(labels == digit) for digit in range(10)]
    found = []
    while len(found) < count:
        first, second = _group(random), _group(random)
        relation = RELATIONS[random.integers(2)]
        single = not unseen and random.random() < _SINGLE
        if not single and not _fits(first, relation, second, unseen):
            continue
        groups = (first,) if single else (first, second)
        words = first.words() + ([] if single else [relation, *second.words()])
        found.append(_drawn(random, images, rows, groups, relation, " ".join(words)))
    return found


def _fits(first, relation, second, unseen):
    alike = (first.size, first.digit) == (second.size, second.digit)
    return not alike and is_unseen(first, relation, second) == unseen


def _group(random):
    size = ("small", "large")[random.integers(2)]
    return Group(int(random.integers(1, _MOST[size] + 1)), size, int(random.integers(10)))


def _drawn(random, images, rows, groups, relation, caption):
    """Draws groups above one another or side by side, each in its half of the image."""
    boxes = _placed(random, groups, relation == "above")
    canvas = np.zeros((SIDE, SIDE), "uint8")
    for group, corners in zip(groups, boxes, strict=True):
        for top, left, bottom, right in corners:
            digit = Image.fromarray(images[random.choice(rows[group.digit])])
            shape = (right - left, bottom - top)
            canvas[top:bottom, left:right] = digit.resize(shape, Image.Resampling.BILINEAR)
    return Scene(canvas[..., None], caption, boxes)


def _placed(random, groups, above):
    """Returns the boxes of each group, int `(n, 4)`, where the relation is the only one to see."""
    parts = np.linspace(0, SIDE, len(groups) + 1).astype(int)
    while True:
        boxes = []
        for group, ends in zip(groups, itertools.pairwise(parts), strict=True):
            low, high = _SIDES[group.size]
            side = int(random.integers(low, high + 1))
            # The digits share the length of the half in equal slots.
            slots = itertools.pairwise(np.linspace(0, SIDE, group.count + 1).astype(int))
            corners = np.array(
                [(_between(random, *ends, side), _between(random, *slot, side)) for slot in slots]
            )
            corners = corners if above else corners[:, ::-1]
            boxes.append(np.concatenate([corners, corners + side], 1))
        centers = [corners.mean(0)[:2] + np.ptp(corners[0, ::2]) / 2 for corners in boxes]
        down, right = np.abs(centers[-1] - centers[0])
        if len(groups) == 1 or (down > 1.5 * right if above else right > 1.5 * down):
            return tuple(boxes)


def _between(random, start, end, side):
    return int(random.integers(start, end - side + 1))
