"""Learning curves: training and validation metrics over epochs or steps."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

_COLUMNS = 4


def learning_curves(history: Mapping[str, Sequence[float | None]]) -> Figure:
    """Plots the metrics of a training history over the epochs, with one panel for each metric.

    Args:
        history: dict from metric names to lists of values, one per epoch. A metric with the prefix
            `val_` is drawn in the same panel as the metric without the prefix. If there is an entry
            `steps`, the x axis shows these steps instead of epochs. A value of None leaves a gap.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if `history` contains no metric.
    """
    names = [name for name in history if not name.startswith("val_") and name != "steps"]
    if not names:
        raise ValueError(
            f"learning_curves: history must contain at least one metric. Received {history}. Train "
            "for at least one epoch."
        )
    rows, columns = -(-len(names) // _COLUMNS), min(len(names), _COLUMNS)
    figure = Figure(figsize=(4.5 * columns, 3.4 * rows), layout="tight")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[len(names) :]:
        axes.remove()
    for axes, name in zip(panels, names, strict=False):
        for key, label in ((name, "training"), (f"val_{name}", "validation")):
            if key in history:
                x = history.get("steps", range(1, len(history[key]) + 1))
                marker = "o" if len(x) < 50 else None
                axes.plot(x, history[key], marker=marker, label=label)
        axes.set_xlabel("step" if "steps" in history else "epoch")
        axes.set_title(name.replace("_", " "))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()
    return figure
