"""Alignments by CTC against the best of all paths."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from keras_dl.decoding import ctc_alignment


def best_path(log_probs, labels, blank):
    """Returns first and last step of each label on the best of all paths, or None."""
    best, score = None, -np.inf
    for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        runs = [(token, [*steps]) for token, steps in _runs(path) if token != blank]
        value = log_probs[np.arange(len(path)), path].sum()
        if [token for token, _ in runs] == labels and value > score:
            best, score = [(steps[0], steps[-1]) for _, steps in runs], value
    return best


def _runs(path):
    for token, group in itertools.groupby(enumerate(path), key=lambda each: each[1]):
        yield token, (step for step, _ in group)


@pytest.mark.parametrize("blank", [0, 2])
def test_is_the_best_of_all_paths(blank):
    random = np.random.default_rng(blank)
    one, other = (token for token in range(3) if token != blank)
    rows = [[one], [one, one], [one, other], [other, one, other], [one, one, other], []]
    lengths = np.array([1, 4, 5, 5, 5, 3])
    logits = random.normal(size=(6, 5, 3)) * 2
    log_probs = logits - np.log(np.exp(logits).sum(2, keepdims=True))
    labels = np.array([row + [blank] * (4 - len(row)) for row in rows])
    first, last = map(ops.convert_to_numpy, ctc_alignment(log_probs, lengths, labels, blank=blank))
    for index, row in enumerate(rows):
        expected = best_path(log_probs[index, : lengths[index]], row, blank)
        found = [*zip(first[index].tolist(), last[index].tolist(), strict=True)]
        assert found == expected + [(-1, -1)] * (4 - len(row))


def test_labels_that_do_not_fit_have_no_steps():
    """Two equal labels need three steps, and three labels three."""
    log_probs = np.log(np.full((3, 3, 3), 1 / 3))
    labels = np.array([[1, 1, 0], [1, 1, 0], [1, 2, 1]])
    first, last = map(ops.convert_to_numpy, ctc_alignment(log_probs, np.array([2, 3, 3]), labels))
    assert first.tolist() == [[-1, -1, -1], [0, 2, -1], [0, 1, 2]]
    assert last.tolist() == [[-1, -1, -1], [0, 2, -1], [0, 1, 2]]


def test_labels_without_a_possible_path_have_no_steps():
    probabilities = [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.5, 0.0, 0.5]]
    with np.errstate(divide="ignore"):
        log_probs = np.log([probabilities] * 2)
    first, last = map(ops.convert_to_numpy, ctc_alignment(log_probs, [3, 3], [[1, 2], [2, 1]]))
    assert first.tolist() == [[0, 1], [-1, -1]] and last.tolist() == [[0, 1], [-1, -1]]


@pytest.mark.parametrize(("batch", "time", "count"), [(0, 4, 2), (2, 0, 2), (2, 4, 0), (0, 0, 0)])
def test_any_size_may_be_0(batch, time, count):
    log_probs, labels = np.zeros((batch, time, 3)), np.ones((batch, count), "int32")
    for found in ctc_alignment(log_probs, np.full(batch, time), labels):
        np.testing.assert_array_equal(ops.convert_to_numpy(found), np.full((batch, count), -1))


def test_works_in_a_graph_whose_sizes_are_not_known():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow has such graphs")
    import tensorflow as tf

    log_probs = np.log(np.random.default_rng(0).dirichlet(np.ones(5), (2, 40))).astype("float32")
    arguments = log_probs, np.array([40, 30], "int32"), np.array([[1, 2, 2], [4, 0, 0]], "int32")
    specs = [
        tf.TensorSpec((None, None, 5)),
        tf.TensorSpec((None,), "int32"),
        tf.TensorSpec((None, None), "int32"),
    ]
    graph = tf.function(ctc_alignment, input_signature=specs)
    for found, expected in zip(graph(*arguments), ctc_alignment(*arguments), strict=True):
        np.testing.assert_array_equal(found, expected)
    for shift in (0, 3):  # what is no step changes nothing
        longer = np.pad(log_probs, [[0, 0], [0, shift], [0, 0]])
        np.testing.assert_array_equal(graph(longer, *arguments[1:])[0], graph(*arguments)[0])


@pytest.mark.parametrize(
    ("shape", "labels", "blank"),
    [((2, 3), (2, 1), 0), ((2, 3, 4), (2,), 0), ((2, 3, 4), (2, 1), 4)],
)
def test_wrong_shapes_are_named(shape, labels, blank):
    with pytest.raises(ValueError, match="ctc_alignment: log_probs must have shape"):
        ctc_alignment(np.zeros(shape), np.ones(2), np.ones(labels), blank=blank)
