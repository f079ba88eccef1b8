"""NT-Xent losses against a loop over pairs in NumPy."""

import keras
import numpy as np
import pytest
from gradients import value_and_gradient

from keras_dl.losses import NTXentLoss

LABELS = np.array([3, 0, 3, 0, 0, 7, 9])
VECTORS = np.random.default_rng(1).normal(size=(7, 4)).astype("float32").astype("float64")


def expected(labels, vectors, temperature):
    losses = []
    for anchor in range(len(labels)):
        scores = np.exp(vectors @ vectors[anchor] / temperature)
        for positive in np.flatnonzero(labels == labels[anchor]):
            if positive != anchor:
                negatives = scores[labels != labels[anchor]].sum()
                losses.append(-np.log(scores[positive] / (scores[positive] + negatives)))
    return np.mean(losses)


def found(labels, vectors):
    return value_and_gradient(lambda vectors: NTXentLoss(0.5)(labels, vectors), vectors)


def test_loss_and_gradient_are_those_of_a_loop():
    value, gradient = found(LABELS, VECTORS)
    assert value == pytest.approx(expected(LABELS, VECTORS, 0.5), rel=1e-6)
    numeric = np.zeros_like(VECTORS)
    for index in np.ndindex(VECTORS.shape):
        step = np.zeros_like(VECTORS)
        step[index] = 1e-5
        high, low = (expected(LABELS, VECTORS + sign * step, 0.5) for sign in (1, -1))
        numeric[index] = (high - low) / 2e-5
    np.testing.assert_allclose(gradient, numeric, atol=1e-5)


@pytest.mark.parametrize("labels", [np.zeros(7), np.arange(7)], ids=["one class", "no pair"])
def test_batches_without_anything_to_tell_apart(labels):
    value, gradient = found(labels, VECTORS)
    assert value == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)


def test_equal_embeddings_are_a_guess_with_a_finite_gradient():
    value, gradient = found(LABELS, np.ones((7, 4)))
    # Pairs of class 3 have 5 negatives, and those of class 0 have 4.
    assert value == pytest.approx((2 * np.log(6) + 6 * np.log(5)) / 8)
    assert np.isfinite(gradient).all()


def test_a_small_temperature_overflows_nothing():
    vectors = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    assert np.isfinite(NTXentLoss(1e-4)(LABELS, vectors))


def test_a_loss_survives_its_config():
    loss = NTXentLoss(0.5, name="mine")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="temperature must be above 0"):
        NTXentLoss(0.0)
    with pytest.raises(ValueError, match="NTXentLoss: there must be no sample weights"):
        NTXentLoss()(LABELS, VECTORS, np.ones(7))
