"""Words of reviews, with ratings, stars and emoji as words."""

import re

import tensorflow as tf

from keras_dl import pipelines

_AT_ONCE = 2000  # texts
_STARS = tuple(
    (rf"\x{{2605}}{{{n}}}[\x{{2605}}\x{{2606}}\x{{bd}}]*", f" {n}/5 ") for n in (5, 4, 3, 2, 1)
)
_ASTERISKS = (
    *((rf"(^|\s)\*{{{n}}}(\s|$)", rf"\1 {n}/5 \2") for n in (5, 4, 3)),
    (r"^\s*\*\*\s*$", "2/5"),  # within a text, they are marks of bold words
)
_REPLACED = (
    ("[\u2b50\U0001f31f\u272d\u272e\u272f]", "\u2605"),
    (r"[\x{fe0f}\x{200d}\x{1f3fb}-\x{1f3ff}]", ""),  # variants and skin tones of emoji
    ("([\u2605\u2606]) +", r"\1"),
    *_STARS,
    *_ASTERISKS,
    (
        r"(?i)(^|[^0-9/.])(10|[0-9](?:\.5)?)(?:[.,][0-9]{1,2})? ?(?:out of|/) ?(5|10)(?: stars?)?"
        r"(\.? |[^0-9/.]|\.?$)",
        r"\1 \2/\3 \4",
    ),
    (r"(?i)(^|[^0-9/.])([0-5](?:\.5)?)(?:[.,][0-9]{1,2})?[ -]stars?(\W|$)", r"\1 \2/5 \3"),
    (r"(^|\s)[:;=]['o-]?[)D\]]+(\W|$)", "\\1 \U0001f642 \\2"),
    (r"(^|\s)[:=]['o-]?[(\[/]+(\W|$)", "\\1 \U0001f641 \\2"),
    (r"(^|\s)</3(\s|$)", "\\1 \U0001f494 \\2"),
    (r"(^|\s)<3(\s|$)", "\\1 \u2764 \\2"),
    (r"([\x{2600}-\x{27bf}\x{1f300}-\x{1faff}])", r" \1 "),
    # Marks of bold words and the like.
    (r"(^|[\s(\['\"-])[*_~]{1,3}([\p{L}'\"])", r"\1\2"),
    (r"([\p{L}\p{N}'\".,!?)])[*_~]{1,3}([\s.,!?;:)\]'\"-]|$)", r"\1\2"),
    (r"\s[*_~]{1,2}\s", " "),
)
_SPEAKS = re.compile(r"^[0-9.]+/(5|10)$|[^\W\d_]|[\u2600-\u27bf\U0001f300-\U0001faff]")


def tokens(texts):
    """Returns the words of reviews, ragged string `(batch, None)`.

    Each emoji is a word. Stars and ratings such as `4 out of 5` become words such as `4/5`.
    """
    for pattern, replacement in _REPLACED:
        texts = tf.strings.regex_replace(texts, pattern, replacement)
    return pipelines.tokenize(texts)


def tokens_of(texts):
    """Yields, for each text of a list, its words as a list of `bytes` objects."""
    return (row for part in parts(texts) for row in tokens(part).to_list())


def parts(texts):
    """Returns an iterator of parts of a list that are tokenized at once."""
    return (texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE))


def speaks(word):
    """Returns whether a word can express an opinion: a letter, an emoji or a rating is in it."""
    return bool(_SPEAKS.search(word))
