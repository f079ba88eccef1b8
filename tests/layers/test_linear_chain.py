import numpy as np
import pytest
import tensorflow as tf
from enumerated_paths import example

from keras_dl.layers import CRF
from keras_dl.layers.linear_chain import best_path, marginals

FORBID_0_TO_1 = [[True, False, True], [True, True, True], [True, True, True]]


def gradients(layer, emissions, function):
    """Gradients of the sum of a function with respect to emissions and the three weights."""
    emissions = tf.constant(emissions)
    variables = [emissions] + [weight.value for weight in layer.weights]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        total = tf.reduce_sum(function(emissions))
    return [gradient.numpy() for gradient in tape.gradient(total, variables)]


def test_the_chain_is_the_distribution_of_each_tag_after_the_one_before():
    layer, emissions, _, mask, paths = example(3, 5)
    chain = layer(emissions, mask=mask).numpy()
    assert (chain <= 0).all()
    np.testing.assert_allclose(np.exp(chain).sum(axis=-1), 1, atol=1e-12)
    for row, path in enumerate(paths):
        marginals, steps = path.marginals(), np.flatnonzero(mask[row])
        for index, step in enumerate(steps):
            if index == 0:
                expected = np.broadcast_to(marginals[step], (3, 3))
            else:
                before, joint = steps[index - 1], np.zeros((3, 3))
                tags = path.paths[:, before], path.paths[:, step]
                np.add.at(joint, tags, path.probabilities)
                expected = joint / marginals[before][:, None]
            np.testing.assert_allclose(np.exp(chain[row, step]), expected, atol=1e-12)
    identity = np.where(np.eye(3, dtype=bool), 0, -1e30)
    np.testing.assert_array_equal(chain[~mask], np.broadcast_to(identity, ((~mask).sum(), 3, 3)))


def test_rounding_errors_of_a_long_chain_do_not_add_up():
    rows = np.random.default_rng(0).dirichlet(np.ones(5), (1, 1, 5)).astype("float32")
    rows *= np.float32(1 + 1e-6)  # as if each step rounded up
    found = tf.function(marginals)(tf.repeat(tf.math.log(rows), 3000, 1)).numpy()
    assert (found <= 1).all()
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-6)


