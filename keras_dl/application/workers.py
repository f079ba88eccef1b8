"""Several processes, on one or more machines, that train one model."""

import ipaddress
import json
import os
import re

from keras_dl.application.config import FitConfig, SeededConfig
from keras_dl.application.errors import UserError


class LostWorkerError(UserError):
    """Raised if another process of a run has ended. The command line then ends at once.

    An orderly end would wait for the lost process.
    """


def set_workers(workers: str, worker: int, config: SeededConfig, run_dir: str) -> None:
    """Tells TensorFlow, which is not imported yet, which processes train together.

    Args:
        workers: str. `host:port` of each process, separated by commas.
        worker: int. Position of this process among them.
        config: training settings.
        run_dir: str. Run directory.

    Raises:
        UserError: if an argument is invalid, or the application does not train with `model.fit`.
    """
    if not workers:
        raise UserError("--worker requires --workers. Add it, or omit --worker.")
    addresses = workers.split(",")
    for address in addresses:
        if not _is_address(address):  # TensorFlow would wait forever
            raise UserError(
                "--workers must be host:port,host:port with ports from 1 to 65535. IPv6 addresses "
                f"are in brackets, as in [::1]:2222. Received {workers!r}."
            )
    if len(set(addresses)) < max(2, len(addresses)):
        raise UserError(f"--workers must be two or more different addresses. Received {workers!r}.")
    if not 0 <= worker < len(addresses):
        raise UserError(f"--worker must be from 0 to {len(addresses) - 1}. Received {worker}.")
    if not isinstance(config, FitConfig) or config.devices != 1:
        raise UserError("--workers requires an application with --devices, which must be 1.")
    if not run_dir:
        raise UserError("--workers requires --run-dir. Use the same directory in all processes.")
    task = {"type": "worker", "index": worker}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": addresses}, "task": task})


def _is_address(text):
    """Returns whether a text is `host:port`, or `[IPv6 address]:port`.

    Example:
    >>> _is_address("host-1:2222"), _is_address("[::1]:2222"), _is_address("::1:2222")
    (True, True, False)
    """
    found = re.fullmatch(r"(?:[\w.-]+|\[([\da-f:.]+)\]):(\d{1,5})", text, re.ASCII | re.IGNORECASE)
    if not found or not 0 < int(found[2]) < 2**16:
        return False
    try:
        return found[1] is None or bool(ipaddress.IPv6Address(found[1]))
    except ValueError:
        return False
