"""Horizontal bars of named numbers as HTML."""

import html
from collections.abc import Sequence

from keras_dl.application.fields import visible


def bars(
    numbers: Sequence[tuple[str, float]],
    largest: float | None = None,
    chosen: str | None = None,
    digits: int = 3,
) -> str:
    """Returns a table with a name, a bar that starts at zero and a number in each row.

    Args:
        numbers: list of pairs of a name and a number.
        largest: float. Magnitude of the longest possible bar. If None, that of the numbers.
        chosen: str. Name of the row that is emphasized, or None.
        digits: int. Number of decimals.

    Example:
    >>> bars([("<up>", -0.5)], digits=1).count("&lt;up&gt;")
    1
    """
    values = [value for _, value in numbers]
    low, high = min([0.0, *values]), max([0.0, *values])
    if largest is not None:
        low, high = -largest if low < 0 else 0.0, largest
    width = (high - low) or 1.0
    rows = []
    for name, value in numbers:
        start = 100 * (min(value, 0) - low) / width
        length = 100 * abs(value) / width
        side = "below" if value < 0 else "above"
        place = f"margin-left: {start:.2f}%; width: {length:.2f}%"
        emphasized = ' class="chosen"' if name == chosen else ""
        rows.append(
            f'<tr{emphasized}><th scope="row">{html.escape(visible(name))}</th>'
            f'<td class="bar"><div class="{side}" style="{place}"></div></td>'
            f"<td>{value:.{digits}f}</td></tr>"
        )
    return f'<table class="bars">{"".join(rows)}</table>'
