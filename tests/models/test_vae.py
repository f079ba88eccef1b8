"""Bounds against the exact likelihood by quadrature, and what training does to them."""

import functools
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import logsumexp
from sklearn.datasets import load_digits

from keras_dl import models, training

DIGITS = (load_digits().data > 8).astype("float32")


def _trained(latents, epochs=12, **options):
    keras.utils.set_random_seed(1)
    model = models.variational_autoencoder((64,), latents, units=(32,), seed=1, **options)
    model.compile(keras.optimizers.Adam(5e-3))
    model.fit(DIGITS, batch_size=100, epochs=epochs, verbose=0)
    return model


@pytest.fixture(scope="module")
def trained():
    return _trained(2, epochs=40)


def _exact(model, inputs):
    """log p(x) by Gauss and Hermite's quadrature, in float64 but for the decoder."""
    points, weights = np.polynomial.hermite_e.hermegauss(80)
    grid = np.stack(np.meshgrid(points, points), -1).reshape(-1, 2)
    log_weights = sum(np.meshgrid(*[np.log(weights) - 0.5 * np.log(2 * np.pi)] * 2)).ravel()
    logits = model.decoder.predict(grid, verbose=0, batch_size=6400).astype("float64")
    likelihood = inputs @ logits.T - np.logaddexp(0, logits).sum(1)
    return logsumexp(likelihood + log_weights, axis=1)


def test_bounds_are_in_order_and_the_tighter_one_is_tight(trained):
    inputs = DIGITS[:200]
    exact = _exact(trained, inputs).mean()
    bound = trained.importance_weighted_bound(inputs, 5000, verbose=0).mean()
    loose = trained.importance_weighted_bound(inputs, 5, verbose=0).mean()
    elbo = np.mean([trained.evaluate(inputs, verbose=0, return_dict=True)["elbo"] for _ in "0123"])
    assert elbo < loose < bound < exact + 2e-3
    assert exact - bound < 0.02


def test_bound_with_one_draw_is_the_elbo(trained):
    inputs = np.repeat(DIGITS[:20], 500, axis=0)
    one = trained.importance_weighted_bound(inputs, 1, batch_size=1000, verbose=0)
    report = trained.evaluate(inputs, batch_size=1000, verbose=0, return_dict=True)
    assert one.mean() == pytest.approx(report["elbo"], abs=0.1)


@pytest.mark.parametrize(
    ("samples", "batch_size", "latents"), [(1, 7, 2), (999, 30, 1), (2500, 7, 3)]
)
def test_every_draw_counts_once(samples, batch_size, latents):
    """With a decoder that ignores z and a posterior that is the prior, the bound is exact."""
    model = models.variational_autoencoder((64,), latents, units=(4,), seed=3)
    for net in (model.encoder, model.decoder):
        net.set_weights([np.zeros_like(weight) for weight in net.get_weights()])
    bound = model.importance_weighted_bound(DIGITS[:30], samples, batch_size, verbose=0)
    np.testing.assert_allclose(bound, -64 * np.log(2), rtol=1e-5)


def _random(latents):
    """A model with weights that are all far from zero; training one takes seconds."""
    model = models.variational_autoencoder((64,), latents, units=(32,), seed=3)
    random = np.random.default_rng(0)
    for net in (model.encoder, model.decoder):
        net.set_weights([random.normal(scale=0.1, size=each.shape) for each in net.get_weights()])
    return model


def test_loss_is_reconstruction_and_divergence_in_nats():
    model = _random(3)
    outputs = model(DIGITS[:50])
    mean, log_var, logits = (np.float64(outputs[name]) for name in ("mean", "log_var", "logits"))
    chances = 1 / (1 + np.exp(-logits))
    found = np.where(DIGITS[:50] == 1, chances, 1 - chances)
    divergence = 0.5 * (mean**2 + np.exp(log_var) - 1 - log_var).sum(1)
    expected = (-np.log(found).sum(1) + divergence).mean()
    assert float(model.compute_loss(x=DIGITS[:50], y_pred=outputs)) == pytest.approx(expected, 1e-5)


