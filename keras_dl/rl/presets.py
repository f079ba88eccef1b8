"""Presets of settings and optimizers for DQN training."""

import keras

from keras_dl.optimizers.fused_adam import FusedAdam
from keras_dl.rl.dqn_settings import DQNSettings
from keras_dl.rl.linear_schedule import LinearSchedule


def fast(steps: int) -> tuple[DQNSettings, keras.optimizers.Optimizer]:
    """Returns settings and an optimizer for training in minutes instead of days.

    Five-step returns and prioritized replay carry rewards back to earlier actions in fewer updates.
    Exploration lasts for a tenth of the steps, but for at least 5,000 steps. It never takes more
    than a third of the steps, or more than 50,000 steps. The learning rate of Adam decays
    exponentially to a twentieth: large updates win the first games early, and small updates later
    preserve that progress. The epsilon of Adam is taken from Hessel et al.

    Args:
        steps: int. Number of steps of the whole training run.

    Reference: Hessel et al. 2018, "Rainbow: Combining Improvements in Deep Reinforcement Learning".
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
    """Returns the settings of the DQN paper, for runs of millions of steps with four frames each.

    The replay buffer holds a million transitions (7.1 GB). Targets are one-step, the target network
    is updated every 10,000 updates, and the optimizer is RMSProp. Exploration decays over a million
    actions: the text of the paper counts frames here, but its authors' program counts actions.

    Args:
        steps: int. Number of steps of the whole training run; the paper used 12.5 million.

    Reference: Mnih et al. 2015, "Human-level control through deep reinforcement learning", Extended
    Data Table 1.
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
    # The "gradient momentum" 0.95 in the paper's table applies to the mean that `centered` uses.
    return settings, keras.optimizers.RMSprop(2.5e-4, rho=0.95, epsilon=0.01, centered=True)


PRESETS = {"fast": fast, "nature": nature}
