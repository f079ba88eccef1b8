"""Pictures and boxes as tensors: pixels in, what each cell and anchor is to answer out."""

import collections
import dataclasses

import numpy as np
import tensorflow as tf

from apps.detection import sources
from apps.detection.examination import examine
from keras_dl import boxes, pipelines

_SHARPER = 1.5  # pictures are kept this much larger than the net takes them, to be zoomed into
_IN_MEMORY = 2**30  # bytes


@dataclasses.dataclass(frozen=True)
class Data:
    """What training needs; `assets` go into the run for whoever loads the model."""

    train: collections.abc.Callable
    steps_per_epoch: int
    validation: tf.data.Dataset
    assets: dict


def pipeline(config):
    """Reads or makes the pictures of a run, reports on them and returns their `Data`."""
    train = sources.read(config, "train")
    held_out = sources.read(config, "validation")
    train, held_out = (
        clean(part, name) for part, name in ((train, "train"), (held_out, "validation"))
    )
    if config.with_validation:
        train = train.joined(held_out)
    grid = config.height // 16, config.width // 16
    sizes = np.concatenate([each[:, 2:] - each[:, :2] for each in train.boxes]) * grid
    anchors, fit = boxes.kmeans_anchors(sizes, config.anchors, seed=config.seed)
    assets = {
        "classes": train.classes,
        "anchors": np.round(anchors, 4).tolist(),
        "size": [config.height, config.width],
    }
    print(examine(train, assets, fit))
    steps = len(train.names) // config.batch_size
    if not steps:
        raise ValueError(
            f"--batch-size must be at most the number of pictures, {len(train.names)}. Received "
            f"{config.batch_size}."
        )
    return Data(
        _epochs(train, assets, config, steps),
        steps,
        _all_batches(held_out, assets, config).cache(),
        assets,
    )


def load(part, size, places=None):
    """Returns the pictures of a part, float32 `(n, height, width, 3)` or whatever `size` says."""
    return tf.stack(
        [
            pipelines.resize_picture(pipelines.decode_picture(part.bytes_of(place)), size)
            for place in (range(len(part.names)) if places is None else places)
        ]
    )


def padded(part):
    """Returns boxes `(n, most, 4)` and labels `(n, most)`, -1 where there is none."""
    most = max([1, *map(len, part.labels)])
    some = np.zeros((len(part.names), most, 4), "float32")
    labels = np.full((len(part.names), most), -1, "int32")
    for place, (own, own_labels) in enumerate(zip(part.boxes, part.labels, strict=True)):
        some[place, : len(own)] = own
        labels[place, : len(own)] = own_labels
    return some, labels


def clean(part, name):
    """Leaves out what is no picture and no box, and says so; what remains can be trained on."""
    good = []
    for place, file in enumerate(part.names):
        try:
            pipelines.decode_picture(part.bytes_of(place))
            good.append(place)
        except (tf.errors.InvalidArgumentError, OSError) as error:
            print(f"{file}: left out, as it is no whole picture ({_reason(error)})")
    part = part.some(good)
    for place, (some, labels, crowd) in enumerate(
        zip(part.boxes, part.labels, part.crowd, strict=True)
    ):
        some = np.clip(some, 0.0, 1.0)  # what lies outside of the picture is not seen
        area = np.clip(some[:, 2:] - some[:, :2], 0, None).prod(1)
        if (area <= 0).any():
            count = int((area <= 0).sum())
            print(f"{part.names[place]}: {count} box{'es' * (count > 1)} without area left out")
        part.boxes[place], part.labels[place] = some[area > 0], labels[area > 0]
        part.crowd[place] = crowd[area > 0]
    if not sum(map(len, part.labels)):
        raise ValueError(
            f"--data must have boxes. Received {name} with {len(part.names)} pictures and no box. "
            "Annotate some."
        )
    return part


def _reason(error):
    return str(getattr(error, "message", error)).split(" [Op:")[0].splitlines()[0][:80]


def _epochs(part, assets, config, steps):
    """Returns the function from the number of an epoch to its batches, of views of the pictures."""
    size = tuple(assets["size"])
    sharper = tuple(int(_SHARPER * side) for side in size)
    kept = None
    if len(part.names) * sharper[0] * sharper[1] * 3 <= _IN_MEMORY:
        kept = tf.cast(tf.round(load(part, sharper)), "uint8")
    some, labels = map(tf.constant, padded(part))
    strings = tf.constant(part.names if part.encoded is None else part.encoded)

    def view(place, seed):
        if kept is not None:
            picture = kept[place]
        else:
            encoded = tf.io.read_file(strings[place]) if part.encoded is None else strings[place]
            picture = pipelines.resize_picture(pipelines.decode_picture(encoded), sharper)
        picture, moved, left = pipelines.random_view(
            picture, some[place], labels[place], size, seed, zoom=config.zoom
        )
        return pipelines.random_colours(picture, seed + 1, strength=config.colours), moved, left

    def epoch_data(epoch):
        seeds = tf.stack([tf.constant(config.seed, "int64"), tf.cast(epoch, "int64")])
        places = tf.range(len(part.names), dtype="int64")
        order = tf.random.experimental.stateless_shuffle(places, seeds)[: steps * config.batch_size]
        data = tf.data.Dataset.from_tensor_slices((order, tf.range(len(order), dtype="int64")))
        data = data.map(
            lambda place, number: view(place, seeds + tf.stack([0, 2 * number * 2**20])),
            num_parallel_calls=2,
            deterministic=True,
        ).batch(config.batch_size)
        return data.map(_answers(assets, config)).prefetch(2)

    return epoch_data


def _all_batches(part, assets, config):
    """Returns all pictures of a part, as they are, and their targets."""
    pictures, batch = load(part, tuple(assets["size"])), config.batch_size
    data = tf.data.Dataset.from_tensor_slices((pictures, *padded(part))).batch(batch)
    return data.map(_answers(assets, config))


def _answers(assets, config):
    """Returns the function that turns boxes of a batch into targets."""
    grid = assets["size"][0] // 16, assets["size"][1] // 16
    ignore_iou = config.ignore_iou if config.ignore_iou < 1 else None

    def answers(pictures, some, labels):
        targets, _ = boxes.encode_targets(
            some,
            labels,
            assets["anchors"],
            grid,
            len(assets["classes"]),
            ignore_iou=ignore_iou,
        )
        return pictures, targets

    return answers
