"""The game's value and gradients against formulas, and two optimizers that resume exactly."""

import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from scipy.spatial.distance import cdist
from scipy.special import log_expit
from scipy.stats import norm

from keras_dl import models, training


def _dense(**options):
    keras.utils.set_random_seed(0)
    options = {"latent_dim": 3, "units": (8,), "seed": 1, **options}
    return models.gan((5,), **options)


def _compiled(model, rates=(1e-3, 1e-3), **options):
    model.compile(*(keras.optimizers.Adam(rate, 0.5) for rate in rates), **options)
    return model


REAL = np.random.default_rng(0).uniform(size=(64, 5)).astype("float32")


def _losses_by_numpy(model, noise, objective):
    made = model.generator(noise, training=True).numpy()
    real, fake = (1 / (1 + np.exp(-np.float64(model.discriminator(rows)))) for rows in (REAL, made))
    value = np.log(real).mean() + np.log(1 - fake).mean()
    return value, np.log(1 - fake).mean() if objective == "minimax" else -np.log(fake).mean()


@pytest.mark.parametrize("objective", ["non_saturating", "minimax"])
def test_losses_and_whose_gradients_they_have(objective):
    model = _dense(objective=objective)
    noise = keras.random.normal((64, 3), seed=5)
    model.generate = lambda count, training=False: model.generator(noise, training=training)
    nets = (model.generator, model.discriminator)
    weights = [[weight.value for weight in net.trainable_variables] for net in nets]
    with tf.GradientTape(persistent=True) as tape:
        loss = model.compute_loss(x=REAL, y_pred=model(REAL, training=True))
        made = model.generator(noise, training=True)
        fake = model.discriminator(made)
        value = ops.mean(ops.log_sigmoid(model.discriminator(REAL))) + ops.mean(
            ops.log_sigmoid(-fake)
        )
        lost = -value
        fooled = value if objective == "minimax" else -ops.mean(ops.log_sigmoid(fake))
    expected = _losses_by_numpy(model, noise, objective)
    assert float(loss) == pytest.approx(expected[1] - expected[0], rel=1e-5)
    report = model.get_metrics_result()
    assert float(report["value"]) == pytest.approx(expected[0], rel=1e-5)
    for found, wanted in [
        (tape.gradient(loss, weights[0]), tape.gradient(fooled, weights[0])),
        (tape.gradient(loss, weights[1]), tape.gradient(lost, weights[1])),
    ]:
        for one, other in zip(found, wanted, strict=True):
            assert np.abs(other).max() > 0
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-7)


def test_best_discriminator_is_the_share_of_the_densities():
    """G is fixed, so that D comes to p / (p + q) and V to -log 4 + 2 JSD."""
    keras.utils.set_random_seed(0)
    noise = keras.Input((1,))
    fixed = keras.layers.Rescaling(0.7, offset=1.0)(noise)
    sample = keras.Input((1,))
    hidden = keras.layers.Dense(32, "tanh")(sample)
    discriminator = keras.Model(sample, keras.layers.Dense(1)(hidden))
    model = models.GAN(keras.Model(noise, fixed), discriminator, seed=1)
    model.compile(
        generator_optimizer=keras.optimizers.SGD(),
        discriminator_optimizer=keras.optimizers.Adam(_falling(3000)),
        steps_per_execution=300,
    )
    real = np.random.default_rng(0).normal(-0.5, 1.2, size=(300 * 250, 1)).astype("float32")
    model.fit(real, batch_size=250, epochs=10, verbose=0)
    grid = np.linspace(-6, 6, 2001)
    p, q = norm.pdf(grid, -0.5, 1.2), norm.pdf(grid, 1.0, 0.7)
    best = p / (p + q)
    logits = np.float64(model(grid[:, None].astype("float32")))[:, 0]
    found = 1 / (1 + np.exp(-logits))
    weights = (p + q) / (p + q).sum()
    assert np.sqrt(weights @ (found - best) ** 2) < 0.02
    step = grid[1] - grid[0]
    mean = (p + q) / 2
    divergence = step * (p * np.log(p / mean) + q * np.log(q / mean)).sum() / 2
    value = step * (p * log_expit(logits) + q * log_expit(-logits)).sum()
    assert value == pytest.approx(-np.log(4) + 2 * divergence, abs=0.005)


