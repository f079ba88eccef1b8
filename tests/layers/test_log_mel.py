"""Log-mel equals SciPy's STFT and filters by other hands, and rows do not know each other."""

import functools

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

from keras_dl import layers

SPEECH = functools.partial(
    layers.LogMel, 8000, sequence_length=200, sequence_stride=80, fft_length=256
)
_random = np.random.default_rng(0)


def _filters(rate, fft_length, bands, low, high):
    """Returns the filters by a loop over bands and FFT bins, `(bins, bands)`."""

    def mel(frequency):
        return 1127.010480 * np.log(1 + frequency / 700)

    step = (mel(high) - mel(low)) / (bands + 1)
    weights = np.zeros((fft_length // 2 + 1, bands))
    for number in range(bands):
        middle = mel(low) + (number + 1) * step
        for index in range(fft_length // 2 + 1):
            distance = abs(mel(index * rate / fft_length) - middle)
            weights[index, number] = max(0.0, 1 - distance / step)
    return weights


def _expected(waveforms, rate, length, stride, fft_length, bands, low, high, least):
    window = scipy.signal.get_window("hann", length, fftbins=True)
    _, _, spectrum = scipy.signal.stft(
        waveforms.astype("float64"),
        window=window,
        nperseg=length,
        noverlap=length - stride,
        nfft=fft_length,
        boundary=None,
        padded=False,
    )
    power = np.abs(spectrum * window.sum()) ** 2
    mel = np.swapaxes(power, 1, 2) @ _filters(rate, fft_length, bands, low, high)
    return np.log(np.maximum(mel, least))


@pytest.mark.parametrize("samples", [200, 279, 280, 1001])
@pytest.mark.parametrize(
    ("length", "stride", "fft_length", "bands", "low", "high"),
    [(200, 80, 256, 32, 60.0, 4000.0), (200, 200, 200, 12, 0.0, 3700.0)],
)
def test_equals_scipy_and_numpy(samples, length, stride, fft_length, bands, low, high):
    waveforms = _random.normal(size=(2, samples)).astype("float32")
    waveforms[1] *= 1e-4
    layer = layers.LogMel(8000, length, stride, fft_length, bands, low, high, min_power=1e-5)
    expected = _expected(waveforms, 8000, length, stride, fft_length, bands, low, high, 1e-5)
    assert np.isclose(expected, np.log(1e-5)).any()
    found = layer(waveforms)
    assert found.shape == layer.compute_output_shape(waveforms.shape) == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_filters_are_those_of_tensorflow():
    expected = tf.signal.linear_to_mel_weight_matrix(40, 257, 16000, 60.0, 7600.0)
    layer = layers.LogMel(16000, 400, 160, 512, 40, 60.0, 7600.0, min_power=1e-30)
    impulse = np.zeros((1, 400), "float32")
    impulse[0, 200] = 1.0  # where the window is 1: the power of every FFT bin is 1
    sums = np.exp(layer(impulse)[0, 0])
    np.testing.assert_allclose(sums, tf.reduce_sum(expected, 0), rtol=1e-4)


def test_a_clip_does_not_depend_on_the_others_of_its_batch():
    quiet = 1e-3 * _random.normal(size=(1, 1000)).astype("float32")
    loud = 1e3 * _random.normal(size=(1, 1000)).astype("float32")
    alone, beside = SPEECH()(quiet)[0], SPEECH()(np.concatenate([quiet, loud]))[0]
    np.testing.assert_array_equal(alone, beside)


def test_silence_is_the_floor():
    silence = SPEECH(min_power=1e-3)(np.zeros((1, 400), "float32"))
    np.testing.assert_allclose(silence, np.full((1, 3, 32), np.log(1e-3)), rtol=1e-6)


@pytest.mark.parametrize("length", [0, 199, 200, 279, 280, 281, 600])
def test_frames_that_reach_into_padding_are_masked(length):
    mask = np.arange(600)[None] < length
    found = SPEECH().compute_mask(None, mask).numpy()
    assert found.shape == (1, 6)
    assert found.sum() == max(0, 1 + (length - 200) // 80)
    assert found[0, : found.sum()].all()


def test_frames_of_a_padded_clip_are_those_of_the_clip():
    clip = _random.normal(size=(1, 437)).astype("float32")
    padded = np.concatenate([clip, np.full((1, 300), 9.0, "float32")], axis=1)
    mask = SPEECH().compute_mask(padded, np.arange(737)[None] < 437)
    np.testing.assert_allclose(SPEECH()(padded)[mask], SPEECH()(clip)[0], rtol=1e-6)


def test_bands_without_an_fft_bin_are_refused():
    with pytest.raises(ValueError, match=r"fft_length 256: bands \[.*\] contain none"):
        SPEECH(num_mel_bins=100, min_freq=0.0)
    SPEECH(num_mel_bins=100, min_freq=0.0, fft_length=1024)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sequence_stride": 0}, "sequence_stride must be positive"),
        ({"fft_length": 199}, "fft_length must be at least sequence_length"),
        ({"min_freq": 4000.0}, "min_freq must be"),
        ({"max_freq": 4001.0}, "max_freq 4001"),
        ({"min_power": 0.0}, "min_power must be positive"),
    ],
)
def test_arguments_out_of_range(change, message):
    with pytest.raises(ValueError, match=message):
        SPEECH(**change)


@pytest.mark.parametrize("shape", [(2, 199), (2, 400, 1)])
def test_waveforms_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"LogMel: inputs must have"):
        SPEECH()(np.zeros(shape))
