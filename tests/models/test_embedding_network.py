"""Shapes and lengths of embeddings, and pairs of them."""

import numpy as np
import pytest

from keras_dl import models

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 16, 20, 1)).astype("uint8")


def test_embeddings_have_length_one_whatever_the_policy(tmp_path):
    model = models.embedding_network((16, 20, 1), 7, filters=(4, 5))
    assert [each.shape[-1] for each in model.weights if each.name == "kernel"] == [4, 5, 7]
    vectors = model(PIXELS).numpy()
    assert vectors.shape == (3, 7) and vectors.dtype == "float32"
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)


def test_normalization_only_scales():
    one, other = (
        models.embedding_network((16, 20, 1), 7, filters=(4,), normalize=normalize, seed=1)
        for normalize in (True, False)
    )
    plain = other(PIXELS).numpy()
    scaled = plain / np.linalg.norm(plain, axis=1, keepdims=True)
    np.testing.assert_allclose(one(PIXELS), scaled, rtol=1e-5)
    assert one.layers[-1].name == other.layers[-1].name == "embedding"


def test_a_pair_has_the_same_logit_in_both_orders():
    model = models.siamese_classifier(4, seed=0)
    first, second = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    logits = model([first, second]).numpy()
    kernel, bias = (each.numpy() for each in model.get_layer("logit").weights)
    np.testing.assert_allclose(logits, np.abs(first - second) @ kernel + bias, rtol=1e-5)
    np.testing.assert_array_equal(model([second, first]), logits)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((16, 16, 1), 4, (2,) * 5), "height and width at least 32"),
        (((16, 16, 1), 4, ()), "blocks must be a positive int"),
        (((16, 16, 1), 4, (4, 0)), "filters must be a positive int"),
    ],
)
def test_wrong_sizes_are_named(arguments, message):
    shape, units, filters = arguments
    with pytest.raises(ValueError, match=f"embedding_network: .*{message}"):
        models.embedding_network(shape, units, filters=filters)
