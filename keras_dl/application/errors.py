"""Errors that users can correct, and violations of the contract of applications."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any


class ContractError(AssertionError):
    """Raised if an application violates the contract."""


def require(holds: Any, rule: str, found: Any) -> None:
    """Raises `ContractError` with the rule and what was found unless `holds` is true."""
    if not holds:
        raise ContractError(f"{rule}. Received {found!r:.500}.")


class UserError(ValueError):
    """Error that a user can correct by changing a flag, a file or an input.

    The command line prints the message as one line and exits with code 2. Any other exception is a
    bug, and its traceback is printed.
    """


@contextlib.contextmanager
def user_error(flag: str) -> Iterator[None]:
    """Converts errors about the value of a flag to `UserError`.

    If a message begins with the argument of the same name, the flag replaces it. Wrap only the call
    that reads the value of the flag, so that no other errors are converted.

    Args:
        flag: str. Flag at the start of the message, for instance `"--data"`.

    Raises:
        UserError: if the block raises a ValueError or an OSError.

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
        raise UserError(_about(flag, str(error))) from error


def _about(flag, message):
    """Returns a message about an argument as one about its flag.

    Example:
    >>> _about("--batch-size", "batches: batch_size must be at most 5. Received 9.")
    '--batch-size must be at most 5. Received 9.'
    """
    argument = re.escape(flag.removeprefix("--").replace("-", "_"))
    message, found = re.subn(rf"^(\w+: )?{argument} (?=must )", "", message)
    return f"{flag} {message}" if found else f"{flag}: {message}"
