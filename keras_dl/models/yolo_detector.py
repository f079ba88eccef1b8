"""YOLO object detectors, which predict a box for every grid cell and anchor in one pass."""

from typing import Literal

import keras

from keras_dl.layers.yolo_head import YOLOHead
from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes
from keras_dl.typing import Tensor

# Height and width of the anchors in cells of 32 pixels, from the boxes of COCO.
COCO_ANCHORS = (
    (0.677385, 0.57273),
    (2.06253, 1.87446),
    (5.47434, 3.33843),
    (3.52778, 7.88282),
    (9.16828, 9.77052),
)


@seeded
def yolo_detector(
    input_shape: tuple[int, int, int] = (608, 608, 3),
    num_classes: int = 80,
    *,
    anchors: Tensor = COCO_ANCHORS,
    network: Literal["darknet19", "slim"] = "darknet19",
    seed: int | None = None,
    name: str | None = None,
) -> keras.Model:
    """Builds an object detector with anchor boxes.

    `"darknet19"` is the network of YOLOv2: Darknet-19 down to a grid of 32-pixel cells, two more
    convolutions, and a concatenation with features of 16-pixel cells. `"slim"` is a small residual
    network for small datasets, with 16-pixel cells. Both networks scale the pixels themselves.

    Args:
        input_shape: tuple `(height, width, channels)`. Height and width must be multiples of the
            cell size.
        num_classes: int. Number of classes.
        anchors: float `(k, 2)`. Height and width of each anchor, in grid cells. The default is for
            the cells of `"darknet19"`: double it for `"slim"`.
        network: `"darknet19"` or `"slim"`.
        seed: int or None. Seed of the initial weights.
        name: str or None. Name of the model. With None, `yolo_` followed by the network.

    Returns:
        keras.Model from pixels `(batch, height, width, channels)`, 0 to 255, to the outputs of
        `YOLOHead`: float32 `(batch, rows, columns, k, 5 + num_classes)`. The head is the layer
        named `boxes`.

    Raises:
        ValueError: if `network` is unknown, height or width is not a multiple of the cell size, or
            there is no class.

    Reference: Redmon & Farhadi 2017, arXiv:1612.08242, section 2 and 3.
    """
    networks = {"darknet19": (_darknet19, 32), "slim": (_slim, 16)}
    if network not in networks:
        raise ValueError(
            f"yolo_detector: network must be one of {', '.join(networks)}. Received network "
            f"{network!r}. Choose one of them."
        )
    features_of, cell = networks[network]
    check_input_shape("yolo_detector", input_shape)
    check_sizes("yolo_detector", num_classes=num_classes)
    if input_shape[0] % cell or input_shape[1] % cell:
        raise ValueError(
            f"yolo_detector: height and width must be multiples of {cell} for {network}. Received "
            f"input_shape {tuple(input_shape)}. Resize the images."
        )
    pixels = keras.Input(input_shape, name="pixels")
    scaled = keras.layers.Rescaling(1 / 255, name="scaled")(pixels)
    features = features_of(scaled)
    prior = 0.5 if network == "darknet19" else 0.01
    outputs = YOLOHead(anchors, num_classes, objectness_prior=prior, name="boxes")(features)
    return keras.Model(pixels, outputs, name=name or f"yolo_{network}")


def _darknet19(values):
    """Returns features of the YOLOv2 network, `(batch, height / 32, width / 32, 1024)`."""
    for index, units in enumerate((32, 64)):
        values = _convolution(values, units, f"stage_{index}")
        values = keras.layers.MaxPooling2D(name=f"pool_{index}")(values)
    for index, (units, count) in enumerate(((128, 3), (256, 3), (512, 5), (1024, 5)), 2):
        for each in range(count):
            size, kernel = (units, 3) if each % 2 == 0 else (units // 2, 1)
            values = _convolution(values, size, f"stage_{index}_{each}", kernel)
        if units == 512:
            fine = values
        if units < 1024:
            values = keras.layers.MaxPooling2D(name=f"pool_{index}")(values)
    for index in range(2):
        values = _convolution(values, 1024, f"detection_{index}")
    finer = _space_to_depth(_convolution(fine, 64, "passthrough", 1))
    values = keras.layers.Concatenate(name="joined")([finer, values])
    return _convolution(values, 1024, "detection_2")


def _slim(values):
    """Returns features of a small residual network, `(batch, height / 16, width / 16, 128)`."""
    values = _convolution(values, 16, "stem", strides=2)
    for stage, (units, blocks) in enumerate(((32, 1), (64, 3), (128, 4)), 1):
        values = _convolution(values, units, f"down_{stage}", strides=2)
        for block in range(blocks):
            values = _residual(values, units, f"stage_{stage}_{block}")
        if units == 64:
            fine = values
    finer = _space_to_depth(_convolution(fine, 32, "passthrough", 1))
    values = keras.layers.Concatenate(name="joined")([finer, values])
    values = _convolution(values, 128, "detection_0")
    return _convolution(values, 128, "detection_1")


def _residual(values, units, name):
    """Applies two convolutions, with half the units and with all, and adds the input."""
    change = _convolution(values, units // 2, f"{name}_narrow", 1)
    change = _convolution(change, units, f"{name}_wide")
    return keras.layers.Add(name=f"{name}_sum")([values, change])


def _convolution(values, units, name, kernel=3, strides=1):
    """Applies convolution, batch normalization and leaky ReLU."""
    values = keras.layers.Conv2D(
        units,
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(values)
    values = keras.layers.BatchNormalization(momentum=0.97, epsilon=1e-5, name=f"{name}_norm")(
        values
    )
    return keras.layers.LeakyReLU(0.1, name=f"{name}_relu")(values)


def _space_to_depth(values):
    """Moves each block of 2 x 2 cells into the channels of one cell."""
    rows, columns, units = values.shape[1:]
    values = keras.layers.Reshape((rows // 2, 2, columns // 2, 2, units), name="split")(values)
    values = keras.layers.Permute((1, 3, 2, 4, 5), name="gathered")(values)
    return keras.layers.Reshape((rows // 2, columns // 2, 4 * units), name="stacked")(values)