def test_evaluate_reports_all_figures():
    model = _trained(6)
    report = model.evaluate(DIGITS, verbose=0, return_dict=True)
    assert set(report) == {"loss", "elbo", "reconstruction", "kl", "active_units"}
    assert report["elbo"] == pytest.approx(-report["reconstruction"] - report["kl"], rel=1e-4)
    bound = model.evaluate(DIGITS, samples=20, verbose=0, return_dict=True)["bound"]
    again = model.importance_weighted_bound(DIGITS, 20, verbose=0).mean()
    assert bound == pytest.approx(again, abs=0.1) and bound > report["elbo"] + 0.1
    ours, of_keras = (
        evaluate(DIGITS, verbose=0)
        for evaluate in (model.evaluate, functools.partial(keras.Model.evaluate, model))
    )
    kl, active = (model.metrics_names.index(name) for name in ("kl", "active_units"))
    assert len(ours) == len(of_keras) == 5
    assert (ours[kl], ours[active]) == (report["kl"], report["active_units"])
    assert (of_keras[kl], of_keras[active]) == (ours[kl], ours[active])
    assert model.evaluate(DIGITS, samples=20, verbose=0)[5] == pytest.approx(bound, abs=0.1)
    mean, _ = model.encoder(DIGITS)
    assert report["active_units"] == (mean.numpy().var(0) > 0.01).sum() >= 3


def test_evaluate_with_metrics_of_its_own():
    model = _random(3)
    model.compile("adam", metrics={"logits": ["mae"]})
    targets = dict.fromkeys(("logits", "mean", "log_var", "z"), DIGITS)
    report = model.evaluate(DIGITS, targets, verbose=0, samples=2, return_dict=True)
    assert {"elbo", "logits_mae", "bound"} <= set(report)
    weights = np.arange(len(DIGITS)) % 2.0
    report = model.evaluate(DIGITS, targets, sample_weight=weights, verbose=0, return_dict=True)
    alone = model.evaluate(DIGITS[1::2], verbose=0, return_dict=True)
    assert report["kl"] == pytest.approx(alone["kl"], rel=1e-5)


def test_convolutional_one_has_the_shape_of_its_inputs():
    model = models.variational_autoencoder((8, 12, 1), 3, units=(10,), filters=(4, 6))
    images = np.random.default_rng(0).integers(0, 2, size=(5, 8, 12, 1)).astype("float32")
    outputs = model(images)
    assert outputs["logits"].shape == images.shape and outputs["z"].shape == (5, 3)
    assert model.importance_weighted_bound(images, 3, verbose=0).shape == (5,)


