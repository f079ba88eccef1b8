"""Images written by Pillow and NumPy, and every way in which they can be wrong."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_dl import pipelines

PIXELS = np.random.default_rng(0).integers(0, 256, size=(3, 4, 6), dtype="uint8")


def _write(folder, name, pixels):
    (folder / name).parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(folder / name)


def test_grey_images_in_the_order_of_their_names(tmp_path):
    for name, pixels in zip(("b.png", "a.png", "z/c.BMP"), PIXELS, strict=True):
        _write(tmp_path, name, pixels)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "folder.png").mkdir()
    found = pipelines.read_images(tmp_path)
    np.testing.assert_allclose(found[..., 0], PIXELS[[1, 0, 2]] / np.float32(255))
    assert found.shape == (3, 4, 6, 1) and found.dtype == "float32"


def test_colors(tmp_path):
    colored = np.random.default_rng(1).integers(0, 256, size=(4, 6, 3), dtype="uint8")
    _write(tmp_path, "a.png", colored)
    _write(tmp_path, "b.png", PIXELS[0])
    found = pipelines.read_images(tmp_path)
    np.testing.assert_allclose(found[0], colored / np.float32(255))
    np.testing.assert_array_equal(found[1, ..., 0], found[1, ..., 2])


@pytest.mark.parametrize("array", [PIXELS, PIXELS[..., None], PIXELS / 255])
def test_arrays(tmp_path, array):
    np.save(tmp_path / "images.npy", array)
    found = pipelines.read_images(tmp_path / "images.npy")
    np.testing.assert_allclose(found[..., 0], PIXELS / 255, atol=1e-7)


def test_several_sizes_name_both_files(tmp_path):
    _write(tmp_path, "a.png", PIXELS[0])
    _write(tmp_path, "b.png", PIXELS[1, :2])
    with pytest.raises(ValueError, match=r"a\.png of 4 x 6, .*b\.png of 2 x 6"):
        pipelines.read_images(tmp_path)


def test_a_single_image(tmp_path):
    _write(tmp_path, "a.png", PIXELS[0])
    with pytest.raises(ValueError, match="at least two images"):
        pipelines.read_images(tmp_path)


def test_a_damaged_image_is_named_and_left_out(tmp_path):
    _write(tmp_path, "a.png", PIXELS[0])
    _write(tmp_path, "c.webp", PIXELS[1])
    _write(tmp_path, "d.tif", PIXELS[2])
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:40])
    (tmp_path / "._a.png").write_bytes(b"\0\5\x16\7")
    with pytest.warns(
        UserWarning, match=r"Received 2 others, the first one .*b\.png \(not a valid"
    ):
        assert len(pipelines.read_images(tmp_path)) == 2


@pytest.mark.parametrize("value", [np.nan, 1.5, -0.1])
def test_values_that_are_no_pixels_are_named(tmp_path, value):
    array = PIXELS / 255
    array[2, 1, 1] = value
    np.save(tmp_path / "images.npy", array)
    with pytest.raises(ValueError, match=r"image 2 of .*images\.npy, one of 1"):
        pipelines.read_images(tmp_path / "images.npy")


@pytest.mark.parametrize(
    "array", [PIXELS[0], PIXELS[:1], PIXELS[:, :0], np.zeros((3, 4, 6, 2)), np.zeros((3, 4, 6, 4))]
)
def test_arrays_of_other_shapes(tmp_path, array):
    np.save(tmp_path / "images.npy", array)
    with pytest.raises(ValueError, match="an array must be"):
        pipelines.read_images(tmp_path / "images.npy")


def test_bytes_of_0_and_1_alone(tmp_path):
    np.save(tmp_path / "images.npy", PIXELS // 128)
    with pytest.raises(ValueError, match=r"images\.npy, where the largest value is only 1"):
        pipelines.read_images(tmp_path / "images.npy")
    (tmp_path / "folder").mkdir()
    for index, image in enumerate(PIXELS // 128):
        encoded = tf.io.encode_png(image[..., None]).numpy()
        (tmp_path / "folder" / f"{index}.png").write_bytes(encoded)
    with pytest.raises(ValueError, match=r"folder, where the largest value is only 1"):
        pipelines.read_images(tmp_path / "folder")


def test_no_array_and_nothing_at_all(tmp_path):
    (tmp_path / "images.npy").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"numpy\.save.*images\.npy"):
        pipelines.read_images(tmp_path / "images.npy")
    for wrong in (np.array(["a", "b"]), np.zeros((3, 4, 6), complex), PIXELS.astype("int64")):
        np.save(tmp_path / "wrong.npy", wrong)
        with pytest.raises(ValueError, match=r"one array of uint8 or float.*wrong\.npy"):
            pipelines.read_images(tmp_path / "wrong.npy")
    np.savez(tmp_path / "several.npz", PIXELS, PIXELS)
    with pytest.raises(ValueError, match=r"several arrays in .*several\.npz"):
        pipelines.read_images(tmp_path / "several.npz")
    with pytest.raises(FileNotFoundError, match="path must be a directory"):
        pipelines.read_images(tmp_path / "nowhere")
