"""A layer, what to call it on, and ways to call it: the material of `layer_contract`."""

import dataclasses
import functools
import inspect

import keras
import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Case:
    """One layer and what to call it on.

    Attributes:
        make_layer: functools.partial of the class, with none of its arguments left at the default.
        inputs: dict of call arguments, in order: NumPy arrays or nests of them, batch first.
        padded: names of those inputs that have the time axis (axis 1) which `mask` masks.
        padded_outputs: numbers of the outputs with that time axis (numbered as flattened).
        float32_outputs: numbers of the outputs that are float32 whatever the policy.
        random: whether two calls differ, so that only shape, dtype and finiteness are compared.
        no_mask: str. Why outputs with the times of the first input do not carry its mask.
        learnt_by_loss: names of weights that the outputs don't know, only the losses of training.
    """

    make_layer: functools.partial
    inputs: dict
    padded: tuple = ()
    padded_outputs: tuple = ()
    float32_outputs: tuple = ()
    random: bool = False
    no_mask: str = ""
    learnt_by_loss: tuple = ()

    def built(self, policy="float32", weights=None):
        """Returns a built layer; without `weights`, it gets random ones: zeros hide mistakes."""
        layer = self.make_layer(dtype=policy)
        call(layer, self.inputs)
        if weights is None:
            random = np.random.default_rng(0)
            weights = [
                array + random.normal(scale=0.1, size=array.shape).astype(array.dtype)
                if array.dtype == "float32"
                else array
                for array in layer.get_weights()
            ]
        layer.set_weights(weights)
        return layer

    def symbolic(self, unknown_time=False):
        """Returns the inputs as Keras inputs without a batch size, or without a time either."""

        def symbol(array, timed):
            shape = (None, None, *array.shape[2:]) if timed else (None, *array.shape[1:])
            return keras.Input(batch_shape=shape, dtype=str(array.dtype))

        timed = {*self.padded, "mask"} if unknown_time else ()
        return {
            name: keras.tree.map_structure(functools.partial(symbol, timed=name in timed), value)
            for name, value in self.inputs.items()
        }

    def model(self, *layers):
        """Returns a functional model from the flat inputs to the flat outputs of all layers."""
        inputs = self.symbolic(unknown_time=True)
        return keras.Model(flat(inputs), flat({layer: call(layer, inputs) for layer in layers}))

    def row(self, row, length=None):
        """Returns the inputs of one row, of the padded ones `length` times, all of them real."""
        inputs = keras.tree.map_structure(lambda array: array[row : row + 1], self.inputs)
        for name in self.padded if length else ():
            inputs[name] = keras.tree.map_structure(lambda array: array[:, :length], inputs[name])
        if self.padded and length:
            inputs["mask"] = np.ones((1, length), bool)
        return inputs

    def spread(self, kept, time, random):
        """Returns the inputs with the first times of row i at the places `kept[i]`, else junk."""

        def spread(array):
            result = random.choice(array.ravel(), (len(array), time, *array.shape[2:]))
            if array.dtype == "float32":
                result = result * 30
            for row, indices in enumerate(kept):
                result[row, indices] = array[row, : len(indices)]
            return result

        inputs = dict(self.inputs)
        for name in self.padded:
            inputs[name] = keras.tree.map_structure(spread, inputs[name])
        inputs["mask"] = np.array([np.isin(np.arange(time), indices) for indices in kept])
        return inputs

    def computed_shapes(self):
        """Returns what `compute_output_shape` of a layer that was never called tells, flat."""
        layer = self.make_layer()
        names = list(inspect.signature(layer.compute_output_shape).parameters)
        shapes = {f"{name}_shape": _shape(value) for name, value in self.inputs.items()}
        arguments = shapes if len(names) > 1 else {names[0]: next(iter(shapes.values()))}
        specs = layer.compute_output_shape(
            **{name: arguments[name] for name in names if name in arguments}
        )
        flattened = keras.tree.flatten(keras.tree.map_shape_structure(np.zeros, specs))
        return [array.shape for array in flattened]

    def compare(self, outputs, expected, tolerance, where="outputs"):
        """Asserts equal shapes and dtypes, and values within a tolerance (relative above 1)."""
        for output, reference in zip(outputs, expected, strict=True):
            assert output.shape == reference.shape, where
            assert output.dtype == reference.dtype, where
            if self.random:
                assert np.isfinite(output.astype("float32")).all(), where
            elif output.dtype.kind in "biu":
                np.testing.assert_array_equal(output, reference, where)
            else:
                output, reference = output.astype("float64"), reference.astype("float64")
                np.testing.assert_allclose(output, reference, tolerance, tolerance, False, where)


def call(layer, inputs):
    """Calls a layer on a dict of arguments, the first of them by position."""
    first, *others = inputs
    return layer(inputs[first], **{name: inputs[name] for name in others})


def flat(inputs):
    """Returns the arrays or tensors of a dict of arguments as a list."""
    return keras.tree.flatten(list(inputs.values()))


def arrays(nest):
    """Returns the tensors of a nest as a flat list of arrays."""
    return [keras.ops.convert_to_numpy(tensor) for tensor in keras.tree.flatten(nest)]


def forward_and_backward(layer, inputs):
    """Returns the flat outputs, and the gradients of their random projection.

    The gradients are those of the trainable weights, then those of the float inputs.
    """
    inputs = keras.tree.map_structure(tf.convert_to_tensor, inputs)
    variables = [weight.value for weight in layer.trainable_weights]
    variables += [tensor for tensor in flat(inputs) if tensor.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        outputs = keras.tree.flatten(call(layer, inputs))
        loss = tf.zeros(())
        for number, output in enumerate(outputs):
            if output.dtype.is_floating:
                direction = np.random.default_rng(number).normal(size=output.shape)
                loss += tf.reduce_sum(tf.cast(output, "float32") * direction.astype("float32"))
    gradients = tape.gradient(loss, variables, unconnected_gradients="zero")
    return outputs, [tf.convert_to_tensor(gradient) for gradient in gradients]


def _shape(value):
    return keras.tree.map_structure(lambda array: array.shape, value)
