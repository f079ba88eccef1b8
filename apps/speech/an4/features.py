"""Features of cepstra, the same in training and in the SavedModel.

The README of AN4 says most of how its cepstra were computed. The rest follows from them: their
standard deviations fall from the first coefficient to the last, so there is no lifter. The zeroth
coefficient is from 2 to 17.2, 9 on average. So it is the mean of the log-mel spectrum, as with the
default transform of Sphinx: with the other ones, which multiply by the square root of the number of
bands, the loudest frames would have a power near 15, of integers of 16 bits. And the filters have
area 1: with height 1, the quietest frames would be below the rounding error of integers. Whether
there was dither, which adds a quarter of a bit, cannot be seen.
"""

import tensorflow as tf

from apps.speech.an4.files import COEFFICIENTS
from keras_dl import layers

SAMPLING_RATE = 16000
FRAME, STRIDE = 410, 160  # samples
CHANNELS = 3 * COEFFICIENTS
_REACH, _SECOND_REACH = 2, 1  # frames, as in Sphinx
_cepstrum = layers.MelCepstrum(
    SAMPLING_RATE,
    sequence_length=FRAME,
    sequence_stride=STRIDE,
    num_coefficients=COEFFICIENTS,
    dtype="float32",
)
_normalized = layers.MaskedNormalization(dtype="float32")


def features(waveforms, lengths):
    """Returns features of padded waveforms, 100 per second: see `features_of_cepstra`.

    Args:
        waveforms: float32 `(batch, samples)`.
        lengths: int32 `(batch,)`. Samples of each that are no padding. Fewer than a frame has count
            as one frame.
    """
    waveforms = tf.pad(waveforms, [[0, 0], [0, FRAME]])
    frames = 1 + (tf.maximum(lengths, FRAME) - FRAME) // STRIDE
    return features_of_cepstra(_cepstrum(waveforms), frames)


def features_of_cepstra(cepstra, lengths):
    """Returns cepstra with their first and second differences over time, normalized.

    Each channel of each utterance has mean 0 and variance 1. Padding is 0.

    Args:
        cepstra: float32 `(batch, frames, 13)`.
        lengths: int32 `(batch,)`. Frames of each that are no padding.

    Returns:
        dict of `features`, float32 `(batch, frames, CHANNELS)`, and `mask`, bool `(batch, frames)`.
    """
    first = _differences(cepstra, lengths, _REACH)
    second = _differences(first, lengths, _SECOND_REACH)
    mask = tf.sequence_mask(lengths, tf.shape(cepstra)[1])
    values = _normalized(tf.concat([cepstra, first, second], 2), mask=mask)
    return {
        # Also a tensor without the mask that Keras attached: the encoder takes it as an input.
        "features": tf.ensure_shape(values, (None, None, CHANNELS)),
        "mask": tf.ensure_shape(mask, (None, None)),
    }


def loudness(features):
    """Returns the zeroth coefficient, the mean of the log-mel spectrum, of each frame.

    Args:
        features: float32 `(batch, frames, CHANNELS)`.
    """
    return features[:, :, 0]


def _differences(values, lengths, reach):
    """Returns the differences of what is `reach` frames later and earlier, inside the utterance."""
    last = tf.maximum(lengths - 1, 0)[:, None]
    frames = tf.range(tf.shape(values)[1])[None]

    def at(shift):
        return tf.gather(values, tf.minimum(tf.maximum(frames + shift, 0), last), batch_dims=1)

    return at(reach) - at(-reach)
