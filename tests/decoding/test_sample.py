"""Samples against the exact law of what was kept, and sampling against itself."""

import itertools

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from keras import ops

from keras_dl.decoding import greedy_search, sample, score
from keras_dl.decoding.threefry import threefry

DRAWS = 100_000


def exact_law(log_probs, temperature=1.0, top_k=None, top_p=None):
    """The law of one token in float64: temperature, then top-k, then top-p, then normalized."""
    law = np.exp(np.asarray(log_probs, "float64") / temperature)
    ranking = np.argsort(-law)
    law[ranking[top_k:] if top_k else []] = 0
    law /= law.sum()
    if top_p is not None:
        before = np.cumsum(law[ranking]) - law[ranking]
        kept = before < top_p
        kept[0] = True
        law[ranking[~kept]] = 0
    return law / law.sum()


def laws_of_sequences(models, **law):
    """dict of padded sequence -> probability, under the first model."""
    nodes = [exact_law(log_probs, **law) for log_probs in models.tables[0]]
    found = {}
    for tokens in models.hypotheses():
        probability, node = 1.0, 0
        for token in tokens:
            probability *= nodes[node][token]
            node = node * models.vocabulary + token + 1
        found[models.padded(tokens)] = probability
    assert np.isclose(sum(found.values()), 1)
    return found


def p_value(sequences, law):
    """Chi-square test of drawn sequences; outcomes of probability 0 may not occur at all."""
    drawn, counts = np.unique(sequences, axis=0, return_counts=True)
    counts = dict(zip(map(tuple, drawn), counts, strict=True))
    possible = [tokens for tokens, probability in law.items() if probability > 0]
    assert set(counts) <= set(possible)
    expected = np.array([law[tokens] for tokens in possible]) * len(sequences)
    observed = np.array([counts.get(tokens, 0) for tokens in possible])
    return scipy.stats.chisquare(observed, expected).pvalue if len(possible) > 1 else 1.0


@pytest.mark.parametrize(
    "law",
    [
        {},
        {"temperature": 1.7, "top_k": 3},
        {"top_p": 0.8},
        {"temperature": 1.3, "top_k": 4, "top_p": 0.7},
        {"top_k": 1},
        {"top_p": 0.0},
        {"top_k": 99, "top_p": 1.0},
    ],
)
def test_draws_follow_the_exact_law(history_models, law):
    models = history_models(1, 5, 3, seed=43)
    expected = laws_of_sequences(models, **law)
    arguments = models.search_arguments(np.zeros(DRAWS, int))
    sequences, _ = sample(**arguments, seed=7, **law)
    assert p_value(sequences.numpy(), expected) > 0.01


def test_a_seed_for_each_row_draws_from_the_same_law(history_models):
    models = history_models(1, 5, 3, seed=43)
    arguments = models.search_arguments(np.zeros(DRAWS, int))
    sequences, _ = sample(**arguments, seed=np.arange(DRAWS) - 50, temperature=0.6)
    assert p_value(sequences.numpy(), laws_of_sequences(models, temperature=0.6)) > 0.01


