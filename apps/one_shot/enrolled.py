"""Galleries of enrolled names: in a file, or in a directory of images."""

import pathlib
import zlib

import numpy as np

from apps.one_shot.data import image_bytes, read_file
from keras_dl import embeddings, export
from keras_dl.application import UserError, commands, user_error


def ask(served, images, endpoint="embed", **others):
    """Returns the outputs of the SavedModel for encoded images, a dict of arrays."""
    return export.call_in_batches(
        served.signatures[endpoint], {"image_bytes": images, **others}, batch_size=500
    )


def identified(served, rows, gallery):
    """Yields the record of each row: the name in a gallery, or an error."""
    enrolled = open_gallery(served, gallery)
    for row in rows:
        try:
            encoded = image_bytes(row["image"])
        except UserError as error:
            yield {"error": str(error)}
            continue
        found = identify(served, encoded, enrolled)
        yield {"name": found["name"][0].decode(), "score": float(found["score"][0])}


def identify(served, encoded, gallery):
    """Returns the outputs of `identify` for one encoded image."""
    import tensorflow as tf

    names = tf.constant(gallery.image_names, "string")
    inputs = {"gallery": gallery.vectors, "names": names, "image_bytes": tf.constant([encoded])}
    return {name: each.numpy() for name, each in served.signatures["identify"](**inputs).items()}


def enroll(app, config):
    """Adds images of a name to a gallery file, which is written if it does not exist."""
    if not config.images:
        raise UserError("--images must have at least one path. Received none.")
    served = commands.load(app, model=config.model)
    encoded = [read_file(path) for path in config.images]
    path = pathlib.Path(config.gallery)
    gallery = open_gallery(served, config.gallery) if path.exists() else _empty(served)
    with user_error("--name"):
        if not path.exists():
            gallery.save(path)
        before = _of_one(gallery, config.name)
        gallery.enroll(config.name, ask(served, encoded)["vector"])
    found = [identify(served, each, before)["name"][0].decode() for each in encoded]
    if len(before) and config.name not in found:
        print(
            f"{config.name} was enrolled before, with images that are not similar to these. If "
            "this is someone else of the same name, remove the name, and enroll both with "
            "different names."
        )
    print(f"{path}: {len(gallery.names)} names, {len(gallery)} images")
    return {}


def _of_one(gallery, name):
    """Returns a gallery with the images of one name."""
    found = embeddings.Gallery(gallery.units)
    rows = [row for row, each in enumerate(gallery.image_names) if each == name]
    if rows:
        found.enroll(name, gallery.vectors[rows])
    return found


def remove(config):
    """Removes a name from a gallery file."""
    gallery = _load(config.gallery)
    with user_error("--name"):
        gallery.remove(config.name)
    print(f"{config.gallery}: {len(gallery.names)} names, {len(gallery)} images")
    return {}


def verify(app, config):
    """Prints whether two images show the same person or character."""
    served = commands.load(app, model=config.model)
    one, other = (read_file(path) for path in (config.first, config.second))
    found = ask(served, [one], "verify", other_bytes=[other])
    print("same" if found["same"][0] else "different", f"{found['probability'][0]:.3f}", sep="\t")
    return {}


def open_gallery(served, path):
    """Returns the gallery in a file or directory.

    Raises:
        UserError: if there is none, or it belongs to another model.
    """
    path = pathlib.Path(path)
    if path.is_dir():
        return _from_directory(served, path)
    gallery = _load(path)
    if gallery.model != model_id(served):
        raise UserError(
            f"--gallery must be enrolled with the same model. Received {path}, enrolled with "
            "another one. Enroll the images again."
        )
    return gallery


def model_id(served):
    """Returns a checksum of the weights of a SavedModel."""
    variables = sorted(served.signatures["embed"].variables, key=lambda each: each.name)
    checksum = 0
    for each in variables:
        checksum = zlib.crc32(np.ascontiguousarray(each.numpy()).tobytes(), checksum)
    return f"{checksum:08x}"


def _empty(served):
    units = served.signatures["embed"].structured_outputs["vector"].shape[1]
    return embeddings.Gallery(units, model=model_id(served))


def _load(path):
    with user_error("--gallery"):
        return embeddings.Gallery.load(path)


def _from_directory(served, directory):
    entries = sorted(each for each in directory.iterdir() if not each.name.startswith("."))
    images = [
        (entry.stem if entry.is_file() else entry.name, path)
        for entry in entries
        for path in ([entry] if entry.is_file() else sorted(entry.iterdir()))
    ]
    if not images:
        raise UserError(f"--gallery must contain images. Received {directory} without any.")
    vectors = ask(served, [read_file(path) for _, path in images])["vector"]
    gallery = _empty(served)
    for (name, _), vector in zip(images, vectors, strict=True):
        gallery.enroll(name, vector[None])
    return gallery
