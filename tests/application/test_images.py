import io

import numpy as np
import pytest
from PIL import Image

from keras_dl import application, pipelines
from keras_dl.application import UserError, read_image_bytes


def test_paths_bytes_and_arrays_become_the_bytes_of_a_file(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 5, 3), "uint8")
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    (tmp_path / "image.png").write_bytes(file.getvalue())
    for given in (tmp_path / "image.png", str(tmp_path / "image.png"), file.getvalue(), pixels):
        encoded = read_image_bytes(given)
        assert isinstance(encoded, bytes)
        np.testing.assert_array_equal(pipelines.decode_image(encoded), pixels)
    for gray in (pixels[..., 0], pixels[..., :1]):
        decoded = pipelines.decode_image(read_image_bytes(gray))
        np.testing.assert_array_equal(decoded, pixels[..., :1].repeat(3, -1))
    with pytest.raises(UserError, match=r"^not a valid image$"):
        read_image_bytes(file.getvalue()[:40])
    with pytest.raises(UserError, match=r"^not a JPEG, PNG, GIF, BMP or WebP image$"):
        read_image_bytes(b"")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("nowhere.png", "No such file or directory"),
        (".", "a directory without images"),
        ("", "a directory without images"),
        ("nul\0.png", "not a valid image"),
        ("long" * 2000, "File name too long"),
        (None, "not a valid image"),
        (object(), "not a valid image"),
        (3, "not a valid image"),
        (np.zeros((4, 4, 3), "uint16"), "the array is empty or not uint8"),
        (np.zeros((0, 4, 3), "uint8"), "the array is empty or not uint8"),
        (np.zeros((4, 4, 7), "uint8"), "not a valid image"),
        (np.zeros(4, "uint8"), "not a valid image"),
    ],
)
def test_what_is_no_image_has_a_reason(given, reason):
    with pytest.raises(UserError, match=f"^{reason}$"):
        read_image_bytes(given)


def test_a_directory_of_images_is_no_image(tmp_path):
    (tmp_path / "one.png").touch()
    with pytest.raises(UserError, match=r"^a directory; one of its images is expected$"):
        read_image_bytes(tmp_path)


def test_what_is_a_seed_is_no_file():
    field = application.Image("image", or_seed=True)
    assert field.is_seed("7") and field.is_seed(7)
    for given in ("\u00b2", "7.png", "-1", "", "1" * 20):
        assert not field.is_seed(given)
    assert not application.Image("image").is_seed("7")
