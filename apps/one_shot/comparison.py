"""Comparison of losses and baselines on the same classes."""

import dataclasses
import time

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from apps.one_shot import data, model, report, tasks, views
from apps.one_shot.app import TrainConfig
from keras_dl import models

_LOSSES = ("triplet_all", "triplet_semi_hard", "triplet_hard", "prototypical", "nt_xent")
_COMPONENTS = 120  # of the PCA
_HEAD_RUNS = 50  # tasks; the head compares 400 pairs in each
_KINDS = ((20, True), (20, False), (5, False))  # classes of a task, and whether of one group
_RETRAININGS = 5  # tasks of each kind
_VIEWS, _EPOCHS = 64, 4  # of each known image


def compare(config):
    """Trains the network with each loss; prints a table and returns a plot.

    The last row is a classifier with one output for each class. It is trained again for each new
    class; its seconds are those of one training.

    Returns:
        dict of plots.
    """
    train, test = data.read(config, "train"), data.read(config, config.split)
    curves = {}
    print(
        f"{'':26}{'20, one group':>15}{'20, random':>12}{'5, random':>12}{'EER':>8}{'seconds':>9}"
    )
    start = time.monotonic()
    _row(config, test, "pixels", report.unit_pixels(test), start, curves)
    start = time.monotonic()
    _row(config, test, "PCA + LDA", _discriminant(train, test), start, curves)
    for loss in _LOSSES:
        start = time.monotonic()
        network = _trained(config, loss)
        pixels = data.images(test, config.image_size)
        vectors = model.embeddings(network, pixels, config.photos)
        name = loss.replace("triplet_", "triplet, ").replace("_", "-")
        _row(config, test, name, vectors, start, curves)
    start = time.monotonic()
    _siamese(config, test, network, vectors, start)
    _retrained(config, test)
    return {"roc": report.roc_plot(curves)}


def _trained(config, loss):
    keras.utils.set_random_seed(config.seed)
    fields = {field.name for field in dataclasses.fields(TrainConfig)}
    shared = {name: each for name, each in vars(config).items() if name in fields}
    settings = TrainConfig(**{**shared, "loss": loss})
    batches = data.training_data(settings)
    network = model.build(settings, batches)
    for epoch in range(settings.epochs):
        network.fit(batches.batches(epoch), shuffle=False, verbose=0)
    return network


def _row(config, test, name, vectors, start, curves):
    """Prints a row of the table, and adds the ROC to the curves."""
    seconds = time.monotonic() - start
    measured = report.one_shot_metrics(vectors, test, config, "")
    values = [each.value for each in measured if not each.key.endswith(("_low", "_high"))]
    curves[name] = report.verification(vectors, test.labels, config.seed)
    _print(name, values, 100 * curves[name].equal_error_rate, seconds)


def _print(name, values, error, seconds):
    cells = ["-" if value is None else f"{value:.1f}%" for value in (*values, error)]
    print(
        f"{name:26}{cells[0]:>15}{cells[1]:>12}{cells[2]:>12}{cells[3]:>8}{seconds:9.0f}",
        flush=True,
    )


def _discriminant(train, test):
    """Returns the test images, projected by PCA and LDA that are fitted to the training classes."""
    pixels, others = (report.unit_pixels(each) for each in (train, test))
    components = min(_COMPONENTS, *pixels.shape)
    pca = PCA(components, random_state=0).fit(pixels)
    lda = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto")
    lda.fit(pca.transform(pixels), train.labels)
    vectors = lda.transform(pca.transform(others))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _siamese(config, test, network, vectors, start):
    """Prints the row of the classifier of pairs on the embeddings of the last network."""
    # It is not measured on the classes to which it is fitted.
    others = data.read(config, "validation" if config.split == "test" else "train")
    pixels = data.images(others, config.image_size)
    features = model.embeddings(network, pixels, config.photos)
    head = model.fitted_classifier(features, others.labels, config.seed)

    def similarity(one, other):
        pairs = [each.ravel() for each in np.meshgrid(one, other, indexing="ij")]
        logits = head.predict_on_batch([vectors[each] for each in pairs])
        return logits.reshape(len(one), len(other))

    values = []
    for ways, within in _KINDS:
        random = np.random.default_rng(config.seed)
        runs = min(config.runs, _HEAD_RUNS)
        drawn = tasks.one_shot_tasks(*test[1:], ways, runs, random, within=within)
        values.append(100 * tasks.accuracies(*drawn, similarity).mean())
    seconds = time.monotonic() - start
    _print("siamese classifier", values, None, seconds)


def _retrained(config, test):
    """Prints the row of a classifier that is trained again when a class is added."""
    values, start = [], time.monotonic()
    for ways, within in _KINDS:
        random = np.random.default_rng(config.seed)
        runs = min(config.runs, _RETRAININGS)
        drawn = tasks.one_shot_tasks(*test[1:], ways, runs, random, within=within)
        right = [
            _classified(config, test, known, queries) for known, queries in zip(*drawn, strict=True)
        ]
        values.append(100 * np.mean(right))
    _print("K + 1 outputs", values, None, (time.monotonic() - start) / (runs * len(_KINDS)))


def _classified(config, test, known, queries):
    """Trains a classifier on views of one image of each class; returns its accuracy."""
    keras.utils.set_random_seed(config.seed)
    some = test._replace(encoded=[test.encoded[row] for row in (*known, *queries)])
    pixels = data.images(some, config.image_size)
    classes = np.arange(len(known)).repeat(_VIEWS)
    trained = views.near(pixels[classes], (config.seed, 0), config.photos)
    shape = trained.shape[1:]
    network = models.embedding_network(
        shape, len(known), filters=config.filters, normalize=False, seed=config.seed
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(config.learning_rate), loss)
    network.fit(trained, classes, batch_size=2 * len(known), epochs=_EPOCHS, verbose=0)
    logits = network(views.plain(pixels[len(known) :], config.photos), training=False)
    found = keras.ops.convert_to_numpy(logits).argmax(1)
    return np.mean(found == np.arange(len(known)))
