"""Values and gradients on the backend of Keras, TensorFlow or JAX."""

import keras
import numpy as np


def value_and_gradient(function, x, dtype="float32"):
    """Returns the scalar value of a function of a tensor and its gradient, as arrays."""
    x = keras.ops.convert_to_tensor(x, dtype)
    if keras.backend.backend() == "jax":
        import jax

        value, gradient = jax.value_and_grad(function)(x)
    else:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(x)
            value = function(x)
        gradient = tape.gradient(value, x)
    return np.asarray(value), keras.ops.convert_to_numpy(gradient)
