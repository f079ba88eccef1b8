"""Residual networks (ResNet) for ImageNet and CIFAR-10."""

import keras
from keras import ops

from keras_dl.layers.caffe_preprocessing import CaffePreprocessing
from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes

_BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}
_CIFAR = (20, 32, 56, 110)
_EPSILON = 1.001e-5  # as in keras.applications, for compatible weights


@seeded
def resnet(
    input_shape: tuple[int, int, int] | None = None,
    num_classes: int | None = None,
    *,
    depth: int = 50,
    seed: int | None = None,
    name: str | None = None,
) -> keras.Model:
    """Builds a residual network for ImageNet (18, 34, 50 layers) or CIFAR-10 (20, 32, 56, 110).

    In networks for ImageNet, shortcuts have a 1 x 1 convolution where sizes change (option B); in
    networks for CIFAR, they are padded with zeros (option A). ResNet-50 has the same layer names
    and weight shapes as `keras.applications.ResNet50`. The first convolution of a block has the
    stride, as in the paper.

    Args:
        input_shape: tuple `(height, width, 3)`. With None, 224 x 224 for ImageNet and 32 x 32 for
            CIFAR.
        num_classes: int or None. Number of classes. With None, 1000 for ImageNet and 10 for CIFAR.
        depth: int. One of 18, 34, 50, 20, 32, 56, 110.
        seed: int or None. Seed of the initial weights.
        name: str or None. Name of the model. With None, `resnet` followed by the depth.

    Returns:
        keras.Model from pixels `(batch, height, width, 3)`, 0 to 255, in RGB order, to float32
        logits `(batch, num_classes)`. With the default sizes, the network with 50 layers has
        25,636,712 weights; those with 20, 32, 56 and 110 layers have 269,722, 464,154, 853,018 and
        1,727,962 trainable weights. The layers include `avg_pool`, the mean features, and
        `predictions`, the logits.

    Raises:
        ValueError: if `depth` is unknown, the images are too small, or there is no class.

    Reference: He et al. 2016, arXiv:1512.03385.
    """
    if depth not in _BLOCKS and depth not in _CIFAR:
        raise ValueError(
            f"resnet: depth must be one of {', '.join(map(str, (*_BLOCKS, *_CIFAR)))}. Received "
            f"depth {depth}. Choose one of them."
        )
    on_cifar = depth in _CIFAR
    if input_shape is None:
        input_shape = (32, 32, 3) if on_cifar else (224, 224, 3)
    if num_classes is None:
        num_classes = 10 if on_cifar else 1000
    check_input_shape("resnet", input_shape, at_least=8 if on_cifar else 32)
    check_sizes("resnet", num_classes=num_classes)
    pixels = keras.Input(input_shape, name="pixels")
    values = _cifar(pixels, (depth - 2) // 6) if on_cifar else _imagenet(pixels, depth)
    values = keras.layers.GlobalAveragePooling2D(name="avg_pool")(values)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="predictions")(values)
    return keras.Model(pixels, logits, name=name or f"resnet{depth}")


def _imagenet(pixels, depth):
    """Returns features for ImageNet, `(batch, height / 32, width / 32, 512 or 2048)`."""
    bias = depth == 50  # redundant before a normalization, but keras.applications has it
    values = CaffePreprocessing(name="centered")(pixels)
    values = keras.layers.ZeroPadding2D(3, name="conv1_pad")(values)
    values = _convolution(values, 64, 7, "conv1", strides=2, padding="valid", bias=bias)
    values = keras.layers.Activation("relu", name="conv1_relu")(values)
    values = keras.layers.ZeroPadding2D(1, name="pool1_pad")(values)
    values = keras.layers.MaxPooling2D(3, 2, name="pool1_pool")(values)
    block = _bottleneck if depth == 50 else _basic
    for stage, count in enumerate(_BLOCKS[depth], start=2):
        filters = 64 * 2 ** (stage - 2)
        for index in range(1, count + 1):
            strides = 2 if index == 1 and stage > 2 else 1
            values = block(values, filters, strides, f"conv{stage}_block{index}")
    return values


def _cifar(pixels, blocks):
    """Returns features for CIFAR, `(batch, height / 4, width / 4, 64)`."""
    values = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="scaled")(pixels)
    values = _convolution(values, 16, 3, "conv1")
    values = keras.layers.Activation("relu", name="conv1_relu")(values)
    for stage, filters in enumerate((16, 32, 64), start=2):
        for index in range(1, blocks + 1):
            strides = 2 if index == 1 and stage > 2 else 1
            values = _basic(values, filters, strides, f"conv{stage}_block{index}", projected=False)
    return values


def _basic(values, filters, strides, name, projected=True):
    """Applies two convolutions and adds the shortcut."""
    change = _convolution(values, filters, 3, f"{name}_1", strides=strides)
    change = keras.layers.Activation("relu", name=f"{name}_1_relu")(change)
    change = _convolution(change, filters, 3, f"{name}_2")
    if values.shape[-1] == filters:
        shortcut = values
    elif projected:
        shortcut = _convolution(values, filters, 1, f"{name}_0", strides=strides)
    else:
        shortcut = _padded(values, filters, strides, name)
    values = keras.layers.Add(name=f"{name}_add")([shortcut, change])
    return keras.layers.Activation("relu", name=f"{name}_out")(values)


def _bottleneck(values, filters, strides, name):
    """Applies three convolutions, narrow in the middle, and adds the shortcut."""
    shortcut = values
    if name.endswith("block1"):
        shortcut = _convolution(values, 4 * filters, 1, f"{name}_0", strides=strides, bias=True)
    change = _convolution(values, filters, 1, f"{name}_1", strides=strides, bias=True)
    change = keras.layers.Activation("relu", name=f"{name}_1_relu")(change)
    change = _convolution(change, filters, 3, f"{name}_2", bias=True)
    change = keras.layers.Activation("relu", name=f"{name}_2_relu")(change)
    change = _convolution(change, 4 * filters, 1, f"{name}_3", bias=True)
    values = keras.layers.Add(name=f"{name}_add")([shortcut, change])
    return keras.layers.Activation("relu", name=f"{name}_out")(values)


def _padded(values, filters, strides, name):
    """Returns shortcut A: subsampled values, with zeros for the new channels."""
    values = keras.layers.MaxPooling2D(1, strides, name=f"{name}_0_every")(values)
    return ops.pad(values, ((0, 0), (0, 0), (0, 0), (0, filters - values.shape[-1])))


def _convolution(values, filters, size, name, *, strides=1, padding="same", bias=False):
    """Applies convolution and batch normalization."""
    if strides > 1 and size > 1 and padding == "same":
        # Pads both sides equally, as in the paper; Keras would pad one side more.
        values = keras.layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(values)
        padding = "valid"
    values = keras.layers.Conv2D(
        filters,
        size,
        strides,
        padding,
        use_bias=bias,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(values)
    return keras.layers.BatchNormalization(epsilon=_EPSILON, name=f"{name}_bn")(values)
