"""Variational autoencoder (VAE)."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Self, cast

import keras
import numpy as np
from keras import ops

from keras_dl.layers.gaussian_sampling import GaussianSampling
from keras_dl.losses.device_share import device_share
from keras_dl.metrics.active_units import ActiveUnits
from keras_dl.typing import Config, Tensor

_ROWS = 2_000  # maximum number of latent vectors that the bound decodes at a time


@keras.saving.register_keras_serializable(package="keras_dl")
class VariationalAutoencoder(keras.Model):
    """Variational autoencoder that maximizes the ELBO, a bound on the log-likelihood, in nats.

    `ELBO(x) = E[log p(x | z)] - KL(q(z | x), p(z))`, where z is drawn from q, a normal distribution
    with the encoder's mean and variance, and p(z) is the standard normal distribution. p(x | z) is
    a Bernoulli distribution of inputs 0 or 1, with the decoder's logits. For inputs between 0 and 1
    the ELBO is not a likelihood bound: binarize them randomly first (`x > uniform noise`, with new
    noise in each epoch).

    `fit(x)` and `evaluate(x)` need no targets and no loss; the loss is the mean of -ELBO. Metrics
    are `elbo`, `reconstruction` (-log p(x | z), summed over the inputs), `kl` and `active_units`
    (`metrics.ActiveUnits`). `evaluate` and `predict` draw one z for each input, like `fit`; the
    `encoder` returns the means without sampling. `importance_weighted_bound` is a tighter bound.

    Args:
        encoder: keras.Model from inputs to a pair of means and logarithms of variances, each
            `(batch, latents)`.
        decoder: keras.Model from `(batch, latents)` to logits of the shape of the inputs.
        seed: int or None. Seed of the sampling.

    Call arguments:
        inputs: float `(batch, ...)`, 0 or 1.

    Returns:
        dict of float32: `"logits"` of the shape of the inputs, for the sampled z; `"mean"` and
        `"log_var"` of q, `(batch, latents)`; and `"z"`.

    Reference: Kingma & Welling 2014, arXiv:1312.6114; Burda, Grosse & Salakhutdinov 2016,
    arXiv:1509.00519, for the importance-weighted bound and active units.
    """

    def __init__(
        self, encoder: keras.Model, decoder: keras.Model, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.seed = seed
        self.sampling = GaussianSampling(inference="sample", seed=seed, name="sampling")
        self._means = [keras.metrics.Mean(name=name) for name in ("elbo", "reconstruction", "kl")]
        self._active = ActiveUnits(name="active_units")
        self._active.build(decoder.input_shape)
        self(keras.Input(encoder.input_shape[1:]))  # `export` needs a model that was called

    def call(self, inputs: Tensor, training: bool | None = None) -> dict[str, Tensor]:
        """Encodes, samples and decodes."""
        mean, log_var = self.encoder(inputs, training=training)
        z = self.sampling(mean, log_var, training=training)
        logits = ops.cast(self.decoder(z, training=training), "float32")
        return {"logits": logits, "mean": mean, "log_var": log_var, "z": z}

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor | None = None,
        y_pred: dict[str, Tensor] | None = None,
        sample_weight: Tensor | dict[str, Tensor] | None = None,
        training: bool = True,
    ) -> Tensor:
        """Returns the mean of -ELBO plus the losses of layers."""
        if isinstance(sample_weight, dict):  # Keras may pass a weight for each output
            sample_weight = sample_weight["logits"]
        outputs = cast(dict[str, Tensor], y_pred)  # Keras always passes it
        reconstruction = -_log_likelihood(x, outputs["logits"])
        kl = GaussianSampling.kl_divergence(
            *(ops.cast(outputs[name], "float32") for name in ("mean", "log_var"))
        )
        loss = reconstruction + kl
        for metric, values in zip(self._means, (-loss, reconstruction, kl), strict=True):
            metric.update_state(values, sample_weight)
        self._active.update_state(outputs["mean"], sample_weight)
        if sample_weight is not None:
            loss = loss * ops.cast(sample_weight, loss.dtype)
        return device_share(ops.mean(loss) + sum(self.losses))

    def evaluate(
        self,
        x: Tensor | Iterable[Tensor] | None = None,
        *args: object,
        samples: int = 0,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> list[float] | dict[str, float]:
        """Evaluates like `keras.Model.evaluate`; `samples` adds a tighter bound on log p(x).

        Args:
            x: as in `keras.Model.evaluate`; with `samples`, an array.
            *args: as in `keras.Model.evaluate`.
            samples: int. Number of samples for `importance_weighted_bound`. Its mean over all
                inputs, without sample weights, is reported last, as `bound`. With 0, no bound is
                computed.
            return_dict: as in `keras.Model.evaluate`.
            **kwargs: as in `keras.Model.evaluate`.
        """
        report = super().evaluate(x, *args, return_dict=return_dict, **kwargs)
        if not samples:
            return report
        verbose: Literal[0, 1] = 0 if kwargs.get("verbose") == 0 else 1
        bound = float(self.importance_weighted_bound(x, samples, verbose=verbose).mean())
        return {**report, "bound": bound} if return_dict else [*report, bound]

    def log_weights(self, inputs: Tensor, mean: Tensor, log_var: Tensor, noise: Tensor) -> Tensor:
        """Returns `log p(x, z) - log q(z | x)` for `z = mean + exp(log_var / 2) * noise`.

        Args:
            inputs: float `(batch, ...)`, 0 or 1.
            mean: float32 `(batch, latents)`, from the encoder.
            log_var: float32 `(batch, latents)`, from the encoder.
            noise: float32 `(samples, batch, latents)`, standard normal.

        Returns:
            float32 `(samples, batch)`, in nats.
        """
        z = mean + ops.exp(log_var / 2) * noise
        logits = self.decoder(ops.reshape(z, (-1, mean.shape[-1])), training=False)
        samples = ops.shape(noise)[:1]
        logits = ops.reshape(ops.cast(logits, "float32"), (*samples, *ops.shape(inputs)))
        # The constants of the two normal distributions cancel.
        prior = -0.5 * ops.sum(ops.square(z), axis=-1)
        posterior = -0.5 * ops.sum(ops.square(noise) + log_var, axis=-1)
        return _log_likelihood(inputs, logits, batch_axes=2) + prior - posterior

    def bounds(
        self,
        inputs: Tensor,
        draws: int | Tensor,
        noise: Callable[[tuple[int | Tensor, ...], Tensor], Tensor],
    ) -> dict[str, Tensor]:
        """Returns bounds on log p(x) from noise that the caller supplies, as exported models need.

        The draws are processed one after another, so memory does not grow with their number.

        Args:
            inputs: float `(batch, ...)`, each value 0 or 1.
            draws: int or int scalar tensor, at least 1.
            noise: function that takes a shape, `(1, batch, latents)`, and the index of a draw, an
                int scalar from 0, and returns standard normal values of this shape.

        Returns:
            dict of float32 `(batch,)`: `"elbo"` of the first draw, `"bound"` of all of them (see
            `importance_weighted_bound`) and `"kl"`; and `"mean"`, `(batch, latents)`.
        """
        mean, log_var = (ops.cast(each, "float32") for each in self.encoder(inputs, training=False))

        def log_weights(number):
            drawn = noise((1, *ops.shape(mean)), number)
            return self.log_weights(inputs, mean, log_var, drawn)[0]

        def add(number, total):
            return ops.logaddexp(total, log_weights(number))

        elbo = log_weights(ops.convert_to_tensor(0, "int32"))
        total = ops.fori_loop(1, draws, add, elbo)
        return {
            "elbo": elbo,
            "bound": total - ops.log(ops.cast(draws, "float32")),
            "kl": GaussianSampling.kl_divergence(mean, log_var),
            "mean": mean,
        }

    def importance_weighted_bound(
        self, inputs: Tensor, samples: int = 5000, batch_size: int = 100, verbose: Literal[0, 1] = 1
    ) -> np.ndarray:
        """Returns a tighter bound on log p(x) than the ELBO, in nats.

        The bound is `E[log mean of p(x, z_k) / q(z_k | x)]` with `samples` draws z_k. It is at most
        log p(x) and at least the ELBO, and equals the ELBO for one draw.

        Args:
            inputs: float array `(n, ...)`, 0 or 1.
            samples: int. Number of draws for each input.
            batch_size: int. Number of inputs processed at a time.
            verbose: 0, or 1 for a progress bar.

        Returns:
            float32 array `(n,)`.

        Raises:
            ValueError: if `samples` is less than 1 or there are no inputs.
        """
        inputs = np.asarray(inputs, "float32")
        if samples < 1 or not len(inputs):
            raise ValueError(
                "importance_weighted_bound: samples and the number of inputs must be at least 1. "
                f"Received {samples}, {len(inputs)} inputs. Use 5000 samples, for example."
            )
        at_once = max(1, min(samples, _ROWS // batch_size))
        counts = [at_once] * (samples // at_once)
        counts += [samples % at_once] if samples % at_once else []
        draws = {count: _Draws(self, count) for count in set(counts)}
        bounds = []
        progress = keras.utils.Progbar(len(inputs), verbose=verbose)
        for start in range(0, len(inputs), batch_size):
            batch = inputs[start : start + batch_size]
            parts = [draws[count].predict_on_batch(batch) for count in counts]
            bounds.append(np.logaddexp.reduce(parts, axis=0) - math.log(samples))
            progress.update(start + len(batch))
        return np.concatenate(bounds)

    def get_config(self) -> Config:
        """Returns the config of the model."""
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "seed": self.seed,
        }

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: Mapping[str, object] | None = None
    ) -> Self:
        """Creates a model from its config."""
        nets = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects=custom_objects)
            for name in ("encoder", "decoder")
        }
        return cls(**{**config, **nets})


class _Draws(keras.Model):
    """Log of the sum of the weights of several draws, as a model so that Keras compiles it."""

    def __init__(self, model, samples):
        super().__init__(name="draws")
        self._autoencoder = model
        self._samples = samples

    def call(self, inputs):
        mean, log_var = (ops.cast(each, "float32") for each in self._autoencoder.encoder(inputs))
        shape = (self._samples, *ops.shape(mean))
        noise = keras.random.normal(shape, seed=self._autoencoder.sampling.seed_generator)
        return ops.logsumexp(self._autoencoder.log_weights(inputs, mean, log_var, noise), axis=0)


def _log_likelihood(inputs, logits, batch_axes=1):
    """Returns the log-probability of inputs, 0 or 1, summed over all axes but the batch."""
    inputs = ops.cast(inputs, logits.dtype)
    axes = tuple(range(batch_axes, len(logits.shape)))
    return ops.sum(inputs * logits - ops.softplus(logits), axis=axes)
