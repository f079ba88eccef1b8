"""Texts with one or more references each, tokenized as sacreBLEU does."""

import re
from collections.abc import Sequence

VERSION = "2.6.0"
"""The release of sacreBLEU whose scores ours equal, as the last part of a signature."""

_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
# Punctuation in ASCII but ' , - and .
_PUNCTUATION = re.compile(r"([ -&(-+:-@\[-`{-~/])")
_AFTER_NO_DIGIT = re.compile(r"([^0-9])([.,])")
_BEFORE_NO_DIGIT = re.compile(r"([.,])([^0-9])")
_DASH_AFTER_DIGIT = re.compile(r"([0-9])(-)")


def tokenize_13a(text: str) -> list[str]:
    """Splits a text as the script mteval-v13a, the usual tokenization for BLEU.

    Example:
    >>> tokenize_13a("It costs 1,200.50 (or so), doesn't it?")
    ['It', 'costs', '1,200.50', '(', 'or', 'so', ')', ',', "doesn't", 'it', '?']
    """
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    text = _PUNCTUATION.sub(r" \1 ", f" {text} ")
    text = _AFTER_NO_DIGIT.sub(r"\1 \2 ", text)
    text = _BEFORE_NO_DIGIT.sub(r" \1 \2", text)
    return _DASH_AFTER_DIGIT.sub(r"\1 \2 ", text).split()


TOKENIZERS = {"13a": tokenize_13a, "none": str.split}


def check_texts(where: str, hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Raises a ValueError whose message starts with `where` if texts and references do not match.

    There must be a hypothesis, and a list of at least one reference for each.
    """
    if isinstance(hypotheses, str) or not len(hypotheses) or len(hypotheses) != len(references):
        raise ValueError(
            f"{where}: hypotheses and references must be lists of the same length, at least 1. "
            f"Received {len(hypotheses)} hypotheses, {len(references)} lists of references. Pass "
            "one list of references per hypothesis, not one list per annotator."
        )
    for index, texts in enumerate(references):
        if isinstance(texts, str) or not len(texts):
            raise ValueError(
                f"{where}: references must be a list of at least one text for each hypothesis. "
                f"Received {texts!r} at index {index}. Put a single reference into "
                "a list, and leave out hypotheses without a reference."
            )


def number_of_references(references: Sequence[Sequence[str]]) -> str:
    """Returns the number of references as in a signature: `var` if it differs."""
    numbers = {len(texts) for texts in references}
    return str(*numbers) if len(numbers) == 1 else "var"
