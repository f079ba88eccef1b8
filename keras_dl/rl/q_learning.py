"""Tabular Q-learning: one agent in any environment, or many agents with known dynamics."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from keras_dl.rl.transition_table import TransitionTable
from keras_dl.training.atomic_file import Json

if TYPE_CHECKING:
    import gymnasium

Counts: TypeAlias = int | np.ndarray
"""Number of visits or updates: an int, or an array with one entry per state and action."""
Rates: TypeAlias = float | np.ndarray
"""Learning rates, one for each entry of `Counts`."""
_ARRAYS = ("table", "visits", "population")


@dataclasses.dataclass(frozen=True)
class VisitCountSchedule:
    """Learning rate that falls with the visit count, `1 - (1 - 1 / visits) ** power`.

    Each Q value is then a weighted mean of all its targets. Power 1 weighs them equally. A higher
    power gives less weight to early targets, which used values that were not learned yet: the
    weight of target i of n is about `(i / n) ** (power - 1)`. The sum of the rates is infinite and
    the sum of their squares is finite, which Q-learning needs to converge.

    Args:
        power: float, at least 1.

    Raises:
        ValueError: if `power` is below 1.

    Example:
    >>> average = VisitCountSchedule(1.0)
    >>> average(visits=0), average(visits=3), average(visits=4, count=4)
    (1.0, 0.25, 0.5)

    Reference: Shamir & Zhang 2013, arXiv:1212.1824, section 4 (polynomial-decay averaging).
    """

    power: float

    def __post_init__(self) -> None:
        if not self.power >= 1:
            raise ValueError(
                f"VisitCountSchedule: power must be at least 1. Received {self.power}. Use 1 "
                "for the plain average."
            )

    def __call__(self, visits: Counts, count: Counts = 1) -> Rates:
        """Returns the combined rate of `count` updates after `visits` visits."""
        return 1.0 - (visits / (visits + count)) ** self.power


class QLearning:
    """Tabular Q-learning agent.

    The update is `Q(s, a) <- Q(s, a) + rate [r + discount max_a' Q(s', a') - Q(s, a)]`, without the
    maximum if the game terminated. The maximum is kept if the game was truncated, because it would
    have continued. Actions are epsilon-greedy. Ties are broken randomly, because otherwise an
    untrained agent would always take the same path.

    Args:
        num_states: int, at least 1.
        num_actions: int, at least 1.
        discount: float from 0 to 1. Discount factor per step.
        epsilon: float, or function of the number of steps such as `LinearSchedule`. Fraction of
            random actions. Every step of every agent counts as one.
        learning_rate: float above 0 and up to 1, or function of the number of previous visits and
            the number of updates, such as `VisitCountSchedule`.
        seed: int. Seed of all randomness.

    Attributes:
        table: float64 `(states, actions)`. Q values, initially 0.
        visits: int64 `(states, actions)`. How often each action was taken.
        population: int64 `(states,)`. Number of agents of `learn_population` in each state.
        step: int. Number of steps of all agents.

    Raises:
        ValueError: if an argument is out of range.

    Example:
    >>> agent = QLearning(2, 2, discount=0.5, epsilon=0.1, learning_rate=0.5)
    >>> agent.update(0, 1, 1.0, 1, terminated=False)
    >>> agent.update(1, 0, 0.0, 0, terminated=False)
    >>> agent.table.tolist()
    [[0.0, 0.5], [0.125, 0.0]]

    Reference: Watkins & Dayan 1992, doi:10.1007/BF00992698.
    """

    def __init__(
        self,
        num_states: int,
        num_actions: int,
        *,
        discount: float,
        epsilon: float | Callable[[int], float],
        learning_rate: float | Callable[[Counts, Counts], Rates],
        seed: int = 0,
    ) -> None:
        _check("num_states", num_states, num_states >= 1, "at least 1")
        _check("num_actions", num_actions, num_actions >= 1, "at least 1")
        _check("discount", discount, 0 <= discount <= 1, "from 0 to 1")
        if not callable(epsilon):
            _check("epsilon", epsilon, 0 <= epsilon <= 1, "from 0 to 1")
        if not callable(learning_rate):
            _check("learning_rate", learning_rate, 0 < learning_rate <= 1, "above 0 and up to 1")
        self.discount = discount
        self.epsilon = epsilon if callable(epsilon) else lambda step: epsilon
        self.rate = learning_rate if callable(learning_rate) else _constant(learning_rate)
        self.table = np.zeros((num_states, num_actions))
        self.visits = np.zeros((num_states, num_actions), "int64")
        self.population = np.zeros(num_states, "int64")
        self.step = 0
        self._random = np.random.default_rng(seed)

    def act(self, state: int) -> int:
        """Returns an action (int): random with probability epsilon, otherwise the best one."""
        values = self.table[state].tolist()
        if self._random.random() < self.epsilon(self.step):
            return int(self._random.integers(len(values)))
        highest = max(values)
        best = [action for action, value in enumerate(values) if value == highest]
        return best[0] if len(best) == 1 else best[self._random.integers(len(best))]

    def update(
        self, state: int, action: int, reward: float, next_state: int, *, terminated: bool
    ) -> None:
        """Updates the table with one transition."""
        target = reward if terminated else reward + self.discount * self.table[next_state].max()
        rate = self.rate(int(self.visits[state, action]), 1)
        self.table[state, action] += rate * (target - self.table[state, action])
        self.visits[state, action] += 1
        self.step += 1

    def learn(self, env: "gymnasium.Env", steps: int) -> list[float]:
        """Trains one agent in an environment, step by step.

        Args:
            env: gymnasium environment with discrete states and actions. It is reset first.
            steps: int. Number of steps.

        Returns:
            list of floats, the sum of rewards of each game that terminated or was truncated.
        """
        scores, score = [], 0.0
        state, _ = env.reset(seed=int(self._random.integers(2**31)))
        for _ in range(steps):
            action = self.act(state)
            next_state, given, terminated, truncated, _ = env.step(action)
            reward = cast(float, given)  # gymnasium declares a wider type
            self.update(state, action, reward, next_state, terminated=terminated)
            score, state = score + reward, next_state
            if terminated or truncated:
                scores.append(score)
                score = 0.0
                state, _ = env.reset()
        return scores

    def learn_population(
        self, transitions: TransitionTable, steps: int, *, num_agents: int
    ) -> tuple[float, int]:
        """Trains the table with many agents that share it and step together.

        Agents in the same state are interchangeable, so only their number is stored. Each step
        samples from multinomial distributions how many of them take each action and get each
        outcome. The result is distributed as with independent agents, and a step of a million
        agents takes as long as a step of one.

        k agents that take the same action in the same state make k updates in sequence, each with
        the mean of their k targets. All targets use the table from before the step. An agent whose
        game has ended starts the next one in the same step.

        Args:
            transitions: `TransitionTable`.
            steps: int. Number of steps of each agent.
            num_agents: int, from 1 to 1e12. The agents continue from their states in the last
                call, or start new games if their number changed.

        Returns:
            tuple of the sum of all rewards (float) and the number of games that ended (int).

        Raises:
            ValueError: if `transitions` and the table differ in size, or `num_agents` is out of
                range.
        """
        if transitions.shape != self.table.shape:
            raise ValueError(
                f"QLearning: transitions must have the shape of the table, {self.table.shape}. "
                f"Received {transitions.shape}. Create the agent with that size."
            )
        _check("num_agents", num_agents, 1 <= num_agents <= 1e12, "from 1 to 1e12")
        if self.population.sum() != num_agents:
            self.population = self._random.multinomial(num_agents, transitions.start)
        reward, games = 0.0, 0
        for _ in range(steps):
            outcomes = self._outcomes(transitions)
            reward += float((outcomes * transitions.rewards).sum())
            self._update_many(transitions, outcomes)
            games += self._move(transitions, outcomes)
            self.step += num_agents
        return reward, games

    def _outcomes(self, transitions):
        """Samples the outcomes: int64 `(states, actions, outcomes)`, numbers of agents."""
        epsilon = self.epsilon(self.step)
        best = self.table == self.table.max(1, keepdims=True)
        chances = epsilon / best.shape[1] + (1 - epsilon) * best / best.sum(1, keepdims=True)
        taken = self._random.multinomial(self.population, chances)
        if transitions.probabilities.shape[-1] == 1:
            return taken[..., None]
        return self._random.multinomial(taken, transitions.probabilities)

    def _update_many(self, transitions, outcomes):
        goes_on = self.discount * ~transitions.terminated
        targets = transitions.rewards + goes_on * self.table.max(1)[transitions.next_states]
        count = outcomes.sum(-1)
        some = count > 0
        count, mean = count[some], (outcomes * targets).sum(-1)[some] / count[some]
        self.table[some] += self.rate(self.visits[some], count) * (mean - self.table[some])
        self.visits[some] += count

    def _move(self, transitions, outcomes):
        """Moves the agents to their next states; returns how many of them ended a game."""
        ended = int(outcomes[transitions.terminated].sum())
        moved = np.bincount(
            transitions.next_states.ravel(),
            np.where(transitions.terminated, 0, outcomes).ravel(),
            len(self.population),
        )
        self.population = moved.astype("int64") + self._random.multinomial(ended, transitions.start)
        return ended

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Json]]:
        """Returns the state for `restore`: a dict of arrays and a JSON-serializable dict."""
        arrays = {name: getattr(self, name).copy() for name in _ARRAYS}
        return arrays, {"step": self.step, "random": self._random.bit_generator.state}

    def restore(self, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Json]) -> None:
        """Restores a `state`.

        Raises:
            ValueError: if the state has a table of another size.
        """
        if arrays["table"].shape != self.table.shape:
            raise ValueError(
                f"QLearning: arrays must contain a table of shape {self.table.shape}. Received "
                f"{arrays['table'].shape}. Create the agent with the size of the saved table."
            )
        for name in _ARRAYS:
            setattr(self, name, np.array(arrays[name]))
        self.step = metadata["step"]
        self._random.bit_generator.state = metadata["random"]


def _constant(rate):
    return lambda visits, count: 1.0 - (1.0 - rate) ** count


def _check(name, value, holds, allowed):
    if not holds:
        raise ValueError(
            f"QLearning: {name} must be {allowed}. Received {value}. Use another {name}."
        )
