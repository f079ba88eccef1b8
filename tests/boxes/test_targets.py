import math

import numpy as np
import pytest

from keras_dl import boxes

ANCHORS = np.array([[1.0, 1.0], [2.0, 4.0], [4.0, 2.0]])


def _slot_by_slot(some, labels, anchors, grid, num_classes):
    """The targets of one image, written with loops, from boxes in rel_yxyx."""
    rows, columns = grid
    targets = np.zeros((rows, columns, len(anchors), 5 + num_classes))
    lost = 0
    for (top, left, bottom, right), label in zip(some, labels, strict=True):
        height, width = (bottom - top) * rows, (right - left) * columns
        if label < 0 or height <= 0 or width <= 0:
            continue
        y, x = (top + bottom) / 2 * rows, (left + right) / 2 * columns
        row, column = min(int(y), rows - 1), min(int(x), columns - 1)
        overlaps = []
        for h, w in anchors:
            shared = min(h, height) * min(w, width)
            overlaps.append(shared / (h * w + height * width - shared))
        slot = targets[row, column, overlaps.index(max(overlaps))]
        if slot[0]:
            lost += 1
            continue
        slot[:5] = 1, x - column, y - row, height, width
        slot[5 + label] = 1
    return targets, lost


def _random_boxes(random, count, grid):
    center, size = random.uniform(0, 1, (count, 2)), random.uniform(0.02, 0.5, (count, 2))
    # Some centers exactly on the border between cells, and on the edge of the image.
    some = random.random((count, 2)) < 0.2
    center = np.where(some, np.round(center * grid) / grid, center)
    return np.concatenate([center - size / 2, center + size / 2], 1)


@pytest.mark.parametrize("grid", [(3, 4), (5, 2), (4, 4)])
def test_as_slot_by_slot(grid):
    random = np.random.default_rng(0)
    some = np.stack([_random_boxes(random, 9, np.array(grid)) for _ in range(40)])
    some[:, 3, 2] = some[:, 3, 0]  # without area
    labels = random.integers(-1, 3, (40, 9))
    targets, lost = boxes.encode_targets(some, labels, ANCHORS, grid, 3)
    for place in range(40):
        expected, expected_lost = _slot_by_slot(
            some[place].astype("float32"), labels[place], ANCHORS, grid, 3
        )
        np.testing.assert_allclose(targets[place], expected, atol=2e-6)
        assert int(lost[place]) == expected_lost
    assert np.sum(lost) > 20  # of two boxes in one slot there were enough


def test_the_first_of_two_boxes_in_a_slot_stays():
    box = [0.1, 0.1, 0.3, 0.3]
    targets, lost = boxes.encode_targets([[box, box]], [[1, 0]], ANCHORS, (2, 3), 2)
    targets = np.asarray(targets)
    assert targets[..., 0].sum() == 1 and lost[0] == 1
    np.testing.assert_array_equal(targets[targets[..., 0] == 1][0, 5:], [0, 1])


def test_a_centre_on_the_right_edge_is_in_the_last_cell():
    targets, _ = boxes.encode_targets(
        [[[0.9, 0.8, 1.1, 1.2]]], [[0]], ANCHORS, (2, 5), 1, box_format="rel_yxyx"
    )
    row, column, _ = np.argwhere(np.asarray(targets)[0, ..., 0])[0]
    assert (row, column) == (1, 4)
    np.testing.assert_allclose(np.asarray(targets)[0, 1, 4].max(0)[1:3], [1, 1], atol=1e-6)


def test_turning_image_grid_and_anchors_turns_the_targets():
    random = np.random.default_rng(1)
    some, labels = _random_boxes(random, 6, np.array([3, 5]))[None], random.integers(0, 2, (1, 6))
    targets = np.asarray(boxes.encode_targets(some, labels, ANCHORS, (3, 5), 2)[0])
    turned, _ = boxes.encode_targets(some[..., [1, 0, 3, 2]], labels, ANCHORS[:, ::-1], (5, 3), 2)
    back = np.asarray(turned).transpose(0, 2, 1, 3, 4)[..., [0, 2, 1, 4, 3, 5, 6]]
    np.testing.assert_allclose(targets, back, atol=1e-6)


def test_decoding_gives_the_boxes_back():
    random = np.random.default_rng(2)
    some = np.stack([_random_boxes(random, 4, np.array([7, 9])) for _ in range(20)])
    labels = random.integers(0, 4, (20, 4))
    targets, lost = boxes.encode_targets(some, labels, ANCHORS, (7, 9), 4)
    found, found_labels = (np.asarray(each) for each in boxes.decode_targets(targets))
    for place in range(20):
        there = found_labels[place] >= 0
        assert there.sum() == 4 - int(lost[place])
        for box, label in zip(found[place][there], found_labels[place][there], strict=True):
            same = np.abs(some[place] - box).max(1) < 1e-5
            assert label in labels[place][same]


def test_scores_are_the_product_of_both_probabilities():
    random = np.random.default_rng(3)
    answers = random.normal(size=(2, 2, 3, 2, 5 + 3)).astype("float32")
    found, scores = boxes.decode(answers, box_format="xyxy", image_shape=(20, 60))
    row, column, anchor = 1, 2, 1
    slot = answers[1, row, column, anchor].astype("float64")
    place = (row * 3 + column) * 2 + anchor
    powers = [math.exp(each) for each in slot[5:]]
    expected = np.array(powers) / sum(powers) / (1 + math.exp(-slot[0]))
    np.testing.assert_allclose(scores[1, place], expected, rtol=1e-5)
    y, x, h, w = (row + slot[2]) * 10, (column + slot[1]) * 20, slot[3] * 10, slot[4] * 20
    np.testing.assert_allclose(
        found[1, place], [x - w / 2, y - h / 2, x + w / 2, y + h / 2], rtol=1e-4
    )


def test_with_one_class_the_score_is_that_of_an_object():
    answers = np.random.default_rng(4).normal(size=(1, 2, 2, 1, 6)).astype("float32")
    _, scores = boxes.decode(answers)
    np.testing.assert_allclose(scores[0, :, 0], 1 / (1 + np.exp(-answers[..., 0].ravel())), 1e-5)


@pytest.mark.parametrize(
    ("anchors", "box_format", "message"),
    [
        (np.ones((3, 4)), "rel_yxyx", r"anchors must have shape \(k, 2\).*Received shape \(3, 4\)"),
        ([[1, 0]], "rel_yxyx", r"Received \[\[1.0, 0.0\]\]"),
        (
            ANCHORS,
            "yxyx",
            "Received box_format 'yxyx'. Use boxes.convert to convert the boxes to rel_yxyx",
        ),
    ],
)
def test_wrong_arguments_are_named(anchors, box_format, message):
    with pytest.raises(ValueError, match=message):
        boxes.encode_targets(np.zeros((1, 1, 4)), [[0]], anchors, (2, 2), 1, box_format=box_format)
