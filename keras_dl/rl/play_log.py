"""What a training of games tells while it runs."""

import json

import numpy as np

from keras_dl.training.atomic_file import write_atomically

_SCORES = 20


class PlayLog:
    """Sums up games and updates into the rows of a history, and into lines to read meanwhile.

    Args:
        total: int. Steps of the whole training.
        epsilon: function from the step to the share of random actions.

    Attributes:
        history: dict of lists, a value to each row: "steps", "seconds", "episodes", "score" (mean
            of the last 20 games, None before the first ended), "loss" and "q" (means over the
            updates since the row before, None without any), "epsilon".
        seconds: float. Time of the training so far, those of the runs before its resumes included.
    """

    def __init__(self, total, epsilon):
        self.history = {}
        self.seconds = 0.0
        self._total = total
        self._epsilon = epsilon
        self._scores, self._episodes = [], 0
        self._sums = {"loss": 0.0, "q": 0.0, "updates": 0}

    def add_scores(self, scores):
        """Counts games that ended, by their scores."""
        self._scores = [*self._scores, *scores][-_SCORES:]
        self._episodes += len(scores)

    def add_updates(self, learnt):
        """Counts updates, by what `DQN.learn` returned."""
        for name in ("loss", "q"):
            self._sums[name] += float(learnt[name].sum())
        self._sums["updates"] += len(learnt["loss"])

    def write_row(self, path, steps):
        """Ends a row, and writes the history as JSON."""
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
        for name, value in row.items():
            self.history.setdefault(name, []).append(value)
        with write_atomically(path, "w") as file:
            json.dump(self.history, file, indent=1)

    def line(self, steps):
        """Returns where the training stands, to be read."""
        score = f"{np.mean(self._scores):.2f}" if self._scores else "-"
        return (
            f"step {steps:,}/{self._total:,} - {self.seconds:.0f} s - {self._episodes} games - "
            f"score {score} (last {_SCORES}) - epsilon {self._epsilon(steps):.2f}"
        )

    def state(self):
        """Returns a dict for JSON, from which `restore` goes on."""
        return {
            "history": {name: list(rows) for name, rows in self.history.items()},
            "seconds": self.seconds,
            "scores": self._scores,
            "episodes": self._episodes,
            "sums": dict(self._sums),
        }

    def restore(self, state):
        """Goes on from a `state`."""
        self.history = {name: list(rows) for name, rows in state["history"].items()}
        self.seconds = state["seconds"]
        self._scores, self._episodes = state["scores"], state["episodes"]
        self._sums = dict(state["sums"])
