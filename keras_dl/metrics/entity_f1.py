"""Precision, recall and F1 of entities, those of `seqeval` to the last digit."""

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
    """Counts the entities that are there, that are predicted, and that are both.

    An entity is a `B-` tag with the `I-` tags of its type behind it; an `I-` tag that follows
    nothing of its type belongs to none. A predicted entity is right if it begins and ends where
    one of its type does.
    """

    def __init__(self, tags: Sequence[str], name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        parts = split_tags(tags)
        self.tags = list(tags)
        kinds = ["", *dict.fromkeys(kind for _, kind in parts if kind)]
        # O is 0, the B- of the n-th type n, its I- -n.
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
        # Where both go on, nothing happens: without these steps, two entities that begin together
        # end together if and only if both have something new at the next one.
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
                f"Give numbers or scores of the {k} tags, and a weight for each step or none."
            )

    def get_config(self) -> Config:
        """Returns the arguments."""
        return {**super().get_config(), "tags": self.tags}


@keras.saving.register_keras_serializable(package="keras_dl")
class EntityPrecision(_EntityMetric):
    """Share of the predicted entities that are right, `TP / (TP + FP)`; 0 if there are none.

    Equals `seqeval.metrics.precision_score(mode="strict", scheme=IOB2)`.

    Args:
        tags: list of str. The tags `O`, `B-TYPE`, `I-TYPE` in the order of their numbers.

    Call arguments (of `update_state`): as of `EntityF1`.

    Raises:
        ValueError: if the tags are not those of IOB2, or shapes do not fit.

    Example:
    >>> metric = EntityPrecision(["O", "B-PER", "I-PER"])
    >>> metric.update_state([[1, 2, 0]], [[1, 2, 1]])
    >>> float(metric.result())
    0.5
    """

    def __init__(self, tags: Sequence[str], name: str = "entity_precision", **kwargs: Any) -> None:
        super().__init__(tags, name, **kwargs)

    def result(self) -> Tensor:
        """Returns the share."""
        return exact_ratio(self.correct, self.predicted)


@keras.saving.register_keras_serializable(package="keras_dl")
class EntityRecall(_EntityMetric):
    """Share of the entities that are found, `TP / (TP + FN)`; 0 if there are none.

    Equals `seqeval.metrics.recall_score(mode="strict", scheme=IOB2)`.

    Args:
        tags: list of str. The tags `O`, `B-TYPE`, `I-TYPE` in the order of their numbers.

    Call arguments (of `update_state`): as of `EntityF1`.

    Raises:
        ValueError: if the tags are not those of IOB2, or shapes do not fit.

    Example:
    >>> metric = EntityRecall(["O", "B-PER", "I-PER"])
    >>> metric.update_state([[1, 2, 0]], [[1, 2, 1]])
    >>> float(metric.result())
    1.0
    """

    def __init__(self, tags: Sequence[str], name: str = "entity_recall", **kwargs: Any) -> None:
        super().__init__(tags, name, **kwargs)

    def result(self) -> Tensor:
        """Returns the share."""
        return exact_ratio(self.correct, self.actual)


@keras.saving.register_keras_serializable(package="keras_dl")
class EntityF1(_EntityMetric):
    """Harmonic mean of precision and recall over all entities (micro average); 0 if undefined.

    Equals `seqeval.metrics.f1_score(mode="strict", scheme=IOB2)`: an entity is a `B-` tag with the
    `I-` tags of its type behind it, a stray `I-` belongs to none, and only the same type, beginning
    and end are right.

    Args:
        tags: list of str. The tags `O`, `B-TYPE`, `I-TYPE` in the order of their numbers.

    Call arguments (of `update_state`):
        y_true: int `(batch, time)`. Numbers of tags; negative at steps that do not count.
        y_pred: int `(batch, time)`, numbers of tags; float `(batch, time, k)`, scores of the k
            tags; or float `(batch, time, k, k)`, the output of `keras_dl.layers.CRF`, of which the
            best path counts. Steps that a Keras mask or the CRF tells as masked do not count; on
            JAX, Keras loses its mask while it trains, not while it evaluates.
        sample_weight: `(batch, time)` or None. Steps of weight 0 do not count. All that do not are
            cut out: what stands on either side of them is adjacent.

    Raises:
        ValueError: if the tags are not those of IOB2, or shapes do not fit.

    Example:
    >>> metric = EntityF1(["O", "B-PER", "I-PER"])
    >>> metric.update_state([[1, 2, 0, 1]], [[1, 2, 0, 0]])
    >>> round(float(metric.result()), 4)
    0.6667

    Reference: Tjong Kim Sang & De Meulder 2003, arXiv:cs/0306050, section 2.3. Unlike the program
    of that task, a stray `I-` opens no entity.
    """

    def __init__(self, tags: Sequence[str], name: str = "entity_f1", **kwargs: Any) -> None:
        super().__init__(tags, name, **kwargs)

    def result(self) -> Tensor:
        """Returns F1."""
        precision = exact_ratio(self.correct, self.predicted)
        recall = exact_ratio(self.correct, self.actual)
        return ops.divide_no_nan(2 * precision * recall, precision + recall)


class _StepWeights(keras.losses.Loss):
    """The sample weights, and 0 where the Keras mask of `y_pred` is False.

    A loss is the public way to that mask, which is no attribute of a tensor on every backend.
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Returns 1 for each step, before weights and mask."""
        return ops.ones_like(y_true)


def _moved_to_front(kept, *sequences):
    """Closes the gaps in the rows of int sequences; what becomes free at the end is 0."""
    time = ops.shape(kept)[1]
    order = ops.argsort(ops.where(kept, 0, time) + ops.arange(time), axis=1)
    return [ops.take_along_axis(ops.where(kept, row, 0), order, axis=1) for row in sequences]


def _entity_starts(codes):
    """Marks each step: n where an entity of type n begins, 0 outside, `_GOES_ON` between."""
    before = ops.pad(codes[:, :-1], ((0, 0), (1, 0)))
    goes_on = ops.logical_and(codes < 0, ops.abs(before) == ops.abs(codes))
    return ops.where(goes_on, _GOES_ON, ops.maximum(codes, 0))


def _number(condition):
    return ops.sum(ops.cast(condition, "int32"))
