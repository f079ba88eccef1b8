"""Adam with the gradient clipped by its global norm, and how often that happened."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_dl.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class ClippedAdam(keras.optimizers.Adam):
    """Adam that scales the whole gradient down to `global_clipnorm` where it is longer.

    `g <- g * min(1, global_clipnorm / |g|)`, with |g| over all weights together and after loss
    scaling is undone. Counts the steps that did so in `clipped_steps` of `applied_steps`, which
    `ClippedShare` reports; steps that loss scaling skips do not count.

    Rows of an embedding that a batch uses several times count with the sum of their gradients.
    `keras.optimizers.Adam` on TensorFlow squares the parts one by one instead, in the norm as well
    as in its second moment, and so clips too little and steps too far.

    Under `tf.distribute` each replica clips its part before the parts are added up, as in Keras,
    and the counts are the means of the replicas.

    Args:
        learning_rate: float or `keras.optimizers.schedules.LearningRateSchedule`.
        global_clipnorm: float. The longest gradient that passes as it is.
        name: str.
        **kwargs: as for `keras.optimizers.Adam`, without gradient accumulation.

    Raises:
        ValueError: if `global_clipnorm` is not positive, or gradients are to be accumulated.

    Example:
    >>> optimizer = ClippedAdam(1e-3, global_clipnorm=0.5)
    >>> weight = keras.Variable([0.0, 0.0])
    >>> optimizer.apply([ops.convert_to_tensor([3.0, 4.0])], [weight])
    >>> float(optimizer.clipped_steps), float(optimizer.applied_steps)
    (1.0, 1.0)

    Reference: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, section 3.2.
    """

    def __init__(
        self,
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 0.001,
        global_clipnorm: float = 1.0,
        name: str = "clipped_adam",
        **kwargs: Any,
    ) -> None:
        if not global_clipnorm > 0 or kwargs.get("gradient_accumulation_steps"):
            raise ValueError(
                "ClippedAdam: global_clipnorm must be positive and gradients not accumulated. "
                f"Received global_clipnorm {global_clipnorm}, gradient_accumulation_steps "
                f"{kwargs.get('gradient_accumulation_steps')}. Use keras.optimizers.Adam instead."
            )
        super().__init__(learning_rate, global_clipnorm=global_clipnorm, name=name, **kwargs)

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Makes the variables of the optimizer, the counts among them."""
        if self.built:
            return
        super().build(variables)
        self.clipped_steps, self.applied_steps = (
            self.add_variable((), dtype="float32", aggregation="mean", name=name)
            for name in ("clipped_steps", "applied_steps")
        )

    def apply(
        self,
        grads: Sequence[Tensor | None],
        trainable_variables: Sequence[keras.Variable] | None = None,
    ) -> None:
        """Updates the weights, as `keras.optimizers.Optimizer.apply`."""
        if keras.backend.backend() == "tensorflow":  # the others have gradients of all rows
            import tensorflow as tf

            grads = [
                tf.convert_to_tensor(g) if isinstance(g, tf.IndexedSlices) else g for g in grads
            ]
        super().apply(grads, trainable_variables)
        squares = [ops.sum(ops.square(ops.cast(g, "float32"))) for g in grads if g is not None]
        norm = ops.sqrt(sum(squares)) / (self.loss_scale_factor or 1.0)
        self.clipped_steps.assign_add(ops.cast(norm > self.global_clipnorm, "float32"))
        self.applied_steps.assign_add(1.0)
