"""Converts an image classifier to a fully convolutional model for all windows of an image."""

import keras

from keras_dl.layers.caffe_preprocessing import CaffePreprocessing
from keras_dl.layers.local_response_normalization import LocalResponseNormalization
from keras_dl.models.sliding_windows import SlidingWindows

_ELEMENTWISE = (
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.ELU,
    keras.layers.Dropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.Identity,
    keras.layers.Add,
    keras.layers.Subtract,
    keras.layers.Multiply,
    keras.layers.Average,
    keras.layers.Maximum,
    keras.layers.Minimum,
)
_OVER_CHANNELS = (keras.activations.softmax, keras.activations.log_softmax)
_PER_POSITION = (
    *_ELEMENTWISE,
    keras.layers.Rescaling,
    keras.layers.Normalization,
    keras.layers.BatchNormalization,
    keras.layers.SpatialDropout2D,
    keras.layers.Softmax,
    keras.layers.Concatenate,
    CaffePreprocessing,
    LocalResponseNormalization,
)
_CONVOLUTIONS = (
    keras.layers.Conv2D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)
_POOLINGS = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
_GLOBAL = {
    keras.layers.GlobalMaxPooling2D: keras.layers.MaxPooling2D,
    keras.layers.GlobalAveragePooling2D: keras.layers.AveragePooling2D,
}


def fully_convolutional(model: keras.Model) -> tuple[keras.Model, SlidingWindows]:
    """Converts an image classifier to a model that classifies every window of a larger image.

    Computation that overlapping windows share is done only once. The first dense layer after
    `Flatten` becomes a convolution whose kernel has the size of the flattened map, later dense
    layers become 1 x 1 convolutions, and global pooling becomes pooling with a stride of 1. The
    output for each window equals the output of the classifier on that window, cropped from the
    image.

    This works only if no layer treats the edges of a window differently. Layers that pad with zeros
    or mix positions in other ways are therefore rejected.

    Args:
        model: Sequential or functional keras.Model from `(batch, height, width, channels)` to
            `(batch, num_classes)`, with one input and one output. It is used in inference mode.

    Returns:
        pair of a keras.Model and the `SlidingWindows` of its output cells. The model maps images
        `(batch, height, width, channels)` of at least the classifier's input size to
        `(batch, rows, columns, num_classes)`; its weights are copies of the classifier's weights.

    Raises:
        TypeError: if `model` is not a Sequential or functional model.
        ValueError: if a layer cannot be converted without changing the outputs; the message names
            the layer and the reason.

    Reference: Sermanet et al. 2014, arXiv:1312.6229 (OverFeat), section 3.5.
    """
    if not isinstance(model, keras.Sequential) and not hasattr(model, "operations"):
        raise TypeError(
            "fully_convolutional: model must be a Sequential or functional keras.Model. Received "
            f"{type(model).__name__}. Build it with the functional API."
        )
    if not model.built or len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            "fully_convolutional: model must be built, with one input and one output. Received "
            f"{model.name}. Call it once, or select one output."
        )
    if len(model.inputs[0].shape) != 4 or len(model.outputs[0].shape) != 2:
        raise ValueError(
            "fully_convolutional: model must map images to (batch, num_classes). Received shapes "
            f"{tuple(model.inputs[0].shape)}, {tuple(model.outputs[0].shape)}. Add Flatten and "
            "Dense layers."
        )
    height, width, channels = model.inputs[0].shape[1:]
    if None in (height, width, channels):
        raise ValueError(
            "fully_convolutional: model must have a fixed input size, the size of the windows. "
            f"Received shape {tuple(model.inputs[0].shape)}. Build it with a fixed input shape."
        )
    inputs = keras.Input((None, None, channels), name=model.inputs[0].name)
    rebuild = _Rebuild(inputs)
    outputs = keras.models.clone_model(
        keras.Model(model.inputs[0], model.outputs[0]),
        input_tensors=inputs,
        clone_function=lambda layer: layer,
        call_function=rebuild,
    ).outputs[0]
    if rebuild.flattened.get(id(outputs), (1, 1)) != (1, 1):
        raise ValueError(
            "fully_convolutional: a dense layer must follow Flatten. Received a flattened map of "
            f"{rebuild.flattened[id(outputs)]} at the end of {model.name}. Add a Dense layer."
        )
    windows = SlidingWindows((height, width), rebuild.strides[id(outputs)])
    result = keras.Model(inputs, outputs, name=f"convolutional_{model.name}")
    rebuild.copy_weights()
    return result, windows


