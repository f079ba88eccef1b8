import gymnasium
import numpy as np
import pytest

from keras_dl.rl.transition_table import TransitionTable

WORLDS = ["FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "Taxi-v4"]


@pytest.mark.parametrize("name", WORLDS)
def test_the_table_is_that_of_gymnasium(name):
    env = gymnasium.make(name)
    found = TransitionTable.of(env)
    assert found.shape == (env.observation_space.n, env.action_space.n)
    np.testing.assert_allclose(found.probabilities.sum(-1), 1)
    np.testing.assert_allclose(found.start.sum(), 1)
    random = np.random.default_rng(0)
    states, actions = (random.integers(size, size=200) for size in found.shape)
    for state, action in zip(states, actions, strict=True):
        kept = found.probabilities[state, action] > 0
        fields = ("probabilities", "next_states", "rewards", "terminated")
        rows = zip(*(getattr(found, field)[state, action][kept] for field in fields), strict=True)
        assert sorted(rows) == sorted(env.unwrapped.P[state][action])


@pytest.mark.parametrize("name", WORLDS)
def test_played_states_are_those_that_games_come_through(name):
    env = gymnasium.make(name)
    seen, ended = set(), set()
    random = np.random.default_rng(1)
    state, _ = env.reset(seed=1)
    # Enough for the small worlds; in the others, nothing may be seen that is not in the table.
    for _ in range(20_000):
        seen.add(int(state))
        state, _, terminated, truncated, _ = env.step(int(random.integers(env.action_space.n)))
        if terminated:
            ended.add(int(state))
        if terminated or truncated:
            state, _ = env.reset()
    found = TransitionTable.of(env)
    played = set(np.flatnonzero(found.reachable))
    assert seen <= played and ended <= set(np.flatnonzero(found.terminal)) and not played & ended
    number = {"FrozenLake-v1": 11, "FrozenLake8x8-v1": 53, "CliffWalking-v1": 37, "Taxi-v4": 400}
    assert len(played) == number[name]
    if name in ("FrozenLake-v1", "CliffWalking-v1"):
        assert seen == played


def test_an_environment_without_a_table():
    with pytest.raises(TypeError, match=r"Received CartPoleEnv.*QLearning.learn"):
        TransitionTable.of(gymnasium.make("CartPole-v1"))
