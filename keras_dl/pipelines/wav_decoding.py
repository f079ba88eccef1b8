"""Decoding of WAV files with TensorFlow ops, which a SavedModel can contain."""

import math
from typing import NamedTuple

import tensorflow as tf

from keras_dl.pipelines.audio_resampling import resample
from keras_dl.typing import Tensor

MIN_RATE, MAX_RATE = 1_000, 384_000
_FAULTS = (
    "",
    "not a WAV file",
    "a WAV file without a description of its format, or without samples",
    "not PCM of 8, 16, 24 or 32 bits or floats of 32 or 64 bits",
    f"not a sampling rate from {MIN_RATE:,} to {MAX_RATE:,} Hz",
    "truncated: it ends before its last sample",
    "without a single sample",
)
_RIFF, _RF64, _WAVE, _FMT, _DATA = (
    int.from_bytes(each, "little") for each in (b"RIFF", b"RF64", b"WAVE", b"fmt ", b"data")
)
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_ENDLESS = 0x7FFFF000  # programs that write to a pipe do not know the length, and write more
_MOST_CHUNKS = 1000
_LARGEST = 2.0**31  # some programs write floats on the scale of integers


class _Header(NamedTuple):
    """What the header says, int64 scalars; `start` is -1 before the samples are found."""

    encoding: Tensor
    channels: Tensor
    rate: Tensor
    block: Tensor
    bits: Tensor
    start: Tensor
    length: Tensor


def decode_wav(
    encoded: Tensor, sampling_rate: int, max_seconds: float = math.inf
) -> tuple[tf.Tensor, tf.Tensor]:
    """Decodes a WAV file to one channel at a given sampling rate.

    The file has PCM of 8 (unsigned), 16, 24 or 32 bits, or floats of 32 or 64 bits, with any number
    of channels, of which the mean is returned, and any sampling rate; see `resample`. Chunks other
    than format and samples are ignored. A row that is no such file raises no error, so that it
    loses no other row of a batch.

    Args:
        encoded: string scalar. The bytes of the file.
        sampling_rate: int, a multiple of 25. Samples per second of the result, in Hz.
        max_seconds: float. A longer file is not decoded, since that would take about 20 times the
            memory of the file.

    Returns:
        tuple of the waveform, float32 `(samples,)`, from -1 to 1 if the file has PCM, and bool
        scalar: whether the bytes are a complete WAV file with samples, and not too long. Otherwise
        the waveform has no samples, and `wav_fault` says why, except for the duration. Samples that
        are not finite, or beyond the integers of 32 bits, become 0: a power spectrum of them would
        overflow.

    Raises:
        ValueError: if `sampling_rate` is no positive multiple of 25.

    Example:
    >>> waveform, is_audio = decode_wav(b"no audio", 8000)
    >>> waveform.shape, bool(is_audio)
    (TensorShape([0]), False)
    """
    return _decode(tf.convert_to_tensor(encoded, "string"), sampling_rate, max_seconds)


