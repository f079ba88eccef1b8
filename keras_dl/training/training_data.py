"""What an application trains on."""

# Nothing heavy is imported here: applications are listed without TensorFlow.
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """Batches, and what belongs to them.

    Attributes:
        batches: function from the epoch (scalar int64 tensor, from 0) to a `tf.data.Dataset` of
            `steps_per_epoch` batches, the same at each call; see `keras_dl.training.fit`.
        steps_per_epoch: int. Batches in an epoch.
        validation: `tf.data.Dataset` of batches, or None.
        assets: what the trained model needs beside its weights, such as a vocabulary.
        callbacks: Keras callbacks for training.
        initial: what building the model needs beside the assets, such as word vectors.
        monitor: str, name of the metric whose best epoch's weights are kept; None for those of the
            last epoch.
        notes: lines about the data, printed before training.
    """

    batches: Callable
    steps_per_epoch: int
    validation: Any = None
    assets: Any = None
    callbacks: Sequence = ()
    initial: Any = None
    monitor: str | None = "val_loss"
    notes: Sequence[str] = ()
