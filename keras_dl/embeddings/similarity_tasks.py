"""Evaluates word vectors on analogies and on human judgments of similarity."""

import dataclasses
import os
import pathlib
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from keras_dl.pipelines.text_files import line_error, no_content, read_lines

if TYPE_CHECKING:
    from keras_dl.embeddings.word_vectors import WordVectors

_AT_ONCE = 500  # questions
_ANALOGIES = "questions-words.txt"


@dataclasses.dataclass(frozen=True)
class AnalogyReport:
    """Result of an analogy task.

    `sections` maps each section to `(right, answered, left_out)`: the numbers of correct answers,
    of answered questions, and of questions left out because a word has no vector.
    """

    sections: dict[str, tuple[int, int, int]]

    def accuracy(self, section: str | None = None) -> float:
        """Returns the fraction of answered questions that are correct; NaN if none is answered."""
        chosen = self.sections.values() if section is None else [self.sections[section]]
        right, answered, _ = np.sum(list(chosen), axis=0)
        return float(right / answered) if answered else float("nan")

    @property
    def answered(self) -> int:
        """Number of questions that were answered."""
        return sum(answered for _, answered, _ in self.sections.values())

    @property
    def left_out(self) -> int:
        """Number of questions with a word that has no vector."""
        return sum(left_out for _, _, left_out in self.sections.values())

    def __str__(self) -> str:
        lines = [
            f"{name:30} {f'{right / answered:6.1%}' if answered else '     -'} of {answered}"
            f" (left out: {left_out})"
            for name, (right, answered, left_out) in self.sections.items()
        ]
        total = f"{self.accuracy():6.1%} of {self.answered} (left out: {self.left_out})"
        return "\n".join([*lines, f"{'all':30} {total}"])


@dataclasses.dataclass(frozen=True)
class SimilarityReport:
    """Spearman's rank correlation with human scores, and the numbers of pairs used and left out."""

    correlation: float
    pairs: int
    left_out: int

    def __str__(self) -> str:
        return f"{self.correlation:.3f} on {self.pairs} pairs (left out: {self.left_out})"


class TaskScore(NamedTuple):
    """Scores of one or more sets of word vectors on a task.

    Attributes:
        key: dotted name, such as `similarity.EN-RG-65` or `analogies.family`.
        label: readable form of the key, with the number of pairs.
        values: one score for each set of vectors. A number of questions is the same for all sets
            and is given only once.
    """

    key: str
    label: str
    values: tuple[float, ...]


def task_scores(directory: str | os.PathLike[str], *vectors: "WordVectors") -> list[TaskScore]:
    """Evaluates vectors on all task files in a directory.

    `questions-words.txt` contains analogies. Their total is also reported without the section
    `family`, because debiasing changes its words. Every other `*.txt` contains pairs of words with
    human scores.

    Args:
        directory: str or path of the directory with the task files.
        *vectors: `WordVectors`, all with the same words.

    Returns:
        list of `TaskScore`, in the order of the file names. Sections in which no question can be
        answered are left out.

    Raises:
        ValueError: if the directory has no task file, or a file is malformed.
    """
    files = sorted(pathlib.Path(directory).glob("*.txt"))
    if not files:
        raise ValueError(
            f"task_scores: directory must contain task files (*.txt). Received {directory}, which "
            f"has none. Use a directory with {_ANALOGIES} or with files of word pairs."
        )
    scores = []
    for file in files:
        if file.name == _ANALOGIES:
            scores += _analogy_scores([each.analogy_accuracy(file) for each in vectors])
        else:
            found = [each.similarity_correlation(file) for each in vectors]
            label = f"{file.stem}, {found[0].pairs} pairs, {found[0].left_out} left out"
            key = _key("similarity", file.stem, {score.key for score in scores})
            scores.append(TaskScore(key, label, tuple(each.correlation for each in found)))
    return scores


def _analogy_scores(reports):
    first = reports[0]
    parts = {}
    for name in first.sections:
        parts[_key("analogies", name, parts)] = (f"analogies, {name}", {name})
    without_family = set(first.sections) - {"family"}
    parts["analogies_without_family"] = ("analogies, all but family", without_family)
    parts["analogies"] = ("analogies", set(first.sections))
    scores = []
    for key, (label, chosen) in parts.items():
        found = [
            AnalogyReport({each: report.sections[each] for each in chosen}) for report in reports
        ]
        if found[0].answered:
            values = tuple(each.accuracy() for each in found)
            scores.append(TaskScore(key, label, values))
    return [
        *scores,
        TaskScore("analogies_answered", "analogies that can be answered", (first.answered,)),
        TaskScore("analogies_left_out", "analogies with an unknown word", (first.left_out,)),
    ]


def _key(group, name, taken):
    """Returns an unused key in a group, of letters, digits, hyphens and underscores."""
    slug = re.sub(r"[^\w-]+", "_", name, flags=re.ASCII)
    key = f"{group}.{slug if slug[:1].isalpha() else f'task{slug}'}"
    while key in taken:
        key += "_"
    return key


def analogies(
    vectors: "WordVectors", path: str | os.PathLike[str], method: Literal["add", "mul"]
) -> AnalogyReport:
    """Evaluates vectors on a file of analogies: sections `: name` with questions `a b c d`.

    The correct answer to *a is to b as c is to ?* is d. The vectors answer with the nearest word
    other than a, b and c. Words are looked up by their `spelling`.
    """
    sections: dict[str, list[list[str]]] = {}
    name = None
    for number, line in enumerate(read_lines(path), 1):
        words = line.split()
        if line.startswith(":"):
            name = line[1:].strip()
            sections[name] = []
        elif words:
            if len(words) != 4 or name is None:
                raise line_error(
                    path,
                    number,
                    "each question must have four words and follow a line ': section'",
                    repr(line[:60]),
                    "Use a file in the format of questions-words.txt.",
                )
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


def similarities(vectors: "WordVectors", path: str | os.PathLike[str]) -> SimilarityReport:
    """Evaluates vectors on a file with lines `word word score`."""
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
    if min(len(set(scores)), len(set(cosines))) < 2:
        raise ValueError(
            f"{path}: at least two pairs with different scores and similarities must have vectors. "
            f"Received {len(scores)} pairs with vectors and {left_out} without. Use vectors of "
            "more words."
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
            "each line must have two words and a score",
            repr(line[:60]),
            "Separate the columns with tabs.",
        ) from error


def _row(vectors, word):
    word = vectors.spelling(word)
    return vectors.number(word) if word in vectors else None
