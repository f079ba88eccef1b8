"""Where reviews come from: tensorflow-datasets, tables, or made here."""

import dataclasses
import pathlib

import numpy as np

from apps import tfds_sets
from apps.sentiment.generated import reviews
from keras_dl import pipelines

_NAMES = {
    2: ["negative", "positive"],
    5: ["very negative", "negative", "neutral", "positive", "very positive"],
}
_HELD_OUT = 0.1  # of train, where there is no dev


@dataclasses.dataclass(frozen=True)
class Reviews:
    """Texts (bytes) and the numbers of their labels."""

    texts: list
    labels: list


def label_names(number):
    """Returns what the labels 0 to `number - 1` are called."""
    return _NAMES.get(number) or [str(place) for place in range(number)]


def read(sources, split, config):
    """Returns the `Reviews` of `"train"`, `"dev"` or `"test"` of sources with commas between.

    Reviews of train that stand in test byte for byte are left out of sets of tensorflow-datasets;
    tables are taken as they are.
    """
    parts = [_read(source, split, config) for source in sources.split(",")]
    return Reviews(
        [text for part in parts for text in part.texts],
        [label for part in parts for label in part.labels],
    )


def _read(source, split, config):
    if source == "made":
        return Reviews(*reviews({"train": config.examples}.get(split, 2000), split, config.seed))
    if source.startswith("tfds:"):
        return _from_tfds(source.removeprefix("tfds:"), split)
    path = pathlib.Path(source, f"{split}.tsv")
    if not path.exists():
        raise FileNotFoundError(f"{source} must be a folder with {split}.tsv, which is not there.")
    texts, labels = zip(*pipelines.read_tsv(path), strict=True)
    return Reviews([text.encode() for text in texts], list(labels))


def unlabelled(sources):
    """Returns the texts of sources that have no label, without copies of test; often none."""
    found = []
    for name in _tfds_names(sources):
        if "unsupervised" in _splits(name):
            test = set(_texts_and_labels(name, "test")[0])
            texts, _ = _texts_and_labels(name, "unsupervised")
            found += [text for text in texts if text not in test]
    return found


def _tfds_names(sources):
    prefix = "tfds:"
    return [each.removeprefix(prefix) for each in sources.split(",") if each.startswith(prefix)]


def _splits(name):
    return tfds_sets.prepared(name).info.splits


def _texts_and_labels(name, split):
    import tensorflow_datasets as tfds

    texts, labels = [], []
    for batch in tfds.load(name, split=split).batch(1000).as_numpy_iterator():
        texts += batch["text"].tolist()
        labels += batch["label"].tolist()
    return texts, labels


def _from_tfds(name, split):
    has_dev = "validation" in _splits(name)
    if split == "test" or (split == "dev" and has_dev):
        return Reviews(*_texts_and_labels(name, {"dev": "validation"}.get(split, split)))
    texts, labels = _texts_and_labels(name, "train")
    test = set(_texts_and_labels(name, "test")[0])
    rows = [row for row, text in enumerate(texts) if text not in test]
    if not has_dev:
        rows = np.random.default_rng(0).permutation(rows)
        held_out = round(_HELD_OUT * len(rows))
        rows = rows[:held_out] if split == "dev" else rows[held_out:]
    return Reviews([texts[row] for row in rows], [labels[row] for row in rows])


def copies(sources):
    """Returns the texts of the splits of sources that are trained on."""
    found = set()
    for name in _tfds_names(sources):
        for split in ("train", "unsupervised"):
            if split in _splits(name):
                found.update(_texts_and_labels(name, split)[0])
    for source in sources.split(","):
        if source != "made" and not source.startswith("tfds:"):
            table = pipelines.read_tsv(pathlib.Path(source, "train.tsv"))
            found.update(text.encode() for text, _ in table)
    return found