def test_saved_and_loaded(tmp_path, trained):
    trained.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for mine, theirs in zip(trained.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    reports = [each.evaluate(DIGITS, verbose=0, return_dict=True) for each in (loaded, trained)]
    assert reports[0]["elbo"] == pytest.approx(reports[1]["elbo"], abs=0.5)
    assert reports[0]["kl"] == pytest.approx(reports[1]["kl"], rel=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = _trained(3, epochs=5)
        outputs = model(DIGITS[:5])
        report = model.evaluate(DIGITS, verbose=0, return_dict=True)
    finally:
        keras.config.set_dtype_policy("float32")
    assert {str(outputs[name].dtype) for name in outputs} == {"<dtype: 'float32'>"}
    assert report["elbo"] > -30


def test_a_run_that_resumes_ends_like_any_other(tmp_path):
    def run(folder, *callbacks, resume=False):
        keras.utils.set_random_seed(2)
        model = models.variational_autoencoder((64,), 2, units=(8,), seed=3)
        model.compile("adam")
        data = tf.data.Dataset.from_tensor_slices(DIGITS[:600]).batch(100)
        options = {"epochs": 4, "steps_per_epoch": 6, "callbacks": callbacks}
        with training.Run(folder, resume=resume) as opened:
            training.fit(model, lambda epoch: data, run=opened, **options)
        return model.get_weights()

    def copy(epoch, logs):
        """Keeps what a kill after half of the epochs would leave."""
        if epoch == 2:
            shutil.copytree(tmp_path / "whole", tmp_path / "parts")

    whole = run(tmp_path / "whole", keras.callbacks.LambdaCallback(on_epoch_begin=copy))
    for mine, theirs in zip(run(tmp_path / "parts", resume=True), whole, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"latent_dim": 0}, "must be positive"),
        ({"latent_dim": 2, "units": (0,)}, "must be positive"),
        ({"latent_dim": 2, "filters": (3,)}, "multiples of 2"),
        ({"latent_dim": 2, "filters": (3, 3), "input_shape": (6, 8, 1)}, "multiples of 4"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        models.variational_autoencoder(**{"input_shape": (64,), **options})


def test_no_call_decodes_more_than_its_share(trained, monkeypatch):
    seen = []
    weights = models.VariationalAutoencoder.log_weights

    def noted(model, inputs, mean, log_var, noise):
        seen.append((noise.shape[0], mean.shape[0]))
        return weights(model, inputs, mean, log_var, noise)

    monkeypatch.setattr(models.VariationalAutoencoder, "log_weights", noted)
    bound = trained.importance_weighted_bound(DIGITS[:250], 4_010, 100, verbose=0)
    assert bound.shape == (250,) and {samples for samples, _ in seen} == {20, 10}


@pytest.mark.parametrize("loads", [False, True])
def test_exported_as_it_is(loads, tmp_path):
    model = models.variational_autoencoder((8, 8, 1), 2, units=(4,), seed=3)
    if loads:
        model.save(tmp_path / "model.keras")
        model = keras.saving.load_model(tmp_path / "model.keras")
    model.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(tmp_path / "exported")
    served = exported.serve(DIGITS[:3].reshape(3, 8, 8, 1))
    mean = model.encoder(DIGITS[:3].reshape(3, 8, 8, 1))[0]
    np.testing.assert_allclose(served["mean"], mean, rtol=1e-5, atol=1e-6)


def test_no_draws(trained):
    with pytest.raises(ValueError, match=r"must be at least 1. Received 0, 1797 inputs"):
        trained.importance_weighted_bound(DIGITS, 0)
    with pytest.raises(ValueError, match="Received 5000, 0 inputs"):
        trained.importance_weighted_bound(DIGITS[:0])


def test_bounds_of_given_noise_are_those_of_the_weights():
    model = models.variational_autoencoder((64,), 2, units=(8,), seed=3)
    inputs = DIGITS[:6]
    mean, log_var = model.encoder(inputs)
    noise = np.random.default_rng(0).normal(size=(40, *mean.shape)).astype("float32")
    given = tf.constant(noise)

    @tf.function(input_signature=[tf.TensorSpec([None, 64]), tf.TensorSpec([], "int32")])
    def bounds(inputs, draws):
        return model.bounds(inputs, draws, lambda shape, number: given[number, None])

    found = bounds(inputs, 40)
    weights = np.float64(model.log_weights(inputs, mean, log_var, noise))
    np.testing.assert_allclose(found["bound"], logsumexp(weights, 0) - np.log(40), rtol=1e-5)
    np.testing.assert_allclose(found["elbo"], weights[0], rtol=1e-5)
    np.testing.assert_allclose(bounds(inputs, 1)["bound"], weights[0], rtol=1e-5)
    kl = 0.5 * np.sum(np.exp(log_var) + np.square(mean) - 1 - log_var, axis=1)
    np.testing.assert_allclose(found["kl"], kl, rtol=1e-4)
    np.testing.assert_allclose(found["mean"], mean, rtol=1e-5)
