"""What a linear-chain CRF must compute, from a list of all paths of one sentence, in float64."""

import itertools

import numpy as np


class EnumeratedPaths:
    """All tag sequences of one sentence with their scores.

    Args:
        emissions: float `(time, k)`.
        mask: bool `(time,)`. Steps that are not valid have tag 0 in all paths.
        weights: transitions `(k, k)`, start scores `(k,)` and end scores `(k,)`.
        allowed: None, or bool arrays of the same shapes. Other paths are left out.
    """

    def __init__(self, emissions, mask, weights, allowed=None):
        emissions = np.asarray(emissions, "float64")
        transitions, starts, ends = (np.asarray(weight, "float64") for weight in weights)
        steps, k = np.flatnonzero(mask), len(starts)
        short = np.array(list(itertools.product(range(k), repeat=len(steps))), int)
        scores, legal = np.zeros(len(short)), np.ones(len(short), bool)
        for path in range(len(short) if len(steps) else 0):
            tags = short[path]
            scores[path] = starts[tags[0]] + ends[tags[-1]] + emissions[steps, tags].sum()
            scores[path] += transitions[tags[:-1], tags[1:]].sum()
            if allowed is not None:
                legal[path] = allowed[0][tags[:-1], tags[1:]].all()
                legal[path] &= allowed[1][tags[0]] and allowed[2][tags[-1]]
        self.scores, self.steps, self.k = scores[legal], steps, k
        self.paths = np.zeros((legal.sum(), len(emissions)), int)
        self.paths[:, steps] = short[legal]
        self.log_partition = np.logaddexp.reduce(self.scores)
        self.probabilities = np.exp(self.scores - self.log_partition)

    def log_likelihood(self, tags):
        """Returns the log-probability of a path, -inf if it is not allowed."""
        same = (self.paths[:, self.steps] == np.asarray(tags)[self.steps]).all(axis=1)
        return (self.scores[same] - self.log_partition).sum() if same.any() else -np.inf

    def marginals(self):
        """Returns the probability of each tag at each step, `(time, k)`, 0 if masked."""
        result = np.zeros((self.paths.shape[1], self.k))
        for step in self.steps:
            result[step] = np.bincount(self.paths[:, step], self.probabilities, self.k)
        return result

    def expected_transitions(self):
        """Returns how often each transition is expected, `(k, k)`."""
        result = np.zeros((self.k, self.k))
        for before, after in zip(self.steps, self.steps[1:], strict=False):
            np.add.at(result, (self.paths[:, before], self.paths[:, after]), self.probabilities)
        return result

    def best(self, n):
        """Returns up to `n` pairs of a path and its log-probability, the best one first."""
        order = np.argsort(-self.scores)[:n]
        return [(self.paths[i].tolist(), self.scores[i] - self.log_partition) for i in order]
