"""The nets of the case studies: their sizes, and their outputs against keras.applications."""

import functools

import keras
import numpy as np
import pytest

from keras_dl import models
from tests.numpy_squeezenet import squeezenet


def _trained(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize(
    ("build", "weights"),
    [
        (models.feed_forward, 784 * 800 + 800 + 800 * 10 + 10),
        (models.lenet5, 61_706),
        (models.alexnet, 60_965_224),
        (models.vgg16, 138_357_544),
        (models.resnet, 25_636_712),
        (models.googlenet, 6_998_552),
        (models.inception_v3, 23_851_784),
        (models.squeezenet, 1_235_496),
    ],
)
def test_without_arguments_the_net_of_the_paper(build, weights):
    with keras.StatelessScope(initialize_variables=False):  # shapes are enough to count
        assert build().count_params() == weights


@pytest.mark.parametrize(
    ("depth", "weights"),
    [
        (18, 11_689_512),
        (34, 21_797_672),
        (20, 269_722),
        (110, 1_727_962),
    ],
)
def test_residual_nets_of_other_depths(depth, weights):
    with keras.StatelessScope(initialize_variables=False):
        assert _trained(models.resnet(depth=depth)) == weights


def test_lenet5_of_1998_trains_60_000_weights():
    model = models.lenet5(form="1998")
    assert _trained(model) == 60_000
    by_layer = {layer.name: layer.count_params() for layer in model.layers if layer.weights}
    assert by_layer == {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48_120, "f6": 10_164}


def test_googlenet_with_its_auxiliary_heads():
    with keras.StatelessScope(initialize_variables=False):
        model = models.googlenet(auxiliary=True)
    assert model.count_params() == 13_378_280
    assert set(model.output) == {"logits", "auxiliary_4a", "auxiliary_4d"}


def _shaken(model):
    """Gives every weight another value, those of batch normalization as well."""
    random = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights(
                [random.uniform(0.5, 1.5, each.shape) for each in layer.get_weights()]
            )
        elif layer.weights:
            layer.set_weights(
                [
                    random.normal(0, 0.5, each.shape) / np.sqrt(np.prod(each.shape[:-1]) or 1)
                    for each in layer.get_weights()
                ]
            )


def _pixels(height, width):
    return np.random.default_rng(1).uniform(0, 255, (2, height, width, 3)).astype("float32")


def _same_logits(ours, theirs, preprocess, pixels):
    probabilities = np.asarray(theirs(preprocess(pixels.copy())))
    np.testing.assert_allclose(keras.ops.softmax(ours(pixels)), probabilities, rtol=1e-4, atol=1e-5)
    assert probabilities.std() > 1e-3  # the classes differ


def test_squeezenet_is_that_of_numpy():
    model = models.squeezenet((37, 45, 3), 4, seed=0)
    _shaken(model)
    names = ("conv1", *(f"fire{number}" for number in range(2, 10)), "predictions")
    outputs = keras.Model(model.input, [model.get_layer(name).output for name in names])
    weights = {each.path.replace("/", "_"): each.numpy() for each in model.weights}
    pixels = _pixels(37, 45)
    found = outputs.predict_on_batch(pixels)
    for row in range(len(pixels)):
        expected = squeezenet(weights, pixels[row])
        for name, value in zip(names, found, strict=True):
            atol = 1e-5 * np.abs(expected[name]).max()
            np.testing.assert_allclose(value[row], expected[name], rtol=1e-4, atol=atol)
    assert np.ptp(expected["predictions"]) > 0  # the classes differ


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet50", "vgg16"])
def test_the_weights_of_keras_applications_fit_by_name(name):
    peers = {
        "resnet50": (keras.applications.ResNet50, models.resnet, keras.applications.resnet50),
        "vgg16": (keras.applications.VGG16, models.vgg16, keras.applications.vgg16),
    }
    peer, build, module = peers[name]
    theirs = peer(weights=None, input_shape=(64, 96, 3), classes=7)
    _shaken(theirs)
    ours = build(input_shape=(64, 96, 3), num_classes=7)
    for layer in theirs.layers:
        if layer.weights:
            ours.get_layer(layer.name).set_weights(layer.get_weights())
    _same_logits(ours, theirs, module.preprocess_input, _pixels(64, 96))


@pytest.mark.slow
def test_the_weights_of_inception_v3_fit_in_their_order():
    theirs = keras.applications.InceptionV3(weights=None, input_shape=(75, 107, 3), classes=7)
    _shaken(theirs)
    ours = models.inception_v3((75, 107, 3), 7)
    ours.set_weights(theirs.get_weights())
    preprocess = keras.applications.inception_v3.preprocess_input
    _same_logits(ours, theirs, preprocess, _pixels(75, 107))


def test_shortcut_a_takes_every_second_place_and_adds_zeros():
    model = models.resnet(depth=20, input_shape=(16, 24, 3))
    values = model.get_layer("conv2_block3_out").output
    shortcut = model.get_layer("conv3_block1_add").input[0]
    before, after = keras.Model(model.inputs[0], [values, shortcut])(_pixels(16, 24))
    expected = np.pad(np.asarray(before)[:, ::2, ::2], ((0, 0), (0, 0), (0, 0), (0, 16)))
    np.testing.assert_array_equal(after, expected)


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (models.feed_forward, (9, 5, 2)),
        (models.lenet5, (28, 40, 3)),
        (models.alexnet, (80, 120, 3)),
        (models.googlenet, (32, 70, 3)),
        (functools.partial(models.resnet, depth=18), (32, 70, 3)),
    ],
)
def test_images_need_not_be_square(build, shape):
    model = build(input_shape=shape, num_classes=4)
    logits = model(np.zeros((2, *shape), "uint8"))
    assert logits.shape == (2, 4) and np.isfinite(logits).all()


