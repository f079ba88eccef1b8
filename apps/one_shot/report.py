"""Metrics and plots of a SavedModel: one-shot tasks, verification and identification."""

import numpy as np
from matplotlib.figure import Figure

from apps.one_shot import data, tasks
from apps.one_shot.enrolled import ask
from keras_dl import metrics, plots
from keras_dl.application import Metric, Report

_PAIRS = 20_000
_VERIFIED = 500  # pairs that the SavedModel compares
_ENROLLED, _UNKNOWN = (10, 100, 1000), 200  # classes of an identification
_GALLERIES = 20  # of each size
_RESAMPLES = 2000
_PIXELS = 28  # side of the images whose pixels are compared
_SHOWN = 10


def measure(served, config):
    """Returns the report of a SavedModel on classes that it was not trained on."""
    images = data.read(config, config.split)
    vectors = ask(served, images.encoded)["vector"]
    pixels = unit_pixels(images)
    values = [
        Metric("images", len(images.labels)),
        Metric("classes", len(np.unique(images.labels))),
        *one_shot_metrics(vectors, images, config, ""),
        *one_shot_metrics(pixels, images, config, "pixels."),
    ]
    roc = verification(vectors, images.labels, config.seed)
    values += verification_metrics(roc, "")
    values += verification_metrics(verification(pixels, images.labels, config.seed), "pixels.")
    values += _verify_metrics(served, images, config.seed)
    values += _identification(vectors, images.labels, config.seed)
    return Report(
        values,
        {"roc": roc_plot({"embeddings": roc}), "mistakes": _mistakes(vectors, images, config)},
    )


def unit_pixels(images):
    """Returns the pixels of images as vectors of mean 0 and length 1, float32 `(n, pixels)`."""
    pixels = data.images(images, _PIXELS).reshape(len(images.labels), -1).astype("float32")
    pixels -= pixels.mean(1, keepdims=True)
    return pixels / np.maximum(np.linalg.norm(pixels, axis=1, keepdims=True), 1e-6)


def one_shot_metrics(vectors, images, config, prefix):
    """Returns the accuracy of three kinds of one-shot tasks, with the interval of the first one."""
    kinds = {"within_20": (20, True), "random_20": (20, False), "random_5": (5, False)}
    found = []
    for name, (ways, within) in kinds.items():
        random = np.random.default_rng(config.seed)
        drawn = tasks.one_shot_tasks(*images[1:], ways, config.runs, random, within=within)
        right = tasks.accuracies(*drawn, lambda one, other: vectors[one] @ vectors[other].T)
        what = f"{drawn[0].shape[1]} classes of {'one group' if within else 'all groups'}"
        label = f"{prefix.rstrip('.')} one-shot accuracy, {what}".strip()
        key = f"{prefix}one_shot.{name}"
        found.append(Metric(key, 100 * right.mean(), label, "percent"))
        if within:
            for end, value in zip(("low", "high"), interval(right, random), strict=True):
                found.append(Metric(f"{key}_{end}", 100 * value, f"{label}, {end} end", "percent"))
    return found


def interval(values, random):
    """Returns the ends of the 95% bootstrap interval of the mean of some tasks."""
    means = values[random.integers(0, len(values), (_RESAMPLES, len(values)))].mean(1)
    return np.quantile(means, (0.025, 0.975))


def verification(vectors, labels, seed):
    """Returns the ROC of pairs of images, compared by their cosine."""
    random = np.random.default_rng(seed)
    pairs = tasks.same_pairs(labels, _PAIRS, random), tasks.different_pairs(labels, _PAIRS, random)
    first, second = np.concatenate(pairs, axis=1)
    scores = np.einsum("ni,ni->n", vectors[first], vectors[second])
    return metrics.verification_roc(labels[first] == labels[second], scores)


