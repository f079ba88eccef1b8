"""GloVe: vectors whose products are the logarithms of how often words stand near each other."""

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
    """Builds the model of global vectors.

    For each pair of words a, b that occurs with a count of x, it minimizes

        1/2 f(x) (w(a) . c(b) + p(a) + q(b) - log x)^2,    f(x) = min(1, (x / x_max)^alpha)

    Compile it with `keras.optimizers.Adagrad` and fit it to the batches of `glove_batches`. The
    loss is the mean of this over the pairs, the cost that the authors' program prints (its half is
    not in the paper), each batch before it is learned.

        counted = cooccurrences(documents, vocabulary_size)
        data, steps = glove_batches(*counted)
        model = glove(vocabulary_size)
        model.compile(keras.optimizers.Adagrad(0.05, initial_accumulator_value=1))
        model.fit(data(0), shuffle=False)
        vectors = model.word_vectors

    AdaGrad goes as in that program, where each pair is a step: each adds the square of its own
    gradient to the accumulators of its two rows. The pairs of a batch are learned at once, by the
    accumulators behind it, so that a word that is often in it moves no farther than it should. Only
    rows of the batch are read and written.

    Args:
        vocabulary_size: int.
        units: int. Size of a vector.
        x_max: float. Count from which on all pairs weigh the same.
        alpha: float. How much less rarer pairs weigh; 0 for all the same.
        dtype: of Keras, such as `"float64"`. None for that of the policy; in half precision weights
            and sums are float32.
        seed: int. Seed of the first vectors.
        name: str.

    Returns:
        keras.Model from a pair of int `(batch,)`, rows and columns, to what it takes for the
        logarithms of their counts, float `(batch,)`. Its targets are the counts themselves.

    Raises:
        ValueError: if a size or `x_max` is not positive or `alpha` is negative; by `fit`, if the
            optimizer is another one.

    Reference: Pennington, Socher & Manning 2014, "GloVe", section 3.
    """
    dtype = keras.dtype_policies.get(dtype or keras.config.dtype_policy()).variable_dtype
    return GloVe(vocabulary_size, units, x_max, alpha, seed, dtype=dtype, name=name)


@keras.saving.register_keras_serializable(package="keras_dl")
class GloVe(keras.Model):
    """The model that `glove` builds.

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
                "glove: vocabulary_size, units and x_max must be positive, alpha not negative. "
                f"Received vocabulary_size {vocabulary_size}, units {units}, x_max {x_max}, "
                f"alpha {alpha}."
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
        # Keras' own mean is float32, which has not the digits of a float64 loss.
        self.loss_tracker = keras.metrics.Mean(name="loss", dtype=self.variable_dtype)
        self.built = True

    @property
    def word_vectors(self) -> np.ndarray:
        """The result, float32 `(vocabulary_size, units)`: of each word the sum of both vectors."""
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
        """Returns the vectors of pairs and what they take for the logarithm of the count."""
        words = tf.gather(self.words.value, rows)
        contexts = tf.gather(self.contexts.value, columns)
        biases = tf.gather(self.word_biases.value, rows)
        biases += tf.gather(self.context_biases.value, columns)
        return words, contexts, tf.reduce_sum(words * contexts, 1) + biases[:, 0]

    def _slopes(self, scores, counts):
        """Returns the derivatives of the objective by the scores; takes the loss down."""
        counts = tf.cast(counts, scores.dtype)
        weights = tf.minimum((counts / self.x_max) ** self.alpha, 1)
        errors = scores - tf.math.log(counts)
        self.loss_tracker.update_state(weights * errors**2 / 2)
        return weights * errors

    def _accumulators(self, weights):
        """Returns those of the optimizer, which stand at the end of its variables."""
        if not isinstance(self.optimizer, keras.optimizers.Adagrad):
            raise ValueError(
                "glove: optimizer must be keras.optimizers.Adagrad, whose steps are taken for the "
                f"rows of a batch alone. Received {self.optimizer.name}."
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
    """Makes the batches of an epoch from counted pairs, in an order that is anew in each.

    Args:
        rows: int `(pairs,)`, as `cooccurrences` gives them.
        columns: int `(pairs,)`, of the same function.
        counts: float `(pairs,)`, of the same function.
        batch_size: int. The last batch has what is left.
        seed: int. With the epoch it gives the order.

    Returns:
        pair of a function from the epoch to its `tf.data.Dataset` of `((rows, columns), counts)`,
        and how many batches it has.

    Raises:
        ValueError: if shapes differ, there is no pair, or a count is not positive and finite.
    """
    shapes = [np.shape(array) for array in (rows, columns, counts)]
    if len(set(shapes)) > 1 or len(shapes[0]) != 1 or not shapes[0][0]:
        raise ValueError(
            "glove_batches: rows, columns and counts must have the same shape (pairs,), with a "
            f"pair at least. Received shapes {shapes}."
        )
    lowest, highest = np.min(counts), np.max(counts)
    if not 0 < lowest <= highest < np.inf:
        raise ValueError(
            "glove_batches: counts must be positive and finite, for their logarithm. Received "
            f"counts from {lowest} to {highest}. Leave pairs out that do not occur."
        )
    pairs = shapes[0][0]
    arrays = [tf.convert_to_tensor(array) for array in (rows, columns, counts)]

    def epoch_data(epoch):
        seeds = tf.stack([tf.constant(seed, "int64"), tf.cast(epoch, "int64")])

        def batch(indices):
            # A permutation of all places that is computed for those of a batch alone.
            indices = tf.random.experimental.index_shuffle(indices, seeds, pairs - 1)
            row, column, count = (tf.gather(array, indices) for array in arrays)
            return (row, column), count

        indices = tf.data.Dataset.range(0, pairs, batch_size).map(
            lambda start: tf.range(start, tf.minimum(start + batch_size, pairs))
        )
        return indices.map(batch, num_parallel_calls=2, deterministic=True).prefetch(4)

    return epoch_data, -(-pairs // batch_size)
