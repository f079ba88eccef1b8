"""Tests of negation: detection of negators, and pairs of texts that differ in a few words."""

import numpy as np

GOOD = (
    "good great wonderful brilliant moving funny clever charming superb gripping beautiful lovely "
    "delightful fresh witty excellent fascinating touching inspired stunning"
).split()
BAD = (
    "bad dull boring awful stupid clumsy weak tedious terrible predictable lame ugly shallow flat "
    "annoying pointless dreadful lazy silly poor"
).split()
NEGATORS = frozenset(
    "not n't n\u2019t no never cannot nothing nobody neither nor without hardly".split()
)
_NEGATED = (
    ("It is {}.", "It is not {}."),
    ("A {} film.", "Not a {} film."),
    ("The story is {}.", "The story is never {}."),
    ("I found it {}.", "I didn't find it {}."),
)
# Pairs with the same words in another order.
_REORDERED = (
    ("It is {good}, not {bad}.", "It is {bad}, not {good}."),
    ("It is not {bad}, but {good}.", "It is not {good}, but {bad}."),
    ("The film is {good} and never {bad}.", "The film is {bad} and never {good}."),
)
_TIE = 1e-5  # sums of the same values in another order differ by less


def has_negator(tokenized):
    """Returns a bool array: whether each list of words (bytes) contains a negator."""
    negators = {word.encode() for word in NEGATORS}
    return np.array([any(word.lower() in negators for word in words) for words in tokenized], bool)


def negated_pairs():
    """Returns pairs of a better and a worse text that differ only in a negator."""
    good = [(plain.format(word), other.format(word)) for plain, other in _NEGATED for word in GOOD]
    bad = [(other.format(word), plain.format(word)) for plain, other in _NEGATED for word in BAD]
    return good + bad


def reordered_pairs():
    """Returns pairs of a better and a worse text with the same words in different order."""
    opposites = list(zip(GOOD, BAD, strict=True))
    return [
        tuple(text.format(good=good, bad=bad) for text in pair)
        for pair in _REORDERED
        for good, bad in opposites
    ]


def ordered_right(better, worse):
    """Returns the fraction of pairs whose better text has the higher score; ties count half."""
    difference = np.asarray(better, "float64") - np.asarray(worse, "float64")
    return float(np.mean(np.where(np.abs(difference) < _TIE, 0.5, difference > 0)))
