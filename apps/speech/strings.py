"""Waveforms of random strings of digits, and of sounds without a digit, by seed."""

import numpy as np

from apps.speech.features import SAMPLING_RATE
from keras_dl import pipelines

# Recordings as they are, with a little noise: ranges for `compose`.
PLAIN = {"speed": (1.0, 1.0), "gain": (-3.0, 3.0), "gap": (0.05, 0.3), "ratio": (20.0, 40.0)}
_WITHOUT_DIGITS = {  # kinds of sounds, and how often each is drawn
    "silence": 0.05,
    "noise": 0.22,
    "tones": 0.15,
    "reversed": 0.3,
    "shuffled": 0.2,
    "spliced": 0.08,
}
_PIECE = (0.05, 0.12)  # seconds: shorter than a digit
_LEAST, _MOST = 0.2, 0.6  # seconds of sound that stand for one digit
_MOST_TILT = 0.5
_HUMMED, _CLIPPED = 0.3, 0.2  # shares of the examples
_MAINS = 45, 65  # Hz
_OVERTONES = 8


def compose(recordings, seed, lengths, **ranges):
    """Returns the waveform of a random string of one speaker, with noise, and its digits.

    Args:
        recordings: `Recordings`.
        seed: int.
        lengths: tuple of the smallest and the largest number of digits.
        ranges: those of `join_recordings` (`speed`, `gain`, `gap`), and `ratio` of `add_noise`.
    """
    parts, labels = _draw(recordings, seed, lengths)
    return _joined(parts, seed, ranges), "".join(labels)


def placed(recordings, seed, lengths):
    """Returns the waveform of a string, its digits, and where each starts and ends, in seconds.

    Recordings are as they are, with equal gaps and a little noise.
    """
    parts, labels = _draw(recordings, seed, lengths)
    gap = PLAIN["gap"][1]
    waveform = _joined(parts, seed, {**PLAIN, "gap": (gap, gap)})
    seconds = np.array([len(part) for part in parts]) / SAMPLING_RATE
    ends = np.cumsum(seconds + gap)
    return waveform, "".join(labels), ends - seconds, ends


def without_digits(recordings, seed, lengths, kind="", **ranges):
    """Returns a waveform without a digit, about as long as a string.

    Args:
        recordings: `Recordings`, from which speech without digits is made.
        seed: int.
        lengths: tuple of the smallest and the largest number of digits of such a string.
        kind: silence, noise, tones, reversed (recordings from end to start), shuffled (short
            pieces of recordings) or spliced (half of one digit and half of another). Empty: drawn
            at random.
        ranges: as in `compose`.
    """
    random = np.random.default_rng([seed, 3])
    kind = kind or random.choice(list(_WITHOUT_DIGITS), p=list(_WITHOUT_DIGITS.values()))
    if kind in _SPEECH:
        # Splicing makes one word less than there are recordings.
        lengths = tuple(length + (kind == "spliced") for length in lengths)
        parts, labels = _draw(recordings, seed, lengths)
        return _joined(_SPEECH[kind](parts, labels, random), seed, ranges)
    seconds = random.integers(lengths[0], lengths[1] + 1) * random.uniform(_LEAST, _MOST)
    return _SOUNDS[kind](int(seconds * SAMPLING_RATE), random).astype("float32")


def tilted(waveform, random):
    """Returns a waveform with a random slope of its spectrum, as another microphone has it."""
    share = random.uniform(-_MOST_TILT, _MOST_TILT)
    return waveform - np.float32(share) * np.concatenate([waveform[:1], waveform[:-1]])


def hummed(waveform, random):
    """Returns some waveforms with the hum of a power line, and others as they are."""
    if random.random() > _HUMMED:
        return waveform
    frequencies = random.uniform(*_MAINS) * np.arange(1, _OVERTONES + 1)
    angles = 2 * np.pi * frequencies / SAMPLING_RATE * np.arange(len(waveform))[:, None]
    # Often one overtone is much louder than the others.
    weights = 10 ** random.uniform(-2, 0, _OVERTONES)
    hum = np.sin(angles + random.uniform(0, 2 * np.pi, _OVERTONES)) @ weights
    loudest = max(float(np.abs(waveform).max()), 1e-3)
    level = loudest * 10 ** random.uniform(-2.7, -0.7) / np.abs(hum).max()
    return waveform + np.float32(level) * hum.astype("float32")


