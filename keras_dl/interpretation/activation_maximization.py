"""Activation maximization: finds inputs that maximize the output units of a model."""

import keras
import numpy as np
import tensorflow as tf


def activation_maximization(
    model: keras.Model, *, norm: float = 1.0, steps: int = 200, seed: int = 0
) -> np.ndarray:
    """Finds, for each output unit, an input of bounded norm that maximizes its activation.

    Maximizes `h_j(x)` over all x with `|x| <= norm` by gradient ascent from a random start. Each
    step follows the normalized gradient, with a decreasing step size, and rescales x to length
    `norm`. For a unit `f(w x + b)` with increasing f, the result is `norm * w / |w|`, the scaled
    weights; for deeper units it is a local maximum. It needs the TensorFlow backend.

    Args:
        model: keras.Model from float `(batch, ...)` to `(batch, units)`.
        norm: float. Largest Euclidean norm of an input.
        steps: int. Number of gradient steps.
        seed: int. Seed of the random starts.

    Returns:
        float32 array `(units, ...)`, one input for each unit.

    Raises:
        ValueError: if the outputs are not `(batch, units)`, or `norm` or `steps` is not positive.

    Reference: Erhan et al. 2009, "Visualizing higher-layer features of a deep network".
    """
    if len(model.output_shape) != 2 or norm <= 0 or steps < 1:
        raise ValueError(
            "activation_maximization: model must have outputs (batch, units), and norm and steps "
            f"must be positive. Received outputs {model.output_shape}, norm {norm}, steps {steps}. "
            "Pass a model whose last layer outputs one value for each unit."
        )
    units, shape = model.output_shape[1], model.input_shape[1:]
    start = np.random.default_rng(seed).normal(size=(units, *shape)).astype("float32")
    axes = list(range(1, start.ndim))

    def to_length(values):
        squares = tf.reduce_sum(tf.square(values), axes, keepdims=True)
        return norm * values * tf.math.rsqrt(tf.maximum(squares, 1e-30))

    @tf.function
    def climb(inputs):
        for step in tf.range(steps):
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                # Row i excites unit i.
                excitement = tf.reduce_sum(tf.linalg.diag_part(model(inputs, training=False)))
            uphill = to_length(tape.gradient(excitement, inputs))
            rate = 1.0 - tf.cast(step, "float32") / steps
            inputs = to_length(inputs + rate * uphill)
        return inputs

    return keras.ops.convert_to_numpy(climb(to_length(tf.constant(start))))
