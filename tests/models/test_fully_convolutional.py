import inspect

import keras
import numpy as np
import pytest
from keras import layers

from keras_dl import models
from keras_dl.models.fully_convolutional import _ONLY_IN_TRAINING

WINDOW = (13, 18)


def _random_weights(model):
    random = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _random_weights(layer)
        elif isinstance(layer, layers.BatchNormalization):
            layer.set_weights(
                [random.uniform(0.5, 1.5, each.shape) for each in layer.get_weights()]
            )
        elif layer.get_weights():
            layer.set_weights([random.normal(0, 0.3, each.shape) for each in layer.get_weights()])
    return model


def _sequential(*some, window=WINDOW):
    return _random_weights(keras.Sequential([keras.Input((*window, 2)), *some]))


def _branched():
    inputs = keras.Input((*WINDOW, 2))
    values = layers.Rescaling(0.5)(inputs)
    one = layers.Conv2D(4, 3, activation="relu")(values)
    two = layers.SeparableConv2D(4, 3)(values)
    three = layers.DepthwiseConv2D(3, depth_multiplier=2)(values)
    values = layers.Concatenate()([layers.Add()([one, two]), three])
    values = layers.Conv2D(5, 1, padding="same", activation="elu")(values)
    values = layers.AveragePooling2D((2, 3))(layers.BatchNormalization()(values))
    flat = layers.Dropout(0.3)(layers.Flatten()(values))
    first, second = layers.Dense(6, activation="tanh")(flat), layers.Dense(6)(flat)
    joined = layers.Concatenate(axis=1)([layers.Multiply()([first, second]), first])
    joined = layers.BatchNormalization()(joined)
    outputs = layers.Dense(3, activation="softmax")(joined)
    return _random_weights(keras.Model(inputs, outputs))


