"""Reinforcement learning: games, replay, tabular Q-learning and DQN.

`training.train_by_steps` runs a `DQNTraining` or a `QLearningTraining`.
Only the games need the optional dependencies `keras_dl[atari]` (gymnasium and ale-py).
"""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.rl.dqn import DQN
from keras_dl.rl.dqn_settings import DQNSettings
from keras_dl.rl.dqn_training import DQNTraining
from keras_dl.rl.evaluate_policy import EpisodeResults, episode_steps, evaluate_policy
from keras_dl.rl.frame_stacks import FrameStacks
from keras_dl.rl.games import (
    atari,
    atari_actions,
    atari_games,
    atari_name,
    catch,
    gymnasium_games,
)
from keras_dl.rl.linear_schedule import LinearSchedule
from keras_dl.rl.policy_evaluation import greedy_policy, policy_values
from keras_dl.rl.presets import PRESETS
from keras_dl.rl.q_learning import QLearning, VisitCountSchedule
from keras_dl.rl.q_learning_training import QLearningTraining
from keras_dl.rl.replay_buffer import Batch, ReplayBuffer
from keras_dl.rl.replayable_vector_env import ReplayableVectorEnv, Step
from keras_dl.rl.sum_tree import SumTree
from keras_dl.rl.transition_table import TransitionTable
from keras_dl.rl.value_iteration import value_iteration

__all__ = [
    "DQN",
    "PRESETS",
    "Batch",
    "DQNSettings",
    "DQNTraining",
    "EpisodeResults",
    "FrameStacks",
    "LinearSchedule",
    "QLearning",
    "QLearningTraining",
    "ReplayBuffer",
    "ReplayableVectorEnv",
    "Step",
    "SumTree",
    "TransitionTable",
    "VisitCountSchedule",
    "atari",
    "atari_actions",
    "atari_games",
    "atari_name",
    "catch",
    "episode_steps",
    "evaluate_policy",
    "greedy_policy",
    "gymnasium_games",
    "policy_values",
    "value_iteration",
]
