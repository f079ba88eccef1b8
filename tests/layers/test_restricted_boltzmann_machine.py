"""Energies, gradients and samples against all states, one by one, and against scikit-learn."""

import itertools

import keras
import numpy as np
import pytest
import scipy.integrate
import tensorflow as tf
from keras import ops
from scipy.special import expit, logsumexp
from sklearn.neural_network import BernoulliRBM

from keras_dl import layers

VISIBLE, HIDDEN = 8, 6
KINDS = [("bernoulli", "bernoulli"), ("gaussian", "bernoulli"), ("bernoulli", "gaussian")]


def _machine(
    visible="bernoulli", hidden="bernoulli", sizes=(VISIBLE, HIDDEN), scale=0.7, **options
):
    machine = layers.RestrictedBoltzmannMachine(
        sizes[1], visible, hidden, dtype="float64", seed=1, **options
    )
    machine.build((None, sizes[0]))
    random = np.random.default_rng(0)
    for weight in (machine.kernel, machine.visible_bias, machine.hidden_bias):
        weight.assign(scale * random.normal(size=weight.shape))
    return machine


def _weights(machine):
    names = ("kernel", "visible_bias", "hidden_bias")
    return [ops.convert_to_numpy(getattr(machine, name)) for name in names]


def _states(units):
    return np.array(list(itertools.product([0.0, 1.0], repeat=units)))


def _energies(machine):
    """E(v, h) of all pairs of states, as the energy of the paper is written."""
    kernel, visible_bias, hidden_bias = _weights(machine)
    seen, thought = _states(len(visible_bias)), _states(len(hidden_bias))
    return (
        -(seen @ visible_bias)[:, None] - (thought @ hidden_bias)[None] - seen @ kernel @ thought.T
    )


def test_free_energy_and_partition_are_sums_over_all_states():
    machine = _machine()
    energies = _energies(machine)
    free = machine.free_energy(_states(VISIBLE))
    np.testing.assert_allclose(free, -logsumexp(-energies, axis=1), rtol=1e-12)
    np.testing.assert_allclose(machine.log_partition(), logsumexp(-energies), rtol=1e-12)


def test_gradient_of_the_likelihood_is_that_of_the_moments():
    machine, data = _machine(), _states(VISIBLE)[[3, 77, 200, 131]]
    with tf.GradientTape() as tape:
        loss = ops.mean(machine.free_energy(data)) + machine.log_partition()
    gradients = tape.gradient(loss, [weight.value for weight in machine.trainable_variables])
    energies = _energies(machine)
    together = np.exp(-energies - logsumexp(-energies))
    seen, thought = _states(VISIBLE), _states(HIDDEN)
    kernel, _, hidden_bias = _weights(machine)
    awake = expit(data @ kernel + hidden_bias)
    expected = [
        seen.T @ together @ thought - data.T @ awake / len(data),
        together.sum(1) @ seen - data.mean(0),
        together.sum(0) @ thought - awake.mean(0),
    ]
    for found, wanted in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize("kinds", KINDS[1:])
def test_gaussian_units_against_integrals(kinds):
    """One Gaussian unit, so that the integral over it is one of SciPy's."""
    sizes = (1, 3) if kinds[0] == "gaussian" else (3, 1)
    machine = _machine(*kinds, sizes=sizes)
    kernel, visible_bias, hidden_bias = (values.ravel() for values in _weights(machine))
    own, others = (visible_bias, hidden_bias) if sizes[0] == 1 else (hidden_bias, visible_bias)

    def weight_of(state):
        def density(x):
            # A hidden unit's bias stands beside its energy, a visible one's is its middle.
            alone = (x - own[0]) ** 2 / 2 if sizes[0] == 1 else x**2 / 2 - own[0] * x
            return np.exp(-alone + x * (state @ kernel) + state @ others)

        return scipy.integrate.quad(density, -40, 40, points=[0, own[0]], epsabs=1e-12)[0]

    states = _states(3)
    weights = np.array([weight_of(state) for state in states])
    np.testing.assert_allclose(machine.log_partition(), np.log(weights.sum()), rtol=1e-8)
    if sizes[0] == 3:
        np.testing.assert_allclose(machine.free_energy(states), -np.log(weights), rtol=1e-8)


