"""Autoencoders against principal components, their penalties, and machines unrolled."""

import keras
import numpy as np
import pytest
import scipy.linalg
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from keras_dl import layers, models

DIGITS = (load_digits().data / 16).astype("float32")


def _machine(inputs, units, **kinds):
    machine = layers.RestrictedBoltzmannMachine(units, **kinds)
    machine.build((None, inputs))
    random = np.random.default_rng(units)
    for weight in machine.trainable_variables:
        weight.assign(random.normal(size=weight.shape))
    return machine


@pytest.mark.parametrize("tied", [False, True])
def test_linear_autoencoder_is_pca(tied):
    keras.utils.set_random_seed(0)
    model = models.autoencoder((64,), (4,), output_activation=None, tied=tied)
    data = DIGITS - DIGITS.mean(axis=0)
    schedule = keras.optimizers.schedules.CosineDecay(0.02, 1200)
    model.compile(keras.optimizers.Adam(schedule), "mse", steps_per_execution=40)
    often = np.tile(data, (20, 1))
    model.fit(often, often, batch_size=599, epochs=20, verbose=0)
    pca = PCA(4).fit(data)
    error = np.square(data - pca.inverse_transform(pca.transform(data))).mean()
    assert model.evaluate(data, data, verbose=0) == pytest.approx(error, rel=2e-3)
    decoder = models.split_autoencoder(model)[1]
    found = decoder(np.eye(4)).numpy() - decoder(np.zeros((1, 4))).numpy()
    assert scipy.linalg.subspace_angles(found.T, pca.components_.T).max() < 0.05


def test_layers_mirror_each_other():
    model = models.autoencoder((4, 4, 1), (7, 3), activation="relu")
    encoder, decoder = models.split_autoencoder(model)
    shapes = [weight.shape for weight in [*encoder.weights, *decoder.weights]]
    assert shapes == [(16, 7), (7,), (7, 3), (3,), (3, 7), (7,), (7, 16), (16,)]
    images = np.random.default_rng(0).uniform(size=(5, 4, 4, 1))
    np.testing.assert_allclose(model(images), decoder(encoder(images)), rtol=1e-6)
    assert model(images).shape == (5, 4, 4, 1)


def test_tied_decoder_has_biases_only_and_stays_tied(tmp_path):
    model = models.autoencoder((16,), (7, 3), tied=True)
    assert model.count_params() == 16 * 7 + 7 * 3 + 7 + 3 + 7 + 16
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.count_params() == model.count_params()
    np.testing.assert_allclose(loaded(DIGITS[:5, :16]), model(DIGITS[:5, :16]), rtol=1e-6)
    loaded.compile("sgd", "mse")
    loaded.fit(DIGITS[:, :16], DIGITS[:, :16], verbose=0)
    kernel = loaded.get_layer("encoder_0").kernel
    kernel.assign(kernel * 2)
    twin = loaded.get_layer("decoder_0")
    code = np.ones((1, 7), "float32")
    outputs = 1 / (1 + np.exp(-(code @ kernel.numpy().T + twin.bias.numpy())))
    np.testing.assert_allclose(twin(code), outputs, rtol=1e-5)


def test_penalties_of_the_code():
    options = {"activation": "tanh", "latent_activation": "sigmoid"}
    model = models.autoencoder(
        (64,),
        (20, 10),
        l1=0.1,
        sparsity_target=0.05,
        sparsity_weight=0.2,
        contractive_weight=0.3,
        **options,
    )
    encoder, _ = models.split_autoencoder(model)
    model(DIGITS[:50])
    code = encoder(DIGITS[:50]).numpy()
    mean = code.mean(axis=0)
    kl = 0.05 * np.log(0.05 / mean) + 0.95 * np.log(0.95 / (1 - mean))
    first, second = (model.get_layer(name) for name in ("encoder_0", "latent"))
    hidden = first(DIGITS[:50]).numpy()
    slopes = [1 - hidden**2, code * (1 - code)]
    kernels = [np.square(layer.kernel.numpy()).sum(0) for layer in (first, second)]
    contraction = [0.3 * (s**2 @ k).mean() for s, k in zip(slopes, kernels, strict=True)]
    expected = sorted([0.1 * code.sum() / len(code), 0.2 * kl.sum(), *contraction])
    np.testing.assert_allclose(sorted(float(x) for x in model.losses), expected, rtol=1e-4)


