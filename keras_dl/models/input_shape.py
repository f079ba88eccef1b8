"""Check of the input shape that a builder receives."""

import numbers
from collections.abc import Iterable


def check_input_shape(
    builder: str,
    input_shape: object,
    axes: tuple[str, ...] | None = ("height", "width", "channels"),
    *,
    at_least: int = 1,
) -> None:
    """Raises a ValueError unless a value is the shape of an example.

    Args:
        builder: str. Name of the builder, for the message.
        input_shape: the value to check.
        axes: tuple of the names of the axes, or None for any number of axes.
        at_least: int. Minimum height and width.
    """
    sizes = list(input_shape) if isinstance(input_shape, Iterable) else []
    are_counts = all(isinstance(size, numbers.Integral) and int(size) > 0 for size in sizes)
    right_number = len(sizes) == len(axes) if axes else len(sizes) > 0
    if right_number and are_counts and min(sizes[:2]) >= at_least:
        return
    form = f"({', '.join(axes)}{',' * (len(axes) == 1)})" if axes else "a tuple"
    sides = f", with height and width at least {at_least}" if at_least > 1 else ""
    raise ValueError(
        f"{builder}: input_shape must be {form} of positive integers{sides}. Received input_shape "
        f"{input_shape!r}. Pass the shape of one example first; resize images that are too small."
    )
