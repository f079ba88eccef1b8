import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_dl import decoding, models

SOURCE = np.array([[3, 4, 5, 6], [5, 2, 0, 0], [1, 0, 0, 0]])
TARGET = np.array([[1, 2, 0], [3, 3, 0], [2, 0, 0]])  # token 0 ends and starts


BUILDERS = {
    "attention": functools.partial(models.attention_seq2seq, attention_units=3),
    "tied": functools.partial(
        models.attention_seq2seq,
        attention_units=3,
        output_units=5,
        tie_embedding=True,
        dropout=0.2,
        decoder_dropout=0.2,
    ),
    "last state": functools.partial(models.encoder_decoder, output_units=4, decoder_dropout=0.2),
}
SIZES = {"embedding_units": 5, "encoder_units": 6, "decoder_units": 7}


@pytest.fixture(params=BUILDERS)
def model(request):
    return BUILDERS[request.param](8, 4, **SIZES)


def _previous(target):
    return np.concatenate([np.zeros((len(target), 1), int), target[:, :-1]], 1)


def _parameters(kind):
    encoder = 8 * 5 + 2 * 3 * (5 * 6 + 6 * 6 + 2 * 6)
    attention = 7 * 3 + 12 * 3 + 3
    cell = 3 * ((5 + 12) * 7 + 7 * 7 + 2 * 7)
    shared = encoder + 4 * 5 + cell
    return {
        "attention": shared + (6 * 7 + 7) + attention + (7 + 12 + 1) * 4,
        "tied": shared + (6 * 7 + 7) + attention + (7 + 12 + 1) * 5 + 4,
        "last state": shared + (12 * 7 + 7) + (7 + 12 + 1) * 4 + (4 + 1) * 4,
    }[kind]


@pytest.mark.parametrize("kind", BUILDERS)
def test_shapes_and_weights(kind):
    model = BUILDERS[kind](8, 4, **SIZES)
    logits = model({"source": SOURCE, "previous": _previous(TARGET)})
    assert logits.shape == (3, 3, 4)
    assert sum(np.prod(weight.shape) for weight in model.trainable_weights) == _parameters(kind)


def test_steps_give_the_log_probabilities_of_teacher_forcing(model):
    expected = ops.log_softmax(model({"source": SOURCE, "previous": _previous(TARGET)}))
    step, state = models.seq2seq_step_fn(model), models.seq2seq_initial_state(model, SOURCE)
    for time in range(3):
        log_probs, state = step(_previous(TARGET)[:, time], state)
        np.testing.assert_allclose(log_probs, expected[:, time], atol=1e-5)


def test_score_of_a_search_is_the_sum_over_the_teacher_forced_tokens(model):
    tokens, score = decoding.greedy_search(
        models.seq2seq_step_fn(model),
        models.seq2seq_initial_state(model, SOURCE),
        batch_size=3,
        start=0,
        end=0,
        max_length=5,
    )
    tokens = ops.convert_to_numpy(tokens)
    logs = ops.log_softmax(model({"source": SOURCE, "previous": _previous(tokens)}))
    chosen = np.take_along_axis(ops.convert_to_numpy(logs), tokens[:, :, None], 2)[:, :, 0]
    for row in range(3):
        length = list(tokens[row]).index(0) + 1 if 0 in tokens[row] else 5
        np.testing.assert_allclose(score[row], chosen[row, :length].sum(), atol=1e-5)


def test_padding_of_the_source_changes_nothing(model):
    inputs = {"source": SOURCE, "previous": _previous(TARGET)}
    longer = {**inputs, "source": np.pad(SOURCE, ((0, 0), (0, 5)))}
    np.testing.assert_allclose(model(inputs), model(longer), atol=1e-6)
    alone = {"source": SOURCE[2:, :1], "previous": _previous(TARGET)[2:]}
    np.testing.assert_allclose(model(inputs)[2:], model(alone), atol=1e-6)


