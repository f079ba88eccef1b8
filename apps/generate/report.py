"""How well a SavedModel knows the pictures, in numbers and pictures of a part of the data."""

import itertools

import numpy as np
import tensorflow as tf
from sklearn.decomposition import PCA

from apps.generate import data, drawing
from apps.generate.judging import Classifier, in_parts, to_bytes, to_png
from apps.generate.nearness import frechet, nearest, precision_and_recall
from keras_dl import metrics

_UNITS = 12  # neurons that are drawn
_WEIGHTS = 60  # units of the first layer that are drawn
_CLASSES_SHOWN = 20
_KNOWN = 0.8  # of the real pictures, for the classes of the made ones to say something


def figures(saved_model, config):
    """Returns the figures of a part of the data as a dict from what is measured to its value."""
    pictures, labels = data.read(config.data, config.split)
    training, _ = data.read(config.data, "train")
    _check_shape(saved_model, pictures, config)
    report = {"pictures": len(pictures)}
    if "encode" in saved_model.signatures:
        report |= _reconstruction(saved_model, training, pictures)
    if "bounds" in saved_model.signatures:
        report |= _bounds(saved_model, pictures, config)
    return report | _made(saved_model, training, pictures, labels, config)


def pictures(saved_model, config):
    """Returns matplotlib figures by name."""
    pictures, labels = data.read(config.data, config.split)
    _check_shape(saved_model, pictures, config)
    signatures = saved_model.signatures
    made = _make(saved_model, config.seed, 100)
    found = {"samples": drawing.grid(made, 10, "Made pictures")}
    if "between" in signatures:
        found["interpolation"] = _interpolation(signatures["between"], config.seed)
    if "encode" not in signatures:
        return found
    some = to_bytes(pictures[:12])
    answer = in_parts(signatures["encode"], image_bytes=to_png(some))
    found["reconstructions"] = drawing.rows(
        {"given": some, "given back": answer["reconstruction"]}, "Reconstructions"
    )
    found["latent_map"] = _latent_map(saved_model, pictures[:5_000], labels)
    found["neurons"] = _neurons(saved_model, data.read(config.data, "train")[0][:10_000])
    if "first_layer" in signatures:
        window = {"first": tf.constant(0), "count": tf.constant(_WEIGHTS)}
        weights = signatures["first_layer"](**window)["weights"].numpy()
        found["first_layer"] = drawing.grid(
            weights, 10, f"Weights of {len(weights)} units of the first layer"
        )
    return found


def _check_shape(saved_model, pictures, config):
    shape = tuple(saved_model.signatures["decode"].structured_outputs["pictures"].shape[1:])
    if pictures.shape[1:] != shape:
        raise ValueError(
            "--data must have pictures of the size that the model makes, "
            f"{' x '.join(map(str, shape))}. Received {config.data} with "
            f"{' x '.join(map(str, pictures.shape[1:]))}. The model's own data are in its card, or "
            "in run.json."
        )


def _make(saved_model, first_seed, count):
    seeds = np.arange(first_seed, first_seed + count)
    return in_parts(saved_model.signatures["serving_default"], seed=seeds)["pictures"]


def _reconstruction(saved_model, training, pictures):
    """Returns the squared error of what is given back, and that of as many principal components."""
    answer = in_parts(saved_model.signatures["encode"], image_bytes=to_png(to_bytes(pictures)))
    flat, known = (each.reshape(len(each), -1) for each in (pictures, training))
    back = answer["reconstruction"].reshape(flat.shape) / 255
    report = {"squared error of a picture": float(np.square(flat - back).sum(1).mean())}
    units = answer["code"].shape[1]
    if units >= min(known.shape):
        return report  # as many components give all back, or cannot be had
    components = PCA(units, random_state=0).fit(known)
    rest = flat - components.inverse_transform(components.transform(flat))
    return report | {
        f"the same by {units} principal components": float(np.square(rest).sum(1).mean())
    }


def _bounds(saved_model, pictures, config):
    seeds = itertools.count(config.seed)  # each part of the pictures has its own chance

    def bounds(image_bytes):
        seed, draws = tf.constant(next(seeds), "int64"), tf.constant(config.draws)
        return saved_model.signatures["bounds"](image_bytes=image_bytes, seed=seed, draws=draws)

    found = in_parts(bounds, image_bytes=to_png(to_bytes(pictures)))
    error = found["elbo"].std(ddof=1) / np.sqrt(len(pictures))
    active = metrics.ActiveUnits()
    active.update_state(found["mean"])
    return {
        "ELBO, nats": float(found["elbo"].mean()),
        "its standard error": float(error),
        "reconstruction, nats": float(-(found["kl"] + found["elbo"]).mean()),
        "KL, nats": float(found["kl"].mean()),
        f"importance-weighted bound, {config.draws} draws": float(found["bound"].mean()),
        "active latent variables": int(active.result()),
        "latent variables": found["mean"].shape[1],
    }