def verification_metrics(roc, prefix):
    """Returns equal error rate and true accept rates."""
    name = prefix.rstrip(".")
    rates = {"01": 0.01, "001": 0.001}
    return [
        Metric(
            f"{prefix}equal_error_rate",
            100 * roc.equal_error_rate,
            f"{name} equal error rate".strip(),
            "percent",
        ),
        *(
            Metric(
                f"{prefix}true_accept_rate.at_{key}",
                100 * roc.true_accept_rate(rate),
                f"{name} true accept rate at a false accept rate of {rate:g}".strip(),
                "percent",
            )
            for key, rate in rates.items()
        ),
    ]


def roc_plot(curves):
    """Plots true over false accept rates, on a logarithmic axis."""
    figure = Figure(figsize=(5.4, 4.4), layout="tight")
    axes = figure.subplots()
    for name, roc in curves.items():
        label = f"{name}: equal error rate {100 * roc.equal_error_rate:.1f}%"
        axes.plot(roc.false_accept_rates, roc.true_accept_rates, label=label)
    axes.set(xscale="log", xlim=(1e-4, 1), ylim=(0, 1.02))
    axes.set(xlabel="false accept rate", ylabel="true accept rate")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return figure


def _verify_metrics(served, images, seed):
    """Returns how often `verify` is right, and whether its probabilities are."""
    random = np.random.default_rng(seed)
    pairs = (
        draw(images.labels, _VERIFIED, random) for draw in (tasks.same_pairs, tasks.different_pairs)
    )
    first, second = np.concatenate([*pairs], axis=1)
    one, other = ([images.encoded[row] for row in rows] for rows in (first, second))
    found = ask(served, one, "verify", other_bytes=other)
    same = images.labels[first] == images.labels[second]
    of_truth = np.where(same, found["probability"], 1 - found["probability"])
    log_loss = -np.log(np.maximum(of_truth, 1e-7)).mean()
    label = f"verify, accuracy of {len(same)} pairs"
    return [
        Metric("verify.accuracy", 100 * np.mean(found["same"] == same), label, "percent"),
        Metric("verify.log_loss", log_loss, "its log loss (0.693 knows nothing)"),
    ]


def _identification(vectors, labels, seed):
    """Returns identification rates at 1% false alarms, for unknown classes."""
    found = []
    for size in _ENROLLED:
        random = np.random.default_rng(seed)
        count = len(np.unique(labels))
        enrolled = min(size, count // 2)
        unknown = min(_UNKNOWN, count - enrolled)
        rates = []
        for _ in range(_GALLERIES):
            classes = random.permutation(count)[: enrolled + unknown]
            known = tasks.one_of_each(labels, classes[:enrolled], random)
            queries = np.setdiff1d(np.flatnonzero(np.isin(labels, classes)), known)
            scores = vectors[queries] @ vectors[known].T
            rates.append(metrics.identification_rate(scores, labels[known], labels[queries]).rate)
        label = f"identified at 1% false alarms, {enrolled} enrolled, {unknown} unknown"
        key = f"identification_rate.at_{size}"
        found.append(Metric(key, 100 * np.mean(rates), label, "percent"))
    return found


def _mistakes(vectors, images, config):
    """Plots images that were taken for another character of their group."""
    random = np.random.default_rng(config.seed)
    drawn = tasks.one_shot_tasks(*images[1:], 20, config.runs, random, within=True)
    shown = []
    for known, queries in zip(*drawn, strict=True):
        best = (vectors[queries] @ vectors[known].T).argmax(1)
        wrong = np.flatnonzero(best != np.arange(len(known)))
        shown += [(queries[row], known[row], known[best[row]]) for row in wrong]
    rows = np.array(shown[:_SHOWN] or [(0, 0, 0)])
    some = images._replace(encoded=[images.encoded[row] for row in rows.ravel()])
    pixels = data.images(some, 56)[..., 0]
    names = ("image", "its class", "taken for")
    columns = {name: pixels[column :: len(names)] for column, name in enumerate(names)}
    return plots.image_rows(columns, f"{drawn[0].shape[1]}-way tasks" if shown else "no mistakes")
