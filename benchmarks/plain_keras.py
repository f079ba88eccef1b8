"""Models of benchmarks/generative_step.py in plain Keras, without keras_dl."""

import keras
import tensorflow as tf
from keras import layers, ops


def autoencoder(units):
    """Returns an autoencoder with 784 inputs and sigmoid layers."""
    sizes = [*units[:-1]]
    model = keras.Sequential([keras.Input((784,))])
    for size in sizes:
        model.add(layers.Dense(size, "sigmoid"))
    model.add(layers.Dense(units[-1]))
    for size in [*sizes[::-1], 784]:
        model.add(layers.Dense(size, "sigmoid"))
    return model


class Tied(keras.Model):
    """Autoencoder with one layer and its transposed weights as decoder."""

    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units)
        self.bias = self.add_weight(shape=(784,), initializer="zeros")

    def call(self, inputs):
        """Encodes and decodes."""
        latent = self.dense(inputs)
        return ops.sigmoid(ops.matmul(latent, ops.transpose(self.dense.kernel)) + self.bias)


class Contractive(keras.Model):
    """Contractive autoencoder with one layer and the closed-form Jacobian of sigmoids."""

    def __init__(self, units, contraction):
        super().__init__()
        self.encoder = layers.Dense(units, "sigmoid")
        self.decoder = layers.Dense(784, "sigmoid")
        self.contraction = contraction

    def call(self, inputs):
        """Encodes and decodes."""
        latent = self.encoder(inputs)
        slopes = ops.square(latent * (1 - latent))
        norms = ops.sum(ops.square(self.encoder.kernel), axis=0)
        self.add_loss(self.contraction * ops.mean(ops.sum(slopes * norms, axis=1)))
        return self.decoder(latent)


class VAE(keras.Model):
    """Variational autoencoder as in the Keras guides, with logits."""

    def __init__(self, latents, units):
        super().__init__()
        inputs = values = keras.Input((784,))
        for size in units:
            values = layers.Dense(size, "tanh")(values)
        heads = [layers.Dense(latents)(values) for _ in range(2)]
        self.encoder = keras.Model(inputs, heads)
        inputs = values = keras.Input((latents,))
        for size in units[::-1]:
            values = layers.Dense(size, "tanh")(values)
        self.decoder = keras.Model(inputs, layers.Dense(784)(values))
        self.trackers = [keras.metrics.Mean(name) for name in ("loss", "reconstruction", "kl")]

    @property
    def metrics(self):
        """Metrics that `fit` resets."""
        return self.trackers

    def train_step(self, data):
        """Runs one update."""
        data, *_ = data
        with tf.GradientTape() as tape:
            mean, log_var = self.encoder(data, training=True)
            z = mean + tf.exp(log_var / 2) * tf.random.normal(tf.shape(mean))
            logits = self.decoder(z, training=True)
            cross = tf.nn.sigmoid_cross_entropy_with_logits(labels=data, logits=logits)
            reconstruction = tf.reduce_mean(tf.reduce_sum(cross, 1))
            kl = -0.5 * (1 + log_var - tf.square(mean) - tf.exp(log_var))
            kl = tf.reduce_mean(tf.reduce_sum(kl, 1))
            loss = reconstruction + kl
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        for tracker, value in zip(self.trackers, (loss, reconstruction, kl), strict=True):
            tracker.update_state(value)
        return {tracker.name: tracker.result() for tracker in self.trackers}


class GAN(keras.Model):
    """GAN as in the TensorFlow tutorial: both updates use the same noise."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.trackers = [keras.metrics.Mean(name) for name in ("d_loss", "g_loss")]

    def compile(self, d_optimizer, g_optimizer):
        """Sets two optimizers."""
        super().compile(jit_compile=False)
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

    @property
    def metrics(self):
        """Metrics that `fit` resets."""
        return self.trackers

    def train_step(self, data):
        """Updates both networks at once."""
        data, *_ = data
        shape = (tf.shape(data)[0], self.generator.input_shape[1])
        cross = tf.nn.sigmoid_cross_entropy_with_logits
        with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
            made = self.generator(tf.random.normal(shape), training=True)
            real = self.discriminator(data, training=True)
            fake = self.discriminator(made, training=True)
            d_loss = tf.reduce_mean(cross(labels=tf.ones_like(real), logits=real))
            d_loss += tf.reduce_mean(cross(labels=tf.zeros_like(fake), logits=fake))
            g_loss = tf.reduce_mean(cross(labels=tf.ones_like(fake), logits=fake))
        weights = self.discriminator.trainable_weights
        d_gradients = d_tape.gradient(d_loss, weights)
        others = self.generator.trainable_weights
        g_gradients = g_tape.gradient(g_loss, others)
        self.d_optimizer.apply_gradients(zip(d_gradients, weights, strict=True))
        self.g_optimizer.apply_gradients(zip(g_gradients, others, strict=True))
        for tracker, value in zip(self.trackers, (d_loss, g_loss), strict=True):
            tracker.update_state(value)
        return {tracker.name: tracker.result() for tracker in self.trackers}


class RBM(keras.Model):
    """Restricted Boltzmann machine with CD-1."""

    def __init__(self, units):
        super().__init__()
        self.kernel = self.add_weight(shape=(784, units), initializer="random_normal")
        self.visible = self.add_weight(shape=(784,), initializer="zeros")
        self.hidden = self.add_weight(shape=(units,), initializer="zeros")
        self.tracker = keras.metrics.Mean("loss")

    @property
    def metrics(self):
        """Metrics that `fit` resets."""
        return [self.tracker]

    def call(self, inputs):
        """Returns the means of the hidden units."""
        return tf.sigmoid(tf.matmul(inputs, self.kernel) + self.hidden)

    def free_energy(self, visible):
        """Returns the free energy of visible units."""
        line = tf.matmul(visible, self.kernel) + self.hidden
        return -tf.linalg.matvec(visible, self.visible) - tf.reduce_sum(tf.nn.softplus(line), 1)

    def train_step(self, data):
        """Runs one update."""
        data, *_ = data
        chances = self(data)
        hidden = tf.cast(tf.random.uniform(tf.shape(chances)) < chances, "float32")
        back = tf.sigmoid(tf.matmul(hidden, self.kernel, transpose_b=True) + self.visible)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self.free_energy(data)) - tf.reduce_mean(self.free_energy(back))
        weights = self.trainable_weights
        gradients = tape.gradient(loss, weights)
        self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}
