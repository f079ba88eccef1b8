"""Huffman's code: short ways to common words."""

import heapq

import numpy as np

from keras_dl.typing import Tensor


def huffman_tree(counts: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Builds the binary tree whose expected depth is least.

    Of equal counts, words come before nodes and lower numbers before higher ones, so that the tree
    is the same everywhere. Words with a count of 0 are not in it.

    Args:
        counts: int `(words,)`, not negative.

    Returns:
        pair of int32 `nodes` and `turns`, both `(words, depth)`. `nodes[w]` are the inner nodes on
        the way from the root, numbered from 0, to word `w`; `turns[w]` is 1 where the way goes to
        one side, -1 to the other, and 0 behind its end. Where fewer than two words have a count,
        `depth` is 0.

    Raises:
        ValueError: if a count is negative or all are 0.

    Reference: Huffman 1952, "A method for the construction of minimum-redundancy codes".
    """
    counts = np.asarray(counts)
    if counts.ndim != 1 or not counts.size or (counts < 0).any() or not counts.any():
        raise ValueError(
            "huffman_tree: counts must be one list, not negative and not all 0. Received shape "
            f"{counts.shape}, from {counts.min(initial=0)} to {counts.max(initial=0)}."
        )
    queue = [(int(count), word) for word, count in enumerate(counts) if count]
    heapq.heapify(queue)
    parents = {}
    inner = len(counts)  # words are numbered before the inner nodes
    while len(queue) > 1:
        (low, left), (high, right) = heapq.heappop(queue), heapq.heappop(queue)
        parents[left], parents[right] = (inner, 1), (inner, -1)
        heapq.heappush(queue, (low + high, inner))
        inner += 1
    ways = [_way(parents, word) for word in range(len(counts))]
    depth = max(map(len, ways))
    nodes, turns = np.zeros((2, len(counts), depth), "int32")
    for word, way in enumerate(ways):
        for index, (node, turn) in enumerate(way):
            nodes[word, index], turns[word, index] = node - len(counts), turn
    return nodes, turns


def _way(parents, index):
    way = []
    while index in parents:
        way.append(parents[index])
        index = parents[index][0]
    return way[::-1]
