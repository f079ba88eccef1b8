"""Words with their vectors: nearest words, analogies and agreement with human judgments."""

import contextlib
import difflib
import functools
import gzip
import os
import pathlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import IO, Literal, Self

import numpy as np

from keras_dl.embeddings import similarity_tasks, vector_files
from keras_dl.training.atomic_file import write_atomically
from keras_dl.typing import Tensor

_CANDIDATES = 20_000  # maximum number of words that are compared with an unknown word
_MULTIPLICATIVE_EPSILON = 1e-3
_LEAST = 1e-6  # length of a sum of unit vectors; a shorter one has no direction
_APOSTROPHES = "['\u2018\u2019\u02bc\xb4`\uff07]"
_INVISIBLE = "[\xad\u200b-\u200f\u2060\ufeff]"


class WordVectors:
    """Words and their vectors.

    Args:
        words: list of distinct str. Some programs expect the most frequent words first.
        vectors: float `(words, units)`, finite; stored as float32.

    Raises:
        ValueError: if shapes do not match, a word occurs twice or a value is not finite.

    Example:
    >>> vectors = WordVectors(["king", "queen", "man", "woman"], [[3, 1], [3, -1], [1, 1], [1, -1]])
    >>> vectors.most_similar(["king", "woman"], ["man"], k=1)[0][0]
    'queen'

    Reference: Mikolov et al. 2013, arXiv:1301.3781, section 4; the multiplicative form: Levy &
    Goldberg 2014, "Linguistic regularities in sparse and explicit word representations".
    """

    def __init__(self, words: Iterable[str], vectors: Tensor) -> None:
        self.words = list(words)
        self.vectors = np.asarray(vectors, "float32")
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.words) or not self.words:
            raise ValueError(
                "WordVectors: vectors must have shape (words, units), one row for each word. "
                f"Received {len(self.words)} words, vectors of shape {self.vectors.shape}. Pass "
                "one vector for each word."
            )
        self._numbers = {word: number for number, word in enumerate(self.words)}
        if len(self._numbers) < len(self.words):
            twice = next(w for index, w in enumerate(self.words) if self._numbers[w] != index)
            raise ValueError(
                f"WordVectors: words must be distinct. Received {twice!r} twice. Remove duplicates."
            )
        if not np.isfinite(self.vectors).all():
            row = int(np.argmin(np.isfinite(self.vectors).all(axis=1)))
            raise ValueError(
                f"WordVectors: vectors must be finite. Received {self.vectors[row]} for "
                f"{self.words[row]!r}. Remove the word."
            )

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        errors: Literal["strict", "replace", "ignore"] = "strict",
    ) -> Self:
        """Loads a file in word2vec (text or binary), GloVe or fastText (`.vec`) format.

        The file may be compressed by gzip. If a word occurs more than once, its first vector is
        used.

        Args:
            path: str or path.
            errors: what to do with words that are not UTF-8, as in `bytes.decode`.

        Raises:
            ValueError: if the file has another format or is malformed. The message names the file
                and the line.
        """
        return cls(*vector_files.read(path, errors))

    def save(
        self, path: str | os.PathLike[str], format: Literal["text", "binary", "glove"] = "text"
    ) -> None:
        """Saves words and vectors to a file, atomically.

        Args:
            path: str or path. If the name ends in `.gz`, the file is compressed.
            format: `"text"` or `"binary"`, the formats of word2vec, or `"glove"`, which is text
                without a header.
        """
        with contextlib.ExitStack() as stack:
            file: IO[bytes] | gzip.GzipFile = stack.enter_context(write_atomically(path))
            if pathlib.Path(path).suffix == ".gz":
                file = stack.enter_context(gzip.GzipFile("", "wb", fileobj=file, mtime=0))
            vector_files.write(file, self.words, self.vectors, format)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._numbers

    def __getitem__(self, word: str) -> np.ndarray:
        return self.vectors[self.number(word)]

    @functools.cached_property
    def unit(self) -> np.ndarray:
        """Vectors scaled to length 1, float32 `(words, units)`; a zero vector remains zero."""
        lengths = np.linalg.norm(self.vectors.astype("float64"), axis=1, keepdims=True)
        return (self.vectors / np.where(lengths, lengths, 1)).astype("float32")

    def number(self, word: str) -> int:
        """Returns the row index of a word.

        Raises:
            ValueError: if the word has no vector. The message suggests words of similar spelling.
        """
        if word not in self._numbers:
            near = " or ".join(repr(each) for each in self._similar_words(word))
            raise ValueError(
                f"WordVectors: word must be one of the {len(self)} words. Received {word!r}. "
                + (f"Did you mean {near}?" if near else "No word has a similar spelling.")
            )
        return self._numbers[word]

    def spelling(self, word: str) -> str:
        """Returns the spelling of a word that has a vector.

        This is the first of these: the word as it is, in its usual characters (composed, without
        invisible ones, with `'` for any apostrophe), or the usual characters in lower case. If none
        has a vector, the word is returned unchanged.

        Example:
        >>> WordVectors(["café"], [[1.0]]).spelling("Cafe\u0301")
        'café'
        """
        usual = re.sub(_INVISIBLE, "", re.sub(_APOSTROPHES, "'", word))
        usual = unicodedata.normalize("NFKC", usual)
        spellings = (word, usual, usual.lower())
        return next((each for each in spellings if each in self._numbers), word)

    def numbers(self, words: Iterable[str]) -> np.ndarray:
        """Returns the row indices of words, int64 `(words,)`; raises ValueError like `number`."""
        return np.array([self.number(word) for word in words], "int64")

    def _similar_words(self, word):
        ends = {word[:2], word[-2:]}
        alike = [
            other
            for other in self.words
            if abs(len(other) - len(word)) <= 2 and ends & {other[:2], other[-2:]}
        ]
        return difflib.get_close_matches(word, alike[:_CANDIDATES], n=3)

    def similarity(self, first: str, second: str) -> float:
        """Returns the cosine similarity of two words; 0 if a vector is 0."""
        one, other = self.unit[self.numbers([first, second])].astype("float64")
        return float(one @ other)

    def distance(self, first: str, second: str) -> float:
        """Returns the Euclidean distance between the vectors of two words."""
        one, other = self.vectors[self.numbers([first, second])].astype("float64")
        return float(np.linalg.norm(one - other))

    def most_similar(
        self,
        positive: str | Sequence[str],
        negative: str | Sequence[str] = (),
        k: int = 10,
        method: Literal["add", "mul"] = "add",
    ) -> list[tuple[str, float]]:
        """Finds the words most similar to `positive` and least similar to `negative` words.

        Args:
            positive: word or list of words. They are excluded from the result.
            negative: word or list of words. They are excluded from the result.
            k: int. Number of words to return.
            method: `"add"`, the cosine with the sum of the unit vectors (3CosAdd), or `"mul"`, the
                product of the similarities, shifted to 0 .. 1 (3CosMul).

        Returns:
            list of pairs of a word and its score, the highest first.

        Raises:
            ValueError: if a word has no vector, the sum of the vectors is 0, or `method` is
                unknown.
        """
        positive, negative = (
            [words] if isinstance(words, str) else list(words) for words in (positive, negative)
        )
        if method not in ("add", "mul"):
            raise ValueError(
                f"most_similar: method must be add or mul. Received {method!r}. Choose one of them."
            )
        if k < 1 or not positive:
            raise ValueError(
                "most_similar: positive must contain a word, and k must be at least 1. Received "
                f"positive {positive}, k {k}. Pass at least one word and a positive k."
            )
        plus, minus = self.numbers(positive), self.numbers(negative)
        total = self.unit[plus].sum(0) - self.unit[minus].sum(0)
        if method == "add" and np.linalg.norm(total) < _LEAST:
            raise ValueError(
                "most_similar: the sum of the vectors must not be 0. Received positive "
                f"{positive}, negative {negative}. Use words that do not cancel one another."
            )
        scores = self.scores(plus[None], minus[None], method)[0]
        scores[np.concatenate([plus, minus])] = -np.inf
        best = np.argsort(-scores, kind="stable")[: min(k, len(self))]
        return [(self.words[row], float(scores[row])) for row in best if scores[row] > -np.inf]

    def scores(
        self, positive: np.ndarray, negative: np.ndarray, method: Literal["add", "mul"] = "add"
    ) -> np.ndarray:
        """Returns the scores of `most_similar` for all words, float32 `(queries, words)`.

        Args:
            positive: int `(queries, p)`. Row indices of words.
            negative: int `(queries, n)`. Row indices of words.
            method: str. As in `most_similar`.
        """
        if method == "add":
            query = self.unit[positive].sum(1) - self.unit[negative].sum(1)
            lengths = np.linalg.norm(query, axis=1, keepdims=True)
            return query / np.where(lengths, lengths, 1) @ self.unit.T
        products = np.ones((len(positive), len(self)), "float32")
        for column in positive.T:
            products *= (1 + self.unit[column] @ self.unit.T) / 2
        for column in negative.T:
            products /= (1 + self.unit[column] @ self.unit.T) / 2 + _MULTIPLICATIVE_EPSILON
        return products

    def analogy_accuracy(
        self, path: str | os.PathLike[str], method: Literal["add", "mul"] = "add"
    ) -> similarity_tasks.AnalogyReport:
        """Evaluates the vectors on a file of analogies such as `questions-words.txt`.

        Returns:
            `AnalogyReport`; questions with a word that has no vector are left out and counted.
        """
        return similarity_tasks.analogies(self, path, method)

    def similarity_correlation(
        self, path: str | os.PathLike[str]
    ) -> similarity_tasks.SimilarityReport:
        """Compares cosine similarities with human scores for pairs of words.

        Args:
            path: file with `word word score` on each line, separated by tabs or spaces.

        Returns:
            `SimilarityReport`, with Spearman's correlation.
        """
        return similarity_tasks.similarities(self, path)