def test_the_best_path_of_the_chain_is_the_decoded_one():
    layer, emissions, _, mask, _ = example(4, 6, constrained=True)
    decoded, path = layer.decode(emissions, mask).numpy(), best_path(layer(emissions, mask=mask))
    np.testing.assert_array_equal(np.where(mask, path, 0), decoded)
    carried = [max(np.flatnonzero(row[: t + 1]), default=None) for row in mask for t in range(6)]
    expected = [0 if c is None else decoded[i // 6, c] for i, c in enumerate(carried)]
    np.testing.assert_array_equal(np.ravel(path), expected)


@pytest.mark.parametrize("constrained", [False, True])
def test_gradient_of_the_log_partition_is_what_is_expected(constrained):
    layer, emissions, _, mask, paths = example(4, 5, constrained=constrained)
    result = gradients(layer, emissions, lambda e: layer.log_partition(e, mask))
    marginals = np.array([p.marginals() for p in paths])
    first = [m[p.steps[0]] for m, p in zip(marginals, paths, strict=True) if len(p.steps)]
    last = [m[p.steps[-1]] for m, p in zip(marginals, paths, strict=True) if len(p.steps)]
    between = sum(p.expected_transitions() for p in paths)
    for gradient, expected in zip(result, (marginals, between, sum(first), sum(last)), strict=True):
        np.testing.assert_allclose(gradient, expected, atol=1e-12)
    np.testing.assert_allclose(layer.marginals(emissions, mask), marginals, atol=1e-12)


def test_gradient_of_the_likelihood_is_gold_minus_expected():
    layer, emissions, tags, mask, paths = example(4, 5)
    result = gradients(layer, emissions, lambda e: layer.log_likelihood(e, tags, mask))
    gold = np.where(mask[..., None], np.eye(4)[tags], 0)
    marginals = np.array([p.marginals() for p in paths])
    np.testing.assert_allclose(result[0], gold - marginals, atol=1e-12)


def test_gradient_of_the_chain_equals_finite_differences():
    layer, emissions, _, mask, _ = example(3, 4)
    direction = np.random.default_rng(1).normal(size=(6, 4, 3, 3)) * mask[..., None, None]
    weights = layer.get_weights()
    result = gradients(layer, emissions, lambda e: layer(e, mask=mask) * direction)

    def total(arrays):
        layer.set_weights(arrays[1:])
        return np.sum(layer(arrays[0], mask=mask).numpy() * direction)

    for number, gradient in enumerate(result):
        for index in list(np.ndindex(gradient.shape))[::5]:
            ends = []
            for step in (1e-5, -1e-5):
                arrays = [array.copy() for array in (emissions, *weights)]
                arrays[number][index] += step
                ends.append(total(arrays))
            np.testing.assert_allclose(gradient[index], (ends[0] - ends[1]) / 2e-5, atol=1e-7)


@pytest.mark.parametrize("junk", [1e30, -1e30, np.nan, np.inf])
def test_what_stands_at_masked_steps_has_no_influence(junk):
    layer, emissions, tags, mask, _ = example(4, 6, "float32")
    spoilt = np.where(mask[..., None], emissions, np.float32(junk))
    other = np.where(mask, tags, -7)
    for one, two in (
        (layer(emissions, mask=mask), layer(spoilt, mask=mask)),
        (layer.log_partition(emissions, mask), layer.log_partition(spoilt, mask)),
        (layer.log_likelihood(emissions, tags, mask), layer.log_likelihood(spoilt, other, mask)),
        (layer.decode(emissions, mask), layer.decode(spoilt, mask)),
        (layer.marginals(emissions, mask), layer.marginals(spoilt, mask)),
        *zip(
            gradients(layer, emissions, lambda e: layer.log_likelihood(e, tags, mask)),
            gradients(layer, spoilt, lambda e: layer.log_likelihood(e, other, mask)),
            strict=True,
        ),
    ):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "float16"])
@pytest.mark.parametrize("size", [0.0, 1e4, -1e4])
def test_gradients_are_finite(size, policy):
    layer = CRF(3, FORBID_0_TO_1, dtype=policy)
    layer.build((None, None, 3))
    emissions = np.zeros((4, 5, 3), "float32")
    emissions[:, ::2, 1] = size
    mask = np.array([[1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [0, 0, 1, 0, 0], [1, 0, 1, 1, 0]], bool)
    tags = np.array([[0, 1, 0, 1, 0]] * 4)  # forbidden ones, too
    for function in (
        lambda e: layer.log_partition(e, mask),
        lambda e: layer.log_likelihood(e, tags, mask),
        lambda e: layer.marginals(e, mask)[..., 1],
    ):
        assert np.isfinite(function(emissions)).all()
        assert all(np.isfinite(g).all() for g in gradients(layer, emissions, function))
    np.testing.assert_array_equal(layer.log_partition(emissions, mask)[1], 0)
    np.testing.assert_array_equal(layer.log_likelihood(emissions, tags, mask)[1], 0)


def test_long_sequences_keep_their_digits():
    layer = CRF(5)
    emissions = np.random.default_rng(0).normal(size=(1, 150, 5)).astype("float32") + 100
    exact = (
        emissions.astype("float64")
        - np.logaddexp.reduce(emissions.astype("float64"), -1)[..., None]
    )
    tags = emissions.argmax(-1)
    expected = np.take_along_axis(exact, tags[..., None], -1).sum()
    np.testing.assert_allclose(layer.log_likelihood(emissions, tags), [expected], 1e-6)
    np.testing.assert_array_equal(layer.decode(emissions), tags)
