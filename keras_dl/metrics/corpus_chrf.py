"""chrF of texts: precision and recall of character n-grams."""

import string
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_dl.metrics.reference_texts import VERSION, check_texts, number_of_references


class ChrFScore(NamedTuple):
    """chrF.

    Attributes:
        score: float from 0 to 100.
        signature: str. States all choices that change the score, as sacreBLEU writes it.
    """

    score: float
    signature: str


def corpus_chrf(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    char_order: int = 6,
    word_order: int = 0,
    beta: int = 2,
    lowercase: bool = False,
    whitespace: bool = False,
) -> ChrFScore:
    """Computes chrF of a corpus: the F-score of the mean precision and recall of n-grams.

    The means are over all orders for which hypotheses and references have n-grams, with counts over
    the whole corpus. With several references, the one with the best chrF for its sentence counts.
    Equals sacreBLEU. The chrF of one sentence is that of a corpus of one sentence.

    Args:
        hypotheses: list of str, detokenized.
        references: list of lists of str, one or more references of each hypothesis.
        char_order: int. Longest n-grams of characters.
        word_order: int. Longest n-grams of words; 2 is chrF++.
        beta: int. Weight of recall against precision.
        lowercase: bool.
        whitespace: bool. Whether n-grams contain spaces.

    Returns:
        `ChrFScore`.

    Raises:
        ValueError: if an argument is out of range, there is no hypothesis, the numbers of
            hypotheses and lists of references differ, or a hypothesis has no reference.

    Example:
    >>> chrf = corpus_chrf(["The cat sat on the mat."], [["The cat sat on a mat.", "A cat sat."]])
    >>> round(chrf.score, 2), chrf.signature
    (71.42, 'nrefs:2|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0')

    Reference: Popovic 2015, "chrF: character n-gram F-score for automatic MT evaluation"; Popovic
    2017, "chrF++: words helping character n-grams".
    """
    if char_order < 1 or word_order < 0 or beta < 1:
        raise ValueError(
            "corpus_chrf: char_order and beta must be at least 1, word_order at least 0. Received "
            f"char_order {char_order!r}, word_order {word_order!r}, beta {beta!r}. Use 6, 2 and 0 "
            "for the values of publications."
        )
    check_texts("corpus_chrf", hypotheses, references)

    def counts(text):
        text = text.lower() if lowercase else text
        characters = text if whitespace else "".join(text.split())
        words = _words(text) if word_order else ()
        orders = [(characters, order) for order in range(1, char_order + 1)]
        orders += [(words, order) for order in range(1, word_order + 1)]
        return [Counter(_ngrams(sequence, order)) for sequence, order in orders]

    total = np.zeros((char_order + word_order, 3), "int64")
    for hypothesis, texts in zip(hypotheses, references, strict=True):
        ours = counts(hypothesis)
        candidates = [_statistics(ours, counts(text)) for text in texts]
        total += max(candidates, key=lambda statistics: _f_score(statistics, beta))
    signature = (
        f"nrefs:{number_of_references(references)}|case:{'lc' if lowercase else 'mixed'}|eff:yes"
        f"|nc:{char_order}|nw:{word_order}|space:{'yes' if whitespace else 'no'}|version:{VERSION}"
    )
    return ChrFScore(_f_score(total, beta), signature)


def _ngrams(sequence, order):
    if isinstance(sequence, str):
        return [sequence[start : start + order] for start in range(len(sequence) - order + 1)]
    return zip(*(sequence[start:] for start in range(order)), strict=False)


def _words(text):
    """Returns the words of a text, with one punctuation mark apart at the end or the start."""
    found = []
    for word in text.split():
        if len(word) > 1 and word[-1] in string.punctuation:
            found += [word[:-1], word[-1]]
        elif len(word) > 1 and word[0] in string.punctuation:
            found += [word[0], word[1:]]
        else:
            found.append(word)
    return found


def _statistics(ours, theirs):
    """Returns the n-grams of the hypothesis, of the reference and of both, int `(orders, 3)`."""
    return np.array(
        [
            # As in sacreBLEU, orders without n-grams of the reference do not count.
            (sum(one.values()) * bool(other), sum(other.values()), _shared(one, other))
            for one, other in zip(ours, theirs, strict=True)
        ]
    )


def _shared(one, other):
    return sum(min(count, other[ngram]) for ngram, count in one.items() if ngram in other)


def _f_score(statistics, beta):
    ours, theirs, shared = statistics[(statistics[:, 0] > 0) & (statistics[:, 1] > 0)].T
    if not shared.any():
        return 0.0
    precision, recall = np.mean(shared / ours), np.mean(shared / theirs)
    return float(100 * ((1 + beta**2) * precision * recall / (beta**2 * precision + recall)))
