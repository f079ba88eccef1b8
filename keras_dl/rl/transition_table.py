"""All that a small world may do: where each action leads, how likely, and for what reward."""

import dataclasses
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    import gymnasium


@dataclasses.dataclass(frozen=True, eq=False)
class TransitionTable:
    """The dynamics of a world of few states, as arrays.

    An action has up to K outcomes; what is beyond those of an action has probability 0.

    Attributes:
        probabilities: float64 `(S, A, K)`, of the outcomes of action a in state s; they sum to 1.
        next_states: int64 `(S, A, K)`.
        rewards: float64 `(S, A, K)`.
        terminated: bool `(S, A, K)`. Whether the game ends with the outcome.
        start: float64 `(S,)`. Probability that a game starts in a state.
    """

    probabilities: np.ndarray
    next_states: np.ndarray
    rewards: np.ndarray
    terminated: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, env: "gymnasium.Env") -> Self:
        """Reads the table of a gymnasium environment.

        Args:
            env: environment whose `unwrapped` has `P[state][action]`, lists of `(probability, next
                state, reward, terminated)`, and `initial_state_distrib`.

        Raises:
            TypeError: if it has no such table.
        """
        world = env.unwrapped
        if not (hasattr(world, "P") and hasattr(world, "initial_state_distrib")):
            raise TypeError(
                "TransitionTable: the environment must have a table P of its dynamics, as those of "
                f"gymnasium's toy_text have. Received {type(world).__name__}. Learn on it one step "
                "at a time: QLearning.learn."
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
        """Number of states and of actions."""
        return self.probabilities.shape[:2]

    @property
    def terminal(self) -> np.ndarray:
        """Bool `(S,)`: states in which a game is over."""
        ends = np.zeros(self.shape[0], bool)
        ends[self.next_states[self.terminated & (self.probabilities > 0)]] = True
        return ends

    @property
    def reachable(self) -> np.ndarray:
        """Bool `(S,)`: states that a game can reach from its start, and that do not end it."""
        played, ends = self.start > 0, self.terminal
        while True:
            live = played & ~ends
            reached = played.copy()
            reached[self.next_states[live][self.probabilities[live] > 0]] = True
            if (reached == played).all():
                return live
            played = reached
