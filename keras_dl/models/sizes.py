"""Check of the sizes that a builder receives."""


def check_sizes(builder: str, **sizes: int) -> None:
    """Raises a ValueError unless all sizes are positive ints.

    Args:
        builder: str. Name of the builder, for the message.
        **sizes: the values to check, by the names of their arguments.
    """
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 1:
            raise ValueError(
                f"{builder}: {name} must be a positive int. Received {name} {size!r}. Pass an int "
                "of at least 1."
            )