CLASSIFIERS = {
    "lenet": lambda: _sequential(
        layers.Conv2D(4, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(5, 2),
        layers.LeakyReLU(0.1),
        layers.Flatten(),
        layers.Dense(7, activation="relu"),
        layers.Dense(3),
        layers.Softmax(),
    ),
    "strides": lambda: _sequential(
        layers.Conv2D(4, (3, 5), strides=(2, 3)), layers.Flatten(), layers.Dense(3)
    ),
    "rest that no pooling takes": lambda: _sequential(
        layers.Conv2D(4, 2), layers.MaxPooling2D((5, 4)), layers.Flatten(), layers.Dense(3)
    ),
    "mean of all places": lambda: _sequential(
        layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(3)
    ),
    "largest of all places": lambda: _sequential(
        layers.Conv2D(4, 3, 2),
        layers.GlobalMaxPooling2D(keepdims=True),
        layers.Flatten(),
        layers.Dense(3),
    ),
    "branches": _branched,
    "normalized over channels, with slopes": lambda: _sequential(
        layers.RandomFlip(),
        layers.Conv2D(4, 3),
        layers.PReLU(shared_axes=[1, 2]),
        layers.LayerNormalization(),
        layers.Flatten(),
        layers.Dense(6),
        layers.PReLU(),
        layers.Dense(3),
    ),
    "models in models": lambda: _sequential(
        _part(layers.RandomZoom(0.1), layers.Conv2D(4, 3, activation="relu", name="same")),
        _part(layers.MaxPooling2D(), _part(layers.Conv2D(3, 2, name="same"))),
        layers.Flatten(),
        layers.Dense(3),
    ),
}


def _part(*some):
    """A model that is used as a layer, with names that occur in other models too."""
    return keras.Sequential(some)


def _cut_out(classifier, windows, images, rows, columns):
    """The classifier on every window, one after the other."""
    (height, width), (down, right) = windows.size, windows.stride
    crops = [
        images[:, row * down : row * down + height, column * right : column * right + width]
        for row, column in np.ndindex(rows, columns)
    ]
    answers = np.asarray(classifier(np.concatenate(crops), training=False))
    return answers.reshape(rows, columns, len(images), -1).transpose(2, 0, 1, 3), len(crops)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_cell_is_the_classifier_on_its_window(name):
    classifier = CLASSIFIERS[name]()
    sliding, windows = models.fully_convolutional(classifier)
    images = np.random.default_rng(1).normal(size=(2, 41, 57, 2)).astype("float32")
    found = np.asarray(sliding(images))
    rows, columns = windows.grid(41, 57)
    assert found.shape[1] >= rows and found.shape[2] >= columns
    expected, crops = _cut_out(classifier, windows, images, rows, columns)
    assert crops >= 60
    np.testing.assert_allclose(found[:, :rows, :columns], expected, atol=1e-4)
    one = images[:, : WINDOW[0], : WINDOW[1]]
    expected = classifier(one, training=False)
    np.testing.assert_allclose(np.asarray(sliding(one))[:, 0, 0], expected, atol=1e-5)


def test_lenet5_of_1998_slides_too():
    classifier = models.lenet5(form="1998")
    sliding, windows = models.fully_convolutional(classifier)
    canvas = np.random.default_rng(0).uniform(0, 255, (2, 40, 36, 1)).astype("float32")
    expected, _ = _cut_out(classifier, windows, canvas, 3, 2)
    np.testing.assert_allclose(sliding(canvas), expected, rtol=1e-4)


@pytest.mark.parametrize("kind", _ONLY_IN_TRAINING)
def test_layers_that_are_left_out_change_nothing_in_inference(kind):
    parameters = inspect.signature(kind).parameters.values()
    needed = [each for each in parameters if each.default is each.empty and each.name != "kwargs"]
    values = np.random.default_rng(0).uniform(0, 255, (2, 8, 9, 3)).astype("float32")
    layer = kind(*[4 if "Posterization" in kind.__name__ else 0.1 for _ in needed])
    np.testing.assert_array_equal(layer(values, training=False), values)


def test_more_than_a_thousand_windows_of_lenet5():
    classifier = _random_weights(models.lenet5((28, 20, 1), 4))
    sliding, windows = models.fully_convolutional(classifier)
    assert windows.stride == (4, 4) and windows.size == (28, 20)
    canvas = np.random.default_rng(0).uniform(0, 255, (2, 128, 104, 1)).astype("float32")
    rows, columns = windows.grid(128, 104)
    expected, crops = _cut_out(classifier, windows, canvas, rows, columns)
    assert 2 * crops > 1000
    found = np.asarray(sliding(canvas))
    assert found.shape == (2, rows, columns, 4)
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_windows_lie_where_their_cells_look():
    classifier = CLASSIFIERS["strides"]()
    sliding, windows = models.fully_convolutional(classifier)
    image = np.random.default_rng(2).normal(size=(1, 30, 50, 2)).astype("float32")
    before = np.asarray(sliding(image))
    rows, columns = before.shape[1:3]
    corners = windows.boxes(rows, columns)
    assert corners.shape == (rows, columns, 4) and corners.dtype == "float32"
    changed = image.copy()
    changed[0, 20, 33] += 1
    differs = (np.asarray(sliding(changed)) != before).any(-1)[0]
    top, left, bottom, right = np.moveaxis(corners, -1, 0)
    sees = (top <= 20) & (bottom > 20) & (left <= 33) & (right > 33)
    assert differs.any() and not (differs & ~sees).any()


def test_it_has_weights_of_its_own_and_survives_saving(tmp_path):
    classifier = CLASSIFIERS["branches"]()
    sliding, _ = models.fully_convolutional(classifier)
    assert sliding.count_params() == classifier.count_params()
    image = np.random.default_rng(0).normal(size=(1, 20, 30, 2)).astype("float32")
    before = np.asarray(sliding(image))
    sliding.save(tmp_path / "model.keras")
    copy = keras.saving.load_model(tmp_path / "model.keras")
    classifier.set_weights([0 * each for each in classifier.get_weights()])
    np.testing.assert_array_equal(sliding(image), before)
    np.testing.assert_allclose(copy(image), before, atol=1e-6)


def _shared():
    inputs = keras.Input((*WINDOW, 2))
    dense = layers.Dense(4)
    values = dense(layers.Flatten()(layers.Conv2D(4, WINDOW)(inputs)))
    return keras.Model(inputs, layers.Dense(4)(dense(values)))


def _different_strides():
    inputs = keras.Input((8, 8, 1))
    one, two = layers.Conv2D(2, 2, 2)(inputs), layers.Conv2D(2, 5)(inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(layers.Add()([one, two]))))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: models.vgg16((32, 64, 3), 5), 'block1_conv1: its padding "same" adds zeros'),
        (
            lambda: _sequential(
                layers.ZeroPadding2D(name="zeros"), layers.Flatten(), layers.Dense(2)
            ),
            "layer zeros: ZeroPadding2D is not a layer",
        ),
        (
            lambda: _sequential(
                layers.Flatten(), layers.BatchNormalization(name="n"), layers.Dense(2)
            ),
            "layer n: after Flatten, it uses all positions",
        ),
        (
            lambda: _sequential(
                layers.Flatten(), layers.Activation("softmax", name="s"), layers.Dense(2)
            ),
            "layer s: after Flatten, it uses all positions",
        ),
        (
            lambda: _sequential(
                layers.Conv2D(2, 3),
                layers.BatchNormalization(axis=1, name="n"),
                layers.Flatten(),
                layers.Dense(2),
            ),
            "layer n: its axis 1",
        ),
        (lambda: _sequential(layers.Conv2D(2, 3), layers.Flatten()), "must follow Flatten"),
        (
            lambda: _sequential(layers.PReLU(name="p"), layers.Flatten(), layers.Dense(2)),
            r"layer p: it has weights for each position. Set shared_axes=\[1, 2\]",
        ),
        (
            lambda: _sequential(layers.Conv2D(2, 3)),
            r"shapes \(None, 13, 18, 2\), \(None, 11, 16, 2\)",
        ),
        (_shared, "it is used more than once"),
        (_different_strides, "its inputs have different strides"),
    ],
)
def test_what_cannot_be_equal_is_refused_with_the_reason(build, message):
    with pytest.raises(ValueError, match=message):
        models.fully_convolutional(build())


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match="Received Dense"):
        models.fully_convolutional(layers.Dense(3))
