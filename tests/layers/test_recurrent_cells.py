import inspect

import keras
import numpy as np
import numpy_cells
import pytest
import tensorflow as tf

from keras_dl.layers import CoupledLSTMCell, PeepholeLSTMCell, SimplifiedGRUCell

BATCH, TIME, FEATURES, UNITS = 3, 5, 2, 3
OURS = (SimplifiedGRUCell, PeepholeLSTMCell, CoupledLSTMCell)


def gru_cell(units, **kwargs):
    return keras.layers.GRUCell(units, reset_after=False, **kwargs)


CELLS = {
    numpy_cells.simple_rnn: keras.layers.SimpleRNNCell,
    numpy_cells.gru: gru_cell,
    numpy_cells.gru_reset_after: keras.layers.GRUCell,
    numpy_cells.lstm: keras.layers.LSTMCell,
    numpy_cells.simplified_gru: SimplifiedGRUCell,
    numpy_cells.peephole_lstm: PeepholeLSTMCell,
    numpy_cells.coupled_lstm: CoupledLSTMCell,
}
every_cell = pytest.mark.parametrize(
    ("step", "make_cell"), CELLS.items(), ids=lambda value: getattr(value, "__name__", "")
)
each_of_ours = pytest.mark.parametrize("make_cell", OURS)


def uni(make_cell, **kwargs):
    return keras.layers.RNN(make_cell(UNITS, dtype=kwargs.get("dtype")), **kwargs)


def bi(make_cell, **kwargs):
    return keras.layers.Bidirectional(uni(make_cell, **kwargs))


def deep(make_cell, **kwargs):
    return keras.layers.RNN([make_cell(UNITS), make_cell(UNITS + 1)], **kwargs)


every_form = pytest.mark.parametrize("make_layer", [uni, bi, deep], ids=lambda make: make.__name__)


def randomized(layer, x):
    """Returns the layer, built and with weights that are all far from zero, forget bias too."""
    layer(x)
    random = np.random.default_rng(1)
    layer.set_weights([random.normal(size=w.shape).astype(w.dtype) for w in layer.weights])
    return layer


def sequences(dtype="float32"):
    return np.random.default_rng(0).normal(size=(BATCH, TIME, FEATURES)).astype(dtype)


def assert_near(results, expected, tolerance=1e-6):
    results, expected = keras.tree.flatten(results), keras.tree.flatten(expected)
    for result, reference in zip(results, expected, strict=True):
        np.testing.assert_allclose(np.array(result), np.array(reference), tolerance, tolerance)


@every_cell
def test_equals_the_paper_forward(step, make_cell):
    x = sequences("float64")
    layer = uni(make_cell, return_sequences=True, return_state=True, dtype="float64")
    outputs, *states = randomized(layer, x)(x)
    expected, expected_states = numpy_cells.run(step, x, layer.get_weights())
    assert_near([outputs, *states], [expected, *expected_states], 1e-12)


@every_cell
def test_equals_the_paper_backward(step, make_cell):
    x = sequences("float64")
    layer = randomized(uni(make_cell, return_sequences=True, dtype="float64"), x)
    direction = np.random.default_rng(2).normal(size=(BATCH, TIME, UNITS))
    variables = [tf.constant(x), *(weight.value for weight in layer.trainable_weights)]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        projected = tf.reduce_sum(layer(variables[0]) * direction)
    expected = numpy_cells.gradients(
        lambda arrays: (numpy_cells.run(step, arrays[0], arrays[1:])[0] * direction).sum(),
        [x, *layer.get_weights()],
    )
    assert_near(tape.gradient(projected, variables), expected, 1e-10)


