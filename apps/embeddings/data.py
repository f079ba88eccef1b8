"""Texts as windows of words: the numbers of words and how far each of them looks."""

import collections
import dataclasses
import pathlib
import shutil
import tempfile
import weakref

import numpy as np
import tensorflow as tf

from apps import tfds_sets
from apps.embeddings.generated import sentences
from keras_dl import embeddings, pipelines

_AT_ONCE = 500  # documents
HELD_OUT = 100  # one document of so many is not trained on, nor are its words counted


@dataclasses.dataclass(frozen=True)
class Data:
    """What training needs; `assets` go into the run for whoever loads the model.

    The numbers of the words lie on the disk, as long as this is alive.
    """

    train: collections.abc.Callable
    steps_per_epoch: int
    validation: tf.data.Dataset
    assets: dict
    counts: np.ndarray


def pipeline(config):
    """Reads or makes the texts of a run and returns its `Data`."""
    documents = texts(config)
    _check_enough(config, documents)
    words_of_texts = tokenized(documents)
    kept, num_documents = _counted(config, words_of_texts)
    words = pipelines.Words([word.decode() for _, word in kept])
    folder = tempfile.mkdtemp()
    numbers = words_of_texts.map(words.encode).cache(str(pathlib.Path(folder, "numbers")))
    counts = np.array([0, 0, *(-count for count, _ in kept)])
    options = dict(
        window=config.window, threshold=config.threshold, blocks=config.batch_size, seed=config.seed
    )
    trained, held_out = (_part(numbers, is_held_out) for is_held_out in (False, True))
    for _ in numbers:  # written whole, before two readers want it
        pass
    epoch_data, steps = embeddings.windows(trained, counts, num_documents, **options)
    held_out_data, _ = embeddings.windows(held_out, counts, num_documents, **options)
    elements = [tf.stack(parts) for parts in zip(*held_out_data(0), strict=True)]
    if not elements:
        shutil.rmtree(folder)
        raise ValueError(
            f"--data must have words in every {HELD_OUT}th document, which is held out, that are "
            f"known and not thinned out. Received {config.data} with none there. Give more text, "
            "a smaller --min-count or --threshold 0."
        )
    validation = tf.data.Dataset.from_tensor_slices(tuple(elements))

    def train(epoch):
        return epoch_data(epoch).repeat().take(steps)

    assets = {"vocabulary": words.vocabulary, "counts": counts[2:].tolist()}
    found = Data(train, steps, validation, assets, counts)
    weakref.finalize(found, shutil.rmtree, folder, ignore_errors=True)
    return found


def _check_enough(config, documents):
    found = sum(1 for _ in documents.take(HELD_OUT))
    if found < HELD_OUT:
        raise ValueError(
            f"--data must have {HELD_OUT} documents or more, of which one is held out; in text "
            f"files each line is one, unless it is blank. Received {config.data} with {found}. "
            "Give more text, or break its lines, for instance one sentence to a line."
        )


def _counted(config, words_of_texts):
    """Returns pairs (-count, word) of what is kept, the commonest first, and the documents."""
    counted = collections.Counter()
    num_documents = 0
    for some in _part(words_of_texts, is_held_out=False):
        counted.update(some.flat_values.numpy().tolist())
        num_documents += int(some.nrows())
    kept = sorted((-count, word) for word, count in counted.items() if count >= config.min_count)
    if not kept:
        raise ValueError(
            f"--data must have words that occur {config.min_count} times. Received {config.data} "
            f"with {sum(counted.values()):,} words. Give more text, or a smaller --min-count."
        )
    return kept[: config.vocabulary], num_documents


def _part(documents, is_held_out):
    """Returns the documents that are trained on, or those that are not."""

    def rows(place, some):
        number = place * _AT_ONCE + tf.range(some.nrows())
        return tf.ragged.boolean_mask(some, (number % HELD_OUT == HELD_OUT - 1) == is_held_out)

    return documents.enumerate().map(rows)


def texts(config):
    """Returns a data set of texts, one for each document."""
    source = config.data
    if source == "made":
        return tf.data.Dataset.from_tensor_slices(sentences(config.examples, config.seed))
    if source.startswith("tfds:"):
        return _from_tfds(source.removeprefix("tfds:"))
    path = pathlib.Path(source)
    files = sorted(map(str, path.rglob("*.txt"))) if path.is_dir() else [str(path)]
    if not files or not all(pathlib.Path(file).is_file() for file in files):
        raise FileNotFoundError(
            f"--data must be a text file, a folder with some (*.txt), tfds:NAME or made. Received "
            f"{source}."
        )
    lines = tf.data.TextLineDataset(files)
    return lines.filter(lambda line: tf.strings.length(tf.strings.strip(line)) > 0)


def _from_tfds(name):
    import tensorflow_datasets as tfds

    builder = tfds_sets.prepared(name)
    splits = [split for split in builder.info.splits if split != "test"]
    features = builder.info.features
    texts = [key for key, feature in features.items() if isinstance(feature, tfds.features.Text)]
    if not texts:
        raise ValueError(
            f"--data must be a set with texts. Received tfds:{name} with "
            f"{', '.join(sorted(features))}."
        )
    found = builder.as_dataset(split="+".join(splits), shuffle_files=False)
    return found.map(lambda example: example[texts[0]])


def tokenized(texts):
    """Returns the words of texts in lower case, ragged string, some hundreds of texts together."""

    def tokenize(some):
        words = pipelines.tokenize(tf.strings.regex_replace(some, r"<br\s*/?>", " "))
        return tf.ragged.map_flat_values(tf.strings.lower, words, encoding="utf-8")

    return texts.batch(_AT_ONCE).map(tokenize, num_parallel_calls=2, deterministic=True)
