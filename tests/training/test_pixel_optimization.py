import keras
import numpy as np
import pytest
import scipy.optimize

from keras_dl import training
from keras_dl.training import PixelOptimization

SHAPE = (4, 3, 3)
TARGET = np.random.default_rng(0).uniform(-40, 300, SHAPE)  # some beyond black and white
CURVATURE = np.random.default_rng(1).uniform(0.2, 2, SHAPE)
START = np.full(SHAPE, 100.0)


def _distance(pixels, step):
    difference = pixels - TARGET
    return {"loss": float((CURVATURE * difference**2).sum())}, 2 * CURVATURE * difference


def _all_steps(**options):
    optimization = PixelOptimization(_distance, START, **options)
    while not optimization.finished:
        row = optimization.step()
    return optimization.pixels, row


@pytest.mark.parametrize(
    "options",
    [
        {"method": "adam", "steps": 400},
        {"method": "lbfgs", "steps": 40},
        {"method": "gradient_descent", "steps": 100, "learning_rate": 0.2},
    ],
)
def test_pixels_come_to_the_nearest_color(options):
    pixels, row = _all_steps(**options)
    np.testing.assert_allclose(pixels, np.clip(TARGET, 0, 255), atol=0.5)
    assert row["step"] == options["steps"]
    assert pixels.min() == 0 and pixels.max() == 255


def test_adam_is_that_of_keras():
    inside = np.clip(TARGET, 60, 160)
    pixels = keras.Variable(START)
    decay = keras.optimizers.schedules.CosineDecay(3.0, 20)
    adam = keras.optimizers.Adam(decay, epsilon=1e-8)
    optimization = PixelOptimization(
        lambda pixels, step: ({"loss": 0.0}, pixels - inside), START, steps=20, learning_rate=3.0
    )
    for _ in range(20):
        adam.apply([pixels - inside], [pixels])
        optimization.step()
        np.testing.assert_allclose(optimization.pixels, pixels, rtol=1e-4)


def test_lbfgs_takes_few_evaluations_and_the_step_of_the_call():
    steps = []

    def function(pixels, step):
        steps.append(step)
        return _distance(pixels, step)

    optimization = PixelOptimization(function, START, method="lbfgs", steps=20)
    optimization.step()
    assert set(steps) == {0} and len(steps) < 25
    optimization.step()
    assert set(steps) == {0, 10}
    expected = scipy.optimize.minimize(
        lambda values: _distance(values.reshape(SHAPE), 0)[0]["loss"],
        START.ravel(),
        bounds=[(0, 255)] * START.size,
    )
    loss = _distance(optimization.pixels, 0)[0]["loss"]
    assert loss == pytest.approx(expected.fun, rel=1e-3)


@pytest.mark.parametrize("method", ["adam", "lbfgs", "gradient_descent"])
def test_a_run_that_resumes_has_the_same_pixels(tmp_path, method):
    options = {"method": method, "steps": 40, "learning_rate": 0.1}
    whole = PixelOptimization(_distance, START, **options)
    with training.Run(tmp_path / "whole") as run:
        training.train_by_steps(whole, run=run)
    with training.Run(tmp_path / "broken") as run:
        part = PixelOptimization(_distance, START, **options)
        training.train_by_steps(part, run=run, stop=lambda row: row["step"] >= 20)
    assert not part.finished
    with training.Run(tmp_path / "broken", resume=True) as run:
        resumed = PixelOptimization(_distance, START, **options)
        history = training.train_by_steps(resumed, run=run)
    np.testing.assert_array_equal(resumed.pixels, whole.pixels)
    assert history["step"][-1] == 40
    other = PixelOptimization(_distance, START, **options | {"learning_rate": 0.2})
    with (
        training.Run(tmp_path / "broken", resume=True) as run,
        pytest.raises(ValueError, match=r"must have the settings of this run.*learning_rate"),
    ):
        training.train_by_steps(other, run=run)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "sgd"}, r"method must be one of adam, lbfgs, gradient_descent. Received 'sgd'"),
        ({"steps": 0}, "steps must be a positive multiple of 1 for adam. Received 0. Choose 1"),
        ({"method": "lbfgs", "steps": 25}, "multiple of 10 for lbfgs. Received 25. Choose 20"),
        ({"learning_rate": 0.0}, "learning_rate must be positive. Received 0.0"),
    ],
)
def test_bad_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        PixelOptimization(_distance, START, **options)


def test_a_loss_that_is_not_finite_ends_it():
    optimization = PixelOptimization(lambda pixels, step: ({"loss": np.nan}, pixels), START)
    with pytest.raises(FloatingPointError, match=r"loss must be finite. Received nan in step 0"):
        optimization.step()
