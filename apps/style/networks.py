"""Networks whose features are content and style, with the weights that they were trained to."""

import pathlib
import zipfile
import zlib

import numpy as np

from apps.style.app import Assets
from keras_dl import models
from keras_dl.application import Trained, UserError

_SQUEEZENET = pathlib.Path(__file__).with_name("squeezenet_1_1.npz")
_LAYERS = {  # of style, and of content
    "squeezenet": (("conv1", "fire2", "fire3", "fire4", "fire6"), "fire5"),
    "vgg16": (
        ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1"),
        "block4_conv2",
    ),
}


def train(config, run):
    """Returns the network with its published weights: nothing is left to train."""
    network = "vgg16" if config.weights else "squeezenet"
    path = pathlib.Path(config.weights) if config.weights else _SQUEEZENET
    styles, content = _LAYERS[network]
    model = features(network, read_weights(path), [*styles, content], config.pooling)
    assets = Assets(list(styles), content)
    run.begin(assets, f"{network}: {model.count_params():,} weights of {path}, no training")
    run.run.write_json("history.json", {})
    return Trained(model, assets)


def features(network, weights, layers, pooling):
    """Returns a model from pixels to the outputs of layers of a network.

    Args:
        network: `"squeezenet"` or `"vgg16"`.
        weights: dict from `LAYER_kernel` and `LAYER_bias` to arrays.
        layers: names of the layers.
        pooling: `"max"` or `"average"`.
    """
    builder = {"squeezenet": models.squeezenet, "vgg16": models.vgg16}[network]
    # The smallest images, because `features` takes any size: VGG-16 then has fewer weights.
    model = models.feature_extractor(builder((32, 32, 3), 1), layers, pooling=pooling, name=network)
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(_of_layer(layer, weights))
    return model


def read_weights(path):
    """Reads an npz file of weights; returns a dict from names to float32 arrays."""
    try:
        file = np.load(path, allow_pickle=False)
        if isinstance(file, np.ndarray):
            raise ValueError("one array without a name")
        with file:
            weights = {name: file[name].astype("float32") for name in file}
        if not all(np.isfinite(each).all() for each in weights.values()):
            raise ValueError("some weights are not finite")
        return weights
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(
            f"--weights must be an npz file with arrays such as block1_conv1_kernel. Received "
            f"{path}: {error}. Choose another file."
        ) from error


def _of_layer(layer, weights):
    names = [f"{layer.name}_kernel", f"{layer.name}_bias"]
    shapes = [tuple(each.shape) for each in layer.weights]
    found = [weights[name] for name in names if name in weights]
    if [each.shape for each in found] != shapes:
        raise UserError(
            f"--weights must have {names[0]} and {names[1]} of shapes {shapes[0]} and {shapes[1]}. "
            f"Received {[each.shape for each in found]}. Choose another file."
        )
    return found
