import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_dl import decoding, models

SIZES = {"filters": 3, "encoder_units": 4, "embedding_units": 3, "decoder_units": 5}
SIZES |= {"attention_units": 3, "seed": 1}
_random = np.random.default_rng(0)
LENGTHS = np.array([13, 8, 5])
TARGET = np.array([[1, 2, 0], [3, 3, 0], [2, 0, 0]])  # token 0 ends and starts
PREVIOUS = np.concatenate([np.zeros((3, 1), int), TARGET[:, :-1]], 1)
SPECS = (tf.TensorSpec((None, None, 2)), tf.TensorSpec((None, None), "bool"))


def _source(lengths, time):
    """Returns features, whose padding is junk, and their mask."""
    mask = np.arange(time) < np.asarray(lengths)[:, None]
    return {"features": 9 * _random.normal(size=(*mask.shape, 2)).astype("float32"), "mask": mask}


def _row(source, row, length):
    return {name: array[row : row + 1, :length] for name, array in source.items()}


SOURCE = _source(LENGTHS, 13)


@pytest.fixture(scope="module")
def model():
    return models.speech_seq2seq(2, 4, encoder_layers=2, ctc=True, **SIZES)


def test_weights(model):
    convolutions = (5 * 2 * 3 + 3) + (5 * 3 * 3 + 3)
    recurrent = sum(2 * 3 * (size * 4 + 4 * 4 + 2 * 4) for size in (3, 8))
    decoder = 4 * 3 + (4 * 5 + 5) + (5 * 3 + 8 * 3 + 3) + 3 * ((3 + 8) * 5 + 5 * 5 + 2 * 5)
    decoder += (5 + 8 + 1) * 4
    assert model.count_params() == convolutions + recurrent + decoder + (8 + 1) * 4
    assert set(model({**SOURCE, "previous": PREVIOUS})) == {"logits", "ctc"}


