"""Reads reviews from tensorflow-datasets or files, or generates them from templates."""

import pathlib
import re
from typing import NamedTuple

from apps.sentiment.synthetic.reviews import reviews
from keras_dl import pipelines
from keras_dl.application import user_error

UNKNOWN = "unknown"
"""Class of texts that express no opinion, in data and in predictions."""
_SCALE = ["very negative", "negative", "neutral", "positive", "very positive"]
_NAMED = {  # integer labels with names
    (0, 1): ["negative", "positive"],
    (1, 2): ["negative", "positive"],
    (-1, 1): ["negative", "positive"],
    (0, 1, 2, 3, 4): _SCALE,
    (1, 2, 3, 4, 5): _SCALE,
}
_USUAL = {"neg": "negative", "pos": "positive", **{name: name for name in (*_SCALE, UNKNOWN)}}
"""Names of labels in lower case."""
_HELD_OUT = 0.1  # of train, if there is no dev
_FEATURES = ("text", "label")
_FILES = {"train": ("train",), "dev": ("dev", "valid", "validation", "val"), "test": ("test",)}
_ENDINGS = (".tsv", ".csv", ".txt", "")


class Reviews(NamedTuple):
    """Texts (bytes) and the names of their labels."""

    texts: list
    labels: list


def ordered(labels):
    """Returns the distinct names of labels: by their meaning, by number, or by alphabet."""

    def key(name):
        rank = _SCALE.index(name) if name in _SCALE else -1
        number = int(name) if re.fullmatch("-?[0-9]+", name) else 0
        return name == UNKNOWN, rank, number, name

    return sorted(set(labels), key=key)


def is_scale(labels):
    """Returns whether labels are numbers or degrees of an opinion, in ascending order."""
    return all(name in _SCALE or re.fullmatch("-?[0-9]+", name) for name in labels)


def read(config, split, examples=2000, sources=None, flag="--data"):
    """Returns the `Reviews` of `"train"`, `"dev"` or `"test"` of comma-separated sources.

    In tensorflow-datasets data sets, training reviews that also occur in test are left out.

    Args:
        config: settings with `data`, `text_column`, `label_column` and `seed`.
        split: split to read from each source.
        examples: number of synthetic reviews in train.
        sources: comma-separated sources instead of `config.data`.
        flag: name of the flag in error messages.

    Raises:
        UserError: if a source cannot be read.
    """
    with user_error(flag):
        names = (config.data if sources is None else sources).split(",")
        parts = [_read(source, split, config, examples) for source in names]
    return Reviews(*([x for part in column for x in part] for column in zip(*parts, strict=True)))


def _read(source, split, config, examples):
    if source == "synthetic":
        return Reviews(*reviews(examples if split == "train" else 2000, split, config.seed))
    if source.startswith("tfds:"):
        return _from_tfds(pipelines.tfds_builder(source.removeprefix("tfds:"), _FEATURES), split)
    return _from_files(source, split, config)


def _from_files(source, split, config):
    columns = {"text_column": config.text_column, "label_column": config.label_column}
    parts = {
        name: pipelines.read_labeled_texts(path, **columns)
        for name, path in _files(pathlib.Path(source)).items()
    }
    names = _names({label for rows in parts.values() for _, label in rows})
    if split in parts and (split != "train" or "dev" in parts):
        rows = parts[split]
    elif split == "test" or "train" not in parts:
        raise FileNotFoundError(
            f"{source} must contain {' or '.join(f'{split}{end}' for end in _ENDINGS[:3])}."
        )
    else:
        rows = _held_out(parts["train"], split)
    return Reviews([text.encode() for text, _ in rows], [names[label] for _, label in rows])


def _files(source):
    """Returns a dict from splits to their files or directories."""
    if source.is_file():
        return {"train": source}
    found = {}
    for split, names in _FILES.items():
        paths = [source / f"{name}{ending}" for name in names for ending in _ENDINGS]
        paths = [path for path in paths if path.exists()]
        if len(paths) > 1:
            raise ValueError(
                f"{source} must contain one file or directory of {split}. Received "
                f"{', '.join(path.name for path in paths)}. Move the others away."
            )
        found.update((split, path) for path in paths)
    if not found and any(source.glob("*/*.txt")):
        return {"train": source}
    if not found:
        raise FileNotFoundError(
            f"{source} must be a table, a fastText file, or a directory with train.tsv, train.csv, "
            "train.txt, train/CLASS/*.txt or CLASS/*.txt."
        )
    return found


def _held_out(rows, split):
    """Returns the rows of train or dev of data without dev."""
    count = max(1, round(_HELD_OUT * len(rows)))
    parts = pipelines.split_at_random((count, len(rows) - count), seed=0)
    return [rows[index] for index in parts[split == "train"]]


def _names(labels):
    """Returns a dict from the labels of a source to their names."""
    if all(re.fullmatch("-?[0-9]+", label) for label in labels):
        numbers = tuple(sorted(set(map(int, labels))))
        named = dict(zip(numbers, _NAMED.get(numbers, map(str, numbers)), strict=True))
        return {label: named[int(label)] for label in labels}
    return {label: _USUAL.get(label.lower(), label) for label in labels}


def unlabeled(sources):
    """Returns the unlabeled texts of sources, without texts that also occur in test."""
    found = []
    for builder in _builders(sources):
        if "unsupervised" in builder.info.splits:
            test = set(_part(builder, "test").texts)
            found += [text for text in _part(builder, "unsupervised").texts if text not in test]
    return found


def copies(config):
    """Returns the set of all labeled and unlabeled training texts of the sources of settings."""
    found = set()
    for builder in _builders(config.data):
        for split in {"train", "unsupervised"} & set(builder.info.splits):
            found.update(_part(builder, split).texts)
    for source in config.data.split(","):
        if source != "synthetic" and not source.startswith("tfds:"):
            found.update(_from_files(source, "train", config).texts)
    return found


def _builders(sources):
    names = [each for each in sources.split(",") if each.startswith("tfds:")]
    return [pipelines.tfds_builder(name.removeprefix("tfds:"), _FEATURES) for name in names]


def _part(builder, split):
    found = pipelines.read_tfds(builder, split, _FEATURES)
    numbers = found["label"].tolist()
    labels = getattr(builder.info.features["label"], "names", None)
    if labels:  # a ClassLabel, whose -1 means that a text is unlabeled
        names = _names(set(labels))
        return Reviews(
            found["text"].tolist(),
            [UNKNOWN if number < 0 else names[labels[number]] for number in numbers],
        )
    names = _names(set(map(str, numbers)))
    return Reviews(found["text"].tolist(), [names[str(number)] for number in numbers])


def _from_tfds(builder, split):
    has_dev = "validation" in builder.info.splits
    if split == "test" or (split == "dev" and has_dev):
        return _part(builder, {"dev": "validation"}.get(split, split))
    rows = list(zip(*_part(builder, "train"), strict=True))
    test = set(_part(builder, "test").texts)
    rows = [row for row in rows if row[0] not in test]
    return Reviews(*map(list, zip(*(rows if has_dev else _held_out(rows, split)), strict=True)))
