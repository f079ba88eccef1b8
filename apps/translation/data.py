"""Sentence pairs as tensors: the tokens of the source, and those of the target one step apart."""

import tensorflow as tf

from apps.translation import texts
from apps.translation.app import Assets
from keras_dl import pipelines, training
from keras_dl.application import UserError, user_error

PADDING, END = 0, 1  # of `SubwordVocabulary`; END is also the token before the first one
LONGEST = 100  # tokens of a sentence
_AT_ONCE = 10_000  # sentences


def training_data(config):
    """Returns the `TrainingData` of a run."""
    train, dev = (texts.read(config, split, config.num_examples) for split in ("train", "dev"))
    merges = (pipelines.learn_subwords(side, config.vocabulary) for side in train)
    assets = Assets(*(list(map(list, each)) for each in merges))
    rows = [_rows(each, assets) for each in (train, dev)]
    with user_error("--batch-size"):
        batches, steps, held_out = pipelines.batches_by_length(
            *rows, batch_size=config.batch_size, seed=config.seed
        )
    kept, given = rows[0][0].nrows(), len(train.source)
    note = f"{kept:,} of {given:,} pairs in train have at most {LONGEST} tokens on both sides"
    return training.TrainingData(batches, steps, held_out, assets, notes=(note,))


def _rows(pairs, assets):
    """Returns rows as long as both sides of a pair, and the function from indices to a batch."""
    sides = [
        tf.concat([words.encode(texts.readable(part)) for part in _parts(side)], 0)
        for words, side in zip(texts.vocabularies(assets), pairs, strict=True)
    ]
    lengths = [side.row_lengths() for side in sides]
    fits = (tf.reduce_min(lengths, 0) > 0) & (tf.reduce_max(lengths, 0) <= LONGEST)
    if not tf.reduce_any(fits):
        raise UserError(
            f"--data must have sentences of 1 to {LONGEST} tokens. Received none. Use other data."
        )
    source, target = (tf.ragged.boolean_mask(side, fits) for side in sides)

    def make_batch(rows):
        ahead = tf.gather(target, rows)
        wanted = tf.pad(ahead.to_tensor(END), [[0, 0], [0, 1]], constant_values=END)
        inputs = {
            "source": tf.gather(source, rows).to_tensor(),
            "previous": tf.pad(wanted[:, :-1], [[0, 0], [1, 0]], constant_values=END),
        }
        counted = tf.sequence_mask(ahead.row_lengths() + 1, tf.shape(wanted)[1], "float32")
        return inputs, wanted, counted

    return tf.concat([source, target], 1), make_batch


def _parts(sentences):
    return (sentences[start : start + _AT_ONCE] for start in range(0, len(sentences), _AT_ONCE))
