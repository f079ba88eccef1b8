"""GloVe: word vectors whose dot products fit the logarithms of co-occurrence counts."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_dl.typing import Config, Tensor


def glove(
    vocabulary_size: int,
    units: int = 100,
    *,
    x_max: float = 100.0,
    alpha: float = 0.75,
    dtype: str | keras.DTypePolicy | None = None,
    seed: int = 0,
    name: str = "glove",
) -> "GloVe":
    """Builds a GloVe model.

    For each pair of words a and b with count x, it minimizes

        1/2 f(x) (w(a) . c(b) + p(a) + q(b) - log x)^2,    f(x) = min(1, (x / x_max)^alpha)

    Compile it with `keras.optimizers.Adagrad` and fit it to the batches of `glove_batches`. The
    loss is the mean of this objective over the pairs, computed before the update of each batch. The
    authors' program prints the same cost (the factor 1/2 is not in the paper).

        counted = cooccurrences(documents, vocabulary_size)
        data, steps = glove_batches(*counted)
        model = glove(vocabulary_size)
        model.compile(keras.optimizers.Adagrad(0.05, initial_accumulator_value=1))
        model.fit(data(0), shuffle=False)
        vectors = model.word_vectors

    In the authors' program, each pair is one step of AdaGrad, which adds the squared gradient to
    the accumulators of the pair's two rows. Here, one step updates all pairs of a batch, and the
    accumulators already include the whole batch, so that frequent words do not move too far. Only
    the rows in the batch are read and written.

    Args:
        vocabulary_size: int.
        units: int. Size of a vector.
        x_max: float. Pairs with at least this count have the full weight.
        alpha: float. Exponent that reduces the weight of rarer pairs; 0 weights all pairs equally.
        dtype: str, `keras.DTypePolicy` or None. None uses the global policy. With half precision,
            weights and sums are float32.
        seed: int. Seed of the initial vectors.
        name: str.

    Returns:
        keras.Model that maps two int arrays `(batch,)`, rows and columns, to the predicted
        logarithms of their counts, float `(batch,)`. Its targets are the counts themselves.

    Raises:
        ValueError: if a size or `x_max` is not positive or `alpha` is negative; in `fit`, if the
            optimizer is not Adagrad.

    Reference: Pennington, Socher & Manning 2014, "GloVe", section 3.
    """
    dtype = keras.dtype_policies.get(dtype or keras.config.dtype_policy()).variable_dtype
    return GloVe(vocabulary_size, units, x_max, alpha, seed, dtype=dtype, name=name)


@keras.saving.register_keras_serializable(package="keras_dl")
class GloVe(keras.Model):
    """Model that `glove` builds.

    Attributes:
        words, contexts: `(vocabulary_size, units)`, the vectors w and c.
        word_biases, context_biases: `(vocabulary_size, 1)`, p and q.
    """

    def __init__(
        self, vocabulary_size: int, units: int, x_max: float, alpha: float, seed: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if min(vocabulary_size, units, x_max) <= 0 or alpha < 0:
            raise ValueError(
                "glove: vocabulary_size, units and x_max must be positive, and alpha at least 0. "
                f"Received vocabulary_size {vocabulary_size}, units {units}, x_max {x_max}, "
                f"alpha {alpha}. Use x_max 100 and alpha 0.75, for example."
            )
        self.vocabulary_size = vocabulary_size
        self.units = units
        self.x_max = x_max
        self.alpha = alpha
        self.seed = seed
        sizes = {"words": units, "contexts": units, "word_biases": 1, "context_biases": 1}
        for number, (name, size) in enumerate(sizes.items()):
            first = keras.initializers.RandomUniform(-0.5 / units, 0.5 / units, seed=seed + number)
            weight = self.add_weight((vocabulary_size, size), first, name=name, autocast=False)
            setattr(self, name, weight)
        # The default metric is float32, which is too imprecise for a float64 loss.
        self.loss_tracker = keras.metrics.Mean(name="loss", dtype=self.variable_dtype)
        self.built = True

    @property
    def word_vectors(self) -> np.ndarray:
        """Word vectors, float32 `(vocabulary_size, units)`: `words + contexts`."""
        return np.asarray(self.words.numpy() + self.contexts.numpy(), "float32")

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        return self._scored(*inputs)[-1]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self.loss_tracker]

    def train_step(self, data: tuple[tuple[Tensor, Tensor], Tensor]) -> dict[str, Tensor]:
        (rows, columns), counts = data[:2]
        words, contexts, scores = self._scored(rows, columns)
        slopes = self._slopes(scores, counts)[:, None]
        indices = (rows, columns, rows, columns)
        gradients = (slopes * contexts, slopes * words, slopes, slopes)
        weights = (self.words, self.contexts, self.word_biases, self.context_biases)
        for parts in zip(weights, self._accumulators(weights), indices, gradients, strict=True):
            self._learn(*parts)
        self.optimizer.iterations.assign_add(1)
        return {"loss": self.loss_tracker.result()}

    def test_step(self, data: tuple[tuple[Tensor, Tensor], Tensor]) -> dict[str, Tensor]:
        (rows, columns), counts = data[:2]
        self._slopes(self._scored(rows, columns)[-1], counts)
        return {"loss": self.loss_tracker.result()}

    def _scored(self, rows, columns):
        """Returns the vectors of pairs and the predicted logarithms of their counts."""
        words = tf.gather(self.words.value, rows)
        contexts = tf.gather(self.contexts.value, columns)
        biases = tf.gather(self.word_biases.value, rows)
        biases += tf.gather(self.context_biases.value, columns)
        return words, contexts, tf.reduce_sum(words * contexts, 1) + biases[:, 0]

    def _slopes(self, scores, counts):
        """Returns the derivatives of the objective by the scores, and updates the loss metric."""
        counts = tf.cast(counts, scores.dtype)
        weights = tf.minimum((counts / self.x_max) ** self.alpha, 1)
        errors = scores - tf.math.log(counts)
        self.loss_tracker.update_state(weights * errors**2 / 2)
        return weights * errors

    def _accumulators(self, weights):
        """Returns the optimizer's accumulators, which are its last variables."""
        if not isinstance(self.optimizer, keras.optimizers.Adagrad):
            raise ValueError(
                "glove: optimizer must be keras.optimizers.Adagrad, because only the rows of a "
                f"batch are updated. Received {self.optimizer.name}. Compile with Adagrad(0.05)."
            )
        if not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        return self.optimizer.variables[-len(weights) :]

    def _learn(self, weight, accumulator, indices, gradients):
        accumulator.value.scatter_add(tf.IndexedSlices(gradients**2, indices))
        root = tf.sqrt(tf.gather(accumulator.value, indices) + self.optimizer.epsilon)
        rate = tf.cast(self.optimizer.learning_rate, gradients.dtype)
        weight.value.scatter_sub(tf.IndexedSlices(rate * gradients / root, indices))

    def get_config(self) -> Config:
        return {
            "name": self.name,
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
            "vocabulary_size": self.vocabulary_size,
            "units": self.units,
            "x_max": self.x_max,
            "alpha": self.alpha,
            "seed": self.seed,
        }


