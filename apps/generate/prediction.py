"""Predictions of a SavedModel: images from seeds, encodings of images, moves in latent space."""

import numpy as np
import tensorflow as tf

from keras_dl import application

_SEEDS = 64  # whose latent vectors give mean and standard deviation


def record(signatures, given, shift):
    """Returns the record of a seed or of an image.

    Args:
        signatures: signatures of the SavedModel.
        given: a seed, or the path or the bytes of an image.
        shift: float `(k,)`. Standard deviations to add to `k` latent variables, see `directions`.
    """
    try:
        return {"image": None, "code": None, "real": None} | _record(signatures, given, shift)
    except application.UserError as error:
        return {"error": str(error)}


def _record(signatures, given, shift):
    text = str(given).strip()
    if text.isascii() and text.isdigit():
        seed = tf.constant([application.Number("a seed").read(text)], "int64")
        drawn = signatures["serving_default"](seed=seed)
        image = drawn["pictures"][0].numpy()
        return {"image": _moved(signatures, drawn, shift) if any(shift) else image}
    encoded = tf.constant([application.read_image_bytes(given)])
    if "judge" in signatures:
        if any(shift):
            raise application.UserError(
                "a gan cannot encode images. Enter a seed, or set --shift to 0."
            )
        return {"real": float(signatures["judge"](image_bytes=encoded)["real"][0])}
    read = signatures["encode"](image_bytes=encoded)
    latent, image = read["code"][0].numpy().tolist(), read["reconstruction"][0].numpy()
    return {"image": _moved(signatures, read, shift) if any(shift) else image, "code": latent}


def _moved(signatures, found, shift):
    """Returns the image of the first latent vector after a shift."""
    moves = directions(signatures, len(shift))
    latent = found["code"][:1].numpy() + np.asarray(shift, "float32")[: len(moves)] @ moves
    return _decoded(signatures, latent)[0]


def directions(signatures, count):
    """Returns up to `count` directions of one standard deviation, float32 `(k, units)`.

    Each moves one latent variable. They are sorted by how much a step of two standard deviations
    to both sides of the mean changes the image, the largest change first.
    """
    drawn = signatures["serving_default"](seed=tf.range(_SEEDS, dtype="int64"))
    if "code" not in drawn:
        raise application.UserError("--shift needs a newer SavedModel. Export the model again.")
    codes = drawn["code"].numpy()
    steps = np.diag(codes.std(0))
    high, low = (
        _decoded(signatures, codes.mean(0) + sign * steps).astype("float32") for sign in (2, -2)
    )
    change = np.abs(high - low).sum((1, 2, 3))
    return steps[np.argsort(-change, kind="stable")[:count]]


def _decoded(signatures, latents):
    latents = tf.constant(latents, "float32")
    return signatures["decode"](code=latents)["pictures"].numpy()
