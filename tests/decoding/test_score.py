"""Scores of given sequences against sums of log-probabilities in float64."""

import numpy as np
import pytest
from keras import ops

from keras_dl import models
from keras_dl.decoding import beam_search, score


@pytest.mark.parametrize("end", [0, 2])
def test_is_the_sum_over_the_tokens_up_to_the_end(history_models, end):
    tables = history_models(40, 4, 4, seed=59, end=end)
    hypotheses = list(tables.hypotheses())
    for index in range(0, len(hypotheses), 7):
        sequences = np.full((40, 4), 3)  # whatever follows the end
        sequences[:, : len(hypotheses[index])] = hypotheses[index]
        found = score(tables.step, tables.state(), sequences, start=end, end=end)
        expected = tables.log_probabilities(hypotheses[index])
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_equals_teacher_forcing_and_the_beam():
    model = models.attention_seq2seq(5, 6, embedding_units=4, encoder_units=4, decoder_units=5)
    source = np.array([[1, 2, 3], [4, 0, 0]])
    state, step = models.seq2seq_initial_state(model, source), models.seq2seq_step_fn(model)
    sequences, scores = beam_search(
        step,
        models.seq2seq_initial_state(model, np.repeat(source, 1, axis=0)),
        batch_size=2,
        start=5,
        end=0,
        max_length=4,
        width=2,
        length_penalty=0,
    )
    sequences, scores = sequences.numpy()[:, 1], scores.numpy()[:, 1]
    previous = np.concatenate([np.full((2, 1), 5), sequences[:, :-1]], 1)
    log_probs = ops.log_softmax(model({"source": source, "previous": previous}))
    forced = np.take_along_axis(np.array(log_probs, "float64"), sequences[..., None], 2)[..., 0]
    ended = np.cumsum(sequences == 0, 1) - (sequences == 0) > 0
    found = score(step, state, sequences, start=5, end=0)
    np.testing.assert_allclose(found, np.sum(np.where(ended, 0, forced), 1), rtol=1e-5)
    np.testing.assert_allclose(found, scores, rtol=1e-5)


def test_a_forbidden_token_has_probability_zero(history_models):
    tables = history_models(3, 3, 3, seed=61)
    found = score(
        tables.step,
        tables.state(),
        [[1, 2, 0], [2, 2, 0], [1, 0, 1]],
        start=0,
        end=0,
        allowed=lambda sequences, position: ops.logical_or(
            ops.arange(3) != 2, ops.any(sequences == 1, axis=1, keepdims=True)
        ),
    )
    np.testing.assert_array_equal(np.isinf(found), [False, True, False])


def test_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"score: sequences .* Received shape \(3,\)"):
        score(None, (), [1, 2, 3], start=0, end=0)
    with pytest.raises(ValueError, match=r"score: every tensor of state .* batch_size 1"):
        score(None, np.zeros((2, 3)), [[1, 2, 3]], start=0, end=0)
    with pytest.raises(ValueError, match=r"score: end .* Received end -1"):
        score(None, (), [[1, 2, 3]], start=0, end=-1)
