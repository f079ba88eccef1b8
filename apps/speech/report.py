"""Error rates of a SavedModel, and the text of one recording."""

import io
import pathlib
import time

import numpy as np
import scipy.io.wavfile

from apps.speech.features import SAMPLING_RATE
from apps.speech.model import MOST_SECONDS
from apps.speech.recordings import read
from apps.speech.strings import PLAIN, compose, placed, without_digits
from apps.speech.tasks import TASKS
from keras_dl import export, metrics, pipelines, plots
from keras_dl.application import Metric, Report, UserError, user_error

# Digits of a string.
_LENGTHS = {"three_to_six": (3, 6), "eight": (8, 8), "ten": (10, 10), "twelve": (12, 12)}
_HEADS = ("attention", "ctc")
_WITHOUT_DIGITS = ("silence", "noise", "tones", "reversed", "shuffled", "spliced")
_OF_EACH_KIND = 25
_SECONDS_OF_A_BATCH = 120


def ask(served, encoded, endpoint="serving_default"):
    """Returns the outputs of the SavedModel for WAV files, a dict of arrays."""
    return export.call_in_batches(
        served.signatures[endpoint],
        {"audio_bytes": encoded},
        batch_size=32,
        sizes=[len(each) for each in encoded],
        max_batch_total=_SECONDS_OF_A_BATCH * SAMPLING_RATE * 2,
    )


def transcribe(served, encoded):
    """Returns the text of one WAV file, its confidence, and when each word is said."""
    found = ask(served, [encoded])
    if not found["is_audio"][0]:
        raise UserError(f"longer than {MOST_SECONDS} seconds")
    text = found["text"][0].decode()
    count = len(text.split())
    times = {
        name: [round(float(each), 2) for each in found[name][0, :count]]
        for name in ("starts", "ends")
    }
    return {"text": text, "confidence": float(found["confidence"][0]), **times}


def attention_plot(served, encoded):
    """Plots a WAV file, its features, and where the model attends; None without words."""
    found = ask(served, [encoded], "details")
    text = found["text"][0].decode().split()
    if not text:
        return None
    task = TASKS["an4" if "cepstra" in served.signatures else "digits"]
    waveform, _ = pipelines.decode_wav(encoded, task.sampling_rate)
    spectra = task.features(waveform[None], np.array([len(waveform)], "int32"))
    return plots.speech_attention(
        waveform.numpy(),
        task.sampling_rate,
        spectra["features"].numpy()[0][spectra["mask"].numpy()[0]],
        found["weights"][0, : len(text)],
        text,
        middle=task.first_seconds,
        step=task.step_seconds,
    )


def measure(served, config):
    """Returns the report of a SavedModel on the test recordings."""
    if "cepstra" in served.signatures:
        raise UserError("--task is digits, but the model is one of AN4. Add --task an4.")
    test = read(config, "test")
    heard = _texts(ask(served, [wav(each) for each in test.waveforms]))
    right = np.mean([text == label for text, label in zip(heard, test.labels, strict=True)])
    values = [
        Metric("recordings", len(heard)),
        Metric("accuracy.single", right, "accuracy, single digits"),
    ]
    for name, lengths in _LENGTHS.items():
        values += _measure_strings(served, test, config, name, lengths)
    values += _measure_times(served, test, config)
    values += _measure_sounds(served, test, config)
    return Report(values, {})


def _measure_strings(served, test, config, name, lengths):
    """Yields metrics of random strings: of the text, of each head, and of the attention."""
    seeds = [config.seed * 1000 + number for number in range(config.num_test_examples)]
    waveforms, labels = zip(*(compose(test, seed, lengths, **PLAIN) for seed in seeds), strict=True)
    encoded, shown = [wav(each) for each in waveforms], name.replace("_", " ")
    details = ask(served, encoded, "details")
    found = _texts(details)
    rate = metrics.error_rate(found, labels, unit="digit").rate
    yield Metric(f"digit_errors.{name}", rate, f"digit error rate, strings of {shown}")
    for head in _HEADS:
        rate = metrics.error_rate(_texts(details, f"{head}_text"), labels, unit="digit").rate
        label = f"digit error rate of {head} only, strings of {shown}"
        yield Metric(f"digit_errors.{head}.{name}", rate, label)
    monotone = [
        bool((np.diff(weights[: len(text)].argmax(1)) > 0).all())
        for weights, text in zip(details["weights"], found, strict=True)
        if text
    ]
    label = f"strings of {shown} whose attention moves forward"
    yield Metric(f"monotone.{name}", np.mean(monotone) if monotone else 0.0, label)


def _measure_times(served, test, config):
    """Yields how far the times of digits are off, and the time that the model takes."""
    seeds = [config.seed * 1000 + number for number in range(config.num_test_examples)]
    errors, busy, seconds = [], 0.0, 0.0
    for seed in seeds[:50]:
        waveform, digits, starts, ends = placed(test, seed, (3, 6))
        encoded, seconds = wav(waveform), seconds + len(waveform) / SAMPLING_RATE
        before = time.process_time()
        found = transcribe(served, encoded)
        busy += time.process_time() - before
        if found["text"].replace(" ", "") == digits:
            errors += [*np.abs(starts - found["starts"]), *np.abs(ends - found["ends"])]
    if errors:
        label = "mean error of starts and ends of digits"
        yield Metric("time_error", np.mean(errors), label, unit="s")
    label = "CPU seconds for each second of sound, one file at a time"
    yield Metric("real_time_factor", busy / seconds, label)


def _measure_sounds(served, test, config):
    """Yields how many sounds without a digit have a text."""
    for kind in _WITHOUT_DIGITS:
        seeds = [config.seed * 1000 + number for number in range(_OF_EACH_KIND)]
        sounds = [without_digits(test, seed, (1, 8), kind, **PLAIN) for seed in seeds]
        texts = _texts(ask(served, [wav(each) for each in sounds]))
        label = f"clips with a text, {kind}, of {_OF_EACH_KIND}"
        yield Metric(f"invented.{kind}", sum(map(bool, texts)), label)
    if config.others:
        texts = _texts_of_others(served, config.others)
        label = f"clips with a text, {config.others}, of {len(texts)}"
        yield Metric("invented.others", sum(map(bool, texts)), label)


def _texts_of_others(served, directory):
    with user_error("--others"):
        paths = _wav_files(directory)
        encoded = [path.read_bytes() for path in paths]
    found = ask(served, encoded)
    unheard = [path for path, heard in zip(paths, found["is_audio"], strict=True) if not heard]
    if unheard:
        raise UserError(
            f"--others must have complete WAV files of at most {MOST_SECONDS} seconds. Received "
            f"{unheard[0]}. Remove it: it would count as a file in which no digit is heard."
        )
    return _texts(found)


def _wav_files(directory):
    paths = sorted(pathlib.Path(directory).glob("*.wav"))
    if not paths:
        raise ValueError(f"it must contain WAV files. Received {directory} without any.")
    return paths


def _texts(found, name="text"):
    """Returns the digits that the model hears, without spaces."""
    return [text.decode().replace(" ", "") for text in found[name]]


def wav(waveform):
    """Returns the bytes of a WAV file of 16 bits."""
    file = io.BytesIO()
    values = np.clip(np.round(waveform * 2**15), -(2**15), 2**15 - 1).astype("int16")
    scipy.io.wavfile.write(file, SAMPLING_RATE, values)
    return file.getvalue()
