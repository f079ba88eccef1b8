"""Batches with several images of each of several classes, as a function of the epoch."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from keras_dl.pipelines.batches import Batch
from keras_dl.typing import Tensor


def class_batches(
    labels: np.ndarray,
    classes_per_batch: int,
    images_per_class: int,
    seed: int,
    make_batch: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], Batch],
    *,
    groups: np.ndarray | None = None,
    group_size: int = 1,
) -> tuple[Callable[[Tensor], tf.data.Dataset], int]:
    """Batches several examples of each of several classes, for losses that compare examples.

    An epoch has each class once, except those that do not fill the last batch. The examples of a
    class are drawn without repetition if it has enough of them. A batch contains the examples of a
    class one after another, in random order.

    Args:
        labels: int `(examples,)`. Class of each example.
        classes_per_batch: int. Number of different classes in a batch, at least 2.
        images_per_class: int. Number of examples of each class in a batch, at least 2.
        seed: int. Seed of the order.
        make_batch: function that returns the model inputs of a batch. Its arguments are the int64
            indices of the examples, `(classes_per_batch * images_per_class,)`; the int64 index of
            the batch within its epoch; and the seed and the epoch, int64 `(2,)`. Derive randomness
            from the last two arguments.
        groups: int `(examples,)` or None. Group of the class of each example, such as its alphabet.
            Classes of the same group are mostly harder to tell apart.
        group_size: int, a divisor of `classes_per_batch`. Number of classes in a batch that come
            from one group, or from two where a group ends. It requires `groups`.

    Returns:
        tuple of a function that maps an epoch index to its `tf.data.Dataset`, the same at each
        call, and the number of batches in it.

    Raises:
        ValueError: if an argument is out of range, or there are fewer classes than one batch needs.

    Example:
    >>> labels = np.repeat([7, 8, 9], 5)
    >>> batches, steps = class_batches(labels, 2, 3, 0, lambda rows, number, seeds: rows)
    >>> [labels[rows].tolist() for rows in batches(epoch=0)]
    [[9, 9, 9, 7, 7, 7]]
    """
    labels = np.asarray(labels)
    classes, counts = np.unique(labels, return_counts=True)
    _check(len(classes), classes_per_batch, images_per_class, group_size)
    by_class = tf.constant(np.argsort(labels, kind="stable"), "int64")
    starts = tf.constant(np.cumsum(counts) - counts, "int64")
    sizes, largest = tf.constant(counts, "int64"), int(counts.max())
    group = np.zeros_like(labels) if groups is None else np.asarray(groups)
    group_of_class = tf.constant(group[np.unique(labels, return_index=True)[1]], "int64")
    steps = len(classes) // classes_per_batch

    def rows(chosen, seeds):
        """Returns indices of different examples of each of the chosen classes."""
        count = tf.gather(sizes, chosen)[:, None]
        draw = tf.random.stateless_uniform([classes_per_batch, largest], seeds)
        exists = tf.range(largest, dtype="int64")[None] < count
        order = tf.cast(tf.argsort(tf.where(exists, draw, 2.0), axis=1), "int64")
        # A class with too few examples repeats them.
        which = tf.range(images_per_class, dtype="int64")[None] % count
        order = tf.gather(order, which, batch_dims=1)
        return tf.reshape(tf.gather(by_class, tf.gather(starts, chosen)[:, None] + order), [-1])

    def epoch_data(epoch):
        seeds = tf.stack([tf.constant(seed, "int64"), tf.cast(epoch, "int64")])
        order = tf.range(len(classes), dtype="int64")
        order = tf.random.experimental.stateless_shuffle(order, seeds)
        if groups is not None:
            order = _together(order, group_of_class, group_size, seeds)
        batches = tf.reshape(order[: steps * classes_per_batch], (steps, classes_per_batch))

        def one_batch(number, chosen):
            # Batches draw from seeds that no other epoch has.
            drawn = rows(chosen, seeds + tf.stack([tf.constant(2**32, "int64") * (1 + number), 0]))
            return make_batch(drawn, number, seeds)

        dataset = tf.data.Dataset.from_tensor_slices(batches).enumerate()
        return dataset.map(one_batch, num_parallel_calls=2, deterministic=True).prefetch(4)

    return epoch_data, steps


def _together(order, group_of_class, size, seeds):
    """Returns classes in an order in which each `size` classes belong to one or two groups."""
    order = tf.gather(order, tf.argsort(tf.gather(group_of_class, order), stable=True))
    count = len(group_of_class)
    # Where the first part starts varies, so that each class is left out sometimes.
    order = tf.roll(order, tf.random.stateless_uniform([], seeds, 0, count, "int64"), 0)
    parts = tf.reshape(order[: count // size * size], (-1, size))
    return tf.reshape(tf.random.experimental.stateless_shuffle(parts, seeds + 1), [-1])


def _check(count, classes, images, group_size):
    if classes < 2 or images < 2 or group_size < 1 or classes % group_size:
        raise ValueError(
            "class_batches: classes_per_batch and images_per_class must be at least 2, and "
            "group_size a divisor of classes_per_batch. Received classes_per_batch "
            f"{classes}, images_per_class {images}, group_size {group_size}. Change them."
        )
    if count < classes:
        raise ValueError(
            f"class_batches: classes_per_batch must be at most the number of classes, {count}. "
            f"Received classes_per_batch {classes}. Use fewer classes per batch."
        )
