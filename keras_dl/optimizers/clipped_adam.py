"""Adam with gradient clipping by global norm and a count of clipped steps."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_dl.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class ClippedAdam(keras.optimizers.Adam):
    """Adam with gradient clipping by global norm and a count of clipped steps.

    The gradient g is replaced by `g * min(1, global_clipnorm / |g|)`, where |g| is the norm over
    all weights together, after loss scaling is undone. `clipped_steps` counts the clipped steps and
    `applied_steps` all steps; the callback `ClippedShare` logs their ratio. Steps that loss scaling
    skips are not counted.

    If a batch uses a row of an embedding several times, its gradients are summed first.
    `keras.optimizers.Adam` on TensorFlow squares them separately instead, in the norm and in its
    second moment, and therefore clips too little and takes steps that are too large.

    Under `tf.distribute`, each replica clips its gradient before the gradients are summed, as in
    Keras, and the counts are averaged over the replicas.

    Args:
        learning_rate: float or `keras.optimizers.schedules.LearningRateSchedule`.
        global_clipnorm: float. Maximum norm of the gradient.
        name: str.
        **kwargs: as for `keras.optimizers.Adam`, without gradient accumulation.

    Raises:
        ValueError: if `global_clipnorm` is not positive, or `gradient_accumulation_steps` is set.

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
                "ClippedAdam: global_clipnorm must be positive, and gradient_accumulation_steps "
                f"must be None. Received global_clipnorm {global_clipnorm}, "
                f"gradient_accumulation_steps {kwargs.get('gradient_accumulation_steps')}. Correct "
                "them, or use keras.optimizers.Adam."
            )
        super().__init__(learning_rate, global_clipnorm=global_clipnorm, name=name, **kwargs)

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Creates the variables of the optimizer, including the counts."""
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
        """Updates the weights; see `keras.optimizers.Optimizer.apply`."""
        if keras.backend.backend() == "tensorflow":  # other backends have dense gradients
            import tensorflow as tf

            grads = [
                tf.convert_to_tensor(g) if isinstance(g, tf.IndexedSlices) else g for g in grads
            ]
        super().apply(grads, trainable_variables)
        squares = [ops.sum(ops.square(ops.cast(g, "float32"))) for g in grads if g is not None]
        norm = ops.sqrt(sum(squares)) / (self.loss_scale_factor or 1.0)
        self.clipped_steps.assign_add(ops.cast(norm > self.global_clipnorm, "float32"))
        self.applied_steps.assign_add(1.0)
