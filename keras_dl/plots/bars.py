"""Bar chart of one value for each of many groups."""

from collections.abc import Mapping

from matplotlib.figure import Figure


def sorted_bars(values: Mapping[str, float], title: str = "", label: str = "") -> Figure:
    """Plots a horizontal bar for each group, with the smallest value on top.

    Args:
        values: dict from the name of a group to its value.
        title: str. Title of the plot.
        label: str. Label of the value axis.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if there is no group.
    """
    if not values:
        raise ValueError(
            "sorted_bars: values must have at least one group. Received none. "
            "Pass a dict from names to values."
        )
    names = sorted(values, key=lambda name: values[name], reverse=True)
    figure = Figure(figsize=(7, 1 + 0.2 * len(names)), layout="tight")
    axes = figure.subplots()
    bars = axes.barh(names, [values[name] for name in names], color="tab:blue")
    axes.bar_label(bars, fmt="%.4g", padding=3, fontsize=7)
    lowest, highest = min(values.values()), max(values.values())
    axes.set_xlim(min(lowest, 0), 1.1 * max(highest, 0) or 1)  # the lengths of bars are compared
    axes.tick_params(axis="y", labelsize=8)
    axes.margins(y=0.005)
    axes.set_xlabel(label)
    axes.set_title(title)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
