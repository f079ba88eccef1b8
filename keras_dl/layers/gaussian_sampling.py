"""Sampling from normal distributions with the reparameterization trick."""

from typing import Any, Literal

import keras
from keras import ops

from keras_dl.typing import Config, Shape, Tensor

_GREATEST = 30.0


@keras.saving.register_keras_serializable(package="keras_dl")
class GaussianSampling(keras.layers.Layer):
    """Samples `z = mean + exp(log_var / 2) * noise`, with standard normal noise.

    The noise does not depend on the weights, so `mean` and `log_var` have gradients (the
    reparameterization trick). With `kl_weight`, the layer adds the KL divergence from the standard
    normal distribution, averaged over the batch, to the losses of the model.

    The layer computes in float32 or better under every dtype policy, and its outputs have the same
    dtype. Above an argument of 30, `exp` is replaced by its tangent line, so values and gradients
    do not overflow. The divergence is averaged over all positions of the batch, including padding.

    Args:
        kl_weight: float or None. Weight of the divergence in the losses; None adds no loss.
        inference: `"mean"` or `"sample"`. The output at inference. The loss that `evaluate` reports
            is a bound on the likelihood only with `"sample"`.
        seed: int or None. Seed of the noise.

    Call arguments:
        mean: float `(batch, ..., units)`.
        log_var: float, of the same shape. Logarithm of the variance.

    Returns:
        float32 or float64 of the same shape.

    Raises:
        ValueError: if `inference` is unknown, `kl_weight` is negative or shapes differ.

    Example:
    >>> import numpy as np
    >>> layer = GaussianSampling(kl_weight=1.0)
    >>> layer(np.array([[1.0, 2.0]]), np.zeros((1, 2))).numpy().tolist(), float(layer.losses[0])
    ([[1.0, 2.0]], 2.5)

    Reference: Kingma & Welling 2014, arXiv:1312.6114, section 2.4 and appendix B.
    """

    def __init__(
        self,
        kl_weight: float | None = None,
        inference: Literal["mean", "sample"] = "mean",
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        if inference not in ("mean", "sample") or (kl_weight is not None and kl_weight < 0):
            raise ValueError(
                "GaussianSampling: inference must be 'mean' or 'sample', and kl_weight must "
                f"be None or at least 0. Received inference {inference!r}, kl_weight {kl_weight}. "
                "Use the defaults, 'mean' and None."
            )
        self.kl_weight = kl_weight
        self.inference = inference
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True
        self.supports_masking = True

    def call(self, mean: Tensor, log_var: Tensor, training: bool | None = None) -> Tensor:
        _check(mean.shape, log_var.shape)
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        mean, log_var = ops.cast(mean, dtype), ops.cast(log_var, dtype)
        if self.kl_weight is not None:
            self.add_loss(self.kl_weight * ops.mean(self.kl_divergence(mean, log_var)))
        if not training and self.inference == "mean":
            return mean
        noise = keras.random.normal(ops.shape(mean), dtype=dtype, seed=self.seed_generator)
        return mean + _exp(log_var / 2) * noise

    @staticmethod
    def kl_divergence(mean: Tensor, log_var: Tensor) -> Tensor:
        """Returns KL(N(mean, exp(log_var)), N(0, 1)) in nats, summed over the last axis."""
        return 0.5 * ops.sum(ops.square(mean) + _exp(log_var) - 1.0 - log_var, axis=-1)

    def compute_output_shape(self, mean_shape: Shape, log_var_shape: Shape | None = None) -> Shape:
        _check(mean_shape, log_var_shape)
        return mean_shape

    def compute_output_spec(
        self, mean: keras.KerasTensor, log_var: keras.KerasTensor, training: bool | None = None
    ) -> keras.KerasTensor:
        shape = self.compute_output_shape(mean.shape, log_var.shape)
        return keras.KerasTensor(shape, keras.backend.result_type(self.compute_dtype, "float32"))

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "kl_weight": self.kl_weight,
            "inference": self.inference,
            "seed": self.seed,
        }


def _exp(value):
    within = ops.minimum(value, _GREATEST)
    return ops.exp(within) * (1.0 + value - within)


def _check(mean_shape, log_var_shape):
    if log_var_shape is not None and tuple(mean_shape) != tuple(log_var_shape):
        raise ValueError(
            "GaussianSampling: mean and log_var must have the same shape. Received mean "
            f"{tuple(mean_shape)}, log_var {tuple(log_var_shape)}. Pass a mean and a log variance "
            "for each latent variable."
        )
