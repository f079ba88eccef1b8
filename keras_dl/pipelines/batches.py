"""Batches of rows of like length."""

import tensorflow as tf

_SORTED_TOGETHER = 50  # batches: long enough to sort well, short enough to mix from epoch to epoch


def length_batches(rows, make_batch, *, batch_size, seed):
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
            f"length_batches: rows must fill one batch. Received {count} rows, batch_size "
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


def all_batches(rows, make_batch, *, batch_size):
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
