"""Whole games, each counted once."""

import numpy as np
import pytest

from keras_dl import rl


def still(states):
    return np.zeros(len(states), int)


def test_every_game_is_counted_from_its_beginning_to_its_end():
    games = rl.evaluate_policy(
        still, rl.gymnasium_games("CartPole-v1", 6, seed=0), state_shape=(4,), epsilon=0.0, seed=0
    )
    # A point for each step; pushed to one side, the pole falls within eleven steps.
    np.testing.assert_array_equal(games.scores, games.steps)
    assert all(
        len(actions) == steps for actions, steps in zip(games.actions, games.steps, strict=True)
    )
    assert games.steps.min() >= 8 and games.steps.max() <= 11 and len(set(games.steps)) > 1


def test_the_actions_are_the_game():
    environments = rl.catch(3, seed=5)
    games = rl.evaluate_policy(still, environments, state_shape=(84, 84, 4), epsilon=1.0, seed=1)
    again = rl.catch(3, seed=5)
    scores = np.zeros(3)
    for step in range(games.steps.max()):
        again.send([actions[step] if step < len(actions) else 0 for actions in games.actions])
        rewards = again.receive().rewards
        scores += rewards * (step < games.steps)
    np.testing.assert_array_equal(scores, games.scores)


def test_chance_is_drawn_for_each_game():
    games = rl.evaluate_policy(
        still, rl.catch(8, seed=0), state_shape=(84, 84, 4), epsilon=0.5, seed=0
    )
    length = games.steps.min()
    moved = np.array([actions[:length] != 0 for actions in games.actions])
    mixed = moved.any(0) & ~moved.all(0)
    assert mixed.mean() > 0.9


def test_epsilon_is_the_share_of_random_actions():
    environments = rl.catch(8, seed=0)
    games = rl.evaluate_policy(still, environments, state_shape=(84, 84, 4), epsilon=0.6, seed=0)
    actions = np.concatenate(games.actions)
    assert abs((actions != 0).mean() - 0.4) < 0.05
    with pytest.raises(ValueError, match=r"Received 1.5"):
        rl.evaluate_policy(still, environments, state_shape=(84, 84, 4), epsilon=1.5, seed=0)
    with pytest.raises(ValueError, match=r"after [1-9]"):
        rl.evaluate_policy(still, environments, state_shape=(84, 84, 4), epsilon=0.5, seed=0)
    with pytest.raises(ValueError, match=r"stack of frames. Received \(4,\)"):
        rl.evaluate_policy(still, rl.catch(8, seed=0), state_shape=(4,), epsilon=0.5, seed=0)
