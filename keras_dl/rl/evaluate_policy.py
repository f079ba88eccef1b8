"""Evaluation of a fixed policy on whole episodes."""

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from keras_dl.rl.frame_stacks import FrameStacks, frames_in
from keras_dl.rl.replayable_vector_env import ReplayableVectorEnv, Step


@dataclasses.dataclass(frozen=True)
class EpisodeResults:
    """Results of one episode in each environment.

    Attributes:
        scores: float64 `(games,)`. Sum of the rewards of each episode, not clipped or discounted.
        steps: int64 `(games,)`. Number of actions in each episode.
        actions: list of int arrays. Actions of each episode.
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

    Each environment contributes exactly one episode. If instead the first episodes to end were
    counted, short episodes would count more often.

    Args:
        act: function that maps states `(num_envs, *state_shape)` to int actions `(num_envs,)`.
        environments: new `ReplayableVectorEnv` with one environment for each game to play.
        state_shape: tuple of ints. Shape of a state, with the frames along the last axis.
        epsilon: float from 0 to 1. Fraction of random actions.
        seed: int. Seed of the random actions.

    Returns:
        `EpisodeResults`.

    Raises:
        ValueError: if `epsilon` is out of range, the games are not new, or the shapes do not match.
    """
    scores = np.full(environments.num_envs, np.nan)
    played = []
    for actions, step in episode_steps(
        act, environments, state_shape=state_shape, epsilon=epsilon, seed=seed
    ):
        played.append(actions)
        for game, score in step.scores.items():
            if np.isnan(scores[game]):
                # The game was over, so its last action was ignored.
                scores[game] = score
                actions[game] = -1
        if not np.isnan(scores).any():
            break
    # Drops the later episodes of games that ended early.
    table = np.array(played)
    steps = np.argmax(table == -1, axis=0)
    return EpisodeResults(scores, steps, [table[:end, game] for game, end in enumerate(steps)])


def episode_steps(
    act: Callable[[np.ndarray], ArrayLike],
    environments: ReplayableVectorEnv,
    *,
    state_shape: tuple[int, ...],
    epsilon: float,
    seed: int,
) -> Iterator[tuple[np.ndarray, Step]]:
    """Yields the steps of the games that `evaluate_policy` plays, without end.

    Args:
        act: function that maps states `(num_envs, *state_shape)` to int actions `(num_envs,)`.
        environments: new `ReplayableVectorEnv`.
        state_shape: tuple of ints. Shape of a state, with the frames along the last axis.
        epsilon: float from 0 to 1. Fraction of random actions.
        seed: int. Seed of the random actions.

    Yields:
        pair of the actions, int `(num_envs,)`, and the `Step`.

    Raises:
        ValueError: if `epsilon` is out of range, the games are not new, or the shapes do not match.
    """
    if not 0 <= epsilon <= 1:
        raise ValueError(
            f"episode_steps: epsilon must be from 0 to 1. Received {epsilon}. Use 0.01, for "
            "instance."
        )
    num_envs = environments.num_envs
    random = np.random.default_rng(seed)
    stack = frames_in(state_shape, environments.frame_shape)
    if environments.time:
        raise ValueError(
            "episode_steps: environments must be new. Received environments after "
            f"{environments.time} steps. Create new ones."
        )
    if not stack:
        raise ValueError(
            "episode_steps: state_shape must be that of a stack of frames. Received "
            f"{tuple(state_shape)}, with frames of {environments.frame_shape}. Pass the input "
            "shape of the model."
        )
    stacks = FrameStacks(environments.frames, stack, state_shape)
    while True:
        explores = random.random(num_envs) < epsilon
        chance = random.integers(0, environments.num_actions, num_envs)
        actions = np.where(explores, chance, act(stacks.states))
        environments.send(actions)
        step = environments.receive()
        stacks.push(environments.frames, step.autoreset)
        yield actions, step
