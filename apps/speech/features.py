"""Features of waveforms, the same in training and in the SavedModel."""

import math

import tensorflow as tf

from keras_dl import layers

SAMPLING_RATE = 8000
BANDS = 32
FRAME, STRIDE = 200, 100  # samples
_RANGE = 14.0  # nats, 61 dB: what is quieter than the loudest frame by more is as silent
_QUIETEST = -11.5  # nats, a few steps of 16 bits: quieter clips are not amplified further
_CENTER, _SCALE = 7.0, 3.0  # nats: most values are then from -2 to 3
_log_mel = layers.LogMel(
    SAMPLING_RATE,
    sequence_length=FRAME,
    sequence_stride=STRIDE,
    fft_length=256,
    num_mel_bins=BANDS,
    min_freq=100.0,
    max_freq=3800.0,
    min_power=1e-12,
    dtype="float32",
)


def features(waveforms, lengths):
    """Returns features of padded waveforms: 80 log-mel spectra per second.

    They are relative to the mean power of the loudest frame. A constant offset of the waveform,
    which cheap sound cards add, is removed. The mean of each band is kept: in a clip of one digit,
    it tells which digit it is. Padding is 0.

    Args:
        waveforms: float32 `(batch, samples)`.
        lengths: int32 `(batch,)`. Samples of each that are no padding. Fewer than a frame has count
            as one frame.

    Returns:
        dict of `features`, float32 `(batch, frames, BANDS)`, and `mask`, bool `(batch, frames)`.
    """
    waveforms = tf.pad(_without_offset(waveforms, lengths), [[0, 0], [0, FRAME]])
    counted = tf.sequence_mask(tf.maximum(lengths, FRAME), tf.shape(waveforms)[1])
    mask = _log_mel.compute_mask(waveforms, counted)
    spectra = _log_mel(waveforms)
    power = tf.reduce_logsumexp(spectra, 2) - math.log(BANDS)
    loudness = tf.where(mask, power, _QUIETEST)
    loudest = tf.maximum(tf.reduce_max(loudness, 1), _QUIETEST)[:, None, None]
    levels = (tf.maximum(spectra - loudest, -_RANGE) + _CENTER) / _SCALE
    return {
        "features": tf.ensure_shape(tf.where(mask[:, :, None], levels, 0.0), (None, None, BANDS)),
        "mask": tf.ensure_shape(mask, (None, None)),
    }


def _without_offset(waveforms, lengths):
    """Returns the waveforms without their means; windows leak an offset into the lowest bands."""
    is_sound = tf.sequence_mask(lengths, tf.shape(waveforms)[1])
    count = tf.cast(tf.maximum(lengths, 1), "float32")[:, None]
    mean = tf.reduce_sum(tf.where(is_sound, waveforms, 0.0), 1, keepdims=True) / count
    return tf.where(is_sound, waveforms - mean, 0.0)


def loudness(features):
    """Returns the logarithm of the power of each frame, in nats, up to a constant.

    Args:
        features: float32 `(batch, frames, BANDS)`.
    """
    return tf.reduce_logsumexp(_SCALE * features, 2)
