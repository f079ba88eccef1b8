"""Reviews as tensors: word numbers in, the number of a label out."""

import collections
import dataclasses
import hashlib
import json
import pathlib

import numpy as np
import tensorflow as tf

from apps.sentiment import texts as sources
from apps.sentiment.vectors import skip_gram
from keras_dl import embeddings, export, pipelines

_VECTOR_EPOCHS = 2
_AT_ONCE = 2000
_RUNS = pathlib.Path(__file__).parent.parent.parent / "runs" / "sentiment"


@dataclasses.dataclass(frozen=True)
class Data:
    """What training needs; `assets` go into the run for whoever loads the model."""

    train: collections.abc.Callable
    steps_per_epoch: int
    validation: tf.data.Dataset
    assets: dict
    vectors: np.ndarray | None


def pipeline(config):
    """Reads or makes the reviews of a run and returns its `Data`."""
    train = sources.read(config.data, "train", config)
    dev = sources.read(config.data, "dev", config)
    labels = _labels(train, dev)
    vectors = None
    if config.start:
        words = _vocabulary_of(config.start)
    elif config.vectors:
        words, vectors = _vocabulary_and_vectors(config, train.texts)
    else:
        words = _vocabulary(train.texts, config)
    if config.pseudo_labels:
        train = _with_pseudo_labels(train, config, labels)
    assets = {"vocabulary": words, "labels": labels}
    batches, steps = pipelines.length_batches(
        *_rows(train, words, config), batch_size=config.batch_size, seed=config.seed
    )
    held_out = pipelines.all_batches(*_rows(dev, words, config), batch_size=config.batch_size)
    return Data(batches, steps, held_out.cache(), assets, vectors)


def _labels(train, dev):
    found = sorted(set(train.labels))
    if len(found) < 2 or found != list(range(len(found))) or not set(dev.labels) <= set(found):
        raise ValueError(
            "--data must have the labels 0, 1 and so on, each of them in train. Received "
            f"{found[:9]} in train, {sorted(set(dev.labels))[:9]} in dev. Number the classes."
        )
    return sources.label_names(len(found))


def tokens(texts):
    """Returns the words of reviews, ragged string `(batch, None)`, without HTML's line breaks."""
    return pipelines.tokenize(tf.strings.regex_replace(texts, r"<br\s*/?>", " "))


def _vocabulary(texts, config):
    words = (row for some in _parts(texts) for row in _strings(tokens(some)))
    return pipelines.vocabulary(words, max_size=config.vocabulary - 2)


def _vocabulary_of(run):
    for name in ("assets.json", "model.keras"):
        if not pathlib.Path(run, name).exists():
            raise FileNotFoundError(
                f"--start must be the folder of a run that is finished. Received {run}, without "
                f"{name}."
            )
    try:
        return json.loads(pathlib.Path(run, "assets.json").read_text("utf-8"))["vocabulary"]
    except (ValueError, KeyError) as error:
        raise ValueError(
            f"--start must be the folder of a run of sentiment. Received {run}, whose assets.json "
            "has no vocabulary that can be read. Take another run."
        ) from error


def _parts(texts):
    return (texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE))


def _strings(ragged):
    return ([word.decode() for word in row] for row in ragged.to_list())


def _numbers(words, texts):
    """Returns the word numbers of texts, a ragged int32."""
    words = pipelines.Words(words)
    return tf.concat([words.encode(tokens(some)) for some in _parts(texts)], 0)


def _rows(reviews, words, config):
    """Returns the numbers of the words, and the function from some rows of them to a batch."""
    numbers = _numbers(words, reviews.texts)[:, : config.longest]
    labels = tf.constant(reviews.labels, "int32")

    def make_batch(rows):
        return tf.gather(numbers, rows).to_tensor(), tf.gather(labels, rows)

    return numbers, make_batch


def _vocabulary_and_vectors(config, texts):
    """Learns word vectors, or takes those that an earlier run learnt from the same texts."""
    if config.vectors == "data":
        texts = [*texts, *sources.unlabelled(config.data)]
    else:
        others = sources.read(config.vectors, "train", config).texts
        texts = [*texts, *others, *sources.unlabelled(config.vectors)]
    settings = config.vocabulary, config.embedding_units, config.seed, _VECTOR_EPOCHS
    digest = hashlib.sha256(repr(settings).encode())
    for text in texts:
        digest.update(text + b"\0")
    path = _RUNS / "vectors" / f"{digest.hexdigest()[:16]}.txt"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        words, vectors = _learnt(texts, config)
        embeddings.WordVectors(words, vectors).save(path)
        print(f"{path}: written")
    found = embeddings.WordVectors.load(path)
    # Padding and the unknown word have none.
    return found.words, np.pad(found.vectors, ((2, 0), (0, 0)))


def _learnt(texts, config):
    words = _vocabulary(texts, config)
    numbers = _numbers(words, texts)
    vectors = skip_gram(
        np.split(numbers.values.numpy(), numbers.row_splits.numpy()[1:-1]),
        len(words) + 2,
        units=config.embedding_units,
        epochs=_VECTOR_EPOCHS,
        seed=config.seed,
    )
    return words, vectors[2:]


def _with_pseudo_labels(reviews, config, labels):
    """Adds the unlabelled texts of the data with the labels that the model of a run gives them."""
    more = sources.unlabelled(config.data)
    if not more:
        raise ValueError(
            "--pseudo-labels needs data with unlabelled texts, as tfds:imdb_reviews has them. "
            f"Received --data {config.data!r}. Leave it out."
        )
    saved_model = export.load(pathlib.Path(config.pseudo_labels, "saved_model"))
    endpoint = saved_model.signatures["serving_default"]
    by_length = np.argsort([len(text) for text in more], kind="stable")
    found = np.zeros(len(more), "int64")
    for start in range(0, len(more), 64):
        rows = by_length[start : start + 64]
        answer = endpoint(text=tf.constant([more[row] for row in rows]))["label"].numpy()
        others = set(answer) - {label.encode() for label in labels}
        if others:
            raise ValueError(
                f"--pseudo-labels must be a run with the labels {labels}. Received "
                f"{config.pseudo_labels}, which answers {others.pop().decode()!r}. Take another."
            )
        found[rows] = [labels.index(label.decode()) for label in answer]
    return sources.Reviews([*reviews.texts, *more], [*reviews.labels, *found.tolist()])
