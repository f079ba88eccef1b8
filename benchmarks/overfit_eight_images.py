"""Overfits the slim detector on eight images, as a check of all its parts.

    python benchmarks/overfit_eight_images.py [--data tfds:bccd] [--loss modern|squared]

Trains on the first eight images without augmentation, and prints the mean average precision at IoU
.5 on the same images every few seconds, until it is .99. A detector that cannot overfit eight
images has an error in targets, loss or decoding.
"""

import argparse
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import keras
import numpy as np
import tensorflow as tf

from apps.detection import data, sources
from apps.detection.app import TrainConfig
from keras_dl import boxes, losses, metrics, models, optimizers

LOSSES = {
    "modern": losses.YOLOLoss("ciou", "crossentropy", box_weight=4.0),
    "squared": losses.YOLOLoss(box_weight=5.0, no_object_weight=0.5),
}


def main():
    """Trains until the images are learned, or gives up after --minutes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="tfds:bccd")
    parser.add_argument("--loss", choices=sorted(LOSSES), default="modern")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=5.0)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(arguments.seed)
    part = sources.read(TrainConfig(data=arguments.data), "train").some(range(8))
    part, _ = data.clean(part, "train")
    pixels, (true, labels) = data.load(part, (304, 304)), data.padded(part)
    sizes = np.concatenate([each[:, 2:] - each[:, :2] for each in part.boxes]) * 19
    anchors, _ = boxes.kmeans_anchors(sizes, 3)
    targets, lost = boxes.encode_targets(true, labels, anchors, (19, 19), len(part.classes))
    print(f"{(labels >= 0).sum()} boxes, {int(np.sum(lost))} of them in an occupied slot")
    net = models.yolo_detector((304, 304, 3), len(part.classes), anchors=anchors, network="slim")
    rate = optimizers.warmup_cosine(5e-3, 400)
    net.compile(keras.optimizers.Adam(rate, global_clipnorm=10.0), LOSSES[arguments.loss])

    @tf.function
    def find():
        return boxes.non_max_suppression(
            *boxes.decode(net(pixels, training=False)),
            box_format="rel_yxyx",
            score_threshold=0.01,
        )

    started, step = time.monotonic(), 0
    while (taken := time.monotonic() - started) < 60 * arguments.minutes:
        for _ in range(20):
            loss = net.train_on_batch(pixels, targets)
        step += 20
        metric = metrics.MeanAveragePrecision(
            len(part.classes), capacity=800, box_format="rel_yxyx", image_shape=(480, 640)
        )
        metric.update_state({"boxes": true, "labels": labels}, find())
        score = float(metric.result()["ap50"])
        taken = time.monotonic() - started
        print(f"step {step}, {taken:.0f} s: loss {loss:.2f}, mAP at IoU .5 {score:.4f}", flush=True)
        if score >= 0.99:
            break


if __name__ == "__main__":
    main()
