"""Prototypical losses against a loop over queries in NumPy."""

import keras
import numpy as np
import pytest
from gradients import value_and_gradient
from scipy.special import logsumexp

from keras_dl.losses import PrototypicalLoss

LABELS = np.array([3, 0, 3, 0, 0, 7, 3, 9, 7, 9])
VECTORS = np.random.default_rng(1).normal(size=(10, 4)).astype("float32").astype("float64")


def expected(labels, vectors, shots, temperature):
    rows = {label: np.flatnonzero(labels == label) for label in dict.fromkeys(labels)}
    prototypes = {label: vectors[mine[:shots]].mean(0) for label, mine in rows.items()}
    losses = []
    for label, mine in rows.items():
        for query in vectors[mine[shots:]]:
            logits = {
                other: -np.square(query - mean).sum() / temperature
                for other, mean in prototypes.items()
            }
            losses.append(logsumexp([*logits.values()]) - logits[label])
    return np.mean(losses)


@pytest.mark.parametrize("temperature", [1.0, 0.1])
@pytest.mark.parametrize("shots", [1, 2])
def test_the_loss_is_that_of_a_loop(shots, temperature):
    loss = PrototypicalLoss(shots, temperature)
    right = expected(LABELS, VECTORS, shots, temperature)
    np.testing.assert_allclose(loss(LABELS, VECTORS), right, rtol=1e-6)


def test_the_gradient_is_that_of_finite_differences():
    _, gradient = value_and_gradient(lambda vectors: PrototypicalLoss()(LABELS, vectors), VECTORS)
    numeric = np.zeros_like(VECTORS)
    for index in np.ndindex(VECTORS.shape):
        step = np.zeros_like(VECTORS)
        step[index] = 1e-5
        high, low = (expected(LABELS, VECTORS + sign * step, 1, 1.0) for sign in (1, -1))
        numeric[index] = (high - low) / 2e-5
    np.testing.assert_allclose(gradient, numeric, atol=1e-5)


@pytest.mark.parametrize("labels", [np.zeros(10), np.arange(10)], ids=["one class", "no query"])
@pytest.mark.parametrize("vectors", [VECTORS, np.zeros((10, 4))], ids=["any", "equal"])
def test_batches_without_anything_to_tell_apart(labels, vectors):
    loss = PrototypicalLoss()
    value, gradient = value_and_gradient(lambda vectors: loss(labels, vectors), vectors)
    assert value == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)


def test_equal_embeddings_are_a_guess_with_a_finite_gradient():
    vectors, loss = np.ones((10, 4)), PrototypicalLoss()
    value, gradient = value_and_gradient(lambda vectors: loss(LABELS, vectors), vectors)
    assert value == pytest.approx(np.log(4))
    assert np.isfinite(gradient).all()


def test_a_loss_survives_its_config():
    loss = PrototypicalLoss(2, 0.5, name="mine")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="Received shots 0"):
        PrototypicalLoss(0)
    with pytest.raises(ValueError, match="temperature above 0"):
        PrototypicalLoss(temperature=0.0)
    with pytest.raises(ValueError, match=r"PrototypicalLoss: y_true must have shape \(batch,\)"):
        PrototypicalLoss()(LABELS, VECTORS[0])
    with pytest.raises(ValueError, match="no sample weights"):
        PrototypicalLoss()(LABELS, VECTORS, np.ones(10))
