"""Settings of a DQN, and the presets."""

import keras
import numpy as np
import pytest

from keras_dl import rl


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1. Received 0"),
        (
            {"learning_starts": 20},
            ValueError,
            "Received learning_starts 20, num_envs 8, n_steps 3. Use at least 32",
        ),
        ({"discount": 1.1}, ValueError, "discount must be from 0 to 1. Received 1.1"),
        ({"reward_scale": 0.0}, ValueError, "reward_scale must be finite and above 0. Received 0"),
        ({"reward_scale": -1.0}, ValueError, "Received -1.0"),
        ({"reward_scale": np.inf}, ValueError, "Received inf"),
        ({"reward_scale": np.nan}, ValueError, "Received nan"),
        ({"epsilon": lambda step: 0.1}, TypeError, "epsilon must be a LinearSchedule"),
    ],
)
def test_wrong_settings_are_refused(changes, error, message):
    with pytest.raises(error, match=message):
        rl.DQNSettings(**changes)


@pytest.mark.parametrize("name", sorted(rl.PRESETS))
@pytest.mark.parametrize("steps", [1, 200, 400_000, 12_500_000])
def test_presets_fit_any_length(name, steps):
    settings, optimizer = rl.PRESETS[name](steps)
    assert settings.capacity % settings.num_envs == 0
    assert isinstance(optimizer, keras.optimizers.Optimizer)


@pytest.mark.parametrize(
    ("steps", "starts"),
    [(1, 100), (400, 100), (20_000, 1_000), (100_000, 5_000), (400_000, 5_000)],
)
def test_fast_learns_from_a_twentieth_on(steps, starts):
    settings, _ = rl.PRESETS["fast"](steps)
    assert settings.learning_starts == starts


def test_nature_is_the_table_of_the_paper():
    settings, optimizer = rl.PRESETS["nature"](12_500_000)
    assert settings == rl.DQNSettings(
        capacity=1_000_000,
        learning_starts=50_000,
        batch_size=32,
        train_frequency=4,
        target_interval=4 * 10_000,  # the paper counts updates
        epsilon=rl.LinearSchedule(1.0, 0.1, 1_000_000),
        discount=0.99,
        n_steps=1,
    )
    config = optimizer.get_config()
    given = {name: config[name] for name in ("learning_rate", "rho", "momentum", "epsilon")}
    paper = {"learning_rate": 0.00025, "rho": 0.95, "momentum": 0.0, "epsilon": 0.01}
    assert given == pytest.approx(paper)
    assert config["centered"]


@pytest.mark.parametrize(
    ("steps", "explore"),
    [(300, 100), (6_000, 2_000), (20_000, 5_000), (400_000, 40_000), (12_500_000, 50_000)],
)
def test_fast_explores_for_a_tenth_of_a_long_run(steps, explore):
    settings, _ = rl.PRESETS["fast"](steps)
    assert settings.epsilon == rl.LinearSchedule(1.0, 0.01, explore)
    assert settings.n_steps == 5 and settings.prioritized_replay


def test_fast_begins_with_long_steps_and_ends_with_short_ones():
    _, optimizer = rl.PRESETS["fast"](400_000)
    schedule = optimizer._learning_rate
    # An update every 4 steps from step 5,000 on.
    sizes = [float(schedule(update)) for update in (0, 98_750 // 2, 98_750)]
    np.testing.assert_allclose(sizes, [5e-4, 5e-4 / 20**0.5, 2.5e-5], rtol=1e-3)
    assert optimizer.epsilon == 1.5e-4
