"""Beam search against enumeration, and against a beam in plain Python that never stops early."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_dl.decoding import beam_search

# (vocabulary, max_length, end, number of models): 330 models.
SIZES = [(2, 5, 0, 60), (3, 4, 2, 80), (4, 3, 0, 80), (3, 5, 1, 60), (5, 3, 4, 40), (5, 5, 0, 10)]


def beam_by_hand(models, model, width, length_penalty, ruled=lambda tokens: True):
    """The rule of beam_search in float64 Python, carried on to max_length whatever happens."""
    open_beams, ended = [(0.0, 0, ())], []
    for length in range(1, models.max_length + 1):
        candidates = [
            (
                total + float(models.tables[model, node, token]),
                node * models.vocabulary + token + 1,
                (*tokens, token),
            )
            for total, node, tokens in open_beams
            for token in range(models.vocabulary)
            if ruled((*tokens, token))
        ]
        candidates = sorted(candidates, key=lambda candidate: -candidate[0])[: 2 * width]
        ends = [candidate[2][-1] == models.end for candidate in candidates]
        ended += [
            (total / length**length_penalty, tokens)
            for (total, _, tokens), is_end in zip(candidates[:width], ends[:width], strict=True)
            if is_end
        ]
        open_beams = [c for c, is_end in zip(candidates, ends, strict=True) if not is_end][:width]
    ended += [(total / length**length_penalty, tokens) for total, _, tokens in open_beams]
    return sorted(ended, key=lambda hypothesis: -hypothesis[0])[:width]


@pytest.mark.parametrize("length_penalty", [0, 0.7, 2])
@pytest.mark.parametrize(("vocabulary", "max_length", "end", "count"), SIZES)
def test_full_width_lists_all_sequences_best_first(
    history_models, vocabulary, max_length, end, count, length_penalty
):
    models = history_models(count, vocabulary, max_length, seed=vocabulary, end=end)
    expected = models.scores(length_penalty)
    sequences, scores = beam_search(
        **models.search_arguments(), width=vocabulary**max_length, length_penalty=length_penalty
    )
    sequences, scores = sequences.numpy(), scores.numpy()
    assert sequences.dtype == "int32" and scores.dtype == "float32"

    ranked = -np.sort(-np.stack(list(expected.values()), axis=1), axis=1)  # (models, sequences)
    np.testing.assert_allclose(scores[:, : len(expected)], ranked, rtol=2e-6)
    assert np.all(scores[:, len(expected) :] == -np.inf)
    assert np.all(sequences[:, len(expected) :] == end)
    for model in range(count):
        found = [tuple(tokens) for tokens in sequences[model, : len(expected)]]
        assert len(set(found)) == len(expected)
        own_scores = [expected[tokens][model] for tokens in found]
        np.testing.assert_allclose(scores[model, : len(expected)], own_scores, rtol=2e-6)
        assert found[0] == max(expected, key=lambda tokens, model=model: expected[tokens][model])


@pytest.mark.parametrize("length_penalty", [0, 0.7, 1, 2])
@pytest.mark.parametrize("width", [1, 2, 3])
def test_stopping_early_changes_nothing(history_models, width, length_penalty):
    models = history_models(100, 4, 5, seed=7, end=1)
    sequences, scores = beam_search(
        **models.search_arguments(), width=width, length_penalty=length_penalty
    )
    for model in range(models.count):
        expected = beam_by_hand(models, model, width, length_penalty)
        assert [tuple(tokens) for tokens in sequences[model].numpy()] == [
            models.padded(tokens) for _, tokens in expected
        ]
        np.testing.assert_allclose(scores[model], [score for score, _ in expected], rtol=2e-6)


def from_previous_token(probabilities):
    """A step whose log-probabilities depend on the previous token alone."""
    with np.errstate(divide="ignore"):
        table = np.log(np.array(probabilities, "float32"))
    return lambda tokens, state: (ops.take(table, tokens, axis=0), state)


def test_an_ended_hypothesis_is_neither_extended_nor_doubled():
    # end 0, a 1, b 2, c 3, d 4; start 5. "a end" has probability .55, "b c d end" .441. A search
    # that extends "a end" loses it, or lists it again with junk behind the end.
    step = from_previous_token(
        [
            [0.2, 0.2, 0.2, 0.2, 0.2],
            [1.0, 0.0, 0.0, 0.0, 0.0],
            [0.01, 0.01, 0.0, 0.98, 0.0],
            [0.0, 0.0, 0.0, 0.0, 1.0],
            [1.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.55, 0.45, 0.0, 0.0],
        ]
    )
    sequences, scores = beam_search(
        step, (), batch_size=1, start=5, end=0, max_length=8, width=4, length_penalty=0
    )
    np.testing.assert_array_equal(
        sequences[0, :, :5], [[1, 0, 0, 0, 0], [2, 3, 4, 0, 0], [2, 0, 0, 0, 0], [2, 1, 0, 0, 0]]
    )
    np.testing.assert_allclose(np.exp(scores[0]), [0.55, 0.441, 0.0045, 0.0045], rtol=1e-5)


def test_the_stop_counts_on_a_long_sequence_of_small_loss():
    # One beam ends at once with probability .5; twenty tokens of probability .5 * .99**19 come
    # out ahead of it by their length alone, so that the search may not stop at the first end.
    step = from_previous_token([[0.5, 0.5], [0.01, 0.99]])
    arguments = {"batch_size": 1, "start": 0, "end": 0, "max_length": 20, "width": 1}
    sequences, scores = beam_search(step, (), **arguments, length_penalty=1)
    np.testing.assert_array_equal(sequences[0, 0], [1] * 20)
    np.testing.assert_allclose(scores, [[np.log(0.5 * 0.99**19) / 20]], rtol=1e-5)
    sequences, scores = beam_search(step, (), **arguments, length_penalty=0)
    np.testing.assert_array_equal(sequences[0, 0], [0] * 20)
    np.testing.assert_allclose(scores, [[np.log(0.5)]], rtol=1e-6)


def test_stops_as_soon_as_no_example_can_improve():
    calls = []

    def step(tokens, state):
        calls.append(1)
        return np.log(np.full((6, 2), [0.9, 0.1], "float32")), state

    beam_search(step, (), batch_size=2, start=0, end=0, max_length=50, width=3, length_penalty=0)
    assert len(calls) == 3  # one more hypothesis ends at each step


def test_a_batch_neighbour_changes_nothing(history_models):
    models = history_models(24, 4, 5, seed=11)
    models.tables[::2] = np.round(models.tables[::2])  # half of the models with ties
    arguments = {"width": 3, "length_penalty": 0.7}
    together = beam_search(**models.search_arguments(), **arguments)
    for model in range(models.count):
        alone = beam_search(**models.search_arguments([model]), **arguments)
        for one, all_of_them in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one[0], all_of_them[model])


def never_twice(sequences, position):
    """Forbids to repeat the last token, to end before the second, and 2 in the first place."""
    last = ops.take(sequences, ops.maximum(position - 1, 0), axis=1)
    tokens = ops.arange(4)[None, :]
    first = ops.logical_and(tokens != 2, last[:, None] == 0)
    later = tokens != last[:, None]
    return ops.logical_and(ops.where(position == 0, first, later), (tokens != 0) | (position > 1))


def obeys_never_twice(tokens):
    no_repeat = all(one != two for one, two in itertools.pairwise(tokens))
    return no_repeat and tokens[0] != 2 and 0 not in tokens[:2]


@pytest.mark.parametrize("width", [2, 300])
def test_allowed_rules_and_does_not_renormalise(history_models, width):
    models = history_models(60, 4, 4, seed=3)
    sequences, scores = beam_search(
        **models.search_arguments(), width=width, length_penalty=0.7, allowed=never_twice
    )
    expected = models.scores(0.7)
    for model in range(models.count):
        by_hand = beam_by_hand(models, model, width, 0.7, ruled=obeys_never_twice)
        found = [tuple(tokens) for tokens in sequences[model].numpy()][: len(by_hand)]
        assert found == [models.padded(tokens) for _, tokens in by_hand]
        own_scores = [expected[tokens][model] for tokens in found]
        np.testing.assert_allclose(scores[model, : len(found)], own_scores, rtol=2e-6)
        assert np.all(scores[model, len(found) :] == -np.inf)


def test_a_dead_end_scores_minus_infinity_and_beats_nothing():
    # After 1 (probability .8) nothing is allowed in example 0, and nothing at all in example 1.
    step = from_previous_token([[0.1, 0.8, 0.1], [0.3, 0.3, 0.4], [1.0, 0.0, 0.0]])

    def allowed(sequences, position):
        dead = ops.logical_or(ops.any(sequences == 1, axis=1), ops.arange(6) >= 3)
        return ops.logical_and(~dead[:, None], ops.arange(3)[None, :] >= 0)

    sequences, scores = beam_search(
        step, (), batch_size=2, start=0, end=0, max_length=4, width=3, allowed=allowed
    )
    np.testing.assert_array_equal(sequences[0], [[2] + [0] * 3, [0] * 4, [0] * 4])
    np.testing.assert_array_equal(sequences[1], np.zeros((3, 4)))
    expected = [np.log(0.1) / 2**0.7, np.log(0.1), -np.inf]
    np.testing.assert_allclose(scores, [expected, [-np.inf] * 3], rtol=1e-6)


def test_no_examples_give_no_results(history_models):
    models = history_models(1, 3, 4, seed=0)
    sequences, scores = beam_search(**models.search_arguments([]), width=2)
    assert sequences.shape == (0, 2, 4) and scores.shape == (0, 2)


@pytest.mark.parametrize(
    ("wrong", "received"),
    [
        ({"width": 0}, "width 0"),
        ({"max_length": 0}, "max_length 0"),
        ({"start": -1}, "start -1"),
        ({"end": -3}, "end -3"),
        ({"length_penalty": -0.5}, "length_penalty -0.5"),
        ({"length_penalty": float("nan")}, "length_penalty nan"),
        ({"length_penalty": 1000.0}, "length_penalty 1000.0, max_length 5"),
    ],
)
def test_refuses_arguments_out_of_range_before_any_step(wrong, received):
    arguments = {"batch_size": 1, "start": 0, "end": 0, "max_length": 5, "width": 2, **wrong}
    with pytest.raises(ValueError, match=f"beam_search: .* Received {received}"):
        beam_search(None, (), **arguments)


def test_refuses_a_state_that_is_repeated_already():
    with pytest.raises(ValueError, match=r"Received shape \(6, 4\), batch_size 2"):
        beam_search(None, [tf.zeros((6, 4))], batch_size=2, start=0, end=0, max_length=5, width=3)
