"""Sentences with tags, from files or made here, as tensors."""

import collections
import dataclasses
import pathlib

import numpy as np
import tensorflow as tf

from apps import tfds_sets
from apps.ner.generated import sentences
from keras_dl import embeddings, pipelines

WIDTH = 20  # bytes of a word that the network sees
_FILES = {"train": ("train",), "dev": ("dev", "valid", "testa"), "test": ("test", "testb")}
_GENERATED = {"dev": 1000, "test": 1000}
# The types of CoNLL-2003, and what other corpora call them.
_FOUR = {
    "PER": ("PER", "PERSON", "person"),
    "LOC": ("LOC", "GPE", "location"),
    "ORG": ("ORG", "corporation", "group"),
    "MISC": ("MISC", "creative-work", "product"),
}


@dataclasses.dataclass(frozen=True)
class Data:
    """What training needs; `assets` go into the run for whoever loads the model."""

    train: collections.abc.Callable
    steps_per_epoch: int
    validation: tf.data.Dataset
    assets: dict
    rare_from: int
    vectors: dict | None


def pipeline(config):
    """Reads or makes the sentences of a run and returns its `Data`."""
    found = examples(config, "train")
    kinds = sorted({tag[2:] for sentence in found for tag in sentence.tags} - {""})
    if not kinds:
        raise ValueError(f"--data must hold entities. Received {config.data} with none. Tag some.")
    vectors = _vectors(config.vectors) if config.vectors else None
    words, rare_from = _vocabulary([each.tokens for each in found], vectors or ())
    assets = {
        "vocabulary": words,
        "tags": ["O", *(f"{place}-{kind}" for kind in kinds for place in "BI")],
        "tagger": config.tagger,
    }
    train, steps = pipelines.length_batches(
        *_rows(found, assets), batch_size=config.batch_size, seed=config.seed
    )
    dev = pipelines.all_batches(
        *_rows(examples(config, "dev"), assets), batch_size=config.batch_size
    )
    return Data(train, steps, dev.cache(), assets, rare_from, vectors)


def _vectors(path):
    """Returns the vectors of words in lower case; of several that then are one the first counts."""
    found = embeddings.WordVectors.load(path)
    vectors = {}
    for word, vector in zip(found.words, found.vectors, strict=True):
        vectors.setdefault(word.lower(), vector)
    spread = np.std(list(vectors.values()))
    if not spread:
        raise ValueError(f"--vectors must not all be 0. Received {path}.")
    return {word: vector / spread / 2 for word, vector in vectors.items()}


def _vocabulary(tokenized, known):
    """Returns words, and the number of the first of those that the network can know little of.

    Last come the words that stand in the data once and have no vector.
    """
    common = pipelines.vocabulary(tokenized, min_count=2)
    common += sorted(set(known) - set(common))
    rare = sorted(set(pipelines.vocabulary(tokenized)) - set(common))
    return common + rare, len(common) + 2


def examples(config, split):
    """Returns the sentences of `"train"`, `"dev"` or `"test"`, in their order in the source."""
    found = []
    for source in config.data.split(","):
        if source == "made":
            found += sentences(_GENERATED.get(split, config.examples), split, config.seed)
        elif source.startswith("tfds:"):
            found += _from_tfds(source.removeprefix("tfds:"), split)
        else:
            found += _from_folder(pathlib.Path(source), split)
    return [_with_four_types(each) for each in found] if config.types == "four" else found


def features(words, tokens):
    """Turns tokens into the inputs of the network.

    Args:
        words: `pipelines.Words`.
        tokens: string `(batch, time)`, padded with "".

    Returns:
        dict of the word numbers, int32 `(batch, time)`, and the first bytes of each word, int32
        `(batch, time, WIDTH)`.
    """
    characters = tf.io.decode_raw(tokens, "uint8", fixed_length=WIDTH)
    return {"words": words.encode(tokens), "characters": tf.cast(characters, "int32")}


def _rows(found, assets):
    """Returns the tokens of sentences, and the function from some rows of them to a batch."""
    words = pipelines.Words(assets["vocabulary"])
    number = {tag: place for place, tag in enumerate(assets["tags"])}
    tokens = tf.ragged.constant([each.tokens for each in found], dtype="string")
    # A type that training never had is one that no answer can get right; O is as wrong as any.
    tags = tf.ragged.constant([[number.get(t, 0) for t in each.tags] for each in found], "int32")

    def make_batch(rows):
        inputs = features(words, tf.gather(tokens, rows).to_tensor())
        return inputs, tf.gather(tags, rows).to_tensor(-1)

    return tokens, make_batch


def _from_folder(folder, split):
    if not folder.is_dir():
        raise FileNotFoundError(f"--data must name a folder that is there. Received {folder}.")
    files = [path for path in sorted(folder.glob("[!.]*")) if path.suffix != ".md"]
    if len(files) == 1 and split != "test":
        return _split(pipelines.read_conll(*files), split, files[0])
    meant = [path for path in files if path.stem in _FILES[split]]
    if len(meant) != 1:
        raise FileNotFoundError(
            f"{folder} must hold one file called {' or '.join(_FILES[split])}, or one file only, "
            f"whose last fifth is then held out. Received {[path.name for path in files]}. Rename "
            "the column files."
        )
    return pipelines.read_conll(*meant)


def _split(found, split, path):
    if len(found) < 2:
        raise ValueError(
            f"{path} must hold two sentences or more, to hold one out. Received {len(found)}. "
            "Add some, or a file dev."
        )
    kept = len(found) - max(1, len(found) // 5)
    return found[:kept] if split == "train" else found[kept:]


def _from_tfds(name, split):
    import tensorflow_datasets as tfds

    builder = tfds_sets.prepared(name)
    features, splits = builder.info.features, builder.info.splits
    if not {"tokens", "ner"} <= set(features.keys()):
        raise ValueError(
            "--data must name a set of tensorflow-datasets with tokens and ner. Received "
            f"tfds:{name} with {', '.join(sorted(features))}."
        )
    if split not in splits:
        raise ValueError(
            f"--data must be a set with a part {split}. Received tfds:{name} with "
            f"{', '.join(splits)}."
        )
    kinds = features["ner"].feature
    return [
        pipelines.Sentence(
            tuple(token.decode() for token in each["tokens"]),
            tuple(kinds.int2str(int(tag)) for tag in each["ner"]),
        )
        for each in tfds.as_numpy(builder.as_dataset(split))
    ]


def _with_four_types(sentence):
    known = {name: kind for kind, names in _FOUR.items() for name in names}
    unknown = {tag[2:] for tag in sentence.tags} - set(known) - {""}
    if unknown:
        raise ValueError(
            f"--types four knows {sorted(known)}. Received {sorted(unknown)}. Use --types own."
        )
    return sentence._replace(
        tags=tuple(tag if tag == "O" else tag[:2] + known[tag[2:]] for tag in sentence.tags)
    )
