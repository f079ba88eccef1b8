"""Features that recordings of 8 kHz and the cepstra of AN4 have in common.

AN4 has 13 cepstra of 40 mel bands up to 6.8 kHz. The lowest 30 of these bands end at 3.7 kHz, and
are also in recordings of 8 kHz, with the same FFT bins. So the features are cepstra of 30 bands,
fewer of them, as smooth as those of AN4.
"""

import tensorflow as tf

from apps.speech.an4 import augmentation, files
from apps.speech.an4.features import with_differences
from keras_dl import layers

SAMPLING_RATE = 8000
FRAME, STRIDE = 205, 100  # samples; a frame is as long as one of AN4
BANDS, COEFFICIENTS = 30, 10
CHANNELS = 3 * COEFFICIENTS
AN4_RATE = 1.25  # frames of AN4 for each frame
_HIGHEST = 3684.24  # Hz, the upper edge of band 30 of AN4
_MIN_POWER = 1.0  # a fraction of what rounding to 16 bits leaves: digital silence is no outlier
_LOUD = 5.0  # nats below the loudest frame
_EPSILON, _MOST = 1e-3, 6.0
_cepstrum = layers.MelCepstrum(
    SAMPLING_RATE,
    sequence_length=FRAME,
    sequence_stride=STRIDE,
    fft_length=256,
    num_mel_bins=BANDS,
    max_freq=_HIGHEST,
    min_power=_MIN_POWER,
    num_coefficients=COEFFICIENTS,
    dtype="float32",
)


def features(waveforms, lengths):
    """Returns features of padded waveforms, 80 per second: see `features_of_cepstra`.

    Args:
        waveforms: float32 `(batch, samples)`.
        lengths: int32 `(batch,)`. Samples of each that are no padding. Fewer than a frame has count
            as one frame.
    """
    return features_of_cepstra(*cepstra_of(waveforms, lengths))


def cepstra_of(waveforms, lengths):
    """Returns cepstra, float32 `(batch, frames, COEFFICIENTS)`, and the number of frames of each.

    Args:
        waveforms: float32 `(batch, samples)`.
        lengths: int32 `(batch,)`, see `features`.
    """
    waveforms = tf.pad(waveforms, [[0, 0], [0, FRAME]])
    return _cepstrum(waveforms), 1 + (tf.maximum(lengths, FRAME) - FRAME) // STRIDE


def cepstra_of_an4(cepstra):
    """Returns cepstra of the lower bands, float `(frames, COEFFICIENTS)`.

    Args:
        cepstra: float `(frames, 13)`, cepstra of AN4.
    """
    return cepstra @ _lower_bands()


def features_of_cepstra(cepstra, lengths):
    """Returns cepstra with their first and second differences over time, normalized.

    Each channel of each clip has mean 0 and variance 1 over its loud frames. So silence around the
    words changes nothing: single recordings have none. Padding is 0.

    Args:
        cepstra: float32 `(batch, frames, COEFFICIENTS)`.
        lengths: int32 `(batch,)`. Frames of each that are no padding.

    Returns:
        dict of `features`, float32 `(batch, frames, CHANNELS)`, and `mask`, bool `(batch, frames)`.
    """
    mask = tf.sequence_mask(lengths, tf.shape(cepstra)[1])
    loudness = tf.where(mask, cepstra[:, :, 0], cepstra.dtype.min)
    is_loud = mask & (loudness >= tf.reduce_max(loudness, 1, keepdims=True) - _LOUD)
    weights = tf.cast(is_loud, "float32")[:, :, None]
    count = tf.maximum(tf.reduce_sum(weights, 1, keepdims=True), 1)

    def mean(values):
        return tf.reduce_sum(values * weights, 1, keepdims=True) / count

    values = with_differences(cepstra, lengths)
    values -= mean(values)
    values *= tf.math.rsqrt(mean(tf.square(values)) + _EPSILON)
    values = tf.where(mask[:, :, None], tf.clip_by_value(values, -_MOST, _MOST), 0.0)
    return {
        "features": tf.ensure_shape(values, (None, None, CHANNELS)),
        "mask": tf.ensure_shape(mask, (None, None)),
    }


def _lower_bands():
    """Returns the matrix `(13, COEFFICIENTS)` from cepstra of AN4 to those of its lower bands."""
    _, to_bands = augmentation.transform(augmentation.BANDS, files.COEFFICIENTS)
    to_cepstra, _ = augmentation.transform(BANDS, COEFFICIENTS)
    return (to_cepstra @ to_bands[:BANDS]).T
