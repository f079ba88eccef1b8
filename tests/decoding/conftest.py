"""Random models that remember their whole history, and every sequence that they can write."""

import itertools

import numpy as np
import pytest
from keras import ops

from keras_dl.decoding import beam_search, greedy_search, sample, score

SETTINGS = {"start": 0, "end": 0, "max_length": 4}


class HistoryModels:
    """`count` models with a table of log-probabilities for every history of up to max_length - 1.

    Histories are numbered like the nodes of a tree: the root is 0, the children of node k are
    `k * vocabulary + 1 ...`. The number travels in the state, so a state that is gathered from
    the wrong hypothesis gives the wrong log-probabilities.
    """

    def __init__(self, count, vocabulary, max_length, seed, end=0):
        self.count, self.vocabulary, self.max_length, self.end = count, vocabulary, max_length, end
        self.nodes = sum(vocabulary**depth for depth in range(max_length))
        random = np.random.default_rng(seed)
        logits = random.normal(scale=1.5, size=(count, self.nodes, vocabulary))
        # Some models like to end at once, some never.
        logits[..., end] += random.uniform(-2, 3, size=(count, 1))
        log_probs = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
        self.tables = log_probs.astype("float32")

    def state(self, models=None):
        models = np.arange(self.count) if models is None else np.asarray(models)
        zeros = np.zeros(len(models), "int32")
        return {"model": models.astype("int32"), "history": (zeros, [zeros.astype("float32")])}

    def step(self, tokens, state):
        node, [begun] = state["history"]
        node = ops.where(begun > 0, node * self.vocabulary + tokens + 1, node)
        rows = self.tables.reshape(-1, self.vocabulary)
        log_probs = ops.take(rows, state["model"] * self.nodes + node, axis=0)
        # Lists come back as tuples and tuples as lists, as a Keras cell may return them.
        return log_probs, {"model": state["model"], "history": [node, (begun + 1,)]}

    def search_arguments(self, models=None):
        return {
            "step": self.step,
            "state": self.state(models),
            "batch_size": self.count if models is None else len(models),
            "start": self.end,
            "end": self.end,
            "max_length": self.max_length,
        }

    def hypotheses(self):
        """All sequences that end, or are cut at max_length, as tuples of tokens."""
        others = [token for token in range(self.vocabulary) if token != self.end]
        for length in range(self.max_length):
            for tokens in itertools.product(others, repeat=length):
                yield (*tokens, self.end)
        yield from itertools.product(others, repeat=self.max_length)

    def log_probabilities(self, tokens):
        """float64 (count,): the log-probability of one sequence under every model."""
        total, node = np.zeros(self.count), 0
        for token in tokens:
            total += self.tables[:, node, token].astype("float64")
            node = node * self.vocabulary + token + 1
        return total

    def scores(self, length_penalty):
        """dict of padded sequence -> float64 (count,), by enumeration."""
        # A cut sequence has no end in it, so padding makes no two sequences equal.
        return {
            self.padded(tokens): self.log_probabilities(tokens) / len(tokens) ** length_penalty
            for tokens in self.hypotheses()
        }

    def padded(self, tokens):
        return tuple(tokens) + (self.end,) * (self.max_length - len(tokens))


def no_double_end(sequences, position):
    return ops.logical_or(ops.arange(3)[None, :] > 0, position > 1)


def search_all(models, state, batch_size):
    """What the compiled searches find, with and without a rule."""
    arguments = {"batch_size": batch_size, **SETTINGS}
    sequences, scores = beam_search(models.step, state, width=3, **arguments)
    ruled, ruled_scores = beam_search(
        models.step, state, width=2, allowed=no_double_end, **arguments
    )
    greedy, log_probs = greedy_search(models.step, state, **arguments)
    law = {"temperature": 0.8, "top_k": 3, "top_p": 0.9, "allowed": no_double_end}
    drawn, drawn_log_probs = sample(models.step, state, **arguments, seed=5, **law)
    return {
        "sequences": sequences,
        "scores": scores,
        "ruled": ruled,
        "ruled_scores": ruled_scores,
        "greedy": greedy,
        "log_probs": log_probs,
        "drawn": drawn,
        "drawn_log_probs": drawn_log_probs,
        "scored": score(models.step, state, ruled[:, 1], start=0, end=0),
    }


@pytest.fixture
def history_models():
    return HistoryModels


@pytest.fixture(name="search_all")
def search_all_fixture():
    return search_all
