"""Whole games played by a policy that does not learn."""

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from keras_dl.rl.frame_stacks import FrameStacks, frames_in
from keras_dl.rl.replayable_vector_env import ReplayableVectorEnv


@dataclasses.dataclass(frozen=True)
class EpisodeResults:
    """What came of some games, one of each environment.

    Attributes:
        scores: float64 `[games]`: rewards of whole games, neither clipped nor discounted.
        steps: int64 `[games]`: actions in each.
        actions: list of the int arrays of actions, one to a game.
    """

    scores: np.ndarray
    steps: np.ndarray
    actions: list


def evaluate_policy(
    act: Callable[[np.ndarray], ArrayLike],
    environments: ReplayableVectorEnv,
    *,
    state_shape: tuple[int, ...],
    epsilon: float,
    seed: int,
) -> EpisodeResults:
    """Plays the first episode of each environment to its end.

    Games side by side that are counted until enough are over would count short ones more often;
    here every game counts.

    Args:
        act: function from states `[num_envs, *state_shape]` to actions, ints `[num_envs]`.
        environments: new `ReplayableVectorEnv`, as many as games are wanted.
        state_shape: shape of a state, with the frames along the last axis.
        epsilon: float from 0 to 1. Share of random actions.
        seed: int, of the random actions.

    Returns:
        `EpisodeResults`.

    Raises:
        ValueError: if `epsilon` is no share, the games are not new, or a state is no whole frames.
    """
    if not 0 <= epsilon <= 1:
        raise ValueError(f"epsilon must be from 0 to 1. Received {epsilon}. 0.01 is usual.")
    num_envs = environments.num_envs
    random = np.random.default_rng(seed)
    stack = frames_in(state_shape, environments.frame_shape)
    if not stack or environments.time:
        raise ValueError(
            "environments must be new games, and a state whole frames of them. Received games "
            f"after {environments.time} steps with frames of {environments.frame_shape}, and "
            f"states of {tuple(state_shape)}. Make the games anew."
        )
    stacks = FrameStacks(environments.frames, stack, state_shape)
    scores = np.full(num_envs, np.nan)
    actions = []
    while np.isnan(scores).any():
        explores = random.random(num_envs) < epsilon
        chance = random.integers(0, environments.num_actions, num_envs)
        actions.append(np.where(explores, chance, act(stacks.states)))
        environments.send(actions[-1])
        step = environments.receive()
        stacks.push(environments.frames, step.autoreset)
        for game, score in step.scores.items():
            if np.isnan(scores[game]):
                # The last action was ignored: the game was over.
                scores[game] = score
                actions[-1][game] = -1
    played = np.array(actions)
    # Later episodes of games that were over early are left out.
    steps = np.argmax(played == -1, axis=0)
    return EpisodeResults(scores, steps, [played[:end, game] for game, end in enumerate(steps)])