def glove_batches(
    rows: Tensor, columns: Tensor, counts: Tensor, *, batch_size: int = 16384, seed: int = 0
) -> tuple[Callable[[int], tf.data.Dataset], int]:
    """Builds batches of pairs and their counts, in a new random order in each epoch.

    Args:
        rows: int `(pairs,)`, from `cooccurrences`.
        columns: int `(pairs,)`, from `cooccurrences`.
        counts: float `(pairs,)`, from `cooccurrences`.
        batch_size: int. The last batch may be smaller.
        seed: int. The seed and the epoch determine the order.

    Returns:
        tuple of a function that maps an epoch index to its `tf.data.Dataset` of
        `((rows, columns), counts)`, and the number of batches in it.

    Raises:
        ValueError: if the shapes differ, there are no pairs, or a count is not positive and finite.
    """
    shapes = [np.shape(array) for array in (rows, columns, counts)]
    if len(set(shapes)) > 1 or len(shapes[0]) != 1 or not shapes[0][0]:
        raise ValueError(
            "glove_batches: rows, columns and counts must have the same shape (pairs,), with at "
            f"least one pair. Received shapes {shapes}. Pass the arrays that cooccurrences returns."
        )
    lowest, highest = np.min(counts), np.max(counts)
    if not 0 < lowest <= highest < np.inf:
        raise ValueError(
            "glove_batches: counts must be positive and finite, because the loss uses their "
            f"logarithms. Received counts from {lowest} to {highest}. Remove pairs that do not "
            "occur."
        )
    pairs = shapes[0][0]
    arrays = [tf.convert_to_tensor(array) for array in (rows, columns, counts)]

    def epoch_data(epoch):
        seeds = tf.stack([tf.constant(seed, "int64"), tf.cast(epoch, "int64")])

        def batch(indices):
            # Permutes all indices, but computes only those of the batch.
            indices = tf.random.experimental.index_shuffle(indices, seeds, pairs - 1)
            row, column, count = (tf.gather(array, indices) for array in arrays)
            return (row, column), count

        indices = tf.data.Dataset.range(0, pairs, batch_size).map(
            lambda start: tf.range(start, tf.minimum(start + batch_size, pairs))
        )
        return indices.map(batch, num_parallel_calls=2, deterministic=True).prefetch(4)

    return epoch_data, -(-pairs // batch_size)
