"""Starts training from the weights of another detector."""

import pathlib

from keras_dl.application import UserError, commands
from keras_dl.application.runs import EXTRAS, RECORD, recorded_config

_LAST = "boxes/"  # weights of the last layer, whose shape depends on classes and anchors


def read(app, path):
    """Returns model and assets of a run directory or SavedModel."""
    directory = pathlib.Path(path)
    if (directory / "saved_model.pb").exists():
        recorded_config(app, directory / EXTRAS)
        return commands.trained_of_saved_model(app, directory)
    if (directory / RECORD).exists():
        recorded_config(app, directory)
        return commands.trained_of_run(app, directory)
    raise UserError(
        f"--init-from must be a run directory or a SavedModel. Received {path}, which is neither. "
        "Choose another path, such as saved_models/detection."
    )


def start_from(model, assets, other):
    """Copies the weights of another detector, with those of the last layer if they fit.

    Raises:
        UserError: if another layer has a different shape.
    """
    given = {weight.path: weight for weight in other.model.weights}
    same = other.assets.classes == assets.classes
    same = same and len(other.assets.anchors) == len(assets.anchors)
    for weight in model.weights:
        if weight.path.startswith(_LAST) and not same:
            continue
        found = given[weight.path].shape if weight.path in given else None
        if found != weight.shape:
            raise UserError(
                f"--init-from must have a weight {weight.path} of shape {tuple(weight.shape)}. "
                f"Received {found or 'none'}. Choose a detector with the same network."
            )
        weight.assign(given[weight.path])
    if not same:
        print("classes or number of anchors differ: the last layer starts at random", flush=True)
