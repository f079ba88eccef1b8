"""Batches of an epoch, in an order that depends on seed and epoch alone."""

from collections.abc import Callable
from typing import Any, TypeAlias

import tensorflow as tf

from keras_dl.typing import Tensor

Batch: TypeAlias = Any
"""What a model is fed with: a tensor, or tuples and dicts of tensors."""

_SORTED_TOGETHER = 50  # batches: long enough to sort well, short enough to mix from epoch to epoch


def epoch_batches(
    count: int,
    batch_size: int,
    seed: int,
    make_batch: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], Batch],
    *,
    drop_remainder: bool = True,
) -> tuple[Callable[[Tensor], tf.data.Dataset], int]:
    """Shuffles all examples anew in each epoch and makes batches of them.

    Args:
        count: int. Number of examples.
        batch_size: int. Examples in a batch.
        seed: int. Seed of the order.
        make_batch: function from int64 indices `(batch_size,)`, the int64 number of the batch
            within its epoch, and int64 `(2,)`, seed and epoch, to what the model is fed with. The
            latter two seed whatever is random in a batch.
        drop_remainder: bool. Whether examples that do not fill the last batch are left to other
            epochs, or make a smaller batch.

    Returns:
        pair of a function from the number of an epoch to its `tf.data.Dataset`, the same one every
        time, and the number of batches in it.

    Raises:
        ValueError: if there are fewer examples than one batch needs.

    Example:
    >>> batches, steps = epoch_batches(10, 3, 0, lambda rows, number, seeds: rows)
    >>> steps, len(list(batches(epoch=0)))
    (3, 3)
    """
    if count < (batch_size if drop_remainder else 1):
        raise ValueError(
            f"epoch_batches: batch_size must be at most the number of examples, {count}. Received "
            f"batch_size {batch_size}. Take a smaller batch_size, or more examples."
        )
    steps = count // batch_size if drop_remainder else -(-count // batch_size)

    def epoch_data(epoch):
        seeds = tf.stack([tf.constant(seed, "int64"), tf.cast(epoch, "int64")])
        order = tf.random.experimental.stateless_shuffle(tf.range(count, dtype="int64"), seeds)
        batches = tf.data.Dataset.from_tensor_slices(order).batch(batch_size, drop_remainder)
        return (
            batches.enumerate()
            .map(
                lambda number, rows: make_batch(rows, number, seeds),
                num_parallel_calls=2,
                deterministic=True,
            )
            .prefetch(4)
        )

    return epoch_data, steps


def batches_by_length(
    train: tuple[tf.RaggedTensor, Callable[[tf.Tensor], Batch]],
    validation: tuple[tf.RaggedTensor, Callable[[tf.Tensor], Batch]],
    *,
    batch_size: int,
    seed: int,
) -> tuple[Callable[[Tensor], tf.data.Dataset], int, tf.data.Dataset]:
    """Returns `bucket_by_length` of the training data and `batch_all_by_length` of the validation
    data.

    Args:
        train: pair of ragged rows and a function from indices to a batch, as `bucket_by_length` has
            them.
        validation: the same of the validation data. Its batches are kept in memory.
        batch_size: int. Rows in a batch.
        seed: int. Seed of the order.

    Returns:
        triple of a function from the number of an epoch to its `tf.data.Dataset`, the number of
        batches in it, and the `tf.data.Dataset` of the validation batches.
    """
    epoch_data, steps = bucket_by_length(*train, batch_size=batch_size, seed=seed)
    return epoch_data, steps, batch_all_by_length(*validation, batch_size=batch_size).cache()


def bucket_by_length(
    rows: tf.RaggedTensor, make_batch: Callable[[tf.Tensor], Batch], *, batch_size: int, seed: int
) -> tuple[Callable[[Tensor], tf.data.Dataset], int]:
    """Groups ragged rows of like length, so that little of a padded batch is padding.

    The order depends on seed and epoch alone. Rows are shuffled, sorted by length within stretches
    of 50 batches, and the batches shuffled again. What is left over after the last whole batch
    waits for another epoch's order.

    Args:
        rows: tf.RaggedTensor `(rows, None)`; row `i` of it is `make_batch`'s `i`.
        make_batch: function from int64 indices `(batch_size,)` to what the model is fed with.
        batch_size: int. Rows in a batch.
        seed: int. Seed of the order.

    Returns:
        pair of a function from the number of an epoch to its `tf.data.Dataset`, the same one every
        time, and the number of batches in it.

    Raises:
        ValueError: if there are fewer rows than one batch.
    """
    lengths = tf.cast(rows.row_lengths(), "int64")
    count = int(lengths.shape[0])
    steps = count // batch_size
    if not steps:
        raise ValueError(
            f"bucket_by_length: rows must fill one batch. Received {count} rows, batch_size "
            f"{batch_size}. Take a smaller batch_size."
        )

    def epoch_data(epoch):
        seeds = tf.stack([tf.constant(seed, "int64"), tf.cast(epoch, "int64")])
        order = tf.random.experimental.stateless_shuffle(tf.range(count, dtype="int64"), seeds)
        order = order[: steps * batch_size]
        stretch = tf.range(steps * batch_size, dtype="int64") // (batch_size * _SORTED_TOGETHER)
        longest = tf.reduce_max(lengths) + 1
        by_length = tf.argsort(stretch * longest + tf.gather(lengths, order), stable=True)
        batches = tf.reshape(tf.gather(order, by_length), (steps, batch_size))
        batches = tf.random.experimental.stateless_shuffle(batches, seeds + 1)
        dataset = tf.data.Dataset.from_tensor_slices(batches)
        return dataset.map(make_batch, num_parallel_calls=2, deterministic=True).prefetch(4)

    return epoch_data, steps


def batch_all_by_length(
    rows: tf.RaggedTensor, make_batch: Callable[[tf.Tensor], Batch], *, batch_size: int
) -> tf.data.Dataset:
    """Groups ragged rows in the order of their length, every row once: for validation.

    Args:
        rows: tf.RaggedTensor `(rows, None)`; row `i` of it is `make_batch`'s `i`.
        make_batch: function from int64 indices `(some,)` to what the model is fed with.
        batch_size: int. Rows in a batch; the last one may have fewer.

    Returns:
        `tf.data.Dataset` of batches.
    """
    order = tf.argsort(rows.row_lengths(), stable=True)
    dataset = tf.data.Dataset.from_tensor_slices(tf.cast(order, "int64")).batch(batch_size)
    return dataset.map(make_batch)
