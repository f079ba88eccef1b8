"""Where words lie between two ends, as a plot."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike


def word_axis(
    words: Sequence[str], positions: ArrayLike, ends: tuple[str, str], title: str = ""
) -> Figure:
    """Draws each word at its place along an axis such as that of a bias, a line for each.

    The axis always goes from -1 to 1, so that plots before and after can be compared.

    Args:
        words: sequence of n strings.
        positions: float `(n,)`, from -1 to 1: the cosine of each word with the direction.
        ends: pair of strings, the names of the sides of -1 and 1.
        title: string above the plot.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if there is no word, the two do not fit, or a position is beyond the axis.
    """
    positions = np.asarray(positions, "float64")
    if positions.shape != (len(words),) or not len(words):
        raise ValueError(
            "word_axis: there must be a word, and a position for each. Received "
            f"{len(words)} words, positions {positions.shape}. Give one for each word."
        )
    if not np.all(np.abs(positions) <= 1.001):
        worst = positions[np.argmax(np.where(np.isnan(positions), np.inf, np.abs(positions)))]
        raise ValueError(
            f"word_axis: positions must be from -1 to 1. Received {worst}. Give cosines: those of "
            "unit vectors with a direction of length 1."
        )
    positions = np.round(positions, 3)  # what is 0 but for rounding has no side
    order = np.argsort(positions, kind="stable")
    figure = Figure(figsize=(7, 1.2 + 0.17 * len(words)), layout="tight")
    axes = figure.subplots()
    axes.axvline(0, color="0.7", linewidth=1)
    for row, number in enumerate(order):
        index = positions[number]
        side = "right" if index < 0 else "left"
        color = "tab:red" if index > 0 else "tab:blue" if index < 0 else "0.5"
        axes.plot([0, index], [row, row], color=color, linewidth=1, alpha=0.4)
        axes.plot([index], [row], color=color, marker="o", markersize=3)
        axes.annotate(
            words[number],
            (index, row),
            xytext=(5 if side == "left" else -5, 0),
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=8,
        )
    axes.set_xlim(-1.2, 1.2)  # room for the words at the ends
    axes.set_xticks([-1, -0.5, 0, 0.5, 1])
    axes.set_ylim(-1, len(words))
    axes.set_yticks([])
    axes.set_xlabel(f"{ends[0]}  \N{LEFTWARDS ARROW}  cosine  \N{RIGHTWARDS ARROW}  {ends[1]}")
    axes.set_title(title)
    axes.spines[["left", "top", "right"]].set_visible(False)
    return figure