def _made(saved_model, training, pictures, labels, config):
    """Compares made pictures with real ones, and real ones with real ones beside it."""
    count = min(config.made, len(pictures), len(training))
    random = np.random.default_rng(config.seed)
    rows = random.permutation(len(pictures))[:count]
    real = to_bytes(pictures[rows])
    others = to_bytes(training[random.permutation(len(training))[:count]])
    made = _make(saved_model, config.seed, count)
    classifier = Classifier(config.classifier)
    (features, chances), (real_features, real_chances), (other_features, _) = map(
        classifier, (made, real, others)
    )
    precision, recall = precision_and_recall(real_features, features)
    best = precision_and_recall(real_features, other_features)
    distances = [nearest(each / np.float32(255), training).mean() for each in (made, real)]
    report = {
        "made pictures": count,
        "Frechet distance": frechet(real_features, features),
        "the same of pictures of training": frechet(real_features, other_features),
        "precision": precision,
        "recall": recall,
        "the same of pictures of training, precision": best[0],
        "the same of pictures of training, recall": best[1],
        "distance to the nearest of training": float(distances[0]),
        "the same of real pictures": float(distances[1]),
    }
    if labels is not None and chances is not None and labels.max() < chances.shape[1]:
        known = float((real_chances.argmax(1) == labels[rows]).mean())
        report["real pictures whose class the classifier knows"] = known
        if known >= _KNOWN:
            report |= _classes(chances, labels[rows])
    return report


def _classes(chances, labels):
    """Returns which classes are made, and how often compared to the real ones."""
    taken_for = np.bincount(chances.argmax(1), minlength=chances.shape[1])
    real = np.bincount(labels, minlength=chances.shape[1])
    p, q = ((counts + 1e-9) / counts.sum() for counts in (taken_for, real))
    report = {
        "classes made": int((taken_for[real > 0] > 0).sum()),
        "classes of the real ones": int((real > 0).sum()),
        "KL of their shares from the real ones, nats": float((p * np.log(p / q))[p > 1e-8].sum()),
        "probability of the likeliest class, mean": float(chances.max(1).mean()),
    }
    if len(taken_for) <= _CLASSES_SHOWN:
        report["made of each class"] = " ".join(map(str, taken_for))
    return report


def _interpolation(between, seed):
    """Draws ways from one made picture to another."""
    count, steps = 8, 12
    starts = np.repeat(np.arange(count) + seed, steps)
    shares = np.tile(np.linspace(0, 1, steps, dtype="float32"), count)
    found = between(
        seed=tf.constant(starts), other_seed=tf.constant(starts + count), share=tf.constant(shares)
    )
    return drawing.grid(found["pictures"].numpy(), steps, "From one code to another")


def _latent_map(saved_model, pictures, labels):
    """Draws where pictures lie among the codes, and what is made along the axes drawn."""
    answer = in_parts(saved_model.signatures["encode"], image_bytes=to_png(to_bytes(pictures)))
    labels = None if labels is None else labels[: len(pictures)]
    steps = 16

    def decode(codes):
        return saved_model.signatures["decode"](code=tf.constant(codes, "float32"))["pictures"]

    return drawing.latent_map(answer["code"], labels, lambda codes: decode(codes).numpy(), steps)


def _neurons(saved_model, training):
    """Draws what excites neurons most, of all inputs and of the pictures of training."""
    codes = in_parts(saved_model.signatures["encode"], image_bytes=to_png(to_bytes(training)))
    # Those that say most: a vae may have many that say nothing.
    numbers = np.argsort(-codes["code"].var(0), kind="stable")[:_UNITS]
    code = codes["code"][:, numbers]
    found = saved_model.signatures["neurons"](number=tf.constant(numbers, "int32"))
    most = np.argsort(-code, axis=0)
    shown = {"of all inputs": found["exciting"].numpy()}
    for place, name in enumerate(("of training: 1st", "2nd", "3rd")):
        shown[name] = to_bytes(training[most[place]])
    return drawing.rows(shown, "Units of the code, and what excites them most")
