"""The task any_speaker: features that digits and AN4 have in common, and its examples."""

import numpy as np
import pytest
import scipy.fft
import tensorflow as tf

from apps.speech import model, recordings
from apps.speech.an4.files import Utterances
from apps.speech.any_speaker import data, features
from apps.speech.app import Assets, MeasureConfig, TrainConfig
from apps.speech.tasks import TASKS
from keras_dl import training
from keras_dl.application import UserError

_random = np.random.default_rng(0)


def _filters():
    """Returns the lowest 30 of the 40 filters of AN4, for FFTs of 256 samples of 8 kHz."""
    mels = np.linspace(*(2595 * np.log10(1 + np.array([130, 6800]) / 700)), 42)
    edges = np.floor(700 * (10 ** (mels / 2595) - 1) / 31.25 + 0.5)
    bins = np.arange(129)
    return np.stack(
        [
            np.interp(bins, edges[band : band + 3], [0, 1, 0]) * 2 / (edges[band + 2] - edges[band])
            for band in range(30)
        ],
        1,
    )


def _dct(spectra, count):
    """Returns cepstra of log-mel spectra as Sphinx has them: band 0 counts half."""
    spectra = spectra * np.where(np.arange(spectra.shape[1]) == 0, 0.5, 1)
    return scipy.fft.dct(spectra, axis=1)[:, :count] / (2 * spectra.shape[1])


def test_recordings_have_the_lower_bands_of_an4():
    waveform = 0.1 * _random.normal(size=1000)
    found, frames = features.cepstra_of(tf.constant(waveform[None], "float32"), [1000])
    assert frames == 8
    samples = waveform * 2**15
    samples = samples - 0.97 * np.concatenate([[0], samples[:-1]])
    pieces = np.lib.stride_tricks.sliding_window_view(samples, 205)[::100]
    powers = np.abs(np.fft.rfft(pieces * np.hamming(205), 256)) ** 2
    expected = _dct(np.log(powers @ _filters() / 31.25 + 1), 10)
    np.testing.assert_allclose(found[0, :8], expected, atol=2e-3)


def test_cepstra_of_an4_become_those_of_its_lower_bands():
    spectra = scipy.fft.idct(np.pad(_random.normal(size=(5, 13)), ((0, 0), (0, 27))), axis=1)
    spectra[:, 0] *= 2  # which `_dct` halves
    found = features.cepstra_of_an4(_dct(spectra, 13))
    np.testing.assert_allclose(found, _dct(spectra[:, :30], 10), atol=1e-9)


def test_features_are_normalized_over_loud_frames():
    cepstra = _random.normal(size=(2, 9, 10)).astype("float32")
    cepstra[0, 6:, 0] -= 20  # three quiet frames
    found = features.features_of_cepstra(tf.constant(cepstra), tf.constant([9, 4]))
    values = found["features"].numpy()
    assert found["mask"].numpy().sum(1).tolist() == [9, 4] and not values[1, 4:].any()
    for row, loud in ((0, 6), (1, 4)):
        own = cepstra[row, :loud].astype("float64")
        expected = (own - own.mean(0)) / np.sqrt(own.var(0) + 1e-3)
        np.testing.assert_allclose(values[row, :loud, :10], expected, atol=1e-4)
    assert (values[0, 6:, 0] == -6).all() and np.abs(values).max() <= 6


@pytest.fixture(scope="module")
def utterances():
    cepstra = [_random.normal(size=(60 * count, 13)).astype("float32") for count in (1, 2, 3)]
    return Utterances(cepstra, ["GO", "ONE OH", "ZERO A NINE"], ["x", "x", "y"])


def test_examples_are_strings_and_utterances(utterances):
    keypad = recordings.read(MeasureConfig(data="tones"), "train")
    draw, only_strings = data.Examples(keypad, [utterances]), data.Examples(keypad, [])
    seeds = np.array([[0, 5, 2, row] for row in range(60)])
    found = draw(seeds)
    heard = [" ".join(words) for _, words in found]
    of_an4 = [text for text in heard if text in ("other", "1 other", "0 other 9")]
    assert 10 < len(of_an4) < 40 and "other" not in {
        word for _, words in only_strings(seeds) for word in words
    }
    assert len({*map(len, heard)}) > 1 and all(each.shape[1] == 10 for each, _ in found)
    alone = draw(seeds[7:8])[0]
    np.testing.assert_allclose(alone[0], found[7][0], atol=1e-4)
    assert alone[1] == found[7][1]


def test_frames_of_both_last_as_long(utterances):
    """60 frames of AN4 are 0.6 s, which are 48 frames here, at rates from 0.85 to 1.15."""
    draw = data.Examples(recordings.read(MeasureConfig(data="tones"), "train"), [utterances])
    found = draw(np.array([[0, 0, number, 0] for number in range(60)]))
    frames = [len(cepstra) for cepstra, words in found if words == ["other"]]
    assert 40 < min(frames) < 46 < 50 < max(frames) < 58


def test_other_words_are_heard_and_not_written():
    assets = Assets(0.0, "any_speaker", (*"0123456789", data.OTHER))
    config = TrainConfig(task="any_speaker", units=3)
    built = model.build(config, training.TrainingData(None, 10, assets=assets))
    assert [output.shape[-1] for output in built.outputs] == [12, 12]
    endpoints = model.endpoints(built, assets)
    assert [*endpoints] == ["serving_default", "details"]
    ctc = built.get_layer("ctc")
    ctc.bias.assign(np.where(np.arange(12) == 11, 20.0, 0.0))
    found = endpoints["details"].function(tf.constant(endpoints["details"].examples["audio_bytes"]))
    assert all(
        b"other" not in text for name in ("text", "ctc_text") for text in found[name].numpy()
    )
    assert found["confidence"].numpy()[0] < 1e-3 and TASKS["any_speaker"].unwritten == 1


def test_an4_is_needed():
    with pytest.raises(UserError, match="--an4 must be the directory of AN4"):
        data.training_data(TrainConfig(task="any_speaker", data="tones"))
