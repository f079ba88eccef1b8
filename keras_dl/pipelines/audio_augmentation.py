"""Random changes of waveforms, and strings composed of single recordings, by seed.

The same seed gives the same result. Pass `[seed, epoch, index]` for other ones in each epoch.
"""

import fractions
import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

Seed: TypeAlias = int | Sequence[int]
"""What `numpy.random.default_rng` takes."""

_MOST_PARTS = 50  # denominator of a speed: 2 percent are about what one hears


def change_speed(waveform: np.ndarray, factor: float) -> np.ndarray:
    """Plays a waveform faster or slower, which also changes its pitch.

    Args:
        waveform: float `(samples,)`.
        factor: float. 1.1 is 10 percent faster and higher. It is rounded to a fraction with a
            denominator up to 50.

    Returns:
        float `(ceil(samples / factor),)` of the same dtype.

    Raises:
        ValueError: if `factor` is not from 0.1 to 10.

    Reference: Ko et al. 2015, "Audio augmentation for speech recognition".
    """
    if not 0.1 <= factor <= 10:
        raise ValueError(
            f"change_speed: factor must be from 0.1 to 10. Received factor {factor}. Use 1.1 for "
            "10 percent faster."
        )
    from scipy.signal import resample_poly  # takes a second to import

    ratio = fractions.Fraction(factor).limit_denominator(_MOST_PARTS)
    return resample_poly(waveform, ratio.denominator, ratio.numerator)


def colored_noise(
    samples: int, seed: Seed, *, slope: tuple[float, float] = (0.0, 2.0)
) -> np.ndarray:
    """Draws noise whose power is proportional to `1 / frequency**slope`, with an RMS of 1.

    Args:
        samples: int, at least 2.
        seed: int or ints.
        slope: tuple of the smallest and the largest slope. 0 is white noise, 1 pink, 2 brown.

    Returns:
        float32 `(samples,)`.
    """
    import scipy.fft  # takes a while to import

    random = np.random.default_rng(seed)
    drawn = random.uniform(*slope)
    size = scipy.fft.next_fast_len(samples, real=True)  # a prime would take ten times as long
    spectrum = scipy.fft.rfft(random.standard_normal(size, "float32"))
    spectrum[0] = 0
    spectrum[1:] *= np.arange(1, len(spectrum), dtype="float32") ** np.float32(-drawn / 2)
    noise = scipy.fft.irfft(spectrum, size)[:samples]
    return (noise / np.sqrt(np.mean(noise**2))).astype("float32")


def add_noise(
    waveform: np.ndarray, seed: Seed, *, ratio: tuple[float, float] = (10.0, 40.0)
) -> np.ndarray:
    """Adds `colored_noise` at a random signal-to-noise ratio.

    Args:
        waveform: float32 `(samples,)`, at least 2. Silence stays silence.
        seed: int or ints.
        ratio: tuple of the smallest and the largest ratio of the powers of waveform and noise, in
            dB.

    Returns:
        float32 `(samples,)`.
    """
    random = np.random.default_rng(seed)
    decibels = random.uniform(*ratio)
    noise = colored_noise(len(waveform), int(random.integers(2**63)))
    scale = np.sqrt(np.mean(np.square(waveform, dtype="float64"))) * 10 ** (-decibels / 20)
    return (waveform + scale * noise).astype("float32")


def join_recordings(
    recordings: Sequence[np.ndarray],
    seed: Seed,
    sampling_rate: int,
    *,
    speed: tuple[float, float] = (0.85, 1.15),
    gain: tuple[float, float] = (-6.0, 6.0),
    gap: tuple[float, float] = (0.0, 0.3),
) -> np.ndarray:
    """Joins recordings to one waveform, with random speed, gain and gaps.

    One speed holds for the whole waveform: it stands for a speaker. Each recording has a gain of
    its own, and there are silent gaps before, between and after them. Add noise afterwards:
    otherwise, the exact silence of the gaps tells where a recording ends.

    Args:
        recordings: arrays, float `(samples,)` each. There may be none.
        seed: int or ints.
        sampling_rate: int. Samples per second.
        speed: tuple of the smallest and the largest speed; see `change_speed`.
        gain: tuple of the smallest and the largest gain, in dB.
        gap: tuple of the shortest and the longest gap, in seconds.

    Returns:
        float32 `(samples,)`.
    """
    random = np.random.default_rng(seed)
    factor = random.uniform(*speed)
    # All parts are joined at the recorded speed, since resampling once costs less than often.
    silences = [
        np.zeros(math.floor(factor * random.uniform(*gap) * sampling_rate), "float32")
        for _ in range(len(recordings) + 1)
    ]
    parts = [silences[0]]
    for recording, silence in zip(recordings, silences[1:], strict=True):
        parts += [10 ** (random.uniform(*gain) / 20) * recording, silence]
    return change_speed(np.concatenate(parts), factor).astype("float32")


def draw_string(
    labels: Sequence[str] | np.ndarray,
    speakers: Sequence[str] | np.ndarray,
    seed: Seed,
    *,
    lengths: tuple[int, int] = (1, 10),
) -> np.ndarray:
    """Draws recordings of one speaker that form a random string of labels.

    Length, speaker and labels are drawn uniformly, then a recording of the label by the speaker.

    Args:
        labels: label of each recording, such as `"7"`.
        speakers: speaker of each recording.
        seed: int or ints.
        lengths: tuple of the smallest and the largest number of labels.

    Returns:
        int64 `(length,)`. Indices of recordings, in order.

    Raises:
        ValueError: if there is no recording, or `labels` and `speakers` differ in length.
    """
    labels, speakers = np.asarray(labels), np.asarray(speakers)
    if not len(labels) or labels.shape != speakers.shape:
        raise ValueError(
            "draw_string: labels and speakers must have one value for each recording, and at least "
            f"one. Received shapes {labels.shape} and {speakers.shape}. Pass lists of the same "
            "length."
        )
    random = np.random.default_rng(seed)
    length = random.integers(lengths[0], lengths[1] + 1)
    own = np.flatnonzero(speakers == random.choice(np.unique(speakers)))
    wanted = random.choice(np.unique(labels[own]), length)
    return np.array([random.choice(own[labels[own] == label]) for label in wanted], "int64")
