"""Error rates equal a distance that is found by search over edits, not by a table."""

import functools

import numpy as np
import pytest

from keras_dl.metrics import edit_distance, error_rate


def _by_recursion(first, second):
    """Returns the Levenshtein distance by its recursive definition."""

    @functools.cache
    def distance(i, j):
        if not i or not j:
            return i + j
        if first[i - 1] == second[j - 1]:
            return distance(i - 1, j - 1)
        return 1 + min(distance(i - 1, j), distance(i, j - 1), distance(i - 1, j - 1))

    return distance(len(first), len(second))


def _by_search(first, second, alphabet):
    """Returns the Levenshtein distance by a breadth-first search over all texts."""
    level, seen, steps = {first}, {first}, 0
    while second not in level:
        edited = set()
        for text in level:
            for index in range(len(text) + 1):
                edited |= {text[:index] + each + text[index:] for each in alphabet}
                edited |= {text[:index] + each + text[index + 1 :] for each in alphabet}
                edited.add(text[:index] + text[index + 1 :])
        level, steps = edited - seen, steps + 1
        seen |= level
    return steps


def _random_texts(random, count, longest, alphabet):
    return ["".join(random.choice(alphabet, random.integers(0, longest + 1))) for _ in range(count)]


def test_distance_equals_a_search_over_edits():
    texts = _random_texts(np.random.default_rng(0), 24, 4, ["a", "b"])
    for first, second in zip(texts[::2], texts[1::2], strict=True):
        assert edit_distance(first, second) == _by_search(first, second, "ab")


def test_distance_equals_its_recursive_definition():
    texts = _random_texts(np.random.default_rng(1), 300, 12, list("abc"))
    pairs = [*zip(texts[::2], texts[1::2], strict=True)]
    assert [edit_distance(*pair) for pair in pairs] == [_by_recursion(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("unit", "alphabet", "units"),
    [
        ("word", ["one ", "two ", "nine "], str.split),
        ("character", ["a", "b ", "c"], lambda text: text.strip()),
        ("digit", ["1", "2 ", "3", "x"], lambda text: [each for each in text if each in "123"]),
    ],
)
def test_rate_is_over_all_texts_of_the_corpus(unit, alphabet, units):
    random = np.random.default_rng(2)
    hypotheses, references = (_random_texts(random, 40, 6, alphabet) for _ in range(2))
    assert "" in references
    edits = sum(
        _by_recursion(tuple(units(one)), tuple(units(other)))
        for one, other in zip(hypotheses, references, strict=True)
    )
    length = sum(len(units(text)) for text in references)
    assert error_rate(hypotheses, references, unit=unit) == (edits / length, edits, length)


def test_a_rate_is_no_mean_of_rates_and_can_exceed_one():
    assert error_rate(["1", "9"], ["123", "9"], unit="digit").rate == 0.5
    assert error_rate(["a b c"], ["d"]).rate == 3.0
    assert error_rate(["", "a"], ["", "a"]).rate == 0.0


def test_spaces_between_words_are_one_character_and_digits_have_many_scripts():
    assert error_rate([" one   two "], ["one two"], unit="character").edits == 0
    assert error_rate(["onetwo"], ["one two"], unit="character") == (1 / 7, 1, 7)
    assert error_rate(["٣ 1"], ["31"], unit="digit") == (0.0, 0, 2)


@pytest.mark.parametrize(
    ("hypotheses", "references", "unit", "message"),
    [
        (["a"], ["a"], "letter", "unit must be one of"),
        (["a"], ["a", "b"], "word", "Received 1 hypotheses, 2 references"),
        ("a b", ["a", "b"], "word", "must be lists of texts"),
        (["a", ""], ["", " "], "word", "at least one word"),
        ([], [], "word", "at least one word"),
        (["1"], ["one"], "digit", "at least one digit"),
    ],
)
def test_what_has_no_rate_is_refused(hypotheses, references, unit, message):
    with pytest.raises(ValueError, match=message):
        error_rate(hypotheses, references, unit=unit)
