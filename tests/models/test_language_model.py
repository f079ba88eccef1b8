import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_dl import decoding, models

CELLS = ["simple_rnn", "gru", "lstm"]


def _build(**sizes):
    return models.language_model(7, **{"embedding_units": 5, "units": 6, "layers": 2, **sizes})


def _compile(model, learning_rate=0.0):
    model.compile(
        keras.optimizers.Adam(learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="nats")],
        jit_compile=False,
    )
    return model


def _bigram_model(probabilities):
    """States that are the last token alone: tanh(50) is 1 in float32."""
    k = len(probabilities)
    model = models.language_model(k, embedding_units=k, units=k, cell="simple_rnn")
    table, scores = 50 * np.eye(k), np.log(probabilities)
    model.set_weights([table, np.eye(k), np.zeros((k, k)), np.zeros(k), scores, np.zeros(k)])
    return _compile(model)


def test_perplexity_of_a_bigram_model_by_hand():
    """Of `a a b end` and `b end`, with batches of one row: short rows weigh less."""
    a, b, end = 1, 2, 3
    following = {a: [2 / 4, 1 / 4, 1 / 4], b: [1 / 8, 3 / 8, 4 / 8], end: [1 / 3] * 3}
    nothing = 1e-9  # padding is never next
    rows = [[nothing] * 4, *([nothing, *following[token]] for token in (a, b, end))]
    model = _bigram_model(rows)
    read, following = np.array([[a, a, b], [b, 0, 0]]), np.array([[a, b, end], [end, 0, 0]])
    found = model.evaluate(read, following, batch_size=1, verbose=0, return_dict=True)
    # P(a|a) P(b|a) P(end|b) P(end|b) = 2/4 * 1/4 * 4/8 * 4/8 = 1/32, over four tokens.
    np.testing.assert_allclose(np.exp(found["nats"]), 32 ** (1 / 4), rtol=1e-5)
    one = model.evaluate(read[:1], following[:1], verbose=0, return_dict=True)
    np.testing.assert_allclose(np.exp(one["loss"]), 16 ** (1 / 3), rtol=1e-5)


def test_shapes_weights_and_names():
    model = _build(dropout=0.2)
    assert model(np.ones((2, 4), "int32")).shape == (2, 4, 7)
    first, second = 4 * (5 * 6 + 6 * 6 + 6), 4 * (6 * 6 + 6 * 6 + 6)
    assert model.count_params() == 7 * 5 + first + second + (6 + 1) * 7
    for number in (1, 2):  # Keras' own options would drop the same units at every step
        layer = model.get_layer(f"recurrent_{number}")
        assert layer.dropout == layer.recurrent_dropout == 0


@pytest.mark.parametrize("cell", CELLS)
def test_a_later_token_changes_no_earlier_logit(cell):
    model = _build(cell=cell)
    tokens = np.array([[1, 2, 3, 4, 5]])
    other = np.array([[1, 2, 6, 4, 5]])
    before, after = model(tokens).numpy(), model(other).numpy()
    np.testing.assert_array_equal(before[:, :2], after[:, :2])
    assert np.abs(before[:, 2:] - after[:, 2:]).max(axis=(0, 2)).min() > 1e-6


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("indices", [[0, 1, 2], [3, 4, 5], [1, 3, 5]])
def test_padding_changes_nothing_wherever_it_is(cell, indices):
    model = _build(cell=cell)
    padded = np.zeros((2, 6), "int32")
    padded[:, indices] = [[1, 2, 3], [4, 5, 6]]
    alone = model(padded[:, indices])
    np.testing.assert_allclose(model(padded).numpy()[:, indices], alone, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_steps_over_a_text_are_one_call(cell):
    model = _build(cell=cell, dropout=0.5)
    tokens = np.array([[1, 2, 0, 3, 6, 5], [0, 4, 4, 0, 0, 1]])  # padding keeps the state
    expected = ops.log_softmax(model(tokens))
    step, initial_state = models.language_step(model)
    state = initial_state(2)
    for time in range(6):
        log_probs, state = step(tokens[:, time], state)
        np.testing.assert_allclose(log_probs, expected[:, time], atol=1e-6)


def test_steps_continue_the_state_in_a_compiled_search():
    model = _build(cell="lstm", units=12)
    step, initial_state = models.language_step(model)
    settings = {"start": 2, "end": 5, "max_length": 4, "width": 3, "length_penalty": 0.0}

    @tf.function
    def search(prompts):
        rows = tf.shape(prompts)[0]
        state = initial_state(rows)
        for time in range(2):
            _, state = step(prompts[:, time], state)
        return decoding.beam_search(step, state, batch_size=rows, **settings)

    prompts = np.array([[1, 4], [6, 3]])
    sequences, scores = map(ops.convert_to_numpy, search(tf.constant(prompts)))
    for beam in range(3):
        tokens = sequences[:, beam]
        texts = np.concatenate([prompts, np.full((2, 1), 2), tokens[:, :-1]], 1)
        log_probs = ops.convert_to_numpy(ops.log_softmax(model(texts)))[:, 2:]
        chosen = np.take_along_axis(log_probs, tokens[:, :, None], 2)[:, :, 0]
        is_open = np.cumsum(tokens == 5, 1) - (tokens == 5) == 0  # up to the first end
        np.testing.assert_allclose(scores[:, beam], (chosen * is_open).sum(1), atol=1e-5)


def test_a_model_of_another_kind_has_no_steps():
    with pytest.raises(ValueError, match=r"recurrent_0.*Build the model with language_model"):
        models.language_step(models.recurrent_classifier(9, 2, units=4))


def test_dropout_draws_anew_at_each_step():
    model = _build(dropout=0.5, embedding_units=50)
    tokens = np.ones((1, 4), "int32")
    dropped = keras.Model(model.input, model.get_layer("embedding_dropout").output)
    kept = dropped(tokens, training=True).numpy()[0] != 0
    assert len({tuple(step) for step in kept}) == 4
    np.testing.assert_array_equal(model(tokens), model(tokens, training=False))
    assert np.abs(model(tokens, training=True) - model(tokens)).max() > 0


def test_logits_are_float32_in_half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    logits = _build()(np.array([[1, 2, 0]]))
    assert logits.dtype == "float32" and bool(ops.all(ops.isfinite(logits)))


@pytest.mark.parametrize("cell", CELLS)
def test_it_learns_a_sequence_by_heart(cell):
    tokens = np.array([[1, 2, 1, 3, 1, 4, 1, 2, 5, 6]])  # what follows 1 needs a memory
    layers = 2 if cell == "gru" else 1  # each takes seconds to trace
    model = _compile(_build(cell=cell, units=16, layers=layers), learning_rate=0.03)
    rows = np.repeat(tokens, 120, axis=0)
    model.fit(rows[:, :-1], rows[:, 1:], batch_size=1, verbose=0)
    np.testing.assert_array_equal(ops.argmax(model(tokens[:, :-1]), -1), tokens[:, 1:])


def test_it_comes_back_from_a_file(tmp_path):
    model = _build(dropout=0.2)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    tokens = np.array([[1, 2, 3, 0]])
    np.testing.assert_array_equal(again(tokens), model(tokens))


def test_an_unknown_cell_is_refused():
    with pytest.raises(ValueError, match="Received cell 'mgu'"):
        _build(cell="mgu")
