"""Calibration plot: accuracy of predictions against their confidence."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike


def calibration(confidence: ArrayLike, right: ArrayLike, title: str = "", bins: int = 10) -> Figure:
    """Plots the accuracy of predictions against their confidence, and perfect calibration.

    A second panel shows the number of predictions in each confidence bin.

    Args:
        confidence: float `(n,)`, from 0 to 1.
        right: bool `(n,)`. Whether each prediction is correct.
        title: str. Title of the plot.
        bins: int. Number of confidence bins of equal width.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if there are no predictions or the shapes do not match.

    Reference: Guo et al. 2017, arXiv:1706.04599, section 2.
    """
    confidence, right = np.asarray(confidence, "float64"), np.asarray(right, bool)
    if confidence.shape != right.shape or confidence.ndim != 1 or not len(right):
        raise ValueError(
            "calibration: confidence and right must both have shape (n,), with n at least 1. "
            f"Received {confidence.shape} and {right.shape}. Pass one value of each per prediction."
        )
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(index, minlength=bins)
    filled = count > 0
    accuracy = np.bincount(index, right, bins)[filled] / count[filled]
    mean = np.bincount(index, confidence, bins)[filled] / count[filled]
    figure = Figure(figsize=(5, 6), layout="tight")
    axes, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="perfect calibration")
    axes.plot(mean, accuracy, marker="o", color="tab:blue", label="measured")
    axes.set_ylabel("accuracy")
    axes.set_title(title)
    axes.legend(frameon=False)
    below.bar((np.arange(bins) + 0.5) / bins, count, 0.9 / bins, color="tab:blue")
    below.set_yscale("log")
    below.set_ylim(bottom=0.5)  # so that a bin with one prediction is visible
    below.set_ylabel("predictions")
    below.set_xlabel("confidence")
    for each in (axes, below):
        each.spines[["top", "right"]].set_visible(False)
    return figure
