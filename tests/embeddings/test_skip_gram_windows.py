import numpy as np
import pytest
import tensorflow as tf

from keras_dl import embeddings

DOCUMENTS = [[2, 3, 4], [], [5], [6, 2, 2, 3, 0, 1, 7, 8, 9, 4, 5], [3, 9]]
COUNTS = np.bincount(np.concatenate(DOCUMENTS).astype(int), minlength=10)
COUNTS[:2] = 0


def _dataset(documents, at_once=2):
    """Documents as ragged tensors of some of them."""
    lengths = [len(words) for words in documents]
    words = np.concatenate(documents).astype("int64")
    ragged = tf.RaggedTensor.from_row_lengths(words, lengths)
    starts = tf.data.Dataset.range(0, len(documents), at_once)
    return starts.map(lambda start: ragged[start : start + at_once])


def _pairs_within(documents, reach):
    """Pairs of numbers of words of a document at most `reach` apart, by loops."""
    found = []
    for words in documents:
        words = [word for word in words if word > 1]
        for index, word in enumerate(words):
            for other, neighbor in enumerate(words):
                if other != index and abs(other - index) <= reach:
                    found.append((word, neighbor))
    return sorted(found)


def _elements(data, epoch=0):
    return [[part.numpy() for part in element] for element in data(tf.constant(epoch))]


@pytest.mark.parametrize(("block", "blocks"), [(1, 1), (3, 2), (4, 50)])
@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_windows_are_those_of_loops_and_never_leave_a_document(block, blocks, at_once):
    options = {"window": 1, "threshold": 0, "block": block, "blocks": blocks}
    data, _ = embeddings.skip_gram_windows(_dataset(DOCUMENTS, at_once), COUNTS, 5, **options)
    found = []
    for words, reach in _elements(data):
        assert words.shape == (blocks, block + 2) and reach.shape == (blocks, block)
        inside = embeddings.in_window(tf.constant(words), tf.constant(reach)).numpy()
        for row, center, context in zip(*inside.nonzero(), strict=True):
            found.append((words[row, center + 1], words[row, context]))
    assert sorted(found) == _pairs_within(DOCUMENTS, 1)


def test_pairs_are_all_those_within_reach():
    options = {"window": 3, "threshold": 0, "block": 4, "blocks": 3}
    data, _ = embeddings.skip_gram_windows(_dataset(DOCUMENTS), COUNTS, 5, **options)
    elements = _elements(data)
    widest = tf.data.Dataset.from_tensor_slices(
        tuple(np.stack([words[part] for words in elements]) for part in (0, 1))
    ).map(lambda words, reach: (words, 3 * tf.ones_like(reach)))
    found = embeddings.pairs(widest, 1)
    found = sorted((int(center[0]), int(context[0])) for center, context in found)
    assert found == _pairs_within(DOCUMENTS, 3)


def test_reach_is_uniform_and_words_stay_as_often_as_the_formula_says():
    random = np.random.default_rng(0)
    documents = [
        (2 + np.minimum(random.geometric(0.3, 300), 9)).astype("int64").tolist() for _ in range(200)
    ]
    counts = np.bincount(np.concatenate(documents), minlength=12)
    options = {"window": 4, "threshold": 0.03, "block": 16, "blocks": 64, "seed": 3}
    data, steps = embeddings.skip_gram_windows(_dataset(documents, 50), counts, 200, **options)
    kept, reaches, number = np.zeros(12), np.zeros(5), 0
    for words, reach in _elements(data):
        inner = words[:, 4:-4]
        kept += np.bincount(inner[inner > 0], minlength=12)
        reaches += np.bincount(reach[inner > 0], minlength=5)
        number += 1
    assert abs(steps - number) <= 1
    keep = embeddings.keep_probabilities(counts, 0.03)
    spread = np.sqrt(counts * keep * (1 - keep))
    assert (np.abs(kept - counts * keep) <= 4 * spread).all() and kept.sum() < counts.sum()
    assert reaches[0] == 0 and np.abs(reaches[1:] / kept.sum() - 1 / 4).max() < 0.02


def test_formulas():
    counts = np.array([0, 10, 990, 99000])
    share = counts / counts.sum()
    with np.errstate(divide="ignore"):
        ratio = 1e-3 / share
    for formula, expected in (("paper", np.sqrt(ratio)), ("word2vec_c", np.sqrt(ratio) + ratio)):
        found = embeddings.keep_probabilities(counts, 1e-3, formula)
        np.testing.assert_allclose(found[1:], np.minimum(expected[1:], 1), rtol=1e-12)
        assert found[0] == 0 and found[3] < 0.2
    np.testing.assert_array_equal(embeddings.keep_probabilities(counts, 0), [0, 1, 1, 1])


def test_seed_and_epoch_decide_all_of_it():
    def words(seed, epoch):
        options = {"threshold": 0.1, "block": 4, "blocks": 2, "seed": seed}
        data, _ = embeddings.skip_gram_windows(_dataset(DOCUMENTS), COUNTS, 5, **options)
        return [part.tobytes() for element in _elements(data, epoch) for part in element]

    assert words(1, 0) == words(1, 0)
    assert words(1, 0) != words(1, 1) and words(1, 0) != words(2, 0)


@pytest.mark.parametrize(
    ("options", "received"),
    [({"block": 0}, "block 0"), ({"window": 0}, "window 0"), ({"formula": "c"}, "'c'")],
)
def test_refuses_what_makes_no_sense(options, received):
    with pytest.raises(ValueError, match=received):
        embeddings.skip_gram_windows(_dataset(DOCUMENTS), COUNTS, 5, **options)
    with pytest.raises(ValueError, match="must contain a positive count"):
        embeddings.skip_gram_windows(_dataset(DOCUMENTS), np.zeros(10), 5)
