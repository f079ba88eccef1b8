"""The one error that tells users what they can mend."""

import contextlib
from collections.abc import Iterator


class UserError(ValueError):
    """Says what a user can change: a flag, a file, an input.

    The command line prints its message as one line and exits with 2. Every other exception is a
    defect and shows its traceback.
    """


@contextlib.contextmanager
def user_error(flag: str) -> Iterator[None]:
    """Turns errors about what a flag names into `UserError`.

    Wrap only the call that reads what the user gave: whatever it raises is then the user's.

    Args:
        flag: the flag, for instance `"--data"`, with which the message begins.

    Raises:
        UserError: where the block raised a ValueError or an OSError.

    Example:
    >>> with user_error("--epochs"):
    ...     int("many")
    Traceback (most recent call last):
    keras_dl.application.errors.UserError: --epochs: invalid literal for int() with base 10: 'many'
    """
    try:
        yield
    except UserError:
        raise
    except (ValueError, OSError) as error:
        raise UserError(f"{flag}: {error}") from error
