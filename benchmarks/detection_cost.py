"""Measures the cost of a detector's parts: targets and loss, input pipeline, one image.

    python benchmarks/detection_cost.py [--data tfds:bccd] [--height 304] [--width 304]

1. `encode_targets` and `YOLOLoss` on a batch of 32, relative to the forward pass of the network.
2. The input pipeline with views and targets, relative to training steps, in images per second.
3. With --model: a SavedModel on single images, including the decoding of bytes and suppression.
   Prefix the command with `taskset -c 0` for the time on one core.

All alternate; the first round is not timed. Prints medians and quartiles.
"""

import argparse
import os
import pathlib
import platform
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import numpy as np
import tensorflow as tf

from apps.detection import app, data, model, sources
from benchmarks.taking_turns import measure, spread
from keras_dl import boxes, export, losses


def of_targets_and_loss(net, part, config, rounds, batch=32):
    """Prints the time of targets and loss of a batch relative to the forward pass."""
    true, labels = (tf.constant(each[:batch]) for each in data.padded(part))
    anchors, grid = net.get_layer("boxes").anchors, net.output_shape[1:3]
    pixels = tf.random.uniform((len(true), config.height, config.width, 3), 0, 255)
    loss = losses.YOLOLoss("ciou", "crossentropy", box_weight=4.0, no_object_weight=0.8)
    forward = tf.function(lambda: net(pixels, training=True))
    predictions = forward()

    @tf.function
    def targets_and_loss():
        targets, _ = boxes.encode_targets(
            true, labels, anchors, grid, len(part.classes), ignore_iou=config.ignore_iou
        )
        return loss(targets, predictions)

    times = measure(
        {"loss": lambda: targets_and_loss().numpy(), "net": lambda: forward().numpy()}, rounds
    )
    share = 100 * np.array(times["loss"]) / times["net"]
    print(f"forward pass of {len(true)} images, ms: {spread(times['net'], '{:.0f}')}")
    print(f"targets and loss, ms: {spread(times['loss'], '{:.1f}')}")
    print(f"targets and loss, % of the forward pass: {spread(share, '{:.1f}')}")


def of_pipeline(net, inputs, config, rounds):
    """Prints the images per second of the pipeline and of training steps."""
    steps, first = inputs.steps_per_epoch, next(iter(inputs.batches(0)))

    def whole_epoch():
        for _ in inputs.batches(1):
            pass

    times = measure({"data": whole_epoch, "net": lambda: net.train_on_batch(*first)}, rounds)
    images = steps * config.batch_size
    made = 1e3 * images / np.array(times["data"])
    taken = 1e3 * config.batch_size / np.array(times["net"])
    print(f"images per second of the pipeline: {spread(made, '{:.0f}')}")
    print(f"images per second of training steps: {spread(taken, '{:.0f}')}")
    print(f"pipeline over training: {spread(made / taken, '{:.1f}')}")


def of_one_image(path, part, rounds):
    """Prints the time of a SavedModel for a single image."""
    endpoint = export.load(path).signatures["serving_default"]
    files = [tf.constant([part[index]]) for index in range(min(20, len(part)))]
    times = measure(
        {
            position: lambda file=file: endpoint(image_bytes=file)["valid"].numpy()
            for position, file in enumerate(files)
        },
        rounds,
    )
    print(f"one image, ms: {spread(np.concatenate(list(times.values())), '{:.1f}')}")


def main():
    """Runs the comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="tfds:bccd")
    parser.add_argument("--height", type=int, default=304)
    parser.add_argument("--width", type=int, default=304)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--model", default="", help="SavedModel to time instead of the parts")
    arguments = parser.parse_args()
    config = app.TrainConfig(data=arguments.data, height=arguments.height, width=arguments.width)
    print(f"tensorflow {tf.__version__}, {platform.machine()}, {arguments}")
    part, _ = data.clean(sources.read(config, "validation"), "validation")
    if arguments.model:
        of_one_image(arguments.model, part, arguments.rounds)
        return
    inputs = data.training_data(config)
    net = model.build(config, inputs)
    of_targets_and_loss(net, part, config, arguments.rounds)
    of_pipeline(net, inputs, config, arguments.rounds)


if __name__ == "__main__":
    main()
