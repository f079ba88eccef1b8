"""What a neuron learned, as the input that excites it most."""

import keras
import numpy as np
import tensorflow as tf


def activation_maximization(
    model: keras.Model, *, norm: float = 1.0, steps: int = 200, seed: int = 0
) -> np.ndarray:
    """Finds, for each unit of the output, an input of bounded length that excites it most.

    `max h_j(x)` over all x with `|x| <= norm`, by gradient ascent from a random start, the step
    along the normalized gradient, smaller and smaller, and x scaled back to the bound. For a unit
    `f(w x + b)` with a rising f this is `norm * w / |w|`, the weights themselves; for deeper ones
    it is a local maximum.

    Args:
        model: keras.Model from float `(batch, ...)` to `(batch, units)`.
        norm: float. Longest input, in the Euclidean norm.
        steps: int. Steps of the ascent.
        seed: int. Seed of the starts.

    Returns:
        float32 array `(units, ...)`, an input for each unit.

    Raises:
        ValueError: if the outputs are not `(batch, units)`, or `norm` or `steps` not positive.

    Reference: Erhan et al. 2009, "Visualizing higher-layer features of a deep network".
    """
    if len(model.output_shape) != 2 or norm <= 0 or steps < 1:
        raise ValueError(
            "activation_maximization: the outputs of model must be (batch, units), and norm and "
            "steps positive. Received "
            f"outputs {model.output_shape}, norm {norm}, steps {steps}. Cut the "
            "model off at a layer with one number for each unit."
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
                # Each row excites the unit of its own number.
                excitement = tf.reduce_sum(tf.linalg.diag_part(model(inputs, training=False)))
            uphill = to_length(tape.gradient(excitement, inputs))
            rate = 1.0 - tf.cast(step, "float32") / steps
            inputs = to_length(inputs + rate * uphill)
        return inputs

    return keras.ops.convert_to_numpy(climb(to_length(tf.constant(start))))
