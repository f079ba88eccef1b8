"""Exhaustive search against enumeration in float64."""

import numpy as np
import pytest
from keras import ops

from keras_dl.decoding import beam_search, exhaustive_search


@pytest.mark.parametrize("length_penalty", [0, 0.7, 1, 2])
@pytest.mark.parametrize(("vocabulary", "max_length", "end"), [(2, 5, 1), (5, 3, 0), (4, 5, 2)])
def test_finds_the_best_of_all_sequences(
    history_models, vocabulary, max_length, end, length_penalty
):
    models = history_models(40, vocabulary, max_length, seed=13, end=end)
    expected = models.scores(length_penalty)
    sequences, scores = exhaustive_search(
        **models.search_arguments(), length_penalty=length_penalty
    )
    assert sequences.dtype == "int32" and sequences.shape == (40, max_length)
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
    sequences, scores = exhaustive_search(**models.search_arguments(), allowed=allowed)
    for model in range(models.count):
        best = max(expected, key=lambda tokens, model=model: expected[tokens][model])
        assert tuple(sequences[model]) == best
        np.testing.assert_allclose(scores[model], expected[best][model], rtol=2e-6)


def test_nothing_possible_scores_minus_infinity(history_models):
    models = history_models(2, 3, 4, seed=23, end=2)
    sequences, scores = exhaustive_search(
        **models.search_arguments(), allowed=lambda sequences, position: np.zeros((1, 3), bool)
    )
    np.testing.assert_array_equal(sequences, np.full((2, 4), 2))
    np.testing.assert_array_equal(scores, [-np.inf] * 2)


def test_refuses_more_paths_than_it_can_score():
    def undecided(tokens, state):
        return ops.full((tokens.shape[0], 1100), -np.log(1100.0)), state

    with pytest.raises(ValueError, match="vocabulary 1100, max_length 3, with 1099 open"):
        exhaustive_search(undecided, (), batch_size=1, start=0, end=0, max_length=3)


def test_refuses_arguments_out_of_range_before_any_step():
    with pytest.raises(ValueError, match=r"exhaustive_search: length_penalty .* Received .* -1,"):
        exhaustive_search(None, (), batch_size=1, start=0, end=0, max_length=3, length_penalty=-1)
    with pytest.raises(ValueError, match=r"exhaustive_search: max_length .* Received max_length 0"):
        exhaustive_search(None, (), batch_size=1, start=0, end=0, max_length=0)
