"""Plots words along an axis, such as a bias direction."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike


def word_axis(
    words: Sequence[str],
    positions: ArrayLike,
    ends: tuple[str, str],
    title: str = "",
    before: ArrayLike | None = None,
) -> Figure:
    """Plots each word at its position along an axis such as a bias direction, one line per word.

    The axis always goes from -1 to 1, so that plots before and after debiasing can be compared.

    Args:
        words: sequence of n strings.
        positions: float `(n,)`, from -1 to 1: the cosine of each word with the direction.
        ends: pair of strings, the names of the ends at -1 and 1.
        title: str. Title of the plot.
        before: float `(n,)`, or None. Earlier positions, which are drawn as circles from which
            lines lead to `positions`.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if there is no word, the lengths differ, or a position is outside the axis.
    """
    positions = np.asarray(positions, "float64")
    moved = before is not None
    before = np.asarray(before if moved else np.zeros(len(words)), "float64")
    if not positions.shape == before.shape == (len(words),) or not len(words):
        raise ValueError(
            "word_axis: words must not be empty, and positions must have one entry per word. "
            f"Received {len(words)} words, positions {positions.shape}"
            + (f", before {before.shape}. " if moved else ". ")
            + "Pass one cosine per word."
        )
    both = np.concatenate([positions, before])
    if not np.all(np.abs(both) <= 1.001):
        worst = both[np.argmax(np.where(np.isnan(both), np.inf, np.abs(both)))]
        raise ValueError(
            f"word_axis: positions must be from -1 to 1. Received {worst}. Pass the cosine of each "
            "word with the direction."
        )
    positions = np.round(positions, 3)  # values that round to 0 have no side
    order = np.argsort(positions, kind="stable")
    figure = Figure(figsize=(7, 1.2 + 0.17 * len(words)), layout="tight")
    axes = figure.subplots()
    axes.axvline(0, color="0.7", linewidth=1)
    for row, index in enumerate(order):
        position = positions[index]
        side = "right" if position < 0 else "left"
        color = "tab:red" if position > 0 else "tab:blue" if position < 0 else "0.5"
        # Without earlier positions, the line starts in the middle.
        axes.plot([before[index], position], [row, row], color=color, linewidth=1, alpha=0.4)
        axes.plot([position], [row], color=color, marker="o", markersize=3)
        if moved:
            axes.plot([before[index]], [row], "o", color="0.5", markersize=5, fillstyle="none")
        axes.annotate(
            words[index],
            (max(position, before[index]) if side == "left" else min(position, before[index]), row),
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
