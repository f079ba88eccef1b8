import fractions

import numpy as np
import pytest

from keras_dl import embeddings

VOCABULARY = 7


def _corpus(seed=0, documents=30, longest=25):
    random = np.random.default_rng(seed)
    return [random.integers(0, VOCABULARY, random.integers(0, longest)) for _ in range(documents)]


def _by_double_loop(documents, window):
    """Counts with fractions, place by place."""
    counts = {}
    for document in documents:
        for i, row in enumerate(document):
            for j, column in enumerate(document):
                if 0 < abs(i - j) <= window and row > 1 and column > 1:
                    pair = (int(row), int(column))
                    counts[pair] = counts.get(pair, 0) + fractions.Fraction(1, abs(i - j))
    return [(*pair, float(counts[pair])) for pair in sorted(counts)]


def _as_list(result):
    return list(zip(*(array.tolist() for array in result), strict=True))


@pytest.mark.parametrize("window", [1, 2, 3, 10, 20])
def test_counts_equal_a_double_loop_with_fractions(window):
    documents = _corpus()
    found = embeddings.cooccurrences(documents, VOCABULARY, window=window)
    assert _as_list(found) == _by_double_loop(documents, window)
    assert [array.dtype for array in found] == ["int32", "int32", "float64"]


def test_by_hand():
    """Both directions, and a couple of equal words from both its places."""
    rows, columns, counts = embeddings.cooccurrences([[2, 0, 2, 3], [3]], 4, window=3)
    assert rows.tolist() == [2, 2, 3] and columns.tolist() == [2, 3, 2]
    np.testing.assert_array_equal(counts, [1 / 2 + 1 / 2, 1 + 1 / 3, 1 + 1 / 3])


@pytest.mark.parametrize("max_pairs", [9, 50, 333])
def test_no_limit_of_memory_changes_a_bit(max_pairs):
    documents = [*_corpus(), np.arange(100) % VOCABULARY]
    whole = embeddings.cooccurrences(documents, VOCABULARY, window=4)
    limited = embeddings.cooccurrences(documents, VOCABULARY, window=4, max_pairs=max_pairs)
    for one, other in zip(whole, limited, strict=True):
        np.testing.assert_array_equal(one, other)


def test_order_of_documents_changes_no_bit():
    documents = _corpus()
    found = embeddings.cooccurrences(documents, VOCABULARY)
    again = embeddings.cooccurrences(documents[::-1], VOCABULARY, max_pairs=100)
    assert _as_list(found) == _as_list(again)


def test_large_numbers_of_words_do_not_overflow():
    top = 5_000_000
    rows, columns, counts = embeddings.cooccurrences([[top - 1, 2, top - 2]], top, window=20)
    pairs = [(2, top - 2), (2, top - 1), (top - 2, 2), (top - 2, top - 1)]
    pairs += [(top - 1, 2), (top - 1, top - 2)]
    assert list(zip(rows, columns, strict=True)) == pairs
    np.testing.assert_array_equal(counts, [1, 1, 1, 0.5, 1, 0.5])


def test_a_stream_is_read_once_and_the_result_may_be_on_disk(tmp_path):
    documents = _corpus()
    found = embeddings.cooccurrences(
        iter(documents), VOCABULARY, max_pairs=100, directory=str(tmp_path)
    )
    assert all(isinstance(array, np.memmap) for array in found)
    assert _as_list(found) == _as_list(embeddings.cooccurrences(documents, VOCABULARY))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["columns", "counts", "rows"]


def test_no_more_pairs_are_held_than_asked_for(monkeypatch):
    """Neither while counting, of one long document too, nor while merging."""
    from keras_dl.embeddings import cooccurrence

    held, size = [], 300
    summed = cooccurrence._summed
    monkeypatch.setattr(
        cooccurrence, "_summed", lambda *pairs: held.append(len(pairs[0])) or summed(*pairs)
    )
    documents = [*_corpus(), np.random.default_rng(1).integers(2, 1000, 700)]
    embeddings.cooccurrences(documents, 1000, window=3, max_pairs=size)
    assert len(held) > 20 and max(held) <= size


@pytest.mark.parametrize("documents", [[], [[]], [[2], [3]], [[0, 1, 0], [1, 1, 2]]])
@pytest.mark.parametrize("in_files", [False, True])
def test_a_corpus_without_pairs_is_refused(documents, in_files, tmp_path):
    with pytest.raises(ValueError, match="Received none"):
        embeddings.cooccurrences(documents, 4, directory=tmp_path if in_files else None)


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        ({"window": 0}, "Received 0"),
        ({"window": 21}, "Received 21"),
        ({"max_pairs": 0}, "max_pairs 0"),
        ({"vocabulary_size": 0}, "vocabulary_size 0"),
        ({"documents": [[2, 3], [4, 2]]}, "from 0 to 3. Received 4"),
        ({"documents": [[2, -1]]}, "Received -1"),
    ],
)
def test_arguments_are_checked(arguments, received):
    with pytest.raises(ValueError, match=received):
        embeddings.cooccurrences(**{"documents": [[2, 3]], "vocabulary_size": 4, **arguments})
