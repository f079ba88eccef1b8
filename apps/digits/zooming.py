"""Estimates how large the digits of a canvas are from its connected components."""

import math

import tensorflow as tf

from apps.digits import preprocessing

_LONGEST = 256  # longest side in pixels in which components are searched
_LEAST_INK = 0.4  # share of the strongest; above noise, and below thin strokes that are shrunk
_STEPS = 256  # pixels at most along a component
_SAME = 1.3  # a smaller difference makes none to the network
_LARGEST = 3.0
_LARGEST_CANVAS = 2048  # pixels; no zoom makes a side longer


def zoom(ink):
    """Returns how many times larger the digits of a canvas must be to be like those of MNIST.

    The ink of these is 20 pixels high, or less if it is 20 pixels wide. What counts is the median,
    over the pixels of ink, of height and longer side of the connected component. The zoom is 1 if
    they are about right, or if there is no ink.

    Args:
        ink: float32 `(height, width)`, 0 to 255.
    """
    longest = tf.cast(tf.reduce_max(tf.shape(ink)), "float32")
    scale = tf.minimum(_LONGEST / longest, 1)
    size = tf.cast(tf.math.ceil(tf.cast(tf.shape(ink), "float32") * scale), "int32")
    ink = preprocessing.resized(ink, size)
    is_ink = ink > _LEAST_INK * tf.maximum(tf.reduce_max(ink), 1)
    right = tf.fill([1, 2], float(preprocessing.INK)) * scale  # one more pixel, if there is none
    sides = tf.concat([tf.boolean_mask(_component_sides(is_ink), is_ink), right], 0)
    higher, longer = (
        preprocessing.INK * scale / preprocessing.sorted_value(each, 0.5)
        for each in (sides[:, 0], tf.reduce_max(sides, 1))
    )
    largest = tf.clip_by_value(_LARGEST_CANVAS / longest, 1, _LARGEST)
    found = tf.where(higher < 1, higher, tf.clip_by_value(longer, 1, largest))
    return tf.where(tf.abs(tf.math.log(found)) < math.log(_SAME), 1.0, found)


def _component_sides(is_ink):
    """Returns height and width of the connected component of each pixel of ink, float32."""
    rows, columns = (tf.range(tf.shape(is_ink)[axis], dtype="float32") for axis in (0, 1))
    from_start = tf.stack(tf.meshgrid(rows, columns, indexing="ij"), -1)
    from_end = tf.stack([rows[-1], columns[-1]]) - from_start
    is_ink = tf.cast(is_ink, "float32")[None, ..., None]
    # The largest distances from all four edges of the image spread over each component.
    start = is_ink * tf.concat([from_start, from_end], -1), tf.constant(True)

    def spread(ends, _):
        larger = is_ink * tf.nn.max_pool2d(ends, 3, 1, "SAME")
        return larger, tf.reduce_any(larger > ends)

    ends, _ = tf.while_loop(lambda _, changed: changed, spread, start, maximum_iterations=_STEPS)
    return ends[0, ..., :2] + ends[0, ..., 2:] - (from_start + from_end) + 1
