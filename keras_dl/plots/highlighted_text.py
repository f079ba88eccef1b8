"""Text with each word colored by its contribution to a prediction."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

_LINE = 90  # characters
_COLORS = colormaps["RdYlGn"]


def highlighted_text(
    texts: Sequence[tuple[str, Sequence[str], Sequence[float]]], title: str = ""
) -> Figure:
    """Draws texts, with words that support a prediction on green and opposing words on red.

    Args:
        texts: list of tuples `(heading, words, influence)`: a string, a list of strings, and one
            float for each word. Colors are relative to the strongest influence in a text.
        title: str. Title of the plot.

    Raises:
        ValueError: if a text does not have one influence for each word.
    """
    for heading, words, influence in texts:
        if len(words) != len(influence):
            raise ValueError(
                "highlighted_text: texts must have one influence for each word. Received "
                f"{len(words)} words and {len(influence)} values for {heading!r}. Remove the "
                "padding."
            )
    lines: list[tuple[Any, list[float] | None]] = []  # a heading, or words with their influence
    for heading, words, influence in texts:
        lines += [(heading, None), *_lines(words, influence), ("", None)]
    figure = Figure(figsize=(0.074 * _LINE + 0.4, 0.7 + 0.26 * len(lines)))
    axes = figure.add_axes((0.02, 0, 0.96, 1))
    axes.set(xlim=(0, _LINE), ylim=(len(lines) + 0.5, -1.6))
    axes.axis("off")
    axes.text(0, -1, title, fontsize=11)
    for row, (shown, shares) in enumerate(lines):
        if shares is None:
            axes.text(0, row, shown, fontsize=9, va="center", weight="bold", parse_math=False)
            continue
        column = 0.0
        for word, share in zip(shown, shares, strict=True):
            style: dict[str, Any] = {
                "fontsize": 8.5,
                "family": "monospace",
                "va": "center",
                "parse_math": False,
            }
            box = {"color": _COLORS(0.5 + 0.35 * share), "pad": 1.5, "linewidth": 0}
            axes.text(column, row, word, bbox=box, **style)
            column += len(word) + 1.3
    return figure


def _lines(
    words: Sequence[str], influence: Sequence[float]
) -> Iterator[tuple[list[str], list[float]]]:
    """Yields lines of words with their influence as a fraction of the strongest one."""
    strongest = np.abs(influence).max(initial=0) or 1.0
    line: list[str] = []
    shares: list[float] = []
    length = 0.0
    for word, value in zip(words, influence, strict=True):
        if line and length + len(word) > _LINE:
            yield line, shares
            line, shares, length = [], [], 0.0
        line.append(word)
        shares.append(float(value) / strongest)
        length += len(word) + 1.3
    if line:
        yield line, shares
