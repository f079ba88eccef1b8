"""Converts texts to skip-gram windows of vocabulary IDs."""

import array
import collections
import itertools
import pathlib

import numpy as np
import tensorflow as tf

from apps.embeddings.app import Assets
from apps.embeddings.synthetic.corpus import sentences
from keras_dl import embeddings, pipelines, training
from keras_dl.application import UserError, user_error

HELD_OUT = 100  # every 100th document is held out, and its words are not counted
_AT_ONCE = 500  # documents


def training_data(config):
    """Reads or generates the texts of a run and returns its `TrainingData`."""
    numbers, words = _numbered(texts(config))
    is_held_out = np.arange(numbers.nrows()) % HELD_OUT == HELD_OUT - 1
    if not is_held_out.any():
        raise UserError(
            f"--data must have at least {HELD_OUT} documents, to hold one out. Received "
            f"{config.data} with {len(is_held_out)}. Use more text, or one sentence per line."
        )
    trained = np.repeat(~is_held_out, numbers.row_lengths())  # for each word of the texts
    counts = np.bincount(numbers.flat_values.numpy()[trained], minlength=len(words))
    kept = _kept(config, counts, words)
    # IDs as in `pipelines.WordVocabulary`: 1 is the unknown word.
    ranks = np.ones(len(words), "int32")
    ranks[kept] = np.arange(len(kept)) + 2
    numbers = numbers.with_flat_values(tf.gather(ranks, numbers.flat_values))
    counts = np.array([0, 0, *counts[kept]])
    epoch_data, steps = _windows(config, numbers, ~is_held_out, counts)
    held_out = list(_windows(config, numbers, is_held_out, counts)[0](0))
    if not held_out:
        raise UserError(
            f"--data: the held-out documents (every {HELD_OUT}th) of {config.data} contain no "
            "words of the vocabulary. Use more text, a smaller --min-count or --threshold 0."
        )
    return training.TrainingData(
        lambda epoch: epoch_data(epoch).repeat().take(steps),
        steps,
        tf.data.Dataset.from_tensor_slices(tuple(map(tf.stack, zip(*held_out, strict=True)))),
        Assets([words[number].decode() for number in kept]),
        initial=counts,
        monitor=None,  # the learning rate falls until the last step, so its vectors are final
    )


def _numbered(texts):
    """Returns the words of texts as IDs in order of first occurrence, and the words."""
    numbers = collections.defaultdict(itertools.count().__next__)
    values, lengths = array.array("i"), array.array("q")
    for rows in tokenized(texts):
        values.extend(map(numbers.__getitem__, rows.flat_values.numpy()))
        lengths.extend(rows.row_lengths().numpy())
    ragged = tf.RaggedTensor.from_row_lengths(np.array(values), np.array(lengths))
    return ragged, list(numbers)


def _kept(config, counts, words):
    """Returns the IDs of the words that get a vector, most frequent first."""
    frequent = np.flatnonzero(counts >= config.min_count).tolist()
    if not frequent:
        raise UserError(
            f"--data must have words that occur at least {config.min_count} times. Received "
            f"{config.data} with {counts.sum():,} words. Use more text, or a smaller --min-count."
        )
    order = sorted(frequent, key=lambda number: (-counts[number], words[number]))
    return order[: config.vocabulary]


def _windows(config, numbers, chosen, counts):
    """Returns the `embeddings.skip_gram_windows` of the chosen documents."""

    def chosen_rows(start):
        rows = slice(start, start + _AT_ONCE)
        return tf.ragged.boolean_mask(numbers[rows], tf.constant(chosen)[rows])

    return embeddings.skip_gram_windows(
        tf.data.Dataset.range(0, len(chosen), _AT_ONCE).map(chosen_rows),
        counts,
        int(chosen.sum()),
        window=config.window,
        threshold=config.threshold,
        blocks=config.batch_size,
        seed=config.seed,
    )


def texts(config):
    """Returns a `tf.data.Dataset` of texts, one per document."""
    source = config.data
    if source == "synthetic":
        return tf.data.Dataset.from_tensor_slices(sentences(config.num_examples, config.seed))
    if source.startswith("tfds:"):
        return _from_tfds(source.removeprefix("tfds:"))
    path = pathlib.Path(source)
    files = sorted(map(str, path.rglob("*.txt"))) if path.is_dir() else [str(path)]
    if not files or not all(pathlib.Path(file).is_file() for file in files):
        raise UserError(
            "--data must be a text file, a directory of text files (*.txt), tfds:NAME or "
            f"synthetic. Received {source}."
        )
    lines = tf.data.TextLineDataset(files)
    return lines.filter(lambda line: tf.strings.length(tf.strings.strip(line)) > 0)


def _from_tfds(name):
    import tensorflow_datasets as tfds

    with user_error("--data"):
        builder = pipelines.tfds_builder(name)
    features = builder.info.features
    texts = [key for key, feature in features.items() if isinstance(feature, tfds.features.Text)]
    if not texts:
        raise UserError(
            f"--data must be a data set with a text feature. Received tfds:{name} with features "
            f"{', '.join(sorted(features))}. Use another data set."
        )
    splits = "+".join(split for split in builder.info.splits if split != "test")
    found = builder.as_dataset(split=splits, shuffle_files=False)
    return found.map(lambda example: example[texts[0]])


def tokenized(texts):
    """Returns a data set of the words of texts in lower case, in batches of ragged strings."""

    def tokenize(batch):
        words = pipelines.tokenize(tf.strings.regex_replace(batch, r"<br\s*/?>", " "))
        return tf.ragged.map_flat_values(tf.strings.lower, words, encoding="utf-8")

    return texts.batch(_AT_ONCE).map(tokenize, num_parallel_calls=2, deterministic=True)
