"""Cepstra equal those that CMU Sphinx computed, and a computation by hand in float64."""

import numpy as np
import pytest
import scipy.fft

from keras_dl import layers

# Every third frame of `_sound()` as 16-bit samples, by sphinx_fe of Debian's sphinxbase-utils
# 0.8+5prealpha+1-16:
# sphinx_fe -i sound.raw -o sound.mfc -raw yes -lowerf 130 -upperf 6800 -remove_noise no
#   -remove_silence no
_BY_SPHINX = """
8.7475 3.0057 -0.8014 -1.5618 -1.2237 -0.4036 -0.0133 -0.0655 -0.2629 -0.2577 -0.1280 -0.0293 -0.0775
13.8759 -1.3423 -0.8811 -0.2102 0.2329 -0.6146 -0.4597 -0.0419 0.1710 -0.2112 -0.4022 -0.0070 0.0234
9.6898 -2.0709 -0.6451 -0.2805 -0.6320 0.0328 -0.1559 -0.2614 0.2602 -0.3165 0.0342 0.0804 -0.1315
14.1828 -1.8093 -0.2581 -0.3542 -0.3334 0.0293 -0.4822 0.2160 -0.1683 -0.1759 -0.0607 -0.3604 -0.0118
13.8431 -1.8827 0.0789 -0.3688 0.0088 -0.2801 -0.2407 -0.1844 -0.0587 0.0530 -0.1148 0.0073 -0.3814
"""  # noqa: E501


def _sound():
    """Returns a rising tone, then noise, with silence between them: integers."""
    numbers = np.arange(2400)
    times = numbers / 16000
    noise = (numbers**2 * 7919 % 2003) / 1001.5 - 1
    tone = 3000 * np.sin(2 * np.pi * (300 + 20000 * times) * times)
    sound = np.round(tone + 1500 * noise * (times > 0.03))
    sound[700:1300] = 0
    return sound


def test_equals_sphinx():
    expected = np.array(_BY_SPHINX.split(), float).reshape(5, 13)
    found = layers.MelCepstrum()((_sound() / 2**15)[None])[0]
    np.testing.assert_allclose(found[::3], expected, atol=1e-4)


def _expected(samples, rate, length, stride, fft_length, bands, low, high, floor, count, share):
    """Returns cepstra of integers by loops, float64 `(frames, count)`."""
    previous = np.concatenate([[0], samples[:-1]])
    frames = np.lib.stride_tricks.sliding_window_view(samples - share * previous, length)[::stride]
    power = np.abs(np.fft.fft(frames * np.hamming(length), fft_length)) ** 2
    step = (_mel(high) - _mel(low)) / (bands + 1)
    energies = np.full((len(frames), bands), floor)
    for band in range(bands):
        hertz = [700 * (np.exp((_mel(low) + (band + k) * step) / 1127.0105) - 1) for k in range(3)]
        left, middle, right = (int(each * fft_length / rate + 0.5) for each in hertz)
        area = (right - left) * rate / fft_length / 2
        for index in range(left, right + 1):
            slope = (index - left) / (middle - left)
            slope = min(slope, (right - index) / (right - middle))
            energies[:, band] += power[:, index] * slope / area
    logs = np.log(energies)
    cepstra = scipy.fft.dct(logs, axis=1)[:, :count] / 2
    angles = np.pi / bands * 0.5 * np.arange(count)
    return (cepstra - 0.5 * logs[:, :1] * np.cos(angles)) / bands


def _mel(frequency):
    return 1127.0105 * np.log(1 + frequency / 700)


@pytest.mark.parametrize(
    "arguments",
    [
        (16000, 410, 160, 512, 40, 130.0, 6800.0, 1e-4, 13, 0.97),
        (8000, 200, 80, 256, 20, 200.0, 3700.0, 1.0, 20, 0.0),
    ],
)
def test_equals_a_computation_in_float64(arguments):
    waveforms = np.stack([_sound(), np.round(_sound()[::-1] / 100)])
    found = layers.MelCepstrum(*arguments)((waveforms / 2**15).astype("float32"))
    for row, samples in zip(found, waveforms, strict=True):
        np.testing.assert_allclose(row, _expected(samples, *arguments), atol=1e-4)


def test_frames_of_a_padded_clip_are_those_of_the_clip():
    clip = (_sound() / 2**15)[None, :1000]
    padded = np.concatenate([clip, np.ones((1, 500))], axis=1)
    layer = layers.MelCepstrum()
    mask = layer.compute_mask(padded, np.arange(1500)[None] < 1000)
    np.testing.assert_allclose(layer(padded)[mask], layer(clip)[0], atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_coefficients": 41}, "num_coefficients must be from 1 to num_mel_bins"),
        ({"preemphasis": 1.5}, "preemphasis must be from 0 to 1. Received 1.5"),
        ({"num_mel_bins": 90}, "must be in different FFT bins"),
        ({"fft_length": 256}, "MelCepstrum: fft_length must be at least sequence_length"),
    ],
)
def test_arguments_out_of_range(change, message):
    with pytest.raises(ValueError, match=message):
        layers.MelCepstrum(**change)
