"""Known dynamics of a small environment."""

import dataclasses
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    import gymnasium


@dataclasses.dataclass(frozen=True, eq=False)
class TransitionTable:
    """Dynamics of an environment with few states, as arrays.

    An action has up to K outcomes. Unused entries have probability 0.

    Attributes:
        probabilities: float64 `(S, A, K)`. Probabilities of the outcomes of action a in state s;
            they sum to 1.
        next_states: int64 `(S, A, K)`.
        rewards: float64 `(S, A, K)`.
        terminated: bool `(S, A, K)`. Whether the outcome ends the game.
        start: float64 `(S,)`. Probability that a game starts in each state.
    """

    probabilities: np.ndarray
    next_states: np.ndarray
    rewards: np.ndarray
    terminated: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, env: "gymnasium.Env") -> Self:
        """Creates the table of a gymnasium environment.

        Args:
            env: environment. `env.unwrapped` must have the attributes `initial_state_distrib` and
                `P`, where `P[state][action]` is a list of tuples
                `(probability, next state, reward, terminated)`.

        Raises:
            TypeError: if an attribute is missing.
        """
        world = env.unwrapped
        if not (hasattr(world, "P") and hasattr(world, "initial_state_distrib")):
            raise TypeError(
                "TransitionTable: env must have a table P of its dynamics, like the toy_text "
                f"environments of gymnasium. Received {type(world).__name__}. Use QLearning.learn, "
                "which needs no table."
            )
        outcomes = [[world.P[s][a] for a in sorted(world.P[s])] for s in sorted(world.P)]
        most = max(len(some) for row in outcomes for some in row)
        filler = (0.0, 0, 0.0, False)
        padded = [[[*some, *[filler] * (most - len(some))] for some in row] for row in outcomes]
        values = np.array(padded, "float64")
        return cls(
            probabilities=values[..., 0],
            next_states=values[..., 1].astype("int64"),
            rewards=values[..., 2],
            terminated=values[..., 3] > 0,
            start=np.array(world.initial_state_distrib, "float64"),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Number of states and number of actions."""
        return self.probabilities.shape[:2]

    @property
    def terminal(self) -> np.ndarray:
        """States in which a game is over, bool `(S,)`."""
        ends = np.zeros(self.shape[0], bool)
        ends[self.next_states[self.terminated & (self.probabilities > 0)]] = True
        return ends

    @property
    def reachable(self) -> np.ndarray:
        """States that a game can reach from its start without ending there, bool `(S,)`."""
        played, ends = self.start > 0, self.terminal
        while True:
            live = played & ~ends
            reached = played.copy()
            reached[self.next_states[live][self.probabilities[live] > 0]] = True
            if (reached == played).all():
                return live
            played = reached