def test_half_precision_gives_logits_in_full():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = models.resnet(depth=20)
    finally:
        keras.config.set_dtype_policy("float32")
    logits = model(np.full((1, 32, 32, 3), 255, "uint8"))
    assert keras.backend.standardize_dtype(logits.dtype) == "float32" and np.isfinite(logits).all()


@pytest.mark.parametrize("form", ["modern", "1998"])
def test_lenet5_learns_and_survives_saving(form, tmp_path):
    keras.utils.set_random_seed(0)
    pixels = np.random.default_rng(0).integers(0, 255, (20, 32, 32, 1)).astype("uint8")
    labels = np.arange(20) % 10
    model = models.lenet5(form=form)
    model.compile(
        keras.optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    before = model.evaluate(pixels, labels, verbose=0)
    often = np.tile(pixels, (40, 1, 1, 1)), np.tile(labels, 40)  # 40 steps on the same batch
    model.fit(*often, batch_size=20, shuffle=False, verbose=0)
    assert model.evaluate(pixels, labels, verbose=0) < 0.3 * before
    model.save(tmp_path / "model.keras")
    copy = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(copy(pixels), model(pixels))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: models.resnet(depth=19), "Received depth 19"),
        (
            lambda: models.resnet(depth=18, input_shape=(16, 64, 3)),
            r"Received input_shape \(16, 64, 3\)",
        ),
        (lambda: models.resnet((), depth=20), r"Received input_shape \(\)"),
        (lambda: models.lenet5(form="old"), "Received form 'old'"),
        (lambda: models.lenet5((28, 28, 1), form="1998"), r"Received input_shape \(28, 28, 1\)"),
        (lambda: models.lenet5((8, 28, 1)), r"Received input_shape \(8, 28, 1\)"),
        (lambda: models.alexnet((60, 227, 3)), r"Received input_shape \(60, 227, 3\)"),
        (lambda: models.vgg16((31, 64, 3)), r"Received input_shape \(31, 64, 3\)"),
        (lambda: models.googlenet((96, 96, 3), auxiliary=True), "at least 224"),
        (lambda: models.inception_v3((64, 64, 3)), r"Received input_shape \(64, 64, 3\)"),
        (lambda: models.feed_forward(units=(10, 0)), r"Received units \(10, 0\)"),
        # Arguments in another order, as builders of other packages have them.
        (lambda: models.resnet(50), r"^resnet: .*Received input_shape 50\. Pass"),
        (lambda: models.vgg16((224, 224)), r"^vgg16: .*Received input_shape \(224, 224\)"),
        (lambda: models.yolo_detector([[1.0, 2.0]] * 3, 2), r"^yolo_detector: .*\[1.0, 2.0\]"),
        (lambda: models.q_network(18), "^q_network: .*frames.*Received input_shape 18"),
        (lambda: models.q_network((84, 84, 4), (3,)), r"Received num_actions \(3,\)"),
        (lambda: models.q_mlp(4, 2), r"^q_mlp: input_shape must be \(values,\) .*shape 4"),
        (lambda: models.feed_forward(10, (8, 8, 1)), "^feed_forward: .*Received input_shape 10"),
        (lambda: models.autoencoder(784, (30,)), "^autoencoder: .*a tuple.*input_shape 784"),
        (lambda: models.gan(64), "^gan: .*Received input_shape 64"),
        (lambda: models.variational_autoencoder(64, 2), "^variational_autoencoder: .*shape 64"),
    ],
)
def test_wrong_arguments_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()
