import numpy as np
import pytest

from keras_dl import boxes

FORMATS = [prefix + name for name in boxes.BOX_FORMATS for prefix in ("", "rel_")]
# Rows 10 to 40, columns 20 to 100, of an image of 100 x 400 pixels.
SAME = {
    "yxyx": [10, 20, 40, 100],
    "xyxy": [20, 10, 100, 40],
    "xywh": [20, 10, 80, 30],
    "center_yxhw": [25, 60, 30, 80],
    "center_xywh": [60, 25, 80, 30],
    "rel_yxyx": [0.1, 0.05, 0.4, 0.25],
    "rel_xyxy": [0.05, 0.1, 0.25, 0.4],
    "rel_xywh": [0.05, 0.1, 0.2, 0.3],
    "rel_center_yxhw": [0.25, 0.15, 0.3, 0.2],
    "rel_center_xywh": [0.15, 0.25, 0.2, 0.3],
}


def test_the_cases_are_all_formats():
    assert set(SAME) == set(FORMATS)


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_every_format_from_every_format(source, target):
    found = boxes.convert([[SAME[source]]], source, target, (100, 400))
    np.testing.assert_allclose(found, [[SAME[target]]], rtol=1e-6)


@pytest.mark.parametrize("name", boxes.BOX_FORMATS)
def test_transposing_the_image_swaps_the_axes(name):
    turned = {"yxyx": "xyxy", "xyxy": "yxyx", "center_yxhw": "center_xywh"}
    random = np.random.default_rng(0).uniform(1, 50, (6, 4)).astype("float32")
    corners = np.asarray(boxes.convert(random, name, "yxyx"))
    if name in turned:
        swapped = np.asarray(boxes.convert(random, turned[name], "xyxy"))
    else:
        order = {"xywh": [1, 0, 3, 2], "center_xywh": [1, 0, 3, 2]}[name]
        swapped = np.asarray(boxes.convert(random[:, order], name, "xyxy"))
    np.testing.assert_allclose(swapped, corners, rtol=1e-6)


def test_each_image_may_have_its_own_size():
    sizes = np.array([[[10, 20]], [[100, 400]]])
    found = boxes.convert(np.full((2, 3, 4), 0.5), "rel_yxyx", "yxyx", sizes)
    np.testing.assert_allclose(found[0, 0], [5, 10, 5, 10])
    np.testing.assert_allclose(found[1, 2], [50, 200, 50, 200])


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match=r"target must be one of .*Received target 'yx'"):
        boxes.convert([[1, 2, 3, 4]], "yxyx", "yx")
    with pytest.raises(ValueError, match=r"Received shape \(1, 3\)"):
        boxes.convert([[1, 2, 3]], "yxyx", "xyxy")
    with pytest.raises(ValueError, match="image_shape None"):
        boxes.convert([[1, 2, 3, 4]], "yxyx", "rel_xyxy")
