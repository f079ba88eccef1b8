"""Exhaustive search against enumeration in float64."""

import numpy as np
import pytest
from keras import ops

from keras_dl.decoding import beam_search, exhaustive, exhaustive_search


@pytest.fixture(autouse=True)
def little_help(monkeypatch):
    """The first known sequence is that of a greedy search, and prefixes come in many calls."""
    monkeypatch.setattr(exhaustive, "_WIDTH", 1)
    monkeypatch.setattr(exhaustive, "_AT_ONCE", 3)


@pytest.mark.parametrize("length_penalty", [0, 0.7, 1, 2])
@pytest.mark.parametrize(("vocabulary", "max_length", "end"), [(2, 5, 1), (5, 3, 0), (4, 5, 2)])
def test_finds_the_best_of_all_sequences(
    history_models, vocabulary, max_length, end, length_penalty
):
    models = history_models(16, vocabulary, max_length, seed=13, end=end)
    expected = models.scores(length_penalty)
    sequences, scores, settled = exhaustive_search(
        **models.search_arguments(), length_penalty=length_penalty
    )
    assert settled.all()
    assert sequences.dtype == "int32" and sequences.shape == (16, max_length)
    for model in range(models.count):
        best = max(expected, key=lambda tokens, model=model: expected[tokens][model])
        assert tuple(sequences[model]) == best
        np.testing.assert_allclose(scores[model], expected[best][model], rtol=2e-6)


def test_is_what_a_beam_comes_up_to_as_it_widens(history_models):
    models = history_models(60, 4, 5, seed=17)
    best = exhaustive_search(**models.search_arguments())[1]
    missed = []
    for width in (1, 2, 4**5):
        scores = beam_search(**models.search_arguments(), width=width)[1][:, 0].numpy()
        assert np.all(scores <= best)
        missed.append(np.sum(scores < best))
    assert missed[0] > missed[1] > missed[2] == 0


def test_allowed_and_dead_ends(history_models):
    models = history_models(20, 3, 4, seed=19)

    def allowed(sequences, position):
        # 1 only after 1, the end not in the first place, and nothing at all after two tokens 2.
        twos = ops.sum(ops.cast(sequences == 2, "int32"), axis=1)[:, None]
        ones = ops.any(sequences == 1, axis=1)[:, None]
        token = ops.arange(3)[None, :]
        ruled = ((token != 1) | ones | (position == 0)) & ((token != 0) | (position > 0))
        return ruled & (twos < 2)

    def obeys(tokens):
        first_one = tokens[0] == 1 or 1 not in tokens
        dead = [index for index in range(4) if tokens[:index].count(2) >= 2]
        cut_off = bool(dead) and 0 not in tokens[: dead[0]]
        return first_one and tokens[0] != 0 and not cut_off

    expected = {t: s for t, s in models.scores(0.7).items() if obeys(t)}
    sequences, scores, _ = exhaustive_search(**models.search_arguments(), allowed=allowed)
    for model in range(models.count):
        best = max(expected, key=lambda tokens, model=model: expected[tokens][model])
        assert tuple(sequences[model]) == best
        np.testing.assert_allclose(scores[model], expected[best][model], rtol=2e-6)


def test_nothing_possible_scores_minus_infinity(history_models):
    models = history_models(2, 3, 4, seed=23, end=2)
    sequences, scores, settled = exhaustive_search(
        **models.search_arguments(), allowed=lambda sequences, position: np.zeros((1, 3), bool)
    )
    assert settled.all()
    np.testing.assert_array_equal(sequences, np.full((2, 4), 2))
    np.testing.assert_array_equal(scores, [-np.inf] * 2)


def test_gives_up_where_too_many_prefixes_might_win():
    # Token 0 ends. Example 0 hardly knows which of 99 tokens comes next, example 1 is sure.
    flat = np.append(-9.0, np.full(99, -4.6))
    sure = np.append(-0.01, np.full(99, -9.2))
    table = np.stack([flat, sure]).astype("float32")
    calls = []

    def step(tokens, state):
        calls.append(len(tokens))
        return ops.take(table, state, axis=0), state

    arguments = {"batch_size": 2, "start": 0, "end": 0, "max_length": 9, "max_prefixes": 2000}
    sequences, scores, settled = exhaustive_search(step, np.arange(2), **arguments)
    assert settled.tolist() == [False, True]
    assert sum(calls) < 2000
    np.testing.assert_array_equal(sequences[1], np.zeros(9))
    np.testing.assert_allclose(scores, [-13.6 / 2**0.7, -0.01], rtol=1e-5)


def test_each_example_has_its_own_bound_on_the_length(history_models):
    models = history_models(8, 3, 4, seed=41)
    limits = np.arange(8) % 4 + 1
    arguments = {**models.search_arguments(), "max_length": limits}
    sequences, scores, _ = exhaustive_search(**arguments, length_penalty=1)
    assert sequences.shape == (8, 4)
    for model, limit in enumerate(limits):
        arguments = {**models.search_arguments([model]), "max_length": int(limit)}
        alone, score, _ = exhaustive_search(**arguments, length_penalty=1)
        np.testing.assert_array_equal(sequences[model], np.pad(alone[0], (0, 4 - limit)))
        assert scores[model] == score[0]


def test_refuses_bounds_on_the_length_of_other_examples(history_models):
    arguments = {**history_models(3, 3, 4, seed=1).search_arguments(), "max_length": [2, 3]}
    with pytest.raises(ValueError, match=r"max_length .* Received 2 integers, batch_size 3"):
        exhaustive_search(**arguments)


def test_refuses_arguments_out_of_range_before_any_step():
    with pytest.raises(ValueError, match=r"exhaustive_search: length_penalty .* Received .* -1,"):
        exhaustive_search(None, (), batch_size=1, start=0, end=0, max_length=3, length_penalty=-1)
    with pytest.raises(ValueError, match=r"exhaustive_search: max_length .* Received max_length 0"):
        exhaustive_search(None, (), batch_size=1, start=0, end=0, max_length=0)
