"""A net that learns a distribution of pictures: codes are drawn, and pictures from codes."""

import math

import keras
from keras import ops

from keras_dl.layers import GaussianSampling
from keras_dl.metrics import ActiveUnits

_ROWS = 2_000  # codes that the bound decodes at a time


@keras.saving.register_keras_serializable(package="keras_dl")
class VariationalAutoencoder(keras.Model):
    """Maximises a bound on the likelihood of its inputs, the ELBO, in nats.

    `ELBO(x) = E[log p(x | z)] - KL(q(z | x), p(z))`, where z is drawn from q, a normal distribution
    with the mean and the variance that the encoder gives, p(z) is the standard normal one, and
    p(x | z) gives each input, 0 or 1, the probability that the decoder's logit says. Inputs between
    0 and 1 are no draws of such a distribution: draw them (`x > uniform noise`, anew in each epoch)
    before they come here, else the ELBO is not that of anything.

    `fit(x)` and `evaluate(x)` need no targets and no loss; the loss is the mean of -ELBO. Both
    report `elbo`, `reconstruction` (-log p(x | z), summed over the inputs), `kl` and `active_units`
    (`metrics.ActiveUnits`). `evaluate` draws one z for each input, as `fit` does.

    Args:
        encoder: keras.Model from inputs to a pair of means and logarithms of variances, each
            `(batch, latents)`.
        decoder: keras.Model from `(batch, latents)` to logits of the shape of the inputs.
        seed: int or None. Seed of the draws.

    Call arguments:
        inputs: float `(batch, ...)`, 0 or 1.

    Returns:
        dict of float32: `"logits"` of the shape of the inputs, from a z that was drawn; `"mean"`
        and `"log_var"` of q, `(batch, latents)`; and `"z"`.

    Reference: Kingma & Welling 2014, arXiv:1312.6114; Burda, Grosse & Salakhutdinov 2016,
    arXiv:1509.00519, for the importance-weighted bound and active units.
    """

    def __init__(self, encoder, decoder, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.seed = seed
        self.sampling = GaussianSampling(inference="sample", seed=seed, name="sampling")
        self._means = [keras.metrics.Mean(name=name) for name in ("elbo", "reconstruction", "kl")]
        self._active = ActiveUnits(name="active_units")
        self.build((None, *encoder.input_shape[1:]))

    def build(self, inputs_shape):
        """Makes the variables of the metrics; those of the nets are there."""
        self._active.build((None, *self.decoder.input_shape[1:]))
        self.built = True

    def call(self, inputs, training=None):
        """Encodes, draws and decodes."""
        mean, log_var = self.encoder(inputs, training=training)
        z = self.sampling(mean, log_var, training=training)
        logits = ops.cast(self.decoder(z, training=training), "float32")
        return {"logits": logits, "mean": mean, "log_var": log_var, "z": z}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Returns the mean of -ELBO, and what layers add to it."""
        reconstruction = -_log_likelihood(x, y_pred["logits"])
        kl = GaussianSampling.kl_divergence(
            *(ops.cast(y_pred[name], "float32") for name in ("mean", "log_var"))
        )
        loss = reconstruction + kl
        for metric, values in zip(self._means, (-loss, reconstruction, kl), strict=True):
            metric.update_state(values, sample_weight)
        self._active.update_state(y_pred["mean"], sample_weight)
        if sample_weight is not None:
            loss = loss * ops.cast(sample_weight, loss.dtype)
        return ops.mean(loss) + sum(self.losses)

    def log_weights(self, inputs, mean, log_var, noise):
        """Returns `log p(x, z) - log q(z | x)` for `z = mean + exp(log_var / 2) * noise`.

        Args:
            inputs: float `(batch, ...)`, 0 or 1.
            mean, log_var: float32 `(batch, latents)`, as the encoder gives them.
            noise: float32 `(samples, batch, latents)`, standard normal.

        Returns:
            float32 `(samples, batch)`, in nats.
        """
        z = mean + ops.exp(log_var / 2) * noise
        logits = self.decoder(ops.reshape(z, (-1, mean.shape[-1])), training=False)
        samples = ops.shape(noise)[:1]
        logits = ops.reshape(ops.cast(logits, "float32"), (*samples, *ops.shape(inputs)))
        # The constants of the two normal distributions are the same.
        prior = -0.5 * ops.sum(ops.square(z), axis=-1)
        posterior = -0.5 * ops.sum(ops.square(noise) + log_var, axis=-1)
        return _log_likelihood(inputs, logits, batch_axes=2) + prior - posterior

    def importance_weighted_bound(self, inputs, samples=5000, batch_size=100, verbose="auto"):
        """Returns a tighter bound on log p(x) than the ELBO, in nats.

        `E[log mean of p(x, z_k) / q(z_k | x)]` over `samples` draws z_k: not above log p(x), and
        not below the ELBO, which it is with one draw.

        Args:
            inputs: float array `(n, ...)`, 0 or 1.
            samples: int. Draws for each input.
            batch_size: int. Inputs that are worked on at a time.
            verbose: as in `keras.Model.predict`.

        Returns:
            float32 array `(n,)`.

        Raises:
            ValueError: if `samples` is less than 1.
        """
        if samples < 1:
            raise ValueError(
                f"importance_weighted_bound: samples must be at least 1. Received {samples}. 5000 "
                "is usual."
            )
        return _Bound(self, samples).predict(inputs, batch_size=batch_size, verbose=verbose)

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Returns the model that `get_config` describes."""
        nets = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects=custom_objects)
            for name in ("encoder", "decoder")
        }
        return cls(**{**config, **nets})


