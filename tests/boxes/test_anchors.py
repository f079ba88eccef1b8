import itertools

import numpy as np
import pytest

from keras_dl import boxes


def _best_stable(sizes, num_anchors):
    """Tries every way to put the sizes into groups; each must be nearest to its group's mean."""
    best = 0.0
    for groups in itertools.product(range(num_anchors), repeat=len(sizes)):
        groups = np.array(groups)
        if len(np.unique(groups)) < num_anchors:
            continue
        anchors = np.stack([sizes[groups == each].mean(0) for each in range(num_anchors)])
        overlap = boxes.shape_iou(sizes, anchors)
        if (overlap.argmax(1) == groups).all():
            best = max(best, overlap.max(1).mean())
    return best


@pytest.mark.parametrize("num_anchors", [1, 2, 3])
def test_the_best_of_all_that_are_stable(num_anchors):
    for seed in range(5):
        sizes = np.random.default_rng(seed).uniform(1, 20, (8, 2))
        _, fit = boxes.kmeans_anchors(sizes, num_anchors, starts=50)
        np.testing.assert_allclose(fit, _best_stable(sizes, num_anchors))


def test_finds_the_sizes_that_were_put_in():
    random = np.random.default_rng(0)
    true = np.array([[1, 8], [3, 3], [9, 2]])
    sizes = true[random.integers(0, 3, 300)] * random.uniform(0.95, 1.05, (300, 2))
    anchors, fit = boxes.kmeans_anchors(sizes, 3)
    np.testing.assert_allclose(anchors, true, rtol=0.02)
    assert fit > 0.94


def test_iou_of_sizes_is_that_of_boxes_with_one_centre():
    random = np.random.default_rng(0)
    sizes, anchors = random.uniform(1, 9, (7, 2)), random.uniform(1, 9, (3, 2))
    centered = [np.concatenate([-half, half], 1) for half in (sizes / 2, anchors / 2)]
    np.testing.assert_allclose(boxes.shape_iou(sizes, anchors), boxes.iou(*centered), atol=1e-6)


def test_the_same_seed_gives_the_same_anchors():
    sizes = np.random.default_rng(0).uniform(1, 9, (200, 2))
    first, second = (boxes.kmeans_anchors(sizes, 5, seed=3)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("sizes", "num_anchors", "message"),
    [
        ([1, 2], 1, r"Received shape \(2,\)"),
        ([[1, 2], [0, 3]], 1, r"Received \(0.0, 3.0\) in row 1"),
        ([[1, 2], [1, 2]], 2, "Received num_anchors 2"),
        ([[1, 2]], 0, "Received num_anchors 0"),
    ],
)
def test_wrong_sizes_are_named(sizes, num_anchors, message):
    with pytest.raises(ValueError, match=message):
        boxes.kmeans_anchors(sizes, num_anchors)
