"""Converts an image classifier to a fully convolutional model for all windows of an image."""

import keras

from keras_dl.layers.caffe_preprocessing import CaffePreprocessing
from keras_dl.layers.euclidean_rbf import EuclideanRBF
from keras_dl.layers.local_response_normalization import LocalResponseNormalization
from keras_dl.layers.partially_connected_conv import PartiallyConnectedConv2D
from keras_dl.layers.trainable_subsampling import TrainableSubsampling2D
from keras_dl.models.sliding_windows import SlidingWindows

# Layers that change nothing in inference mode.
_ONLY_IN_TRAINING = (
    keras.layers.ActivityRegularization,
    keras.layers.AlphaDropout,
    keras.layers.Dropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.SpatialDropout2D,
    keras.layers.AugMix,
    keras.layers.RandAugment,
    keras.layers.RandomBrightness,
    keras.layers.RandomColorDegeneration,
    keras.layers.RandomColorJitter,
    keras.layers.RandomContrast,
    keras.layers.RandomElasticTransform,
    keras.layers.RandomErasing,
    keras.layers.RandomFlip,
    keras.layers.RandomGaussianBlur,
    keras.layers.RandomGrayscale,
    keras.layers.RandomHue,
    keras.layers.RandomInvert,
    keras.layers.RandomPerspective,
    keras.layers.RandomPosterization,
    keras.layers.RandomRotation,
    keras.layers.RandomSaturation,
    keras.layers.RandomSharpness,
    keras.layers.RandomShear,
    keras.layers.RandomTranslation,
    keras.layers.RandomZoom,
)
_ELEMENTWISE = (
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.ELU,
    keras.layers.Identity,
    keras.layers.Rescaling,
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
    keras.layers.PReLU,
    keras.layers.Normalization,
    keras.layers.BatchNormalization,
    keras.layers.LayerNormalization,
    keras.layers.Softmax,
    keras.layers.Concatenate,
    CaffePreprocessing,
    EuclideanRBF,
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
    image. Models used as layers are replaced by their layers.

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
    if not _is_functional(model):
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
    outputs = rebuild.model(model, inputs)
    if rebuild.flattened.get(id(outputs), (1, 1)) != (1, 1):
        raise ValueError(
            "fully_convolutional: a dense layer must follow Flatten. Received a flattened map of "
            f"{rebuild.flattened[id(outputs)]} at the end of {model.name}. Add a Dense layer."
        )
    windows = SlidingWindows((height, width), rebuild.strides[id(outputs)])
    result = keras.Model(inputs, outputs, name=f"convolutional_{model.name}")
    rebuild.copy_weights()
    return result, windows


def _is_functional(model):
    return isinstance(model, keras.Sequential) or hasattr(model, "operations")


class _Rebuild:
    """Calls each layer in its convolutional form, on tensors of unknown height and width."""

    def __init__(self, inputs):
        self.strides = {id(inputs): (1, 1)}
        self.flattened = {}  # id of a tensor: the map (height, width) that was flattened
        self.tensors = [inputs]  # keeps tensors alive, so that their ids stay unique
        self.copies = []
        self.seen = []
        self._prefix = ""  # of the names of the layers in a nested model

    def model(self, model, inputs):
        """Calls the layers of a model; returns the output."""
        keras.models.clone_model(
            keras.Model(model.inputs[0], model.outputs[0]),
            input_tensors=inputs,
            clone_function=lambda layer: layer,
            call_function=self,
        )
        return self.tensors[-1]  # the layer of the output is called last

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
        if isinstance(layer, keras.Model):
            return self._nested(layer, values)
        stride, flattened = strides.pop(), maps.pop()
        new, step, flattened = self._form(layer, flattened)
        outputs = new(values)
        self.tensors.append(outputs)
        self.strides[id(outputs)] = stride[0] * step[0], stride[1] * step[1]
        if flattened is not None:
            self.flattened[id(outputs)] = flattened
        return outputs

    def _nested(self, model, values):
        if not _is_functional(model) or len(model.inputs) != 1 or len(model.outputs) != 1:
            _refuse(model, "it is not a functional model with one input and one output")
        before = self._prefix
        self._prefix += f"{model.name}_"
        outputs = self.model(model, values)
        self._prefix = before
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
            return self._identity(layer), (1, 1), _map_of(layer)
        if isinstance(layer, _ONLY_IN_TRAINING):
            return self._identity(layer), (1, 1), flattened
        if isinstance(layer, keras.layers.Dense):
            return self._dense(layer, flattened), (1, 1), None
        if type(layer) in _GLOBAL:
            name = self._prefix + layer.name
            pool = _GLOBAL[type(layer)](_map_of(layer), strides=1, name=name)
            return pool, (1, 1), None
        if spread and not isinstance(layer, _ELEMENTWISE):
            _refuse(layer, "after Flatten, it uses all positions of a map at once")
        if spread and getattr(layer, "activation", None) in _OVER_CHANNELS:
            _refuse(layer, "after Flatten, it uses all positions of a map at once")
        axis, last = getattr(layer, "axis", -1), len(layer.output.shape) - 1
        if axis not in (-1, last, (-1,), (last,), [last], [-1]):
            _refuse(layer, f"its axis {axis} is not the channel axis")
        if isinstance(layer, keras.layers.PReLU) and not _shares_positions(layer):
            _refuse(layer, "it has weights for each position. Set shared_axes=[1, 2]")
        if isinstance(layer, _PER_POSITION):
            return self._same(layer), (1, 1), flattened
        if isinstance(layer, _CONVOLUTIONS):
            return self._same(layer), self._steps(layer, layer.kernel_size, layer.strides), None
        if isinstance(layer, _POOLINGS):
            return self._same(layer), self._steps(layer, layer.pool_size, layer.strides), None
        if isinstance(layer, PartiallyConnectedConv2D):
            return self._same(layer), (1, 1), None
        if isinstance(layer, TrainableSubsampling2D):
            return self._same(layer), (layer.pool_size, layer.pool_size), None
        _refuse(layer, f"{type(layer).__name__} is not a layer that keeps windows separate")

    def _dense(self, layer, flattened):
        new = keras.layers.Conv2D(
            layer.units,
            flattened or (1, 1),
            activation=layer.activation,
            use_bias=layer.use_bias,
            dtype=layer.dtype_policy,
            name=self._prefix + layer.name,
        )
        self.copies.append((new, layer))
        return new

    def _identity(self, layer):
        return keras.layers.Identity(name=self._prefix + layer.name)

    def _same(self, layer):
        config = layer.get_config()
        config["name"] = self._prefix + layer.name
        if "axis" in config:
            config["axis"] = -1
        if "shared_axes" in config:
            config["shared_axes"] = [1, 2]
        new = type(layer).from_config(config)
        self.copies.append((new, layer))
        return new

    def _steps(self, layer, size, strides):
        if layer.data_format != "channels_last":
            _refuse(layer, "its data format is channels_first")
        if layer.padding != "valid" and max(size) > 1:
            _refuse(layer, f'its padding "{layer.padding}" adds zeros around each window')
        return strides


def _shares_positions(layer):
    return len(layer.output.shape) == 2 or {1, 2} <= {*(layer.shared_axes or ())}


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