class _Bound(keras.Model):
    """The bound as a model, so that `predict` compiles it and goes through the inputs."""

    def __init__(self, model, samples):
        super().__init__(name="importance_weighted_bound")
        self._model = model
        self._samples = samples

    def call(self, inputs):
        mean, log_var = (ops.cast(each, "float32") for each in self._model.encoder(inputs))
        batch = inputs.shape[0] or 1
        chunk = max(1, min(self._samples, _ROWS // batch))
        chunks, rest = divmod(self._samples, chunk)

        def draw(count):
            shape = (count, *ops.shape(mean))
            noise = keras.random.normal(shape, seed=self._model.sampling.seed_generator)
            weights = self._model.log_weights(inputs, mean, log_var, noise)
            return ops.logsumexp(weights, axis=0)

        def more(_, total):
            return ops.logaddexp(total, draw(chunk))

        total = ops.full(ops.shape(mean)[:1], -math.inf)
        if rest:
            total = draw(rest)
        total = ops.fori_loop(0, chunks, more, total)
        return total - math.log(self._samples)


def variational_autoencoder(
    input_shape, latent_units, *, units=(200, 200), filters=(), activation="tanh", seed=None
):
    """Builds a variational autoencoder of dense layers, on top of convolutions if wanted.

    The decoder is the encoder backwards. Each of the convolutions, of 3 x 3, halves height and
    width.

    Args:
        input_shape: tuple. Shape of an example; with `filters` `(height, width, channels)`, whose
            sides the convolutions can halve without a rest.
        latent_units: int. Size of the code.
        units: sequence of ints. Sizes of the dense layers of the encoder, the lowest first.
        filters: sequence of ints. Filters of the convolutions below them.
        activation: str. Activation of all of them.
        seed: int or None. Seed of the draws.

    Returns:
        `VariationalAutoencoder`.

    Raises:
        ValueError: if a size is not positive, or sides can't be halved.

    Reference: as `VariationalAutoencoder`.
    """
    _check(input_shape, latent_units, units, filters)
    values = inputs = keras.Input(input_shape, name="inputs")
    for place, size in enumerate(filters):
        values = keras.layers.Conv2D(
            size, 3, 2, "same", activation=activation, name=f"convolution_{place}"
        )(values)
    shape = values.shape[1:]
    values = keras.layers.Flatten(name="flat")(values)
    for place, size in enumerate(units):
        values = keras.layers.Dense(size, activation, name=f"encoder_{place}")(values)
    # The distribution starts as the standard normal one nearly, whatever the inputs.
    heads = [
        keras.layers.Dense(
            latent_units,
            dtype="float32",
            kernel_initializer=keras.initializers.VarianceScaling(scale),
            name=name,
        )(values)
        for name, scale in (("mean", 1.0), ("log_var", 0.01))
    ]
    encoder = keras.Model(inputs, heads, name="encoder")
    decoder = _decoder(input_shape, latent_units, units[::-1], filters, shape, activation)
    return VariationalAutoencoder(encoder, decoder, seed, name="variational_autoencoder")


def _decoder(input_shape, latent_units, units, filters, shape, activation):
    values = inputs = keras.Input((latent_units,), name="z")
    for place, size in enumerate(units):
        values = keras.layers.Dense(size, activation, name=f"decoder_{place}")(values)
    if not filters:
        values = keras.layers.Dense(math.prod(input_shape), dtype="float32", name="logits")(values)
        outputs = keras.layers.Reshape(input_shape, name="shaped")(values)
        return keras.Model(inputs, outputs, name="decoder")
    values = keras.layers.Dense(math.prod(shape), activation, name="widened")(values)
    values = keras.layers.Reshape(shape, name="shaped")(values)
    for place, size in enumerate(filters[-2::-1]):
        values = keras.layers.Conv2DTranspose(
            size, 3, 2, "same", activation=activation, name=f"transposed_{place}"
        )(values)
    outputs = keras.layers.Conv2DTranspose(
        input_shape[-1], 3, 2, "same", dtype="float32", name="logits"
    )(values)
    return keras.Model(inputs, outputs, name="decoder")


def _log_likelihood(inputs, logits, batch_axes=1):
    """Returns the log of the probability of inputs, 0 or 1, summed over all but the batch."""
    inputs = ops.cast(inputs, logits.dtype)
    axes = tuple(range(batch_axes, len(logits.shape)))
    return ops.sum(inputs * logits - ops.softplus(logits), axis=axes)


def _check(input_shape, latent_units, units, filters):
    if min([*input_shape, latent_units, *units, *filters]) < 1:
        raise ValueError(
            "variational_autoencoder: all sizes must be positive. Received input_shape "
            f"{tuple(input_shape)}, latent_units {latent_units}, units {tuple(units)}, filters "
            f"{tuple(filters)}. Leave a layer out rather than empty."
        )
    halvings = 2 ** len(filters)
    if filters and (len(input_shape) != 3 or any(side % halvings for side in input_shape[:2])):
        raise ValueError(
            "variational_autoencoder: filters need inputs (height, width, channels) whose sides "
            f"are multiples of {halvings}. Received {tuple(input_shape)}. Give fewer filters, or "
            "pad the pictures."
        )
