"""Sparsity penalty on the mean activations of units."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class KLSparsity(keras.layers.Layer):
    """Identity layer that penalizes units whose mean activation is far from a target.

    The penalty is `weight * sum over units of KL(Bernoulli(target), Bernoulli(mean))`, in nats,
    where the means are over the batch. Unlike an L1 penalty, it encourages every unit to be active
    for part of the examples, so that no unit is dead. Means are computed in float32 or better and
    shifted away from 0 and 1 by at most 1e-6, because the penalty is infinite there. All positions
    of the batch count equally, including padding.

    Args:
        target: float between 0 and 1. Desired mean activation of each unit.
        weight: float. Weight of the penalty.

    Call arguments:
        inputs: float `(batch, ..., units)`, from 0 to 1, such as the outputs of sigmoid units.

    Returns:
        The inputs, unchanged.

    Raises:
        ValueError: if `target` is not between 0 and 1, or `weight` is negative.

    Example:
    >>> import numpy as np
    >>> layer = KLSparsity(target=0.5, weight=2.0)
    >>> _ = layer(np.full((4, 3), 0.5))
    >>> float(layer.losses[0])
    0.0

    Reference: Lee, Ekanadham & Ng 2008, "Sparse deep belief net model for visual area V2"; as a
    divergence in Ng 2011, "Sparse autoencoder", CS294A lecture notes.
    """

    def __init__(self, target: float, weight: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 < target < 1 or weight < 0:
            raise ValueError(
                "KLSparsity: target must be between 0 and 1, and weight at least 0. Received "
                f"target {target}, weight {weight}. Use 0.05 and 1.0, for example."
            )
        self.target = target
        self.weight = weight
        self.built = True
        self.supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        values = ops.cast(inputs, dtype)
        mean = ops.mean(values, axis=tuple(range(values.ndim - 1)))
        mean = 1e-6 + (1 - 2e-6) * mean  # clipping would stop the gradients of dead units
        target = self.target
        apart = target * ops.log(target / mean) + (1 - target) * ops.log((1 - target) / (1 - mean))
        self.add_loss(self.weight * ops.sum(apart))
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> Config:
        return {**super().get_config(), "target": self.target, "weight": self.weight}
