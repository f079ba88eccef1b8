import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_dl import decoding, models

IMAGES = np.random.default_rng(0).uniform(size=(2, 4, 6, 1)).astype("float32")
PREVIOUS = np.array([[0, 1, 2], [0, 4, 4]])
SIZES = {"embedding_units": 4, "decoder_units": 5, "attention_units": 3, "decoder_dropout": 0.2}


def _features(*heads):
    return keras.Sequential(
        [keras.Input((4, 6, 1)), keras.layers.Conv2D(8, 2, 2, activation="relu"), *heads]
    )


def _captioner(*heads):
    return models.captioner(_features(*heads), 6, output_units=4, tie_embedding=True, **SIZES)


def test_decoder_attends_to_the_cells_row_by_row():
    model = _captioner()
    cells = np.asarray(model.get_layer("encoder")(IMAGES)["values"])
    grid = np.zeros((2, 2, 3, 8))
    layer = next(each for each in model.get_layer("encoder").layers if "sequential" in each.name)
    kernel, bias = layer.get_weights()
    for row, column in np.ndindex(2, 3):
        window = IMAGES[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        grid[:, row, column] = np.maximum(np.einsum("brcx,rcxf->bf", window, kernel) + bias, 0)
    np.testing.assert_allclose(cells, grid.reshape(2, 6, 8), atol=1e-5)
    initial = grid.mean((1, 2)).astype("float32")
    logits = model({"image": IMAGES, "previous": PREVIOUS})
    decoder = model.get_layer("decoder")
    np.testing.assert_allclose(logits, decoder(PREVIOUS, cells, initial), atol=1e-5)
    weights = models.attention_weights(model, IMAGES, PREVIOUS)
    assert weights.shape == (2, 3, 6)
    np.testing.assert_allclose(ops.sum(weights, -1), np.ones((2, 3)), atol=1e-6)


def test_decoder_reads_one_vector():
    model = _captioner(keras.layers.GlobalMaxPooling2D())
    assert model.get_layer("decoder").attention is None
    vector = np.asarray(model.get_layer("encoder")(IMAGES)["values"])
    assert vector.shape == (2, 8)
    logits = model({"image": IMAGES, "previous": PREVIOUS})
    np.testing.assert_allclose(
        logits, model.get_layer("decoder")(PREVIOUS, vector, vector), atol=1e-5
    )


def test_greedy_search_in_a_graph_scores_as_teacher_forcing():
    model = _captioner()
    step = models.seq2seq_step_fn(model)

    @tf.function(input_signature=[tf.TensorSpec((None, 4, 6, 1), "float32")])
    def search(images):
        state = models.seq2seq_initial_state(model, images)
        rows = tf.shape(images)[0]
        return decoding.greedy_search(step, state, batch_size=rows, start=0, end=0, max_length=4)

    tokens, log_probability = map(np.asarray, search(IMAGES))
    previous = np.pad(tokens, ((0, 0), (1, 0)))[:, :-1]
    log_probs = np.asarray(ops.log_softmax(model({"image": IMAGES, "previous": previous})))
    chosen = np.take_along_axis(log_probs, tokens[:, :, None], 2)[:, :, 0]
    is_open = np.cumsum(tokens == 0, 1) - (tokens == 0) == 0  # up to the first end
    np.testing.assert_allclose(log_probability, (chosen * is_open).sum(1), atol=1e-5)


def test_it_comes_back_from_a_file(tmp_path):
    model = _captioner()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    inputs = {"image": IMAGES, "previous": PREVIOUS}
    np.testing.assert_array_equal(again(inputs), model(inputs))


def test_features_must_be_a_grid_or_a_vector():
    with pytest.raises(ValueError, match=r"\(None, 6, 8\)\]"):
        _captioner(keras.layers.Reshape((6, 8)))
