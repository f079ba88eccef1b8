"""Metrics on the validation split: mAP after each epoch, and the threshold after training."""

import keras
import numpy as np
import tensorflow as tf

from apps.detection.model import MOST_BOXES, find
from keras_dl import metrics

_BATCH_SIZE = 8
_THRESHOLDS = np.arange(1, 100) / 100


class ValidationPrecision(keras.callbacks.Callback):
    """Adds the mAP at IoU .5 on the validation split to the metrics of each epoch: `val_ap50`.

    If the split has no true boxes, there is no such metric.

    Args:
        examples: `tf.data.Dataset` of `data.true_examples`.
        assets: `Assets`.
    """

    def __init__(self, examples, assets):
        super().__init__()
        self._examples, self._assets = examples, assets

    def on_train_begin(self, logs=None):
        """Prepares the function that detects objects, which is compiled once."""
        self._detect = detector(self.model, self._examples, self._assets)

    def on_epoch_end(self, epoch, logs=None):
        """Measures. Callbacks after this one record and print the metric."""
        ap50 = float(self._detect().result()["ap50"])
        if ap50 >= 0:
            logs["val_ap50"] = ap50

    def best_threshold(self, model):
        """Returns the score threshold with the best F1 on the split."""
        return best_threshold(detector(model, self._examples, self._assets)())


def detector(model, examples, assets):
    """Returns a function that detects the objects in examples and returns the metric of them.

    Args:
        model: keras.Model.
        examples: `tf.data.Dataset` of `data.true_examples`.
        assets: `Assets`.

    Returns:
        function without arguments that returns a `MeanAveragePrecision`.
    """
    metric = metrics.MeanAveragePrecision(
        len(assets.classes),
        capacity=MOST_BOXES * int(examples.cardinality()),
        box_format="rel_yxyx",
        image_shape=tuple(assets.size),
    )

    @tf.function(reduce_retracing=True)
    def update(images, truth):
        metric.update_state(truth, find(model, images))

    def detect():
        metric.reset_state()
        for images, truth in examples.batch(_BATCH_SIZE):
            update(images, truth)
        return metric

    return detect


def best_threshold(metric):
    """Returns the score threshold with the best F1 at IoU .5, and prints it; .5 if no box is right.

    Args:
        metric: `MeanAveragePrecision`.
    """
    right, wrong, true = metric.counts_above(_THRESHOLDS)
    if not right.any():
        print(
            "threshold of scores: 0.5, as no box is right in the validation images. Predictions "
            "will be wrong. Train for more epochs.",
            flush=True,
        )
        return 0.5
    # Of several best ones the lowest, because right boxes in new images have lower scores: these
    # images have also selected the weights.
    f1 = 2 * right / (right + wrong + true)
    best = np.argmax(f1)
    print(
        f"threshold of scores: {_THRESHOLDS[best]:.2f}, with an F1 of {f1[best]:.3f} on the "
        "validation images",
        flush=True,
    )
    return float(_THRESHOLDS[best])
