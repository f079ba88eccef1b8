"""What a DQN is trained with."""

import dataclasses

import numpy as np

from keras_dl.rl.linear_schedule import LinearSchedule

_EPSILON = LinearSchedule(1.0, 0.01, 50_000)


@dataclasses.dataclass(frozen=True)
class DQNSettings:
    """Settings of `DQNTraining`. A step is one action of one game, whatever the number of games.

    Attributes:
        num_envs: int. Games that play side by side.
        capacity: int. Transitions in the replay buffer.
        learning_starts: int. Steps before the first update, with random actions by `epsilon`.
        batch_size: int. Transitions in an update.
        train_frequency: int. Steps between updates.
        target_interval: int. Steps between copies of the network for the targets.
        epsilon: `LinearSchedule`, the share of random actions.
        discount: float. What a reward one step later counts.
        n_steps: int. Rewards that are added up before the value of the next state is taken.
        prioritized_replay: bool. Prioritized replay, whose `beta` goes from 0.4 to 1 in the whole
            training.
        clip_rewards: bool. Learns from rewards clipped to [-1, 1]; scores are never clipped.
        reward_scale: float. Learns from rewards times this, after clipping: values in the tens are
            learned badly, since Huber's loss hardly feels an error of them, and are better scaled
            down to a few units.
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
                "epsilon must be a LinearSchedule, which a checkpoint can tell from another. "
                f"Received {self.epsilon!r}. LinearSchedule(0.1, 0.1, 1) is always 0.1."
            )
        names = ("num_envs", "capacity", "learning_starts", "batch_size", "train_frequency")
        for name in (*names, "target_interval", "n_steps"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 1. Received {getattr(self, name)}. The defaults of "
                    "DQNSettings are those of a short run."
                )
        if not 0 < self.reward_scale < np.inf:
            raise ValueError(
                f"reward_scale must be a number above 0. Received {self.reward_scale}. 1 leaves "
                "rewards as they are."
            )
        if self.learning_starts <= self.num_envs * self.n_steps:
            raise ValueError(
                "DQNSettings: learning_starts must be more than num_envs * n_steps, the steps "
                "before the first whole transition. Received learning_starts "
                f"{self.learning_starts}, num_envs {self.num_envs}, n_steps {self.n_steps}. Give "
                f"at least {self.num_envs * (self.n_steps + 1)}."
            )
        if not 0 <= self.discount <= 1:
            raise ValueError(
                f"discount must be from 0 to 1. Received {self.discount}. 0.99 is usual."
            )
