"""Reviews as tensors: vocabulary IDs as inputs, label indices as targets."""

import collections
import pathlib

import keras
import numpy as np
import tensorflow as tf

from apps.sentiment import texts as sources
from apps.sentiment.app import Assets
from apps.sentiment.tokens import parts, tokens, tokens_of
from keras_dl import callbacks, embeddings, export, pipelines, training
from keras_dl.application import UserError, commands, user_error
from keras_dl.application.runs import EXTRAS, find_run_dir, recorded_config

_VECTOR_EPOCHS = 2
_VECTOR_RATE = 0.035
_DOCUMENTS = 2000  # at once
_FEW_STEPS = 300
_LEAST_CONFIDENCE = 0.8  # of the predicted label of an unlabeled text
_MAX_CHARACTERS = 500_000  # of a batch, because a few texts are a hundred times longer


def training_data(app, config):
    """Returns the `TrainingData` of a run. Its `initial` maps layer names to initial weights."""
    train, dev = (sources.read(config, split, config.num_examples) for split in ("train", "dev"))
    labels, initial = _labels(train, dev), {}
    if config.init_from:
        words, initial = _started(app, config, train.texts, labels)
    elif config.vectors:
        words, initial = _words_and_vectors(config, train.texts)
    else:
        words = _vocabulary(train.texts, config)
    if config.pseudo_labels:
        train = _with_pseudo_labels(app, train, config, labels)
    rows = [_rows(each, words, labels, config.max_length) for each in (train, dev)]
    with user_error("--batch-size"):
        batches, steps, held_out = pipelines.batches_by_length(
            *rows, batch_size=config.batch_size, seed=config.seed
        )
    assets = Assets(words, labels)
    watch = (callbacks.ClippedShare(),)
    notes = _notes(config, train, dev, labels, steps)
    return training.TrainingData(batches, steps, held_out, assets, watch, initial, notes=notes)


def ask(served, texts, endpoint="serving_default"):
    """Returns the outputs of the SavedModel as a dict of arrays, in the order of the texts."""
    return export.call_in_batches(
        served.signatures[endpoint],
        {"text": texts},
        batch_size=64,
        sizes=[len(text) for text in texts],
        max_batch_total=_MAX_CHARACTERS,
    )


def _labels(train, dev):
    """Returns the names of the classes in their order."""
    labels = sources.ordered(train.labels)
    opinions = [label for label in labels if label != sources.UNKNOWN]
    if len(opinions) < 2:
        raise UserError(
            f"--data must have texts of two or more classes to train on. Received only {opinions}. "
            "Add texts of another class."
        )
    if others := sources.ordered(set(dev.labels) - set(labels)):
        raise UserError(
            f"--data must have all classes of dev in train, which has {_listed(labels)}. Received "
            f"{_listed(others)} in dev. Rename the labels, or add such texts to train."
        )
    return labels


