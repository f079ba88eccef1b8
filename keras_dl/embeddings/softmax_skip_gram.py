"""Skip-gram with a softmax over all words, full or hierarchical."""

from typing import Any

import keras
from keras import ops

from keras_dl.layers.hierarchical_softmax import HierarchicalSoftmax
from keras_dl.losses.device_share import device_share
from keras_dl.models.seeded import seeded
from keras_dl.typing import Config, Tensor


@seeded
def softmax_skip_gram(
    counts: Tensor,
    units: int = 100,
    *,
    hierarchical: bool = True,
    seed: int | None = None,
    name: str = "softmax_skip_gram",
) -> "SoftmaxSkipGram":
    """Builds a skip-gram model that predicts the probability of each context word.

    `p(context | word) = softmax(U v(word))`. The full softmax needs one dot product for each word
    of the vocabulary. The hierarchical softmax follows a Huffman tree and needs about as many
    products per word as the entropy of the word distribution in bits. Compile the model with any
    optimizer and fit it to the dataset that `pairs` returns. The loss is the mean of `-log p` in
    nats. With the full softmax, it starts at `log(vocabulary_size)`.

    Args:
        counts: int `(vocabulary_size,)`. Count of each word.
        units: int. Size of a vector.
        hierarchical: bool. Whether to use the hierarchical softmax instead of the full softmax.
        seed: int or None. Seed of the initial vectors.
        name: str. Name of the model.

    Returns:
        keras.Model that maps int word IDs `(batch,)` to their vectors, float `(batch, units)`. Its
        method `log_probabilities(words)` returns float `(batch, vocabulary_size)`.

    Raises:
        ValueError: if `units` is not positive, or `counts` is empty or, with the hierarchical
            softmax, all zeros.

    Reference: Mikolov et al. 2013, arXiv:1310.4546, equations 2 and 3.
    """
    model = SoftmaxSkipGram([int(count) for count in counts], units, hierarchical, name=name)
    model(ops.zeros((1,), "int32"))
    return model


@keras.saving.register_keras_serializable(package="keras_dl")
class SoftmaxSkipGram(keras.Model):
    """Model that `softmax_skip_gram` builds."""

    def __init__(self, counts: list[int], units: int, hierarchical: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(
                f"softmax_skip_gram: units must be positive. Received units {units}. "
                "Pass the size of a word vector."
            )
        self.counts, self.units, self.hierarchical = counts, units, hierarchical
        self.vectors = keras.layers.Embedding(len(counts), units, name="vectors")
        if hierarchical:
            self.softmax = HierarchicalSoftmax(counts, name="softmax")
        else:
            zeros = {"kernel_initializer": "zeros", "use_bias": False, "dtype": "float32"}
            self.softmax = keras.layers.Dense(len(counts), name="softmax", **zeros)

    def call(self, words: Tensor) -> Tensor:
        vectors = self.vectors(words)
        if not self.softmax.built:
            self.softmax.build(vectors.shape)
        return vectors

    def compute_loss(
        self,
        x: Tensor | None = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor | None = None,
        training: bool = True,
    ) -> Tensor:
        if self.hierarchical:
            losses = -self.softmax(y_pred, y)
        else:
            losses = keras.losses.sparse_categorical_crossentropy(y, self.softmax(y_pred), True)
        return device_share(ops.mean(losses))

    def log_probabilities(self, words: Tensor) -> Tensor:
        """Returns log p(context | word), in nats, for the given words and all context words."""
        vectors = self(words)
        if self.hierarchical:
            return self.softmax.log_probabilities(vectors)
        return ops.log_softmax(self.softmax(vectors))

    def get_config(self) -> Config:
        return {
            "name": self.name,
            "counts": self.counts,
            "units": self.units,
            "hierarchical": self.hierarchical,
        }

    def build_from_config(self, config: Config) -> None:
        self(ops.zeros((1,), "int32"))
