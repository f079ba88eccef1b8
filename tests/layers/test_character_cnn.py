import numpy as np
import pytest

from keras_dl import layers


def _expected(characters, embeddings, kernel, bias):
    """Features of one word, by loops: patterns are centered, as a `same` convolution has them."""
    width, size = len(characters), kernel.shape[1]
    best = np.zeros(kernel.shape[-1])
    for index in range(width):
        if characters[index] == 0:
            continue
        total = bias.astype("float64").copy()
        for offset in range(size):
            other = index + offset - (size - 1) // 2
            if 0 <= other < width and characters[other]:
                total += embeddings[characters[other]] @ kernel[0, offset]
        best = np.maximum(best, total)
    return best


@pytest.mark.parametrize("kernel_size", [1, 2, 3])
def test_equals_loops(kernel_size):
    random = np.random.default_rng(0)
    characters = random.integers(1, 12, (3, 4, 6))
    for row, length in np.ndenumerate(random.integers(0, 7, (3, 4))):
        characters[row][length:] = 0
    layer = layers.CharacterCNN(12, 5, 7, kernel_size)
    layer(characters)
    weights = [random.normal(size=weight.shape).astype("float32") for weight in layer.get_weights()]
    layer.set_weights(weights)
    found = np.asarray(layer(characters))
    for row in np.ndindex(3, 4):
        np.testing.assert_allclose(found[row], _expected(characters[row], *weights), atol=1e-5)
    wider = np.pad(characters, ((0, 0), (0, 0), (0, 5)))
    np.testing.assert_allclose(np.asarray(layer(wider)), found, atol=1e-6)


def test_dropout_is_of_training_alone():
    layer = layers.CharacterCNN(12, filters=400, dropout=0.5, seed=3)
    characters = np.arange(1, 7).reshape(1, 1, 6)
    plain = np.asarray(layer(characters))
    np.testing.assert_array_equal(np.asarray(layer(characters, training=False)), plain)
    dropped = [np.asarray(layer(characters, training=True)) for _ in range(2)]
    assert np.abs(dropped[0] - plain).max() > 0 and np.abs(dropped[0] - dropped[1]).max() > 0
    # What is dropped counts as 0: a word whose characters are all dropped has no pattern.
    alone = layers.CharacterCNN(12, embedding_units=1, dropout=0.5, seed=3)
    values = np.asarray(alone(np.ones((1, 2000, 1), "int32"), training=True)).max(2)
    assert 0.45 < np.mean(values == 0) < 0.55
    np.testing.assert_allclose(values.max(), 2 * np.asarray(alone(np.ones((1, 1, 1)))).max(), 1e-6)


def test_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="filters 0"):
        layers.CharacterCNN(256, filters=0)
    with pytest.raises(ValueError, match="dropout 1"):
        layers.CharacterCNN(256, dropout=1)
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        layers.CharacterCNN(256)(np.ones((2, 3), "int32"))
