import keras
import numpy as np
import numpy_cells
import pytest

from keras_dl.layers import SimplifiedGRUCell, reverse_update_gate


def random_gru(x, **arguments):
    layer = keras.layers.GRU(4, return_sequences=True, dtype="float64", **arguments)
    layer(x)
    random = np.random.default_rng(1)
    layer.set_weights([random.normal(size=w.shape) for w in layer.weights])
    return layer


@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize("reset_after", [False, True])
def test_the_gru_of_the_lecture_equals_that_of_keras_after_moving(reset_after, use_bias):
    x = np.random.default_rng(0).normal(size=(2, 6, 3))
    layer = random_gru(x, reset_after=reset_after, use_bias=use_bias)
    lecture = numpy_cells.lecture_gru_reset_after if reset_after else numpy_cells.lecture_gru
    expected = layer(x).numpy()
    outputs, _ = numpy_cells.run(lecture, x, reverse_update_gate(layer.get_weights()))
    np.testing.assert_allclose(outputs, expected, 1e-12, 1e-12)
    unmoved, _ = numpy_cells.run(lecture, x, layer.get_weights())
    assert np.abs(unmoved - expected).max() > 0.1


def test_the_one_gate_cell_is_a_keras_gru_whose_reset_gate_stays_open():
    x = np.random.default_rng(0).normal(size=(2, 6, 3))
    layer = random_gru(x, reset_after=False)
    open_reset = layer.get_weights()
    for array, value in zip(open_reset, (0.0, 0.0, 100.0), strict=True):
        array[..., 4:8] = value
    layer.set_weights(open_reset)
    cell = SimplifiedGRUCell(4, dtype="float64")
    cell.build((None, 3))
    moved = reverse_update_gate(open_reset)
    cell.set_weights([np.delete(array, np.s_[4:8], axis=-1) for array in moved])
    outputs = keras.layers.RNN(cell, return_sequences=True, dtype="float64")(x)
    np.testing.assert_allclose(outputs, layer(x), 1e-12, 1e-12)


def test_is_its_own_inverse_and_leaves_its_argument_alone():
    weights = random_gru(np.zeros((1, 1, 3))).get_weights()
    before = [array.copy() for array in weights]
    there_and_back = reverse_update_gate(reverse_update_gate(weights))
    for result, array, kept in zip(there_and_back, weights, before, strict=True):
        assert result.dtype == array.dtype
        np.testing.assert_array_equal(result, kept)
        np.testing.assert_array_equal(array, kept)


@pytest.mark.parametrize(
    "shapes",
    [
        [],
        [(2, 12)],
        [(2, 12), (3, 12)],
        [(2, 16), (4, 16), (16,)],
        [(2, 12), (4, 12), (4,)],
        [(), ()],
    ],
)
def test_refuses_what_is_no_gru(shapes):
    with pytest.raises(ValueError, match="Received shapes " + str(shapes).translate(ESCAPED)):
        reverse_update_gate([np.zeros(shape) for shape in shapes])


ESCAPED = {ord(sign): "\\" + sign for sign in "()[]"}


def test_refuses_both_halves_of_a_bidirectional_at_once():
    layer = keras.layers.Bidirectional(keras.layers.GRU(4))
    layer.build((None, None, 3))
    with pytest.raises(ValueError, match="one direction at a time"):
        reverse_update_gate(layer.get_weights())
    assert len(reverse_update_gate(layer.forward_layer.get_weights())) == 3
