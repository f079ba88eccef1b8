"""Utterances of the AN4 data set, and their split into train, validation and test."""

import dataclasses
import pathlib
import re

import numpy as np

from keras_dl.application import UserError

COEFFICIENTS = 13
_EVERY = 9  # of the training speakers in alphabetical order, every ninth is for validation
_MARKS = ("<s>", "</s>", "<sil>")


@dataclasses.dataclass(frozen=True)
class Utterances:
    """Utterances as cepstra.

    Attributes:
        cepstra: list of arrays, float32 `(frames, 13)`.
        texts: list of str. Words in upper case, separated by spaces.
        speakers: list of str.
    """

    cepstra: list[np.ndarray]
    texts: list[str]
    speakers: list[str]


def read(config, part):
    """Returns the `Utterances` of a part: train, validation or test.

    The test part is the official one. The official training part is for training and, of every
    ninth speaker, for validation.
    """
    if config.held_out:
        raise UserError(
            "--held-out must be empty for the task an4, whose test speakers are given. Received "
            f"{config.held_out}. Omit it."
        )
    directory = pathlib.Path(config.data)
    if not directory.is_dir():
        raise UserError(
            "--data must be the directory of AN4, with the directories etc and feat, for the task "
            f"an4. Received {config.data!r}, which is no directory."
        )
    names, texts = _listed(directory, "test" if part == "test" else "train")
    speakers = [pathlib.PurePosixPath(name).parent.name for name in names]
    held_out = set(sorted(set(speakers))[_EVERY // 2 :: _EVERY])
    chosen = [
        index
        for index, speaker in enumerate(speakers)
        if part == "test" or (speaker in held_out) == (part == "validation")
    ]
    if not chosen:
        raise UserError(f"--data must have utterances for {part}. Received none. Add speakers.")
    return Utterances(
        [_read_mfc(directory / "feat" / f"{names[index]}.mfc") for index in chosen],
        [texts[index] for index in chosen],
        [speakers[index] for index in chosen],
    )


def _listed(directory, part):
    """Returns names of utterances, such as `an4_clstk/fash/an251-fash-b`, and their texts."""
    names = _lines(directory / "etc" / f"an4_{part}.fileids")
    lines = _lines(directory / "etc" / f"an4_{part}.transcription")
    texts = {}
    for line in lines:
        found = re.fullmatch(r"(.*)\(([^()]+)\)", line)
        if not found:
            raise UserError(
                "--data must have transcriptions such as <s> GO </s> (an152-fash-b). Received "
                f"{line!r}. Correct the line."
            )
        words = [word.upper() for word in found[1].split() if word.lower() not in _MARKS]
        texts[found[2]] = " ".join(words)
    missing = [name for name in names if pathlib.PurePosixPath(name).name not in texts]
    if missing:
        raise UserError(
            f"--data must have a transcription of every utterance. Received none of {missing[0]} "
            f"in etc/an4_{part}.transcription. Add it."
        )
    return names, [texts[pathlib.PurePosixPath(name).name] for name in names]


def _lines(path):
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--data must have {path}, which cannot be read: {error}") from error
    return [line.strip() for line in lines if line.strip()]


def _read_mfc(path):
    """Returns the cepstra of a file of Sphinx: a count, int32, and as many float32."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"--data must have {path}, which cannot be read: {error}") from error
    for order in "<>":
        count = int(np.frombuffer(content[:4], f"{order}i4").sum())
        if len(content) == 4 + 4 * count and count and count % COEFFICIENTS == 0:
            values = np.frombuffer(content, f"{order}f4", offset=4)
            return values.astype("float32").reshape(-1, COEFFICIENTS)
    raise UserError(
        f"--data must have cepstra of {COEFFICIENTS} values in Sphinx format. Received {path}, "
        "which is truncated or another file. Fetch it again."
    )
