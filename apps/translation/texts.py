"""Reads sentence pairs from files, or generates them."""

import pathlib
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from apps.translation.composition import composed
from apps.translation.synthetic import pairs as synthetic
from keras_dl import pipelines
from keras_dl.application import UserError, user_error

_SPLITS = {"train": ("train",), "dev": ("dev", "val"), "test": ("test",)}  # starts of file names
_SYNTHETIC_HELD_OUT = 1000  # pairs in dev and in test
_INVISIBLE = r"[\x{ad}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}\x{feff}]+"
_SPACES = r"[\s\pZ\p{Cc}]+"


class Pairs(NamedTuple):
    """Sentences, and their translations."""

    source: list[str]
    target: list[str]


def read(config, split, num_examples=0):
    """Returns the `Pairs` of a split.

    Args:
        config: settings with `source`, `target`, `data`, `columns` and `seed`.
        split: `"train"`, `"dev"` or `"test"`.
        num_examples: number of synthetic pairs in train.

    Raises:
        UserError: if the data cannot be read.
    """
    if config.source == config.target:
        raise UserError(
            f"--source and --target must differ. Received {config.source} for both. Change one of "
            "them."
        )
    with user_error("--data"):
        if config.data == "synthetic":
            count = num_examples if split == "train" else _SYNTHETIC_HELD_OUT
            rows = synthetic.pairs(count, split, config.seed)
            return _sides(rows, synthetic.LANGUAGES, config)
        path = pathlib.Path(config.data)
        if not path.is_dir():
            rows = pipelines.read_parallel_table(path)
            indices = pipelines.split_parallel_texts(rows)[list(_SPLITS).index(split)]
            return _sides([rows[index] for index in indices], config.columns, config)
        files = [_files(path, split, language) for language in (config.source, config.target)]
        if any(files):
            rows = pipelines.read_parallel_files(*(_only(each, path, split) for each in files))
            return Pairs(*map(list, zip(*rows, strict=True)))
        rows = pipelines.read_parallel_table(_only(_files(path, split, "tsv"), path, split))
        return _sides(rows, config.columns, config)


def some_sources(config, split, count):
    """Returns at most `count` sentences of the source language, drawn from a split."""
    source = read(config, split).source
    drawn = np.random.default_rng(config.seed).permutation(len(source))[:count]
    return [source[index] for index in drawn]


def vocabularies(assets):
    """Returns the vocabularies of source and target."""
    return tuple(pipelines.SubwordVocabulary(each) for each in (assets.source, assets.target))


def readable(texts):
    """Returns string `texts` as the network reads them, in training and in the exported model.

    Runs of spaces, tabs and line ends are one space, and none at the ends. Invisible characters,
    such as a byte order mark, are removed. A letter and the accents after it are one character.
    """
    texts = tf.strings.regex_replace(composed(texts), _INVISIBLE, "")
    return tf.strings.strip(tf.strings.regex_replace(texts, _SPACES, " "))


def _files(directory, split, ending):
    """Returns the files of a split whose names have an ending, and perhaps `.gz` after it."""
    return [
        path
        for path in sorted(directory.iterdir())
        if path.name.startswith(_SPLITS[split])
        and path.name.removesuffix(".gz").endswith(f".{ending}")
    ]


def _only(files, directory, split):
    if len(files) != 1:
        names = [path.name for path in files or sorted(directory.iterdir())]
        raise ValueError(
            f"{directory} must have one TSV file of {split}, or one file of {split} for each "
            f"language, such as {split}.de and {split}.en. Received {', '.join(names[:9])}. Rename "
            "the files."
        )
    return files[0]


def _sides(rows, languages, config):
    """Returns the two columns of rows that are source and target."""
    for flag in ("source", "target"):
        if getattr(config, flag) not in languages:
            raise UserError(
                f"--{flag} must be one of the languages of the data, {', '.join(languages)}. "
                f"Received {getattr(config, flag)}. Choose one of them, or set --columns."
            )
    order = [languages.index(language) for language in (config.source, config.target)]
    if not rows:
        raise ValueError(f"{config.data} must have pairs for this split. Received none. Add pairs.")
    return Pairs(*([row[index] for row in rows] for index in order))