def test_scores_are_those_of_scikit_learn():
    machine, data = _machine(), _states(VISIBLE)[::5]
    kernel, visible_bias, hidden_bias = _weights(machine)
    peer = BernoulliRBM(HIDDEN, random_state=3)
    peer.fit(data)
    peer.components_, peer.intercept_visible_ = kernel.T, visible_bias
    peer.intercept_hidden_ = hidden_bias
    flipped = np.random.RandomState(3).randint(0, VISIBLE, len(data))
    np.testing.assert_allclose(machine.free_energy(data), peer._free_energy(data), rtol=1e-12)
    np.testing.assert_allclose(machine(data), peer.transform(data), rtol=1e-12)
    np.testing.assert_allclose(
        machine.pseudo_log_likelihood(data, flipped), peer.score_samples(data), rtol=1e-10
    )


def test_pseudo_likelihood_is_that_of_the_conditionals():
    machine, states = _machine(), _states(VISIBLE)
    log_probability = -machine.free_energy(states).numpy()
    number = {tuple(state): index for index, state in enumerate(states)}
    for unit in range(VISIBLE):
        other = states.copy()
        other[:, unit] = 1 - other[:, unit]
        others = log_probability[[number[tuple(state)] for state in other]]
        expected = VISIBLE * (log_probability - np.logaddexp(log_probability, others))
        found = machine.pseudo_log_likelihood(states, np.full(len(states), unit))
        np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("kinds", KINDS)
def test_the_chain_comes_to_the_distribution_of_the_machine(kinds):
    machine = _machine(*kinds, sizes=(4, 3), scale=0.6)
    seen = np.random.default_rng(5).integers(0, 2, size=(40_000, 4)).astype("float64")
    step = tf.function(lambda state: machine.sample_visible(machine.sample_hidden(state)))
    for _ in range(60):
        seen = step(seen)
    kernel, visible_bias, hidden_bias = _weights(machine)
    if kinds[0] == "bernoulli":
        states = _states(4)
        expected = np.exp(-machine.free_energy(states) - machine.log_partition())
        found = np.zeros(16)
        np.add.at(found, (np.asarray(seen) @ [8, 4, 2, 1]).astype(int), 1 / len(seen))
        assert np.abs(found - expected).max() < 5 * 0.5 / np.sqrt(len(seen))
    else:
        thought = _states(3)
        middles = thought @ kernel.T + visible_bias
        logits = thought @ hidden_bias + ((middles**2 - visible_bias**2) / 2).sum(1)
        shares = np.exp(logits - logsumexp(logits))
        np.testing.assert_allclose(np.mean(seen, 0), shares @ middles, atol=0.05)
        second = shares @ middles**2 + 1
        np.testing.assert_allclose(np.mean(np.square(seen), 0), second, rtol=0.05)


