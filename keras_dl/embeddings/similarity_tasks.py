"""Tests of word vectors that people made: analogies, and judgements of similarity."""

import dataclasses

import numpy as np

from keras_dl.pipelines.text_lines import line_error, no_content, read_lines

_AT_ONCE = 500  # questions


@dataclasses.dataclass(frozen=True)
class AnalogyReport:
    """Answers to analogies.

    `sections` has for each section `(right, answered, left_out)`: how many of those that could be
    answered were right, and how many were left out since a word is not among the vectors.
    """

    sections: dict

    def accuracy(self, section=None):
        """Returns the share of right answers, of all that could be answered; nan if none could."""
        chosen = self.sections.values() if section is None else [self.sections[section]]
        right, answered, _ = np.sum(list(chosen), axis=0)
        return float(right / answered) if answered else float("nan")

    @property
    def answered(self):
        """How many questions could be answered."""
        return sum(answered for _, answered, _ in self.sections.values())

    @property
    def left_out(self):
        """How many questions have a word that is not among the vectors."""
        return sum(left_out for _, _, left_out in self.sections.values())

    def __str__(self):
        lines = [
            f"{name:30} {f'{right / answered:6.1%}' if answered else '     -'} of {answered}"
            f" (left out: {left_out})"
            for name, (right, answered, left_out) in self.sections.items()
        ]
        total = f"{self.accuracy():6.1%} of {self.answered} (left out: {self.left_out})"
        return "\n".join([*lines, f"{'all':30} {total}"])


@dataclasses.dataclass(frozen=True)
class SimilarityReport:
    """Spearman's rank correlation with people's scores, and on how many pairs it stands."""

    correlation: float
    pairs: int
    left_out: int

    def __str__(self):
        return f"{self.correlation:.3f} on {self.pairs} pairs (left out: {self.left_out})"


def analogies(vectors, path, method):
    """Returns the `AnalogyReport` of vectors on a file of sections `: name` and `a b c d`.

    The answer to *a is to b as c is to what* is the nearest of all words but these three. A word
    that is not there as it is written is looked up in lower case.
    """
    sections, name = {}, None
    for number, line in enumerate(read_lines(path), 1):
        words = line.split()
        if line.startswith(":"):
            name = line[1:].strip()
            sections[name] = []
        elif words and (len(words) != 4 or name is None):
            raise line_error(
                path,
                number,
                "four words must stand on each line, behind a line ': section'",
                repr(line[:60]),
                "Give a file like questions-words.txt.",
            )
        elif words:
            sections[name].append(words)
    if not any(sections.values()):
        raise no_content(path, "questions of four words")
    return AnalogyReport(
        {name: _answered(vectors, asked, method) for name, asked in sections.items()}
    )


def _answered(vectors, questions, method):
    found = [[_row(vectors, word) for word in words] for words in questions]
    known = np.array([rows for rows in found if None not in rows], "int64").reshape(-1, 4)
    right = 0
    for start in range(0, len(known), _AT_ONCE):
        a, b, c, d = known[start : start + _AT_ONCE].T
        scores = vectors.scores(np.stack([b, c], 1), a[:, None], method)
        for given in (a, b, c):
            scores[np.arange(len(a)), given] = -np.inf
        right += int(np.sum(scores.argmax(1) == d))
    return right, len(known), len(questions) - len(known)


def similarities(vectors, path):
    """Returns the `SimilarityReport` of vectors on a file of `word word score`."""
    from scipy.stats import spearmanr

    scores, cosines, left_out = [], [], 0
    for number, line in enumerate(read_lines(path), 1):
        first, second, score = _pair(path, number, line)
        rows = [_row(vectors, word) for word in (first, second)]
        if None in rows:
            left_out += 1
            continue
        one, other = vectors.unit[rows].astype("float64")
        scores.append(score)
        cosines.append(one @ other)
    if len(scores) < 2:
        raise ValueError(
            f"{path}: two pairs must be among the vectors for a correlation. Received "
            f"{len(scores)}, {left_out} left out. Give vectors of more words."
        )
    return SimilarityReport(float(spearmanr(scores, cosines).statistic), len(scores), left_out)


def _pair(path, number, line):
    parts = line.split("\t") if "\t" in line else line.split()
    try:
        first, second, score = parts
        return first.strip(), second.strip(), float(score)
    except ValueError as error:
        raise line_error(
            path,
            number,
            "two words and a score must stand on each line",
            repr(line[:60]),
            "Separate them by tabs.",
        ) from error


def _row(vectors, word):
    for spelling in (word, word.lower()):
        if spelling in vectors:
            return vectors.number(spelling)
    return None