def decode_wavs(
    encoded: Tensor, sampling_rate: int, max_seconds: float = math.inf
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Decodes a batch of WAV files; see `decode_wav`.

    Args:
        encoded: string `(batch,)`. The bytes of files.
        sampling_rate: int, a multiple of 25. Samples per second of the result, in Hz.
        max_seconds: float. A longer file is not decoded.

    Returns:
        tuple of waveforms, float32 `(batch, samples)`, padded with 0; the number of samples of
        each, int32 `(batch,)`; and bool `(batch,)`: whether the row is a complete WAV file of at
        most `max_seconds`.
    """
    ragged = tf.RaggedTensorSpec([None], "float32", ragged_rank=0, row_splits_dtype="int64")
    waveforms, is_audio = tf.map_fn(
        lambda row: decode_wav(row, sampling_rate, max_seconds),
        encoded,
        fn_output_signature=(ragged, tf.TensorSpec([], "bool")),
    )
    return waveforms.to_tensor(), tf.cast(waveforms.row_lengths(), "int32"), is_audio


def wav_fault(encoded: bytes) -> str:
    """Returns why the bytes of a file cannot be decoded as WAV; empty if they can.

    Example:
    >>> wav_fault(b"no audio")
    'not a WAV file'
    """
    return _FAULTS[int(_fault(tf.convert_to_tensor(encoded, "string")))]


@tf.function(input_signature=[tf.TensorSpec([], "string")], autograph=False)
def _fault(encoded):
    data = tf.io.decode_raw(encoded, "uint8")
    return _fault_of(data, _read_header(data))


@tf.function(reduce_retracing=True, autograph=False)
def _decode(encoded, sampling_rate, max_seconds):
    data = tf.io.decode_raw(encoded, "uint8")
    header = _read_header(data)
    seconds = _count(data, header) / tf.maximum(header.rate, 1)
    is_audio = tf.equal(_fault_of(data, header), 0) & (seconds <= max_seconds)
    samples = tf.cond(is_audio, lambda: _samples(data, header), lambda: tf.zeros([0]))
    rate = tf.where(is_audio, header.rate, sampling_rate)
    samples = tf.where(tf.abs(samples) <= _LARGEST, samples, 0.0)  # NaN is not, either
    waveform = resample(samples, rate, sampling_rate)
    return tf.ensure_shape(waveform, (None,)), is_audio


def _integer(data, start, length):
    """Returns the little-endian integer of bytes, int64; bytes beyond the end are 0."""
    indices = start + tf.range(length, dtype="int64")
    size = tf.size(data, tf.int64)
    inside = tf.gather(data, tf.clip_by_value(indices, 0, tf.maximum(size - 1, 0)))
    values = tf.where(indices < size, tf.cast(inside, "int64"), 0)
    return tf.reduce_sum(tf.bitwise.left_shift(values, 8 * tf.range(length, dtype="int64")))


def _read_header(data):
    data = tf.cond(tf.size(data) > 0, lambda: data, lambda: tf.zeros([1], "uint8"))
    size = tf.size(data, tf.int64)
    zero = tf.zeros([], "int64")
    empty = _Header(zero, zero, zero, zero, zero, zero - 1, zero)

    def is_before_samples(position, count, header):
        return (header.start < 0) & (position + 8 <= size) & (count < _MOST_CHUNKS)

    def next_chunk(position, count, header):
        kind, length = _integer(data, position, 4), _integer(data, position + 4, 4)
        start = position + 8
        encoding = _integer(data, start, 2)
        extended = tf.where(length >= 26, _integer(data, start + 24, 2), 0)
        described = header._replace(
            encoding=tf.where(tf.equal(encoding, _EXTENSIBLE), extended, encoding),
            channels=_integer(data, start + 2, 2),
            rate=_integer(data, start + 4, 4),
            block=_integer(data, start + 12, 2),
            bits=_integer(data, start + 14, 2),
        )
        is_format = tf.equal(kind, _FMT) & (length >= 16)
        header = _Header(
            *(tf.where(is_format, new, old) for new, old in zip(described, header, strict=True))
        )
        found = tf.equal(kind, _DATA)
        header = header._replace(
            start=tf.where(found, start, header.start), length=tf.where(found, length, 0)
        )
        return start + length + length % 2, count + 1, header

    first = _integer(data, 0, 4)
    is_wav = (tf.equal(first, _RIFF) | tf.equal(first, _RF64)) & tf.equal(
        _integer(data, 8, 4), _WAVE
    )
    begin = tf.where(is_wav, tf.constant(12, "int64"), size)
    _, _, header = tf.while_loop(is_before_samples, next_chunk, (begin, 0, empty))
    return header._replace(start=tf.where(is_wav, header.start, -2))


def _fault_of(data, header):
    """Returns the number of the first fault, 0 for none."""
    width = header.block // tf.maximum(header.channels, 1)
    right_width = tf.equal(header.block, width * header.channels) & tf.equal(
        width, (header.bits + 7) // 8
    )
    is_pcm = tf.equal(header.encoding, _PCM) & (width >= 1) & (width <= 4)
    is_float = tf.equal(header.encoding, _FLOAT) & (tf.equal(width, 4) | tf.equal(width, 8))
    there = tf.size(data, tf.int64) - header.start
    faults = [
        tf.equal(header.start, -2),
        (header.start < 0) | (header.channels < 1),
        ~(right_width & (is_pcm | is_float)),
        (header.rate < MIN_RATE) | (header.rate > MAX_RATE),
        (header.length < _ENDLESS) & (header.length > there),
        tf.minimum(header.length, there) < header.block,
    ]
    found = tf.stack([tf.constant(False), *faults])
    return tf.argmax(tf.cast(found, "int32"), output_type=tf.int32)


def _count(data, header):
    """Returns the number of samples of each channel."""
    there = tf.size(data, tf.int64) - header.start
    return tf.minimum(header.length, there) // tf.maximum(header.block, 1)


def _samples(data, header):
    """Returns the mean of the channels, float32 `(samples,)`."""
    width = header.block // header.channels
    size = _count(data, header) * header.block
    values = tf.reshape(data[header.start :][:size], tf.stack([-1, width]))

    def integers():
        # 8 bits are unsigned. The highest byte of each value is the last one of four.
        signed = tf.where(tf.equal(width, 1), tf.bitwise.bitwise_xor(values, 0x80), values)
        padded = tf.pad(signed, [[0, 0], [4 - width, 0]])
        whole = tf.bitcast(tf.ensure_shape(padded, (None, 4)), "int32")
        return tf.cast(whole, "float32") / 2**31

    def floats(dtype, size):
        return lambda: tf.cast(tf.bitcast(tf.ensure_shape(values, (None, size)), dtype), "float32")

    kind = tf.where(tf.equal(header.encoding, _PCM), 0, tf.where(tf.equal(width, 4), 1, 2))
    flat = tf.switch_case(kind, [integers, floats("float32", 4), floats("float64", 8)])
    return tf.reduce_mean(tf.reshape(flat, tf.stack([-1, header.channels])), axis=1)