def _falling(steps):
    return keras.optimizers.schedules.CosineDecay(0.02, steps)


def test_statistics_of_real_and_of_made_ones_are_apart():
    """A discriminator with normalization: each batch by itself, for both losses."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(6), keras.layers.BatchNormalization(), keras.layers.Dense(1)]
    judge = keras.Sequential([keras.Input((5,)), *layers])
    model = models.GAN(_dense().generator, judge)
    made = model.generator(keras.random.normal((64, 3), seed=5)).numpy()
    model.generate = lambda count, training=False: ops.convert_to_tensor(made)
    discriminator = keras.models.clone_model(judge)
    discriminator.set_weights(judge.get_weights())
    model.compute_loss(x=REAL, y_pred=model(REAL, training=True))
    true, fake = (np.float64(discriminator(each, training=True)) for each in (REAL, made))
    report = model.get_metrics_result()
    value = log_expit(true).mean() + log_expit(-fake).mean()
    assert float(report["value"]) == pytest.approx(value, rel=1e-5)
    assert float(report["generator_loss"]) == pytest.approx(-log_expit(fake).mean(), rel=1e-5)
    # Each of both was seen once by the averages: the generator's look leaves no trace.
    for mine, theirs in zip(judge.get_weights(), discriminator.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)


def test_each_net_has_its_optimizer():
    model = _compiled(_dense(), rates=(0.0, 1e-2))
    before = [net.get_weights() for net in (model.generator, model.discriminator)]
    model.fit(REAL, verbose=0)
    after = [net.get_weights() for net in (model.generator, model.discriminator)]
    assert all((a == b).all() for a, b in zip(before[0], after[0], strict=True))
    assert any((a != b).any() for a, b in zip(before[1], after[1], strict=True))


def test_a_run_that_resumes_ends_like_any_other(tmp_path):
    def run(folder, *callbacks, resume=False):
        model = _compiled(_dense(dropout=0.3), (1e-3, 2e-3))
        data = tf.data.Dataset.from_tensor_slices(REAL).batch(16)
        options = {"epochs": 4, "steps_per_epoch": 4, "callbacks": callbacks}
        with training.Run(folder, resume=resume) as opened:
            training.fit(model, lambda epoch: data, run=opened, **options)
        return [*model.variables, *model.optimizer.variables]

    def copy(epoch, logs):
        """Keeps what a kill after half of the epochs would leave."""
        if epoch == 2:
            shutil.copytree(tmp_path / "whole", tmp_path / "parts")

    whole = run(tmp_path / "whole", keras.callbacks.LambdaCallback(on_epoch_begin=copy))
    resumed = run(tmp_path / "parts", resume=True)
    assert len(whole) > 30
    for mine, theirs in zip(resumed, whole, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_saved_with_its_optimizers(tmp_path, policy):
    keras.config.set_dtype_policy(policy)
    model = _compiled(_dense(), steps_per_execution=2, jit_compile=False)
    model.fit(REAL, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.steps_per_execution == 2 and not loaded.jit_compile
    states = [each.optimizer.variables for each in (model, loaded)]
    assert len(states[0]) > 20
    for mine, theirs in zip(*states, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    inner = getattr(loaded.optimizer, "inner_optimizer", loaded.optimizer)
    assert inner.optimizers[0].beta_1 == 0.5


def test_diversity_tells_a_collapse():
    model = _compiled(_dense())
    kernel, bias = model.generator.get_layer("made").get_weights()
    model.generator.get_layer("made").set_weights([np.zeros_like(kernel), bias])
    report = model.evaluate(REAL, verbose=0, return_dict=True)
    assert report["diversity"] < 1e-6
    model.generate = lambda count, training=False: ops.convert_to_tensor(REAL)
    model.compute_loss(x=REAL, y_pred=model(REAL))
    model.reset_metrics()
    model.compute_loss(x=REAL, y_pred=model(REAL))
    assert float(model.get_metrics_result()["diversity"]) == pytest.approx(1)


def test_diversity_is_the_distance_to_the_nearest_other_one():
    def nearest(rows):
        distances = cdist(rows, rows) + np.diag(np.full(len(rows), np.inf))
        return distances.min(axis=1).mean()

    model = _compiled(_dense())
    rows = np.random.default_rng(1).normal(size=(40, 5)).astype("float32")
    few = REAL[np.arange(64) % 4] + 2e-2 * rows[np.arange(64) % 40]
    for made in (rows, few, 10 + few):
        model.reset_metrics()
        model.generate = lambda count, training=False, made=made: ops.convert_to_tensor(made)
        model.compute_loss(x=REAL, y_pred=model(REAL))
        expected = nearest(np.float64(made)) / nearest(np.float64(REAL))
        found = float(model.get_metrics_result()["diversity"])
        assert found == pytest.approx(expected, rel=1e-2)
    assert found < 0.1


@pytest.mark.parametrize("filters", [(), (6, 4)])
def test_weights_are_found_by_their_paths(filters):
    model = models.gan((8, 8, 1), 4, units=(7, 5), filters=filters)
    paths = [weight.path for weight in model.weights]
    assert len({*paths}) == len(paths)


def test_noise_of_the_other_sign_has_the_opposite_code():
    """Or its first normalization can scale up what all noise has in common."""
    model = models.gan((8, 8, 1), 4, units=(7, 5), filters=(6, 4))
    generator = model.generator
    names = [layer.name for layer in generator.layers]
    for layer in generator.layers[: names.index("widened") + 1]:
        layer.set_weights([3 * weight + 0.1 for weight in layer.get_weights()])
    coded = keras.Model(generator.input, generator.get_layer("widened").output)
    noise = np.random.default_rng(0).normal(size=(9, 4)).astype("float32")
    np.testing.assert_allclose(coded(-noise), -np.float64(coded(noise)), rtol=1e-5)
    assert np.abs(coded(2 * noise) - 2 * coded(noise)).max() > 0.1 * np.abs(coded(noise)).max()
    assert [layer.units for layer in generator.layers if hasattr(layer, "units")] == [7, 5, 24]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = models.gan((4, 4, 1), 4, filters=(6,))
        _compiled(model)
        images = np.random.default_rng(0).uniform(size=(96, 4, 4, 1))
        history = model.fit(images, verbose=0).history
        assert str(model.generate(2).dtype) == "<dtype: 'float32'>"
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(history["loss"]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"latent_dim": 0}, "must be positive"),
        ({"units": (0,)}, "must be positive"),
        ({"filters": (3,)}, "multiples of 2"),
        ({"objective": "wasserstein"}, "objective must be one of"),
        ({"dropout": 1.0}, "dropout must be at least 0"),
        ({"dropout": -0.1}, "dropout must be at least 0"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        models.gan((5,), **options)


@pytest.mark.parametrize("loads", [False, True])
def test_exported_as_it_is(loads, tmp_path):
    model = _dense()
    if loads:
        model.save(tmp_path / "model.keras")
        model = keras.saving.load_model(tmp_path / "model.keras")
    model.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(tmp_path / "exported")
    served = exported.serve(REAL[:3])
    np.testing.assert_allclose(served, model(REAL[:3]), rtol=1e-5, atol=1e-6)


def test_weights_of_examples_are_refused():
    with pytest.raises(ValueError, match="sample_weight must be None"):
        _dense().compute_loss(x=REAL, y_pred=np.zeros((64, 1)), sample_weight=np.ones(64))


def test_losses_of_what_the_discriminator_sees_are_refused():
    inputs = keras.Input((5,))
    regularized = {name: keras.regularizers.L2(0.1) for name in ("kernel", "activity")}
    for name, regularizer in regularized.items():
        dense = keras.layers.Dense(1, **{f"{name}_regularizer": regularizer})
        discriminator = keras.Model(inputs, dense(inputs))
        model = _compiled(models.GAN(_dense().generator, discriminator))
        if name == "kernel":
            loss = float(model.compute_loss(x=REAL, y_pred=model(REAL)))
            report = model.get_metrics_result()
            penalty = 0.1 * (dense.kernel.numpy() ** 2).sum()
            players = float(report["generator_loss"] - report["value"])
            assert penalty > 0.01 and loss == pytest.approx(players + penalty, rel=1e-5)
            continue
        with pytest.raises(ValueError, match="Received 1 such losses"):
            model.fit(REAL, verbose=0)


def test_nets_that_do_not_fit():
    one, other = _dense(), models.gan((6,), 3, units=(4,))
    with pytest.raises(ValueError, match="input shape of discriminator must equal"):
        models.GAN(one.generator, other.discriminator)
