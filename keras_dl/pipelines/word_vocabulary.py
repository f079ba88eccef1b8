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
_KEPT_DOT = "\ue000"  # private-use character that replaces the dot of an abbreviation or address
_KEPT_SEMICOLON = "\ue002"  # and the semicolon of a character reference such as &amp;
RESERVED = rf"{_KEPT_DOT}|{_KEPT_SEMICOLON}"  # replaced by U+FFFD where a text contains them
_APOSTROPHE = (
    r"(?:\\?['\x{2018}\x{2019}\x{2bc}\x{b4}\x{ff07}`]"
    r"|&(?:#39|#x27|#8217|#x2019|apos|rsquo)\x{e002}|â€™)"
)
_QUOTE_REFERENCE = "&(?:quot|[lrb]dquo|[lr]aquo|#34|#x22|#822[012]|#x201[cde])"
_INVISIBLE = r"[\x{ad}\x{200b}-\x{200f}\x{2060}\x{feff}]"
_PICTURES = r"\x{2122}\x{2190}-\x{2bff}\x{1f000}-\x{1faff}"
_EMOJI = rf"[{_PICTURES}][\x{{fe0f}}\x{{200d}}{_PICTURES}]*"
_ATTRIBUTE = (
    r"""[a-z][a-z0-9:_-]*\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)"""
    "|compact|hidden|noshade|nowrap|reversed"
)
NO_WORDS = (
    r"&(?:nbsp|#160|#xa0);"
    r"|</?(?:p|br|hr|b|i|u|em|strong|a|span|div|td|tr|th|table|tbody|li|ul|ol|h[1-6]|font|img|sup|sub|"
    rf"code|pre|blockquote)(?:\s+(?:{_ATTRIBUTE}))*\s*/?>"
)
"""Pattern of spaces and tags in HTML, ignoring case, also for `re`."""
_BRACKETS = (
    r"\x{201c}-\x{201f}\x{201a}\x{ab}\x{bb}\x{2039}\x{203a}\x{3001}-\x{3003}\x{3008}-\x{3011}"
    r"\x{ff01}\x{ff08}\x{ff09}\x{ff0c}\x{ff1b}\x{ff1f}\x{ff3b}\x{ff3d}"
)
_NEGATED = "is|are|was|were|do|does|did|has|have|had|would|could|should|must|need|wo|ca|ai"
# These patterns overlap with the next match, so each is applied twice.
_ADDRESSES = (  # a dot before a capital in an e-mail or web address
    (
        rf"((?:[^ ]@|://|(?i:www){_KEPT_DOT})[^ ]*[\p{{Ll}}\p{{N}}])\.(\p{{Lu}})",
        rf"\1{_KEPT_DOT}\2",
    ),
    (r"([\p{Ll}\p{N}])\.(\p{Lu}[^ @]*@)", rf"\1{_KEPT_DOT}\2"),
)
_WITHOUT_APOSTROPHE = (rf"(?i)(^| )({_NEGATED})(nt)( |$)", r"\1\2 \3 ")
_ALTERNATIVES = (
    r"(^| )(\p{L}[\p{L}-]{2,})/((?:\p{L}[\p{L}-]{2,}/)*\p{L}[\p{L}-]{2,})( |$)",
    r"\1\2 / \3\4",
)
# Each pattern only inserts spaces, or replaces by spaces what is no part of a word, so that a token
# is a substring of the text. RE2 has no look-around: the replacements repeat the context.
_SPACES = (
    (RESERVED, "\ufffd"),
    (rf"(?i)[\s\v\p{{Z}}\p{{Cc}}]+|{NO_WORDS}", " "),
    (
        r"&(#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,5}|[a-zA-Z][a-zA-Z0-9]{1,7});",
        rf"&\1{_KEPT_SEMICOLON}",
    ),
    (
        rf"((?i:{_QUOTE_REFERENCE}|&(?:hellip|mdash|lt|gt)){_KEPT_SEMICOLON})",
        r" \1 ",
    ),
    (rf"({_EMOJI})", r" \1 "),
    (rf"{_INVISIBLE}+([^\p{{L}}\p{{N}}{_PICTURES}]|$)", r" \1"),
    (rf"(^|[^\p{{L}}\p{{N}}\x{{fe0f}}{_PICTURES}]){_INVISIBLE}+", r"\1 "),
    (r"(?i)\b(www)\.", rf"\1{_KEPT_DOT}"),
    *_ADDRESSES,
    *_ADDRESSES,
    (r"([\p{Ll}\p{N}])\.(\p{Lu}\p{Ll})", r"\1. \2"),
    (r"(\p{Ll})\.([IA][ '\x{2019}])", r"\1. \2"),
    (r"(\p{L}):(\p{L})", r"\1: \2"),
    (r"(\p{L})\x{2013}(\p{L})", "\\1 \u2013 \\2"),
    (r"(^| )([*_~]+)([\p{L}\p{N}'\"])", r"\1\2 \3"),
    (r"(^| )(-+)(\p{L})", r"\1\2 \3"),
    (r"([\p{L}\p{N}'\".,!?])([*_~]+|-+)([.,!?;:]*)( |$)", r"\1 \2 \3\4"),
    (rf"\b({_ABBREVIATIONS})\.", rf"\1{_KEPT_DOT}"),
    (r"^( ?[0-9]+)\. ", rf"\1{_KEPT_DOT} "),
    (rf'(["{_BRACKETS}()\[\]{{}}<>|\x{{2026}};]|[!?]+|\.\.+|--+|\x{{2014}})', r" \1 "),
    (r"([^0-9]),", r"\1 , "),
    (r",([^0-9]|$)", r" , \1"),
    (r":( |$)", r" : "),
    (r"([$\x{a3}\x{20ac}])([0-9])", r"\1 \2"),
    (r"([0-9])%", r"\1 %"),
    (r"([0-9]|[^ .][^ .])\.(['\x{2019}]*)( |$)", r"\1 . \2 "),
    (rf"(?i)([a-z])(n{_APOSTROPHE}t)( |$)", r"\1 \2 "),
    _WITHOUT_APOSTROPHE,
    _WITHOUT_APOSTROPHE,
    (r"(^| )(['\x{2018}`]+)([^ ])", r"\1\2 \3"),
    (rf"(?i)([^ ])({_APOSTROPHE}(?:s|m|d|re|ve|ll))( |$)", r"\1 \2 "),
    (r"(?i)(^| )(['\x{2019}]) (s|m|d|re|ve|ll)( |$)", r"\1\2\3 "),
    (r"([^ '\x{2018}\x{2019}`])(['\x{2018}\x{2019}`]+)( |$)", r"\1 \2 "),
    _ALTERNATIVES,
    _ALTERNATIVES,
    (_KEPT_SEMICOLON, ";"),
    (_KEPT_DOT, "."),
)
# Usual spellings of words.
_SPELLINGS = (
    (_INVISIBLE, ""),
    (_APOSTROPHE.replace(r"\x{e002}", ";"), "'"),
    ("^nt$", "n't"),
    (f"[\u201c-\u201f\u00ab\u00bb\u2039\u203a\u3008-\u300f]|{_QUOTE_REFERENCE};", '"'),
    ("&amp;", "&"),
    ("[\u2010-\u2013]", "-"),
    ("\u2026|&hellip;", "..."),
)


