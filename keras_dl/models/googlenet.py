"""GoogLeNet: Inception modules with parallel convolutions of several sizes."""

import keras

from keras_dl.layers.caffe_preprocessing import CaffePreprocessing
from keras_dl.layers.local_response_normalization import LocalResponseNormalization
from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes

# Filters of each module: 1 x 1; 1 x 1 and 3 x 3 after it; 1 x 1 and 5 x 5; 1 x 1 after pooling.
_MODULES = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}


@seeded
def googlenet(
    input_shape: tuple[int, int, int] = (224, 224, 3),
    num_classes: int = 1000,
    *,
    auxiliary: bool = False,
    seed: int | None = None,
    name: str = "googlenet",
) -> keras.Model:
    """Builds GoogLeNet (Inception v1).

    With `auxiliary`, two more classifiers are attached to modules 4a and 4d. Their losses, with a
    weight of 0.3 in `compile(loss_weights=...)`, provide gradients in the middle of the network.

    Args:
        input_shape: tuple `(height, width, 3)`. Height and width must be at least 32, or with
            `auxiliary` at least 224.
        num_classes: int. Number of classes.
        auxiliary: bool. Whether to add the auxiliary classifiers.
        seed: int or None. Seed of the initial weights and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model from pixels `(batch, height, width, 3)`, 0 to 255, to float32 logits
        `(batch, num_classes)`: 6,998,552 weights with the default arguments. With `auxiliary`, the
        outputs are a dict of `logits`, `auxiliary_4a` and `auxiliary_4d`, and there are 13,378,280
        weights. Its layers include `pooled`, the mean features, and the outputs by their names.

    Raises:
        ValueError: if the images are too small, or there is no class.

    Reference: Szegedy et al. 2015, arXiv:1409.4842, table 1.
    """
    check_input_shape("googlenet", input_shape, at_least=224 if auxiliary else 32)
    check_sizes("googlenet", num_classes=num_classes)
    pixels = keras.Input(input_shape, name="pixels")
    values = _stem(CaffePreprocessing(name="centered")(pixels))
    heads = {}
    for module, sizes in _MODULES.items():
        values = _module(values, *sizes, f"inception_{module}")
        if auxiliary and module in ("4a", "4d"):
            heads[f"auxiliary_{module}"] = _auxiliary(values, num_classes, f"auxiliary_{module}")
        if module in ("3b", "4e"):
            values = _pooled(values, f"pool_{module}")
    values = keras.layers.GlobalAveragePooling2D(name="pooled")(values)
    values = keras.layers.Dropout(0.4, name="dropout")(values)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(values)
    outputs = {"logits": logits, **heads} if auxiliary else logits
    return keras.Model(pixels, outputs, name=name)


def _stem(values):
    values = _pooled(_convolution(values, 64, 7, "conv_1", strides=2), "pool_1")
    values = LocalResponseNormalization(name="response_1")(values)
    values = _convolution(values, 64, 1, "conv_2_narrow")
    values = _convolution(values, 192, 3, "conv_2")
    values = LocalResponseNormalization(name="response_2")(values)
    return _pooled(values, "pool_2")


def _module(values, one, three, five, after_pool, name):
    pooled = _pooled(values, f"{name}_pool", strides=1)
    parts = [
        _convolution(values, one, 1, f"{name}_1x1"),
        _convolution(
            _convolution(values, three[0], 1, f"{name}_3x3_narrow"), three[1], 3, f"{name}_3x3"
        ),
        _convolution(
            _convolution(values, five[0], 1, f"{name}_5x5_narrow"), five[1], 5, f"{name}_5x5"
        ),
        _convolution(pooled, after_pool, 1, f"{name}_pool_1x1"),
    ]
    return keras.layers.Concatenate(name=name)(parts)


def _auxiliary(values, num_classes, name):
    values = keras.layers.AveragePooling2D(5, 3, name=f"{name}_pool")(values)
    values = _convolution(values, 128, 1, f"{name}_conv")
    values = keras.layers.Flatten(name=f"{name}_flat")(values)
    values = keras.layers.Dense(1024, "relu", name=f"{name}_hidden")(values)
    values = keras.layers.Dropout(0.7, name=f"{name}_dropout")(values)
    return keras.layers.Dense(num_classes, dtype="float32", name=name)(values)


def _convolution(values, filters, size, name, strides=1):
    return keras.layers.Conv2D(
        filters, size, strides, padding="same", activation="relu", name=name
    )(values)


def _pooled(values, name, strides=2):
    return keras.layers.MaxPooling2D(3, strides, padding="same", name=name)(values)
