"""Confusion matrix plot."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike


def confusion_matrix(counts: ArrayLike, names: Sequence[str], title: str = "") -> Figure:
    """Plots how often each true class (rows) was predicted as each class (columns).

    Colors show the fraction of each row, so that rare classes are as visible as common ones. The
    numbers are the counts.

    Args:
        counts: int `(k, k)`.
        names: k names of the classes.
        title: str. Title of the plot.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if `counts` and `names` do not match.
    """
    counts, k = np.asarray(counts), len(names)
    if counts.shape != (k, k) or not k:
        raise ValueError(
            "confusion_matrix: counts must have shape (k, k) for k names. "
            f"Received counts {counts.shape}, {k} names. Pass one name for each class."
        )
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    size = 2.5 + 0.6 * k
    figure = Figure(figsize=(size, size), layout="tight")
    axes = figure.subplots()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        color = "white" if share[row, column] > 0.6 else "black"
        axes.text(column, row, f"{count:,}", ha="center", va="center", color=color, fontsize=8)
    axes.set_xticks(range(k), names, rotation=45, ha="right")
    axes.set_yticks(range(k), names)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.set_title(title)
    return figure
