"""Triplet losses and gradients against loops over triplets in NumPy, and other libraries."""

import keras
import numpy as np
import pytest
from gradients import value_and_gradient

from keras_dl.losses import TripletLoss

LABELS = np.array([3, 0, 3, 0, 0, 7, 3, 9, 7, 9])
MININGS, REDUCTIONS = ("all", "hard", "semi_hard"), ("mean_of_nonzero", "mean", "sum")


def embeddings(kind="unit"):
    vectors = np.random.default_rng(1).normal(size=(10, 4))
    if kind == "unit":
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype("float32").astype("float64")


def triplets(vectors, margin, mining):
    """Yields anchor, positive and negative of each triplet, by loops."""
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    for a in range(len(vectors)):
        positives = [p for p in range(len(vectors)) if p != a and LABELS[p] == LABELS[a]]
        negatives = [n for n in range(len(vectors)) if LABELS[n] != LABELS[a]]
        if mining == "hard":
            if positives and negatives:
                yield (
                    a,
                    max(positives, key=lambda p: apart[a, p]),
                    min(negatives, key=lambda n: apart[a, n]),
                )
            continue
        for p in positives:
            for n in negatives:
                if mining == "all" or apart[a, p] < apart[a, n] < apart[a, p] + margin:
                    yield a, p, n


def expected(vectors, margin, mining, reduction):
    """Returns loss and gradient, summed over triplets one by one."""
    total, gradient, used, positive = 0.0, np.zeros_like(vectors), 0, 0
    for a, p, n in triplets(vectors, margin, mining):
        to_positive, to_negative = vectors[a] - vectors[p], vectors[a] - vectors[n]
        loss = np.linalg.norm(to_positive) - np.linalg.norm(to_negative) + margin
        used += 1
        if loss <= 0:
            continue
        total, positive = total + loss, positive + 1
        for sign, other, difference in ((1, p, to_positive), (-1, n, to_negative)):
            length = np.linalg.norm(difference)
            if length:
                gradient[a] += sign * difference / length
                gradient[other] -= sign * difference / length
    count = {"mean_of_nonzero": max(positive, 1), "mean": max(used, 1), "sum": 1}[reduction]
    return total / count, gradient / count


def found(vectors, loss, labels=LABELS):
    dtype = keras.backend.standardize_dtype(vectors.dtype)
    dtype = "float32" if dtype == "float64" else dtype
    return value_and_gradient(lambda vectors: loss(labels, vectors), vectors, dtype)


@pytest.mark.parametrize("kind", ["unit", "any"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("mining", MININGS)
def test_loss_and_gradient_are_those_of_a_loop(mining, reduction, kind):
    vectors, margin = embeddings(kind), 0.5
    assert len([*triplets(vectors, margin, mining)]) > 5
    value, gradient = found(vectors, TripletLoss(margin, mining, reduction))
    right, right_gradient = expected(vectors, margin, mining, reduction)
    np.testing.assert_allclose(value, right, rtol=2e-6)
    np.testing.assert_allclose(gradient, right_gradient, atol=3e-6 * np.abs(right_gradient).max())


@pytest.mark.parametrize("mining", MININGS)
@pytest.mark.parametrize("vectors", [np.zeros((10, 4)), np.ones((10, 4)), embeddings()[[0] * 10]])
def test_gradients_of_equal_embeddings_are_finite(mining, vectors):
    value, gradient = found(vectors, TripletLoss(0.5, mining))
    assert value == pytest.approx(0.0 if mining == "semi_hard" else 0.5)
    assert (gradient == 0).all()


@pytest.mark.parametrize("mining", MININGS)
def test_some_equal_embeddings(mining):
    vectors = embeddings()
    vectors[2], vectors[5] = vectors[0], vectors[0]  # of the same label, and of another one
    value, gradient = found(vectors, TripletLoss(0.5, mining))
    right, right_gradient = expected(vectors, 0.5, mining, "mean_of_nonzero")
    np.testing.assert_allclose(value, right, rtol=2e-6)
    if mining == "hard":  # equally far positives share the gradient
        assert np.isfinite(gradient).all()
    else:
        np.testing.assert_allclose(gradient, right_gradient, atol=3e-6)


@pytest.mark.parametrize("mining", MININGS)
@pytest.mark.parametrize("labels", [np.zeros(10), np.arange(10)], ids=["one class", "no pair"])
def test_a_batch_without_triplets_has_no_loss(mining, labels):
    value, gradient = found(embeddings(), TripletLoss(0.5, mining), labels)
    assert value == 0 and (gradient == 0).all()


def test_labels_may_be_a_column_and_large_numbers():
    vectors = embeddings()
    loss = TripletLoss(0.5, "all")
    assert float(loss(LABELS[:, None] + 10**6, vectors)) == float(loss(LABELS, vectors))


def test_embeddings_in_bfloat16_are_compared_in_float32():
    vectors = keras.ops.cast(embeddings(), "bfloat16")
    value, _ = found(vectors, TripletLoss(0.5, "hard"))
    right, _ = expected(
        np.asarray(keras.ops.cast(vectors, "float32"), "float64"), 0.5, "hard", "mean_of_nonzero"
    )
    np.testing.assert_allclose(value, right, rtol=2e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0,), "margin must be above 0. Received 0.0"),
        ((0.2, "easy"), "mining must be one of .* Received mining 'easy'"),
        ((0.2, "all", "max"), "reduction one of .* reduction 'max'"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        TripletLoss(*arguments)


def test_wrong_inputs_are_named():
    with pytest.raises(ValueError, match=r"y_true \(10, 2\), y_pred \(10, 4\)"):
        TripletLoss()(np.zeros((10, 2)), embeddings())
    with pytest.raises(ValueError, match="no sample weights"):
        TripletLoss()(LABELS, embeddings(), np.ones(10))


def test_a_loss_survives_its_config():
    loss = TripletLoss(0.3, "hard", "sum", name="mine")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()
    assert float(again(LABELS, embeddings())) == float(loss(LABELS, embeddings()))
