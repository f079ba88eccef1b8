"""Spread of embeddings against NumPy's variance; a collapse is told by its alert."""

import keras
import numpy as np
import pytest

from keras_dl import callbacks, losses, metrics

VECTORS = np.random.default_rng(0).normal([1, 2, 0, 0, 0], size=(60, 5))


def test_the_spread_is_the_share_of_the_variance():
    metric = metrics.EmbeddingSpread(5)
    for part in np.split(VECTORS, 3):
        metric.update_state(np.zeros(20), part.astype("float32"))
    expected = VECTORS.var(axis=0).sum() / np.square(VECTORS).sum(1).mean()
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)
    metric.reset_state()
    assert float(metric.result()) == 0


def test_equal_and_weightless_embeddings():
    metric = metrics.EmbeddingSpread(2)
    metric.update_state([0, 1, 2], [[3.0, 4.0], [3.0, 4.0], [9.0, 9.0]], sample_weight=[1, 1, 0])
    assert float(metric.result()) == pytest.approx(0, abs=1e-6)


def test_wrong_units():
    with pytest.raises(ValueError, match="units must be at least 1"):
        metrics.EmbeddingSpread(0)


def test_a_collapse_is_told_while_it_happens(capsys):
    inputs, labels = np.ones((8, 3), "float32"), np.arange(8) // 2
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    loss = losses.TripletLoss(0.5, "hard")
    model.compile("sgd", loss, metrics=[metrics.EmbeddingSpread(2)])
    alert = callbacks.MetricAlert("embedding_spread", 0.05, "all embeddings are equal")
    history = model.fit(inputs, labels, batch_size=8, epochs=2, verbose=0, callbacks=[alert])
    assert history.history["loss"] == [0.5, 0.5]  # the margin, which says nothing by itself
    assert capsys.readouterr().out.count("all embeddings are equal") == 1
