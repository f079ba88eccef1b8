"""Debiases word vectors, and selects words for the probe of the remaining bias."""

import pathlib

import numpy as np
import tensorflow as tf

from apps.debias.app import Assets
from apps.debias.word_lists import coverage, gender_axis, known_sets, read_lists, spelled_once
from keras_dl import embeddings, pipelines, training
from keras_dl.application import UserError, user_error

_MOST = 500  # most biased words of each side
_HELD_OUT = 5  # every fifth word of the probe is held out


def training_data(config):
    """Reads vectors and lists, removes the bias, and returns the `TrainingData` of a run."""
    before, lists = read_vectors(config), read_lists(config.lists)
    axis = gender_axis(before, lists, config.seed)
    notes = [f"axis: {axis}", *coverage(before, lists)]
    sets = known_sets(before, lists["equalize_pairs"])
    specific = set(spelled_once(before, lists["gender_specific_full"])).union(*sets, *axis.pairs)
    neutral = [word for word in before.words if word not in specific]
    positions = before.unit @ axis.direction.astype("float32")
    fitted = []
    with user_error(f"--method {config.method}"):
        if config.method == "hard":
            after = embeddings.hard_debias(before, axis.direction, specific, sets)
        elif config.method == "soft":
            after = embeddings.soft_debias(before, axis.direction, neutral, config.strength)
        else:
            half = np.random.default_rng(config.seed).permutation(neutral)[: len(neutral) // 2]
            fitted, sides = most_biased(before, positions, half.tolist())
            projected = embeddings.null_space_projection(before, fitted, sides, seed=config.seed)
            notes.append(f"null space: {projected}")
            after = projected.vectors
    assets = Assets(
        before.words,
        axis.direction.tolist(),
        positions.tolist(),
        [word for word in before.words if word in specific],
        fitted,
        sets if config.method == "hard" else [],
    )
    asked = most_biased(before, positions, [word for word in neutral if word not in {*fitted}])
    batches, steps, validation = _probe_words(config, before, *asked)
    # The validation words measure the remaining bias, so no epoch is chosen by them.
    return training.TrainingData(
        batches, steps, validation, assets, initial=after, monitor=None, notes=notes
    )


def _probe_words(config, vectors, words, sides):
    """Returns batches, steps and validation batches of word IDs and sides."""
    order = np.random.default_rng(config.seed).permutation(len(words))
    x = vectors.numbers(words)[order].astype("int32")
    y = sides[order].astype("float32")[:, None]
    held_out = np.arange(len(x)) % _HELD_OUT == 0
    validation = tf.data.Dataset.from_tensor_slices((x[held_out], y[held_out]))
    x, y = x[~held_out], y[~held_out]
    batches, steps = pipelines.epoch_batches(
        len(x),
        config.batch_size,
        config.seed,
        lambda rows, number, seeds: (tf.gather(x, rows), tf.gather(y, rows)),
        drop_remainder=False,
    )
    return batches, steps, validation.batch(config.batch_size)


def most_biased(before, positions, words):
    """Returns the words at both ends of the bias axis, and whether each is at the positive end.

    Args:
        before: `WordVectors` before debiasing.
        positions: float `(words,)`. Positions of all words on the axis.
        words: list of candidates; at most half of them are returned.

    Raises:
        UserError: if there are fewer than 20 candidates.
    """
    number = min(_MOST, len(words) // 4)
    if number < 5:
        raise UserError(
            "--vectors must contain at least 20 neutral words (words that are not in --lists). "
            f"Received {len(words)}. Use vectors of more words."
        )
    order = np.argsort(positions[before.numbers(words)], kind="stable")
    chosen = np.concatenate([order[:number], order[-number:]])
    return [words[index] for index in chosen], np.arange(2 * number) >= number


def read_vectors(config):
    """Returns the `WordVectors` before debiasing."""
    if not pathlib.Path(config.vectors).is_file():
        raise UserError(f"--vectors must be a file of word vectors. Received {config.vectors}.")
    with user_error("--vectors"):
        return embeddings.WordVectors.load(config.vectors)
