"""Generative adversarial network (GAN)."""

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
    """Generative adversarial network that trains a generator G against a discriminator D.

    With D(x) the probability that x is real, D maximizes

    `V = mean log D(x) + mean log(1 - D(G(z)))`.

    G minimizes V (`"minimax"`), or maximizes `mean log D(G(z))` (`"non_saturating"`), whose
    gradient does not vanish while D still detects all generated examples. Both are updated at the
    same time, with the same z. The loss of G has no gradient with respect to D, nor the loss of D
    with respect to G. One loss and one `fit(x)` therefore train both networks, each with its own
    optimizer.

    The metrics are `value` (V: -log 4 if D cannot distinguish real from generated examples, 0 if it
    always can), `generator_loss` and `diversity`: the mean distance between a generated example and
    its nearest neighbor in the batch, divided by the same distance for real examples. If it is near
    0, the generator repeats one or a few examples.

    Args:
        generator: keras.Model from noise `(batch, latent_dim)` to examples.
        discriminator: keras.Model from examples to logits `(batch, 1)`. It receives real and
            generated examples in separate batches.
        objective: `"non_saturating"` or `"minimax"`.
        seed: int or None. Seed of the noise.

    Call arguments:
        inputs: float `(batch, ...)`, real examples.

    Returns:
        float32 `(batch, 1)`: logits of the probability that an example is real.

    Raises:
        ValueError: if `objective` is unknown, or the shapes of the models do not match; in
            training, if the discriminator adds losses other than weight regularizers.

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
        outputs, inputs = generator.output_shape[1:], discriminator.input_shape[1:]
        if objective not in _OBJECTIVES or outputs != inputs:
            raise ValueError(
                f"GAN: objective must be one of {_OBJECTIVES}, and the input shape of "
                "discriminator must equal the output shape of generator. Received "
                f"objective {objective!r}, input shape {inputs}, output shape {outputs}. Build "
                "both networks for examples of the same shape."
            )
        self.generator = generator
        self.discriminator = discriminator
        self.objective = objective
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        names = ("value", "generator_loss", "diversity")
        self._means = [keras.metrics.Mean(name=name) for name in names]
        self(keras.Input(inputs))  # `export` needs a model that was called

    def compile(
        self,
        generator_optimizer: str | keras.optimizers.Optimizer,
        discriminator_optimizer: str | keras.optimizers.Optimizer,
        **options: bool | int | str,
    ) -> None:
        """Configures the model for training, like `keras.Model.compile`.

        Args:
            generator_optimizer: `keras.optimizers.Optimizer` or its name.
            discriminator_optimizer: another `keras.optimizers.Optimizer` or its name.
            **options: `jit_compile`, `steps_per_execution` and `run_eagerly` of
                `keras.Model.compile`.
        """
        optimizers = generator_optimizer, discriminator_optimizer
        sizes = [len(net.trainable_weights) for net in (self.generator, self.discriminator)]
        super().compile(MultiOptimizer(optimizers, sizes), **options)

    def compile_from_config(self, config: Config) -> None:
        """Compiles the model with the result of `get_compile_config`."""
        config = keras.saving.deserialize_keras_object(config)
        options = {name: config[name] for name in _OPTIONS}
        self.compile(*config["optimizer"].optimizers, **options)
        self.optimizer.build(self.trainable_variables)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Returns the discriminator's logits."""
        return ops.cast(self.discriminator(inputs, training=training), "float32")

    def generate(self, count: int | Tensor, training: bool = False) -> Tensor:
        """Generates examples from new noise, `(count, ...)`."""
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
        """Returns the sum of both losses; each has gradients only for its own network.

        Sample weights are rejected, because generated examples have none.
        """
        if sample_weight is not None:
            raise ValueError(
                "GAN: sample_weight must be None, because generated examples have no weights. "
                "Received sample weights. Repeat examples in the data to increase their weight."
            )
        # Each call clears the losses of the previous call, so they would not be counted reliably.
        of_weights = sum(weight.regularizer is not None for weight in self.trainable_weights)
        if len(self.losses) > of_weights:
            raise ValueError(
                "GAN: discriminator must not add losses that depend on its inputs. Received "
                f"{len(self.losses) - of_weights} such losses. Use weight regularizers instead of "
                "activity regularizers."
            )
        generated = self.generate(ops.shape(x)[0], training=training)
        logits = self.call(ops.stop_gradient(generated), training=training)
        value = -ops.mean(ops.softplus(-y_pred)) - ops.mean(ops.softplus(logits))
        judged = self._judge(generated, training)
        if self.objective == "minimax":
            generator_loss = -ops.mean(ops.softplus(judged))
        else:
            generator_loss = ops.mean(ops.softplus(-judged))
        diversity = _apart(generated) / ops.maximum(_apart(x), 1e-7)
        results = (value, generator_loss, diversity)
        for metric, result in zip(self._means, results, strict=True):
            metric.update_state(result)
        return device_share(generator_loss - value + sum(self.losses))

    def _judge(self, generated, training):
        """Returns logits with gradients for the generated examples, but not the discriminator."""
        net = self.discriminator
        fixed = [ops.stop_gradient(weight.value) for weight in net.trainable_variables]
        others = [weight.value for weight in net.non_trainable_variables]
        logits, _ = net.stateless_call(fixed, others, generated, training=training)
        return ops.cast(logits, "float32")

    def get_config(self) -> Config:
        """Returns the config of the model."""
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
        """Creates a model from its config."""
        nets = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects=custom_objects)
            for name in ("generator", "discriminator")
        }
        return cls(**{**config, **nets})


def _apart(examples):
    """Returns the mean distance of an example to its nearest neighbor in the batch."""
    rows = ops.stop_gradient(
        ops.cast(ops.reshape(examples, (ops.shape(examples)[0], -1)), "float32")
    )
    rows = rows - ops.mean(rows, axis=0)  # far from zero, rounding would hide small distances
    lengths = ops.sum(ops.square(rows), axis=1)
    squares = lengths[:, None] + lengths - 2 * ops.matmul(rows, ops.transpose(rows))
    itself = ops.eye(ops.shape(rows)[0]) * 2 * ops.max(squares)
    return ops.mean(ops.sqrt(ops.maximum(ops.min(squares + itself, axis=1), 0.0)))
