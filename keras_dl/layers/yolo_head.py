"""Output layer of a YOLO detector with anchor boxes."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_dl.typing import Config, Initializer, Regularizer, Shape, Tensor

_LARGEST_LOG_SIZE = 8.0  # a box of 3,000 anchors: larger than any image, but finite


@keras.saving.register_keras_serializable(package="keras_dl")
class YOLOHead(keras.layers.Layer):
    """YOLO head: predicts y = [Pc, x, y, h, w, classes] for each cell and anchor.

    A 1 x 1 convolution computes raw values t for each cell and anchor, called a slot.
    `x, y = sigmoid(t_x, t_y)` is the center within the cell and `h, w = anchor * exp(t_h, t_w)` is
    the size in cells. Pc and the classes remain logits, so that losses stay accurate for large
    logits; `boxes.decode` converts them to probabilities. The computation is in float32 under every
    dtype policy.

    Args:
        anchors: float `(k, 2)`. Height and width of each anchor, in grid cells.
        num_classes: int. Number of classes.
        objectness_prior: float in (0, 1). Initial value of Pc. Most slots have no object, and a
            head that starts at 0.5 needs its first epochs to learn this.
        kernel_initializer: initializer of the kernel of the convolution.
        kernel_regularizer: regularizer of this kernel, or None.

    Call arguments:
        inputs: float `(batch, rows, columns, channels)`. Features of each cell.

    Returns:
        float32 `(batch, rows, columns, k, 5 + num_classes)`.

    Raises:
        ValueError: if `anchors` is not of shape `(k, 2)` with positive values, or another argument
            is out of range.

    Example:
    >>> head = YOLOHead([[1.0, 2.0], [3.0, 3.0]], num_classes=4)
    >>> head(np.zeros((1, 5, 7, 8))).shape
    TensorShape([1, 5, 7, 2, 9])

    Reference: Redmon & Farhadi 2017, arXiv:1612.08242, section 2 (direct location prediction). The
    order and units of the values follow Andrew Ng's course.
    """

    def __init__(
        self,
        anchors: Tensor,
        num_classes: int,
        objectness_prior: float = 0.5,
        kernel_initializer: Initializer = "glorot_uniform",
        kernel_regularizer: Regularizer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self.anchors = np.asarray(anchors, "float32")
        if self.anchors.ndim != 2 or self.anchors.shape[1] != 2 or not (self.anchors > 0).all():
            raise ValueError(
                "YOLOHead: anchors must be positive sizes in grid cells, of shape (k, 2). Received "
                f"{self.anchors.tolist()}. Pass one (height, width) pair per anchor."
            )
        if num_classes < 1 or not 0 < objectness_prior < 1:
            raise ValueError(
                "YOLOHead: num_classes must be positive and objectness_prior between 0 and 1. "
                f"Received num_classes {num_classes}, objectness_prior {objectness_prior}. Pass "
                "the number of classes, and the expected fraction of slots with an object."
            )
        self.num_classes = num_classes
        self.objectness_prior = objectness_prior
        self.supports_masking = True
        self.projection = keras.layers.Conv2D(
            len(self.anchors) * (5 + num_classes),
            1,
            kernel_initializer=kernel_initializer,
            bias_initializer=_PriorBias(len(self.anchors), 5 + num_classes, objectness_prior),
            kernel_regularizer=kernel_regularizer,
            dtype="float32",
            name="projection",
        )

    def build(self, input_shape: Shape) -> None:
        self.projection.build(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        raw = self.projection(ops.cast(inputs, "float32"))
        rows, columns = raw.shape[1:3]
        if rows is None or columns is None:
            rows, columns = ops.shape(raw)[1:3]
        raw = ops.reshape(raw, (-1, rows, columns, len(self.anchors), 5 + self.num_classes))
        log_size = ops.minimum(raw[..., 3:5], _LARGEST_LOG_SIZE)
        return ops.concatenate(
            [
                raw[..., :1],
                ops.sigmoid(raw[..., 1:3]),
                self.anchors * ops.exp(log_size),
                raw[..., 5:],
            ],
            axis=-1,
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:3], len(self.anchors), 5 + self.num_classes)

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), "float32")

    def get_config(self) -> Config:
        projection = self.projection
        return {
            **super().get_config(),
            "anchors": self.anchors.tolist(),
            "num_classes": self.num_classes,
            "objectness_prior": self.objectness_prior,
            "kernel_initializer": keras.initializers.serialize(projection.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(projection.kernel_regularizer),
        }


@keras.saving.register_keras_serializable(package="keras_dl")
class _PriorBias(keras.initializers.Initializer):
    """Bias initializer: the logit of `objectness_prior` for each Pc, and zeros elsewhere."""

    def __init__(self, num_anchors, depth, objectness_prior):
        self.num_anchors = num_anchors
        self.depth = depth
        self.objectness_prior = objectness_prior

    def __call__(self, shape, dtype=None):
        bias = np.zeros((self.num_anchors, self.depth))
        bias[:, 0] = np.log(self.objectness_prior / (1 - self.objectness_prior))
        return ops.convert_to_tensor(bias.reshape(shape), dtype=dtype)

    def get_config(self):
        return {
            "num_anchors": self.num_anchors,
            "depth": self.depth,
            "objectness_prior": self.objectness_prior,
        }
