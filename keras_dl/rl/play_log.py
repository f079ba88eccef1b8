"""History of DQN training."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from keras_dl.training.atomic_file import Json

_SCORES = 20


class PlayLog:
    """Collects scores and losses into rows of a history.

    Args:
        epsilon: function that maps a step to the fraction of random actions.

    Attributes:
        seconds: float. Duration of all steps so far, including those before the run was resumed.
    """

    def __init__(self, epsilon: Callable[[int], float]) -> None:
        self.seconds = 0.0
        self._epsilon = epsilon
        self._scores: list[float] = []
        self._episodes = 0
        self._sums = {"loss": 0.0, "q": 0.0, "updates": 0}

    def add_scores(self, scores: Sequence[float]) -> None:
        """Adds the scores of finished games."""
        self._scores = [*self._scores, *scores][-_SCORES:]
        self._episodes += len(scores)

    def add_updates(self, learned: Mapping[str, np.ndarray]) -> None:
        """Adds the updates whose results `DQN.learn` returned."""
        for name in ("loss", "q"):
            self._sums[name] += float(learned[name].sum())
        self._sums["updates"] += len(learned["loss"])

    def row(self, steps: int) -> dict[str, float | None]:
        """Completes a row and returns it.

        Returns:
            dict of "steps", "seconds", "episodes", "score" (mean of the last 20 games, None until
            the first game ends), "loss" and "q" (means over the updates since the previous row,
            None without updates) and "epsilon".
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
        """Returns the state for `restore`, a JSON-serializable dict."""
        return {
            "seconds": self.seconds,
            "scores": self._scores,
            "episodes": self._episodes,
            "sums": dict(self._sums),
        }

    def restore(self, state: Mapping[str, Json]) -> None:
        """Restores a `state`."""
        self.seconds = state["seconds"]
        self._scores, self._episodes = state["scores"], state["episodes"]
        self._sums = dict(state["sums"])
