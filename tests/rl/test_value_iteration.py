import gymnasium
import numpy as np
import pytest
from scipy.optimize import linprog

from keras_dl.rl.transition_table import TransitionTable
from keras_dl.rl.value_iteration import value_iteration


@pytest.mark.parametrize("name", ["FrozenLake-v1", "CliffWalking-v1"])
@pytest.mark.parametrize("discount", [0.5, 0.95])
def test_values_are_the_solution_of_the_linear_program(name, discount):
    # The least V with V(s) >= E[r + discount V(s')] for all actions (Puterman 1994, section 6.9).
    world = gymnasium.make(name).unwrapped
    states, actions = world.observation_space.n, world.action_space.n
    rows, bounds = [], []
    for state in range(states):
        for action in range(actions):
            row, bound = np.zeros(states), 0.0
            row[state] -= 1
            for chance, following, reward, terminated in world.P[state][action]:
                bound -= chance * reward
                row[following] += 0 if terminated else discount * chance
            rows.append(row)
            bounds.append(bound)
    least = linprog(np.ones(states), rows, bounds, bounds=(None, None))
    found = value_iteration(TransitionTable.of(gymnasium.make(name)), discount)
    np.testing.assert_allclose(found.max(1), least.x, atol=1e-6)


def test_the_tolerance_bounds_the_error():
    table = TransitionTable.of(gymnasium.make("FrozenLake8x8-v1"))
    exact, rough = (value_iteration(table, 0.99, tolerance=t) for t in (1e-13, 1e-3))
    assert 1e-9 < np.abs(exact - rough).max() <= 1e-3


@pytest.mark.parametrize("discount", [1.0, -0.1, float("nan")])
def test_a_discount_out_of_range(discount):
    table = TransitionTable.of(gymnasium.make("FrozenLake-v1"))
    with pytest.raises(ValueError, match=f"Received {discount}"):
        value_iteration(table, discount)