def test_a_row_depends_on_seed_and_row_alone(history_models):
    models = history_models(9, 4, 5, seed=47)
    arguments = {"temperature": 1.4, "top_p": 0.95}
    sequences, log_probs = sample(**models.search_arguments(), seed=3, **arguments)
    for rows in (1, 4):
        few = sample(**models.search_arguments(range(rows)), seed=3, **arguments)
        np.testing.assert_array_equal(few[0], sequences[:rows])
        np.testing.assert_array_equal(few[1], log_probs[:rows])
    others = models.search_arguments([0, 5, 7])
    np.testing.assert_array_equal(sample(**others, seed=3, **arguments)[0][0], sequences[0])

    seeds = np.arange(9) * 11
    own, _ = sample(**models.search_arguments(), seed=seeds, **arguments)
    order = [8, 2, 5]
    moved, _ = sample(**models.search_arguments(order), seed=seeds[order], **arguments)
    np.testing.assert_array_equal(moved, own.numpy()[order])

    same = history_models(1, 4, 5, seed=47).search_arguments([0] * 50)
    drawn = [sample(**same, seed=seed)[0].numpy() for seed in (3, 3, 4, -1)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert len(np.unique(drawn[0], axis=0)) > 5  # rows differ, and so do seeds
    assert all((one != two).any() for one, two in itertools.combinations(drawn[1:], 2))


@pytest.mark.parametrize("temperature", [0, np.float32(0.0), tf.constant(0.0)])
def test_temperature_zero_is_greedy_to_the_bit(history_models, temperature):
    models = history_models(200, 4, 5, seed=2)
    models.tables[::2] = np.round(models.tables[::2])  # many ties
    found = sample(**models.search_arguments(), seed=1, temperature=temperature, top_p=0.5)
    for one, other in zip(found, greedy_search(**models.search_arguments()), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("top_k", [1, 2, 99])
def test_top_k_may_be_an_input_of_a_graph(history_models, top_k):
    models = history_models(50, 4, 5, seed=2)
    models.tables[::2] = np.round(models.tables[::2])  # many ties, of which only k are kept
    arguments = {**models.search_arguments(), "seed": 1, "top_p": 0.9}
    found = tf.function(lambda k: sample(**arguments, top_k=k))(tf.constant(top_k))
    for one, other in zip(found, sample(**arguments, top_k=top_k), strict=True):
        np.testing.assert_array_equal(one, other)


def test_extreme_temperatures(history_models):
    models = history_models(50, 4, 5, seed=3)
    cold, _ = sample(**models.search_arguments(), seed=1, temperature=1e-30)
    np.testing.assert_array_equal(cold, greedy_search(**models.search_arguments())[0])
    one = history_models(1, 4, 1, seed=3).search_arguments([0] * 10_000)
    hot, _ = sample(**one, seed=1, temperature=1e30)
    assert scipy.stats.chisquare(np.bincount(hot.numpy()[:, 0])).pvalue > 0.01


def test_log_probabilities_are_those_of_the_model(history_models):
    models = history_models(60, 4, 4, seed=53)
    sequences, log_probs = sample(**models.search_arguments(), seed=9, temperature=2.0, top_k=3)
    expected = {models.padded(tokens): tokens for tokens in models.hypotheses()}
    for model, row in enumerate(sequences.numpy()):
        exact = models.log_probabilities(expected[tuple(row)])[model]
        np.testing.assert_allclose(log_probs[model], exact, rtol=1e-5)
    again = score(models.step, models.state(), sequences, start=0, end=0)
    np.testing.assert_array_equal(again, log_probs)


def test_forbidden_tokens_and_dead_ends():
    log_probs = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 0.0]], "float32") + 1e-45)

    def allowed(sequences, position):
        first = np.array([[False, True, False], [False, False, False]])
        return np.where(position == 0, first, [[True, True, False]])

    sequences, totals = sample(
        lambda tokens, state: (ops.cast(log_probs, "bfloat16"), state),
        (),
        batch_size=2,
        start=0,
        end=0,
        max_length=30,
        seed=0,
        allowed=allowed,
    )
    first = sequences[0].numpy()
    length = np.argmax(first == 0)
    assert length > 0 and set(first) == {0, 1}
    np.testing.assert_allclose(totals[0], np.log(0.2) * length + np.log(0.1), rtol=0.01)
    np.testing.assert_array_equal(sequences[1], np.zeros(30))
    assert totals[1] == -np.inf


@pytest.mark.parametrize(
    ("wrong", "received"),
    [
        ({"temperature": -0.1}, "temperature -0.1"),
        ({"temperature": np.inf}, "temperature inf"),
        ({"temperature": np.nan}, "temperature nan"),
        ({"top_k": 0}, "top_k 0"),
        ({"top_k": 2.5}, "top_k 2.5"),
        ({"top_p": 1.1}, "top_p 1.1"),
        ({"top_p": -0.1}, "top_p -0.1"),
        ({"max_length": 0}, "max_length 0"),
        ({"seed": 0.5}, r"seed of dtype float32 and shape \(\)"),
        ({"seed": np.arange(2)}, r"seed of dtype int64 and shape \(2,\), batch_size 1"),
    ],
)
def test_refuses_arguments_out_of_range_before_any_step(wrong, received):
    arguments = {"batch_size": 1, "start": 0, "end": 0, "max_length": 5, "seed": 0, **wrong}
    with pytest.raises(ValueError, match=f"sample: .* Received {received}"):
        sample(None, (), **arguments)


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_has_the_known_answers_of_its_authors(key, counter, expected):
    words = [[ops.convert_to_tensor([word], "uint32") for word in pair] for pair in (key, counter)]
    assert tuple(int(word[0]) for word in threefry(*words)) == expected
