"""Where reviews come from: tensorflow-datasets, tables, or templates."""

import pathlib
from typing import NamedTuple

from apps.sentiment.synthetic.reviews import reviews
from keras_dl import pipelines
from keras_dl.application import user_error

_NAMES = {
    2: ["negative", "positive"],
    5: ["very negative", "negative", "neutral", "positive", "very positive"],
}
_HELD_OUT = 0.1  # of train, where there is no dev
_FEATURES = ("text", "label")


class Reviews(NamedTuple):
    """Texts (bytes) and the numbers of their labels."""

    texts: list
    labels: list


def label_names(number):
    """Returns what the labels 0 to `number - 1` are called."""
    return _NAMES.get(number) or [str(label) for label in range(number)]


def read(sources, split, seed, examples=2000, flag="--data"):
    """Returns the `Reviews` of `"train"`, `"dev"` or `"test"` of sources with commas between.

    Reviews of train that stand in test byte for byte are left out of sets of tensorflow-datasets;
    tables are taken as they are.

    Args:
        sources: value of a flag.
        split: part of each of them.
        seed: seed of synthetic reviews.
        examples: how many synthetic reviews train has.
        flag: the flag, for messages.

    Raises:
        UserError: if a source can't be read.
    """
    with user_error(flag):
        parts = [_read(source, split, seed, examples) for source in sources.split(",")]
    return Reviews(*([x for some in column for x in some] for column in zip(*parts, strict=True)))


def _read(source, split, seed, examples):
    if source == "synthetic":
        return Reviews(*reviews(examples if split == "train" else 2000, split, seed))
    if source.startswith("tfds:"):
        return _from_tfds(pipelines.tfds_builder(source.removeprefix("tfds:"), _FEATURES), split)
    path = pathlib.Path(source, f"{split}.tsv")
    if not path.exists():
        raise FileNotFoundError(f"{source} must be a folder with {split}.tsv, which is not there.")
    texts, labels = zip(*pipelines.read_tsv(path), strict=True)
    return Reviews([text.encode() for text in texts], list(labels))


def unlabeled(sources):
    """Returns the texts of sources that have no label, without copies of test; often none."""
    found = []
    for builder in _builders(sources):
        if "unsupervised" in builder.info.splits:
            test = set(_part(builder, "test").texts)
            found += [text for text in _part(builder, "unsupervised").texts if text not in test]
    return found


def copies(sources):
    """Returns the texts of the splits of sources that are trained on."""
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
