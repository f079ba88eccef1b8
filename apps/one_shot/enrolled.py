"""Galleries of enrolled names: in a file, or in a directory of images."""

import pathlib
import zlib

import numpy as np

from apps.one_shot.data import image_bytes, read_file, visible
from apps.one_shot.endpoints import UNKNOWN
from keras_dl import embeddings, export
from keras_dl.application import UserError, commands, user_error

_ABSTAINS = (
    "it shows nothing that the model knows. All pixels are nearly equal, or a model of characters "
    "finds no dark strokes on even, light paper. Crop it, or choose another one."
)


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
        found = identify(served, [encoded], enrolled.vectors, enrolled.image_names)
        yield {
            "name": found["name"][0].decode(),
            "score": float(found["score"][0]),
            "note": None if found["is_usable"][0] else _ABSTAINS,
        }


def identify(served, encoded, vectors, names):
    """Returns the outputs of `identify` for encoded images, in a gallery of vectors with names."""
    import tensorflow as tf

    inputs = {"gallery": vectors, "names": tf.constant(names, "string")}
    inputs["image_bytes"] = tf.constant(encoded)
    return {name: each.numpy() for name, each in served.signatures["identify"](**inputs).items()}


def enroll(app, config):
    """Adds images of a name to a gallery file, which is written if it does not exist."""
    path, name = pathlib.Path(config.gallery), config.name.strip()
    if not config.images:
        raise UserError("--images must have at least one path. Received none.")
    if name.casefold() in ("", UNKNOWN):
        raise UserError(
            f"--name must not be empty or {UNKNOWN!r}, which names who is not enrolled. Received "
            f"{config.name!r}. Choose another one."
        )
    if path.is_dir():
        raise UserError(
            f"--gallery must be a file. Received the directory {path}. Copy the images to it."
        )
    served = commands.load(app, model=config.model)
    encoded, found = _read(served, config.images)
    gallery = open_gallery(served, config.gallery) if path.exists() else _empty(served)
    names, vectors = np.array(gallery.image_names, "str"), gallery.vectors.copy()
    with user_error("--gallery"):
        gallery.enroll(name, found)
        if not path.exists():
            gallery.save(path)
    _compare(served, encoded, vectors, names, name)
    print(f"{path}: {len(gallery.names)} names, {len(gallery)} images")
    return {}


def _read(served, paths):
    """Returns the bytes of image files, and their embeddings.

    An error names a file from which the model abstains.
    """
    encoded = [read_file(path) for path in paths]
    vectors = ask(served, encoded)["vector"]
    for path, vector in zip(paths, vectors, strict=True):
        if not vector.any():
            raise UserError(f"{path}: {_ABSTAINS}")
    return encoded, vectors


def _compare(served, encoded, vectors, names, name):
    """Prints if images differ from those of their name, or are similar to those of another one."""
    same = names == name
    found, others = (
        {each.decode() for each in identify(served, encoded, vectors[of], names[of])["name"]}
        for of in (same, ~same)
    )
    if same.any() and name not in found:
        print(
            f"{name} was enrolled before, with images that are not similar to these. If this is "
            "someone else of the same name, remove the name, and enroll both with different names."
        )
    for other in sorted(others - {UNKNOWN}):
        print(
            f"These images of {name} are similar to those of {other}. If this is the same person, "
            "remove one of the names."
        )


def remove(config):
    """Removes a name from a gallery file."""
    gallery = _load(config.gallery)
    with user_error("--gallery" if config.name in gallery else "--name"):
        gallery.remove(config.name)
    print(f"{config.gallery}: {len(gallery.names)} names, {len(gallery)} images")
    return {}


def verify(app, config):
    """Prints whether two images show the same person or character."""
    served = commands.load(app, model=config.model)
    for flag, path in (("--first", config.first), ("--second", config.second)):
        if not path:
            raise UserError(f"{flag} must be the path of an image. Received none.")
    (one, other), _ = _read(served, [config.first, config.second])
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
    if (gallery.model, gallery.units) != (model_id(served), _units(served)):
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
    return embeddings.Gallery(_units(served), model=model_id(served))


def _units(served):
    return served.signatures["embed"].structured_outputs["vector"].shape[1]


def _load(path):
    with user_error("--gallery"):
        return embeddings.Gallery.load(path)


def _from_directory(served, directory):
    entries = visible(directory)
    images = [
        (entry.stem if entry.is_file() else entry.name, path)
        for entry in entries
        for path in ([entry] if entry.is_file() else visible(entry))
    ]
    if not images:
        raise UserError(f"--gallery must contain images. Received {directory} without any.")
    _, vectors = _read(served, [path for _, path in images])
    gallery = _empty(served)
    for (name, _), vector in zip(images, vectors, strict=True):
        gallery.enroll(name, vector[None])
    return gallery
