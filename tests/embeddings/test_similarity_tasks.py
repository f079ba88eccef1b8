import gensim
import numpy as np
import pytest

from keras_dl.embeddings import WordVectors, task_scores

WORDS = [f"word{index}" for index in range(40)]


@pytest.fixture
def vectors():
    random = np.random.default_rng(2)
    found = random.normal(size=(40, 6))
    found[20:] = found[:20] + np.array([1, 0, 0, 2, 0, 0]) + random.normal(size=(20, 6)) / 4
    return WordVectors(WORDS, found)


@pytest.fixture
def theirs(vectors):
    found = gensim.models.KeyedVectors(6)
    found.add_vectors(vectors.words, vectors.vectors)
    return found


def test_analogies_are_those_of_gensim(vectors, theirs, tmp_path):
    path = tmp_path / "questions.txt"
    lines = []
    for section in range(3):
        lines.append(f": section{section}")
        for a in range(section, 20, 3):
            for c in range(section, 20, 2):
                if a != c:
                    lines.append(f"word{a} word{a + 20} word{c} word{c + 20}")
        lines.append(f"word1 word2 word3 other{section}")
    path.write_text("\n".join(lines), "utf-8")
    expected, sections = theirs.evaluate_word_analogies(str(path), case_insensitive=False)
    found = vectors.analogy_accuracy(path)
    assert 0.1 < expected < 0.9 and found.accuracy() == expected
    for section in sections[:-1]:
        right, answered, left_out = found.sections[section["section"]]
        assert right == len(section["correct"]) and left_out == 1
        assert answered == len(section["correct"]) + len(section["incorrect"])
        assert found.accuracy(section["section"]) == right / answered
    assert found.left_out == 3 and f"of {found.answered} (left out: 3)" in str(found)


def test_what_is_given_is_never_the_answer(tmp_path):
    # b + c - a is nearest to c itself, and behind it to d.
    vectors = WordVectors(["a", "b", "c", "d"], [[1, 0.1], [1, 0.2], [0, 1], [0.1, 1.0]])
    (tmp_path / "q.txt").write_text(": s\nA b c d\n", "utf-8")
    assert vectors.analogy_accuracy(tmp_path / "q.txt").sections == {"s": (1, 1, 0)}


def test_no_question_that_can_be_answered(tmp_path):
    vectors = WordVectors(["a"], [[1.0]])
    (tmp_path / "q.txt").write_text(": s\na b c d\n", "utf-8")
    found = vectors.analogy_accuracy(tmp_path / "q.txt")
    assert np.isnan(found.accuracy()) and (found.answered, found.left_out) == (0, 1)


@pytest.mark.parametrize("separator", ["\t", " "])
def test_correlation_is_that_of_gensim(vectors, theirs, tmp_path, separator):
    random = np.random.default_rng(0)
    pairs = random.integers(0, 40, (50, 2))
    scores = random.integers(0, 10, 50)  # with ties
    lines = [
        separator.join((f"Word{a}" if a == 3 else f"word{a}", f"word{b}", str(score)))
        for (a, b), score in zip(pairs, scores, strict=True)
    ]
    (tmp_path / "pairs.txt").write_text("\n".join([*lines, separator.join("ab1")]), "utf-8")
    (tmp_path / "tabs.txt").write_text("\n".join(lines).replace("Word", "word"), "utf-8")
    (tmp_path / "tabs.txt").write_text(
        (tmp_path / "tabs.txt").read_text("utf-8").replace(" ", "\t"), "utf-8"
    )
    expected = theirs.evaluate_word_pairs(str(tmp_path / "tabs.txt"))[1].statistic
    found = vectors.similarity_correlation(tmp_path / "pairs.txt")
    assert found.correlation == pytest.approx(expected, abs=1e-6)
    assert (found.pairs, found.left_out) == (50, 1) and "on 50 pairs" in str(found)


@pytest.mark.parametrize(
    ("text", "received"),
    [
        ("a b c d\n", "line 1.*a b c d"),
        (": s\na b c\n", "line 2.*'a b c'"),
        (": s\n", "must not be empty"),
    ],
)
def test_bad_questions_are_told(vectors, tmp_path, text, received):
    (tmp_path / "q.txt").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=received):
        vectors.analogy_accuracy(tmp_path / "q.txt")


def test_bad_pairs_are_told(vectors, tmp_path):
    (tmp_path / "p.txt").write_text("word1\tword2\t3\nword1\tword2\n", "utf-8")
    with pytest.raises(ValueError, match=r"p.txt, line 2"):
        vectors.similarity_correlation(tmp_path / "p.txt")
    # One pair that is known, and two of one score, have no correlation.
    for lines, received in (
        ("x\tword2\t1\n", "1 pairs with vectors and 1"),
        ("word3\tword4\t3\n", "2 pairs with vectors and 0"),
    ):
        (tmp_path / "p.txt").write_text("word1\tword2\t3\n" + lines, "utf-8")
        with pytest.raises(ValueError, match=f"Received {received} without"):
            vectors.similarity_correlation(tmp_path / "p.txt")


def test_a_folder_of_tasks_gives_a_value_of_each_of_the_vectors(vectors, tmp_path):
    other = WordVectors(WORDS, np.random.default_rng(3).normal(size=(40, 6)))
    (tmp_path / "R & W.txt").write_text("word1 word2 3\nword1 word3 1\nword2 word7 2\nx y 1\n")
    family = "word1 word21 word2 word22\nword1 word21 word3 word23\nx word1 word2 word3\n"
    rest = "word4 word24 word5 word25\n"
    text = f": family\n{family}: my cities\n{rest}: my_cities\n{rest}: none\nx y z w\n"
    (tmp_path / "questions-words.txt").write_text(text)
    (tmp_path / "notes.md").write_text("nothing")
    scores = {key: (label, values) for key, label, values in task_scores(tmp_path, vectors, other)}
    both = vectors, other
    answers = [each.analogy_accuracy(tmp_path / "questions-words.txt") for each in both]
    assert scores == {
        "similarity.R_W": (
            "R & W, 3 pairs, 1 left out",
            tuple(each.similarity_correlation(tmp_path / "R & W.txt").correlation for each in both),
        ),
        "analogies.family": (
            "analogies, family",
            tuple(each.accuracy("family") for each in answers),
        ),
        "analogies.my_cities": (
            "analogies, my cities",
            tuple(each.accuracy("my cities") for each in answers),
        ),
        "analogies.my_cities_": (
            "analogies, my_cities",
            tuple(each.accuracy("my_cities") for each in answers),
        ),
        "analogies_without_family": (
            "analogies, all but family",
            tuple(each.accuracy("my cities") for each in answers),
        ),
        "analogies": ("analogies", tuple(each.accuracy() for each in answers)),
        "analogies_answered": ("analogies that can be answered", (4,)),
        "analogies_left_out": ("analogies with an unknown word", (2,)),
    }


def test_a_folder_without_tasks_is_told(vectors, tmp_path):
    with pytest.raises(ValueError, match=r"must contain task files \(\*.txt\). Received"):
        task_scores(tmp_path, vectors)
