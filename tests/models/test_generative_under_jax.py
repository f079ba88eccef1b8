"""The models that learn without labels, trained in a process under JAX."""

import pytest

SCRIPT = """
import keras, numpy as np
from keras_dl import models
keras.utils.set_random_seed(0)
inputs = (np.random.default_rng(0).random((64, 12)) < 0.3).astype("float32")
vae = models.variational_autoencoder((12,), 2, units=(8,), seed=0)
vae.compile(keras.optimizers.Adam(1e-2))
history = vae.fit(inputs, epochs=3, verbose=0).history
bound = vae.importance_weighted_bound(inputs, 30, batch_size=40, verbose=0)
print(history["loss"][0] > history["loss"][-1], history["elbo"][-1] < bound.mean() < 0)
gan = models.gan((12,), 3, units=(8,), seed=0)
gan.compile(*(keras.optimizers.Adam(1e-3, 0.5) for _ in range(2)))
before = [np.array(weight) for weight in gan.trainable_weights]
gan.fit(inputs, epochs=2, verbose=0)
print(all((b != np.array(w)).any() for b, w in zip(before, gan.trainable_weights)))
options = {"contractive_weight": 0.1, "noise_stddev": 0.1, "masking_rate": 0.1}
autoencoder = models.autoencoder((12,), (8, 2), **options)
autoencoder.compile("adam", "mse")
print(np.isfinite(autoencoder.fit(inputs, inputs, verbose=0).history["loss"][0]))
print(keras.backend.backend())
"""


@pytest.mark.slow
def test_all_learn(jax_process):
    assert jax_process.run(SCRIPT).split() == ["True"] * 4 + ["jax"]
