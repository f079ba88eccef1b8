"""Huffman trees of words."""

import heapq

import numpy as np

from keras_dl.typing import Tensor


def huffman_tree(counts: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Builds the Huffman tree of words: the binary tree with the smallest expected depth.

    Ties are broken in a fixed order: words come before inner nodes, and lower IDs before higher
    IDs. Words with a count of 0 are not in the tree.

    Args:
        counts: int `(words,)`, not negative. Count of each word.

    Returns:
        pair of int32 `nodes` and `turns`, both `(words, depth)`. `nodes[w]` are the inner nodes on
        the path from the root to word `w`, as indices from 0. `turns[w]` is 1 where the path takes
        one branch, -1 where it takes the other, and 0 after the end of the path. If fewer than two
        words have a positive count, `depth` is 0.

    Raises:
        ValueError: if `counts` has a negative value or only zeros.

    Reference: Huffman 1952, "A method for the construction of minimum-redundancy codes".
    """
    counts = np.asarray(counts)
    if counts.ndim != 1 or not counts.size or (counts < 0).any() or not counts.any():
        raise ValueError(
            "huffman_tree: counts must be a vector of values that are not negative and not all 0. "
            f"Received shape {counts.shape}, values from {counts.min(initial=0)} to "
            f"{counts.max(initial=0)}. "
            "Pass the count of each word."
        )
    queue = [(int(count), word) for word, count in enumerate(counts) if count]
    heapq.heapify(queue)
    parents = {}
    inner = len(counts)  # IDs of inner nodes follow the IDs of words
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
