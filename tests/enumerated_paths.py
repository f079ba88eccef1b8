"""What a linear-chain CRF must compute, from a list of all paths of one sentence, in float64."""

import itertools

import numpy as np

from keras_dl.layers import CRF


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
        if len(steps):
            before, after, first, last = short[:, :-1], short[:, 1:], short[:, 0], short[:, -1]
            scores = starts[first] + ends[last] + emissions[steps, short].sum(axis=1)
            scores += transitions[before, after].sum(axis=1)
            if allowed is not None:
                legal = allowed[0][before, after].all(axis=1)
                legal &= allowed[1][first] & allowed[2][last]
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


def random_constraints(random, k):
    """Transitions, starts and ends of which every length has a legal path: tag 0 throughout."""
    allowed = [random.random(shape) < 0.6 for shape in ((k, k), (k,), (k,))]
    for array in allowed:
        array[(0,) * array.ndim] = True
    return allowed


def example(k, time, dtype="float64", constrained=False):
    """A layer with random weights, emissions, tags and masks, and all paths of each sentence."""
    random = np.random.default_rng([k, time])
    allowed = random_constraints(random, k) if constrained else None
    layer = CRF(k, *(allowed or ()), dtype=dtype)
    layer.build((None, None, k))
    layer.set_weights([random.normal(size=w.shape) for w in layer.weights])
    emissions = random.normal(size=(6, time, k)).astype(dtype)
    mask = random.random((6, time)) < 0.6  # holes, padding on either side
    mask[0], mask[1] = True, False
    mask[2] = np.arange(time) == time // 2
    mask[3] = np.arange(time) < 2
    tags = random.integers(0, k, (6, time))
    weights = layer.get_weights()
    paths = [EnumeratedPaths(e, m, weights, allowed) for e, m in zip(emissions, mask, strict=True)]
    return layer, emissions, tags, mask, paths