def _notes(config, train, dev, labels, steps):
    """Returns lines that tell the classes, and what to change if there are few steps."""
    counts = [collections.Counter(part.labels) for part in (train, dev)]
    shown = "; ".join(f"{label} {counts[0][label]:,} + {counts[1][label]:,}" for label in labels)
    notes = [f"texts of each class, train + dev: {shown}"]
    if config.epochs * steps < _FEW_STEPS and not config.init_from:
        more = -(-_FEW_STEPS // steps)
        notes.append(
            f"{config.epochs * steps} steps are few for a network that starts from random weights. "
            f"Set --epochs {more} or a smaller --batch-size, or --init-from."
        )
    return notes


def _listed(labels):
    return ", ".join(map(repr, labels[:9])) + (" ..." if len(labels) > 9 else "")


def _vocabulary(texts, config):
    words = ([word.decode() for word in row] for row in tokens_of(texts))
    found = pipelines.build_vocabulary(words, max_size=config.vocabulary - 2)
    if not found:
        raise UserError(f"--data must contain words; {config.data} has none. Add texts.")
    return found


def _numbers(words, texts):
    """Returns the vocabulary IDs of texts, a ragged int32."""
    words = pipelines.WordVocabulary(words)
    return tf.concat([words.encode(tokens(part)) for part in parts(texts)], 0)


def _rows(reviews, words, names, longest):
    """Returns the vocabulary IDs, and the function from row indices to a batch."""
    numbers = _numbers(words, reviews.texts)[:, :longest]
    labels = tf.constant([names.index(label) for label in reviews.labels], "int32")

    def make_batch(rows):
        return tf.gather(numbers, rows).to_tensor(), tf.gather(labels, rows)

    return numbers, make_batch


def _started(app, config, texts, labels):
    """Returns the vocabulary and the initial weights by layer, from a run or a SavedModel.

    Frequent new words are added to the vocabulary. Classes of the same name keep their weights.
    """
    with user_error("--init-from"):
        if is_model := _is_saved_model(config.init_from):
            directory = pathlib.Path(config.init_from)
        else:
            directory = find_run_dir(app.name, config.init_from)
        recorded_config(app, directory / EXTRAS if is_model else directory)
        load = commands.trained_of_saved_model if is_model else commands.trained_of_run
        model, assets = load(app, directory)
    known = set(assets.vocabulary)
    new = [word for word in _vocabulary(texts, config) if word not in known]
    words = [*assets.vocabulary, *new][: max(len(known), config.vocabulary - 2)]
    initial = {layer.name: layer.get_weights() for layer in model.layers}
    columns = [assets.labels.index(name) if name in assets.labels else -1 for name in labels]
    if max(columns) < 0:
        del initial["logits"]
    else:
        initial["logits"] = [
            np.where(np.array(columns) < 0, 0, each[..., columns]) for each in initial["logits"]
        ]
    return words, initial


def _is_saved_model(path):
    return pathlib.Path(path, "saved_model.pb").exists()


def _words_and_vectors(config, texts):
    """Returns the vocabulary, and the weights of its layer, pretrained by skip-gram.

    They depend only on data and seed, so a resumed run computes the same vectors.
    """
    source = config.data
    if config.vectors != "data":
        source = config.vectors
        texts = texts + sources.read(config, "train", sources=source, flag="--vectors").texts
    texts = texts + sources.unlabeled(source)
    words = _vocabulary(texts, config)
    numbers = _numbers(words, texts)
    counts = np.bincount(numbers.values.numpy(), minlength=len(words) + 2)
    counts[:2] = 0  # padding and unknown words have no vector
    documents = tf.data.Dataset.range(0, len(texts), _DOCUMENTS).map(
        lambda start: numbers[start : start + _DOCUMENTS]
    )
    windows, steps = embeddings.skip_gram_windows(documents, counts, len(texts), seed=config.seed)
    model = embeddings.skip_gram(counts, config.embedding_units, seed=config.seed)
    rate = keras.optimizers.schedules.PolynomialDecay(
        _VECTOR_RATE, _VECTOR_EPOCHS * steps, _VECTOR_RATE / 1000
    )
    model.compile(keras.optimizers.SGD(rate))
    for epoch in range(_VECTOR_EPOCHS):
        print(f"word vectors, epoch {epoch + 1}/{_VECTOR_EPOCHS}", flush=True)
        model.fit(windows(epoch).repeat(), steps_per_epoch=steps, shuffle=False, verbose=0)
    vectors = model.vectors.numpy()
    vectors[:2] = 0
    return words, {"embedding": [vectors]}


def _with_pseudo_labels(app, reviews, config, labels):
    """Adds the unlabeled texts of the data, with labels predicted by the model of a run."""
    more = sources.unlabeled(config.data)
    if not more:
        raise UserError(
            "--pseudo-labels must be omitted for data without unlabeled texts. Received --data "
            f"{config.data!r}. Use data such as tfds:imdb_reviews."
        )
    with user_error("--pseudo-labels"):
        kind = "model" if _is_saved_model(config.pseudo_labels) else "run_dir"
        served = commands.load(app, **{kind: config.pseudo_labels})
    outputs = ask(served, more)
    found = [label.decode() for label in outputs["label"]]
    if others := set(found) - {*labels, sources.UNKNOWN}:
        raise UserError(
            f"--pseudo-labels must be a model with the labels {labels}. Received "
            f"{config.pseudo_labels}, which predicts {others.pop()!r}. Use another model."
        )
    sure = outputs["probabilities"].max(1) >= _LEAST_CONFIDENCE
    added = [(more[row], found[row]) for row in np.flatnonzero(sure)]
    return sources.Reviews(*map(list, zip(*zip(*reviews, strict=True), *added, strict=True)))
