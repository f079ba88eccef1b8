"""Logarithmic mel spectrogram of waveforms."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class LogMel(keras.layers.Layer):
    """Logarithm of the power in mel bands: `log(max(|STFT|^2 @ filters, min_power))`.

    Frame `t` has the samples from `t * sequence_stride` on, times a periodic Hann window; there is
    no padding at either end. The filters are triangles on the mel scale of HTK, `2595 * log10(1 +
    f / 700)`. Every row is computed by itself. `keras.layers.MelSpectrogram` limits the dynamic
    range relative to the loudest clip of the batch, pads by reflection, and knows no mask.

    Frames that reach into padding are masked, not changed: their values depend on the padding. A
    mask that is not the Keras mask of `inputs` is passed to `compute_mask`. The computation is in
    float32 whatever the dtype policy.

    Args:
        sampling_rate: int. Samples per second.
        sequence_length: int. Length of a frame, in samples.
        sequence_stride: int. Samples from one frame to the next.
        fft_length: int. Length to which a frame is padded with zeros before the Fourier transform.
        num_mel_bins: int. Number of mel bands.
        min_freq: float. Lower edge of the lowest band, in Hz.
        max_freq: float or None. Upper edge of the highest band, in Hz; None is half the sampling
            rate.
        min_power: float. Powers below are this value. A sine of amplitude `a` in the middle of an
            FFT bin has the power `(a * sequence_length / 4)**2` there.

    Call arguments:
        inputs: float `(batch, samples)`, usually from -1 to 1.

    Returns:
        float `(batch, frames, num_mel_bins)` in the compute dtype, with `frames = 1 + (samples -
        sequence_length) // sequence_stride`, the natural logarithms.

    Raises:
        ValueError: if an argument is out of range, a mel band contains no FFT bin, or `inputs` has
            another shape or fewer samples than a frame.

    Example:
    >>> layer = LogMel(8000, sequence_length=200, sequence_stride=80, fft_length=256)
    >>> waveforms = np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000)[None]
    >>> mask = np.arange(8000)[None] < 4000
    >>> layer(waveforms).shape, int(ops.sum(ops.cast(layer.compute_mask(waveforms, mask), "int32")))
    (TensorShape([1, 98, 32]), 48)

    Reference: Davis & Mermelstein 1980, "Comparison of parametric representations for monosyllabic
    word recognition in continuously spoken sentences", for mel bands; Young et al. 2006, "The HTK
    book", section 5.4, for this mel scale.
    """

    def __init__(
        self,
        sampling_rate: int,
        sequence_length: int,
        sequence_stride: int,
        fft_length: int,
        num_mel_bins: int = 32,
        min_freq: float = 60.0,
        max_freq: float | None = None,
        min_power: float = 1e-6,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self.sampling_rate = sampling_rate
        self.sequence_length = sequence_length
        self.sequence_stride = sequence_stride
        self.fft_length = fft_length
        self.num_mel_bins = num_mel_bins
        self.min_freq = min_freq
        self.max_freq = max_freq
        self.min_power = min_power
        self._check()
        self._filters = self._mel_filters()
        angles = 2 * np.pi * np.arange(sequence_length) / sequence_length
        self._window = (0.5 - 0.5 * np.cos(angles)).astype("float32")
        self.supports_masking = True
        self.built = True

    def _check(self):
        sizes = {
            "sampling_rate": self.sampling_rate,
            "sequence_length": self.sequence_length,
            "sequence_stride": self.sequence_stride,
            "num_mel_bins": self.num_mel_bins,
            "min_power": self.min_power,
        }
        for name, value in sizes.items():
            if not value > 0:
                raise ValueError(
                    f"{type(self).__name__}: {name} must be positive. Received {name} {value}. "
                    "Lengths are in samples, the sampling rate is in samples per second."
                )
        if self.fft_length < self.sequence_length:
            raise ValueError(
                f"{type(self).__name__}: fft_length must be at least sequence_length. Received "
                f"fft_length {self.fft_length}, sequence_length {self.sequence_length}. Use the "
                "next power of two."
            )
        half = self.sampling_rate / 2
        if not 0 <= self.min_freq < (half if self.max_freq is None else self.max_freq) <= half:
            raise ValueError(
                f"{type(self).__name__}: min_freq must be at least 0 and below max_freq, which is "
                f"at most half of sampling_rate. Received min_freq {self.min_freq}, max_freq "
                f"{self.max_freq}, sampling_rate {self.sampling_rate}. Frequencies are in Hz."
            )

    def _mel_filters(self):
        """Returns the weights of FFT bins in mel bands, float32 `(bins, num_mel_bins)`."""
        count = self.fft_length // 2 + 1
        bins = mel(np.arange(count) * self.sampling_rate / self.fft_length)[:, None]
        highest = self.max_freq or self.sampling_rate / 2
        edges = np.linspace(mel(self.min_freq), mel(highest), self.num_mel_bins + 2)
        low, middle, high = edges[:-2], edges[1:-1], edges[2:]
        weights = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
        weights = np.maximum(weights, 0).astype("float32")
        if not (weights > 0).any(0).all():
            empty = np.flatnonzero(~(weights > 0).any(0)).tolist()
            raise ValueError(
                "LogMel: every mel band must contain an FFT bin. Received num_mel_bins "
                f"{self.num_mel_bins}, min_freq {self.min_freq}, fft_length {self.fft_length}: "
                f"bands {empty} contain none. Use fewer bands, a longer fft_length or a higher "
                "min_freq."
            )
        return weights

    def call(self, inputs: Tensor) -> Tensor:
        self._frames(inputs.shape)
        powers = self._band_powers(ops.cast(inputs, "float32"))
        return ops.cast(ops.log(ops.maximum(powers, self.min_power)), self.compute_dtype)

    def _band_powers(self, waveforms):
        """Returns the powers in mel bands, float32 `(batch, frames, num_mel_bins)`."""
        real, imaginary = ops.rfft(self._framed(waveforms) * self._window, self.fft_length)
        return ops.matmul(ops.square(real) + ops.square(imaginary), self._filters)

    def _framed(self, inputs):
        """Returns the frames of `(batch, samples)`: `(batch, frames, sequence_length)`."""
        samples = ops.shape(inputs)[1]
        count = (samples - self.sequence_length) // self.sequence_stride + 1
        starts = ops.arange(count, dtype="int32") * self.sequence_stride
        indices = ops.expand_dims(starts, 1) + np.arange(self.sequence_length, dtype="int32")
        return ops.take(inputs, indices, axis=1)

    def _frames(self, shape):
        if len(shape) != 2:
            raise ValueError(
                f"{type(self).__name__}: inputs must have shape (batch, samples). Received inputs "
                f"{tuple(shape)}. Select one channel, or average the channels."
            )
        if shape[1] is None:
            return None
        if shape[1] < self.sequence_length:
            raise ValueError(
                f"{type(self).__name__}: inputs must have at least sequence_length "
                f"{self.sequence_length} samples. Received {shape[1]} samples. Append zeros."
            )
        return (shape[1] - self.sequence_length) // self.sequence_stride + 1

    def compute_mask(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor | None:
        """Returns which frames have no sample of padding.

        Args:
            inputs: not used.
            mask: bool `(batch, samples)`, False where the waveform is padding, or None.

        Returns:
            bool `(batch, frames)`, or None without a mask.
        """
        return None if mask is None else ops.all(self._framed(ops.cast(mask, "bool")), axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape[0], self._frames(input_shape), self.num_mel_bins

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "sampling_rate": self.sampling_rate,
            "sequence_length": self.sequence_length,
            "sequence_stride": self.sequence_stride,
            "fft_length": self.fft_length,
            "num_mel_bins": self.num_mel_bins,
            "min_freq": self.min_freq,
            "max_freq": self.max_freq,
            "min_power": self.min_power,
        }


def mel(frequency: float | np.ndarray) -> np.ndarray:
    """Returns frequencies in Hz as mel of HTK."""
    return 2595 * np.log10(1 + np.asarray(frequency) / 700)
