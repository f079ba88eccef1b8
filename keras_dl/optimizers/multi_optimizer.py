"""Optimizer that applies several optimizers, each to a part of a model."""

from collections.abc import Mapping, Sequence
from typing import Self

import keras

from keras_dl.typing import Config, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class MultiOptimizer(keras.optimizers.Optimizer):
    """Applies several optimizers, each to its part of the model's trainable weights, in order.

    One `compile` and one `fit` can then train networks with different optimizers, such as the two
    networks of a GAN, and a checkpoint of the model contains the states of all optimizers. Each
    optimizer clips, decays and averages the weights of its own part.

    Args:
        optimizers: sequence of `keras.optimizers.Optimizer`, not used elsewhere.
        sizes: sequence of ints. Number of trainable weights that each optimizer updates, in order.

    Raises:
        ValueError: if `optimizers` and `sizes` differ in length, or an optimizer is repeated; in
            `build`, if `sizes` do not add up to the number of weights.

    Example:
    >>> first, second = keras.optimizers.SGD(1.0), keras.optimizers.SGD(0.1)
    >>> optimizer = MultiOptimizer([first, second], sizes=[1, 1])
    >>> weights = [keras.Variable(0.0), keras.Variable(0.0)]
    >>> optimizer.apply([keras.ops.ones(()), keras.ops.ones(())], weights)
    >>> [round(float(weight.numpy()), 2) for weight in weights]
    [-1.0, -0.1]
    """

    def __init__(
        self,
        optimizers: Sequence[keras.optimizers.Optimizer],
        sizes: Sequence[int],
        name: str = "multi_optimizer",
    ) -> None:
        super().__init__(learning_rate=0.0, name=name)
        self.optimizers = [keras.optimizers.get(optimizer) for optimizer in optimizers]
        self.sizes = list(sizes)
        apart = len({id(optimizer) for optimizer in self.optimizers})
        if not len(self.optimizers) == len(self.sizes) == apart or apart == 0:
            raise ValueError(
                "MultiOptimizer: optimizers and sizes must have the same length, and the "
                f"optimizers must be distinct. Received {len(self.optimizers)} optimizers, {apart} "
                f"of them distinct, sizes {self.sizes}. Pass one optimizer and one size for each "
                "part of the model."
            )

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Creates the variables of all optimizers."""
        if self.built:
            return
        for optimizer, share in zip(self.optimizers, self._shares(variables), strict=True):
            optimizer.build(share)
        super().build(variables)  # registers them, for JAX

    @property
    def variables(self) -> list[keras.Variable]:
        """The step count, followed by the variables of all optimizers."""
        return [*super().variables, *(v for each in self.optimizers for v in each.variables)]

    @property
    def learning_rate(self) -> Tensor:
        """Learning rate of the first optimizer; setting it sets the rate of all optimizers."""
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(
        self, learning_rate: float | Tensor | keras.optimizers.schedules.LearningRateSchedule
    ) -> None:
        for optimizer in self.optimizers:
            optimizer.learning_rate = learning_rate

    def apply(
        self,
        grads: Sequence[Tensor | None],
        trainable_variables: Sequence[keras.Variable] | None = None,
    ) -> None:
        """Updates the weights; see `keras.optimizers.Optimizer.apply`."""
        if trainable_variables is not None:
            self.build(trainable_variables)
            shares = self._shares(trainable_variables)
        else:
            shares = [None] * len(self.optimizers)
        parts = zip(self.optimizers, self._shares(grads), shares, strict=True)
        for optimizer, gradients, weights in parts:
            optimizer.apply(gradients, weights)
        self.iterations.assign_add(1)

    def finalize_variable_values(self, var_list: Sequence[keras.Variable]) -> None:
        """Replaces weights with their averages, if an optimizer keeps averages."""
        for optimizer, share in zip(self.optimizers, self._shares(var_list), strict=True):
            optimizer.finalize_variable_values(share)

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        serialized = [keras.saving.serialize_keras_object(each) for each in self.optimizers]
        return {"name": self.name, "optimizers": serialized, "sizes": self.sizes}

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: Mapping[str, object] | None = None
    ) -> Self:
        """Creates an optimizer from its config."""
        optimizers = [
            keras.saving.deserialize_keras_object(each, custom_objects=custom_objects)
            for each in config["optimizers"]
        ]
        return cls(**{**config, "optimizers": optimizers})

    def _shares(self, values):
        values = list(values)
        if len(values) != sum(self.sizes):
            raise ValueError(
                "MultiOptimizer: sizes must add up to the number of trainable weights. Received "
                f"sizes {self.sizes}, {len(values)} weights. Pass len(part.trainable_weights) for "
                "each part of the model."
            )
        ends = [sum(self.sizes[: index + 1]) for index in range(len(self.sizes))]
        return [values[end - size : end] for end, size in zip(ends, self.sizes, strict=True)]
