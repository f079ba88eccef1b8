"""Vectors less their bias, and the words by which a probe looks for what is left of it."""

import collections
import dataclasses
import json
import pathlib

import numpy as np
import tensorflow as tf

from apps.debias.words import LISTS
from keras_dl import embeddings

SHIPPED = pathlib.Path(__file__).parents[2] / "saved_models" / "embeddings" / "vectors.txt.gz"
ROLES = ("neutral", "fitted", "specific")  # fitted: neutral, and a projection was found by it
_MOST = 500  # words of either side, the most biased
_HELD_OUT = 5  # one of so many words of the probe


@dataclasses.dataclass(frozen=True)
class Data:
    """What training needs; `assets` go into the run for whoever loads the model."""

    train: collections.abc.Callable
    steps_per_epoch: int
    validation: tf.data.Dataset
    assets: dict
    vectors: embeddings.WordVectors


def pipeline(config):
    """Reads vectors and lists, takes the bias out, and returns the `Data` of a run."""
    before, found = vectors(config), lists(config)
    axis = embeddings.bias_direction(before, pairs(before, found), config.seed)
    print(f"axis: {axis}")
    sets = _sets(before, found["equalize_pairs"])
    kept = set(_known(before, found["gender_specific_full"])).union(*sets, *axis.pairs)
    neutral = [word for word in before.words if word not in kept]
    positions = before.unit @ axis.direction.astype("float32")
    fitted = []
    if config.method == "hard":
        after = embeddings.hard_debias(before, axis.direction, kept, sets)
    elif config.method == "soft":
        sets = []
        after = embeddings.soft_debias(before, axis.direction, neutral, config.strength)
    else:
        sets = []
        half = np.random.default_rng(config.seed).permutation(neutral)[: len(neutral) // 2]
        fitted, sides = most_biased(before, positions, half.tolist())
        projected = embeddings.null_space_projection(before, fitted, sides, seed=config.seed)
        print(f"null space: {projected}")
        after = projected.vectors
    assets = {
        "vocabulary": before.words,
        "direction": axis.direction.tolist(),
        "position_before": positions.tolist(),
        "role": _roles(before, kept, fitted),
        "set": _set_numbers(before, sets),
    }
    asked = [word for word in neutral if word not in set(fitted)]
    return Data(*_probe_words(config, before, positions, asked), assets, after)


def _probe_words(config, before, positions, asked):
    """Returns the data of training, its steps and those of validation: word numbers and sides."""
    words, sides = most_biased(before, positions, asked)
    order = np.random.default_rng(config.seed).permutation(len(words))
    x = before.numbers(words)[order].astype("int32")
    y = sides[order].astype("float32")[:, None]
    held_out = np.arange(len(x)) % _HELD_OUT == 0
    validation = tf.data.Dataset.from_tensor_slices((x[held_out], y[held_out]))
    x, y = x[~held_out], y[~held_out]

    def train(epoch):
        seeds = tf.stack([tf.constant(config.seed, "int64"), tf.cast(epoch, "int64")])
        rows = tf.random.experimental.stateless_shuffle(tf.range(len(x)), seeds)
        shuffled = (tf.gather(x, rows), tf.gather(y, rows))
        return tf.data.Dataset.from_tensor_slices(shuffled).batch(config.batch_size)

    return train, -(-len(x) // config.batch_size), validation.batch(config.batch_size)


def most_biased(before, positions, words):
    """Returns the words farthest out on the axis, and for each whether it is on the positive side.

    Args:
        before: `WordVectors`.
        positions: float, of all words on the axis.
        words: list of words to choose from; at most half of them are taken.

    Raises:
        ValueError: if there are fewer than 20.
    """
    number = min(_MOST, len(words) // 4)
    if number < 5:
        raise ValueError(
            "--vectors must have 20 words or more that --lists does not set apart. Received "
            f"{len(words)}. Give vectors of more words."
        )
    order = np.argsort(positions[before.numbers(words)], kind="stable")
    chosen = np.concatenate([order[:number], order[-number:]])
    return [words[place] for place in chosen], np.arange(2 * number) >= number


def vectors(config):
    """Returns the `WordVectors` that a run begins with."""
    path = pathlib.Path(config.vectors or SHIPPED)
    if not path.is_file():
        raise FileNotFoundError(f"--vectors must name a file of word vectors. Received {path}.")
    return embeddings.WordVectors.load(path)


def lists(config):
    """Returns the lists of words by the names of their files."""
    if not config.lists:
        return LISTS
    return {name: _read(pathlib.Path(config.lists, f"{name}.json")) for name in LISTS}


def _read(path):
    if not path.is_file():
        raise FileNotFoundError(
            f"--lists must be a folder with {', '.join(f'{name}.json' for name in LISTS)}. "
            f"Received {path.parent}, which has no {path.name}."
        )
    try:
        content = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} must be JSON in UTF-8. Received {error}.") from error
    what, right = _SHAPES[path.stem]
    if not content or not right(content):
        raise ValueError(f"{path} must hold {what}. Received {json.dumps(content)[:60]}.")
    return content


def _are_words(some):
    return isinstance(some, list) and all(isinstance(word, str) and word for word in some)


def _are_sets(some):
    return isinstance(some, list) and all(_are_words(words) and len(words) > 1 for words in some)


def _are_rated(some):
    return isinstance(some, list) and all(
        isinstance(entry, list)
        and len(entry) == 3
        and isinstance(entry[0], str)
        and all(isinstance(rating, (int, float)) for rating in entry[1:])
        for entry in some
    )


def _are_named(some):
    return isinstance(some, dict) and all(_are_words(words) for words in some.values())


_SHAPES = {
    "definitional_pairs": ("a list of pairs of words", _are_sets),
    "equalize_pairs": ("a list of pairs of words", _are_sets),
    "gender_specific_full": ("a list of words", _are_words),
    "professions": ("a list of [word, rating by definition, rating by stereotype]", _are_rated),
    "WEAT": ("lists of words by name", _are_named),
}


def spelled(vectors, word):
    """Returns a word as the vectors have it, as it is or in lower case; if not at all, as it is."""
    return word.lower() if word not in vectors and word.lower() in vectors else word


def pairs(vectors, found):
    """Returns the definitional pairs in the spelling of the vectors, each once."""
    spelt = [tuple(spelled(vectors, word) for word in p) for p in found["definitional_pairs"]]
    return list(dict.fromkeys(spelt))


def _known(vectors, words):
    return [word for word in (spelled(vectors, word) for word in words) if word in vectors]


def _sets(vectors, found):
    """Returns the sets all of whose words are there; a word belongs to its first set alone."""
    sets, taken = [], set()
    for words in found:
        known = tuple(dict.fromkeys(_known(vectors, words)))
        if len(known) == len(words) and not taken & set(known):
            sets.append(known)
            taken.update(known)
    return sets


def _roles(vectors, kept, fitted):
    fitted = set(fitted)
    return [2 if word in kept else 1 if word in fitted else 0 for word in vectors.words]


def _set_numbers(vectors, sets):
    """Returns for each word the number of the set that it was made equal in, or -1."""
    numbers = np.full(len(vectors), -1)
    for place, words in enumerate(sets):
        numbers[vectors.numbers(words)] = place
    return numbers.tolist()