@pytest.mark.parametrize("options", [{"masking_rate": 0.5}, {"noise_stddev": 0.5}])
def test_noise_is_in_training_alone(options):
    model = models.autoencoder((64,), (10,), **options)
    plain = model(DIGITS[:5]).numpy()
    np.testing.assert_array_equal(model(DIGITS[:5]), plain)
    assert np.abs(model(DIGITS[:5], training=True) - plain).max() > 0.01


def test_unrolled_machines_compute_what_they_computed():
    machines = [_machine(64, 20), _machine(20, 5, hidden="gaussian")]
    model = models.autoencoder_from_rbms(machines, (8, 8))
    encoder, decoder = models.split_autoencoder(model)
    images = DIGITS[:9].reshape(-1, 8, 8)
    code = machines[1](machines[0](DIGITS[:9]))
    np.testing.assert_allclose(encoder(images), code, rtol=1e-4, atol=1e-5)
    back = machines[0].visible_mean(machines[1].visible_mean(code))
    np.testing.assert_allclose(decoder(code), np.reshape(back, (-1, 8, 8)), rtol=1e-4, atol=1e-6)
    model.compile("sgd", "mse")
    model.fit(images, images, verbose=0)
    kernels = [model.get_layer(f"{part}_0").kernel.numpy() for part in ("encoder", "decoder")]
    assert np.abs(kernels[0] - kernels[1].T).max() > 0
    assert np.abs(kernels[0] - machines[0].kernel.numpy()).max() > 0


def test_unrolled_gaussian_inputs_end_linear():
    model = models.autoencoder_from_rbms([_machine(6, 3, visible="gaussian")])
    config = model.get_layer("decoder_0").get_config()
    assert config["activation"] == "linear"


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_sums_and_reconstructions_are_float32(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = models.autoencoder((8, 8), (1000, 9), activation="relu", latent_activation="relu")
        assert model(np.ones((2, 8, 8))).dtype == "float32"
        wide = models.autoencoder((64,), (1000,), latent_activation="relu", l1=1.0)
        wide(np.full((256, 64), 20.0, "float32"))
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(float(sum(wide.losses))) and float(sum(wide.losses)) > 1000


@pytest.mark.parametrize("machines", [[], [layers.RestrictedBoltzmannMachine(3)]])
def test_machines_that_are_not_there_or_not_built(machines):
    with pytest.raises(ValueError, match="machines must contain at least one machine"):
        models.autoencoder_from_rbms(machines)


@pytest.mark.parametrize(
    "machines",
    [
        [_machine(8, 4), _machine(5, 2)],
        [_machine(8, 4, hidden="gaussian"), _machine(4, 2)],
        [_machine(8, 4), _machine(4, 2, visible="gaussian")],
    ],
)
def test_machines_that_do_not_fit(machines):
    with pytest.raises(ValueError, match="machines must each accept"):
        models.autoencoder_from_rbms(machines)


def test_examples_that_do_not_fit():
    with pytest.raises(ValueError, match=r"first machine takes, 8. Received \(3, 3\)"):
        models.autoencoder_from_rbms([_machine(8, 4)], (3, 3))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": ()}, "at least one"),
        ({"units": (3, 0)}, "at least one"),
        ({"units": (3,), "masking_rate": 1.0}, "below 1"),
        ({"units": (3,), "noise_stddev": -1.0}, "noise_stddev and l1 at least 0"),
        ({"units": (3,), "sparsity_weight": 1.0}, "latent_activation must be sigmoid"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        models.autoencoder((8,), **options)