def tokenize(texts: Tensor) -> tf.RaggedTensor:
    """Splits texts into words, numbers and punctuation marks.

    Keeps units together (`U.S.`, `Mr.`, `1,200.50`, `10:30`, `http://a.b/c`, `@name`) and splits
    contractions as in the Penn Treebank (`do n't`, `it 's`). Each token is an exact substring of
    its text. Text that is already tokenized does not change. Bytes that are not UTF-8 become
    U+FFFD, and so do U+E000 and U+E002.

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


def without_full_width(words: Tensor) -> tf.Tensor:
    """Replaces full-width letters, digits and punctuation with those of ASCII.

    Args:
        words: string, any shape.

    Example:
    >>> without_full_width(["\uff34\uff36", "TV"]).numpy().tolist()
    [b'TV', b'TV']
    """
    words = tf.convert_to_tensor(words)
    found = tf.where(tf.strings.regex_full_match(words, r"(?s).*[\x{ff01}-\x{ff5e}].*"))
    points = tf.strings.unicode_decode(tf.gather_nd(words, found), "UTF-8", errors="replace")
    wide = (points.values >= 0xFF01) & (points.values <= 0xFF5E)
    points = points.with_values(tf.where(wide, points.values - 0xFEE0, points.values))
    narrow = tf.strings.unicode_encode(points, "UTF-8")
    return tf.tensor_scatter_nd_update(words, found, narrow)


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
        numbers = {word: number for number, word in enumerate(self.vocabulary, 2)}
        with tf.init_scope():
            usual = _usual_spelling(tf.constant(self.vocabulary, "string")).numpy()
        ids = [
            numbers.get(spelled.decode(), numbers[word])
            for word, spelled in zip(self.vocabulary, usual, strict=True)
        ]
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.constant(self.vocabulary, "string"), tf.constant(ids, "int32")
            ),
            default_value=UNKNOWN,
        )

    def __len__(self) -> int:
        return len(self.vocabulary) + 2

    def encode(self, words: Tensor) -> tf.Tensor | tf.RaggedTensor:
        """Returns the int32 IDs of a (ragged) tensor of words, with the same shape; 0 for "".

        A word has the ID of its usual spelling if that is in the vocabulary: with a typewriter
        apostrophe or quote, in ASCII instead of full-width letters, without invisible characters.
        """
        return tf.ragged.map_flat_values(self._encode, words)

    def _encode(self, words):
        words = tf.strings.lower(words, encoding="utf-8")
        ids = self.table.lookup(words)
        unknown = tf.where(ids == UNKNOWN)
        spelled = _usual_spelling(tf.gather_nd(words, unknown))
        ids = tf.tensor_scatter_nd_update(ids, unknown, self.table.lookup(spelled))
        return tf.where(words == "", PADDING, ids)


def _usual_spelling(words):
    for pattern, usual in _SPELLINGS:
        words = tf.strings.regex_replace(words, pattern, usual)
    return tf.strings.lower(without_full_width(words), encoding="utf-8")