def clipped(waveform, random):
    """Returns some waveforms with their peaks cut off, as in a recording that is too loud."""
    if random.random() > _CLIPPED:
        return waveform
    limit = np.float32(np.abs(waveform).max() * 10 ** random.uniform(-1, -0.1))
    return np.clip(waveform, -limit, limit)


def _draw(recordings, seed, lengths):
    chosen = pipelines.draw_string(
        recordings.labels, recordings.speakers, [seed, 0], lengths=lengths
    )
    return [recordings.waveforms[index] for index in chosen], recordings.labels[chosen]


def _joined(parts, seed, ranges):
    noise = {"ratio": ranges["ratio"]} if "ratio" in ranges else {}
    ranges = {name: value for name, value in ranges.items() if name != "ratio"}
    joined = pipelines.join_recordings(parts, [seed, 1], SAMPLING_RATE, **ranges)
    return pipelines.add_noise(joined, [seed, 2], **noise)


def _reversed(parts, *_):
    return [part[::-1] for part in parts]


def _shuffled(parts, _, random):
    """Returns as many words, each of pieces of all parts in random order."""
    size = random.uniform(*_PIECE) * SAMPLING_RATE
    pieces = [piece for part in parts for piece in np.array_split(part, 1 + int(len(part) / size))]
    order = random.permutation(len(pieces))
    words = [word for word in np.array_split(order, len(parts)) if len(word)]
    return [np.concatenate([pieces[index] for index in word]) for word in words]


def _spliced(parts, labels, _):
    """Returns words that begin as one digit and end as the next one."""
    words = []
    for one, other, *pair in zip(parts, parts[1:], labels, labels[1:], strict=False):
        # Two halves of the same digit are this digit.
        end = other[::-1] if pair[0] == pair[1] else other
        words.append(np.concatenate([one[: len(one) // 2], end[len(end) // 2 :]]))
    return words


def _silence(samples, random):
    """Returns zeros, or noise that is quieter than the smallest step of 16 bits."""
    return random.normal(size=samples) * 2.0**-17 * random.integers(2)


def _noise(samples, random):
    """Returns noise, half of it in bursts."""
    noise = pipelines.colored_noise(samples, int(random.integers(2**62)))
    return noise * _envelope(samples, random) * 10 ** random.uniform(-3.5, -0.7)


def _tones(samples, random):
    """Returns notes of a few partial tones, in or out of harmony, with vibrato and slides."""
    time = np.arange(samples) / SAMPLING_RATE
    count = random.integers(1, 1 + max(1, samples // 2000))
    notes = np.array_split(np.zeros(samples), count)
    start, tones = 0, []
    for note in notes:
        now = time[start : start + len(note)]
        start += len(note)
        vibrato = random.choice([0, 0.02]) * np.sin(2 * np.pi * random.uniform(3, 8) * now)
        slide = random.choice([0, 0.5]) * random.uniform(-1, 1) * (now - now[:1])
        pitch = 2 * np.pi * random.uniform(80, 2500) * np.exp(slide)
        partials = random.integers(1, 6)
        ratios = np.arange(1, 6) if random.random() < 0.5 else random.uniform(0.5, 3, 5)
        waves = [
            random.random() * np.sin(ratio * pitch * (now + vibrato / 10) + random.uniform(0, 6))
            for ratio in ratios[:partials]
        ]
        tones.append(sum(waves))
    tones = np.concatenate(tones) * _envelope(samples, random) * 10 ** random.uniform(-3, -0.7)
    return tones + pipelines.colored_noise(samples, int(random.integers(2**62))) * 1e-4


def _envelope(samples, random):
    """Returns 1, or a random curve from 0 to 1."""
    if random.random() < 0.5:
        return 1.0
    points = 2 + samples // random.integers(400, 4000)
    levels = 10 ** random.uniform(-2.5, 0, points)
    return np.interp(np.linspace(0, points - 1, samples), np.arange(points), levels)


_SPEECH = {"reversed": _reversed, "shuffled": _shuffled, "spliced": _spliced}
_SOUNDS = {"silence": _silence, "noise": _noise, "tones": _tones}
