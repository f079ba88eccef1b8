"""Two nets: one makes images out of noise, the other tells them from real ones."""

from collections.abc import Mapping
from typing import Any, Literal, Self

import keras
from keras import ops

from keras_dl.losses.device_share import device_share
from keras_dl.optimizers.multi_optimizer import MultiOptimizer
from keras_dl.typing import Config, Tensor

_OBJECTIVES = ("non_saturating", "minimax")
_OPTIONS = ("jit_compile", "steps_per_execution", "run_eagerly")


@keras.saving.register_keras_serializable(package="keras_dl")
class GAN(keras.Model):
    """Trains a generator G and a discriminator D against each other.

    With D(x) the probability that x is real, D maximizes

    `V = mean log D(x) + mean log(1 - D(G(z)))`.

    G minimizes V (`"minimax"`), or maximizes `mean log D(G(z))` (`"non_saturating"`), whose
    gradient does not vanish while D still sees through all that G makes. Both take their step at
    the same time, from the same z: no gradient of D goes into the loss of G, and none of G into
    that of D, so that one loss and one `fit(x)` train both, with an optimizer each.

    Reports `value` (V: -log 4 if D can't tell them apart, 0 if it always does), `generator_loss`,
    and `diversity`, how far a made example is from the nearest other one of its batch, by the same
    of real ones: near 0, the generator makes one example or a few again and again.

    Args:
        generator: keras.Model from noise `(batch, latent_dim)` to examples.
        discriminator: keras.Model from examples to logits `(batch, 1)`. It sees real and made ones
            in batches of their own.
        objective: `"non_saturating"` or `"minimax"`.
        seed: int or None. Seed of the noise.

    Call arguments:
        inputs: float `(batch, ...)`, real examples.

    Returns:
        float32 `(batch, 1)`: logits of being real.

    Raises:
        ValueError: if `objective` is another one, or the nets don't fit; in training, if layers of
            the discriminator add losses of what they see (those of weights count).

    Reference: Goodfellow et al. 2014, arXiv:1406.2661.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        objective: Literal["non_saturating", "minimax"] = "non_saturating",
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        made, seen = generator.output_shape[1:], discriminator.input_shape[1:]
        if objective not in _OBJECTIVES or made != seen:
            raise ValueError(
                f"GAN: objective must be one of {_OBJECTIVES}, and the input "
                f"shape of discriminator the output shape of generator. Received {objective!r}, "
                f"{seen}, {made}. Build both networks for the same images."
            )
        self.generator = generator
        self.discriminator = discriminator
        self.objective = objective
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        names = ("value", "generator_loss", "diversity")
        self._means = [keras.metrics.Mean(name=name) for name in names]
        self(keras.Input(seen))  # for `export`, which wants a model that ran

    def compile(
        self,
        generator_optimizer: str | keras.optimizers.Optimizer,
        discriminator_optimizer: str | keras.optimizers.Optimizer,
        **options: bool | int | str,
    ) -> None:
        """Configures the training, as `keras.Model.compile`.

        Args:
            generator_optimizer: `keras.optimizers.Optimizer` or its name.
            discriminator_optimizer: the same; another object.
            **options: `jit_compile`, `steps_per_execution` and `run_eagerly`, as there.
        """
        optimizers = generator_optimizer, discriminator_optimizer
        sizes = [len(net.trainable_weights) for net in (self.generator, self.discriminator)]
        super().compile(MultiOptimizer(optimizers, sizes), **options)

    def compile_from_config(self, config: Config) -> None:
        """Compiles as `get_compile_config` describes it."""
        config = keras.saving.deserialize_keras_object(config)
        options = {name: config[name] for name in _OPTIONS}
        self.compile(*config["optimizer"].optimizers, **options)
        self.optimizer.build(self.trainable_variables)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Returns the discriminator's logits."""
        return ops.cast(self.discriminator(inputs, training=training), "float32")

    def generate(self, count: int | Tensor, training: bool = False) -> Tensor:
        """Makes examples of new noise, `(count, ...)`."""
        shape = (count, *self.generator.input_shape[1:])
        noise = keras.random.normal(shape, seed=self.seed_generator)
        return self.generator(noise, training=training)

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor | None = None,
        y_pred: Tensor = None,
        sample_weight: Tensor | None = None,
        training: bool = True,
    ) -> Tensor:
        """Returns the sum of both losses, each with gradients for its own net alone.

        Weights of examples have no meaning here, where half of them are made: they are refused.
        """
        if sample_weight is not None:
            raise ValueError(
                "GAN: sample_weight must be None, since made examples have none. "
                "Received weights. Repeat examples in the data that are to count more."
            )
        # Each look clears the losses of the one before, so that these would count at random.
        of_weights = sum(weight.regularizer is not None for weight in self.trainable_weights)
        if len(self.losses) > of_weights:
            raise ValueError(
                "GAN: layers of the discriminator must add no losses of what "
                f"they see. Received {len(self.losses) - of_weights} such losses. Regularize "
                "weights in place of activities."
            )
        made = self.generate(ops.shape(x)[0], training=training)
        logits = self.call(ops.stop_gradient(made), training=training)
        value = -ops.mean(ops.softplus(-y_pred)) - ops.mean(ops.softplus(logits))
        judged = self._judge(made, training)
        if self.objective == "minimax":
            generator_loss = -ops.mean(ops.softplus(judged))
        else:
            generator_loss = ops.mean(ops.softplus(-judged))
        diversity = _apart(made) / ops.maximum(_apart(x), 1e-7)
        figures = (value, generator_loss, diversity)
        for metric, figure in zip(self._means, figures, strict=True):
            metric.update_state(figure)
        return device_share(generator_loss - value + sum(self.losses))

    def _judge(self, made, training):
        """Returns logits whose gradient reaches what was made, but not the discriminator."""
        net = self.discriminator
        fixed = [ops.stop_gradient(weight.value) for weight in net.trainable_variables]
        others = [weight.value for weight in net.non_trainable_variables]
        logits, _ = net.stateless_call(fixed, others, made, training=training)
        return ops.cast(logits, "float32")

    def get_config(self) -> Config:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "objective": self.objective,
            "seed": self.seed,
        }

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: Mapping[str, object] | None = None
    ) -> Self:
        """Returns the model that `get_config` describes."""
        nets = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects=custom_objects)
            for name in ("generator", "discriminator")
        }
        return cls(**{**config, **nets})


def _apart(examples):
    """Returns the mean distance of an example to the nearest other one of the batch."""
    rows = ops.stop_gradient(
        ops.cast(ops.reshape(examples, (ops.shape(examples)[0], -1)), "float32")
    )
    rows = rows - ops.mean(rows, axis=0)  # or rounding hides what is close, far from zero
    lengths = ops.sum(ops.square(rows), axis=1)
    squares = lengths[:, None] + lengths - 2 * ops.matmul(rows, ops.transpose(rows))
    itself = ops.eye(ops.shape(rows)[0]) * 2 * ops.max(squares)
    return ops.mean(ops.sqrt(ops.maximum(ops.min(squares + itself, axis=1), 0.0)))
