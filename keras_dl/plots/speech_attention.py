"""Waveform, spectrogram and attention of speech on one time axis."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

_SECOND = 2.2  # inches
_LEAST_WIDTH, _MOST_WIDTH = 5.0, 24.0


def speech_attention(
    waveform: np.ndarray,
    sampling_rate: int,
    spectrogram: np.ndarray,
    weights: np.ndarray,
    words: Sequence[str],
    *,
    middle: float,
    step: float,
    title: str = "",
) -> Figure:
    """Plots a waveform, its spectrogram, and the attention weights of each word below each other.

    Args:
        waveform: float `(samples,)`, usually from -1 to 1.
        sampling_rate: int. Samples per second.
        spectrogram: float `(frames, bands)`, the lowest band first. Frames are evenly spaced over
            the waveform.
        weights: float `(words, steps)`. The attention of each word; the first word is at the top.
            Steps may continue after the end of the waveform, where the plot ends.
        words: sequence of strings.
        middle: float. Time of the middle of the first step, in seconds.
        step: float. Time from one step to the next, in seconds.
        title: str. Title of the plot.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if there is not one row of weights per word, or no word.
    """
    if weights.ndim != 2 or len(weights) != len(words) or not len(words):
        raise ValueError(
            "speech_attention: weights must have shape (words, steps), one row per word. Received "
            f"shape {weights.shape} for {len(words)} words. Remove the padding."
        )
    seconds = len(waveform) / sampling_rate
    width = min(max(_SECOND * seconds, _LEAST_WIDTH), _MOST_WIDTH)
    figure = Figure(figsize=(width, 4.2 + 0.25 * len(words)), layout="constrained")
    sound, bands, attention = figure.subplots(
        3, sharex=True, height_ratios=[1.2, 1.6, 0.5 + 0.2 * len(words)]
    )
    sound.plot(np.arange(len(waveform)) / sampling_rate, waveform, linewidth=0.5)
    sound.set_ylabel("waveform")
    bands.imshow(
        spectrogram.T,
        origin="lower",
        aspect="auto",
        cmap="magma",
        extent=(0, seconds, -0.5, spectrogram.shape[1] - 0.5),
    )
    bands.set_ylabel("mel band")
    begin = middle - step / 2
    image = attention.imshow(
        weights,
        aspect="auto",
        cmap="Blues",
        vmin=0,
        vmax=1,
        extent=(begin, begin + step * weights.shape[1], len(words) - 0.5, -0.5),
        interpolation="nearest",
    )
    attention.set_yticks(range(len(words)), words)
    attention.set_ylabel("attention")
    attention.set_xlabel("time in seconds")
    attention.set_xlim(0, seconds)
    figure.colorbar(image, ax=attention, label="weight", fraction=0.02, pad=0.01)
    sound.set_title(title)
    return figure
