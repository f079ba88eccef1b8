"""From a function of the epoch to the batches of a run, exactly so many in each epoch."""

import contextlib
import re

import tensorflow as tf


def batches_of_epochs(epoch_data, first, last, steps_per_epoch):
    """Strings the batches of the epochs `first` to `last - 1` together.

    Returns:
        `tf.data.Dataset`. Reading it raises `FailedPreconditionError` at an epoch that has more or
        fewer than `steps_per_epoch` batches, which would shift all that follow.
    """

    def exact(epoch):
        batches = epoch_data(epoch)
        return batches.apply(tf.data.experimental.assert_cardinality(steps_per_epoch))

    return tf.data.Dataset.range(first, last).flat_map(exact).prefetch(tf.data.AUTOTUNE)


@contextlib.contextmanager
def wrong_number_of_batches_explained(steps_per_epoch):
    """Turns the page that TensorFlow prints into the one sentence that helps.

    Raises:
        ValueError: where the block raised because an epoch had not `steps_per_epoch` batches.
    """
    try:
        yield
    except tf.errors.FailedPreconditionError as error:
        found = re.search(r"contained ((?:only|at least) \d+) elements", str(error))
        if found is None:
            raise
        raise ValueError(
            f"epoch_data must yield exactly steps_per_epoch={steps_per_epoch} batches in every "
            f"epoch. Received {found[1]}. Cut or repeat the data to that number, or change it."
        ) from error
