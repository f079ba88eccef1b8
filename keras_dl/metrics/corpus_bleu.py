"""BLEU, and precision and recall of n-grams, of texts."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from keras_dl.metrics.bleu_formula import (
    DEFAULT_VALUES,
    Smoothing,
    bleu_from_counts,
    check_order,
    check_smoothing,
)
from keras_dl.metrics.reference_texts import (
    TOKENIZERS,
    VERSION,
    check_texts,
    number_of_references,
)


class BLEUScore(NamedTuple):
    """BLEU and its parts.

    Attributes:
        score: float from 0 to 100.
        precisions: tuple of floats from 0 to 100, of 1-grams, 2-grams and so on, smoothed.
        brevity_penalty: float from 0 to 1.
        hypothesis_length: int, in tokens.
        reference_length: int, in tokens, of the references closest in length.
        signature: str. States all choices that change the score, as sacreBLEU writes it.
    """

    score: float
    precisions: tuple[float, ...]
    brevity_penalty: float
    hypothesis_length: int
    reference_length: int
    signature: str


class NGramScores(NamedTuple):
    """Scores of the n-grams of one order, each from 0 to 1.

    Attributes:
        precision: float. Fraction of the n-grams of the hypotheses that occur in a reference.
        modified_precision: float. The same, but an n-gram counts at most as often as it occurs in
            the reference that has it most often.
        recall: float. Fraction of the n-grams of the references that occur in the hypothesis, each
            counted at most as often as it occurs there.
    """

    precision: float
    modified_precision: float
    recall: float


def corpus_bleu(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    max_order: int = 4,
    smoothing: Smoothing = "exp",
    smoothing_value: float | None = None,
    effective_order: bool = False,
    lowercase: bool = False,
    tokenize: Literal["13a", "none"] = "13a",
) -> BLEUScore:
    """Computes BLEU of a corpus: `100 * BP * exp(mean over n of log p_n)`.

    `p_n` is the modified precision of n-grams, from counts over the whole corpus. The brevity
    penalty `BP = min(1, exp(1 - r / h))` compares the length of all hypotheses, h, with the length
    of the references that are closest in length, r; of two equally close ones, the shorter. Equals
    sacreBLEU, which also has tokenizations for Chinese and Japanese and significance tests.

    Args:
        hypotheses: list of str, detokenized.
        references: list of lists of str, one or more references of each hypothesis.
        max_order: int. Longest n-grams.
        smoothing: how to replace a precision of 0, if there is any match at all. `"exp"`: 1/2, 1/4
            and so on of a match for the first, second ... such order. `"floor"`: `smoothing_value`
            matches, 0.1 if None. `"add-k"`: adds `smoothing_value`, 1 if None, to matches and
            totals of all orders from 2, whether 0 or not. `"none"`: BLEU is 0.
        smoothing_value: float or None.
        effective_order: bool. Whether to leave out orders for which all hypotheses are too short.
            Use it for single sentences.
        lowercase: bool.
        tokenize: `"13a"`, or `"none"` for texts whose tokens are separated by spaces.

    Returns:
        `BLEUScore`.

    Raises:
        ValueError: if an argument is out of range, there is no hypothesis, the numbers of
            hypotheses and lists of references differ, or a hypothesis has no reference.

    Example:
    >>> bleu = corpus_bleu(["The cat sat on the mat."], [["The cat sat on a mat.", "A cat sat."]])
    >>> round(bleu.score, 2), bleu.signature
    (48.89, 'nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0')

    Reference: Papineni et al. 2002, "BLEU: a method for automatic evaluation of machine
    translation"; Post 2018, arXiv:1804.08771; Chen & Cherry 2014, "A systematic comparison of
    smoothing techniques for sentence-level BLEU".
    """
    check_order("corpus_bleu", "max_order", max_order)
    check_smoothing("corpus_bleu", smoothing, smoothing_value)
    pairs = _tokens("corpus_bleu", hypotheses, references, lowercase, tokenize)
    matches, totals = np.zeros(max_order), np.zeros(max_order)
    hypothesis_length = reference_length = 0
    for tokens, others in pairs:
        length = len(tokens)
        hypothesis_length += length
        reference_length += min((abs(len(other) - length), len(other)) for other in others)[1]
        for index in range(min(max_order, length)):
            counts, best = _counts(tokens, index + 1), _most(others, index + 1)
            totals[index] += length - index
            matches[index] += sum(min(count, best[ngram]) for ngram, count in counts.items())
    score, precisions, penalty = bleu_from_counts(
        matches,
        totals,
        (np.float64(hypothesis_length), np.float64(reference_length)),
        smoothing=smoothing,
        smoothing_value=smoothing_value,
        effective_order=effective_order,
        numpy=np,
    )
    value = DEFAULT_VALUES[smoothing] if smoothing_value is None else smoothing_value
    signature = (
        f"nrefs:{number_of_references(references)}|case:{'lc' if lowercase else 'mixed'}"
        f"|eff:{'yes' if effective_order else 'no'}|tok:{tokenize}"
        f"|smooth:{smoothing}{'' if value is None else f'[{value:.2f}]'}|version:{VERSION}"
    )
    return BLEUScore(
        float(score),
        tuple((100 * precisions).tolist()),
        float(penalty),
        hypothesis_length,
        reference_length,
        signature,
    )


def ngram_scores(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    order: int = 1,
    lowercase: bool = False,
    tokenize: Literal["13a", "none"] = "13a",
) -> NGramScores:
    """Computes precision, modified precision and recall of the n-grams of a corpus.

    The modified precision is the `p_n` of BLEU without smoothing, the recall is ROUGE-N.

    Args:
        hypotheses: list of str, detokenized.
        references: list of lists of str, one or more references of each hypothesis.
        order: int. The n of the n-grams.
        lowercase: bool.
        tokenize: see `corpus_bleu`.

    Returns:
        `NGramScores`; a score without any n-gram is 0.

    Raises:
        ValueError: as `corpus_bleu`.

    Example:
    >>> hypothesis = "the the the the the the the"
    >>> ngram_scores([hypothesis], [["The cat is on the mat."]], lowercase=True)
    NGramScores(precision=1.0, modified_precision=0.2857142857142857, recall=0.2857142857142857)

    Reference: Papineni et al. 2002, section 2.1; Lin 2004, "ROUGE: a package for automatic
    evaluation of summaries", section 2.
    """
    check_order("ngram_scores", "order", order)
    pairs = _tokens("ngram_scores", hypotheses, references, lowercase, tokenize)
    found = clipped = total = recalled = expected = 0
    for tokens, others in pairs:
        counts, best = _counts(tokens, order), _most(others, order)
        total += sum(counts.values())
        found += sum(count for ngram, count in counts.items() if best[ngram])
        clipped += sum(min(count, best[ngram]) for ngram, count in counts.items())
        for other in others:
            wanted = _counts(other, order)
            expected += sum(wanted.values())
            recalled += sum(min(count, counts[ngram]) for ngram, count in wanted.items())
    return NGramScores(found / max(total, 1), clipped / max(total, 1), recalled / max(expected, 1))


def _tokens(where, hypotheses, references, lowercase, tokenize):
    """Returns the tokens of each hypothesis and of its references."""
    if tokenize not in TOKENIZERS:
        raise ValueError(
            f"{where}: tokenize must be one of {list(TOKENIZERS)}. Received {tokenize!r}. Tokenize "
            "the texts, join the tokens with spaces, and use 'none'."
        )
    check_texts(where, hypotheses, references)

    def tokens(text):
        return TOKENIZERS[tokenize](text.lower() if lowercase else text)

    return [
        (tokens(hypothesis), [tokens(text) for text in texts])
        for hypothesis, texts in zip(hypotheses, references, strict=True)
    ]


def _counts(tokens, order):
    return Counter(zip(*(tokens[start:] for start in range(order)), strict=False))


def _most(references, order):
    """Returns how often the reference that has an n-gram most often has it."""
    most = Counter()
    for tokens in references:
        most |= _counts(tokens, order)
    return most
