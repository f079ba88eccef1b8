"""Answers questions about word vectors: a word, or a sum such as king - man + woman."""

import re

from keras_dl import pipelines

_PLUS = "+\uff0b"
_MINUS = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_OPERATOR = re.compile(f"([{re.escape(_PLUS + _MINUS)}])")
_SUM = re.compile(r"\+|\+?w(\+w)*")  # w is a word, + is an operator


def nearest(vectors, text, k):
    """Returns the record of a word or a sum of words: its `k` nearest words, or an error."""
    try:
        positive, negative = terms(vectors, text)
        return {"nearest": vectors.most_similar(positive, negative, k)}
    except ValueError as error:
        return {"error": re.sub(r"^\w+: ", "", str(error))}


def terms(vectors, text):
    """Splits a question into words to add and words to subtract, in the spelling of the vectors.

    Words with a plus or a dash (`t-shirt`) are one word if they have a vector.

    Args:
        vectors: `WordVectors`.
        text: str.

    Returns:
        pair of lists of words.

    Raises:
        ValueError: if there is no word to add, or a word has no vector.
    """
    if vectors.spelling(text.strip()) in vectors:
        return [vectors.spelling(text.strip())], []
    found, minus, operator = ([], []), False, ""
    for part in (part for chunk in text.split() for part in _parts(vectors, chunk)):
        if _OPERATOR.fullmatch(part):
            minus, operator = part in _MINUS, part
            continue
        word = vectors.spelling(part)
        _check_known(vectors, part)
        if not any(map(str.isalnum, word)):
            raise ValueError(f"{part!r} is not a word. Separate words by + or -.")
        found[minus].append(word)
        minus, operator = False, ""
    if not found[0]:
        raise ValueError("enter a word, or words separated by + or -")
    if operator:
        raise ValueError(f"a word must follow {operator!r}. Add a word, or remove {operator!r}.")
    return found


def _parts(vectors, chunk):
    """Splits text without spaces at its operators if all words between them have vectors."""
    rest, parts = [part for part in _OPERATOR.split(chunk) if part], []
    while rest:
        longest = 1 if _OPERATOR.fullmatch(rest[0]) else len(rest)
        lengths = range(longest, 0, -1)
        known = (n for n in lengths if vectors.spelling("".join(rest[:n])) in vectors)
        length = next(known, 1)
        parts.append("".join(rest[:length]))
        rest = rest[length:]
    shape = "".join("+" if _OPERATOR.fullmatch(part) else "w" for part in parts)
    words = [part for part in parts if not _OPERATOR.fullmatch(part)]
    all_known = all(vectors.spelling(word) in vectors for word in words)
    return parts if all_known and _SUM.fullmatch(shape) else [chunk]


def _check_known(vectors, word):
    if vectors.spelling(word) in vectors:
        return
    tokens = pipelines.tokenize([word])[0].numpy()
    parts = [part for token in tokens for part in re.split("[_-]", token.decode())]
    known = [vectors.spelling(part) for part in parts if any(map(str.isalnum, part))]
    if known and all(part in vectors for part in known):
        raise ValueError(
            f"{word!r} has no vector, but its parts have: {', '.join(known)}. Enter one of them, "
            "or several with + or - and spaces between them."
        )
    vectors.number(word)  # raises an error that suggests words of similar spelling
