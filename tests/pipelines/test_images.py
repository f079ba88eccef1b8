import colorsys

import numpy as np
import pytest
from PIL import Image

from keras_dl import pipelines


def _image(height=20, width=33):
    y, x = np.mgrid[:height, :width]
    return np.stack([5 * y, 5 * x, 255 - 4 * y - 3 * x], -1).clip(0, 255).astype("uint8")


def test_resizing_is_that_of_pillow():
    image = np.random.default_rng(0).integers(0, 255, (60, 90, 3)).astype("uint8")
    expected = np.asarray(Image.fromarray(image).resize((30, 20), Image.Resampling.BILINEAR))
    found = pipelines.resize_image(image, (20, 30))
    np.testing.assert_allclose(found, expected, atol=1.0)


def test_a_huge_image_is_thinned_out_first_and_stays_in_its_place():
    small = _image(16, 24)
    huge = small.repeat(100, 0).repeat(100, 1)
    np.testing.assert_allclose(pipelines.resize_image(huge, (16, 24)), small, atol=6)


def _scene():
    """A dark image, wider than high, with a red box and a green one."""
    image = np.zeros((80, 120, 3), "uint8")
    corners = np.array([[20, 30, 44, 62], [50, 80, 70, 96]])
    for color, (top, left, bottom, right) in enumerate(corners):
        image[top:bottom, left:right, color] = 255
    return image, (corners / [80, 120, 80, 120]).astype("float32")


@pytest.mark.parametrize("flips", ["none", "horizontal", "both"])
def test_the_boxes_move_with_the_image(flips):
    image, boxes = _scene()
    seen = mirrored = 0
    for number in range(60):
        view, moved, labels = pipelines.random_affine_crop(
            image, boxes, [4, 7], (160, 200), (3, number), zoom=0.5, stretch=0.2, flips=flips
        )
        assert view.shape == (160, 200, 3)
        for index, label in enumerate((4, 7)):
            if labels[index] < 0:
                continue
            assert labels[index] == label
            rows, columns = np.nonzero(view[..., index] > 127)
            found = [rows.min() / 160, columns.min() / 200, rows.max() / 160, columns.max() / 200]
            np.testing.assert_allclose(moved[index], found, atol=0.02)
            seen += 1
        if (labels.numpy() >= 0).all():
            mirrored += int(moved[0, 1] > moved[1, 1]) + 2 * int(moved[0, 0] > moved[1, 0])
    assert seen > 80
    assert (mirrored > 0) == (flips != "none")


def test_vertical_mirrors_only_where_they_are_wanted():
    image, boxes = _scene()
    upside_down = {"horizontal": 0, "both": 0}
    for flips in upside_down:
        for number in range(40):
            _, moved, labels = pipelines.random_affine_crop(
                image, boxes, [0, 0], (80, 120), (0, number), zoom=0.1, flips=flips
            )
            upside_down[flips] += int((labels.numpy() >= 0).all() and moved[0, 0] > moved[1, 0])
    assert upside_down["horizontal"] == 0 and 10 < upside_down["both"] < 30


def test_without_zoom_stretch_and_flips_it_stays_almost_where_it_was():
    image, boxes = _scene()
    _, moved, _ = pipelines.random_affine_crop(
        image, boxes, [0, 0], (80, 120), (0, 1), zoom=0.0, stretch=0.0, flips="none"
    )
    np.testing.assert_allclose(moved - boxes, np.tile((moved - boxes)[0, :2], (2, 2)), atol=1e-5)
    assert np.abs(moved - boxes).max() <= 0.11


def test_a_box_that_is_hardly_seen_is_forgotten():
    image = np.zeros((40, 40, 3), "uint8")
    boxes = np.array([[-0.9, 0.4, 0.1, 0.6], [0.4, 0.4, 0.6, 0.6]], "float32")
    _, moved, labels = pipelines.random_affine_crop(
        image, boxes, [1, 1], (40, 40), (0, 0), zoom=0.0, stretch=0.0, flips="none"
    )
    np.testing.assert_array_equal(labels, [-1, 1])
    assert (np.asarray(moved) >= 0).all() and (np.asarray(moved) <= 1).all()


def test_padding_stays_padding():
    image, boxes = _scene()
    padded = np.concatenate([boxes, np.zeros((2, 4), "float32")])
    *_, labels = pipelines.random_affine_crop(image, padded, [0, 1, -1, -1], (80, 120), (0, 0))
    np.testing.assert_array_equal(labels[2:], [-1, -1])


def test_the_same_seed_gives_the_same_view():
    image, boxes = _scene()
    first, again, other = (
        pipelines.random_affine_crop(image, boxes, [0, 1], (40, 60), (5, number))[0]
        for number in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_unknown_flip_is_named():
    with pytest.raises(ValueError, match="Received flips 'vertical'"):
        pipelines.random_affine_crop(*_scene(), [0, 0], (40, 60), (0, 0), flips="vertical")


def test_colors_change_and_shapes_do_not():
    image = _image(40, 60).astype("float32")
    np.testing.assert_allclose(
        pipelines.random_color_jitter(image, (0, 0), strength=0.0), image, atol=0.2
    )
    changed = [pipelines.random_color_jitter(image, (0, number)).numpy() for number in range(20)]
    assert all(each.min() >= 0 and each.max() <= 255 for each in changed)
    shift = [np.abs(each - image).mean() for each in changed]
    assert 5 < np.mean(shift) < 60 and np.std(shift) > 1


def test_grey_stays_grey_and_red_keeps_near_red():
    gray = np.full((4, 4, 3), 120, "float32")
    red = np.tile(np.array([200.0, 60.0, 60.0], "float32"), (4, 4, 1))
    for number in range(20):
        found = pipelines.random_color_jitter(gray, (0, number)).numpy()
        np.testing.assert_allclose(found, found[..., :1].repeat(3, -1), atol=0.5)
        red_now = pipelines.random_color_jitter(red, (0, number)).numpy()[0, 0] / 255
        hue = colorsys.rgb_to_hsv(*red_now)[0]
        assert min(hue, 1 - hue) < 0.12
