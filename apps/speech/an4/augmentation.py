"""Random changes of cepstra, as other speakers and other rates would have them."""

import numpy as np

from apps.speech.an4.files import COEFFICIENTS

_BANDS = 40
_RATES = (0.85, 1.15)
_WARP = 0.1  # share by which the mel axis is stretched, at most: another vocal tract
_SHIFT = 1.0  # bands
_MASKED = 0.7  # share of the utterances in which some bands are silent
_MOST_MASKED = 8  # bands
_numbers = np.arange(_BANDS)
# Rows are cosines: cepstra of log-mel spectra, except for a factor of each coefficient.
_cosines = np.cos(np.pi / _BANDS * np.outer(np.arange(COEFFICIENTS), _numbers + 0.5))
_inverse = np.linalg.pinv(_cosines)


def augmented(cepstra, random):
    """Returns cepstra at a random rate, with a random linear change of the spectrum.

    Cepstra are linear in the log-mel spectrum, and the normalization of features makes them
    independent of scale. So a warped mel axis and silent bands are one matrix.

    Args:
        cepstra: float32 `(frames, 13)`.
        random: `np.random.Generator`.

    Returns:
        float32 `(other_frames, 13)`, with mean 0 over time before the change of the spectrum.
    """
    resampled = _resampled(cepstra, random.uniform(*_RATES))
    matrix = _cosines @ spectral_change(random) @ _inverse
    return ((resampled - resampled.mean(0)) @ matrix.T).astype("float32")


def spectral_change(random):
    """Returns a matrix `(40, 40)` that warps log-mel spectra and silences some bands."""
    stretch = 1 + random.uniform(-_WARP, _WARP)
    position = np.clip(stretch * _numbers + random.uniform(-_SHIFT, _SHIFT), 0, _BANDS - 1)
    below = np.minimum(position.astype(int), _BANDS - 2)
    matrix = np.zeros((_BANDS, _BANDS))
    matrix[_numbers, below] = 1 - (position - below)
    matrix[_numbers, below + 1] = position - below
    if random.random() < _MASKED:
        width = random.integers(_MOST_MASKED + 1)
        start = random.integers(_BANDS - width + 1)
        matrix[start : start + width] = 0
    return matrix


def _resampled(cepstra, rate):
    """Interpolates frames, so that there are `1 / rate` as many."""
    count = max(round(len(cepstra) / rate), 1)
    position = np.linspace(0, len(cepstra) - 1, count)
    below = np.minimum(position.astype(int), max(len(cepstra) - 2, 0))
    above = np.minimum(below + 1, len(cepstra) - 1)
    share = (position - below)[:, None]
    return (1 - share) * cepstra[below] + share * cepstra[above]
