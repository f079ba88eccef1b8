import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from enumerated_paths import example

from keras_dl.layers import CRF

TOLERANCES = {"float32": 1e-6, "float64": 1e-12}


def assert_near(result, expected, dtype):
    tolerance = TOLERANCES[dtype]
    assert keras.backend.standardize_dtype(result.dtype) == dtype
    np.testing.assert_allclose(result, expected, tolerance, tolerance)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("constrained", [False, True])
@pytest.mark.parametrize("k", [1, 2, 4])
def test_equals_the_enumeration_of_all_paths(k, constrained, dtype):
    for time in range(1, 7):
        layer, emissions, tags, mask, paths = example(k, time, dtype, constrained)
        assert_near(layer.log_partition(emissions, mask), [p.log_partition for p in paths], dtype)
        assert_near(layer.marginals(emissions, mask), [p.marginals() for p in paths], dtype)
        expected = np.array([p.log_likelihood(t) for p, t in zip(paths, tags, strict=True)])
        result = np.array(layer.log_likelihood(emissions, tags, mask))
        assert (result[expected == -np.inf] < -5e6).all()
        assert (result <= 0).all()
        legal = expected > -np.inf
        assert_near(result[legal], expected[legal], dtype)
        decoded = layer.decode(emissions, mask).numpy()
        assert decoded.dtype == "int32"
        assert decoded.tolist() == [p.best(1)[0][0] for p in paths]


@pytest.mark.parametrize("constrained", [False, True])
@pytest.mark.parametrize(("k", "time", "n"), [(1, 3, 2), (2, 3, 20), (3, 5, 7), (5, 4, 1)])
def test_n_best_equal_the_enumeration(k, time, n, constrained):
    layer, emissions, _, mask, paths = example(k, time, "float64", constrained)
    tags, scores = (array.numpy() for array in layer.decode_n_best(emissions, n, mask))
    assert tags.dtype == "int32"
    for row, path in enumerate(paths):
        best = path.best(n)
        assert tags[row, : len(best)].tolist() == [p for p, _ in best]
        np.testing.assert_allclose(scores[row, : len(best)], [s for _, s in best], atol=1e-12)
        assert (scores[row, len(best) :] == -np.inf).all()
        assert not tags[row, len(best) :].any()


def test_without_a_mask_all_steps_count():
    layer, emissions, tags, _, _ = example(3, 4)
    every = np.ones(tags.shape, bool)
    np.testing.assert_array_equal(layer(emissions), layer(emissions, mask=every))
    for method, arguments in (
        (layer.log_partition, (emissions,)),
        (layer.log_likelihood, (emissions, tags)),
        (layer.marginals, (emissions,)),
        (layer.decode, (emissions,)),
    ):
        np.testing.assert_array_equal(method(*arguments), method(*arguments, every))
    np.testing.assert_array_equal(
        layer.decode_n_best(emissions, 3)[0], layer.decode_n_best(emissions, 3, every)[0]
    )


def test_masked_steps_are_cut_out():
    layer, emissions, tags, _, _ = example(4, 6)
    kept = [0, 2, 5]
    mask = np.isin(np.arange(6), kept)[None]
    short = emissions[:1, kept]
    np.testing.assert_allclose(
        layer.log_partition(emissions[:1], mask), layer.log_partition(short), atol=1e-12
    )
    np.testing.assert_allclose(
        layer.log_likelihood(emissions[:1], tags[:1], mask),
        layer.log_likelihood(short, tags[:1, kept]),
        atol=1e-12,
    )
    decoded = layer.decode(emissions[:1], mask).numpy()
    np.testing.assert_array_equal(decoded[:, kept], layer.decode(short))


def test_a_time_of_length_0_is_an_empty_sentence():
    layer = CRF(3)
    emissions, tags = np.zeros((2, 0, 3), "float32"), np.zeros((2, 0), int)
    np.testing.assert_array_equal(layer.log_partition(emissions), [0, 0])
    np.testing.assert_array_equal(layer.log_likelihood(emissions, tags), [0, 0])
    assert layer.decode(emissions).shape == (2, 0)
    assert layer(emissions).shape == (2, 0, 3, 3)


FORBID_0_TO_1 = [[True, False, True], [True, True, True], [True, True, True]]


def test_forbidden_paths_have_no_mass_however_high_their_emissions_are():
    layer = CRF(3, FORBID_0_TO_1, [True, True, False], [True, True, False])
    emissions = np.zeros((1, 4, 3), "float32")
    emissions[0, [0, 1, 2, 3], [2, 0, 1, 2]] = 1e4
    tags = np.array([[0, 0, 1, 1]])
    assert np.exp(layer.log_likelihood(emissions, tags)) == 0
    marginals = layer.marginals(emissions).numpy()
    assert (marginals[0, [0, -1], 2] == 0).all()
    decoded = layer.decode(emissions).numpy()[0]
    assert decoded[0] != 2 and decoded[-1] != 2
    assert (0, 1) not in itertools.pairwise(decoded)
    every, _ = layer.decode_n_best(emissions, 81)
    legal = {tuple(path) for path in every.numpy()[0]}
    assert all((0, 1) not in itertools.pairwise(path) for path in legal)


