"""The course's optimisers and decays, as Keras has them, against NumPy in float64."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl import optimizers

STEPS, EPOCH = 1000, 50
schedules = keras.optimizers.schedules


def _gradient_descent(rates, gradient, w):
    for rate in rates:
        w = w - rate * gradient(w)
    return w


# Keras casts some of its numbers from Python to float32 before it casts them to float64.
_BETA = float(np.float32(0.9))


def _momentum(rates, gradient, w, beta=_BETA):
    v = np.zeros_like(w)
    for rate in rates:
        v = beta * v - rate * gradient(w)
        w = w + v
    return w


def _nesterov(rates, gradient, w, beta=_BETA):
    v = np.zeros_like(w)
    for rate in rates:
        g = gradient(w)
        v = beta * v - rate * g
        w = w + beta * v - rate * g
    return w


def _adagrad(rates, gradient, w, epsilon=1e-7):
    total = np.full_like(w, 0.1)
    for rate in rates:
        g = gradient(w)
        total = total + g**2
        w = w - rate * g / np.sqrt(total + epsilon)
    return w


def _rmsprop(rates, gradient, w, rho=0.9, epsilon=1e-7):
    mean = np.zeros_like(w)
    for rate in rates:
        g = gradient(w)
        mean = rho * mean + (1 - rho) * g**2
        w = w - rate * g / np.sqrt(mean + epsilon)
    return w


def _adam(rates, gradient, w, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m, v = np.zeros_like(w), np.zeros_like(w)
    # In the correction of the bias these are rounded, and in the averages they are not.
    beta_1_power, beta_2_power = float(np.float32(beta_1)), float(np.float32(beta_2))
    for step, rate in enumerate(rates, start=1):
        g = gradient(w)
        m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g**2
        # Bias-corrected, with epsilon beside the uncorrected root: Kingma & Ba, end of section 2.
        rate = rate * np.sqrt(1 - beta_2_power**step) / (1 - beta_1_power**step)
        w = w - rate * m / (np.sqrt(v) + epsilon)
    return w


OPTIMIZERS = {
    "gradient descent": (keras.optimizers.SGD, {}, _gradient_descent, 1e-3),
    "momentum": (keras.optimizers.SGD, {"momentum": 0.9}, _momentum, 1e-4),
    "nesterov": (keras.optimizers.SGD, {"momentum": 0.9, "nesterov": True}, _nesterov, 1e-4),
    "adagrad": (keras.optimizers.Adagrad, {}, _adagrad, 0.1),
    "rmsprop": (keras.optimizers.RMSprop, {}, _rmsprop, 1e-3),
    "adam": (keras.optimizers.Adam, {}, _adam, 1e-2),
}
DECAYS = {
    "inverse": (
        lambda a: schedules.InverseTimeDecay(a, EPOCH, 0.3, staircase=True),
        lambda a, epoch: a / (1 + 0.3 * epoch),
    ),
    "exponential": (
        lambda a: schedules.ExponentialDecay(a, EPOCH, 0.95, staircase=True),
        lambda a, epoch: a * 0.95**epoch,
    ),
    "square root": (
        lambda a: optimizers.SquareRootDecay(a, EPOCH),
        lambda a, epoch: a / np.sqrt(epoch + 1),
    ),
    "staircase": (
        lambda a: schedules.ExponentialDecay(a, 5 * EPOCH, 0.5, staircase=True),
        lambda a, epoch: a * 0.5 ** (epoch // 5),
    ),
}
SCALES = np.array([0.1, 1.0, 10.0, 100.0])


def _quadratic(w):
    return SCALES * (w - 1)


def _rosenbrock(w):
    x, y = w[0], w[1]
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])


FUNCTIONS = {
    "quadratic": (lambda w: SCALES * (w - 1), _quadratic, [3.0, -2.0, 0.5, 2.0]),
    "rosenbrock": (
        lambda w: tf.stack(
            [-2 * (1 - w[0]) - 400 * w[0] * (w[1] - w[0] ** 2), 200 * (w[1] - w[0] ** 2)]
        ),
        _rosenbrock,
        [-0.5, 0.7],
    ),
}


@pytest.fixture
def float64():
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")


@pytest.mark.tensorflow  # JAX has no float64 by default
# Each optimizer with each decay; the two functions take turns.
@pytest.mark.parametrize(("decay", "function"), [*zip(DECAYS, 2 * [*FUNCTIONS], strict=True)])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_thousand_steps_are_those_of_numpy(name, decay, function, float64):
    kind, options, reference, rate = OPTIMIZERS[name]
    schedule, closed_form = DECAYS[decay]
    gradient, reference_gradient, start = FUNCTIONS[function]
    optimizer = kind(schedule(rate), **options)
    w = keras.Variable(start, dtype="float64")
    optimizer.build([w])

    @tf.function
    def run():
        for _ in tf.range(STEPS):
            optimizer.apply([gradient(w.value)])

    run()
    # Keras counts the rate in float32; what follows from it is compared in float64.
    compiled = tf.function(schedule(rate))
    rates = [float(compiled(tf.constant(epoch * EPOCH))) for epoch in range(STEPS // EPOCH)]
    closed = [closed_form(rate, epoch) for epoch in range(STEPS // EPOCH)]
    np.testing.assert_allclose(rates, closed, rtol=1e-6)
    rates = np.repeat(rates, EPOCH)
    expected = reference(rates, reference_gradient, np.array(start))
    assert np.abs(expected - start).max() > 0.05  # it went somewhere
    np.testing.assert_allclose(w.value, expected, rtol=1e-6)


@pytest.mark.tensorflow  # JAX has no float64 by default
@pytest.mark.parametrize("steps", [3, 200])
def test_the_average_of_the_course_is_keras_momentum_with_a_smaller_rate(steps, float64):
    """`v = b v + (1 - b) g`, `w = w - a v` equals Keras' momentum with the rate `a (1 - b)`."""
    rate, beta = 1e-3, 0.9
    w, v = np.array([3.0, -2.0, 0.5, 2.0]), np.zeros(4)
    ours = keras.Variable(w, dtype="float64")
    optimizer = keras.optimizers.SGD(rate * (1 - beta), momentum=beta)
    optimizer.build([ours])
    for _ in range(steps):
        optimizer.apply([_quadratic(ours.numpy())])
        v = beta * v + (1 - beta) * _quadratic(w)
        w = w - rate * v
    np.testing.assert_allclose(ours.numpy(), w, rtol=1e-6)


def test_batch_mini_batch_and_online_are_sizes_of_a_batch():
    """One update with the gradient of all, of ten, of each example."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(30, 3)), random.normal(size=(30, 1))
    for size, updates in ((30, 1), (10, 3), (1, 30)):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
        model.compile(keras.optimizers.SGD(0.05), "mse")
        w = model.get_weights()[0].astype("float64")
        model.fit(x, y, batch_size=size, shuffle=False, verbose=0)
        for start in range(0, 30, size):
            rows, aims = x[start : start + size], y[start : start + size]
            w = w - 0.05 * 2 * rows.T @ (rows @ w - aims) / size
        assert int(model.optimizer.iterations) == updates
        np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-4, atol=1e-5)


def test_wrong_arguments_are_named_and_the_schedule_survives_saving():
    with pytest.raises(ValueError, match=r"Received initial_learning_rate 0.1, decay_steps 0"):
        optimizers.SquareRootDecay(0.1, 0)
    schedule = optimizers.SquareRootDecay(0.1, 7)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert float(copy(20)) == float(schedule(20))
