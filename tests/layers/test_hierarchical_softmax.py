import heapq

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from keras_dl import layers
from keras_dl.layers.huffman import huffman_tree


def _expected_length(counts):
    """The least expected depth: every merge makes the words below one turn deeper."""
    queue = [count for count in counts if count]
    heapq.heapify(queue)
    total = 0
    while len(queue) > 1:
        merged = heapq.heappop(queue) + heapq.heappop(queue)
        total += merged
        heapq.heappush(queue, merged)
    return total / sum(counts)


@pytest.mark.parametrize("size", [2, 3, 17, 500])
def test_the_tree_is_huffmans(size):
    counts = np.random.default_rng(size).zipf(1.5, size).clip(1, 10**6)
    counts[size // 2] = 0 if size > 2 else counts[size // 2]
    nodes, turns = huffman_tree(counts)
    lengths = np.abs(turns).sum(1)
    found = (counts * lengths).sum() / counts.sum()
    assert found == pytest.approx(_expected_length(counts.tolist()), rel=1e-12)
    entropy = scipy.stats.entropy(counts, base=2)
    assert entropy - 1e-9 <= found < entropy + 1
    ways = {
        tuple(zip(nodes[word][:length], turns[word][:length], strict=True))
        for word, length in enumerate(lengths)
        if counts[word]
    }
    assert len(ways) == np.count_nonzero(counts)  # no two words have the same way
    assert np.sum(0.5 ** lengths[counts > 0]) == 1  # and no turn leads nowhere


def test_ties_and_single_words():
    nodes, turns = huffman_tree([3, 0, 0])
    assert nodes.shape == turns.shape == (3, 0)
    first, second = huffman_tree([1] * 8), huffman_tree([1] * 8)
    assert (first[0] == second[0]).all() and (np.abs(first[1]).sum(1) == 3).all()


def test_probabilities_have_the_sum_1_and_are_those_of_the_walk():
    counts = [9, 0, 4, 4, 2, 1]
    random = np.random.default_rng(0)
    layer = layers.HierarchicalSoftmax(counts)
    layer.build((None, 3))
    kernel = random.normal(size=layer.kernel.shape).astype("float32")
    layer.kernel.assign(kernel)
    hidden = random.normal(size=(7, 3)).astype("float32")
    every = np.asarray(layer.log_probabilities(hidden))
    np.testing.assert_allclose(np.exp(every).sum(1), 1, atol=1e-6)
    assert (every[:, 1] == -np.inf).all()
    words = np.array([0, 2, 3, 4, 5, 1, 2])
    found = np.asarray(layer(hidden, words))
    np.testing.assert_allclose(found, every[np.arange(7), words], atol=1e-6)
    nodes, turns = huffman_tree(counts)
    for row, word in enumerate(words):
        chance = float(counts[word] > 0)
        for node, turn in zip(nodes[word], turns[word], strict=True):
            if turn:
                chance /= 1 + np.exp(-turn * kernel[node].astype("float64") @ hidden[row])
        assert np.exp(found[row]) == pytest.approx(chance, rel=1e-5)


def test_a_word_that_is_not_in_the_tree_has_no_gradient():
    layer = layers.HierarchicalSoftmax([9, 0, 4, 2])
    hidden = tf.ones((2, 3))
    layer.build(hidden.shape)
    layer.kernel.assign(np.random.default_rng(0).normal(size=layer.kernel.shape))
    with tf.GradientTape() as tape:
        tape.watch(hidden)
        loss = -tf.reduce_mean(layer(hidden, np.array([1, 2], "int32")))
    assert np.isposinf(loss)
    by_hidden, by_kernel = map(
        tf.convert_to_tensor, tape.gradient(loss, [hidden, layer.kernel.value])
    )
    assert not by_hidden[0].numpy().any() and by_hidden[1].numpy().any()
    assert np.isfinite(by_kernel).all()


@pytest.mark.parametrize("counts", [[0, 0], [1, -1], []])
def test_refuses_what_makes_no_tree(counts):
    with pytest.raises(ValueError, match="not negative and not all 0"):
        layers.HierarchicalSoftmax(counts)


def test_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"\(2, 3, 4\)"):
        layers.HierarchicalSoftmax([1, 2])(np.zeros((2, 3, 4)), np.zeros(2, "int32"))
