"""Draws against their distribution, the divergence against an integral and against draws."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats

from keras_dl import layers


@pytest.mark.parametrize(("mean", "log_var"), [(0.0, 0.0), (1.5, -2.0), (-0.3, 1.1)])
def test_divergence_is_the_integral(mean, log_var):
    normal, standard = stats.norm(mean, np.exp(log_var / 2)), stats.norm()

    def integrand(z):
        return normal.pdf(z) * (normal.logpdf(z) - standard.logpdf(z))

    expected, _ = integrate.quad(integrand, mean - 12, mean + 12, points=[mean])
    found = layers.GaussianSampling.kl_divergence(np.float64([[mean]]), np.float64([[log_var]]))
    np.testing.assert_allclose(found, [expected], atol=1e-10)


def test_divergence_is_summed_over_latents_and_averaged_over_the_batch():
    mean, log_var = np.random.default_rng(0).normal(size=(2, 5, 3))
    layer = layers.GaussianSampling(kl_weight=0.5, dtype="float64")
    layer(mean, log_var)
    expected = 0.0
    for row, latent in np.ndindex(5, 3):
        m, v = mean[row, latent], np.exp(log_var[row, latent])
        expected += 0.5 * (m**2 + v - 1 - np.log(v)) / 5
    np.testing.assert_allclose(layer.losses[0], 0.5 * expected, rtol=1e-12)


def test_draws_have_the_distribution():
    mean, log_var = np.full((200_000, 1), 1.5), np.full((200_000, 1), np.log(4.0))
    draws = layers.GaussianSampling(seed=0)(mean, log_var, training=True).numpy().ravel()
    assert stats.kstest(draws, stats.norm(1.5, 2.0).cdf).pvalue > 0.01


def test_inference_gives_the_mean_and_on_request_draws():
    mean, log_var = np.ones((3, 2), "float32"), np.zeros((3, 2), "float32")
    np.testing.assert_array_equal(layers.GaussianSampling()(mean, log_var), mean)
    layer = layers.GaussianSampling(inference="sample", seed=1)
    first, second = layer(mean, log_var).numpy(), layer(mean, log_var).numpy()
    assert len(np.unique(np.concatenate([first, second]))) == 12


def test_the_same_seed_draws_the_same():
    mean, log_var = np.zeros((3, 2)), np.zeros((3, 2))
    first, second = (
        layers.GaussianSampling(seed=5)(mean, log_var, training=True) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_gradients_are_those_of_the_draw():
    mean, log_var = tf.constant([[0.3, -1.0]]), tf.constant([[0.8, -0.4]])
    layer = layers.GaussianSampling(seed=5)
    with tf.GradientTape() as tape:
        tape.watch([mean, log_var])
        z = layer(mean, log_var, training=True)
    by_mean, by_log_var = tape.gradient(z, [mean, log_var])
    np.testing.assert_array_equal(by_mean, np.ones((1, 2)))
    np.testing.assert_allclose(by_log_var, 0.5 * (z - mean), rtol=1e-6)


def test_huge_log_variances_overflow_neither_values_nor_gradients():
    mean, log_var = tf.zeros((1, 1)), tf.constant([[500.0]])
    layer = layers.GaussianSampling(kl_weight=1.0, seed=5)
    with tf.GradientTape() as tape:
        tape.watch(log_var)
        drawn = layer(mean, log_var, training=True)
        loss = layer.losses[0]
    gradient = tape.gradient(loss, log_var).numpy()
    assert np.isfinite([loss.numpy(), drawn[0, 0], gradient[0, 0]]).all()
    assert gradient > 1e12  # it still says: downwards


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_draws_what_float32_draws(policy):
    # Halves, as a layer below gives them.
    low = keras.dtype_policies.get(policy).compute_dtype
    given = [tf.cast(each, low) for each in np.random.default_rng(0).normal(size=(2, 4, 3))]
    exact = layers.GaussianSampling(seed=5)(
        *[tf.cast(each, "float32") for each in given], training=True
    )
    half = layers.GaussianSampling(seed=5, dtype=policy)(*given, training=True)
    assert half.dtype == "float32"
    np.testing.assert_array_equal(exact, half)


def test_a_model_that_asks_for_the_divergence_has_it_in_its_loss():
    inputs = keras.Input((4,))
    mean, log_var = keras.layers.Dense(2)(inputs), keras.layers.Dense(2)(inputs)
    model = keras.Model(inputs, layers.GaussianSampling(kl_weight=2.0)(mean, log_var))
    model.compile("sgd", "mse")
    values = np.random.default_rng(0).normal(size=(5, 4))
    outputs = keras.Model(inputs, [mean, log_var])(values)
    kl = np.mean(layers.GaussianSampling.kl_divergence(*outputs))
    squares = np.mean(np.square(outputs[0]))
    found = model.evaluate(values, np.zeros((5, 2)), verbose=0)
    np.testing.assert_allclose(found, squares + 2 * kl, rtol=1e-5)


@pytest.mark.parametrize("given", [{"inference": "median"}, {"kl_weight": -1.0}])
def test_wrong_arguments(given):
    with pytest.raises(ValueError, match=str(next(iter(given.values())))):
        layers.GaussianSampling(**given)


def test_shapes_that_differ():
    with pytest.raises(ValueError, match=r"\(1, 2\), log_var \(1, 3\)"):
        layers.GaussianSampling()(np.zeros((1, 2)), np.zeros((1, 3)))
