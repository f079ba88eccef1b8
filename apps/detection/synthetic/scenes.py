"""Synthetic scenes of shapes, so that all commands run without external data."""

import numpy as np

CLASSES = ["disc", "rectangle", "triangle"]
HEIGHT, WIDTH = 160, 208
_MOST = 8
_OVERLAP = 0.2  # of the smaller of two boxes, at most


def scene(number, seed):
    """Draws a scene: shapes of several classes, sizes and colors on an uneven background.

    Args:
        number: int. Index of the scene in its split.
        seed: int. Seed of the split. The same index and seed give the same scene.

    Returns:
        triple of the image, uint8 `(160, 208, 3)`, the boxes, float32 `(n, 4)` in rel_yxyx, and
        the labels, int32 `(n,)`.
    """
    random = np.random.default_rng((seed, number))
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    slope = random.normal(0, 40, (2, 3))
    image = random.uniform(60, 200, 3) + (
        (y / HEIGHT - 0.5)[..., None] * slope[0] + (x / WIDTH - 0.5)[..., None] * slope[1]
    )
    ground = image.mean((0, 1))
    boxes, labels = [], []
    for _ in range(random.integers(1, _MOST + 1)):
        label = int(random.integers(len(CLASSES)))
        box = _random_box(random, label, boxes)
        if box is None:
            continue
        color = random.uniform(0, 255, 3)
        while np.abs(color - ground).max() < 60:
            color = random.uniform(0, 255, 3)
        image[_inside(label, box, y, x)] = color
        boxes.append(box)
        labels.append(label)
    image += random.normal(0, 6, image.shape)
    size = np.array([HEIGHT, WIDTH, HEIGHT, WIDTH])
    boxes = (np.array(boxes, "float64").reshape(-1, 4) / size).astype("float32")
    return image.clip(0, 255).astype("uint8"), boxes, np.array(labels, "int32")


def _random_box(random, label, boxes):
    """Returns a random box that hides no other box, or None if none is found."""
    for _ in range(20):
        side = np.exp(random.uniform(np.log(14), np.log(80)))
        ratio = np.exp(random.uniform(-0.5, 0.5)) if CLASSES[label] != "disc" else 1.0
        height, width = side * ratio, side / ratio
        top = random.uniform(0, HEIGHT - height)
        left = random.uniform(0, WIDTH - width)
        box = top, left, top + height, left + width
        if all(_shared(box, other) < _OVERLAP for other in boxes):
            return box
    return None


def _shared(box, other):
    height = min(box[2], other[2]) - max(box[0], other[0])
    width = min(box[3], other[3]) - max(box[1], other[1])
    smaller = min((each[2] - each[0]) * (each[3] - each[1]) for each in (box, other))
    return max(height, 0) * max(width, 0) / smaller


def _inside(label, box, y, x):
    """Returns which pixels are inside the shape that fills a box."""
    top, left, bottom, right = box
    v, u = (y - top) / (bottom - top), (x - left) / (right - left)
    if CLASSES[label] == "disc":
        return (v - 0.5) ** 2 + (u - 0.5) ** 2 <= 0.25
    within = (v >= 0) & (v <= 1) & (u >= 0) & (u <= 1)
    return within if CLASSES[label] == "rectangle" else within & (np.abs(u - 0.5) <= v / 2)
