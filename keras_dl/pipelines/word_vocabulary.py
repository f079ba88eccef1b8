"""Tokenizer and word vocabulary that encode text, also in exported models."""

import collections
from collections.abc import Iterable, Sequence

import tensorflow as tf

from keras_dl.typing import Tensor

PADDING = 0
UNKNOWN = 1
_ABBREVIATIONS = (
    "Adm|Apr|Assn|Aug|Ave|Blvd|Bros|Capt|Cie|Cmdr|Co|Col|Corp|Cpl|Dec|Dept|Dr|Feb|Fig|Gen|Gov|Hon"
    "|Inc|Jan|Jr|Jul|Jun|Lt|Ltd|Maj|Mar|Messrs|Mr|Mrs|Ms|Mt|No|Nov|Oct|Prof|Rep|Rev|Sen|Sep|Sept"
    "|Sgt|Sr|St|Ste|dr|etc|jr|mr|mrs|ms|prof|sr|st|vs"
)
_KEPT_DOT = "\ue000"  # private-use character that replaces the dot of an abbreviation
# Each pattern only inserts spaces, so that a token is a substring of the text. RE2 has no
# look-around: the replacements repeat the context.
_SPACES = (
    (r"[\s\v\p{Z}\p{Cc}]+", " "),
    (_KEPT_DOT, "\ufffd"),
    (rf"\b({_ABBREVIATIONS})\.", rf"\1{_KEPT_DOT}"),
    (r"^( ?[0-9]+)\. ", rf"\1{_KEPT_DOT} "),
    (r'(["\x{201c}\x{201d}\x{ab}\x{bb}()\[\]{}<>\x{2026};]|[!?]+|\.\.+|--+|\x{2014})', r" \1 "),
    (r"([^0-9]),", r"\1 , "),
    (r",([^0-9]|$)", r" , \1"),
    (r":( |$)", r" : "),
    (r"([$\x{a3}\x{20ac}])([0-9])", r"\1 \2"),
    (r"([0-9])%", r"\1 %"),
    (r"(^| )(['\x{2018}`]+)([^ ])", r"\1\2 \3"),
    (r"(?i)([a-z])(n['\x{2019}]t)( |$)", r"\1 \2 "),
    (r"(?i)([^ ])(['\x{2019}](?:s|m|d|re|ve|ll))( |$)", r"\1 \2 "),
    (r"(?i)(^| )(['\x{2019}]) (s|m|d|re|ve|ll)( |$)", r"\1\2\3 "),
    (r"([0-9]|[^ .][^ .])\.(['\x{2019}]*)( |$)", r"\1 . \2 "),
    (r"([^ '\x{2019}])(['\x{2019}]+)( |$)", r"\1 \2 "),
    (_KEPT_DOT, "."),
)


def tokenize(texts: Tensor) -> tf.RaggedTensor:
    """Splits texts into words, numbers and punctuation marks.

    Keeps units together (`U.S.`, `Mr.`, `1,200.50`, `10:30`, `http://a.b/c`, `@name`) and splits
    contractions as in the Penn Treebank (`do n't`, `it 's`). Each token is an exact substring of
    its text. Text that is already tokenized does not change. Bytes that are not UTF-8 become
    U+FFFD, and so does U+E000.

    Args:
        texts: string `(batch,)`.

    Returns:
        ragged string `(batch, None)`.

    Example:
    >>> [word.decode() for word in tokenize(["Mr. O'Hara didn't pay $5.50."])[0].numpy()]
    ['Mr.', "O'Hara", 'did', "n't", 'pay', '$', '5.50', '.']
    """
    texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")
    for pattern, spaced in _SPACES:
        texts = tf.strings.regex_replace(texts, pattern, spaced)
    return tf.strings.split(texts)


def build_vocabulary(
    tokenized: Iterable[Iterable[str]], *, min_count: int = 1, max_size: int | None = None
) -> list[str]:
    """Returns the lower-case words that occur at least `min_count` times, most frequent first.

    Args:
        tokenized: iterable of iterables of words.
        min_count: int. Rarer words are dropped.
        max_size: int or None. Maximum number of words.
    """
    counts = collections.Counter(word.lower() for words in tokenized for word in words)
    kept = sorted((-count, word) for word, count in counts.items() if count >= min_count)
    return [word for _, word in kept[:max_size]]


class WordVocabulary(tf.Module):
    """Encodes words as vocabulary IDs, ignoring case.

    ID 0 is padding and ID 1 is any word outside the vocabulary. The words of the vocabulary have
    the IDs from 2 in order. To export a model with its vocabulary, make the vocabulary an attribute
    of the model.

    Args:
        vocabulary: list of distinct lower-case words.

    Raises:
        ValueError: if a word is duplicated, empty or not in lower case.

    Example:
    >>> WordVocabulary(["in", "london"]).encode([["London", "2", "in"]]).numpy().tolist()
    [[3, 1, 2]]
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        super().__init__()
        if not vocabulary:
            raise ValueError("WordVocabulary: vocabulary must have words. Received []. Add words.")
        seen = set()
        for index, word in enumerate(vocabulary):
            if not word or word != word.lower() or word in seen:
                raise ValueError(
                    "WordVocabulary: vocabulary must contain distinct lower-case words. "
                    f"Received {word!r} at index {index}. Use pipelines.build_vocabulary."
                )
            seen.add(word)
        self.vocabulary = list(vocabulary)
        numbers = tf.range(2, len(self), dtype="int32")
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(self.vocabulary, "string"), numbers),
            default_value=UNKNOWN,
        )

    def __len__(self) -> int:
        return len(self.vocabulary) + 2

    def encode(self, words: Tensor) -> tf.Tensor | tf.RaggedTensor:
        """Returns the int32 IDs of a (ragged) tensor of words, with the same shape; 0 for ""."""
        words = tf.ragged.map_flat_values(tf.strings.lower, words, encoding="utf-8")
        numbers = tf.ragged.map_flat_values(self.table.lookup, words)
        return tf.ragged.map_flat_values(
            lambda word, number: tf.where(word == "", PADDING, number), words, numbers
        )
