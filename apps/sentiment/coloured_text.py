"""Texts whose words are coloured by what they did to an answer."""

from matplotlib import colormaps
from matplotlib.figure import Figure

_LINE = 90  # characters
_COLOURS = colormaps["RdYlGn"]


def coloured_text(texts, title=""):
    """Draws texts, green behind words that spoke for the answer and red behind those against it.

    Args:
        texts: list of `(heading, words, influence)`: a string, strings and as many floats.
        title: string above the picture.

    Returns:
        matplotlib Figure.
    """
    lines = []
    for heading, words, influence in texts:
        lines += [(heading, None), *_lines(words, influence), ("", None)]
    figure = Figure(figsize=(0.074 * _LINE + 0.4, 0.7 + 0.26 * len(lines)))
    axes = figure.add_axes((0.02, 0, 0.96, 1))
    axes.set(xlim=(0, _LINE), ylim=(len(lines) + 0.5, -1.6))
    axes.axis("off")
    axes.text(0, -1, title, fontsize=11)
    for row, (words, strength) in enumerate(lines):
        if strength is None:
            axes.text(0, row, words, fontsize=9, va="center", weight="bold")
            continue
        place = 0
        for word, share in zip(words, strength, strict=True):
            axes.text(
                place,
                row,
                word,
                fontsize=8.5,
                family="monospace",
                va="center",
                bbox={"color": _COLOURS(0.5 + 0.35 * share), "pad": 1.5, "linewidth": 0},
            )
            place += len(word) + 1.3
    return figure


def _lines(words, influence):
    """Yields lines of words with their influence as a share of the strongest one."""
    strongest = max(map(abs, influence), default=0) or 1.0
    line, shares, length = [], [], 0
    for word, value in zip(words, influence, strict=True):
        if line and length + len(word) > _LINE:
            yield line, shares
            line, shares, length = [], [], 0
        line.append(word.replace("$", r"\$"))
        shares.append(float(value) / strongest)
        length += len(word) + 1.3
    if line:
        yield line, shares
