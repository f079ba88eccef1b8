"""Learning by playing: games, replay, Q-learning with tables and with networks.

Games need the extra `atari` (gymnasium, ale-py); nothing else here does.
"""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.rl.dqn import DQN
from keras_dl.rl.dqn_fit import fit
from keras_dl.rl.dqn_training import DQNTraining
from keras_dl.rl.environments import Environments, Step
from keras_dl.rl.epsilon import LinearEpsilon
from keras_dl.rl.frame_stacks import FrameStacks
from keras_dl.rl.games import (
    atari,
    atari_actions,
    atari_games,
    atari_name,
    catch,
    gymnasium_games,
)
from keras_dl.rl.playing import Games, play_games
from keras_dl.rl.policy_evaluation import greedy_policy, policy_values
from keras_dl.rl.presets import PRESETS
from keras_dl.rl.q_learning import QLearning, VisitDecay
from keras_dl.rl.replay_buffer import Batch, ReplayBuffer
from keras_dl.rl.settings import DQNSettings
from keras_dl.rl.sum_tree import SumTree
from keras_dl.rl.transition_table import TransitionTable
from keras_dl.rl.value_iteration import value_iteration

__all__ = [
    "DQN",
    "PRESETS",
    "Batch",
    "DQNSettings",
    "DQNTraining",
    "Environments",
    "FrameStacks",
    "Games",
    "LinearEpsilon",
    "QLearning",
    "ReplayBuffer",
    "Step",
    "SumTree",
    "TransitionTable",
    "VisitDecay",
    "atari",
    "atari_actions",
    "atari_games",
    "atari_name",
    "catch",
    "fit",
    "greedy_policy",
    "gymnasium_games",
    "play_games",
    "policy_values",
    "value_iteration",
]