class _Rebuild:
    """Calls each layer in its convolutional form, on tensors of unknown height and width."""

    def __init__(self, inputs):
        self.strides = {id(inputs): (1, 1)}
        self.flattened = {}  # id of a tensor: the map (height, width) that was flattened
        self.tensors = [inputs]  # keeps tensors alive, so that their ids stay unique
        self.copies = []
        self.seen = []

    def __call__(self, layer, *args, **kwargs):
        values = args[0]
        inputs = values if isinstance(values, (list, tuple)) else [values]
        strides = {self.strides[id(each)] for each in inputs}
        maps = {self.flattened.get(id(each)) for each in inputs}
        if len(strides) > 1 or len(maps) > 1:
            _refuse(layer, "its inputs have different strides")
        if layer in self.seen:
            _refuse(layer, "it is used more than once")
        self.seen.append(layer)
        stride, flattened = strides.pop(), maps.pop()
        new, step, flattened = self._form(layer, flattened)
        outputs = new(values)
        self.tensors.append(outputs)
        self.strides[id(outputs)] = stride[0] * step[0], stride[1] * step[1]
        if flattened is not None:
            self.flattened[id(outputs)] = flattened
        return outputs

    def copy_weights(self):
        """Copies the weights of the old layers to the new ones."""
        for new, layer in self.copies:
            shapes = [each.shape for each in new.get_weights()]
            new.set_weights(
                [each.reshape(s) for each, s in zip(layer.get_weights(), shapes, strict=True)]
            )

    def _form(self, layer, flattened):
        """Returns the new layer, its strides, and the map size that its output has flattened."""
        spread = flattened not in (None, (1, 1))  # over several positions
        if isinstance(layer, keras.layers.Flatten):
            return keras.layers.Identity(name=layer.name), (1, 1), _map_of(layer)
        if isinstance(layer, keras.layers.Dense):
            return self._dense(layer, flattened), (1, 1), None
        if type(layer) in _GLOBAL:
            pool = _GLOBAL[type(layer)](_map_of(layer), strides=1, name=layer.name)
            return pool, (1, 1), None
        if spread and not isinstance(layer, _ELEMENTWISE):
            _refuse(layer, "after Flatten, it uses all positions of a map at once")
        if spread and getattr(layer, "activation", None) in _OVER_CHANNELS:
            _refuse(layer, "after Flatten, it uses all positions of a map at once")
        axis, last = getattr(layer, "axis", -1), len(layer.output.shape) - 1
        if axis not in (-1, last, (-1,), (last,), [last], [-1]):
            _refuse(layer, f"its axis {axis} is not the channel axis")
        if isinstance(layer, _PER_POSITION):
            return self._same(layer), (1, 1), flattened
        if isinstance(layer, _CONVOLUTIONS):
            return self._same(layer), self._steps(layer, layer.kernel_size, layer.strides), None
        if isinstance(layer, _POOLINGS):
            return self._same(layer), self._steps(layer, layer.pool_size, layer.strides), None
        _refuse(layer, f"{type(layer).__name__} is not a layer that keeps windows separate")

    def _dense(self, layer, flattened):
        new = keras.layers.Conv2D(
            layer.units,
            flattened or (1, 1),
            activation=layer.activation,
            use_bias=layer.use_bias,
            dtype=layer.dtype_policy,
            name=layer.name,
        )
        self.copies.append((new, layer))
        return new

    def _same(self, layer):
        config = layer.get_config()
        if "axis" in config:
            config["axis"] = -1
        new = type(layer).from_config(config)
        self.copies.append((new, layer))
        return new

    def _steps(self, layer, size, strides):
        if layer.data_format != "channels_last":
            _refuse(layer, "its data format is channels_first")
        if layer.padding != "valid" and max(size) > 1:
            _refuse(layer, f'its padding "{layer.padding}" adds zeros around each window')
        return strides


def _map_of(layer):
    """Returns the height and width of the map that a layer flattens or pools."""
    shape = tuple(layer.input.shape)
    if len(shape) == 4 and None not in shape[1:]:
        return shape[1:3]
    if len(shape) == 2:
        return None  # flat already
    _refuse(layer, f"its input of shape {shape} is not a map of a fixed size")


def _refuse(layer, reason):
    raise ValueError(
        "fully_convolutional: model must treat each window like a cropped image. Received layer "
        f"{layer.name}: {reason}. Build the model without this layer."
    )
