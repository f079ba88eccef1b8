"""Reviews as tensors: vocabulary IDs as inputs, label indices as targets."""

import keras
import numpy as np
import tensorflow as tf

from apps.sentiment import texts as sources
from apps.sentiment.app import Assets
from keras_dl import callbacks, embeddings, export, pipelines, training
from keras_dl.application import UserError, commands, user_error
from keras_dl.application.runs import find_run_dir, recorded_config

_VECTOR_EPOCHS = 2
_VECTOR_RATE = 0.035
_AT_ONCE = 2000  # texts
_MAX_CHARACTERS = 500_000  # of a batch, because a few texts are a hundred times longer


def training_data(app, config):
    """Returns the `TrainingData` of a run. Its `initial` maps layer names to initial weights."""
    train, dev = (
        sources.read(config.data, split, config.seed, config.num_examples)
        for split in ("train", "dev")
    )
    labels, initial = _labels(train, dev), {}
    if config.init_from:
        words, initial = _started(app, config.init_from)
    elif config.vectors:
        words, initial = _words_and_vectors(config, train.texts)
    else:
        words = _vocabulary(train.texts, config)
    if config.pseudo_labels:
        train = _with_pseudo_labels(app, train, config, labels)
    rows = [_rows(each, words, config.max_length) for each in (train, dev)]
    with user_error("--batch-size"):
        batches, steps, held_out = pipelines.batches_by_length(
            *rows, batch_size=config.batch_size, seed=config.seed
        )
    assets = Assets(words, labels)
    watch = (callbacks.ClippedShare(),)
    return training.TrainingData(batches, steps, held_out, assets, watch, initial)


def tokens(texts):
    """Returns the words of reviews, ragged string `(batch, None)`, without HTML line breaks."""
    return pipelines.tokenize(tf.strings.regex_replace(texts, r"<br\s*/?>", " "))


def words_of(texts):
    """Yields, for each text, its words as a list of `bytes` objects."""
    return (row for part in _parts(texts) for row in tokens(part).to_list())


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
    found = sorted(set(train.labels))
    if len(found) < 2 or found != list(range(len(found))) or not set(dev.labels) <= set(found):
        raise UserError(
            "--data must have labels from 0 without gaps, all of them in train. Received "
            f"{found[:9]} in train, {sorted(set(dev.labels))[:9]} in dev. Renumber the classes."
        )
    return sources.label_names(len(found))


def _vocabulary(texts, config):
    words = ([word.decode() for word in row] for row in words_of(texts))
    found = pipelines.build_vocabulary(words, max_size=config.vocabulary - 2)
    if not found:
        raise UserError(f"--data must contain words; {config.data} has none. Add texts.")
    return found


def _parts(texts):
    return (texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE))


def _numbers(words, texts):
    """Returns the vocabulary IDs of texts, a ragged int32."""
    words = pipelines.WordVocabulary(words)
    return tf.concat([words.encode(tokens(part)) for part in _parts(texts)], 0)


def _rows(reviews, words, longest):
    """Returns the vocabulary IDs, and the function from row indices to a batch."""
    numbers = _numbers(words, reviews.texts)[:, :longest]
    labels = tf.constant(reviews.labels, "int32")

    def make_batch(rows):
        return tf.gather(numbers, rows).to_tensor(), tf.gather(labels, rows)

    return numbers, make_batch


def _started(app, run):
    """Returns the vocabulary of a finished run, and a dict from layer names to weights."""
    with user_error("--init-from"):
        directory = find_run_dir(app.name, run)
        recorded_config(app, directory)
        model, assets = commands.trained_of_run(app, directory)
    return assets.vocabulary, {layer.name: layer.get_weights() for layer in model.layers}


def _words_and_vectors(config, texts):
    """Returns the vocabulary, and the weights of its layer, pretrained by skip-gram.

    They depend only on data and seed, so a resumed run computes the same vectors.
    """
    source = config.data
    if config.vectors != "data":
        source = config.vectors
        texts = texts + sources.read(source, "train", config.seed, flag="--vectors").texts
    texts = texts + sources.unlabeled(source)
    words = _vocabulary(texts, config)
    numbers = _numbers(words, texts)
    counts = np.bincount(numbers.values.numpy(), minlength=len(words) + 2)
    counts[:2] = 0  # padding and unknown words have no vector
    documents = tf.data.Dataset.range(0, len(texts), _AT_ONCE).map(
        lambda start: numbers[start : start + _AT_ONCE]
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
        served = commands.load(app, run_dir=config.pseudo_labels)
    found = [label.decode() for label in ask(served, more)["label"]]
    if others := set(found) - set(labels):
        raise UserError(
            f"--pseudo-labels must be a run with the labels {labels}. Received "
            f"{config.pseudo_labels}, which predicts {others.pop()!r}. Use another run."
        )
    added = [labels.index(label) for label in found]
    return sources.Reviews([*reviews.texts, *more], [*reviews.labels, *added])
