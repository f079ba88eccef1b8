"""Starts training from the weights of another model."""

import pathlib

from keras_dl.application import UserError, commands


def start_from(model, app, path):
    """Copies the weights of the model in a run directory or a SavedModel.

    Raises:
        UserError: if there is no such model, or its weights have other shapes.
    """
    directory = pathlib.Path(path)
    if (directory / "saved_model.pb").exists():
        other, _ = commands.trained_of_saved_model(app, directory)
    elif (directory / "run.json").exists():
        other, _ = commands.trained_of_run(app, directory)
    else:
        raise UserError(
            f"--init-from must be a run directory or a SavedModel. Received {path}, which is "
            "neither. Choose another path, such as saved_models/speech."
        )
    shapes, given = ([weight.shape for weight in each.weights] for each in (model, other))
    if shapes != given:
        raise UserError(
            "--init-from must have a model of the same sizes. Received other shapes of weights. "
            "Use the --units of its training."
        )
    model.set_weights(other.get_weights())