def test_training_and_decoding_see_the_same_constraints():
    layer, emissions, _, mask, _ = example(4, 5, constrained=True)
    tags, scores = layer.decode_n_best(emissions, 2, mask)
    for index in range(2):
        found = np.isfinite(scores[:, index])
        likelihood = layer.log_likelihood(emissions, tags[:, index], mask).numpy()
        np.testing.assert_allclose(likelihood[found], scores[:, index][found], atol=1e-12)


def test_half_precision_costs_no_digits():
    layer, emissions, tags, mask, _ = example(4, 6, "float32")
    half = CRF(4, dtype="mixed_float16")
    half.build((None, None, 4))
    half.set_weights(layer.get_weights())
    emissions = emissions * 1e4 + 1e5  # beyond the range of float16
    result = half(emissions, mask=mask)
    assert result.dtype == "float32"
    np.testing.assert_array_equal(result, layer(emissions, mask=mask))
    np.testing.assert_array_equal(half.decode(emissions, mask), layer.decode(emissions, mask))
    result = half.log_likelihood(emissions.astype("float64"), tags, mask)
    np.testing.assert_array_equal(result, layer.log_likelihood(emissions, tags, mask))


def test_tags_out_of_range_count_as_the_nearest_one():
    layer, emissions, tags, mask, _ = example(3, 4)
    wild = np.where(tags == 2, 9, np.where(tags == 0, -9, tags))
    np.testing.assert_array_equal(
        layer.log_likelihood(emissions, wild, mask), layer.log_likelihood(emissions, tags, mask)
    )


def test_the_mask_that_emissions_carry_counts_and_goes_no_further():
    layer, emissions, _, mask, _ = example(4, 5, "float32")
    emissions = np.where(mask[..., None], emissions, 0)
    inputs = keras.Input((None, 4))
    outputs = layer(keras.layers.Masking()(inputs))
    result = keras.Model(inputs, outputs)(emissions)
    np.testing.assert_array_equal(result, layer(emissions, mask=mask))
    assert getattr(outputs, "_keras_mask", None) is None


def test_all_of_it_runs_in_a_graph_of_unknown_shape():
    layer, emissions, tags, mask, _ = example(3, 5, "float32")

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, None, 3)),
            tf.TensorSpec((None, None), tf.int64),
            tf.TensorSpec((None, None), tf.bool),
        ]
    )
    def graph(emissions, tags, mask):
        return (
            layer.log_likelihood(emissions, tags, mask),
            layer.marginals(emissions, mask),
            layer.decode(emissions, mask),
            *layer.decode_n_best(emissions, 3, mask),
        )

    eager = (
        layer.log_likelihood(emissions, tags, mask),
        layer.marginals(emissions, mask),
        layer.decode(emissions, mask),
        *layer.decode_n_best(emissions, 3, mask),
    )
    for one, other in zip(graph(emissions, tags, mask), eager, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


E, M = np.zeros((2, 4, 3), "float32"), np.ones((2, 4), bool)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda layer: CRF(0), "Received num_tags 0"),
        (lambda layer: CRF(3, [[True] * 3] * 2), r"allowed_transitions bool \(2, 3\)"),
        (lambda layer: CRF(2, [[1, 0], [1, 1]]), r"allowed_transitions int64 \(2, 2\)"),
        (lambda layer: CRF(3, allowed_starts=[True]), r"allowed_starts bool \(1,\)"),
        (lambda layer: CRF(2, allowed_ends=[False] * 2), "allowed_ends without any True"),
        (lambda layer: layer(E[0]), r"Received emissions \(4, 3\), num_tags 3"),
        (lambda layer: layer(E[..., :2]), r"Received emissions \(2, 4, 2\), num_tags 3"),
        (lambda layer: layer.decode(E[..., :2]), r"Received emissions \(2, 4, 2\)"),
        (lambda layer: layer(E, mask=M[:, :2]), r"Received mask bool \(2, 2\)"),
        (lambda layer: layer(E, mask=M * 1), r"Received mask int64 \(2, 4\)"),
        (lambda layer: layer.marginals(E, M[0]), r"Received mask bool \(4,\)"),
        (lambda layer: layer.log_likelihood(E, M[:, :1] * 1), r"Received tags \(2, 1\)"),
        (lambda layer: layer.log_likelihood(E, E), r"Received tags \(2, 4, 3\)"),
        (lambda layer: layer.decode_n_best(E, 0), "Received n 0"),
        (
            lambda layer: layer(keras.Input((4, 3)), mask=keras.Input((5,), dtype="bool")),
            r"Received mask bool \(None, 5\)",
        ),
    ],
)
def test_errors_tell_what_was_received(call, message):
    with pytest.raises(ValueError, match=message):
        call(CRF(3))
