"""Random changes of cepstra, as other speakers and other rates would have them."""

import functools

import numpy as np

BANDS = 40
_RATES = (0.85, 1.15)
_WARP = 0.1  # share by which the mel axis is stretched, at most: another vocal tract
_SHIFT = 1.0  # bands
_MASKED = 0.7  # share of the utterances in which some bands are silent
_MOST_MASKED = 0.2  # of the bands


@functools.cache
def transform(bands, coefficients):
    """Returns the matrix `(coefficients, bands)` from log-mel spectra to cepstra, and its inverse.

    `layers.MelCepstrum` also halves band 0. So the inverse returns spectra whose band 0 is halved.
    """
    cosines = np.cos(np.pi / bands * np.outer(np.arange(coefficients), np.arange(bands) + 0.5))
    return cosines / bands, np.linalg.pinv(cosines / bands)


def augmented(cepstra, random, bands=BANDS, rate=1.0):
    """Returns cepstra at a random rate, with a random linear change of the spectrum.

    Cepstra are linear in the log-mel spectrum, and the normalization of features makes them
    independent of scale. So a warped mel axis and silent bands are one matrix.

    Args:
        cepstra: float32 `(frames, coefficients)`.
        random: `np.random.Generator`.
        bands: int. Mel bands of the cepstra.
        rate: float. By what the random rate is multiplied: frames for each one that is returned.

    Returns:
        float32 `(other_frames, coefficients)`. Before the change of the spectrum, their mean over
            time is 0.
    """
    resampled = _resampled(cepstra, rate * random.uniform(*_RATES))
    cosines, inverse = transform(bands, cepstra.shape[1])
    matrix = cosines @ spectral_change(random, bands) @ inverse
    return ((resampled - resampled.mean(0)) @ matrix.T).astype("float32")


def spectral_change(random, bands=BANDS):
    """Returns a matrix `(bands, bands)` that warps log-mel spectra and silences some bands."""
    numbers = np.arange(bands)
    stretch = 1 + random.uniform(-_WARP, _WARP)
    position = np.clip(stretch * numbers + random.uniform(-_SHIFT, _SHIFT), 0, bands - 1)
    below = np.minimum(position.astype(int), bands - 2)
    matrix = np.zeros((bands, bands))
    matrix[numbers, below] = 1 - (position - below)
    matrix[numbers, below + 1] = position - below
    if random.random() < _MASKED:
        width = random.integers(round(_MOST_MASKED * bands) + 1)
        start = random.integers(bands - width + 1)
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
