"""Restricted Boltzmann machine as a layer."""

from collections.abc import Callable
from typing import Any, Literal

import keras
from keras import ops

from keras_dl.layers.log_partition import free_sum, log_partition
from keras_dl.typing import Config, Initializer, Regularizer, Shape, Tensor

_KINDS = ("bernoulli", "gaussian")


@keras.saving.register_keras_serializable(package="keras_dl")
class RestrictedBoltzmannMachine(keras.layers.Layer):
    """Restricted Boltzmann machine that outputs the means of its hidden units.

    Visible units v have the probability `exp(-F(v)) / Z`. The free energy F, with weights W,
    visible biases b and hidden biases c, is

    `F(v) = visible(v) - sum over j of hidden(a_j)`, where `a = v W + c`,

    `visible(v) = -v b` for Bernoulli units and `|v - b|^2 / 2` for Gaussian units of variance 1,
    `hidden(a) = log(1 + exp(a))` for Bernoulli units and `(a^2 + log(2 pi)) / 2` for Gaussian ones.

    In training, the layer adds `mean F(v) - mean F(v')` to the losses. v' is sampled by `steps`
    steps of Gibbs sampling. Gradients do not flow through v', so the gradient of the loss is the
    contrastive divergence. `fit` trains the layer with any optimizer and without another loss. The
    Gibbs chain starts at the batch (CD-k) or, with `chains`, continues from the previous batch
    (persistent, PCD-k).

    Args:
        units: int. Number of hidden units.
        visible, hidden: `"bernoulli"` or `"gaussian"`, not both Gaussian. Types of the units.
        steps: int. Steps of Gibbs sampling per update.
        chains: int. Number of persistent chains, 0 for contrastive divergence.
        kernel_initializer: initializer of W, or None for a normal distribution of standard
            deviation 0.01.
        kernel_regularizer: regularizer of W, or None.
        seed: int or None. Random seed of weights and samples.

    Call arguments:
        inputs: float `(batch, inputs)`. For Bernoulli units, values or probabilities from 0 to 1.

    Returns:
        float `(batch, units)`: the means of the hidden units, which are `v W + c` for Gaussian
        units. The methods return means and samples in float32 or better.

    Raises:
        ValueError: if an argument is out of range.

    Example:
    >>> import numpy as np
    >>> machine = RestrictedBoltzmannMachine(2, kernel_initializer="zeros")
    >>> machine(np.ones((1, 3))).numpy().tolist(), round(float(machine.log_partition()), 4)
    ([[0.5, 0.5]], 3.4657)

    Reference: Hinton 2002, "Training products of experts by minimizing contrastive divergence";
    Tieleman 2008, "Training restricted Boltzmann machines using approximations to the likelihood
    gradient"; Hinton & Salakhutdinov 2006, "Reducing the dimensionality of data with neural
    networks", for Gaussian units.
    """

    def __init__(
        self,
        units: int,
        visible: Literal["bernoulli", "gaussian"] = "bernoulli",
        hidden: Literal["bernoulli", "gaussian"] = "bernoulli",
        steps: int = 1,
        chains: int = 0,
        kernel_initializer: Initializer | None = None,
        kernel_regularizer: Regularizer | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if {visible, hidden} - set(_KINDS) or visible == hidden == "gaussian":
            raise ValueError(
                "RestrictedBoltzmannMachine: visible and hidden must be 'bernoulli' or 'gaussian', "
                f"and not both Gaussian. Received visible {visible!r}, hidden {hidden!r}. Use "
                "Bernoulli hidden units with Gaussian visible units."
            )
        if units < 1 or steps < 1 or chains < 0:
            raise ValueError(
                "RestrictedBoltzmannMachine: units and steps must be at least 1, and chains at "
                f"least 0. Received units {units}, steps {steps}, chains {chains}. Use positive "
                "units, and the defaults of steps and chains."
            )
        self.units = units
        self.visible = visible
        self.hidden = hidden
        self.steps = steps
        self.chains = chains
        self.kernel_initializer = keras.initializers.get(
            kernel_initializer or keras.initializers.RandomNormal(stddev=0.01, seed=seed)
        )
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Shape) -> None:
        inputs = input_shape[-1]
        self.kernel = self.add_weight(
            (inputs, self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            name="kernel",
        )
        self.visible_bias = self.add_weight((inputs,), "zeros", name="visible_bias")
        self.hidden_bias = self.add_weight((self.units,), "zeros", name="hidden_bias")
        if self.chains:
            self.chain = self.add_weight(
                (self.chains, self.units),
                self._first_chain,
                trainable=False,
                autocast=False,
                name="chain",
            )

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        if training:
            fantasy = ops.stop_gradient(self._fantasy(inputs))
            apart = ops.mean(self.free_energy(inputs)) - ops.mean(self.free_energy(fantasy))
            self.add_loss(apart)
        return ops.cast(self.hidden_mean(inputs), self.compute_dtype)

    def free_energy(self, visible: Tensor) -> Tensor:
        """Returns F of visible units `(batch, inputs)` as `(batch,)`, in float32 or better."""
        visible, kernel, visible_bias, hidden_bias = self.precise(visible)
        if self.visible == "bernoulli":
            alone = -ops.matmul(visible, visible_bias)
        else:
            alone = 0.5 * ops.sum(ops.square(visible - visible_bias), axis=-1)
        return alone - free_sum(ops.matmul(visible, kernel) + hidden_bias, self.hidden)

    def log_partition(self) -> Tensor:
        """Returns the exact log Z, by enumerating all states of the visible or the hidden units.

        Raises:
            ValueError: unless the visible or the hidden units are Bernoulli and at most 20.
        """
        return log_partition(self)

    def pseudo_log_likelihood(self, visible: Tensor, flipped: Tensor) -> Tensor:
        """Estimates the log pseudo-likelihood from one unit of each example.

        The estimate is `inputs * log P(v_i | all others)`, where i is the flipped unit. Its mean
        over random i is the sum over all i. It works for machines of any size.

        Args:
            visible: float `(batch, inputs)`, 0 or 1, of Bernoulli units.
            flipped: int `(batch,)`. Index of the unit to flip in each example.

        Returns:
            float `(batch,)`.
        """
        inputs = self.kernel.shape[0]
        visible = ops.convert_to_tensor(visible)
        turn = ops.one_hot(flipped, inputs, dtype=visible.dtype)
        other = visible + turn * (1 - 2 * visible)
        return inputs * ops.log_sigmoid(self.free_energy(other) - self.free_energy(visible))

    def sample_hidden(self, visible: Tensor) -> Tensor:
        """Samples hidden units given the visible units, `(batch, units)`."""
        return self._draw(self.hidden_mean(visible), self.hidden)

    def sample_visible(self, hidden: Tensor) -> Tensor:
        """Samples visible units given the hidden units, `(batch, inputs)`."""
        return self._draw(self.visible_mean(hidden), self.visible)

    def sample(self, hidden: Tensor, uniform: Callable[[Tensor], Tensor], calls: int) -> Tensor:
        """Samples hidden units by Gibbs sampling from given random numbers, for exported models.

        Args:
            hidden: float `(batch, units)`, 0 or 1. Start of the chains.
            uniform: function that takes the index of its call, an int scalar from 0, and returns
                random numbers from 0 to 1, `(batch, steps, inputs + units)`, for `steps` Gibbs
                steps.
            calls: int. Number of calls of `uniform`.

        Returns:
            float `(batch, units)`, 0 or 1.

        Raises:
            ValueError: if the visible or the hidden units are Gaussian.
        """
        if self.visible != "bernoulli" or self.hidden != "bernoulli":
            raise ValueError(
                "sample: visible and hidden must be 'bernoulli'. Received visible "
                f"{self.visible!r}, hidden {self.hidden!r}. Use sample_visible and sample_hidden."
            )
        inputs = self.kernel.shape[0]

        def gibbs(number, hidden):
            chances = uniform(number)
            for step in range(chances.shape[1]):
                visible = chances[:, step, :inputs] < self.visible_mean(hidden)
                mean = self.hidden_mean(ops.cast(visible, hidden.dtype))
                hidden = ops.cast(chances[:, step, inputs:] < mean, hidden.dtype)
            return hidden

        return ops.fori_loop(0, calls, gibbs, ops.convert_to_tensor(hidden))

    def visible_mean(self, hidden: Tensor) -> Tensor:
        """Returns the means of the visible units given the hidden units, `(batch, inputs)`."""
        return self._mean(hidden, ops.transpose(self.kernel), self.visible_bias, self.visible)

    def hidden_mean(self, visible: Tensor) -> Tensor:
        """Returns the means of the hidden units given the visible units, `(batch, units)`."""
        return self._mean(visible, self.kernel, self.hidden_bias, self.hidden)

    def _mean(self, units, kernel, bias, kind):
        kernel = ops.convert_to_tensor(kernel)
        line = ops.matmul(ops.cast(units, kernel.dtype), kernel) + bias
        # Half precision is enough for the product, but sampling needs precise probabilities.
        line = ops.cast(line, keras.backend.result_type(self.compute_dtype, "float32"))
        return ops.sigmoid(line) if kind == "bernoulli" else line

    def _fantasy(self, inputs):
        """Returns the visible units at the end of the chain (fantasy particles)."""
        if self.chains:
            hidden = self.chain
            for _ in range(self.steps):
                visible = self.sample_visible(hidden)
                hidden = self.sample_hidden(visible)
            self.chain.assign(ops.cast(ops.stop_gradient(hidden), self.chain.dtype))
            return visible
        hidden = self.sample_hidden(inputs)
        for _ in range(self.steps - 1):
            hidden = self.sample_hidden(self.sample_visible(hidden))
        return self.visible_mean(hidden)  # less noisy than a sample

    def _draw(self, mean, kind):
        noise = {"shape": ops.shape(mean), "dtype": mean.dtype, "seed": self.seed_generator}
        if kind == "gaussian":
            return mean + keras.random.normal(**noise)
        return ops.cast(keras.random.uniform(**noise) < mean, mean.dtype)

    def _first_chain(self, shape, dtype):
        return ops.cast(keras.random.uniform(shape, seed=self.seed_generator) < 0.5, dtype)

    def precise(self, units: Tensor) -> list[Tensor]:
        """Returns units, kernel, visible biases and hidden biases in float32 or better."""
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        weights = self.kernel, self.visible_bias, self.hidden_bias
        return [ops.cast(values, dtype) for values in (units, *weights)]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> Config:
        names = ("units", "visible", "hidden", "steps", "chains", "seed")
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names},
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }
