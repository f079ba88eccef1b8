"""Computes metrics and plots for a SavedModel on a split of the data."""

import itertools

import numpy as np
import tensorflow as tf
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from apps.generate import data
from keras_dl import export, plots
from keras_dl import metrics as keras_metrics
from keras_dl.application import Metric, Report, UserError

_BATCH_SIZE = 500
_DRAWN = 100  # generated images
_ENCODED, _NEURON_IMAGES = 5_000, 10_000  # images in the plots of latent variables
_NEURONS, _FIRST_UNITS = 12, 60
_CLASSES_SHOWN = 20
_KNOWN = 0.8  # minimum accuracy of the classifier on real images, to report classes


def measure(served, config):
    """Returns the report of a SavedModel."""
    images, labels = data.read(config.data, config.split)
    train, _ = data.read(config.data, "train")
    signatures = served.signatures
    _check_shape(signatures, images, config)
    classify = _classifier(config.classifier)
    encoded = to_png(to_uint8(images))
    count = min(config.num_samples, len(images), len(train))
    generated = _generate(signatures, config.seed, max(count, _DRAWN))
    metrics = [Metric("images", len(images))]
    drawn = {"samples": plots.image_grid(generated[:_DRAWN], 10, "Generated images")}
    if "between" in signatures:
        drawn["interpolation"] = _interpolation(signatures["between"], config.seed)
    if "encode" in signatures:
        found = _ask(signatures["encode"], image_bytes=encoded)
        metrics += _reconstruction(found, train, images)
        drawn |= _encoding_plots(signatures, found, train, images, labels)
    if "bounds" in signatures:
        metrics += _bounds(signatures["bounds"], encoded, config)
    random = np.random.default_rng(config.seed)
    rows = random.permutation(len(images))[:count]
    others = train[random.permutation(len(train))[:count]]
    features, chances = classify(to_png(generated[:count]))
    real_features, real_chances = classify(encoded[rows])
    metrics += _likeness(real_features, features, classify(to_png(to_uint8(others)))[0])
    metrics += _distances(generated[:count], to_uint8(images[rows]), train)
    if labels is None or chances is None or labels.max() >= chances.shape[1]:
        return Report(metrics, drawn)
    of_classes, notes = _classes(chances, real_chances, labels[rows])
    return Report(metrics + of_classes, drawn, notes)


def to_png(images):
    """Encodes uint8 images `(n, height, width, channels)` as PNG, bytes `(n,)`."""
    return np.array([tf.io.encode_png(image).numpy() for image in images], dtype=object)


def to_uint8(images):
    """Converts images with values from 0 to 1 to uint8."""
    return np.round(255 * images).astype("uint8")


def _ask(signature, **inputs):
    return export.call_in_batches(signature, inputs, batch_size=_BATCH_SIZE)


def _generate(signatures, first_seed, count):
    seeds = np.arange(first_seed, first_seed + count)
    return _ask(signatures["serving_default"], seed=seeds)["pictures"]


def _check_shape(signatures, images, config):
    shape = tuple(signatures["decode"].structured_outputs["pictures"].shape[1:])
    if images.shape[1:] != shape:
        raise UserError(
            "--data must have images of the size that the model generates, "
            f"{' x '.join(map(str, shape))}. Received {config.data} with "
            f"{' x '.join(map(str, images.shape[1:]))}. Use the data named in the model card or "
            "in run.json."
        )


def _classifier(path):
    """Returns the function from PNGs to features `(n, units)`, and probabilities or None."""
    try:
        signature = export.load(path).signatures.get("serving_default")
    except OSError as error:
        raise UserError(f"--classifier must be a SavedModel. Received {path}: {error}") from error
    outputs = signature.structured_outputs if signature else {}
    if "features" not in outputs:
        raise UserError(
            "--classifier must be a SavedModel that returns features for image_bytes. Received "
            f"{path}, which returns {sorted(outputs)}. Use saved_models/digits."
        )

    def classify(encoded):
        found = _ask(signature, image_bytes=encoded)
        return found["features"], found.get("probabilities")

    return classify


def _reconstruction(found, train, images):
    """Returns the squared errors of reconstructions and of PCA with as many components."""
    flat, known = (each.reshape(len(each), -1) for each in (images, train))
    error = np.square(flat - found["reconstruction"].reshape(flat.shape) / 255).sum(1).mean()
    metrics = [Metric("squared_error", error, "squared error per image")]
    units = found["code"].shape[1]
    if units >= min(known.shape):
        return metrics  # so many components are exact, or do not exist
    components = PCA(units, random_state=0).fit(known)
    rest = flat - components.inverse_transform(components.transform(flat))
    label = f"the same with {units} principal components"
    return [*metrics, Metric("squared_error_pca", np.square(rest).sum(1).mean(), label)]


def _bounds(signature, encoded, config):
    seeds = itertools.count(config.seed)  # one seed per batch

    def bounds(image_bytes):
        seed, draws = tf.constant(next(seeds), "int64"), tf.constant(config.num_importance_samples)
        return signature(image_bytes=image_bytes, seed=seed, draws=draws)

    found = _ask(bounds, image_bytes=encoded)
    error = found["elbo"].std(ddof=1) / np.sqrt(len(encoded))
    active = keras_metrics.ActiveUnits()
    active.update_state(found["mean"])
    label = f"importance-weighted bound, {config.num_importance_samples} samples"
    return [
        Metric("elbo", found["elbo"].mean(), "ELBO", "nats"),
        Metric("elbo_standard_error", error, "its standard error", "nats"),
        Metric("reconstruction", -(found["kl"] + found["elbo"]).mean(), unit="nats"),
        Metric("kl", found["kl"].mean(), "KL", "nats"),
        Metric("importance_weighted_bound", found["bound"].mean(), label, "nats"),
        Metric("active_latent_variables", int(active.result())),
        Metric("latent_variables", found["mean"].shape[1]),
    ]


def _likeness(real, generated, train):
    """Compares features of generated images and of training images with those of real images."""
    metrics = []
    for group, label, features in (
        ("generated", "", generated),
        ("training", " of training images", train),
    ):
        distance = keras_metrics.FrechetDistance(features.shape[1])
        distance.update_state(real, features)
        distance = float(distance.result())
        precision, recall = keras_metrics.improved_precision_recall(real, features)
        metrics += [
            Metric(f"{group}.frechet_distance", distance, f"Frechet distance{label}"),
            Metric(f"{group}.precision", precision, f"precision{label}"),
            Metric(f"{group}.recall", recall, f"recall{label}"),
        ]
    return [Metric("generated.images", len(generated), "generated images"), *metrics]


def _distances(generated, real, train):
    """Returns the mean distance to the nearest training image, by pixels."""
    nearest = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(train.reshape(len(train), -1))
    return [
        Metric(
            f"{group}.nearest_distance",
            nearest.kneighbors((images / np.float32(255)).reshape(len(images), -1))[0].mean(),
            f"{label} to the nearest training image",
        )
        for group, label, images in (
            ("generated", "distance", generated),
            ("real", "distance of real images", real),
        )
    ]


def _classes(chances, real_chances, labels):
    """Returns metrics and notes of the generated classes, compared with real images."""
    known = (real_chances.argmax(1) == labels).mean()
    metrics = [Metric("classifier_accuracy", known, "accuracy of the classifier on real images")]
    if known < _KNOWN:
        return metrics, ()
    counts, real = (
        np.bincount(each, minlength=chances.shape[1]) for each in (chances.argmax(1), labels)
    )
    p, q = ((each + 1e-9) / each.sum() for each in (counts, real))
    divergence = (p * np.log(p / q))[p > 1e-8].sum()
    metrics += [
        Metric("generated.classes", int((counts[real > 0] > 0).sum()), "classes generated"),
        Metric("real.classes", int((real > 0).sum()), "classes of real images"),
        Metric("class_divergence", divergence, "KL of class frequencies from real ones", "nats"),
        Metric("class_confidence", chances.max(1).mean(), "mean probability of the best class"),
    ]
    shown = f"{'generated images of each class':44} {' '.join(map(str, counts))}"
    return metrics, (shown,) if len(counts) <= _CLASSES_SHOWN else ()


def _interpolation(between, seed):
    """Plots interpolations between generated images."""
    count, steps = 8, 12
    starts = np.repeat(np.arange(count) + seed, steps)
    shares = np.tile(np.linspace(0, 1, steps, dtype="float32"), count)
    found = _ask(between, seed=starts, other_seed=starts + count, share=shares)
    return plots.image_grid(found["pictures"], steps, "Interpolations of latent vectors")


def _encoding_plots(signatures, found, train, images, labels):
    def decode(latents):
        return signatures["decode"](code=tf.constant(latents, "float32"))["pictures"].numpy()

    labels = None if labels is None else labels[:_ENCODED]
    shown = {"given": to_uint8(images[:12]), "reconstructed": found["reconstruction"][:12]}
    drawn = {
        "reconstructions": plots.image_rows(shown, "Reconstructions"),
        "latent_map": plots.latent_map(found["code"][:_ENCODED], decode, labels),
        "neurons": _neurons(signatures, train[:_NEURON_IMAGES]),
    }
    if "first_layer" in signatures:
        window = {"first": tf.constant(0), "count": tf.constant(_FIRST_UNITS)}
        weights = signatures["first_layer"](**window)["weights"].numpy()
        title = f"Weights of {len(weights)} units of the first layer"
        drawn["first_layer"] = plots.image_grid(weights, 10, title)
    return drawn


def _neurons(signatures, train):
    """Plots the inputs and the training images that maximize latent units."""
    latents = _ask(signatures["encode"], image_bytes=to_png(to_uint8(train)))["code"]
    # Units with the highest variance: many units of a vae may be inactive.
    numbers = np.argsort(-latents.var(0), kind="stable")[:_NEURONS]
    order = np.argsort(-latents[:, numbers], axis=0)
    shown = {"optimized": _ask(signatures["neurons"], number=numbers)["exciting"]}
    for rank, name in enumerate(("training: 1st", "2nd", "3rd")):
        shown[name] = to_uint8(train[order[rank]])
    return plots.image_rows(shown, "Images that maximize units of the latent vector")
