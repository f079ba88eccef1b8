"""Streams of tokens: each row of a batch continues that row of the previous batch."""

import tensorflow as tf

from apps.language import texts
from apps.language.app import Assets
from apps.language.tokens import UNKNOWN, Characters, Words, tokens_of
from keras_dl import callbacks, training
from keras_dl.application import UserError

_DEV_STEPS = 1_000  # tokens of a row of dev, whose states start at 0


def training_data(config):
    """Returns the `TrainingData` of a run."""
    parts = texts.read(config)
    text = parts.train + parts.dev if config.with_dev else parts.train
    kind = {"characters": Characters, "words": Words}[config.unit]
    vocabulary = kind.build_vocabulary(text, config.vocabulary)
    if not vocabulary:
        raise UserError(f"--data must repeat some {config.unit}; {config.data} does not. Add text.")
    tokens = tokens_of(config.unit, vocabulary)
    train, dev = (tokens.encode([each])[0] for each in (text, parts.dev))
    batches, steps = streams(train, config.batch_size, config.time_steps)
    unknown = tf.reduce_mean(tf.cast(train == UNKNOWN, "float32"))
    return training.TrainingData(
        batches,
        steps,
        None if config.with_dev else _rows(dev, _DEV_STEPS, config.batch_size),
        Assets(config.unit, vocabulary),
        (callbacks.ClippedShare(),),
        notes=(f"{len(train):,} {config.unit} of {len(tokens):,}, {unknown:.2%} unknown",),
    )


def streams(tokens, batch_size, time_steps):
    """Returns the batches of an epoch as a function of the epoch, and the number of batches.

    The text is a ring. Row i of the first batch starts at i / batch_size of it, and each batch
    continues where the one before it ended, also from epoch to epoch.

    Args:
        tokens: int32 `(n,)`.
        batch_size: int. Rows of a batch.
        time_steps: int. Tokens of a row.

    Raises:
        UserError: if the text is shorter than one batch.
    """
    count = len(tokens)
    steps = count // (batch_size * time_steps)
    if not steps:
        raise UserError(
            f"--batch-size times --time-steps must be at most the tokens of train, {count:,}. "
            f"Received {batch_size} and {time_steps}. Use smaller values, or more text."
        )
    starts = tf.range(batch_size, dtype="int64") * (count // batch_size)
    positions = starts[:, None] + tf.range(time_steps + 1, dtype="int64")

    def batches(epoch):
        def batch(step):
            step += tf.cast(epoch, "int64") * steps
            rows = tf.gather(tokens, (positions + step * time_steps) % count)
            return rows[:, :-1], rows[:, 1:]

        return tf.data.Dataset.range(steps).map(batch).prefetch(4)

    return batches, steps


def _rows(tokens, time_steps, batch_size):
    """Returns the batches of held-out rows `(x, y)`, of the same length."""
    time_steps = min(time_steps, len(tokens) - 1)
    if time_steps < 1:
        raise UserError("--data must leave at least two tokens for dev. Add text.")
    count = (len(tokens) - 1) // time_steps
    x, y = (
        tf.reshape(tokens[shift : shift + count * time_steps], (count, time_steps))
        for shift in (0, 1)
    )
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(batch_size).cache()
