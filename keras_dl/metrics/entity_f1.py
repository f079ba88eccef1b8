"""Precision, recall and F1 of entities, with the same results as `seqeval`."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_dl.layers.linear_chain import MASKED, best_path
from keras_dl.metrics.entity_tags import split_tags
from keras_dl.metrics.float64_ratio import exact_ratio
from keras_dl.typing import Config, Tensor

_GOES_ON = -1


class _EntityMetric(keras.metrics.Metric):
    """Counts the true entities, the predicted entities and the correct predictions.

    An entity is a `B-` tag and the `I-` tags of its type that follow it. An `I-` tag that does not
    follow a tag of its type belongs to no entity. A predicted entity is correct if a true entity
    has the same type, start and end.
    """

    def __init__(self, tags: Sequence[str], name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        parts = split_tags(tags)
        self.tags = list(tags)
        kinds = ["", *dict.fromkeys(kind for _, kind in parts if kind)]
        # O is 0; for the n-th type, B- is n and I- is -n.
        self._codes = [kinds.index(kind) * (-1 if prefix == "I" else 1) for prefix, kind in parts]
        # Integers, since float32 stops counting at 2^24.
        self.correct = self.add_variable((), initializer="zeros", dtype="int32", name="correct")
        self.predicted = self.add_variable((), initializer="zeros", dtype="int32", name="predicted")
        self.actual = self.add_variable((), initializer="zeros", dtype="int32", name="actual")

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        """Counts one batch."""
        self._check(y_true, y_pred, sample_weight)
        weights = _StepWeights(reduction=None, name="step_weights")(y_true, y_pred, sample_weight)
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        counts = ops.logical_and(y_true >= 0, weights != 0)
        if len(y_pred.shape) == 4:
            counts = ops.logical_and(counts, y_pred[:, :, 0, -1] > MASKED / 2)
            y_pred = best_path(y_pred)
        elif len(y_pred.shape) == 3:
            y_pred = ops.argmax(y_pred, axis=-1)
        self._count(self._code(y_true), self._code(y_pred), counts)

    def _code(self, tags):
        tags = ops.clip(ops.cast(tags, "int32"), 0, len(self.tags) - 1)
        return ops.take(ops.convert_to_tensor(self._codes, "int32"), tags)

    def _count(self, actual, predicted, counts):
        actual, predicted = _moved_to_front(counts, actual, predicted)
        actual, predicted = _entity_starts(actual), _entity_starts(predicted)
        self.actual.assign_add(_number(actual > 0))
        self.predicted.assign_add(_number(predicted > 0))
        # Steps where both sequences continue are removed. Then two entities with the same start
        # have the same end if and only if neither continues at the next step.
        news = ops.logical_or(actual != _GOES_ON, predicted != _GOES_ON)
        actual, predicted = _moved_to_front(news, actual, predicted)
        begin = ops.logical_and(actual > 0, actual == predicted)
        end = ops.logical_and(actual != _GOES_ON, predicted != _GOES_ON)
        end = ops.pad(end[:, 1:], ((0, 0), (0, 1)), constant_values=True)
        self.correct.assign_add(_number(ops.logical_and(begin, end)))

    def _check(self, y_true, y_pred, sample_weight):
        shapes = [y_true, y_pred] if sample_weight is None else [y_true, y_pred, sample_weight]
        true, pred, *weight = [tuple(ops.convert_to_tensor(x).shape) for x in shapes]
        k = len(self.tags)
        if {len(x) for x in (true, pred[:2], *weight)} != {2} or pred[2:] not in ((), (k,), (k, k)):
            raise ValueError(
                f"{type(self).__name__}: y_true and sample_weight must have shape (batch, time), "
                f"y_pred (batch, time), (batch, time, {k}) or (batch, time, {k}, {k}). Received "
                f"y_true {true}, y_pred {pred}, sample_weight {weight or None}. "
                f"Pass IDs or scores of the {k} tags, and a weight for each step or None."
            )

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {**super().get_config(), "tags": self.tags}


@keras.saving.register_keras_serializable(package="keras_dl")
class EntityPrecision(_EntityMetric):
    """Fraction of the predicted entities that are correct, `TP / (TP + FP)`; 0 if undefined.

    Equals `seqeval.metrics.precision_score(mode="strict", scheme=IOB2)`.

    Args:
        tags: list of str. The tags `O`, `B-TYPE`, `I-TYPE` in the order of their IDs.

    Call arguments (of `update_state`): see `EntityF1`.

    Raises:
        ValueError: if `tags` are not IOB2 tags, or shapes do not match.

    Example:
    >>> metric = EntityPrecision(["O", "B-PER", "I-PER"])
    >>> metric.update_state([[1, 2, 0]], [[1, 2, 1]])
    >>> float(metric.result())
    0.5
    """

    def __init__(self, tags: Sequence[str], name: str = "entity_precision", **kwargs: Any) -> None:
        super().__init__(tags, name, **kwargs)

    def result(self) -> Tensor:
        """Returns the precision."""
        return exact_ratio(self.correct, self.predicted)


@keras.saving.register_keras_serializable(package="keras_dl")
class EntityRecall(_EntityMetric):
    """Fraction of the true entities that are predicted, `TP / (TP + FN)`; 0 if undefined.

    Equals `seqeval.metrics.recall_score(mode="strict", scheme=IOB2)`.

    Args:
        tags: list of str. The tags `O`, `B-TYPE`, `I-TYPE` in the order of their IDs.

    Call arguments (of `update_state`): see `EntityF1`.

    Raises:
        ValueError: if `tags` are not IOB2 tags, or shapes do not match.

    Example:
    >>> metric = EntityRecall(["O", "B-PER", "I-PER"])
    >>> metric.update_state([[1, 2, 0]], [[1, 2, 1]])
    >>> float(metric.result())
    1.0
    """

    def __init__(self, tags: Sequence[str], name: str = "entity_recall", **kwargs: Any) -> None:
        super().__init__(tags, name, **kwargs)

    def result(self) -> Tensor:
        """Returns the recall."""
        return exact_ratio(self.correct, self.actual)


@keras.saving.register_keras_serializable(package="keras_dl")
class EntityF1(_EntityMetric):
    """Harmonic mean of precision and recall over all entities (micro average); 0 if undefined.

    Equals `seqeval.metrics.f1_score(mode="strict", scheme=IOB2)`: an entity is a `B-` tag and the
    `I-` tags of its type that follow it, a stray `I-` belongs to no entity, and a prediction is
    correct only if type, start and end match.

    Args:
        tags: list of str. The tags `O`, `B-TYPE`, `I-TYPE` in the order of their IDs.

    Call arguments (of `update_state`):
        y_true: int `(batch, time)`. Tag IDs; negative at steps to ignore.
        y_pred: int `(batch, time)`, tag IDs; float `(batch, time, k)`, scores of the k tags; or
            float `(batch, time, k, k)`, the output of `keras_dl.layers.CRF`, which is decoded to
            its best path. Steps masked by a Keras mask or the CRF are ignored. On JAX, Keras loses
            its mask in training, but not in evaluation.
        sample_weight: `(batch, time)` or None. Steps of weight 0 are ignored. Ignored steps are
            removed, so that the steps on both sides become adjacent.

    Raises:
        ValueError: if `tags` are not IOB2 tags, or shapes do not match.

    Example:
    >>> metric = EntityF1(["O", "B-PER", "I-PER"])
    >>> metric.update_state([[1, 2, 0, 1]], [[1, 2, 0, 0]])
    >>> round(float(metric.result()), 4)
    0.6667

    Reference: Tjong Kim Sang & De Meulder 2003, arXiv:cs/0306050, section 2.3. Unlike the official
    script of that task, the metric does not start an entity at a stray `I-`.
    """

    def __init__(self, tags: Sequence[str], name: str = "entity_f1", **kwargs: Any) -> None:
        super().__init__(tags, name, **kwargs)

    def result(self) -> Tensor:
        """Returns F1."""
        precision = exact_ratio(self.correct, self.predicted)
        recall = exact_ratio(self.correct, self.actual)
        return ops.divide_no_nan(2 * precision * recall, precision + recall)


class _StepWeights(keras.losses.Loss):
    """Sample weights, set to 0 where the Keras mask of `y_pred` is False.

    A loss is the public way to this mask, which is not an attribute of a tensor on every backend.
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Returns 1 for each token.

        Keras multiplies it by sample weights and mask, so the sum is the number of tokens.
        """
        return ops.ones_like(y_true)


def _moved_to_front(kept, *sequences):
    """Moves the kept steps of int sequences to the front and fills the end with 0."""
    time = ops.shape(kept)[1]
    order = ops.argsort(ops.where(kept, 0, time) + ops.arange(time), axis=1)
    return [ops.take_along_axis(ops.where(kept, row, 0), order, axis=1) for row in sequences]


def _entity_starts(codes):
    """Marks each step: n at the start of an entity of type n, 0 outside, `_GOES_ON` inside."""
    before = ops.pad(codes[:, :-1], ((0, 0), (1, 0)))
    goes_on = ops.logical_and(codes < 0, ops.abs(before) == ops.abs(codes))
    return ops.where(goes_on, _GOES_ON, ops.maximum(codes, 0))


def _number(condition):
    return ops.sum(ops.cast(condition, "int32"))
