"""The embedding network, and what is fitted to its embeddings of held-out classes."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from apps.one_shot import content, tasks, views
from apps.one_shot import data as images
from keras_dl import losses, metrics, models, optimizers

_PAIRS = 20_000  # of the same class, and about as many of different classes
_SHARPNESS = 10.0  # similar pairs are drawn exp(10 * similarity) times as often
_EPOCHS, _BATCH = 10, 500
_FALSE_ALARMS = 0.01
_GALLERIES = 200  # of each size
_LEAST_INK = 0.99  # share of the held-out images


def build(config, data):
    """Returns the compiled embedding network."""
    size = data.assets.size
    shape = (size, size, 2 if data.assets.photos else 1)  # as evenly_lit returns them
    model = models.embedding_network(shape, config.units, filters=config.filters)
    model.compile(
        keras.optimizers.Adam(
            optimizers.warmup_cosine(config.learning_rate, config.epochs * data.steps_per_epoch)
        ),
        loss(config),
        metrics=[metrics.EmbeddingSpread(config.units)],
        jit_compile=False,
    )
    return model


def loss(config):
    """Returns the loss that the settings name."""
    if config.loss == "nt_xent":
        # Embeddings have length 1, so their squared distance is 2 - 2 * cosine.
        return losses.NTXentLoss(config.temperature / 2)
    if config.loss == "prototypical":
        return losses.PrototypicalLoss(temperature=config.temperature)
    return losses.TripletLoss(config.margin, config.loss.removeprefix("triplet_"))


def embed(network, pixels, photos):
    """Returns embeddings of length 1, the mean of those of several views, float32 `(n, units)`.

    Args:
        network: keras.Model. The embedding network.
        pixels: uint8 `(n, size, size, 1)`.
        photos: bool. Whether the images are photos.
    """
    vectors = [network(view, training=False) for view in views.averaged(pixels, photos)]
    return tf.math.l2_normalize(tf.add_n(vectors), 1)


def embeddings(network, pixels, photos):
    """Returns what `embed` does for many images, as an array."""
    batches = tf.data.Dataset.from_tensor_slices(pixels).batch(_BATCH)
    batches = batches.map(lambda each: embed(network, each, photos))
    return np.concatenate([*batches.as_numpy_iterator()])


def calibrated(network, assets, config):
    """Fits the classifier of pairs and the threshold to embeddings of held-out classes.

    Returns:
        tuple of a model from pairs of images to the logit of the same class, with the layers
        `embedding_network` and `siamese_classifier`, and the assets with the threshold, and with
        whether the images are ink on paper.
    """
    held_out = images.read(config, "validation")
    pixels = images.images(held_out, config.image_size)
    ink = bool(content.is_ink(pixels).numpy().mean() >= _LEAST_INK)
    if ink:  # as the endpoints do
        pixels = content.strengthened(pixels).numpy()
    vectors = embeddings(network, pixels, config.photos)
    head = fitted_classifier(vectors, held_out.labels, config.seed)
    first, second = (keras.Input(network.input_shape[1:], name=each) for each in ("one", "other"))
    logit = head([network(first), network(second)])
    threshold = fitted_threshold(vectors, held_out.labels, config.seed)
    model = keras.Model([first, second], logit, name="one_shot")
    return model, dataclasses.replace(assets, threshold=threshold, ink=ink)


def fitted_classifier(vectors, labels, seed):
    """Returns a siamese classifier trained on embeddings, each computed once.

    Of the pairs of different classes, half are drawn more often the more similar they are, because
    most others are easy.
    """
    random = np.random.default_rng(seed)
    pairs = [
        tasks.same_pairs(labels, _PAIRS, random),
        tasks.different_pairs(labels, _PAIRS // 2, random),
        tasks.critical_pairs(vectors, labels, _PAIRS // 2, _SHARPNESS, random),
    ]
    first, second = np.concatenate(pairs, axis=1)
    same = labels[first] == labels[second]
    # How often a pair of different classes was drawn, relative to one that is drawn uniformly. It
    # counts the less for that, so the probabilities are those of pairs that are drawn uniformly.
    often = np.exp(_SHARPNESS * np.einsum("ni,ni->n", vectors[first], vectors[second]))
    often /= often[_PAIRS : _PAIRS + _PAIRS // 2].mean()
    weights = np.where(same, 1.0, 2 / (1 + often))
    order = random.permutation(len(first))
    first, second, same, weights = (each[order] for each in (first, second, same, weights))
    head = models.siamese_classifier(vectors.shape[1], seed=seed)
    steps = _EPOCHS * -(-len(first) // _BATCH)
    head.compile(
        keras.optimizers.Adam(optimizers.warmup_cosine(0.1, steps)),
        keras.losses.BinaryCrossentropy(from_logits=True),
    )
    head.fit(
        [vectors[first], vectors[second]],
        same.astype("float32"),
        sample_weight=weights,
        batch_size=_BATCH,
        epochs=_EPOCHS,
        shuffle=False,
        verbose=0,
    )
    return head


def fitted_threshold(vectors, labels, seed):
    """Returns intercept and slope of the threshold over the logarithm of the gallery's size.

    For galleries of several sizes, the threshold is measured at which 1% of the images of classes
    that are not enrolled raise a false alarm. A line is fitted to these thresholds.
    """
    random = np.random.default_rng(seed)
    similarity = vectors @ vectors.T
    count = len(np.unique(labels))
    sizes = [2**power for power in range(20) if 2**power <= max(count // 2, 1)]
    thresholds = []
    for size in sizes:
        highest = []
        for _ in range(_GALLERIES):
            enrolled = tasks.one_of_each(labels, random.choice(count, size, False), random)
            unknown = ~np.isin(labels, labels[enrolled])
            highest.append(similarity[np.ix_(unknown, enrolled)].max(1))
        thresholds.append(np.quantile(np.concatenate(highest), 1 - _FALSE_ALARMS))
    degree = min(1, len(sizes) - 1)
    slope, intercept = np.append(
        [0.0] * (1 - degree), np.polyfit(np.log(sizes), thresholds, degree)
    )
    return [float(intercept), float(slope)]
