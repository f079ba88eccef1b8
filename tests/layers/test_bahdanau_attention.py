import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl.layers import BahdanauAttention

MASK = np.array([[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], bool)


def example(dtype="float32"):
    random = np.random.default_rng(1)
    return random.normal(size=(4, 3)).astype(dtype), random.normal(size=(4, 4, 5)).astype(dtype)


def built(units=6, dtype="float32"):
    query, values = example()
    layer = BahdanauAttention(units, dtype=dtype)
    layer.build(query.shape, values.shape)
    return layer


def by_loops(layer, query, values, mask):
    """The equations of the paper, a number at a time, in float64."""
    W, U, v = (np.array(w, "float64") for w in layer.get_weights())
    contexts, weights = np.zeros((len(query), values.shape[2])), np.zeros(values.shape[:2])
    for row, time in np.ndindex(*values.shape[:2]):
        if mask[row, time]:
            hidden = [
                np.tanh(
                    sum(query[row, i] * W[i, u] for i in range(len(W)))
                    + sum(values[row, time, i] * U[i, u] for i in range(len(U)))
                )
                for u in range(len(v))
            ]
            weights[row, time] = np.exp(sum(v[u] * hidden[u] for u in range(len(v))))
    for row in range(len(query)):
        if mask[row].any():
            weights[row] /= weights[row].sum()
        for time in range(values.shape[1]):
            contexts[row] += weights[row, time] * values[row, time]
    return contexts, weights


@pytest.mark.parametrize("mask", [MASK, None])
def test_equals_the_equations(mask):
    layer = built()
    query, values = example()
    expected = by_loops(layer, query, values, np.ones_like(MASK) if mask is None else mask)
    context, weights = layer(query, values, mask=mask)
    np.testing.assert_allclose(context, expected[0], atol=1e-6)
    np.testing.assert_allclose(weights, expected[1], atol=1e-6)


def test_weights_are_those_of_the_paper():
    layer = built(units=6)
    shapes = {weight.name: tuple(weight.shape) for weight in layer.weights}
    assert shapes == {"W": (3, 6), "U": (5, 6), "v": (6,)}


def test_weights_of_one_shape_start_with_different_values():
    layer = BahdanauAttention(5, kernel_initializer="he_normal")
    layer.build((None, 5), (None, None, 5))
    assert not np.array_equal(layer.W, layer.U)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_energies_beyond_the_range_of_exp_and_of_float16_are_finite(policy):
    layer = built(dtype=policy)
    layer.v.assign(np.full(6, 6e4))
    query, values = example()
    context, weights = layer(query, values, mask=MASK)
    np.testing.assert_allclose(np.sum(weights, 1), [1, 1, 1, 0], atol=1e-3)
    assert np.isfinite(context).all()


def test_a_time_of_length_1_has_the_whole_weight():
    query, values = example()
    context, weights = built()(query, values[:, :1])
    np.testing.assert_array_equal(weights, np.ones((4, 1)))
    np.testing.assert_array_equal(context, values[:, 0])


def test_a_row_of_padding_alone_has_weights_of_zero():
    context, weights = built()(*example(), mask=MASK)
    assert not np.any(weights[3])
    assert not np.any(context[3])
    assert not np.any(weights.numpy()[~MASK])


def test_keys_spare_their_computation_and_change_nothing():
    layer = built()
    query, values = example()
    keys = layer.keys(values)
    np.testing.assert_allclose(keys, values @ layer.U.numpy(), atol=1e-6)
    for one, other in zip(
        layer(query, values, mask=MASK),
        layer(query, values, mask=MASK, keys=keys),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
    _, by_other_keys = layer(query, values, keys=keys * 0)
    np.testing.assert_allclose(by_other_keys, np.full((4, 4), 0.25), atol=1e-6)


def test_the_mask_that_values_carry_counts():
    layer = built()
    query, values = example()
    values[~MASK] = 0
    expected = layer(query, values, mask=MASK)
    for outputs in (
        layer(query, keras.layers.Masking()(values)),
        _masking_model(layer)([query, values]),
    ):
        for output, reference in zip(outputs, expected, strict=True):
            np.testing.assert_array_equal(output, reference)


def _masking_model(layer):
    query, values = keras.Input((3,)), keras.Input((None, 5))
    return keras.Model([query, values], layer(query, keras.layers.Masking()(values)))


def test_a_given_mask_wins_over_the_one_that_values_carry():
    layer = built()
    query, values = example()
    masked = keras.layers.Masking(mask_value=values[0, 0, 0])(values)
    _, weights = layer(query, masked, mask=MASK)
    np.testing.assert_array_equal(np.asarray(weights) > 0, MASK)


@pytest.mark.parametrize("number", range(5), ids=["W", "U", "v", "query", "values"])
def test_gradients_equal_finite_differences(number):
    layer = built(units=3, dtype="float64")
    random = np.random.default_rng(2)
    arrays = [random.normal(size=w.shape) for w in layer.weights] + [*example("float64")]
    directions = random.normal(size=(4, 5)), random.normal(size=(4, 4))

    def loss(array):
        weights = [*arrays[:number], array, *arrays[number + 1 :]]
        outputs = by_loops(_Weights(weights[:3]), *weights[3:], MASK)
        return sum(np.sum(o * d) for o, d in zip(outputs, directions, strict=True))

    layer.set_weights(arrays[:3])
    inputs = [tf.constant(array) for array in arrays[3:]]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(*inputs, mask=MASK)
        total = sum(tf.reduce_sum(o * d) for o, d in zip(outputs, directions, strict=True))
    variables = [weight.value for weight in layer.weights] + inputs
    gradient = tape.gradient(total, variables)[number].numpy()
    numerical = np.zeros_like(gradient)
    for index in np.ndindex(gradient.shape):
        step = np.zeros_like(gradient)
        step[index] = 1e-5
        numerical[index] = (loss(arrays[number] + step) - loss(arrays[number] - step)) / 2e-5
    np.testing.assert_allclose(gradient, numerical, atol=1e-8)


class _Weights:
    """Weights that stand in for those of a layer."""

    def __init__(self, weights):
        self._weights = weights

    def get_weights(self):
        return self._weights


Q, V = np.zeros((2, 3), "float32"), np.zeros((2, 4, 5), "float32")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda layer: layer(Q[0], V), r"Received query \(3,\), values \(2, 4, 5\)"),
        (lambda layer: layer(Q[:, None], V), r"Received query \(2, 1, 3\)"),
        (lambda layer: layer(Q, V[0]), r"values \(4, 5\)"),
        (lambda layer: layer(Q[:1], V), r"Received query \(1, 3\), values \(2, 4, 5\)"),
        (lambda layer: layer(Q, V, mask=V[:, :, 0]), r"Received mask float32 \(2, 4\)"),
        (lambda layer: layer(Q, V, mask=V[:, :3, 0] > 0), r"Received mask bool \(2, 3\)"),
        (lambda layer: layer(Q, V, mask=V > 0), r"Received mask bool \(2, 4, 5\)"),
        (lambda layer: layer(Q, V, keys=V), r"Received keys \(2, 4, 5\), units 6"),
        (lambda layer: layer.keys(V), "Received built False"),
        (lambda layer: BahdanauAttention(0), "Received units 0"),
        (
            lambda layer: layer(keras.Input((3,)), keras.Input((4, 5)), mask=keras.Input((4,))),
            r"Received mask float32 \(None, 4\)",
        ),
    ],
)
def test_errors_tell_what_was_received(call, message):
    with pytest.raises(ValueError, match=message):
        call(BahdanauAttention(6))