@pytest.mark.parametrize(
    ("options", "learning_rate", "epochs"),
    [({"steps": 5}, 0.02, 150), ({"chains": 200, "steps": 10}, 0.005, 450)],
)
def test_fit_raises_the_exact_likelihood(options, learning_rate, epochs):
    """Each example has one bar of four: log 4 nats, which chance over 2^8 states is far from."""
    bars = np.repeat(np.repeat(np.eye(4), 2, axis=1), 50, axis=0)
    often = np.tile(bars, (epochs // 10, 1))  # few long epochs: each costs what fifty steps do
    keras.utils.set_random_seed(0)
    machine = layers.RestrictedBoltzmannMachine(HIDDEN, seed=0, **options)
    model = keras.Sequential([keras.Input((VISIBLE,)), machine])
    model.compile(keras.optimizers.Adam(learning_rate), steps_per_execution=75)

    def likelihood():
        return -float(ops.mean(machine.free_energy(bars)) + machine.log_partition())

    before = likelihood()
    model.fit(often, epochs=10, batch_size=40, verbose=0)
    assert before < -5 and likelihood() > -1.75


def test_loss_has_no_gradient_through_the_chain():
    machine, data = _machine(), _states(VISIBLE)[[3, 77]]
    drawn, fantasy = [], machine._fantasy
    machine._fantasy = lambda inputs: drawn.append(fantasy(inputs)) or drawn[0]
    with tf.GradientTape() as tape:
        machine(data, training=True)
        loss = machine.losses[0]
    found = tape.gradient(loss, [machine.kernel.value, machine.visible_bias.value])
    kernel, _, hidden_bias = _weights(machine)
    rows = (data, drawn[0].numpy())
    moments = [each.T @ expit(each @ kernel + hidden_bias) / 2 for each in rows]
    np.testing.assert_allclose(found[0], moments[1] - moments[0], atol=1e-12)
    np.testing.assert_allclose(found[1], rows[1].mean(0) - rows[0].mean(0), atol=1e-12)


def test_no_loss_outside_of_training():
    machine = _machine()
    machine(_states(VISIBLE))
    assert not machine.losses


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"units": 2, "visible": "gaussian", "hidden": "gaussian"}, "not both Gaussian"),
        ({"units": 2, "visible": "binary"}, "'bernoulli' or 'gaussian'"),
        ({"units": 0}, "at least 1"),
        ({"units": 2, "chains": -1}, "at least 0"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.RestrictedBoltzmannMachine(**arguments)


def test_partition_of_a_large_machine():
    machine = layers.RestrictedBoltzmannMachine(30)
    machine.build((None, 30))
    with pytest.raises(ValueError, match="at most 20 Bernoulli units"):
        machine.log_partition()


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_draws_small_chances_as_often(policy):
    machine = layers.RestrictedBoltzmannMachine(1, dtype=policy, seed=3)
    machine.build((None, 1))
    machine.hidden_bias.assign([np.log(0.001 / 0.999)])
    drawn = machine.sample_hidden(np.zeros((400_000, 1), "float32"))
    assert abs(np.mean(drawn) - 0.001) < 2.5e-4  # five standard deviations
    outputs = machine(np.zeros((4, 1), "float16"), training=True)
    assert outputs.dtype == keras.dtype_policies.get(policy).compute_dtype
    assert np.isfinite(float(machine.losses[0])) and machine.losses[0].dtype == "float32"


def test_partition_of_many_states_is_that_of_both_sides():
    machine = _machine(sizes=(16, 15), scale=0.3)
    kernel, visible_bias, hidden_bias = _weights(machine)
    other = layers.RestrictedBoltzmannMachine(16, dtype="float64")
    other.build((None, 15))
    other.set_weights([kernel.T, hidden_bias, visible_bias])
    np.testing.assert_allclose(machine.log_partition(), other.log_partition(), rtol=1e-12)
    free = -np.float64(machine.free_energy(_states(16)))
    np.testing.assert_allclose(machine.log_partition(), logsumexp(free), rtol=1e-12)


def test_samples_of_given_numbers_have_the_distribution_of_the_machine():
    machine = layers.RestrictedBoltzmannMachine(3)
    machine.build((None, 4))
    random = np.random.default_rng(0)
    for weight in machine.trainable_variables:
        weight.assign(random.normal(size=weight.shape))
    numbers = random.random((20, 4000, 5, 7)).astype("float32")

    def sample(rows):
        given = tf.constant(numbers[:, :rows])
        draw = tf.function(lambda hidden: machine.sample(hidden, lambda call: given[call], 20))
        return draw(np.zeros((rows, 3), "float32")).numpy()

    hidden = sample(4000)
    states = np.array(list(np.ndindex(2, 2, 2, 2)), "float32")
    weights = np.exp(-np.float64(machine.free_energy(states)))
    expected = weights @ np.array(machine.hidden_mean(states)) / weights.sum()
    np.testing.assert_allclose(hidden.mean(0), expected, atol=0.03)
    np.testing.assert_array_equal(hidden[:7], sample(7))
    with pytest.raises(ValueError, match="Received visible 'gaussian'"):
        layers.RestrictedBoltzmannMachine(3, visible="gaussian").sample(hidden, None, 1)
