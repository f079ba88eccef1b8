"""Hyperparameters of DQN training."""

import dataclasses

import numpy as np

from keras_dl.rl.linear_schedule import LinearSchedule

_EPSILON = LinearSchedule(1.0, 0.01, 50_000)


@dataclasses.dataclass(frozen=True)
class DQNSettings:
    """Hyperparameters of `DQNTraining`. A step is one action in one game, for any `num_envs`.

    Attributes:
        num_envs: int. Number of parallel games.
        capacity: int. Number of transitions in the replay buffer.
        learning_starts: int. Number of steps before the first update. Their actions are also
            epsilon-greedy.
        batch_size: int. Number of transitions per update.
        train_frequency: int. Number of steps between updates.
        target_interval: int. Number of steps between updates of the target network.
        epsilon: `LinearSchedule`. Fraction of random actions.
        discount: float from 0 to 1. Discount factor per step.
        n_steps: int. Number of rewards that are summed before the value of the next state is added.
        prioritized_replay: bool. Whether to use prioritized replay. Its `beta` rises from 0.4 to 1
            over the training run.
        clip_rewards: bool. Whether to clip rewards to [-1, 1]. Scores are never clipped.
        reward_scale: float. Factor applied to the rewards for learning, after clipping. Q values in
            the tens are learned poorly, because the Huber loss clips the gradients of large errors.
            Use a factor that scales them down to a few units.
    """

    num_envs: int = 8
    capacity: int = 100_000
    learning_starts: int = 5_000
    batch_size: int = 32
    train_frequency: int = 4
    target_interval: int = 1_000
    epsilon: LinearSchedule = _EPSILON
    discount: float = 0.99
    n_steps: int = 3
    prioritized_replay: bool = False
    clip_rewards: bool = True
    reward_scale: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.epsilon, LinearSchedule):
            raise TypeError(
                "DQNSettings: epsilon must be a LinearSchedule, because checkpoints compare it. "
                f"Received {self.epsilon!r}. Use LinearSchedule(0.1, 0.1, 1) for a constant 0.1."
            )
        names = ("num_envs", "capacity", "learning_starts", "batch_size", "train_frequency")
        for name in (*names, "target_interval", "n_steps"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"DQNSettings: {name} must be at least 1. Received {getattr(self, name)}. Use "
                    f"a larger {name}."
                )
        if not 0 < self.reward_scale < np.inf:
            raise ValueError(
                "DQNSettings: reward_scale must be finite and above 0. Received "
                f"{self.reward_scale}. Use 1 to leave the rewards unchanged."
            )
        if self.learning_starts <= self.num_envs * self.n_steps:
            raise ValueError(
                "DQNSettings: learning_starts must be more than num_envs * n_steps, the steps "
                "before the first complete transition. Received learning_starts "
                f"{self.learning_starts}, num_envs {self.num_envs}, n_steps {self.n_steps}. Use "
                f"at least {self.num_envs * (self.n_steps + 1)}."
            )
        if not 0 <= self.discount <= 1:
            raise ValueError(
                f"DQNSettings: discount must be from 0 to 1. Received {self.discount}. Use 0.99, "
                "for instance."
            )
