"""Times functions in alternating rounds, so that other work on the machine affects all of them."""

import time

import numpy as np


def measure(steps, rounds):
    """Returns the milliseconds per round of functions without arguments, by name.

    The functions alternate. One additional round runs first and is not timed.
    """
    times = {name: [] for name in steps}
    for number in range(rounds + 1):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            if number:
                times[name].append(1e3 * (time.perf_counter() - started))
    return times


def spread(values, form):
    """Returns "median (lower quartile-upper quartile)"."""
    lower, median, upper = (form.format(v) for v in np.quantile(values, (0.25, 0.5, 0.75)))
    return f"{median} ({lower}-{upper})"