def test_all_lengths_from_1_to_40_alone_and_in_a_batch(model):
    lengths = np.arange(1, 41)
    encoder, source = model.get_layer("encoder"), _source(lengths, 40)
    encode = tf.function(lambda features, mask: encoder({"features": features, "mask": mask}))
    encode = encode.get_concrete_function(*SPECS)
    batch = encode(*map(tf.constant, source.values()))
    steps = -(-lengths // 4)
    np.testing.assert_array_equal(batch["mask"], np.arange(10) < steps[:, None])
    for row, length in enumerate(lengths):
        alone = encode(*map(tf.constant, _row(source, row, length).values()))
        assert alone["values"].shape == (1, steps[row], 8) and alone["mask"].numpy().all()
        np.testing.assert_allclose(
            batch["values"][row, : steps[row]], alone["values"][0], atol=1e-6
        )
        np.testing.assert_allclose(batch["initial"][row], alone["initial"][0], atol=1e-6)


def test_convolutions_are_those_of_a_loop(model):
    encoder = model.get_layer("encoder")
    hidden = SOURCE["features"][:1, :13].astype("float64")
    for number in (1, 2):
        layer = encoder.get_layer(f"convolution_{number}")
        kernel, bias = map(ops.convert_to_numpy, layer.weights)
        padded = np.pad(hidden[0], ((2, 2), (0, 0)))
        steps = range(0, len(hidden[0]), 2)
        rows = [np.einsum("kc,kcf->f", padded[step : step + 5], kernel) + bias for step in steps]
        hidden = np.maximum(rows, 0)[None]
    found = keras.Model(encoder.inputs, encoder.get_layer("convolution_2").output)
    assert hidden.shape == (1, 4, 3)
    np.testing.assert_allclose(found(list(SOURCE.values()))[:1], hidden, rtol=1e-4, atol=1e-4)


def test_steps_give_the_log_probabilities_of_teacher_forcing(model):
    expected = ops.log_softmax(model({**SOURCE, "previous": PREVIOUS})["logits"])
    step, state = models.seq2seq_step_fn(model), models.seq2seq_initial_state(model, SOURCE)
    for time in range(3):
        log_probs, state = step(PREVIOUS[:, time], state)
        np.testing.assert_allclose(log_probs, expected[:, time], atol=1e-5)


def test_attention_is_on_the_clip(model):
    weights = models.attention_weights(model, SOURCE, PREVIOUS)
    assert weights.shape == (3, 3, 4)
    np.testing.assert_allclose(ops.sum(weights, -1), np.ones((3, 3)), atol=1e-6)
    assert not ops.convert_to_numpy(weights)[2, :, 2:].any()


def test_search_in_a_graph_gives_a_row_what_it_gives_alone(model):
    step, settings = models.seq2seq_step_fn(model), {"start": 0, "end": 0, "max_length": 4}

    @tf.function(
        input_signature=[tf.TensorSpec((None, None, 2)), tf.TensorSpec((None, None), bool)]
    )
    def search(features, mask):
        state = models.seq2seq_initial_state(model, {"features": features, "mask": mask})
        rows = ops.shape(features)[0]
        return decoding.beam_search(step, state, batch_size=rows, width=3, **settings)

    sequences, scores = search(**SOURCE)
    for row, length in enumerate(LENGTHS):
        alone = search(**_row(SOURCE, row, length))
        np.testing.assert_array_equal(sequences[row], alone[0][0])
        np.testing.assert_allclose(scores[row], alone[1][0], atol=1e-5)


def _ctc_by_enumeration(logits, label):
    """Returns `-log` of the sum over all paths that spell the label without repeats and blanks."""
    probabilities = np.exp(logits - np.log(np.exp(logits).sum(-1, keepdims=True)))
    total = 0.0
    for path in itertools.product(range(logits.shape[1]), repeat=len(logits)):
        if [token for token, _ in itertools.groupby(path) if token] == label:
            total += np.prod(probabilities[range(len(path)), path])
    return -np.log(total)


def test_the_loss_of_the_ctc_head_is_over_the_clip_and_not_its_padding(model):
    predicted = model({**SOURCE, "previous": PREVIOUS})["ctc"]
    assert predicted.shape == (3, 4, 4)
    found = keras.losses.CTC(reduction=None)(TARGET, predicted)
    for row, length in enumerate(LENGTHS):
        logits = ops.convert_to_numpy(predicted)[row, : -(-length // 4)].astype("float64")
        label = [token for token in TARGET[row].tolist() if token]
        if row == 1:  # two equal tokens need a blank between them, and there are two steps
            assert found[row] > 100
        else:
            np.testing.assert_allclose(found[row], _ctc_by_enumeration(logits, label), rtol=1e-4)


def test_masking_is_in_training_only():
    model = models.speech_seq2seq(2, 4, time_masking=0.5, frequency_masking=0.5, **SIZES)
    inputs = {**SOURCE, "previous": PREVIOUS}
    np.testing.assert_array_equal(model(inputs), model(inputs))
    assert (model(inputs, training=True).numpy() != model(inputs, training=True).numpy()).any()
    assert model.get_layer("encoder").get_layer("frequency_masking").max_width == 1
    with pytest.raises(ValueError, match=r"must be from 0 to 1\. Received time_masking 2"):
        models.speech_seq2seq(2, 4, time_masking=2)


@pytest.mark.slow
def test_it_learns_with_both_losses_and_comes_back_from_a_file(tmp_path, jax_process):
    model = models.speech_seq2seq(2, 4, ctc=True, **SIZES)
    token_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.Adam(0.05),
        {"logits": token_loss, "ctc": keras.losses.CTC()},
        loss_weights={"logits": 1.0, "ctc": 0.3},
        jit_compile=False,
    )
    source, target = _source([20, 17, 12], 20), {"logits": TARGET, "ctc": TARGET}
    inputs = {**source, "previous": PREVIOUS}
    often, targets = keras.tree.map_structure(
        lambda array: np.tile(array, (30, *[1] * (array.ndim - 1))), (inputs, target)
    )
    before = [ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    history = model.fit(often, targets, batch_size=3, shuffle=False, epochs=2, verbose=0).history
    assert all(history[name][1] < 0.5 * history[name][0] for name in ("logits_loss", "ctc_loss"))
    for weight, old in zip(model.trainable_weights, before, strict=True):
        assert np.abs(ops.convert_to_numpy(weight) - old).max() > 0, weight.path
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "inputs.npz", **inputs)
    jax_process.run(_CALL, *(tmp_path / name for name in ("model.keras", "inputs.npz", "out.npy")))
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), model(inputs)["logits"], atol=1e-4)


_CALL = """
import sys, keras, numpy as np
model, inputs, outputs = sys.argv[1:]
with np.load(inputs) as arrays:
    inputs = dict(arrays)
np.save(outputs, keras.saving.load_model(model).predict_on_batch(inputs)["logits"])
"""
