"""Comparison of losses and baselines on the same classes."""

import dataclasses
import time

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from apps.one_shot import data, model, report, tasks
from apps.one_shot.app import TrainConfig

_LOSSES = ("triplet_all", "triplet_semi_hard", "triplet_hard", "prototypical", "nt_xent")
_COMPONENTS = 120  # of the PCA
_HEAD_RUNS = 50  # tasks; the head compares 400 pairs in each


def compare(config):
    """Trains the network with each loss; prints a table and returns a plot.

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
        vectors = network.predict(pixels, batch_size=500, verbose=0)
        _row(config, test, loss.replace("_", ", ", 1).replace("_", "-"), vectors, start, curves)
    start = time.monotonic()
    _siamese(config, test, network, vectors, start)
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
    values = [each.value for each in report.one_shot_metrics(vectors, test, config, "")]
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
    held_out = data.read(config, "validation")
    pixels = data.images(held_out, config.image_size)
    features = network.predict(pixels, batch_size=500, verbose=0)
    head = model.fitted_classifier(features, held_out.labels, config.seed)

    def similarity(one, other):
        pairs = [each.ravel() for each in np.meshgrid(one, other, indexing="ij")]
        logits = head.predict_on_batch([vectors[each] for each in pairs])
        return logits.reshape(len(one), len(other))

    values = []
    for ways, within in ((20, True), (20, False), (5, False)):
        random = np.random.default_rng(config.seed)
        runs = min(config.runs, _HEAD_RUNS)
        drawn = tasks.one_shot_tasks(*test[1:], ways, runs, random, within=within)
        values.append(100 * tasks.accuracy(*drawn, similarity))
    seconds = time.monotonic() - start
    _print("siamese classifier", values, None, seconds)
