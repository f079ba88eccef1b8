"""Reads reviews from tensorflow-datasets or TSV files, or generates them from templates."""

import pathlib
from typing import NamedTuple

from apps.sentiment.synthetic.reviews import reviews
from keras_dl import pipelines
from keras_dl.application import user_error

_NAMES = {
    2: ["negative", "positive"],
    5: ["very negative", "negative", "neutral", "positive", "very positive"],
}
_HELD_OUT = 0.1  # of train, if there is no dev
_FEATURES = ("text", "label")


class Reviews(NamedTuple):
    """Texts (bytes) and their label indices."""

    texts: list
    labels: list


def label_names(number):
    """Returns the names of the labels 0 to `number - 1`."""
    return _NAMES.get(number) or [str(label) for label in range(number)]


def read(sources, split, seed, examples=2000, flag="--data"):
    """Returns the `Reviews` of `"train"`, `"dev"` or `"test"` of comma-separated sources.

    In tensorflow-datasets data sets, training reviews that also occur in test are left out.

    Args:
        sources: value of `--data` or `--vectors`.
        split: split to read from each source.
        seed: seed of synthetic reviews.
        examples: number of synthetic reviews in train.
        flag: name of the flag in error messages.

    Raises:
        UserError: if a source cannot be read.
    """
    with user_error(flag):
        parts = [_read(source, split, seed, examples) for source in sources.split(",")]
    return Reviews(*([x for part in column for x in part] for column in zip(*parts, strict=True)))


def _read(source, split, seed, examples):
    if source == "synthetic":
        return Reviews(*reviews(examples if split == "train" else 2000, split, seed))
    if source.startswith("tfds:"):
        return _from_tfds(pipelines.tfds_builder(source.removeprefix("tfds:"), _FEATURES), split)
    path = pathlib.Path(source, f"{split}.tsv")
    if not path.exists():
        raise FileNotFoundError(f"{source} must be a directory with {split}.tsv.")
    texts, labels = zip(*pipelines.read_tsv(path), strict=True)
    return Reviews([text.encode() for text in texts], list(labels))


def unlabeled(sources):
    """Returns the unlabeled texts of sources, without texts that also occur in test."""
    found = []
    for builder in _builders(sources):
        if "unsupervised" in builder.info.splits:
            test = set(_part(builder, "test").texts)
            found += [text for text in _part(builder, "unsupervised").texts if text not in test]
    return found


def copies(sources):
    """Returns the set of all labeled and unlabeled training texts of sources."""
    found = set()
    for builder in _builders(sources):
        for split in {"train", "unsupervised"} & set(builder.info.splits):
            found.update(_part(builder, split).texts)
    for source in sources.split(","):
        if source != "synthetic" and not source.startswith("tfds:"):
            found.update(_read(source, "train", 0, 0).texts)
    return found


def _builders(sources):
    names = [each for each in sources.split(",") if each.startswith("tfds:")]
    return [pipelines.tfds_builder(name.removeprefix("tfds:"), _FEATURES) for name in names]


def _part(builder, split):
    found = pipelines.read_tfds(builder, split, _FEATURES)
    return Reviews(*(found[name].tolist() for name in _FEATURES))


def _from_tfds(builder, split):
    has_dev = "validation" in builder.info.splits
    if split == "test" or (split == "dev" and has_dev):
        return _part(builder, {"dev": "validation"}.get(split, split))
    texts, labels = _part(builder, "train")
    test = set(_part(builder, "test").texts)
    rows = [row for row, text in enumerate(texts) if text not in test]
    if not has_dev:
        held_out = round(_HELD_OUT * len(rows))
        parts = pipelines.split_at_random((held_out, len(rows) - held_out), seed=0)
        rows = [rows[index] for index in parts[split == "train"]]
    return Reviews([texts[row] for row in rows], [labels[row] for row in rows])
