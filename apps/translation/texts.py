"""Reads sentence pairs from files, or generates them, and turns sentences into tokens."""

import gzip
import pathlib
from typing import NamedTuple

from apps.translation.synthetic import pairs as synthetic
from keras_dl import pipelines
from keras_dl.application import UserError, user_error


class Pairs(NamedTuple):
    """Sentences, and their translations."""

    source: list[str]
    target: list[str]


def read(config, split, examples=1000):
    """Returns the `Pairs` of `"train"`, `"dev"` or `"test"`.

    Args:
        config: settings with `source`, `target`, `data`, `columns` and `seed`.
        split: split to read.
        examples: number of synthetic pairs in train.

    Raises:
        UserError: if the data cannot be read.
    """
    if config.data == "synthetic":
        languages = synthetic.LANGUAGES
        rows = synthetic.pairs(examples if split == "train" else 1000, split, config.seed)
    else:
        languages = config.columns
        with user_error("--data"):
            rows = _read(config, split)
    for flag in ("source", "target"):
        if getattr(config, flag) not in languages:
            raise UserError(
                f"--{flag} must be one of the languages {', '.join(languages)} of --data. Received "
                f"{getattr(config, flag)}. Choose one of them, or set --columns."
            )
    sides = dict(zip(languages, zip(*rows, strict=True), strict=True))
    return Pairs(*(list(sides[getattr(config, flag)]) for flag in ("source", "target")))


def _read(config, split):
    path = pathlib.Path(config.data, f"{split}.tsv.gz")
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return [line.rstrip("\n").split("\t") for line in file]
    name = {"train": "train", "dev": "val", "test": "test_2016_flickr"}[split]
    return list(zip(*(gzip.open(pathlib.Path(config.data, f"{name}.{each}.gz"), "rt").read().splitlines() for each in config.columns), strict=True))


def vocabularies(assets):
    """Returns the vocabularies of source and target."""
    return tuple(pipelines.SubwordVocabulary(each) for each in (assets.source, assets.target))
