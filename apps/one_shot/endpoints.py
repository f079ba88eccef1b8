"""Endpoints of the SavedModel: embeddings, pairs, and galleries that go in as tensors."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from apps.one_shot import content, views
from apps.one_shot.model import embed
from keras_dl import pipelines
from keras_dl.application import Endpoint

UNKNOWN = "unknown"
_EXAMPLES = [pathlib.Path(__file__).with_name(f"{name}.png") for name in ("first", "second")]


def endpoints(model, assets):
    """Returns the endpoints `serving_default` and `embed` (the same), `verify` and `identify`."""
    network, head = (model.get_layer(n) for n in ("embedding_network", "siamese_classifier"))
    units, (intercept, slope) = network.output_shape[-1], assets.threshold

    def vectors(image_bytes):
        blank = tf.zeros((assets.size, assets.size, 1), "uint8")
        images, is_image = pipelines.decode_rows(
            lambda encoded: views.gray(encoded, assets.size), image_bytes, blank
        )
        is_usable = is_image & content.is_usable(images, assets.ink)
        images = content.strengthened(images) if assets.ink else images
        found = tf.where(is_usable[:, None], embed(network, images, assets.photos), 0.0)
        return found, {"is_image": is_image, "is_usable": is_usable}

    def embedded(image_bytes):
        found, kinds = vectors(image_bytes)
        return {"vector": found, **kinds}

    def verify(image_bytes, other_bytes):
        one, kinds = vectors(image_bytes)
        other, other_kinds = vectors(other_bytes)
        both = {name: each & other_kinds[name] for name, each in kinds.items()}
        probability = keras.ops.sigmoid(head([one, other], training=False)[:, 0])
        probability = tf.where(both["is_usable"], probability, 0.0)
        return {"probability": probability, "same": probability > 0.5, **both}

    def identify(image_bytes, gallery, names):
        found, kinds = vectors(image_bytes)
        is_usable = kinds["is_usable"]
        similarity = tf.matmul(found, tf.math.l2_normalize(gallery, 1), transpose_b=True)
        # Nobody is the last one, who is chosen only in an empty gallery.
        similarity = tf.pad(similarity, [[0, 0], [0, 1]], constant_values=-2.0)
        names = tf.concat([names, [UNKNOWN]], 0)
        score = tf.maximum(tf.reduce_max(similarity, 1), -1.0)
        count = tf.cast(tf.maximum(tf.shape(gallery)[0], 1), "float32")
        is_known = is_usable & (score >= intercept + slope * tf.math.log(count))
        name = tf.where(is_known, tf.gather(names, tf.argmax(similarity, 1)), UNKNOWN)
        return {"name": name, "score": tf.where(is_usable, score, 0.0), **kinds}

    encoded = [each.read_bytes() for each in _EXAMPLES]
    image = tf.TensorSpec([None], "string", "image_bytes")
    other = tf.TensorSpec([None], "string", "other_bytes")
    gallery = tf.TensorSpec([None, units], "float32", "gallery")
    names = tf.TensorSpec([None], "string", "names")
    given = {"image_bytes": encoded}
    enrolled = {"gallery": np.eye(units, dtype="float32")[:1], "names": ["ann"]}
    return {
        "serving_default": Endpoint(embedded, [image], given),
        "embed": Endpoint(embedded, [image], given),
        "verify": Endpoint(verify, [image, other], {**given, "other_bytes": encoded[::-1]}),
        "identify": Endpoint(identify, [image, gallery, names], {**given, **enrolled}),
    }
