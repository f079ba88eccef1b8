"""Batches of an epoch, in an order that depends only on seed and epoch."""

from collections.abc import Callable
from typing import Any, TypeAlias

import tensorflow as tf

from keras_dl.typing import Tensor

Batch: TypeAlias = Any
"""Model inputs and targets: a tensor, or tuples and dicts of tensors."""

_SORTED_TOGETHER = 50  # batches: enough to sort well, few enough to mix between epochs


def epoch_batches(
    count: int,
    batch_size: int,
    seed: int,
    make_batch: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], Batch],
    *,
    drop_remainder: bool = True,
) -> tuple[Callable[[Tensor], tf.data.Dataset], int]:
    """Shuffles all examples in each epoch and batches them.

    Args:
        count: int. Number of examples.
        batch_size: int. Examples per batch.
        seed: int. Seed of the order.
        make_batch: function that returns the model inputs of a batch. Its arguments are the int64
            indices of the examples, `(batch_size,)`; the int64 index of the batch within its epoch;
            and the seed and the epoch, int64 `(2,)`. Derive randomness from the last two arguments.
        drop_remainder: bool. Whether to drop the examples that do not fill the last batch. If
            False, they form a smaller batch.

    Returns:
        tuple of a function that maps an epoch index to its `tf.data.Dataset`, the same at each
        call, and the number of batches in it.

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
            f"batch_size {batch_size}. Use a smaller batch_size, or more examples."
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
    """Combines `bucket_by_length` for training and `batch_all_by_length` for validation.

    Args:
        train: tuple of ragged rows and a function from indices to a batch, see `bucket_by_length`.
        validation: the same for the validation data. Its batches are cached in memory.
        batch_size: int. Rows per batch.
        seed: int. Seed of the order.

    Returns:
        tuple of a function that maps an epoch index to its `tf.data.Dataset`, the number of batches
        in it, and the `tf.data.Dataset` of the validation batches.
    """
    epoch_data, steps = bucket_by_length(*train, batch_size=batch_size, seed=seed)
    return epoch_data, steps, batch_all_by_length(*validation, batch_size=batch_size).cache()


def bucket_by_length(
    rows: tf.RaggedTensor, make_batch: Callable[[tf.Tensor], Batch], *, batch_size: int, seed: int
) -> tuple[Callable[[Tensor], tf.data.Dataset], int]:
    """Batches ragged rows of similar length, to reduce padding.

    The order depends only on seed and epoch. Rows are shuffled and sorted by length within groups
    of 50 batches. Then the batches are shuffled. Rows that do not fill the last batch are dropped
    in this epoch.

    Args:
        rows: tf.RaggedTensor `(rows, None)`. Row `i` belongs to index `i` of `make_batch`.
        make_batch: function that maps int64 indices `(batch_size,)` to the model inputs of a batch.
        batch_size: int. Rows per batch.
        seed: int. Seed of the order.

    Returns:
        tuple of a function that maps an epoch index to its `tf.data.Dataset`, the same at each
        call, and the number of batches in it.

    Raises:
        ValueError: if there are fewer rows than one batch.
    """
    lengths = tf.cast(rows.row_lengths(), "int64")
    count = int(lengths.shape[0])
    steps = count // batch_size
    if not steps:
        raise ValueError(
            f"bucket_by_length: rows must fill one batch. Received {count} rows, batch_size "
            f"{batch_size}. Use a smaller batch_size."
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
    """Batches ragged rows in the order of their length, each row once, for validation.

    Args:
        rows: tf.RaggedTensor `(rows, None)`. Row `i` belongs to index `i` of `make_batch`.
        make_batch: function that maps int64 indices `(n,)` to the model inputs of a batch.
        batch_size: int. Rows per batch; the last batch may be smaller.

    Returns:
        `tf.data.Dataset` of batches.
    """
    order = tf.argsort(rows.row_lengths(), stable=True)
    dataset = tf.data.Dataset.from_tensor_slices(tf.cast(order, "int64")).batch(batch_size)
    return dataset.map(make_batch)
