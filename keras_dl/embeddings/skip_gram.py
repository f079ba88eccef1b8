"""Skip-gram with negative sampling: learns word vectors from the words around each word."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_dl.embeddings.alias_table import alias_table
from keras_dl.embeddings.skip_gram_windows import in_window
from keras_dl.typing import Config, Tensor

_AT_ONCE = 32  # blocks whose gradients are summed before each update
_SERIAL_ROWS = 1000  # for more rows, TensorFlow updates in parallel, in varying order


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
    """Builds a skip-gram model with negative sampling.

    For a word w and the words c in its window, it maximizes

        sum over c of [log s(v(w) . u(c)) + negatives * E log s(-v(w) . u(n))]

    where s is the sigmoid and n is sampled in proportion to `count ** exponent`. The expectation is
    estimated from `shared_negatives` words, which all words of a block share. The sums over c and n
    are then matrix products, and each vector of a block is read and written once. As in the
    formula, a sampled word may also be in the window.

    Compile it with `keras.optimizers.SGD`, without momentum, and fit it to the datasets of
    `skip_gram_windows`. The loss is the negative objective per pair, in nats. It starts at
    `log 2 * (1 + negatives)`. Training computes it only for the first 32 blocks of a batch, before
    they are updated; `evaluate` computes it for all blocks.

        counts = ...
        data, steps = skip_gram_windows(documents, counts, num_documents)
        model = skip_gram(counts)
        model.compile(keras.optimizers.SGD(0.035))
        model.fit(data(0).repeat(), steps_per_epoch=steps)
        vectors = model.vectors.numpy()

    Args:
        counts: int `(vocabulary_size,)`. Count of each word; a word with count 0 is never sampled.
        units: int. Size of a vector.
        negatives: int. Weight of the negative samples.
        shared_negatives: int. Number of negative samples for each block.
        exponent: float. Exponent of the counts in negative sampling.
        seed: int. Seed of the initial vectors and of the sampling.
        name: str.

    Returns:
        keras.Model that maps int word IDs to their vectors, float32 `(..., units)`.

    Raises:
        ValueError: if a size is not positive, or `counts` is empty or all zeros; in `fit`, if the
            optimizer is not SGD without momentum.

    Reference: Mikolov et al. 2013, arXiv:1310.4546, section 2.2; shared negatives: Ji et al. 2016,
    arXiv:1604.04661.
    """
    counts = np.asarray(counts, "float64")
    model = SkipGram(len(counts), units, negatives, shared_negatives, seed, name=name)
    probability, alias = alias_table(np.where(counts > 0, counts**exponent, 0))
    model.probability.assign(probability)
    model.alias.assign(alias)
    return model


@keras.saving.register_keras_serializable(package="keras_dl")
class SkipGram(keras.Model):
    """Model that `skip_gram` builds; its weights include the table for sampling.

    Attributes:
        vectors: float32 `(vocabulary_size, units)`, the word vectors v, which are the result.
        contexts: float32 `(vocabulary_size, units)`, the context vectors u.
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
                "skip_gram: vocabulary_size, units, negatives and shared_negatives must be "
                f"positive. Received vocabulary_size {vocabulary_size}, units {units}, negatives "
                f"{negatives}, shared_negatives {shared_negatives}. Use at least 1 for each."
            )
        self.vocabulary_size = vocabulary_size
        self.units = units
        self.negatives = negatives
        self.shared_negatives = shared_negatives
        self.seed = seed
        self.supports_jit = False  # XLA copies the tables
        size = (vocabulary_size, units)
        first = keras.initializers.RandomUniform(-0.5 / units, 0.5 / units, seed=seed)
        # float32 under any dtype policy: half precision would lose most of the small steps.
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
                "skip_gram: optimizer must be keras.optimizers.SGD without momentum, because only "
                f"the rows of a batch are updated. Received {self.optimizer.name}, momentum "
                f"{getattr(self.optimizer, 'momentum', None)}. Compile with "
                "keras.optimizers.SGD(0.035)."
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
        """Processes groups of blocks; returns losses and pair counts of the `measured` first."""
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
        """Samples words from the alias table, int32 `(blocks, shared_negatives)`."""
        seeds = tf.stack([tf.constant(self.seed, "int64"), step])
        shape = (blocks, self.shared_negatives)
        index = tf.random.stateless_uniform(shape, seeds, 0, self.vocabulary_size, "int32")
        keeps = tf.random.stateless_uniform(shape, seeds + 1) < tf.gather(
            self.probability.value, index
        )
        return tf.where(keeps, index, tf.gather(self.alias.value, index))

    def _scored(self, words, reach, negatives, with_loss):
        """Returns row indices with their vectors, the derivatives by the scores, and the loss."""
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
