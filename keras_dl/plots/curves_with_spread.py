"""Plots of repeated runs: their mean and their spread."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.figure import Figure

_LEAST = 1e-8  # smallest value on a logarithmic axis


def curves_with_spread(
    panels: Mapping[str, Mapping[str, tuple[np.ndarray, np.ndarray]]],
    x_label: str = "",
    y_label: str = "",
    *,
    log: bool = False,
    band: Literal["range", "std"] = "range",
) -> Figure:
    """Plots the mean of repeated runs as a line, and their spread as a band around it.

    Args:
        panels: dict from panel titles to dicts of curves. A dict of curves maps the name of a curve
            to a pair: `x`, float `(n,)`, and the values of all runs, float `(runs, n)`. NaN leaves
            a gap.
        x_label: str. Label of the x axis of each panel.
        y_label: str. Label of the y axis of the first panel; if given, all panels share this axis.
        log: bool. Whether to use a logarithmic y axis and the geometric mean.
        band: `"range"` draws a band from the smallest to the largest run, and a thin line for each
            run. `"std"` draws a band of one standard deviation to either side.

    Raises:
        ValueError: if there is no panel, or the values of a curve do not match its `x`.
    """
    if not panels:
        raise ValueError(
            "curves_with_spread: panels must contain at least one panel. Received an empty dict. "
            "Pass a dict of curves for each title."
        )
    figure = Figure(figsize=(6 * len(panels), 4.6), layout="tight")
    cells = figure.subplots(1, len(panels), squeeze=False, sharey=bool(y_label))[0]
    for axes, (title, curves) in zip(cells, panels.items(), strict=True):
        for name, (x, runs) in curves.items():
            x, runs = np.asarray(x), np.asarray(runs, "float64")
            _check(name, x, runs)
            _draw(axes, name, x, np.maximum(runs, _LEAST) if log else runs, log, band)
        if log:
            axes.set_yscale("log")
        axes.set(title=title, xlabel=x_label)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(fontsize=8)
    cells[0].set_ylabel(y_label)
    return figure


def bias_and_variance(errors: Mapping[str, np.ndarray], title: str = "") -> Figure:
    """Plots the training error (bias) and the excess of the test error over it (variance).

    Args:
        errors: dict from names to float `(runs, 2)`, the training and test error of each run, in
            percent.
        title: str. Title of the plot.

    Returns:
        matplotlib Figure. Bars show means, and dots show the test error of each run.

    Raises:
        ValueError: if `errors` is empty, or an array in it has the wrong shape.
    """
    errors = {name: np.asarray(pairs, "float64") for name, pairs in errors.items()}
    shapes = {name: pairs.shape for name, pairs in errors.items()}
    if not shapes or any(shape[1:] != (2,) or not shape[0] for shape in shapes.values()):
        raise ValueError(
            "bias_and_variance: errors must have shape (runs, 2) for each name. Received shapes "
            f"{shapes}. Pass the training and test error of each run."
        )
    figure = Figure(figsize=(7, 1.4 + 0.5 * len(errors)), layout="tight")
    axes = figure.subplots()
    names = list(errors)[::-1]
    train, test = np.array([errors[name].mean(0) for name in names]).T
    axes.barh(names, train, color="tab:orange", label="training error (bias)")
    label = "test error above it (variance)"
    axes.barh(names, test - train, left=train, color="tab:blue", label=label)
    for name in names:
        axes.scatter(errors[name][:, 1], [name] * len(errors[name]), 14, "black")
    axes.set(xlabel="error (%)", title=title)
    axes.grid(alpha=0.3, axis="x")
    axes.legend(fontsize=8)
    return figure


def _draw(axes, name, x, runs, log, band):
    mean = np.exp(np.log(runs).mean(0)) if log else runs.mean(0)
    low, high = runs.min(0), runs.max(0)
    if band == "std":
        low, high = mean - runs.std(0), mean + runs.std(0)
    (line,) = axes.plot(x, mean, lw=2, label=name, zorder=3)
    if len(runs) > 1:
        axes.fill_between(x, low, high, color=line.get_color(), alpha=0.15, lw=0)
        if band == "range":
            axes.plot(x, runs.T, color=line.get_color(), lw=0.6, alpha=0.5)


def _check(name, x, runs):
    if x.ndim != 1 or runs.shape[1:] != x.shape or runs.ndim != 2 or not len(runs):
        raise ValueError(
            "curves_with_spread: a curve must have x (n,) and values (runs, n). Received "
            f"{name!r} with {x.shape} and {runs.shape}. Pass the values of each run at the same x."
        )
