import numpy as np
import pytest
from pycocotools import mask

from keras_dl import boxes


def _random_boxes(random, count):
    corner, size = random.integers(-20, 60, (count, 2)), random.integers(1, 50, (count, 2))
    return np.concatenate([corner, corner + size], 1).astype("float32")


@pytest.mark.parametrize("box_format", boxes.BOX_FORMATS)
def test_as_pycocotools(box_format):
    random = np.random.default_rng(0)
    for _ in range(12):
        first, second = (_random_boxes(random, random.integers(1, 30)) for _ in range(2))
        expected = mask.iou(
            *(
                np.asarray(boxes.convert(some, "yxyx", "xywh"), "float64")
                for some in (first, second)
            ),
            [0] * len(second),
        )
        found = boxes.iou(
            *(boxes.convert(some, "yxyx", box_format) for some in (first, second)), box_format
        )
        np.testing.assert_allclose(found, expected, atol=1e-7)


def test_fractions_of_an_image_that_is_not_square():
    random = np.random.default_rng(1)
    some = _random_boxes(random, 12)[None]
    relative = boxes.convert(some, "yxyx", "rel_center_xywh", (50, 200))
    np.testing.assert_allclose(
        boxes.iou(relative, relative, "rel_center_xywh"), boxes.iou(some, some), atol=1e-5
    )


@pytest.mark.parametrize("nothing", [[5, 5, 5, 9], [5, 5, 5, 5], [9, 9, 2, 2], [9, 2, 2, 9]])
def test_a_box_without_area_overlaps_nothing(nothing):
    found = boxes.iou([nothing], [nothing, [0, 0, 10, 10]])
    np.testing.assert_array_equal(found, [[0, 0]])


def test_an_unknown_format_is_named():
    with pytest.raises(ValueError, match="Received box_format 'hwyx'"):
        boxes.iou([[0, 0, 1, 1]], [[0, 0, 1, 1]], "hwyx")