@every_form
@each_of_ours
def test_each_padded_row_equals_its_run_without_padding(make_cell, make_layer):
    x, lengths = sequences(), (TIME, 3, 1)
    layer = make_layer(make_cell, return_sequences=True, return_state=True)
    randomized(layer, x)
    alone = [layer(x[row : row + 1, :length]) for row, length in enumerate(lengths)]
    random = np.random.default_rng(3)
    for side in ("right", "left", "holes"):
        padded = random.normal(scale=30, size=(BATCH, TIME + 2, FEATURES)).astype("float32")
        mask = np.zeros((BATCH, TIME + 2), bool)
        for row, length in enumerate(lengths):
            indices = np.sort(random.choice(TIME + 2, length, replace=False))
            indices = {"right": slice(length), "left": slice(-length, None), "holes": indices}[side]
            padded[row, indices], mask[row, indices] = x[row, :length], True
        outputs, *states = layer(padded, mask=mask)
        for row, (expected, *ended) in enumerate(alone):
            assert_near(outputs[row][mask[row]], expected[0])
            found = [state[row : row + 1] for state in keras.tree.flatten(states)]
            assert_near(found, keras.tree.flatten(ended))


@each_of_ours
def test_masked_times_repeat_the_output_before(make_cell):
    x, mask = sequences(), np.array([[True, False, True, False, False]] * BATCH)
    layer = randomized(uni(make_cell, return_sequences=True), x)
    outputs = np.array(layer(x, mask=mask))
    assert_near(outputs[:, [1, 3, 4]], outputs[:, [0, 2, 2]], 0)


@pytest.mark.parametrize(
    ("make_cell", "make_layer"),
    [(SimplifiedGRUCell, uni), (CoupledLSTMCell, bi), (PeepholeLSTMCell, deep)],
)
def test_survives_saving_export_and_compilation(make_cell, make_layer, tmp_path):
    x = sequences()
    inputs = keras.Input((TIME, FEATURES))
    model = keras.Model(inputs, make_layer(make_cell, return_sequences=True)(inputs))
    randomized(model, x)
    model.save(tmp_path / "model.keras")
    assert_near(keras.saving.load_model(tmp_path / "model.keras")(x), model(x))
    model.export(tmp_path / "model", verbose=False)
    exported = tf.saved_model.load(tmp_path / "model")
    assert_near(exported.serve(x), model(x))

    def step(x):
        with tf.GradientTape() as tape:
            outputs = model(x)
            projected = tf.reduce_sum(outputs**2)
        return outputs, tape.gradient(projected, [w.value for w in model.trainable_weights])

    (outputs, gradients), (expected, expected_gradients) = (
        run(tf.constant(x)) for run in (tf.function(step, jit_compile=True), step)
    )
    assert_near(outputs, expected)
    assert_near(gradients, expected_gradients, 1e-5)


@pytest.mark.parametrize(
    ("policy", "tolerance"), [("mixed_float16", 1e-2), ("mixed_bfloat16", 5e-2)]
)
@pytest.mark.parametrize(
    ("make_cell", "make_layer"),
    [(SimplifiedGRUCell, bi), (CoupledLSTMCell, deep), (PeepholeLSTMCell, uni)],
)
def test_half_precision_is_near_and_keeps_float32_weights(make_cell, make_layer, policy, tolerance):
    x, mask = sequences(), np.arange(TIME) < [[5], [3], [0]]
    exact = make_layer(make_cell)
    exact(x)
    keras.config.set_dtype_policy(policy)
    half = make_layer(make_cell)
    half(x)
    half.set_weights(exact.get_weights())
    outputs = half(x, mask=mask)
    assert outputs.dtype == half.compute_dtype
    assert {weight.dtype for weight in half.weights} == {"float32"}
    assert_near(tf.cast(outputs, "float32"), exact(x, mask=mask), tolerance)


@pytest.mark.parametrize("make_layer", [uni, deep], ids=lambda make: make.__name__)
@each_of_ours
def test_a_run_in_two_parts_equals_one_run(make_cell, make_layer):
    x = sequences()
    layer = randomized(make_layer(make_cell, return_state=True), x)
    _, *states = layer(x[:, :2])
    assert_near(layer(x[:, 2:], initial_state=states), layer(x))


