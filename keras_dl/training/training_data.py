"""Training data of an application."""

# No heavy imports here, because applications are listed without TensorFlow.
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """Batches for training, and the objects that belong to them.

    Attributes:
        batches: function of the epoch (scalar int64 tensor, from 0) that returns a
            `tf.data.Dataset` of `steps_per_epoch` batches, the same at each call; see
            `keras_dl.training.fit`.
        steps_per_epoch: int. Number of batches per epoch.
        validation: `tf.data.Dataset` of batches, or None.
        assets: data that the trained model needs besides its weights, such as a vocabulary.
        callbacks: list of Keras callbacks for training.
        initial: data that is needed only to build the model, such as word vectors.
        monitor: str. Metric that selects the epoch whose weights are kept. None keeps the weights
            of the last epoch.
        epochs: int or None. Number of epochs if it depends on the data, instead of the setting.
        notes: lines about the data, printed before training.
    """

    batches: Callable
    steps_per_epoch: int
    validation: Any = None
    assets: Any = None
    callbacks: Sequence = ()
    initial: Any = None
    monitor: str | None = "val_loss"
    epochs: int | None = None
    notes: Sequence[str] = ()
