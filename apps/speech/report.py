"""Error rates of a SavedModel, and the text of one recording."""

import io

import numpy as np
import scipy.io.wavfile

from apps.speech.data import compose, read
from apps.speech.features import SAMPLING_RATE
from apps.speech.model import MOST_SECONDS
from keras_dl import export, metrics, pipelines
from keras_dl.application import Metric, Report, UserError

# Digits of a string.
_LENGTHS = {"three_to_six": (3, 6), "eight": (8, 8), "ten": (10, 10), "twelve": (12, 12)}
# A recording as it is, with a little noise.
_PLAIN = {"speed": (1.0, 1.0), "gain": (-3.0, 3.0), "gap": (0.05, 0.3), "ratio": (20.0, 40.0)}
_WITHOUT_DIGITS = 50


def ask(served, encoded):
    """Returns the outputs of the SavedModel for WAV files, a dict of arrays."""
    return export.call_in_batches(
        served.signatures["serving_default"], {"audio_bytes": encoded}, batch_size=32
    )


def transcribe(served, encoded):
    """Returns the text of one WAV file and its confidence."""
    found = ask(served, [encoded])
    if not found["is_audio"][0]:
        raise UserError(f"longer than {MOST_SECONDS} seconds, or not a valid WAV file")
    return {"text": found["text"][0].decode(), "confidence": float(found["confidence"][0])}


def measure(served, config):
    """Returns the report of a SavedModel on the test recordings."""
    test = read(config, "test")
    heard = _texts(served, test.waveforms)
    right = np.mean([text == label for text, label in zip(heard, test.labels, strict=True)])
    values = [
        Metric("recordings", len(heard)),
        Metric("accuracy.single", right, "accuracy, single digits"),
    ]
    for name, lengths in _LENGTHS.items():
        seeds = [config.seed * 1000 + number for number in range(config.num_test_examples)]
        waveforms, labels = zip(
            *(compose(test, seed, lengths, **_PLAIN) for seed in seeds), strict=True
        )
        rate = metrics.error_rate(_texts(served, waveforms), labels, unit="digit").rate
        shown = name.replace("_", " ")
        values.append(Metric(f"digit_errors.{name}", rate, f"digit error rate, strings of {shown}"))
    noises = [
        pipelines.colored_noise(16000, [config.seed, number]) * np.float32(10 ** -(number % 5))
        for number in range(_WITHOUT_DIGITS - 1)
    ]
    texts = _texts(served, [*noises, np.zeros(16000, "float32")])
    values.append(Metric("invented", sum(map(bool, texts)), "clips of noise with a text, of 50"))
    return Report(values, {})


def _texts(served, waveforms):
    """Returns the digits that the model hears, without spaces."""
    found = ask(served, [wav(waveform) for waveform in waveforms])
    return [text.decode().replace(" ", "") for text in found["text"]]


def wav(waveform):
    """Returns the bytes of a WAV file of 16 bits."""
    file = io.BytesIO()
    values = np.clip(np.round(waveform * 2**15), -(2**15), 2**15 - 1).astype("int16")
    scipy.io.wavfile.write(file, SAMPLING_RATE, values)
    return file.getvalue()
