"""A layer that keeps the contract, and layers with one mistake each, for `layer_contract`."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops


@keras.saving.register_keras_serializable(package="test")
class Average(keras.layers.Layer):
    """A layer that keeps the contract: `scale * Dense(mean of the times not masked)`."""

    def __init__(self, units, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.scale = scale

    def build(self, inputs_shape):
        self.kernel = self.add_weight((inputs_shape[-1], self.units), name="kernel")

    def call(self, inputs, mask=None):
        return ops.matmul(self.mean(inputs, mask), self.kernel) * self.scale

    def mean(self, inputs, mask):
        kept = ops.cast(mask, inputs.dtype)[:, :, None]
        return ops.sum(inputs * kept, 1) / ops.maximum(ops.sum(kept, 1), 1)

    def compute_output_shape(self, inputs_shape):
        return inputs_shape[0], self.units

    def compute_mask(self, inputs, previous_mask=None):
        return None

    def get_config(self):
        return {**super().get_config(), "units": self.units, "scale": self.scale}


BROKEN = []


def broken(check, message):
    """Registers a subclass of Average with the check that must refuse it, and how."""

    def register(cls):
        cls = keras.saving.register_keras_serializable(package="test")(cls)
        BROKEN.append((check, message, cls))
        return cls

    return register


@broken("configuration", "get_config lacks {'scale'}")
class LacksArgument(Average):
    def get_config(self):
        return {**keras.layers.Layer.get_config(self), "units": self.units}


@broken("configuration", "scale 3.0 became 1.0")
class ForgetsArgument(Average):
    def get_config(self):
        return {**super().get_config(), "scale": 1.0}


@broken("configuration", "not JSON serializable")
class KeepsAnObject(Average):
    def get_config(self):
        return {**super().get_config(), "scale": np.float32(self.scale)}


@broken("shapes", r"output 0: \(None, 3\), \(None, 2\)")
class WrongShape(Average):
    def compute_output_shape(self, inputs_shape):
        return inputs_shape[0], self.units + 1


@broken("shapes", "output 0: float16, float32")
class WrongSymbolicDtype(Average):
    def compute_output_spec(self, inputs, mask=None):
        return keras.KerasTensor((inputs.shape[0], self.units), "float16")


@broken("shapes", "one more item")
class LateWeight(Average):
    def call(self, inputs, mask=None):
        if not hasattr(self, "bias"):
            self._tracker.unlock()
            self.bias = self.add_weight((self.units,), name="bias")
        return super().call(inputs, mask) + self.bias


@broken("saving", "outputs")
class UnsavedWeight(Average):
    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        pass


@broken("export", "3 values, but the requested shape has 6")
class FixedBatch(Average):
    def mean(self, inputs, mask):
        return ops.reshape(super().mean(inputs, mask), (2, inputs.shape[-1]))


@broken("export", "exported as float32")
class FrozenPython(Average):
    calls = 0

    def call(self, inputs, mask=None):
        FrozenPython.calls += 1
        return super().call(inputs, mask) * FrozenPython.calls


@broken("half_precision", "output 0 is float32 under mixed_float16")
class LeaksFloat32(Average):
    def call(self, inputs, mask=None):
        return ops.cast(super().call(inputs, mask), "float32")


@broken("half_precision", "mixed_float16")
class Overflows(Average):
    def mean(self, inputs, mask):
        return super().mean(inputs * 1e5, mask) / 1e5


@broken("half_precision", r"\['float16'\] == \['float32'\]")
class HalfWeights(Average):
    def build(self, inputs_shape):
        shape = (inputs_shape[-1], self.units)
        self.kernel = self.add_weight(shape, dtype=self.compute_dtype, name="kernel")


@broken("jit", "XLA_CPU_JIT")
class NotForXla(Average):
    def mean(self, inputs, mask):
        return tf.strings.to_number(tf.strings.as_string(super().mean(inputs, mask)))


@broken("jit", "outputs under XLA")
class OtherUnderXla(Average):
    def mean(self, inputs, mask):
        return super().mean(inputs, mask) * (1.0 if tf.executing_eagerly() else 2.0)


@broken("gradients", "no gradient reaches stops_gradient/kernel")
class StopsGradient(Average):
    def call(self, inputs, mask=None):
        return ops.stop_gradient(super().call(inputs, mask)) + 0 * ops.sum(self.kernel)


@broken("gradients", "infinite_gradient/kernel is not finite")
class InfiniteGradient(Average):
    def call(self, inputs, mask=None):
        return super().call(inputs, mask) + ops.sqrt(ops.sum(self.kernel * 0))


@broken("padding", "padding: right")
class CountsPadding(Average):
    def mean(self, inputs, mask):
        return ops.sum(ops.where(mask[:, :, None], inputs, 0.0), 1) / ops.shape(inputs)[1]


@broken("padding", "padding: left")
class TrustsRightPadding(Average):
    def mean(self, inputs, mask):
        length = ops.sum(ops.cast(mask, "int32"), 1, keepdims=True)
        return super().mean(inputs, ops.arange(ops.shape(inputs)[1])[None] < length)


@broken("padding", "padding: right")
class IgnoresMask(Average):
    def mean(self, inputs, mask):
        return ops.mean(inputs, 1)


@broken("mask", "output 0 has lost the mask of inputs")
class LosesMask(Average):
    def call(self, inputs, mask=None):
        return ops.matmul(inputs, self.kernel) * self.scale


@broken("everything_masked", "output 0, float32")
class DividesByZero(Average):
    def mean(self, inputs, mask):
        kept = ops.cast(mask, inputs.dtype)[:, :, None]
        return ops.sum(inputs * kept, 1) / ops.sum(kept, 1)


@broken("everything_masked", "all masked, output 0, float32")
class FallsBackToPadding(Average):
    def mean(self, inputs, mask):
        return super().mean(inputs, ops.logical_or(mask, ~ops.any(mask, 1, keepdims=True)))


@broken("everything_masked", "gradients, float32")
class NotANumberBackwards(Average):
    def mean(self, inputs, mask):
        kept = ops.cast(mask, inputs.dtype)[:, :, None]
        count = ops.sum(kept, 1)
        return ops.where(count > 0, ops.sum(inputs * kept, 1) / count, 0.0)
