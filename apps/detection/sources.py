"""Reads images with boxes from tfds data sets, VOC or COCO files, or generates them."""

import dataclasses
import pathlib

import numpy as np
import tensorflow as tf

from apps.detection.synthetic import scenes
from keras_dl import pipelines
from keras_dl.application import UserError, user_error

SPLITS = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class DetectionSplit:
    """Split of a data set: a sequence of encoded images, with their boxes in `boxes`."""

    names: list
    encoded: list | None  # bytes of the files; None: the names are paths
    boxes: list
    labels: list
    crowd: list
    classes: list

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        if self.encoded is not None:
            return self.encoded[index]
        return pathlib.Path(self.names[index]).read_bytes()

    def joined(self, other):
        """Returns a split with the images of both splits."""
        return self._replaced(lambda name, values: [*values, *getattr(other, name)])

    def some(self, indices):
        """Returns a split with only the images at these indices."""
        return self._replaced(lambda name, values: [values[index] for index in indices])

    def _replaced(self, change):
        lists = {name: values for name, values in vars(self).items() if name != "classes"}
        changed = {name: each and change(name, each) for name, each in lists.items()}
        return dataclasses.replace(self, **changed)


def read(config, part):
    """Reads the split `train`, `validation` or `test` of --data.

    VOC and COCO files have no splits. Their images are split 8:1:1 by a hash of the file name, so
    an image stays in its split when images are added.

    Raises:
        UserError: if --data cannot be read or does not have the split.
    """
    if config.data == "synthetic":
        return _synthetic(config, part)
    with user_error("--data"):
        if config.data.startswith("tfds:"):
            return _from_tfds(config.data.removeprefix("tfds:"), part)
        path = pathlib.Path(config.data)
        if not path.exists():
            raise UserError(
                "--data must be synthetic, tfds:NAME, a VOC XML directory or a COCO JSON file. "
                f"Received {config.data}, which does not exist."
            )
        found = pipelines.read_voc(path) if path.is_dir() else pipelines.read_coco(path)
    everything = DetectionSplit(
        found.paths, None, found.boxes, found.labels, found.crowd, list(found.classes)
    )
    names = [pathlib.Path(name).name for name in everything.names]
    indices = pipelines.split_by_hash(names, (8, 1, 1))[SPLITS.index(part)]
    if not len(indices):
        raise UserError(
            f"--data must have enough images for every split. Received {config.data} with "
            f"{len(everything)} images, none of them for {part}. Add images."
        )
    return everything.some(indices)


def _synthetic(config, part):
    count = config.num_examples if part == "train" else max(config.num_examples // 5, 1)
    seed = SPLITS.index(part) + 1
    images, boxes, labels = zip(*(scenes.scene(index, seed) for index in range(count)), strict=True)
    return DetectionSplit(
        [f"{part} {index}" for index in range(count)],
        [tf.io.encode_png(image).numpy() for image in images],
        list(boxes),
        list(labels),
        [np.zeros(len(each), bool) for each in labels],
        scenes.CLASSES,
    )


def _from_tfds(name, part):
    builder = pipelines.tfds_builder(name, ("image", "objects"))
    objects = getattr(builder.info.features["objects"], "feature", {})
    if not {"bbox", "label"} <= set(objects.keys()):
        raise UserError(
            "--data tfds:NAME must have a feature `objects` with `bbox` and `label`. Received "
            f"{name} with {sorted(builder.info.features.keys())}. Use detection data."
        )
    file = {"image/filename"} & set(builder.info.features.keys())
    found = pipelines.read_tfds(builder, part, ("image", "objects", *file), decode_images=False)
    names = [f"{name} {part} {index}" for index in range(len(found["image"]))]
    given = [each.decode("utf-8", "replace").strip() for each in found.get("image/filename", ())]
    labels = [each["label"].astype("int32") for each in found["objects"]]
    mark = next((each for each in ("is_crowd", "is_difficult") if each in objects), None)
    return DetectionSplit(
        [own or other for own, other in zip(given or names, names, strict=True)],
        list(found["image"]),
        [each["bbox"].astype("float32").reshape(-1, 4) for each in found["objects"]],
        labels,
        [each[mark].astype(bool) for each in found["objects"]]
        if mark
        else [np.zeros(len(each), bool) for each in labels],
        list(objects["label"].names),
    )
