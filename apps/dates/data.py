"""Synthetic examples as tensors: characters as inputs, digits as targets."""

import collections

import numpy as np
import tensorflow as tf

from apps.dates.app import Assets
from apps.dates.synthetic.date_examples import examples
from apps.dates.synthetic.numeric_dates import ORDERS
from keras_dl import pipelines, training

DIGITS = "0123456789?"  # `?` after a date: another order gives another date
END = len(DIGITS)
TARGET_LENGTH = 9
LONGEST = 100  # characters; a longer text is not a date
_VALIDATION_EXAMPLES = 4000
# Chosen on benchmarks/date_cases.tsv: in text that no generator wrote, half of the dates with a
# probability of .7 are right, and nine in ten with .95.
_WILD_EXPONENT = 2.0


def training_data(config):
    """Generates the examples of a run and returns its `TrainingData`."""
    dates = examples(config.num_examples, "train", config.seed, wild=config.wild)
    exponent = _WILD_EXPONENT if config.wild else 1.0
    assets = Assets(vocabulary(example.text for example in dates), exponent)
    train, steps = pipelines.bucket_by_length(
        *_rows(dates, assets), batch_size=config.batch_size, seed=config.seed
    )
    count = min(_VALIDATION_EXAMPLES, config.num_examples)
    validation = examples(count, "validation", config.seed, wild=config.wild)
    held_out = pipelines.batch_all_by_length(
        *_rows(validation, assets), batch_size=config.batch_size
    )
    return training.TrainingData(train, steps, held_out.cache(), assets)


def vocabulary(texts):
    """Returns the sorted canonical characters that occur at least ten times in texts."""
    counts = collections.Counter()
    for character, count in collections.Counter("".join(texts)).items():
        counts[pipelines.canonical_character(character)] += count
    return "".join(sorted(each for each, count in counts.items() if each and count >= 10))


def source_numbers(characters, texts, orders):
    """Returns the model's input: a token ID for the date order, then the character IDs.

    Args:
        characters: `pipelines.CharacterVocabulary`. The three date orders have the three IDs that
            follow its last one.
        texts: string `(batch,)`.
        orders: string `(batch,)`, each one of `ORDERS`, or any string if the text is empty.

    Returns:
        ragged int32 `(batch, None)`.
    """
    numbers = characters.encode(texts)
    matches = tf.equal(orders[:, None], tf.constant(ORDERS))
    valid = tf.reduce_any(matches, 1) | tf.equal(texts, "")
    check = tf.debugging.Assert(
        tf.reduce_all(valid), ["order must be one of", ORDERS, "got", orders]
    )
    with tf.control_dependencies([check]):
        first = len(characters) + tf.argmax(matches, 1, output_type="int32")
    return tf.concat([first[:, None], numbers], 1)


def target_numbers(targets):
    """Returns the digits of targets `(batch, 9)`, padded with END, and their sample weights."""
    numbers = np.full((len(targets), TARGET_LENGTH), END, "int32")
    for row, target in enumerate(targets):
        numbers[row, : len(target)] = [DIGITS.index(digit) for digit in target]
    ends = np.array([len(target) for target in targets])
    return numbers, (np.arange(TARGET_LENGTH) <= ends[:, None]).astype("float32")


def _rows(dates, assets):
    """Returns the sequences of IDs, and the function from row indices to a batch."""
    dates = [example for example in dates if len(example.text) <= LONGEST]
    texts = tf.constant([example.text for example in dates])
    orders = tf.constant([example.order for example in dates])
    characters = pipelines.CharacterVocabulary(assets.vocabulary)
    sources = source_numbers(characters, texts, orders)
    targets, counted = target_numbers([example.target for example in dates])
    previous = np.roll(targets, 1, axis=1)
    previous[:, 0] = END  # the end of one date is the start of the next

    def make_batch(rows):
        inputs = {
            "source": tf.gather(sources, rows).to_tensor(),
            "previous": tf.gather(previous, rows),
        }
        return inputs, tf.gather(targets, rows), tf.gather(counted, rows)

    return sources, make_batch