@each_of_ours
def test_a_deep_stack_equals_one_layer_after_the_other(make_cell):
    x = sequences()
    stack = randomized(deep(make_cell), x)
    first, second = stack.cell.cells
    hidden = keras.layers.RNN(first, return_sequences=True)(x)
    assert_near(stack(x), keras.layers.RNN(second)(hidden))


@each_of_ours
def test_speaks_the_language_of_keras_cells(make_cell):
    peer = keras.layers.GRUCell if make_cell is SimplifiedGRUCell else keras.layers.LSTMCell
    names, peer_names = (set(inspect.signature(each).parameters) for each in (make_cell, peer))
    assert names <= peer_names
    cell, peer = make_cell(UNITS), peer(UNITS)
    assert cell.state_size == peer.state_size
    assert cell.output_size == UNITS
    states, peer_states = cell.get_initial_state(4), peer.get_initial_state(4)
    assert_near(states, peer_states, 0)


@pytest.mark.parametrize(("features", "units"), [(1, 1), (2, 3), (7, 4), (5, 16)])
def test_coupled_cell_has_three_quarters_of_the_parameters(features, units):
    coupled, lstm = CoupledLSTMCell(units), keras.layers.LSTMCell(units)
    coupled.build((None, features))
    lstm.build((None, features))
    assert 4 * coupled.count_params() == 3 * lstm.count_params()


def test_coupled_cell_is_the_lstm_whose_forget_gate_is_the_input_gate_reversed():
    x = sequences("float64")
    layer = randomized(uni(CoupledLSTMCell, return_sequences=True, dtype="float64"), x)
    lstm = keras.layers.LSTM(UNITS, return_sequences=True, dtype="float64")
    lstm(x)
    moved = []
    for array in layer.get_weights():
        write, candidate, output = np.split(array, 3, -1)
        moved.append(np.concatenate([write, -write, candidate, output], -1))
    lstm.set_weights(moved)
    assert_near(layer(x), lstm(x), 1e-12)


def test_peephole_cell_without_peepholes_is_the_lstm():
    x = sequences("float64")
    lstm = randomized(keras.layers.LSTM(UNITS, return_sequences=True, dtype="float64"), x)
    layer = uni(PeepholeLSTMCell, return_sequences=True, dtype="float64")
    layer(x)
    layer.set_weights([*lstm.get_weights(), np.zeros((3, UNITS))])
    assert_near(layer(x), lstm(x), 1e-12)


def test_new_cells_remember_as_a_new_lstm_does():
    x = np.zeros((1, 1, FEATURES), "float32")
    states = [np.zeros((1, UNITS), "float32"), np.ones((1, UNITS), "float32")]
    _, _, expected = keras.layers.LSTM(UNITS, return_state=True)(x, initial_state=states)
    for make_cell in (PeepholeLSTMCell, CoupledLSTMCell):
        _, _, carry = uni(make_cell, return_state=True)(x, initial_state=states)
        assert_near(carry, expected)


X, STATE = np.zeros((2, FEATURES), "float32"), np.zeros((2, UNITS), "float32")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda make_cell, states: make_cell(0), "Cell: units must be positive. Received units 0"),
        (lambda make_cell, states: make_cell(-2), "Received units -2"),
        (lambda make_cell, states: make_cell(UNITS)(X, [*states, STATE]), r"states \[\(2, 3\), "),
        (lambda make_cell, states: make_cell(4)(X, states), r"\(batch, 4\). .* states \[\(2, 3\)"),
        (lambda make_cell, states: make_cell(UNITS)(X[None], states), r"inputs \(1, 2, 2\)"),
    ],
)
@each_of_ours
def test_errors_tell_what_was_received(make_cell, call, message):
    with pytest.raises(ValueError, match=message):
        call(make_cell, [STATE] if make_cell is SimplifiedGRUCell else [STATE, STATE])
