"""Features of waveforms, the same in training and in the SavedModel."""

import tensorflow as tf

from keras_dl import layers

SAMPLING_RATE = 8000
BANDS = 32
_FRAME = 200
_log_mel = layers.LogMel(
    SAMPLING_RATE,
    sequence_length=_FRAME,
    sequence_stride=80,
    fft_length=256,
    num_mel_bins=BANDS,
    min_freq=100.0,
    max_freq=3800.0,
    min_power=1e-5,
    dtype="float32",
)
_normalization = layers.MaskedNormalization(dtype="float32")


def features(waveforms, lengths):
    """Returns features of padded waveforms: 100 normalized log-mel spectra per second.

    Args:
        waveforms: float32 `(batch, samples)`.
        lengths: int32 `(batch,)`. Samples of each that are no padding. Fewer than a frame has count
            as one frame.

    Returns:
        dict of `features`, float32 `(batch, frames, BANDS)`, and `mask`, bool `(batch, frames)`.
    """
    waveforms = tf.pad(waveforms, [[0, 0], [0, _FRAME]])
    counted = tf.sequence_mask(tf.maximum(lengths, _FRAME), tf.shape(waveforms)[1])
    mask = _log_mel.compute_mask(waveforms, counted)
    spectra = _normalization(_log_mel(waveforms), mask=mask)
    return {
        "features": tf.ensure_shape(spectra, (None, None, BANDS)),
        "mask": tf.ensure_shape(mask, (None, None)),
    }
