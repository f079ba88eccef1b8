"""What a training of games tells while it runs."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from keras_dl.training.atomic_file import Json

_SCORES = 20


class PlayLog:
    """Sums up games and updates into the rows of a history.

    Args:
        epsilon: function from the step to the share of random actions.

    Attributes:
        seconds: float. Time of the steps so far, those before the run was resumed included.
    """

    def __init__(self, epsilon: Callable[[int], float]) -> None:
        self.seconds = 0.0
        self._epsilon = epsilon
        self._scores: list[float] = []
        self._episodes = 0
        self._sums = {"loss": 0.0, "q": 0.0, "updates": 0}

    def add_scores(self, scores: Sequence[float]) -> None:
        """Counts games that ended, by their scores."""
        self._scores = [*self._scores, *scores][-_SCORES:]
        self._episodes += len(scores)

    def add_updates(self, learned: Mapping[str, np.ndarray]) -> None:
        """Counts updates, by what `DQN.learn` returned."""
        for name in ("loss", "q"):
            self._sums[name] += float(learned[name].sum())
        self._sums["updates"] += len(learned["loss"])

    def row(self, steps: int) -> dict[str, float | None]:
        """Ends a row, and returns it.

        Returns:
            dict of "steps", "seconds", "episodes", "score" (mean of the last 20 games, None before
            the first ended), "loss" and "q" (means over the updates since the row before, None
            without any), "epsilon".
        """
        updates = self._sums["updates"]
        row = {
            "steps": steps,
            "seconds": round(self.seconds, 2),
            "episodes": self._episodes,
            "score": float(np.mean(self._scores)) if self._scores else None,
            "loss": self._sums["loss"] / updates if updates else None,
            "q": self._sums["q"] / updates if updates else None,
            "epsilon": self._epsilon(steps),
        }
        self._sums = dict.fromkeys(self._sums, 0)
        return row

    def state(self) -> dict[str, Json]:
        """Returns a dict for JSON, from which `restore` goes on."""
        return {
            "seconds": self.seconds,
            "scores": self._scores,
            "episodes": self._episodes,
            "sums": dict(self._sums),
        }

    def restore(self, state: Mapping[str, Json]) -> None:
        """Goes on from a `state`."""
        self.seconds = state["seconds"]
        self._scores, self._episodes = state["scores"], state["episodes"]
        self._sums = dict(state["sums"])
