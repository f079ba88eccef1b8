"""Reads tagged sentences from files or templates, and converts them to tensors."""

import pathlib
import random
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from apps.ner.app import Assets
from keras_dl import callbacks, embeddings, pipelines, training
from keras_dl.application import UserError, user_error

_EPOCHS, _UPDATES = 4, 600  # at least, if --epochs does not say otherwise
WIDTH = 20  # bytes of a word that the network reads
_FILES = {"train": ("train",), "dev": ("dev", "valid", "testa"), "test": ("test", "testb")}
# Types of CoNLL-2003, with their names in other corpora.
_FOUR = {
    "PER": ("PER", "PERSON", "person"),
    "LOC": ("LOC", "GPE", "location"),
    "ORG": ("ORG", "corporation", "group"),
    "MISC": ("MISC", "creative-work", "product"),
}
_CASES = (str.lower, str.lower, str.upper, lambda token: token[:1].upper() + token[1:])


class Initial(NamedTuple):
    """Initial word vectors, a dict from words to arrays, and the first ID of a rare word."""

    rare_min_id: int
    vectors: dict


def training_data(config):
    """Reads or generates the sentences of a run and returns its `TrainingData`."""
    train = read(config, "train", config.num_examples)
    dev = read(config, "dev", min(1000, config.num_examples // 5))
    types = sorted({tag[2:] for sentence in train for tag in sentence.tags} - {""})
    if not types:
        raise UserError(f"--data must contain entities; {config.data} has none. Add entity tags.")
    train = train + _recased(train, config)
    vectors = _vectors(config)
    if config.fixed_vectors and not vectors:
        raise UserError("--fixed-vectors requires --vectors or --lists. Add one of them.")
    words, rare_min_id = _vocabulary([each.tokens for each in train], vectors, config.fixed_vectors)
    tags = ["O", *(f"{prefix}-{kind}" for kind in types for prefix in "BI")]
    assets = Assets(words, tags, config.tagger)
    rows = [_rows(each, assets) for each in (train, dev)]
    with user_error("--batch-size"):
        batches, steps, held_out = pipelines.batches_by_length(
            *rows, batch_size=config.batch_size, seed=config.seed
        )
    watch, initial = (callbacks.ClippedShare(),), Initial(rare_min_id, vectors)
    epochs = config.epochs or max(_EPOCHS, -(-_UPDATES // steps))
    return training.TrainingData(
        batches, steps, held_out, assets, watch, initial, "val_entity_f1", epochs
    )


def _recased(found, config):
    """Returns copies of some sentences in lower case, capitals or title case."""
    draw = random.Random(config.seed)
    return [
        sentence._replace(tokens=tuple(map(draw.choice(_CASES), sentence.tokens)))
        for sentence in draw.sample(found, round(config.recased * len(found)))
    ]


def _vectors(config):
    """Returns the initial vectors by word: those of all files and lists, joined.

    The part of a file or list that does not have the word is 0.
    """
    parts = [_vectors_of(path) for path in filter(None, config.vectors.split(","))]
    with user_error("--lists"):
        parts += [_list_vectors(path) for path in filter(None, config.lists.split(","))]
    sizes = [len(next(iter(part.values()))) for part in parts]
    vectors = {word: np.zeros(sum(sizes), "float32") for part in parts for word in part}
    for part, end, size in zip(parts, np.cumsum(sizes), sizes, strict=True):
        for word, vector in part.items():
            vectors[word][end - size : end] = vector
    return vectors


def _vectors_of(path):
    """Returns the vectors by word in lower case; of equal words, the first one counts."""
    with user_error("--vectors"):
        found = embeddings.WordVectors.load(path)
    vectors = {}
    for word, vector in zip(found.words, found.vectors, strict=True):
        vectors.setdefault(word.lower(), vector)
    spread = np.std(list(vectors.values()))
    if not spread:
        raise UserError(f"--vectors must have different values. Received {path}. Use another file.")
    return {word: vector / spread / 2 for word, vector in vectors.items()}


def _list_vectors(path):
    """Returns the vector [1] for each word of a file of names."""
    words = {word for line in pipelines.read_lines(path) for word in line.lower().split()}
    if not words:
        raise ValueError(f"{path} must have names. Received none. Add names, one per line.")
    return dict.fromkeys(words, np.ones(1))


def _vocabulary(tokenized, known, fixed):
    """Returns words and the first ID of a rare word. Rare words occur once without a vector."""
    if fixed:
        return sorted(known), len(known) + 2
    common = pipelines.build_vocabulary(tokenized, min_count=2)
    common += sorted(set(known) - set(common))
    rare = sorted(set(pipelines.build_vocabulary(tokenized)) - set(common))
    return common + rare, len(common) + 2


def read(config, split, examples=1000):
    """Returns the sentences of `"train"`, `"dev"` or `"test"`, in the order of the source.

    Args:
        config: settings of train or evaluate.
        split: split to read from each source.
        examples: number of synthetic sentences.

    Raises:
        UserError: if a source cannot be read.
    """
    found = []
    with user_error("--data"):
        for source in config.data.split(","):
            if source == "synthetic":
                from apps.ner.synthetic.sentences import sentences  # babel, an extra

                found += sentences(examples, split, config.seed)
            elif source.startswith("tfds:"):
                found += _from_tfds(source.removeprefix("tfds:"), split)
            else:
                found += _from_files(pathlib.Path(source), split)
    return [_with_four_types(each) for each in found] if config.types == "four" else found


def features(words, tokens):
    """Converts tokens to the inputs of the network.

    Args:
        words: `pipelines.WordVocabulary`.
        tokens: string `(batch, time)`, padded with "".

    Returns:
        dict of `words`, the word IDs, int32 `(batch, time)`, and `characters`, the first bytes of
        each word, int32 `(batch, time, WIDTH)`; of full-width letters, those of ASCII, and `&` of
        `&amp;`.
    """
    tokens = tf.strings.regex_replace(tokens, "(?i)&amp;", "&")
    narrow = pipelines.without_full_width(tokens)
    characters = tf.io.decode_raw(narrow, "uint8", fixed_length=WIDTH)
    return {"words": words.encode(tokens), "characters": tf.cast(characters, "int32")}


def _rows(found, assets):
    """Returns the tokens of sentences, and the function from row indices to a batch."""
    words = pipelines.WordVocabulary(assets.vocabulary)
    number = {tag: index for index, tag in enumerate(assets.tags)}
    tokens = tf.ragged.constant([each.tokens for each in found], dtype="string")
    # No prediction is right for a type that is not in train, so O is as wrong as any tag.
    tags = tf.ragged.constant([[number.get(t, 0) for t in each.tags] for each in found], "int32")

    def make_batch(rows):
        inputs = features(words, tf.gather(tokens, rows).to_tensor())
        return inputs, tf.gather(tags, rows).to_tensor(-1)

    return tokens, make_batch


def _from_files(path, split):
    if path.is_file():
        if split == "test":
            raise ValueError(
                f"{path} must be a directory with a file named {' or '.join(_FILES[split])}. "
                "Received a single file, whose last fifth is dev. Evaluate on dev, or move the "
                "file to a directory."
            )
        return _split(pipelines.read_conll(path), split, path)
    if not path.is_dir():
        raise FileNotFoundError(f"{path} must be a column file or a directory with column files.")
    files = [file for file in sorted(path.glob("[!.]*")) if file.suffix != ".md"]
    meant = {name: [file for file in files if file.stem in stems] for name, stems in _FILES.items()}
    single = meant["train"] if len(files) > 1 else files
    if len(single) == 1 and not (len(files) > 1 and meant["dev"]) and split != "test":
        return _split(pipelines.read_conll(*single), split, single[0])
    if len(meant[split]) != 1:
        raise FileNotFoundError(
            f"{path} must contain one file named {' or '.join(_FILES[split])}. Without dev, the "
            f"last fifth of train, or of the only file, is held out. Received "
            f"{[file.name for file in files]}. Rename the column files."
        )
    return pipelines.read_conll(*meant[split])


def _split(found, split, path):
    if len(found) < 2:
        raise ValueError(
            f"{path} must have at least two sentences, to hold one out. Received {len(found)}. "
            "Add sentences, or a file named dev."
        )
    kept = len(found) - max(1, len(found) // 5)
    return found[:kept] if split == "train" else found[kept:]


def _from_tfds(name, split):
    builder = pipelines.tfds_builder(name, ("tokens", "ner"))
    tag_name = builder.info.features["ner"].feature.int2str
    found = pipelines.read_tfds(builder, split, ("tokens", "ner"))
    return [
        pipelines.Sentence(
            tuple(token.decode() for token in tokens), tuple(tag_name(int(tag)) for tag in tags)
        )
        for tokens, tags in zip(found["tokens"], found["ner"], strict=True)
    ]


def _with_four_types(sentence):
    known = {name.lower(): kind for kind, names in _FOUR.items() for name in names}
    unknown = {tag[2:] for tag in sentence.tags if tag[2:].lower() not in known} - {""}
    if unknown:
        raise UserError(
            f"--types must be as-is for data with types other than {sorted(known)}. Received the "
            f"types {sorted(unknown)}."
        )
    return sentence._replace(
        tags=tuple(tag if tag == "O" else tag[:2] + known[tag[2:].lower()] for tag in sentence.tags)
    )
