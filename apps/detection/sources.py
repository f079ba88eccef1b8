"""Reads images with boxes from tfds data sets, VOC or COCO files, or generates them."""

import dataclasses
import pathlib
import zlib

import numpy as np
import tensorflow as tf

from apps.detection.synthetic import scenes
from keras_dl import pipelines
from keras_dl.application import UserError, user_error

SPLITS = pipelines.PARTS


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

    def without_crowds(self):
        """Returns a split without the boxes of crowds, which do not show one object each."""
        one = [~np.asarray(each) for each in self.crowd]
        names = ("boxes", "labels", "crowd")
        lists = [[v[keep] for v, keep in zip(getattr(self, n), one, strict=True)] for n in names]
        return dataclasses.replace(self, **dict(zip(names, lists, strict=True)))

    def _replaced(self, change):
        lists = {name: values for name, values in vars(self).items() if name != "classes"}
        changed = {name: each and change(name, each) for name, each in lists.items()}
        return dataclasses.replace(self, **changed)


def read(config, part):
    """Reads the split `train`, `validation` or `test` of --data.

    Files may have splits of their own; see `pipelines.read_detection_files`. Otherwise the images
    are split 8:1:1 by a hash of the file name, so an image stays in its split when images are
    added. If they are so few that a split is empty, each gets at least one image.

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
                "--data must be synthetic, tfds:NAME, a directory of annotated images or a COCO "
                f"JSON file. Received {config.data}, which does not exist."
            )
        found = pipelines.read_detection_files(path)
    splits = {
        name: DetectionSplit(each.paths, None, each.boxes, each.labels, each.crowd, each.classes)
        for name, each in found.items()
    }
    return _split(splits, part, config.data)


def _split(splits, part, data):
    """Returns a split of files that have some or all splits, or none."""
    if part in splits and (part == "test" or "validation" in splits):
        return splits[part]
    if "all" in splits:
        wanted, whole = SPLITS, splits["all"]
    elif part != "test" and "train" in splits:
        wanted, whole = SPLITS[:2], splits["train"]  # some of whose images are for validation
    else:
        raise UserError(
            f"--data must have a split for {part}. Received {data} with {' and '.join(splits)}. "
            "Add it, or choose another --split."
        )
    names = [pathlib.Path(name).name for name in whole.names]
    indices = pipelines.split_by_hash(names, (8, 1, 1)[: len(wanted)])
    if not all(map(len, indices)):
        order = np.argsort([zlib.crc32(name.encode()) for name in names], kind="stable")
        held_out = max(len(names) // 10, 1)
        sizes = [len(names) - held_out * (len(wanted) - 1), *[held_out] * (len(wanted) - 1)]
        indices = np.split(order, np.cumsum(sizes)[:-1])
    if not len(indices[0]):
        raise UserError(
            f"--data must have at least {len(wanted)} images. Received {data} with {len(names)}. "
            "Add images."
        )
    return whole.some(np.sort(indices[wanted.index(part)]))


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
