"""GIFs, read back by Pillow."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from keras_dl import plots


@pytest.mark.parametrize("shape", [(5, 20, 30), (5, 20, 30, 3)])
def test_frames_come_back(shape):
    frames = np.zeros(shape, "uint8")
    for number in range(5):
        frames[number, 4 * number :, :6] = 200
    file = io.BytesIO()
    plots.write_gif(file, frames, 0.1)
    with Image.open(file) as gif:
        found = [np.array(frame.convert("RGB")) for frame in ImageSequence.Iterator(gif)]
        assert gif.info["duration"] == 100 and gif.info["loop"] == 0
    expected = frames if frames.ndim == 4 else np.repeat(frames[..., None], 3, -1)
    np.testing.assert_allclose(np.array(found), expected, atol=8)


def test_what_is_no_image_is_refused():
    for wrong in (np.zeros((0, 4, 4), "uint8"), np.zeros((2, 4, 4)), np.zeros((4, 4), "uint8")):
        with pytest.raises(ValueError, match=rf"shape \({wrong.shape[0]},"):
            plots.write_gif(io.BytesIO(), wrong, 0.1)
