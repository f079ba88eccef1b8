"""LeNet-5 with an additional class for no digit, and the endpoints of its SavedModel."""

import pathlib

import keras
import tensorflow as tf
from keras import ops

from apps.digits import preprocessing, zooming
from apps.digits.data import MARGIN, WINDOW
from keras_dl import boxes, models, optimizers, pipelines
from keras_dl.application import Endpoint

_EDGE = 4  # pixels of a digit's box that may be outside of a canvas
_LEAST_SCORE = 0.8
_LARGEST_IOU = 0.33  # of the boxes of two digits
_MOST = 100  # digits on a canvas
_STRIP = 64  # rows of windows at a time


def build(config, data):
    """Returns the compiled model."""
    net = lenet5()
    # The logit of "no digit" is always 0, so LeNet-5 needs no additional weights.
    model = keras.Model(net.inputs[0], ops.pad(net.outputs[0], ((0, 0), (0, 1))), name="digits")
    steps = config.epochs * data.steps_per_epoch
    model.compile(
        keras.optimizers.Adam(optimizers.warmup_cosine(config.learning_rate, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    return model


def lenet5():
    """Returns LeNet-5 for windows of 32 x 32 gray pixels, with 61,706 weights."""
    return models.lenet5((WINDOW, WINDOW, 1), 10)


def endpoints(model):
    """Returns two endpoints: one reads one digit, the other finds all digits on a canvas."""
    net = keras.Model(model.inputs[0], model.get_layer("logits").output)
    sliding, windows = models.fully_convolutional(net)
    features = keras.Model(sliding.inputs[0], [sliding.layers[-1].input, sliding.outputs[0]])

    def serving_default(image_bytes):
        blank = tf.zeros((preprocessing.SIDE, preprocessing.SIDE))
        digits, is_image = pipelines.decode_rows(preprocessing.digit, image_bytes, blank)
        inputs = tf.pad(digits, [[0, 0], [MARGIN, MARGIN], [MARGIN, MARGIN]])
        hidden, logits = features(inputs[..., None], training=False)
        probabilities = _probabilities(logits)[:, 0, 0] * tf.cast(is_image, "float32")[:, None]
        return {
            "digit": tf.where(is_image, tf.argmax(probabilities, 1, "int32"), -1),
            "is_image": is_image,
            "probabilities": probabilities,
            "features": hidden[:, 0, 0],
        }

    def find(image_bytes):
        kinds = {
            "boxes": tf.TensorSpec([_MOST, 4], "float32"),
            "digits": tf.TensorSpec([_MOST], "int32"),
            "scores": tf.TensorSpec([_MOST], "float32"),
            "valid": tf.TensorSpec([], "int32"),
            "is_image": tf.TensorSpec([], "bool"),
        }
        return tf.map_fn(_search(sliding, windows), image_bytes, fn_output_signature=kinds)

    signature = [tf.TensorSpec([None], "string", "image_bytes")]
    files = [pathlib.Path(__file__).with_name(f"{name}.png") for name in ("four", "canvas")]
    examples = {"image_bytes": [file.read_bytes() for file in files]}
    return {
        "serving_default": Endpoint(serving_default, signature, examples),
        "find": Endpoint(find, signature, examples),
    }


def _search(sliding, windows):
    """Returns the function from the bytes of a canvas to its digits."""

    def search(encoded):
        blank = tf.zeros((1, 1)), tf.ones([2], "int32")
        (ink, whole), is_image = pipelines.decode_or_blank(preprocessing.canvas, encoded, blank)
        ink = tf.ensure_shape(ink, (None, None))
        size = tf.cast(tf.shape(ink), "float32")
        shape = tf.math.ceil(size * zooming.zoom(ink))
        ink = preprocessing.resized(ink, tf.cast(shape, "int32"))
        scale = tf.cast(whole, "float32") / shape
        shape, around = tf.shape(ink), MARGIN + _EDGE
        # Windows extend beyond the last row or column by less than one stride.
        after = around + windows.stride[0] + tf.maximum(WINDOW - shape - 2 * around, 0)
        padded = tf.pad(ink, [[around, after[0]], [around, after[1]]])
        scores = _scores(sliding, windows.stride[0], padded) * tf.cast(is_image, "float32")
        frames = _frames(tf.shape(scores)[:2], windows.stride, shape)
        found = boxes.non_max_suppression(
            frames[None],
            tf.reshape(scores, (1, -1, 10)),
            score_threshold=_LEAST_SCORE,
            iou_threshold=_LARGEST_IOU,
            max_boxes=_MOST,
            class_agnostic=True,
        )
        return {
            "boxes": found["boxes"][0] * tf.concat([scale, scale], 0),
            "digits": found["classes"][0],
            "scores": found["scores"][0],
            "valid": found["valid"][0],
            "is_image": is_image,
        }

    return search


def _scores(sliding, stride, padded):
    """Returns the probabilities of the digits in all windows `(rows, columns, 10)`.

    The rows are computed in strips, so that a large canvas needs little memory.
    """
    rows = (tf.shape(padded)[0] - WINDOW) // stride + 1
    count = -(-rows // _STRIP)
    each = -(-rows // count)
    missing = (each * count - rows) * stride
    padded = tf.pad(padded, [[0, missing], [0, 0]])

    def strip(first):
        start = first * stride
        part = padded[None, start : start + (each - 1) * stride + WINDOW, :, None]
        return _probabilities(sliding(part, training=False))[0]

    shape = tf.TensorSpec((None, None, 10), "float32")
    strips = tf.map_fn(
        strip, each * tf.range(count), fn_output_signature=shape, parallel_iterations=1
    )
    return tf.reshape(strips, (each * count, -1, 10))[:rows]


def _probabilities(logits):
    """Returns the probabilities of the digits; 1 minus their sum is that of no digit."""
    return tf.nn.softmax(tf.pad(logits, [[0, 0], [0, 0], [0, 0], [0, 1]]))[..., :-1]


def _frames(grid, stride, shape):
    """Returns the boxes of the digits of all windows `(windows, 4)`, clipped to the canvas."""
    top = tf.range(grid[0]) * stride[0] - _EDGE
    left = tf.range(grid[1]) * stride[1] - _EDGE
    top, left = (tf.reshape(each, [-1]) for each in tf.meshgrid(top, left, indexing="ij"))
    frames = tf.stack([top, left, top + preprocessing.SIDE, left + preprocessing.SIDE], 1)
    return tf.cast(tf.clip_by_value(frames, 0, tf.concat([shape, shape], 0)), "float32")
