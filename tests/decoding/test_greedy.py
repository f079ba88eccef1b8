"""Greedy search against a loop in plain Python, and against the beam of width one."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_dl.decoding import beam_search, greedy_search


def greedy_by_hand(models, model):
    node, tokens = 0, []
    while len(tokens) < models.max_length and (not tokens or tokens[-1] != models.end):
        tokens.append(int(np.argmax(models.tables[model, node])))
        node = node * models.vocabulary + tokens[-1] + 1
    return tokens


@pytest.mark.parametrize(("vocabulary", "max_length", "end"), [(2, 5, 1), (5, 4, 0), (4, 5, 2)])
def test_takes_the_most_probable_token_each_time(history_models, vocabulary, max_length, end):
    models = history_models(100, vocabulary, max_length, seed=1, end=end)
    sequences, log_probs = greedy_search(**models.search_arguments())
    for model in range(models.count):
        expected = greedy_by_hand(models, model)
        assert tuple(sequences[model].numpy()) == models.padded(expected)
        expected = models.log_probabilities(expected)[model]
        np.testing.assert_allclose(log_probs[model], expected, rtol=1e-6)
    assert sequences.dtype == "int32" and log_probs.dtype == "float32"


@pytest.mark.parametrize("coarse", [False, True])
def test_equals_beam_of_width_one_to_the_bit(history_models, coarse):
    models = history_models(300, 4, 5, seed=2)
    if coarse:  # many ties, also between ending and going on
        models.tables = np.round(models.tables)
    sequences, log_probs = greedy_search(**models.search_arguments())
    beams, scores = beam_search(**models.search_arguments(), width=1, length_penalty=0)
    np.testing.assert_array_equal(sequences, beams[:, 0])
    np.testing.assert_array_equal(log_probs, scores[:, 0])


def test_stops_when_all_rows_have_ended():
    calls = []
    # Token 0 ends: after one step in the first row, after three in the second.
    log_probs = np.log(np.array([[[0.9, 0.1]] * 9, [[0.1, 0.9]] * 2 + [[0.9, 0.1]] * 7]))

    def step(tokens, state):
        calls.append(tokens.numpy().tolist())
        return log_probs[:, len(calls) - 1].astype("float32"), state

    sequences, _ = greedy_search(step, (), batch_size=2, start=0, end=0, max_length=9)
    np.testing.assert_array_equal(sequences[:, :3], [[0, 0, 0], [1, 1, 0]])
    assert calls == [[0, 0], [0, 1], [0, 1]]


def test_allowed_sees_the_tokens_so_far_and_rules_the_choice():
    seen = []

    def step(tokens, state):
        return np.log(np.array([[0.1, 0.2, 0.7]] * 2, "float32")), state

    def allowed(sequences, position):
        seen.append((int(position), sequences.numpy().tolist()))
        # Row 0 may not repeat itself; row 1 may only write 1.
        last = sequences[:, int(position) - 1]
        fresh = np.arange(3) != np.asarray(last)[:, None] if position > 0 else np.ones((2, 3), bool)
        return np.stack([fresh[0], [False, True, False]])

    sequences, log_probs = greedy_search(
        step, (), batch_size=2, start=0, end=0, max_length=3, allowed=allowed
    )
    np.testing.assert_array_equal(sequences, [[2, 1, 2], [1, 1, 1]])
    np.testing.assert_allclose(log_probs, np.log([0.7 * 0.2 * 0.7, 0.2**3]), rtol=1e-6)
    assert seen == [(0, [[0] * 3] * 2), (1, [[2, 0, 0], [1, 0, 0]]), (2, [[2, 1, 0], [1, 1, 0]])]


@pytest.mark.parametrize("nothing", [-np.inf, np.nan])
def test_a_row_without_a_possible_token_scores_minus_infinity(nothing):
    rows = np.array([[np.log(0.5), np.log(0.5)], [nothing, nothing]], "float32")
    sequences, log_probs = greedy_search(
        lambda tokens, state: (rows, state), (), batch_size=2, start=1, end=1, max_length=2
    )
    np.testing.assert_array_equal(sequences, [[0, 0], [1, 1]])
    np.testing.assert_allclose(log_probs, [np.log(0.25), -np.inf], rtol=1e-6)


def test_sums_in_float32_whatever_the_step_returns():
    row = np.array([[-0.3, -4.0, -1.5]], "float16")
    _, log_probs = greedy_search(
        lambda tokens, state: (ops.convert_to_tensor(row), state),
        (),
        batch_size=1,
        start=1,
        end=1,
        max_length=200,
    )
    np.testing.assert_allclose(log_probs, [200 * float(row[0, 0])], rtol=1e-5)


@pytest.mark.parametrize("wrong", [{"start": -1}, {"end": -2}, {"max_length": 0}, {"end": 0.5}])
def test_refuses_arguments_out_of_range_before_any_step(wrong):
    arguments = {"batch_size": 1, "start": 0, "end": 0, "max_length": 1, **wrong}
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"greedy_search: {name} .* Received {name} {value}"):
        greedy_search(None, (), **arguments)


@pytest.mark.parametrize(
    ("state", "shape"), [(tf.zeros((2, 4)), r"\(2, 4\)"), (tf.zeros(()), r"\(\)")]
)
def test_refuses_a_state_with_other_rows(state, shape):
    with pytest.raises(ValueError, match=f"Received shape {shape}, batch_size 3"):
        greedy_search(None, {"h": state}, batch_size=3, start=0, end=0, max_length=1)


@pytest.mark.parametrize(("log_probs", "end"), [(tf.zeros((2, 3)), 3), (tf.zeros((2,)), 0)])
def test_refuses_log_probs_without_the_end_token(log_probs, end):
    with pytest.raises(ValueError, match=r"step: .* Received shape \(2,.*\), end " + str(end)):
        greedy_search(
            lambda tokens, state: (log_probs, state),
            (),
            batch_size=2,
            start=0,
            end=end,
            max_length=1,
        )