def test_attention_weights_are_those_of_the_calls():
    model = BUILDERS["attention"](8, 4, **SIZES)
    weights = models.attention_weights(model, SOURCE, _previous(TARGET))
    assert weights.shape == (3, 3, 4)
    np.testing.assert_allclose(ops.sum(weights, -1), np.ones((3, 3)), atol=1e-6)
    assert float(ops.max(ops.where(SOURCE[:, None] == 0, weights, 0.0))) == 0.0
    assert float(ops.std(weights[0])) > 0


def test_without_attention_the_decoder_sees_the_last_states_only():
    model = BUILDERS["last state"](8, 4, **SIZES)
    recurrent = model.get_layer("encoder").get_layer("recurrent")
    embedded = model.get_layer("encoder").get_layer("embedding")(SOURCE[:2])
    for row, length in ((0, 4), (1, 2)):
        _, forward, backward = recurrent(embedded[row : row + 1, :length])
        state = models.seq2seq_initial_state(model, SOURCE[row : row + 1])
        assert set(state) == {"state", "values"}
        np.testing.assert_allclose(
            state["values"][:, 0], ops.hstack([forward, backward]), atol=1e-6
        )


def test_beam_search_in_a_graph_finds_what_enumeration_finds():
    model = BUILDERS["last state"](8, 4, **SIZES)
    step, settings = models.seq2seq_step_fn(model), {"start": 0, "end": 0, "max_length": 3}

    @tf.function(input_signature=[tf.TensorSpec((None, None), "int32")])
    def search(source):
        state = models.seq2seq_initial_state(model, source)
        rows = ops.shape(source)[0]
        return decoding.beam_search(step, state, batch_size=rows, width=27, **settings)

    sequences, scores = search(SOURCE)
    state = models.seq2seq_initial_state(model, SOURCE)
    expected = decoding.exhaustive_search(step, state, batch_size=3, **settings)
    np.testing.assert_array_equal(sequences[:, 0], expected[0])
    np.testing.assert_allclose(scores[:, 0], expected[1], atol=1e-5)


@pytest.mark.parametrize("kind", ["tied", "last state"])
def test_every_weight_has_a_gradient(kind):
    model = BUILDERS[kind](8, 4, **SIZES)
    with tf.GradientTape() as tape:
        logits = model({"source": SOURCE, "previous": _previous(TARGET)}, training=True)
        loss = ops.mean(keras.losses.sparse_categorical_crossentropy(TARGET, logits, True))
    gradients = tape.gradient(loss, [weight.value for weight in model.trainable_weights])
    for weight, gradient in zip(model.trainable_weights, gradients, strict=True):
        assert np.abs(tf.convert_to_tensor(gradient)).max() > 0, weight.path


def test_every_weight_learns_and_the_loss_falls():
    model = BUILDERS["attention"](8, 4, **SIZES)
    before = [ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    model.compile(
        keras.optimizers.Adam(0.05),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    inputs = {"source": SOURCE, "previous": _previous(TARGET)}
    loss = float(model.compute_loss(y=TARGET, y_pred=model(inputs)))
    often = {name: np.tile(array, (60, 1)) for name, array in inputs.items()}
    model.fit(often, np.tile(TARGET, (60, 1)), batch_size=3, shuffle=False, verbose=0)
    assert float(model.compute_loss(y=TARGET, y_pred=model(inputs))) < 0.05 * loss
    for weight, old in zip(model.trainable_weights, before, strict=True):
        assert np.abs(ops.convert_to_numpy(weight) - old).max() > 0, weight.path
    np.testing.assert_array_equal(ops.argmax(model(inputs), -1), TARGET)


def test_it_comes_back_from_a_file(model, tmp_path):
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    inputs = {"source": SOURCE, "previous": _previous(TARGET)}
    np.testing.assert_array_equal(again(inputs), model(inputs))
