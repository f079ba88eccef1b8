"""Reads texts from files or tensorflow-datasets, or generates them, and splits them into words."""

import pathlib
import re

import tensorflow as tf

from apps.embeddings.synthetic.corpus import sentences
from keras_dl import pipelines
from keras_dl.application import UserError, user_error
from keras_dl.pipelines.text_files import line_error

_AT_ONCE = 500  # texts
# Thai, Lao, Burmese, Khmer, Japanese and Chinese.
_UNSPACED = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
)
_LONGEST_WORD = 6  # letters of a word in these languages, on average


def read(config):
    """Returns a `tf.data.Dataset` of texts, one per document."""
    source = config.data
    if source == "synthetic":
        return tf.data.Dataset.from_tensor_slices(sentences(config.num_examples, config.seed))
    if source.startswith("tfds:"):
        return _from_tfds(source.removeprefix("tfds:"))
    path = pathlib.Path(source)
    files = sorted(map(str, path.rglob("*.txt"))) if path.is_dir() else [str(path)]
    if not files or not all(pathlib.Path(file).is_file() for file in files):
        raise UserError(
            "--data must be a text file, a directory of text files (*.txt), tfds:NAME or "
            f"synthetic. Received {source}."
        )
    with user_error("--data"):
        for file in files:
            _check_encoding(file)
    lines = tf.data.TextLineDataset(files)
    return lines.filter(lambda line: tf.strings.length(tf.strings.strip(line)) > 0)


def check_spaces(config, counts, words):
    """Raises a UserError for text in a language without spaces that is not split into words.

    Args:
        config: `TrainConfig`.
        counts: int `(words,)`. Count of each word.
        words: list of bytes.
    """
    found = [(n, word.decode()) for n, word in enumerate(words) if _UNSPACED.search(word.decode())]
    total = sum(int(counts[number]) for number, _ in found)
    letters = sum(int(counts[number]) * sum(map(str.isalpha, word)) for number, word in found)
    if total > counts.sum() / 4 and letters > _LONGEST_WORD * total:
        example = max(found, key=lambda each: counts[each[0]])[1]
        raise UserError(
            f"--data must have spaces between words. Received {config.data}, with {example[:20]!r} "
            "in a language that is written without. Split its words with a word segmenter, or put "
            "a space between characters."
        )


def _check_encoding(path):
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
                wrong = b"\0" in line  # as in UTF-16
            except UnicodeDecodeError:
                wrong = True
            if wrong:
                received = f"bytes {line[:20]!r}"
                rule, remedy = "text must be UTF-8", "Save the file as UTF-8."
                raise line_error(path, number, rule, received, remedy)


def _from_tfds(name):
    import tensorflow_datasets as tfds

    with user_error("--data"):
        builder = pipelines.tfds_builder(name)
    features = builder.info.features
    texts = [key for key, feature in features.items() if isinstance(feature, tfds.features.Text)]
    if not texts:
        raise UserError(
            f"--data must be a data set with a text feature. Received tfds:{name} with features "
            f"{', '.join(sorted(features))}. Use another data set."
        )
    splits = "+".join(split for split in builder.info.splits if split != "test")
    found = builder.as_dataset(split=splits, shuffle_files=False)
    return found.map(lambda example: example[texts[0]])


def tokenized(texts):
    """Returns a data set of the words of texts in lower case, in batches of ragged strings."""

    def tokenize(batch):
        words = pipelines.tokenize(tf.strings.regex_replace(batch, r"<br\s*/?>", " "))
        return tf.ragged.map_flat_values(tf.strings.lower, words, encoding="utf-8")

    return texts.batch(_AT_ONCE).map(tokenize, num_parallel_calls=2, deterministic=True)
