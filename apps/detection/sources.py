"""Where pictures with boxes come from: a tfds data set, VOC or COCO files, or scenes made here."""

import dataclasses
import pathlib
import zlib

import numpy as np
import tensorflow as tf

from apps import tfds_sets
from apps.detection import scenes
from keras_dl import pipelines

PARTS = ("train", "validation", "test")
_SEEDS = {part: place + 1 for place, part in enumerate(PARTS)}


@dataclasses.dataclass(frozen=True)
class Part:
    """One part of a data set: the bytes or paths of its pictures, and their boxes."""

    names: list
    encoded: list | None  # bytes of the files; None: the names are paths
    boxes: list
    labels: list
    crowd: list
    classes: list

    def bytes_of(self, place):
        """Returns the bytes of the file of one picture."""
        if self.encoded is not None:
            return self.encoded[place]
        return pathlib.Path(self.names[place]).read_bytes()

    def joined(self, other):
        """Returns the pictures of both parts."""
        both = {
            name: None if value is None else [*value, *getattr(other, name)]
            for name, value in vars(self).items()
            if name != "classes"
        }
        return Part(**both, classes=self.classes)

    def some(self, places):
        """Returns the part with only these pictures."""
        picked = {
            name: None if value is None else [value[place] for place in places]
            for name, value in vars(self).items()
            if name != "classes"
        }
        return Part(**picked, classes=self.classes)


def read(config, part):
    """Reads `train`, `validation` or `test` of the data that --data names.

    VOC and COCO files that have no parts of their own are divided by the names of the pictures, so
    that a picture stays in its part when others are added: 8 of 10 to train, 1 to each other.

    Raises:
        ValueError: if the data have no such part, or are none.
        FileNotFoundError: if there is no such file.
    """
    if config.data == "made":
        return _made(config, part)
    if config.data.startswith("tfds:"):
        return _of_tfds(config.data.removeprefix("tfds:"), part)
    path = pathlib.Path(config.data)
    if not path.exists():
        raise FileNotFoundError(
            f"--data must be made, tfds:NAME, a folder of VOC XML or a COCO JSON file. Received "
            f"{config.data}, which is not there."
        )
    found = pipelines.read_voc(path) if path.is_dir() else pipelines.read_coco(path)
    everything = Part(
        found.paths, None, found.boxes, found.labels, found.crowd, list(found.classes)
    )
    places = [place for place, name in enumerate(everything.names) if _part_of(name) == part]
    if not places:
        raise ValueError(
            f"--data must have enough pictures for every part. Received {config.data} with "
            f"{len(everything.names)}, none of them for {part}. Add pictures."
        )
    return everything.some(places)


def _part_of(name):
    """Returns the part of a picture by its name alone."""
    tenth = zlib.crc32(pathlib.Path(name).name.encode()) % 10
    return PARTS[max(tenth - 7, 0)]


def _made(config, part):
    count = config.examples if part == "train" else max(config.examples // 5, 1)
    drawn = [scenes.scene(number, _SEEDS[part]) for number in range(count)]
    return Part(
        [f"{part} {number}" for number in range(count)],
        [tf.io.encode_png(picture).numpy() for picture, _, _ in drawn],
        [boxes for _, boxes, _ in drawn],
        [labels for _, _, labels in drawn],
        [np.zeros(len(labels), bool) for _, _, labels in drawn],
        scenes.CLASSES,
    )


def _of_tfds(name, part):
    import tensorflow_datasets as tfds

    builder = tfds_sets.prepared(name)
    features = builder.info.features
    objects = getattr(features["objects"], "feature", {}) if "objects" in features else {}
    if not {"bbox", "label"} <= set(objects.keys()):
        raise ValueError(
            "--data tfds:NAME must have objects with bbox and label. Received "
            f"{name} with {sorted(features.keys())}. Take a set for detection."
        )
    if part not in builder.info.splits:
        raise ValueError(
            f"--data must have a part {part}. Received {name} with {sorted(builder.info.splits)}."
        )
    crowd_name = next((each for each in ("is_crowd", "is_difficult") if each in objects), None)
    data = builder.as_dataset(part, decoders={"image": tfds.decode.SkipDecoding()})
    names, encoded, boxes, labels, crowd = [], [], [], [], []
    for place, example in enumerate(tfds.as_numpy(data)):
        found = example["objects"]
        file = example.get("image/filename", b"").decode("utf-8", "replace").strip()
        names.append(file or f"{name} {part} {place}")
        encoded.append(example["image"])
        boxes.append(found["bbox"].astype("float32").reshape(-1, 4))
        labels.append(found["label"].astype("int32"))
        crowd.append(
            found[crowd_name].astype(bool) if crowd_name else np.zeros(len(labels[-1]), bool)
        )
    return Part(names, encoded, boxes, labels, crowd, list(objects["label"].names))
