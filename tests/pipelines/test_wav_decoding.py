"""WAV files written by SciPy or byte by byte, decoded and resampled as SciPy does it."""

import functools
import io
import struct

import numpy as np
import pytest
import scipy.io.wavfile
import scipy.signal
import tensorflow as tf

from keras_dl import pipelines

_random = np.random.default_rng(0)
_NOISE = _random.uniform(-1, 1, size=(300, 2))


def _file(values, rate=8000):
    file = io.BytesIO()
    scipy.io.wavfile.write(file, rate, values)
    return file.getvalue()


def _chunk(kind, content):
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _format(encoding=1, channels=1, rate=8000, bits=16, more=b""):
    block = channels * -(-bits // 8)
    fields = struct.pack("<HHIIHH", encoding, channels, rate, rate * block, block, bits)
    return _chunk(b"fmt ", fields + more)


def _riff(*chunks):
    content = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def _bytes_of_24_bits(values):
    whole = np.round(values * (2**23 - 1)).astype("<i4")
    return whole.ravel().view("u1").reshape(-1, 4)[:, :3].tobytes()


# Like WAVE_FORMAT_EXTENSIBLE: size, valid bits, speakers, and the encoding with its GUID.
_GUID = bytes.fromhex("0000 0000 1000 8000 00aa 0038 9b71")
_EXTENSION = struct.pack("<HHIH", 22, 24, 3, 1) + _GUID
FILES = {
    "8 bits": _file((_NOISE * 127 + 128).astype("uint8")),
    "16 bits": _file((_NOISE * (2**15 - 1)).astype("int16")),
    "32 bits": _file((_NOISE * (2**31 - 1)).astype("int32")),
    "float": _file(_NOISE.astype("float32")),
    "float of 64 bits": _file(_NOISE),
    "24 bits": _riff(_format(1, 2, 8000, 24), _chunk(b"data", _bytes_of_24_bits(_NOISE))),
    "24 bits, extensible": _riff(
        _format(0xFFFE, 2, 8000, 24, _EXTENSION), _chunk(b"data", _bytes_of_24_bits(_NOISE))
    ),
    "one channel": _file((_NOISE[:, 0] * 30000).astype("int16")),
    "four channels": _file((_NOISE.reshape(150, 4) * 30000).astype("int16")),
}


def _by_scipy(encoded):
    """Returns the mean of the channels and the rate, from SciPy's reader."""
    rate, values = scipy.io.wavfile.read(io.BytesIO(encoded))
    values = values if values.ndim == 2 else values[:, None]
    scaled = {"u": lambda x: (x - 128.0) / 128, "i": lambda x: x / 2.0 ** (8 * x.itemsize - 1)}
    return scaled.get(values.dtype.kind, lambda x: x)(values).mean(1), rate


@pytest.mark.parametrize("kind", FILES)
def test_samples_are_those_of_scipy(kind):
    waveform, is_audio = pipelines.decode_wav(FILES[kind], 8000)
    expected, _ = _by_scipy(FILES[kind])
    assert is_audio and pipelines.wav_fault(FILES[kind]) == ""
    assert waveform.shape == expected.shape and np.abs(expected).max() > 0.3
    np.testing.assert_allclose(waveform, expected, atol=1e-7)


@pytest.mark.parametrize(
    ("rate", "new_rate", "samples"),
    [
        (48000, 8000, 4001),
        (44100, 8000, 3000),
        (22050, 16000, 1),
        (16000, 8000, 999),
        (11025, 8000, 500),
        (8000, 16000, 300),
        (8000, 8000, 300),
        (7225, 8000, 301),
        (192000, 8000, 5000),
    ],
)
def test_resampling_equals_scipy(rate, new_rate, samples):
    waveform = _random.normal(size=samples).astype("float32")
    expected = scipy.signal.resample_poly(waveform.astype("float64"), new_rate, rate)
    found = pipelines.resample(waveform, rate, new_rate)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_frequencies_that_the_new_rate_has_not_are_removed():
    times = np.arange(48000) / 48000
    for frequency, least, most in ((1000, 0.99, 1.01), (3500, 0.9, 1.01), (5000, 0, 0.01)):
        sine = np.sin(2 * np.pi * frequency * times).astype("float32")
        found = pipelines.resample(sine, 48000, 8000).numpy()[500:-500]
        assert least <= np.sqrt(2) * found.std() <= most, frequency


def test_odd_rates_are_rounded_and_others_are_refused():
    waveform = _random.normal(size=500).astype("float32")
    np.testing.assert_array_equal(
        pipelines.resample(waveform, 22255, 8000), pipelines.resample(waveform, 22250, 8000)
    )
    with pytest.raises(ValueError, match=r"multiple of 25 Hz\. Received new_rate 8010"):
        pipelines.resample(waveform, 8000, 8010)


def test_a_file_of_another_rate_is_resampled():
    encoded = _file((_NOISE * 30000).astype("int16"), 44100)
    expected = scipy.signal.resample_poly(_by_scipy(encoded)[0], 80, 441)
    np.testing.assert_allclose(pipelines.decode_wav(encoded, 8000)[0], expected, atol=2e-6)


def test_a_file_that_is_too_long_is_not_decoded():
    encoded = _file((_NOISE * 30000).astype("int16"), 16000)  # 300 samples
    for most, expected in ((300 / 16000, 150), (299 / 16000, 0)):
        waveform, is_audio = pipelines.decode_wav(encoded, 8000, most)
        assert (len(waveform), bool(is_audio)) == (expected, expected > 0)
    _, lengths, is_audio = pipelines.decode_wavs(
        tf.constant([encoded, encoded[:-1], b""]), 8000, 0.01
    )
    assert not lengths.numpy().any() and not is_audio.numpy().any()


_SAMPLES = _chunk(b"data", struct.pack("<4h", 1, -2, 3, 32767))
GOOD = {
    "other chunks": _riff(_chunk(b"JUNK", b"odd"), _format(), _chunk(b"LIST", b"x" * 9), _SAMPLES),
    "what follows": _riff(_format(), _SAMPLES, _chunk(b"id3 ", b"title")),
    "of a pipe": _riff(_format(), b"data\xff\xff\xff\xff" + _SAMPLES[8:]),
    "half a sample at the end": _riff(_format(), _chunk(b"data", _SAMPLES[8:] + b"\1")),
}


@pytest.mark.parametrize("kind", GOOD)
def test_unusual_files(kind):
    waveform, is_audio = pipelines.decode_wav(GOOD[kind], 8000)
    assert is_audio
    np.testing.assert_array_equal(waveform * 2**15, [1, -2, 3, 32767])


def test_samples_that_are_not_finite_or_huge_are_silent():
    values = [0.5, np.nan, np.inf, -0.5, 1e25, -1e25, -(2.0**31)]
    encoded = _file(np.array(values, "float32"))
    expected = [0.5, 0, 0, -0.5, 0, 0, -(2.0**31)]
    np.testing.assert_array_equal(pipelines.decode_wav(encoded, 8000)[0], expected)


BAD = {
    "nothing": (b"", "not a WAV file"),
    "text": (b"RIFF, he said, and the WAVE came", "not a WAV file"),
    "the start alone": (b"RIFF\0\0\0\0WAVE", "without a description"),
    "no samples chunk": (_riff(_format()), "without a description"),
    "no format": (_riff(_SAMPLES), "without a description"),
    "format behind the samples": (_riff(_SAMPLES, _format()), "without a description"),
    "mu-law": (_riff(_format(7, 1, 8000, 8), _SAMPLES), "not PCM"),
    "40 bits": (_riff(_format(1, 1, 8000, 40), _SAMPLES), "not PCM"),
    "no channel": (_riff(_format(1, 0), _SAMPLES), "without a description"),
    "rate 0": (_riff(_format(rate=0), _SAMPLES), "not a sampling rate"),
    "rate of a gigahertz": (_riff(_format(rate=10**9), _SAMPLES), "not a sampling rate"),
    "truncated": (_riff(_format(), _SAMPLES)[:-2], "truncated"),
    "no samples": (_riff(_format(), _chunk(b"data", b"")), "without a single sample"),
    "half a sample": (_riff(_format(), _chunk(b"data", b"\1")), "without a single sample"),
    "endless chunks": (_riff(b"a" * 8 + b"\0" * 80000), "without a description"),
}


@pytest.mark.parametrize("kind", BAD)
def test_faults_are_named_and_no_error(kind):
    encoded, fault = BAD[kind]
    waveform, is_audio = pipelines.decode_wav(encoded, 8000)
    assert not is_audio and waveform.shape == (0,)
    assert fault in pipelines.wav_fault(encoded)


def test_every_truncation_and_many_damages_are_decided_without_an_error():
    whole = FILES["24 bits, extensible"][:68] + b"\0\0\0\0"  # header and some samples
    for end in range(0, len(whole), 3):
        assert not pipelines.decode_wav(whole[:end], 8000)[1]
    for _ in range(100):
        damaged = bytearray(FILES["16 bits"])
        for index in _random.integers(0, 48, 3):
            damaged[index] = _random.integers(256)
        waveform, is_audio = pipelines.decode_wav(bytes(damaged), 8000)
        assert bool(is_audio) == (len(waveform) > 0)


def test_a_saved_model_decodes_a_batch_of_all_kinds(tmp_path):
    module = tf.Module()
    module.decode = tf.function(
        functools.partial(pipelines.decode_wavs, sampling_rate=8000),
        input_signature=[tf.TensorSpec([None], "string")],
        autograph=False,
    )
    tf.saved_model.save(module, str(tmp_path))
    decode = tf.saved_model.load(str(tmp_path)).decode
    rows = [FILES["24 bits"], b"no audio", _file((_NOISE * 30000).astype("int16"), 16000)]
    waveforms, lengths, is_audio = decode(tf.constant(rows))
    assert waveforms.shape == (3, 300)
    assert lengths.numpy().tolist() == [300, 0, 150]
    assert is_audio.numpy().tolist() == [True, False, True]
    for row, encoded in enumerate(rows):
        alone, _ = pipelines.decode_wav(encoded, 8000)
        np.testing.assert_allclose(waveforms[row, : len(alone)], alone, atol=1e-6)
        assert not waveforms[row, len(alone) :].numpy().any()
    waveforms, lengths, is_audio = decode(tf.constant([b""]))
    assert waveforms.shape == (1, 0) and lengths.numpy() == [0] and not is_audio[0]
