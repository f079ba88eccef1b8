"""Images and boxes as tensors: pixels as inputs, encoded boxes as targets."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from apps.detection import sources
from apps.detection.app import Assets
from apps.detection.target_check import examine
from apps.detection.validation import ValidationPrecision
from keras_dl import boxes, pipelines, training
from keras_dl.application import UserError, read_image_bytes, user_error

_SHARPER = 1.5  # images are cached this much larger than the input size, to zoom into them
_IN_MEMORY = 2**30  # bytes


def training_data(config):
    """Reads or generates the images of a run and returns their `TrainingData`."""
    parts = [clean(sources.read(config, name), name) for name in ("train", "validation")]
    (train, left_out), (held_out, also_left_out) = parts
    if config.with_validation:
        train = train.joined(held_out)
    crowds = sum(int(each.sum()) for each in (*train.crowd, *held_out.crowd))
    train = train.without_crowds()
    grid = config.height // 16, config.width // 16
    sizes = np.concatenate([each[:, 2:] - each[:, :2] for each in train.boxes]) * grid
    num_anchors = min(config.anchors, len(np.unique(sizes.round(4), axis=0)))
    notes = [f"{crowds} boxes of crowds or difficult objects left out"] if crowds else []
    if num_anchors < config.anchors:
        notes.append(f"only {num_anchors} anchors, as boxes have no more sizes")
    with user_error("--anchors"):
        anchors, fit = boxes.kmeans_anchors(sizes, num_anchors, seed=config.seed)
    size = [config.height, config.width]
    assets = Assets(train.classes, np.round(anchors, 4).tolist(), size)
    with user_error("--batch-size"):
        batches, steps = pipelines.epoch_batches(
            len(train), config.batch_size, config.seed, _make_batch(train, assets, config)
        )
    examples, targets_of = true_examples(held_out, size), _targets(assets, config)

    def with_targets(images, truth):
        labels = tf.where(truth["is_crowd"], -1, truth["labels"])
        return targets_of(images, truth["boxes"], labels)

    return training.TrainingData(
        batches,
        steps,
        examples.batch(config.batch_size).map(with_targets).cache(),
        assets,
        callbacks=[ValidationPrecision(examples, assets)],
        monitor=None if config.with_validation else "val_loss",
        notes=(*left_out, *also_left_out, *notes, *examine(train, assets, fit)),
    )


def true_examples(part, size):
    """Returns a `tf.data.Dataset` of resized images and their true boxes.

    The boxes are a dict of `boxes` in fractions of the image, `labels` and `is_crowd`, as
    `metrics.MeanAveragePrecision` takes it.
    """
    box_table, labels = padded(part)
    crowd = keras.utils.pad_sequences(part.crowd, dtype="bool", padding="post")
    truth = {"boxes": box_table, "labels": labels, "is_crowd": crowd}
    return tf.data.Dataset.from_tensor_slices((load(part, size), truth))


def load(part, size):
    """Returns the images of a split, float32 `(n, height, width, 3)`."""
    return tf.stack([_resized(encoded, size) for encoded in part])


def padded(part):
    """Returns boxes `(n, most, 4)` and labels `(n, most)`, padded with 0 and -1."""
    pad = keras.utils.pad_sequences
    return (
        pad(part.boxes, dtype="float32", padding="post"),
        pad(part.labels, dtype="int32", padding="post", value=-1),
    )


def clean(part, name):
    """Removes broken images and empty boxes.

    Returns:
        pair of a `DetectionSplit` and a list of notes on the removed images and boxes.

    Raises:
        UserError: if no box remains.
    """
    good, notes = [], []
    for index, file in enumerate(part.names):
        try:
            read_image_bytes(part.encoded[index] if part.encoded else file)
            good.append(index)
        except UserError as error:
            notes.append(f"{file}: left out ({error})")
    part = part.some(good)
    cleaned = {"boxes": [], "labels": [], "crowd": []}
    for file, *lists in zip(part.names, part.boxes, part.labels, part.crowd, strict=True):
        lists[0] = np.clip(lists[0], 0.0, 1.0)  # the network sees nothing outside of the image
        has_area = np.all(lists[0][:, 2:] > lists[0][:, :2], axis=1)
        if count := int(np.sum(~has_area)):
            notes.append(f"{file}: {count} box{'es' * (count > 1)} without area left out")
        for values, each in zip(cleaned.values(), lists, strict=True):
            values.append(each[has_area])
    if not sum(map(len, cleaned["labels"])):
        raise UserError(
            f"--data must have boxes in each split. Received {name} with {len(part)} images and no "
            "boxes. Annotate the images."
        )
    return dataclasses.replace(part, **cleaned), notes


def _resized(encoded, size):
    return pipelines.decode_resized(encoded, tuple(size))


def _make_batch(part, assets, config):
    """Returns the function from indices to a batch of random views of the images."""
    size = tuple(assets.size)
    sharper = tuple(int(_SHARPER * side) for side in size)
    kept = None
    if len(part) * sharper[0] * sharper[1] * 3 <= _IN_MEMORY:
        kept = tf.cast(tf.round(load(part, sharper)), "uint8")
    box_table, labels = map(tf.constant, padded(part))
    files = tf.constant(part.encoded or part.names)
    targets_of = _targets(assets, config)

    def view(given):
        index, seed = given
        if kept is not None:
            image = kept[index]
        else:
            encoded = files[index] if part.encoded else tf.io.read_file(files[index])
            image = _resized(encoded, sharper)
        image, moved, left = pipelines.random_affine_crop(
            image,
            box_table[index],
            labels[index],
            size,
            seed,
            zoom=config.zoom,
            flips=config.flips,
        )
        image = pipelines.random_color_jitter(image, seed + 1, strength=config.color_jitter)
        return image, moved, left

    def make_batch(rows, number, seeds):
        numbers = number * config.batch_size + tf.range(config.batch_size, dtype="int64")
        own = seeds + 2 * 2**20 * tf.stack([tf.zeros_like(numbers), numbers], 1)
        views = tf.map_fn(view, (rows, own), fn_output_signature=("float32", "float32", "int32"))
        return targets_of(*views)

    return make_batch


def _targets(assets, config):
    """Returns the function that encodes the boxes of a batch as targets."""
    grid = [side // 16 for side in assets.size]
    ignore_iou = config.ignore_iou if config.ignore_iou < 1 else None

    def targets_of(images, true, labels):
        targets, _ = boxes.encode_targets(
            true, labels, assets.anchors, grid, len(assets.classes), ignore_iou=ignore_iou
        )
        return images, targets

    return targets_of
