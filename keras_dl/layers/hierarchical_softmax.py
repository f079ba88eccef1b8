"""Hierarchical softmax over the words of a vocabulary."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_dl.layers.huffman import huffman_tree
from keras_dl.typing import Config, Initializer, Regularizer, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class HierarchicalSoftmax(keras.layers.Layer):
    """Hierarchical softmax: computes log-probabilities of words along paths in a Huffman tree.

    `log p(w | h) = sum over the inner nodes n on the path to w of log s(turn * node(n) . h)`, where
    s is the sigmoid function and turn is 1 or -1. The probabilities of the two branches of a node
    sum to 1, so the probabilities of all words do, too. A word of relative frequency f costs about
    `-log2 f` dot products, while a softmax costs one for each word of the vocabulary. The
    computation is in float32, or in float64 under that policy.

    Args:
        counts: list of int `(words,)`. Count of each word. Words with count 0 are not in the tree.
        kernel_initializer: initializer of the kernel, one row for each inner node. With zeros, the
            two branches of a node are equally probable at first.
        kernel_regularizer: regularizer of the kernel, or None.

    Call arguments:
        hidden: float `(batch, units)`.
        words: int `(batch,)`. The vocabulary ID of the word to score in each row.

    Returns:
        float `(batch,)`, in nats; -inf for words that are not in the tree. The loss of these words
        is infinite and has no gradient.

    Raises:
        ValueError: if `counts` has a negative value or only zeros, or shapes do not match.

    Example:
    >>> layer = HierarchicalSoftmax([5, 2, 1])
    >>> round(float(layer(np.zeros((1, 4)), np.array([0]))[0]), 4)  # one branch, log 1/2
    -0.6931

    Reference: Morin & Bengio 2005, "Hierarchical probabilistic neural network language model".
    Mikolov et al. 2013, arXiv:1310.4546, section 2.1, use a Huffman tree.
    """

    def __init__(
        self,
        counts: Sequence[int] | np.ndarray,
        kernel_initializer: Initializer = "zeros",
        kernel_regularizer: Regularizer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self.counts = [int(count) for count in counts]
        self.nodes, self.turns = huffman_tree(self.counts)
        self.in_tree = np.array(self.counts) > 0
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, hidden_shape: Shape, words_shape: Shape | None = None) -> None:
        _check(hidden_shape, words_shape)
        inner = max(1, int(self.in_tree.sum()) - 1)
        self.kernel = self.add_weight(
            (inner, hidden_shape[-1]),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            autocast=False,
            name="kernel",
        )

    def call(self, hidden: Tensor, words: Tensor) -> Tensor:
        _check(hidden.shape, words.shape)
        tables = self.nodes, self.turns, self.in_tree
        nodes, turns, in_tree = (ops.take(table, words, axis=0) for table in tables)
        ways = ops.take(self.kernel, nodes, axis=0)  # (batch, depth, units)
        hidden = ops.expand_dims(ops.cast(hidden, ways.dtype), 2)
        log_probabilities = _log_probability(ops.squeeze(ops.matmul(ways, hidden), 2), turns)
        return ops.where(in_tree, log_probabilities, -np.inf)

    def log_probabilities(self, hidden: Tensor) -> Tensor:
        """Returns log-probabilities of all words, `(batch, words)`; -inf if not in the tree."""
        scores = ops.matmul(ops.cast(hidden, self.kernel.dtype), ops.transpose(self.kernel))
        log_probabilities = _log_probability(ops.take(scores, self.nodes, axis=1), self.turns)
        return ops.where(self.in_tree, log_probabilities, -np.inf)

    def compute_output_shape(self, hidden_shape: Shape, words_shape: Shape) -> Shape:
        _check(hidden_shape, words_shape)
        return tuple(words_shape)

    def compute_output_spec(
        self, hidden: keras.KerasTensor, words: keras.KerasTensor
    ) -> keras.KerasTensor:
        shape = self.compute_output_shape(hidden.shape, words.shape)
        return keras.KerasTensor(shape, self.variable_dtype)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "counts": self.counts,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }


def _log_probability(scores, turns):
    turns = ops.cast(turns, scores.dtype)
    return ops.sum(ops.where(turns == 0, 0.0, ops.log_sigmoid(turns * scores)), axis=-1)


def _check(hidden, words):
    if len(hidden) != 2 or (words is not None and len(words) != 1):
        raise ValueError(
            "HierarchicalSoftmax: hidden must have shape (batch, units) and words (batch,). "
            f"Received hidden {tuple(hidden)}, words {words and tuple(words)}. "
            "Pass one word for each row of hidden."
        )
