"""Histograms of several sets of values with common bins."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure


def histograms(
    values: Mapping[str, np.ndarray],
    x_label: str = "",
    y_label: str = "count",
    title: str = "",
    bins: int = 30,
) -> Figure:
    """Plots overlaid histograms of several sets of values.

    Args:
        values: dict from the name of a set to float `(n,)`.
        x_label: str. Label of the value axis.
        y_label: str. Label of the count axis.
        title: str. Title of the plot.
        bins: int. Number of bins of equal width, from the smallest to the largest value of all
            sets.

    Raises:
        ValueError: if there are no values.
    """
    if not sum(map(len, values.values())):
        raise ValueError(
            f"histograms: values must contain at least one value. Received sets {list(values)}, "
            "all empty. Pass an array for each name."
        )
    figure = Figure(figsize=(7, 4), layout="tight")
    axes = figure.subplots()
    edges = np.histogram_bin_edges(np.concatenate(list(values.values())), bins).tolist()
    for name, array in values.items():
        axes.hist(array, edges, alpha=0.6, label=name)
    axes.set(xlabel=x_label, ylabel=y_label, title=title)
    axes.legend()
    return figure
