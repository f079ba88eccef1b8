"""Whether a confidence means what it says, as a plot."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike


def calibration(confidence: ArrayLike, right: ArrayLike, title: str = "", bins: int = 10) -> Figure:
    """Draws how often answers of a confidence are right, beside how often they should be.

    Below it stands how many answers there are of each confidence.

    Args:
        confidence: float `(n,)`, from 0 to 1.
        right: bool `(n,)`. Whether the answer was right.
        title: string above the plot.
        bins: int. Into how many ranges of equal width the confidence is cut.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if there are no answers or the two do not fit.

    Reference: Guo et al. 2017, arXiv:1706.04599, section 2.
    """
    confidence, right = np.asarray(confidence, "float64"), np.asarray(right, bool)
    if confidence.shape != right.shape or confidence.ndim != 1 or not len(right):
        raise ValueError(
            "calibration: confidence and right must both have shape (n,), n at least 1. "
            f"Received {confidence.shape} and {right.shape}. Give one of each for each answer."
        )
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(index, minlength=bins)
    some = count > 0
    accuracy = np.bincount(index, right, bins)[some] / count[some]
    mean = np.bincount(index, confidence, bins)[some] / count[some]
    figure = Figure(figsize=(5, 6), layout="tight")
    axes, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="as it should be")
    axes.plot(mean, accuracy, marker="o", color="tab:blue", label="measured")
    axes.set_ylabel("share that is right")
    axes.set_title(title)
    axes.legend(frameon=False)
    below.bar((np.arange(bins) + 0.5) / bins, count, 0.9 / bins, color="tab:blue")
    below.set_yscale("log")
    below.set_ylim(bottom=0.5)  # so that a single one is seen
    below.set_ylabel("answers")
    below.set_xlabel("confidence")
    for each in (axes, below):
        each.spines[["top", "right"]].set_visible(False)
    return figure
