"""Reads or generates the text of a language model, split into train, dev and test."""

import pathlib
import re
from typing import NamedTuple

from apps.language.synthetic.stories import stories
from keras_dl.application import UserError, user_error
from keras_dl.pipelines.text_files import read_text

_HELD_OUT = 0.1  # of a text, for dev and for test


class Texts(NamedTuple):
    """The three parts of a text, and the bits of synthetic parts (0 if they are unknown)."""

    train: str
    dev: str
    test: str
    bits: tuple[float, float, float] = (0.0, 0.0, 0.0)


def read(config):
    """Returns the `Texts` of the settings `data`, `dev`, `test`, `num_stories` and `seed`.

    Raises:
        UserError: if the data cannot be read, or a part is empty.
    """
    if config.data == "synthetic":
        held_out = max(config.num_stories // 10, 1)
        counts = (config.num_stories, held_out, held_out)
        parts = [stories(count, 3 * config.seed + part) for part, count in enumerate(counts)]
        (train, dev, test), bits = zip(*parts, strict=True)
        return Texts(train, dev, test, bits)
    path = pathlib.Path(config.data)
    with user_error("--data"):
        files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
        texts = {file.stem: with_line_feeds(read_text(file)) for file in files}
    if config.dev or config.test:
        parts = _whole_files(texts, config)
    else:
        text = "".join(texts.values())
        first, second = (round((1 - k * _HELD_OUT) * len(text)) for k in (2, 1))
        parts = text[:first], text[first:second], text[second:]
    if not all(parts):
        raise UserError(
            f"--data must be a text file, or a directory of .txt files with text. Received "
            f"{config.data}, which leaves train, dev or test empty. Add text."
        )
    return Texts(*parts)


def with_line_feeds(text):
    """Returns a text whose line ends are line feeds."""
    return re.sub("\r\n?", "\n", text)


def _whole_files(texts, config):
    held_out = {"--dev": config.dev, "--test": config.test}
    for flag, name in held_out.items():
        if name not in texts or config.dev == config.test:
            raise UserError(
                f"{flag} must be the name of a file in --data, without .txt, and --dev and --test "
                f"must differ. Received {name!r}. Choose from {', '.join(texts) or 'no files'}."
            )
    train = "".join(text for name, text in texts.items() if name not in held_out.values())
    return train, texts[config.dev], texts[config.test]
