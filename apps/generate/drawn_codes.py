"""Codes that are drawn, each from its seed alone, and the way from one to another."""

import tensorflow as tf


def normal(units):
    """Returns the function from seeds to standard normal codes, each from its seed alone."""

    def draw(seed):
        def one(each):
            return tf.random.stateless_normal([units], tf.stack([each, 0]))

        return tf.map_fn(one, seed, fn_output_signature="float32")

    return draw


def uniform(shape, number):
    """Returns the function from seeds to uniform numbers, the `number`-th ones of each seed."""

    def draw(seed):
        def one(each):
            key = tf.stack([each, tf.cast(number, "int64")])
            return tf.random.stateless_uniform(shape, key)

        return tf.map_fn(one, seed, fn_output_signature="float32")

    return draw


def between(first, second, share):
    """Goes from one code to another along the sphere, where normal codes of many numbers are."""
    share = share[:, None]
    lengths = [tf.norm(code, axis=1, keepdims=True) for code in (first, second)]
    cosine = tf.reduce_sum(first * second, 1, keepdims=True) / (lengths[0] * lengths[1] + 1e-12)
    angle = tf.acos(tf.clip_by_value(cosine, -1.0, 1.0))
    # Codes on one line: there is no way along the sphere, or none rather than another.
    near = tf.sin(angle) < 1e-3
    sine = tf.where(near, 1.0, tf.sin(angle))
    parts = [
        tf.where(near, straight, tf.sin(straight * angle) / sine)
        for straight in (1.0 - share, share)
    ]
    return parts[0] * first + parts[1] * second
