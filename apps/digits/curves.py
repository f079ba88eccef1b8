"""Pictures of the lab: how fast ways to train are, and what regularisers do."""

import numpy as np
from matplotlib.figure import Figure


def losses(panels, x_label, y_label):
    """Draws curves with the spread of their repetitions, on a logarithmic axis.

    Args:
        panels: dict from the title of a panel to a dict from the name of a curve to a pair of
            `x` `(n,)` and the values of each repetition `(repetitions, n)`.
        x_label: string below the panels.
        y_label: string beside them.

    Returns:
        matplotlib Figure. A line is the geometric mean of the repetitions, its band goes from the
        smallest to the largest of them.
    """
    figure = Figure(figsize=(6 * len(panels), 4.6), layout="tight")
    places = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axes, (title, found) in zip(places, panels.items(), strict=True):
        for name, (x, values) in found.items():
            values = np.maximum(np.array(values), 1e-8)
            (line,) = axes.plot(x, np.exp(np.log(values).mean(0)), label=name)
            axes.fill_between(
                x, values.min(0), values.max(0), color=line.get_color(), alpha=0.15, linewidth=0
            )
        axes.set_yscale("log")
        axes.set_title(title)
        axes.set_xlabel(x_label)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    places[0].set_ylabel(y_label)
    return figure


def errors(found):
    """Draws error on training data, which is bias, and what others have more, which is variance.

    Args:
        found: dict from a name to pairs of errors on training and on other data, in per cent, one
            for each repetition.

    Returns:
        matplotlib Figure. Bars are means, marks the errors on other data of each repetition.
    """
    figure = Figure(figsize=(7, 1.4 + 0.5 * len(found)), layout="tight")
    axes = figure.subplots()
    names = list(found)[::-1]
    train, test = (np.array([np.mean(found[name], 0)[place] for name in names]) for place in (0, 1))
    axes.barh(names, train, color="tab:orange", label="training error (bias)")
    axes.barh(
        names, test - train, left=train, color="tab:blue", label="test error above it (variance)"
    )
    for name in names:
        axes.scatter([pair[1] for pair in found[name]], [name] * len(found[name]), 14, "black")
    axes.set_xlabel("error, per cent")
    axes.set_title("What regularisers do")
    axes.grid(alpha=0.3, axis="x")
    axes.legend(fontsize=8)
    return figure
