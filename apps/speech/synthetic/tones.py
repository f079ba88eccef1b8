"""Digits as a telephone keypad sounds them: two tones each (DTMF)."""

import numpy as np

_LOW = dict(zip("1234567890", (697, 697, 697, 770, 770, 770, 852, 852, 852, 941), strict=True))
_HIGH = dict(
    zip("1234567890", (1209, 1336, 1477, 1209, 1336, 1477, 1209, 1336, 1477, 1336), strict=True)
)


def tones(sampling_rate, per_digit, seed=0):
    """Returns recordings of all digits, as `apps.speech.data.Recordings` has them, by one speaker.

    A recording lasts from 0.1 to 0.25 seconds.
    """
    random = np.random.default_rng(seed)
    found = []
    for number in range(per_digit):
        for label in "0123456789":
            times = np.arange(int(random.uniform(0.1, 0.25) * sampling_rate)) / sampling_rate
            phases = random.uniform(0, 2 * np.pi, 2)
            both = [
                np.sin(2 * np.pi * frequency[label] * times + phase)
                for frequency, phase in zip((_LOW, _HIGH), phases, strict=True)
            ]
            found.append((0.2 * sum(both).astype("float32"), label, "keypad", number))
    return found
