"""The shipped model of speech on files as people have them: formats, faults, and no digits."""

import io
import json
import struct
import wave

import numpy as np
import pytest
import scipy.io.wavfile
import scipy.signal

from apps.speech import report
from apps.speech.app import Speech
from keras_dl.application import commands
from keras_dl.application.command_line import main


@pytest.fixture(scope="module")
def served():
    return commands.load(Speech())


@pytest.fixture(scope="module")
def digits():
    """Returns a waveform of 8 kHz and the digits in it."""
    (path,) = Speech.demo_inputs
    rate, values = scipy.io.wavfile.read(path)
    assert rate == 8000
    return values / 2**15


def _wav(waveform, rate=8000, width=2, channels=1):
    """Returns the bytes of a WAV file of signed integers, of `width` bytes each."""
    file, scale = io.BytesIO(), 2 ** (8 * width - 1)
    whole = np.clip(np.round(waveform * scale), -scale, scale - 1).astype("<i4")
    samples = np.repeat(whole, channels).view("uint8").reshape(-1, 4)[:, :width]
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


def _at(waveform, rate):
    return scipy.signal.resample_poly(waveform, rate // 25, 320)


def _variants(waveform):
    """Returns the same sound in files of many kinds."""
    rates = (16000, 22050, 44100, 48000, 192000)
    stereo = np.stack([waveform, np.zeros_like(waveform)], 1).reshape(-1)
    return {
        "as it is": _wav(waveform),
        **{f"{rate} Hz": _wav(_at(waveform, rate), rate) for rate in rates},
        "24 bits": _wav(waveform, width=3),
        "stereo": _wav(waveform, channels=2),
        "one ear": _wav(stereo)[:22] + b"\2\0" + _block_of(_wav(stereo)),
        "DC": _wav(waveform + 0.2),
        "quiet, DC": _wav(0.05 * waveform + 0.4),
        "clipped": _wav(np.clip(4 * waveform, -0.5, 0.5)),
        "quiet": _wav(0.05 * waveform),
    }


def _block_of(encoded):
    """Returns what follows the number of channels, for two channels of 16 bits."""
    return encoded[24:32] + struct.pack("<H", 4) + encoded[34:]


def test_the_format_of_a_file_does_not_change_its_text(served, digits):
    variants = _variants(digits)
    found = report.ask(served, [*variants.values()])
    texts = dict(zip(variants, found["text"].tolist(), strict=True))
    assert set(texts.values()) == {texts["as it is"]} and len(texts["as it is"].split()) == 4
    assert found["confidence"].min() > 0.8


def test_times_of_digits_are_in_order_and_inside_the_file(served, digits):
    found = report.transcribe(served, _wav(np.pad(digits, (8000, 4000))))
    starts, ends = np.array(found["starts"]), np.array(found["ends"])
    assert len(starts) == len(ends) == 4 and (starts < ends).all()
    assert (ends[:-1] <= starts[1:]).all()
    assert starts[0] > 0.8 and ends[-1] < 1.2 + len(digits) / 8000


def test_a_click_far_from_the_digits_does_not_change_their_times(served, digits):
    quiet = np.pad(digits, (16000, 0))
    clicked = quiet.copy()
    clicked[1000:1008] = 0.03
    found, expected = (report.transcribe(served, _wav(each)) for each in (clicked, quiet))
    assert found["text"] == expected["text"]
    np.testing.assert_allclose(found["starts"], expected["starts"], atol=0.05)


def test_times_of_repeated_digits_are_repeated(served, digits):
    found = report.transcribe(served, _wav(np.tile(digits, 2)))
    times = np.reshape([found["starts"], found["ends"]], (2, 2, 4))
    np.testing.assert_allclose(times[:, 1] - times[:, 0], len(digits) / 8000, atol=0.05)


def test_a_damaged_row_changes_no_other(served, digits):
    good, empty = _wav(digits), _wav(np.zeros(0))
    rows = [b"", good, good[:-2], empty, b"RIFF", _wav(np.zeros(10 * 60 * 8000)), good]
    found = report.ask(served, rows)
    expected = [False, True, False, False, False, False, True]
    assert found["is_audio"].tolist() == expected
    assert [bool(text) for text in found["text"]] == expected
    np.testing.assert_array_equal(found["confidence"] > 0, expected)
    alone = report.transcribe(served, good)
    assert found["text"][1].decode() == alone["text"]
    np.testing.assert_allclose(found["confidence"][[1, 6]], alone["confidence"], rtol=1e-4)


def test_each_file_that_cannot_be_read_is_one_line(digits, tmp_path, capsys):
    mu_law = bytearray(_wav(digits))
    mu_law[20:22] = struct.pack("<H", 7)
    files = {
        "text.wav": b"no audio",
        "none.wav": b"",
        "cut.wav": _wav(digits)[:1000],
        "empty.wav": _wav(np.zeros(0)),
        "mu_law.wav": bytes(mu_law),
        "long.wav": _wav(np.zeros(10 * 60 * 8000)),
        "good.wav": _wav(digits),
    }
    paths = [tmp_path / name for name in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.write_bytes(content)
    paths.insert(2, tmp_path / "missing.wav")
    app = Speech()
    code = main([app], ["speech", "predict", "--format", "json", "--", *map(str, paths)], "")
    out, error = capsys.readouterr()
    records = [json.loads(line) for line in out.splitlines()]
    assert code == 1 and [record["audio"] for record in records] == [*map(str, paths)]
    assert ["error" in record for record in records] == [True] * 7 + [False]
    assert len(error.splitlines()) == 7
    assert all(path.name in line for path, line in zip(paths, error.splitlines(), strict=False))
    assert "PCM" in error and "60 seconds" in error and "truncated" in error


def test_sounds_without_a_digit_have_no_text(served):
    time, random = np.arange(16000) / 8000, np.random.default_rng(0)
    sounds = {
        "silence": np.zeros(16000),
        "noise": 0.1 * random.normal(size=16000),
        "tone": 0.3 * np.sin(2 * np.pi * 440 * time),
        "chord": sum(0.1 * np.sin(2 * np.pi * pitch * time) for pitch in (262, 330, 392)),
        "click": np.eye(1, 8000, 4000)[0],
        "DC": np.full(8000, 0.5),
        "one sample": np.ones(1),
    }
    files = {name: _wav(sound) for name, sound in sounds.items()}
    huge = io.BytesIO()
    scipy.io.wavfile.write(huge, 8000, np.full(8000, 1e25, "float32"))
    files["floats whose power overflows"] = huge.getvalue()
    found = report.ask(served, [*files.values()])
    assert found["is_audio"].all()
    assert dict(zip(files, found["text"].tolist(), strict=True)) == dict.fromkeys(files, b"")


def test_the_plot_of_a_file_has_its_digits(served, digits):
    figure = report.attention_plot(served, _wav(digits))
    text = report.transcribe(served, _wav(digits))["text"].split()
    labels = [label.get_text() for label in figure.axes[2].get_yticklabels()]
    assert labels == text
    assert report.attention_plot(served, _wav(np.zeros(8000))) is None
