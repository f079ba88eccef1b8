import io

import numpy as np
import pytest
import tensorflow as tf
from matplotlib.colors import to_rgb

from keras_dl import plots

GRAY = np.full((60, 100, 3), 128, "uint8")


def saved(figure):
    """Returns the pixels of the PNG file that a figure becomes."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return tf.io.decode_png(file.getvalue(), channels=3).numpy()


@pytest.mark.parametrize("shape", [(1, 1), (57, 29), (3, 50), (480, 641)])
def test_the_file_is_the_image_pixel_by_pixel(shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), "uint8")
    np.testing.assert_array_equal(saved(plots.boxes_on_image(image, [], [])), image)


def test_boxes_lie_at_their_pixels():
    figure = plots.boxes_on_image(GRAY, [[20, 10, 50, 90]], [2])
    pixels, color = saved(figure).astype(int), figure.axes[0].patches[0].get_edgecolor()[:3]
    colored = np.abs(pixels - 255 * np.array(color)).max(axis=2) < 20
    rows, columns = np.nonzero(colored[:, 60:] & (np.arange(60) >= 20)[:, np.newaxis])
    assert (rows.min(), rows.max(), columns.max() + 60) == (20, 50, 90)
    assert colored[40, 10] and colored[35, 90] and not colored[:, 92:].any()
    np.testing.assert_array_equal(pixels[23:48, 13:88], 128)


def test_class_and_score_of_each_box_the_best_on_top():
    boxes = [[20, 0, 50, 40], [20, 50, 50, 90], [30, 5, 60, 45]]
    figure = plots.boxes_on_image(
        GRAY, boxes, [1, 0, 1], [0.6, 0.987, 0.7], classes=["a $x$ cell", "b"]
    )
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["b 0.60", "b 0.70", "a $x$ cell 0.99"]
    assert [patch.get_y() for patch in axes.patches] == [20, 30, 20]
    assert [patch.get_width() for patch in axes.patches] == [40, 40, 40]
    colors = [to_rgb(patch.get_edgecolor()) for patch in axes.patches]
    assert colors[0] == colors[1] != colors[2]
    assert [to_rgb(text.get_bbox_patch().get_facecolor()) for text in axes.texts] == colors
    numbers = plots.boxes_on_image(GRAY, boxes, [1, 0, 1]).axes[0].texts
    assert [text.get_text() for text in numbers] == ["1", "0", "1"]


def test_every_class_has_its_own_color():
    patches = plots.boxes_on_image(GRAY, [[0, 0, 9, 9]] * 80, range(80)).axes[0].patches
    colors = np.array([to_rgb(patch.get_edgecolor()) for patch in patches])
    apart = np.abs(colors[:, np.newaxis] - colors).max(axis=-1)
    assert apart[~np.eye(80, dtype=bool)].min() > 0.02
    assert apart[:8, :8][~np.eye(8, dtype=bool)].min() > 0.2


@pytest.mark.parametrize("shape", [(60, 90), (480, 640), (1500, 100), (20, 900), (40, 40)])
def test_what_is_written_stays_within_the_image(shape):
    height, width = shape
    boxes = np.array(
        [[0, 0, 0.2, 0.2], [0, 0.9, 0.5, 1], [0.98, 0, 1, 0.1], [0.9, 0.95, 1, 1], [0, 0, 1, 1]]
    )
    boxes = [*(boxes * [height, width, height, width]), [-5, -9, height + 5, width + 9]]
    figure = plots.boxes_on_image(
        np.zeros((*shape, 3), "uint8"), boxes, [0] * 6, [0.5] * 6, classes=["Platelets"]
    )
    saved(figure)
    assert len(figure.axes[0].texts) == 6
    for text in figure.axes[0].texts:
        patch = text.get_bbox_patch().get_window_extent()
        assert patch.x0 >= -0.5 and patch.x1 <= width + 0.5
        assert patch.y0 >= -0.5 and patch.y1 <= height + 0.5
        if min(shape) >= 60:
            assert patch.height > 10  # pixels, to be read


def test_what_is_written_stands_above_its_box():
    text = plots.boxes_on_image(GRAY, [[40, 30, 55, 60]], [3]).axes[0].texts[0]
    patch = text.get_bbox_patch()
    saved(text.figure)
    assert patch.get_window_extent().y0 == pytest.approx(60 - 40, abs=0.5)  # from below
    assert patch.get_window_extent().x0 == pytest.approx(30, abs=0.5)


def test_a_image_of_a_few_pixels_has_its_boxes_alone():
    figure = plots.boxes_on_image(GRAY[:8, :5], [[0, 0, 4, 5]], [0], [0.5])
    assert len(figure.axes[0].patches) == 1 and not figure.axes[0].texts
    assert saved(figure).shape == (8, 5, 3)


def test_lines_and_letters_grow_with_the_image():
    small, large = (
        plots.boxes_on_image(np.zeros((size, 2 * size, 3), "uint8"), [[9, 9, 90, 90]], [0])
        for size in (600, 1200)
    )
    for get in (
        lambda figure: figure.axes[0].patches[0].get_linewidth(),
        lambda figure: figure.axes[0].texts[0].get_fontsize(),
    ):
        assert get(large) == pytest.approx(2 * get(small))


def test_true_boxes_are_white_dashes():
    figure = plots.boxes_on_image(GRAY, [[5, 5, 9, 9]], [0], truth=[[20, 10, 50, 90]])
    found, true = figure.axes[0].patches
    assert true.get_bbox().extents.tolist() == [10, 20, 90, 50]
    assert to_rgb(true.get_edgecolor()) == (1, 1, 1) and len(figure.axes[0].texts) == 1
    row = saved(figure)[20, 12:88].astype(int).mean(axis=1)
    assert np.sum(row > 200) > 20 and np.sum(np.abs(row - 128) < 3) > 10
    assert found.get_linestyle() != true.get_linestyle()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": GRAY / 255}, r"Received float64 \(60, 100, 3\)"),
        ({"image": GRAY[..., 0]}, r"Received uint8 \(60, 100\)"),
        ({"boxes": np.zeros((4, 3))}, r"boxes must have shape \(n, 4\). Received \(4, 3\)"),
        ({"truth": np.zeros((1, 2, 4))}, r"truth must have shape \(n, 4\). Received \(1, 2, 4\)"),
        ({"labels": [0]}, r"Received 2 boxes, labels \(1,\), 2 scores"),
        ({"scores": [0.5]}, r"Received 2 boxes, labels \(2,\), 1 scores"),
        ({"labels": [0, -1]}, r"number of classes, 2. Received -1"),
        ({"labels": [0, 2]}, r"number of classes, 2. Received 2"),
        ({"labels": [0, -1], "classes": None}, r"Received -1"),
    ],
)
def test_errors_of_boxes(changes, message):
    arguments = {
        "image": GRAY,
        "boxes": np.zeros((2, 4)),
        "labels": [0, 1],
        "scores": [0.1, 0.2],
        "classes": "ab",
    }
    with pytest.raises(ValueError, match=message):
        plots.boxes_on_image(**{**arguments, **changes})
