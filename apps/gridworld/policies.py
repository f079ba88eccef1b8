"""What a table of values does in its world, and what that is worth."""

import numpy as np


def greedy(q):
    """Returns the policy of the best actions, float64 `(states, actions)`; equal ones share."""
    best = q == q.max(1, keepdims=True)
    return best / best.sum(1, keepdims=True)


def start_value(world, policy, discount):
    """Returns the expected discounted return of a policy from the start, exactly.

    Args:
        world: `TransitionTable`.
        policy: float64 `(states, actions)`, probabilities of the actions.
        discount: float below 1.
    """
    states = np.arange(world.shape[0])
    chances = policy[..., None] * world.probabilities
    goes_on = np.zeros((len(states), len(states)))
    rows = np.broadcast_to(states[:, None, None], chances.shape)
    np.add.at(goes_on, (rows, world.next_states), discount * chances * ~world.terminated)
    rewards = (chances * world.rewards).sum((1, 2))
    return float(world.start @ np.linalg.solve(np.eye(len(states)) - goes_on, rewards))


def play(env, actions, games, seed):
    """Returns the sums of rewards of some games, float64 `(games,)`.

    Args:
        env: gymnasium environment.
        actions: list of int. The action in each state.
        games: int.
        seed: int, of the first reset.
    """
    returns = np.zeros(games)
    for game in range(games):
        state, _ = env.reset(seed=seed if game == 0 else None)
        over = False
        while not over:
            state, reward, terminated, truncated, _ = env.step(actions[state])
            returns[game] += reward
            over = terminated or truncated
    return returns
