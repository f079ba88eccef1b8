"""Writes animated GIFs."""

from typing import IO

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image


def write_gif(file: IO[bytes], frames: ArrayLike, seconds_per_frame: float) -> None:
    """Writes images as a looping GIF.

    Args:
        file: open binary file.
        frames: uint8 `[frames, height, width]` (gray) or `[frames, height, width, 3]`.
        seconds_per_frame: float. GIF files store hundredths of a second. The minimum is 0.02,
            because viewers play shorter frames more slowly.

    Raises:
        ValueError: if there is no frame, or the frames have the wrong shape or dtype.
    """
    frames = np.asarray(frames)
    if not len(frames) or frames.ndim not in (3, 4) or frames.dtype != np.uint8:
        raise ValueError(
            "write_gif: frames must be uint8 of shape (frames, height, width) or (frames, height, "
            f"width, 3). Received {frames.dtype} of shape {frames.shape}. Pass at least one image."
        )
    # One palette for all frames keeps the file small if little changes between them.
    sample = np.concatenate(frames[:: max(len(frames) // 16, 1)])
    palette = Image.fromarray(sample).convert("RGB").quantize(64, dither=Image.Dither.NONE)
    images = [
        Image.fromarray(frame).convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in frames
    ]
    images[0].save(
        file,
        format="GIF",
        save_all=True,
        append_images=images[1:],
        duration=max(round(seconds_per_frame * 1000), 20),
        loop=0,
        optimize=False,
    )
