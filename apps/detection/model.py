"""Object detector, and the endpoint of its SavedModel."""

import pathlib

import keras
import tensorflow as tf

from keras_dl import boxes, losses, models, optimizers, pipelines
from keras_dl.application import Endpoint

LEAST_SCORE = 0.01  # boxes below it are left out of every output
MOST_BOXES = 100
_EXAMPLE = pathlib.Path(__file__).with_name("blood.jpg")


def build(config, data):
    """Returns the compiled model."""
    assets = data.assets
    model = models.yolo_detector(
        (*assets.size, 3), len(assets.classes), anchors=assets.anchors, network="slim"
    )
    schedule = optimizers.warmup_cosine(config.learning_rate, config.epochs * data.steps_per_epoch)
    model.compile(
        keras.optimizers.AdamW(
            schedule, weight_decay=config.weight_decay, beta_2=0.99, global_clipnorm=10.0
        ),
        losses.YOLOLoss("ciou", "crossentropy", box_weight=4.0, no_object_weight=0.8),
        jit_compile=False,
    )
    return model


def find(model, pixels, is_image=True):
    """Returns the boxes in resized images after suppression, as fractions of the image."""
    found, scores = boxes.decode(model(pixels, training=False))
    scores *= tf.reshape(tf.cast(is_image, "float32"), [-1, 1, 1])
    # The IoU of fractions equals the IoU in pixels.
    return boxes.non_max_suppression(
        tf.clip_by_value(found, 0.0, 1.0),
        scores,
        box_format="rel_yxyx",
        score_threshold=LEAST_SCORE,
        max_boxes=MOST_BOXES,
    )


def endpoints(model, assets):
    """Returns the endpoint, which predicts the boxes in images, best first."""
    size = tuple(assets.size)
    names = tf.constant([*assets.classes, ""])

    def read(encoded):
        return pipelines.decode_resized(encoded, size), pipelines.image_shape(encoded)

    def serving_default(image_bytes):
        blank = tf.zeros((*size, 3)), tf.ones([2], "int32")
        (pixels, shapes), is_image = pipelines.decode_rows(read, image_bytes, blank)
        kept = find(model, pixels, is_image)
        shapes = tf.cast(shapes, "float32")[:, None]
        classes = kept["classes"]
        return kept | {
            "is_image": is_image,
            "boxes": boxes.convert(kept["boxes"], "rel_yxyx", "yxyx", shapes),
            "labels": tf.gather(names, tf.where(classes < 0, len(assets.classes), classes)),
            "threshold": tf.constant(assets.threshold, "float32"),
        }

    signature = [tf.TensorSpec([None], "string", "image_bytes")]
    examples = {"image_bytes": [_EXAMPLE.read_bytes()] * 2}
    return {"serving_default": Endpoint(serving_default, signature, examples)}
