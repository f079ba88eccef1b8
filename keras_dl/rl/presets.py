"""Settings and optimizers that belong together, by name."""

import keras

from keras_dl.optimizers.fused_adam import FusedAdam
from keras_dl.rl.dqn_settings import DQNSettings
from keras_dl.rl.linear_schedule import LinearSchedule


def fast(steps: int) -> tuple[DQNSettings, keras.optimizers.Optimizer]:
    """Returns settings and optimizer that learn in minutes, not days.

    Rewards of five steps are added up and transitions replayed by priority, which carries rewards
    back to what earned them in fewer updates; exploration ends after a tenth of the steps (at least
    5,000, unless that is more than a third, at most 50,000), and Adam's step size falls by the same
    share in each update, to a twentieth: large ones win first games early, small ones keep what was
    won. Adam's epsilon is that of Hessel et al.

    Args:
        steps: int. Steps of the whole training.

    Reference:
        Hessel et al., 2018, "Rainbow: Combining Improvements in Deep Reinforcement Learning".
    """
    explore = min(max(steps // 10, 5_000), max(steps // 3, 1), 50_000)
    settings = DQNSettings(
        capacity=-(-min(100_000, max(steps, 400)) // 8) * 8,
        learning_starts=max(min(5_000, steps // 20), 100),
        target_interval=1_000,
        epsilon=LinearSchedule(1.0, 0.01, explore),
        n_steps=5,
        prioritized_replay=True,
    )
    updates = max((steps - settings.learning_starts) // settings.train_frequency, 1)
    schedule = keras.optimizers.schedules.ExponentialDecay(5e-4, updates, 0.05)
    return settings, FusedAdam(schedule, epsilon=1.5e-4)


def nature(steps: int) -> tuple[DQNSettings, keras.optimizers.Optimizer]:
    """Returns the settings of the paper, in steps of four frames, for runs of millions of steps.

    A million transitions (7.1 GB), one-step targets, copies every 10,000 updates, and RMSProp.
    Exploration falls for a million actions: the paper's text counts frames there, its authors'
    program actions.

    Args:
        steps: int. Steps of the whole training; the paper made 12.5 million.

    Reference:
        Mnih et al., 2015, "Human-level control through deep reinforcement learning", Extended Data
        Table 1.
    """
    del steps
    settings = DQNSettings(
        capacity=1_000_000,
        learning_starts=50_000,
        target_interval=40_000,
        epsilon=LinearSchedule(1.0, 0.1, 1_000_000),
        n_steps=1,
        prioritized_replay=False,
    )
    # The table's "gradient momentum" 0.95 is that of the mean that `centered` subtracts.
    return settings, keras.optimizers.RMSprop(2.5e-4, rho=0.95, epsilon=0.01, centered=True)


PRESETS = {"fast": fast, "nature": nature}
