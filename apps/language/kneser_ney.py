"""N-gram language model with interpolated Kneser-Ney smoothing, the baseline of the report."""

import numpy as np


class KneserNey:
    """N-gram model with interpolated modified Kneser-Ney smoothing.

    The probability of a token after a context interpolates between orders:

        p(w | context) = max(c(context, w) - D, 0) / c(context) + g(context) p(w | shorter context)

    Below the highest order, c counts in how many contexts an n-gram occurs. There are three
    discounts D, for counts of 1, 2 and more. The lowest order interpolates with the uniform
    distribution. Order 1 is the unigram model.

    Args:
        tokens: int `(n,)`, from 1 to `vocabulary_size - 1`. Training text.
        vocabulary_size: int. Number of tokens, including padding (0), which has no probability.
        order: int. Longest n-gram.

    Example:
    >>> model = KneserNey([1, 2, 1, 2, 1], vocabulary_size=3, order=2)
    >>> model.probabilities([1, 2]).shape
    (2,)

    Reference: Chen & Goodman 1999, "An empirical study of smoothing techniques for language
    modeling", Computer Speech & Language 13, section 3.
    """

    def __init__(self, tokens: np.ndarray, vocabulary_size: int, order: int = 5) -> None:
        self.vocabulary_size = vocabulary_size
        tokens = np.asarray(tokens, "int64")
        self._codes: list[np.ndarray] = []  # the n-grams of each order, sorted
        ids = [np.zeros(len(tokens) + 1, "int64")]  # of the n-gram before each position
        counts = []
        for k in range(order):
            codes, inverse, number = np.unique(
                self._code(ids[k], tokens, k), return_inverse=True, return_counts=True
            )
            self._codes.append(codes)
            ids.append(np.concatenate([np.full(k + 1, -1), inverse]))
            counts.append(number)
        for k in range(order - 1):  # number of different tokens before each n-gram
            _, first = np.unique(ids[k + 2][k + 2 :], return_index=True)
            suffixes = ids[k + 1][k + 2 :][first]
            counts[k] = np.bincount(suffixes, minlength=len(self._codes[k]))
        sizes = [1, *map(len, self._codes[:-1])]
        self._tables = [self._table(*each) for each in zip(self._codes, counts, sizes, strict=True)]

    def probabilities(self, tokens: np.ndarray) -> np.ndarray:
        """Returns the probability of each token of a text given the tokens before it.

        Args:
            tokens: int `(n,)`, from 1 to `vocabulary_size - 1`.

        Returns:
            float64 `(n,)`.
        """
        tokens = np.asarray(tokens, "int64")
        found = np.full(len(tokens), 1 / (self.vocabulary_size - 1))
        ids = np.zeros(len(tokens) + 1, "int64")
        for k, (codes, (share, rest)) in enumerate(zip(self._codes, self._tables, strict=True)):
            context = ids[k:-1]
            wanted = np.where(context < 0, -1, self._code(ids, tokens, k))
            index = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
            known = codes[index] == wanted
            lower = found[k:] * np.where(context < 0, 1.0, rest[context])
            found[k:] = lower + np.where(known, share[index], 0.0)
            ids = np.concatenate([np.full(k + 1, -1), np.where(known, index, -1)])
        return found

    def _code(self, ids, tokens, k):
        """Returns a number for each n-gram: that of its context, and its last token."""
        return ids[k:-1] * self.vocabulary_size + tokens[k:]

    def _table(self, codes, counts, num_contexts):
        """Returns the discounted share of each n-gram, and the weight left by each context."""
        contexts = codes // self.vocabulary_size
        discounts = _discounts(counts)[np.minimum(counts, 3)]
        total, left = (np.bincount(contexts, each, num_contexts) for each in (counts, discounts))
        none = total == 0  # a context at the end, or one whose n-grams begin the text
        rest = np.where(none, 1.0, left / np.maximum(total, 1))
        return (counts - discounts) / np.maximum(total[contexts], 1), rest


def _discounts(counts):
    """Returns the discounts of the counts 0, 1, 2 and from 3."""
    one, two, three, four = (np.sum(counts == number) for number in (1, 2, 3, 4))
    if not (one and two and three):  # too little text to estimate them
        return np.array([0.0, 0.5, 0.5, 0.5])
    share = one / (one + 2 * two)
    found = [
        0,
        1 - 2 * share * two / one,
        2 - 3 * share * three / two,
        3 - 4 * share * four / three,
    ]
    return np.clip(found, 0, [0, 1, 2, 3])
