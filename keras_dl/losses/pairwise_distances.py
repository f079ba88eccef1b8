"""Distances between all pairs of embeddings in a batch, with finite gradients."""

from keras import ops

from keras_dl.typing import Tensor


def check_batch(loss: str, labels: Tensor, embeddings: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the labels of a batch as int32 `(batch,)` and its embeddings as float32.

    Args:
        loss: str. Name of the loss, for the message.
        labels: int `(batch,)` or `(batch, 1)`.
        embeddings: float `(batch, units)`.

    Raises:
        ValueError: if a shape is wrong.
    """
    shapes = tuple(labels.shape), tuple(embeddings.shape)
    if len(shapes[1]) != 2 or not (len(shapes[0]) == 1 or shapes[0][1:] == (1,)):
        raise ValueError(
            f"{loss}: y_true must have shape (batch,), and y_pred (batch, units). Received y_true "
            f"{shapes[0]}, y_pred {shapes[1]}. Pass the class of each image and its embedding."
        )
    return ops.cast(ops.reshape(labels, (-1,)), "int32"), ops.cast(embeddings, "float32")


def squared_distances(first: Tensor, second: Tensor) -> Tensor:
    """Returns the squared Euclidean distances of all pairs, float32 `(n, m)`.

    They are sums of squared differences, so equal vectors have a distance of exactly 0. The
    expansion into products would lose all digits of a small distance.

    Args:
        first: float32 `(n, units)`.
        second: float32 `(m, units)`.
    """
    return ops.sum(ops.square(first[:, None] - second[None]), axis=-1)


def distances(first: Tensor, second: Tensor) -> Tensor:
    """Returns the Euclidean distances of all pairs, float32 `(n, m)`.

    The gradient at distance 0 is 0.
    """
    squared = squared_distances(first, second)
    is_apart = squared > 0
    return ops.where(is_apart, ops.sqrt(ops.where(is_apart, squared, 1.0)), 0.0)
