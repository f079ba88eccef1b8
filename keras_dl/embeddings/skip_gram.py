"""Skip-gram with negative sampling: a vector for each word from the words around it."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_dl.embeddings.alias_table import alias_table
from keras_dl.embeddings.skip_gram_windows import in_window
from keras_dl.typing import Config, Tensor

_AT_ONCE = 32  # blocks whose gradients are summed before the vectors change
_SERIAL_ROWS = 1000  # of more, TensorFlow changes several at a time, in an order that varies


def skip_gram(
    counts: Tensor,
    units: int = 100,
    *,
    negatives: int = 5,
    shared_negatives: int = 32,
    exponent: float = 0.75,
    seed: int = 0,
    name: str = "skip_gram",
) -> "SkipGram":
    """Builds the skip-gram model with negative sampling.

    For a word w with the words c in its window it maximizes

        sum over c of [log s(v(w) . u(c)) + negatives * E log s(-v(w) . u(n))]

    with s the sigmoid and n drawn by `count ** exponent`. The expectation is that over
    `shared_negatives` words, which all words of a block have in common; so the sums over the window
    and over n are products of matrices, and each vector of a block is read and written once. A
    drawn word may be one of the window, as the formula has it.

    Compile it with `keras.optimizers.SGD`, without momentum, and fit it to the data sets of
    `windows`. The loss is the negative of the objective for each pair, in nats: `log 2 *
    (1 + negatives)` at the start. In training it is measured on the first 32 blocks of a batch,
    before they are learned; `evaluate` measures all.

        counts = ...
        data, steps = skip_gram_windows(documents, counts, num_documents)
        model = skip_gram(counts)
        model.compile(keras.optimizers.SGD(0.035))
        model.fit(data(0).repeat(), steps_per_epoch=steps)
        vectors = model.vectors.numpy()

    Args:
        counts: int `(vocabulary_size,)`. How often each word occurs; a word of 0 is never drawn.
        units: int. Size of a vector.
        negatives: int. Weight of what is drawn.
        shared_negatives: int. Words drawn for each block.
        exponent: float.
        seed: int. Seed of the first vectors and of the draws.
        name: str.

    Returns:
        keras.Model from int words to their vectors, float32 `(..., units)`.

    Raises:
        ValueError: if a size is not positive or `counts` has no word; by `fit`, if the optimizer is
            another one.

    Reference: Mikolov et al. 2013, arXiv:1310.4546, section 2.2; negatives that neighbors share Ji
    et al. 2016, arXiv:1604.04661.
    """
    counts = np.asarray(counts, "float64")
    model = SkipGram(len(counts), units, negatives, shared_negatives, seed, name=name)
    probability, alias = alias_table(np.where(counts > 0, counts**exponent, 0))
    model.probability.assign(probability)
    model.alias.assign(alias)
    return model


@keras.saving.register_keras_serializable(package="keras_dl")
class SkipGram(keras.Model):
    """The model that `skip_gram` builds, with the table of draws among its weights.

    Attributes:
        vectors: float32 `(vocabulary_size, units)`, the vectors v that are the result.
        contexts: float32 `(vocabulary_size, units)`, the vectors u of words as neighbors.
    """

    def __init__(
        self,
        vocabulary_size: int,
        units: int,
        negatives: int,
        shared_negatives: int,
        seed: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if min(vocabulary_size, units, negatives, shared_negatives) < 1:
            raise ValueError(
                "skip_gram: all sizes must be positive. Received vocabulary_size "
                f"{vocabulary_size}, units {units}, negatives {negatives}, shared_negatives "
                f"{shared_negatives}. Give at least 1 of each."
            )
        self.vocabulary_size = vocabulary_size
        self.units = units
        self.negatives = negatives
        self.shared_negatives = shared_negatives
        self.seed = seed
        self.supports_jit = False  # XLA copies the tables
        size = (vocabulary_size, units)
        first = keras.initializers.RandomUniform(-0.5 / units, 0.5 / units, seed=seed)
        # float32 whatever the policy: half precision would lose most of the small steps.
        options = {"dtype": "float32", "autocast": False}
        self.vectors = self.add_weight(size, first, name="vectors", **options)
        self.contexts = self.add_weight(size, "zeros", name="contexts", **options)
        options = {"initializer": "ones", "trainable": False, "autocast": False}
        table = (vocabulary_size,)
        self.probability = self.add_weight(table, name="probability", dtype="float32", **options)
        self.alias = self.add_weight(table, name="alias", dtype="int32", **options)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.built = True

    def call(self, words: Tensor) -> Tensor:
        return tf.gather(self.vectors.value, words)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self.loss_tracker]

    def train_step(self, data: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        if not isinstance(self.optimizer, keras.optimizers.SGD) or self.optimizer.momentum:
            raise ValueError(
                "skip_gram: optimizer must be keras.optimizers.SGD without momentum, which changes "
                f"the rows of a batch alone. Received {self.optimizer.name}."
            )
        rate = tf.cast(self.optimizer.learning_rate, "float32")

        def learn(*block):
            self._learn(*block, rate)

        (loss, count), *_ = self._each(data, learn, measured=1)
        self.optimizer.iterations.assign_add(1)
        self.loss_tracker.update_state(loss, sample_weight=count)
        return {"loss": self.loss_tracker.result()}

    def test_step(self, data: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        losses = self._each(data, lambda *block: None)
        loss, count = (tf.stack(values) for values in zip(*losses, strict=True))
        self.loss_tracker.update_state(loss, sample_weight=count)
        return {"loss": self.loss_tracker.result()}

    def _each(self, data, learn, measured=None):
        """Goes through groups of blocks; returns loss and number of pairs of the first of them."""
        words, reach = data
        step = self.optimizer.iterations if self.optimizer else 0
        negatives = self._draw(words.shape[0], tf.cast(step, "int64"))
        groups = -(-words.shape[0] // _AT_ONCE)
        parts = [self._group(tensor, groups) for tensor in (words, reach, negatives)]
        losses = []
        for index in range(groups):
            with_loss = measured is None or index < measured
            *block, loss = self._scored(*(part[index] for part in parts), with_loss=with_loss)
            learn(*block)
            losses += [loss] if with_loss else []
        return losses

    @staticmethod
    def _group(tensor, groups):
        missing = groups * _AT_ONCE - tensor.shape[0] if groups > 1 else 0
        filled = tf.pad(tensor, [[0, missing], [0, 0]])
        return tf.reshape(filled, (groups, -1, tensor.shape[1]))

    def _draw(self, blocks, step):
        """Returns words drawn by the table, int32 `(blocks, shared_negatives)`."""
        seeds = tf.stack([tf.constant(self.seed, "int64"), step])
        shape = (blocks, self.shared_negatives)
        index = tf.random.stateless_uniform(shape, seeds, 0, self.vocabulary_size, "int32")
        keeps = tf.random.stateless_uniform(shape, seeds + 1) < tf.gather(
            self.probability.value, index
        )
        return tf.where(keeps, index, tf.gather(self.alias.value, index))

    def _scored(self, words, reach, negatives, with_loss):
        """Returns rows, their vectors and the derivatives by their scores; and the loss."""
        block = reach.shape[1]
        window = (words.shape[1] - block) // 2
        centers = words[:, window : window + block]
        others = tf.concat([words, negatives], 1)
        positive = tf.cast(in_window(words, reach), "float32")
        pairs = tf.reduce_sum(positive, 2, keepdims=True)
        share = pairs * (self.negatives / self.shared_negatives)
        weight = tf.concat([positive, tf.repeat(share, self.shared_negatives, 2)], 2)
        positive = tf.pad(positive, [[0, 0], [0, 0], [0, self.shared_negatives]])
        vectors = tf.gather(self.vectors.value, centers)
        contexts = tf.gather(self.contexts.value, others)
        scores = tf.matmul(vectors, contexts, transpose_b=True)
        slopes = weight * tf.sigmoid(scores) - positive
        loss = None
        if with_loss:
            count = tf.reduce_sum(pairs)
            total = tf.reduce_sum(weight * tf.math.softplus(scores) - positive * scores)
            loss = tf.math.divide_no_nan(total, count), count
        return centers, vectors, others, contexts, slopes, loss

    def _learn(self, centers, vectors, others, contexts, slopes, rate):
        slopes = rate * slopes
        changes = (
            (self.vectors, centers, tf.matmul(slopes, contexts)),
            (self.contexts, others, tf.matmul(slopes, vectors, transpose_a=True)),
        )
        for weight, rows, change in changes:
            blocks = max(1, _SERIAL_ROWS // rows.shape[1])
            for start in range(0, rows.shape[0], blocks):
                part = slice(start, start + blocks)
                weight.value.scatter_sub(tf.IndexedSlices(change[part], rows[part]))

    def get_config(self) -> Config:
        return {
            "name": self.name,
            "vocabulary_size": self.vocabulary_size,
            "units": self.units,
            "negatives": self.negatives,
            "shared_negatives": self.shared_negatives,
            "seed": self.seed,
        }
