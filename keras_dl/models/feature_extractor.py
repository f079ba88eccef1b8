"""Features of images, from the layers of a convolutional network."""

from collections.abc import Sequence
from typing import Literal

import keras


def feature_extractor(
    model: keras.Model,
    layers: Sequence[str],
    *,
    pooling: Literal["max", "average"] = "max",
    name: str = "feature_extractor",
) -> keras.Model:
    """Builds a frozen model from images of any size to the outputs of layers of a network.

    The model has copies of the weights of the network up to the last of the layers.

    Args:
        model: keras.Model with one input, pixels `(batch, height, width, channels)`, such as those
            of `vgg16` and `squeezenet`.
        layers: sequence of the names of layers.
        pooling: `"max"` or `"average"`. `"average"` replaces max pooling by average pooling, which
            lets gradients reach all pixels.
        name: str. Name of the model.

    Returns:
        keras.Model from pixels `(batch, height, width, channels)` of any size to a dict from the
        names of the layers to their outputs.

    Raises:
        ValueError: if `layers` is empty, the network has no such layer, a layer needs images of the
            size of the network, or `pooling` is unknown.

    Reference: Gatys et al. 2016, "Image Style Transfer Using Convolutional Neural Networks".
    """
    known = [layer.name for layer in model.layers]
    if not layers or not set(layers) <= set(known):
        raise ValueError(
            f"feature_extractor: layers must be names of layers of the model: {', '.join(known)}. "
            f"Received {list(layers)}. Choose some of them."
        )
    if pooling not in ("max", "average"):
        raise ValueError(
            f"feature_extractor: pooling must be 'max' or 'average'. Received {pooling!r}. Choose "
            "one of them."
        )
    outputs = {layer: model.get_layer(layer).output for layer in layers}
    part = keras.Model(model.inputs[0], outputs)
    channels = part.inputs[0].shape[-1]
    pixels = keras.Input((None, None, channels), name="pixels")

    def copied(layer):
        config = layer.get_config()
        if pooling == "average" and isinstance(layer, keras.layers.MaxPooling2D):
            return keras.layers.AveragePooling2D.from_config(config)
        return type(layer).from_config(config)

    extractor = keras.models.clone_model(part, input_tensors=pixels, clone_function=copied)
    extractor = keras.Model(pixels, extractor.output, name=name)
    extractor.set_weights(part.get_weights())
    extractor.trainable = False
    return extractor
