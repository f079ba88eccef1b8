"""Mel-frequency cepstral coefficients of waveforms, as Sphinx computes them."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_dl.layers.log_mel import LogMel, mel
from keras_dl.typing import Config, Shape, Tensor

_FULL_SCALE = 2.0**15  # Sphinx reads integers of 16 bits


@keras.saving.register_keras_serializable(package="keras_dl")
class MelCepstrum(LogMel):
    """Mel-frequency cepstral coefficients: `log(|STFT|^2 @ filters + min_power) @ cosines`.

    They equal those of the front end of CMU Sphinx with its default transform, so that models can
    be trained on cepstra that it wrote and serve sound. Samples are scaled to 16 bits and become
    `x[t] - preemphasis * x[t - 1]`. Frame `t` has the samples from `t * sequence_stride` on, times
    a symmetric Hamming window. The filters are triangles whose edges are on the mel scale, `2595 *
    log10(1 + f / 700)`, rounded to FFT bins, with area 1 in Hz. Coefficient `k` is the mean over
    the bands `j` of `log_mel[j] * cos(pi / num_mel_bins * k * (j + 0.5))`, in which band 0 counts
    half. Every row is computed by itself.

    Frames that reach into padding are masked, see `LogMel`. The computation is in float32 whatever
    the dtype policy. Without arguments, the cepstra are those of the data set AN4.

    Args:
        sampling_rate: int. Samples per second.
        sequence_length: int. Length of a frame, in samples.
        sequence_stride: int. Samples from one frame to the next.
        fft_length: int. Length to which a frame is padded with zeros before the Fourier transform.
        num_mel_bins: int. Number of mel bands.
        min_freq: float. Lower edge of the lowest band, in Hz.
        max_freq: float or None. Upper edge of the highest band, in Hz; None is half the sampling
            rate.
        min_power: float. Added to the powers in the bands.
        num_coefficients: int. Number of cepstral coefficients, at most `num_mel_bins`.
        preemphasis: float. Share of the sample before that is subtracted from each sample.

    Call arguments:
        inputs: float `(batch, samples)`, from -1 to 1.

    Returns:
        float `(batch, frames, num_coefficients)` in the compute dtype, with `frames = 1 + (samples
        - sequence_length) // sequence_stride`. Sphinx also has a last frame with the samples that
        are left, and zeros.

    Raises:
        ValueError: if an argument is out of range, a mel band contains no FFT bin, or `inputs` has
            another shape or fewer samples than a frame.

    Example:
    >>> waveforms = np.sin(np.arange(16000) * 2 * np.pi * 440 / 16000)[None]
    >>> MelCepstrum()(waveforms).shape
    TensorShape([1, 98, 13])

    Reference: Davis & Mermelstein 1980, "Comparison of parametric representations for monosyllabic
    word recognition in continuously spoken sentences"; `fe_sigproc.c` of CMU Sphinx.
    """

    def __init__(
        self,
        sampling_rate: int = 16000,
        sequence_length: int = 410,
        sequence_stride: int = 160,
        fft_length: int = 512,
        num_mel_bins: int = 40,
        min_freq: float = 130.0,
        max_freq: float | None = 6800.0,
        min_power: float = 1e-4,
        num_coefficients: int = 13,
        preemphasis: float = 0.97,
        **kwargs: Any,
    ) -> None:
        self.num_coefficients = num_coefficients
        self.preemphasis = preemphasis
        super().__init__(
            sampling_rate,
            sequence_length,
            sequence_stride,
            fft_length,
            num_mel_bins,
            min_freq,
            max_freq,
            min_power,
            **kwargs,
        )
        angles = 2 * np.pi * np.arange(sequence_length) / max(sequence_length - 1, 1)
        self._window = (0.54 - 0.46 * np.cos(angles)).astype("float32")
        self._cosines = _cosines(num_mel_bins, num_coefficients)

    def _check(self):
        super()._check()
        if not 1 <= self.num_coefficients <= self.num_mel_bins:
            raise ValueError(
                "MelCepstrum: num_coefficients must be from 1 to num_mel_bins. Received "
                f"num_coefficients {self.num_coefficients}, num_mel_bins {self.num_mel_bins}. Use "
                "13."
            )
        if not 0 <= self.preemphasis <= 1:
            raise ValueError(
                f"MelCepstrum: preemphasis must be from 0 to 1. Received {self.preemphasis}. Use "
                "0.97, or 0 for none."
            )

    def _mel_filters(self):
        bins = self.fft_length // 2 + 1
        width = self.sampling_rate / self.fft_length
        highest = self.max_freq or self.sampling_rate / 2
        mels = np.linspace(mel(self.min_freq), mel(highest), self.num_mel_bins + 2)
        edges = np.floor(_frequency(mels) / width + 0.5)
        low, middle, high = edges[:-2], edges[1:-1], edges[2:]
        if not ((low < middle) & (middle < high)).all():
            empty = np.flatnonzero(~((low < middle) & (middle < high))).tolist()
            raise ValueError(
                "MelCepstrum: the edges of every mel band must be in different FFT bins. Received "
                f"num_mel_bins {self.num_mel_bins}, min_freq {self.min_freq}, fft_length "
                f"{self.fft_length}: not so for bands {empty}. Use fewer bands or a longer "
                "fft_length."
            )
        numbers = np.arange(bins)[:, None]
        rising, falling = (numbers - low) / (middle - low), (high - numbers) / (high - middle)
        triangles = np.maximum(np.minimum(rising, falling), 0)
        return (triangles * 2 / ((high - low) * width)).astype("float32")

    def call(self, inputs: Tensor) -> Tensor:
        self._frames(inputs.shape)
        samples = ops.cast(inputs, "float32") * _FULL_SCALE
        before = ops.pad(samples[:, :-1], [[0, 0], [1, 0]])
        powers = self._band_powers(samples - self.preemphasis * before)
        cepstra = ops.matmul(ops.log(powers + self.min_power), self._cosines)
        return ops.cast(cepstra, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*super().compute_output_shape(input_shape)[:2], self.num_coefficients)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "num_coefficients": self.num_coefficients,
            "preemphasis": self.preemphasis,
        }


def _frequency(mel):
    return 700 * (10 ** (mel / 2595) - 1)


def _cosines(num_mel_bins, num_coefficients):
    """Returns the transform, float32 `(num_mel_bins, num_coefficients)`."""
    angles = np.outer(np.arange(num_mel_bins) + 0.5, np.arange(num_coefficients))
    cosines = np.cos(np.pi / num_mel_bins * angles) / num_mel_bins
    cosines[0] /= 2
    return cosines.astype("float32")
