"""How several sets of values are distributed, on common bins."""

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
    """Draws the histograms of some sets of values over each other.

    Args:
        values: dict from the name of a set to float `(n,)`.
        x_label: string below the axis of the values.
        y_label: string beside the axis of the counts.
        title: string above the plot.
        bins: int. Bins of equal width, from the smallest to the largest value of all sets.

    Raises:
        ValueError: if there is no value.
    """
    if not sum(map(len, values.values())):
        raise ValueError(
            f"histograms: values must hold at least one value. Received sets {list(values)}, all "
            "of them empty. Give an array for each name."
        )
    figure = Figure(figsize=(7, 4), layout="tight")
    axes = figure.subplots()
    edges = np.histogram_bin_edges(np.concatenate(list(values.values())), bins).tolist()
    for name, some in values.items():
        axes.hist(some, edges, alpha=0.6, label=name)
    axes.set(xlabel=x_label, ylabel=y_label, title=title)
    axes.legend()
    return figure
