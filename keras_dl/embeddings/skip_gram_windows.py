"""From documents to words with the words around them, in windows of random reach."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import tensorflow as tf

from keras_dl.typing import Tensor

FORMULAS = ("word2vec_c", "paper")


def keep_probabilities(
    counts: Tensor, threshold: float = 1e-4, formula: Literal["word2vec_c", "paper"] = "word2vec_c"
) -> np.ndarray:
    """Returns with which probability a word of the corpus stays in it, float64 `(words,)`.

    With f the share of the word in the corpus and t the threshold: `program`, that of the C
    program, `min(1, sqrt(t / f) + t / f)`; `paper`, that of the paper, `min(1, sqrt(t / f))`, which
    is 1 minus its probability to discard. A word that does not occur has 0.

    Args:
        counts: int `(words,)`.
        threshold: float, or 0, which keeps all.
        formula: `"word2vec_c"` or `"paper"`.

    Raises:
        ValueError: if `formula` is neither or there is no word.

    Reference: Mikolov et al. 2013, arXiv:1310.4546, section 2.3.
    """
    if formula not in FORMULAS:
        raise ValueError(
            f"keep_probabilities: formula must be word2vec_c or paper. Received {formula!r}."
        )
    counts = np.asarray(counts, "float64")
    if not counts.any():
        raise ValueError("keep_probabilities: counts must hold a word. Received none.")
    if not threshold:
        return (counts > 0).astype("float64")
    ratio = threshold * counts.sum() / np.maximum(counts, 1)
    found = np.sqrt(ratio) + (ratio if formula == "word2vec_c" else 0)
    return np.where(counts > 0, np.minimum(found, 1), 0)


def skip_gram_windows(
    documents: tf.data.Dataset,
    counts: Tensor,
    num_documents: int,
    *,
    window: int = 5,
    threshold: float = 1e-4,
    formula: Literal["word2vec_c", "paper"] = "word2vec_c",
    block: int = 32,
    blocks: int = 512,
    seed: int = 0,
) -> tuple[Callable[[int], tf.data.Dataset], int]:
    """Cuts documents into blocks of words, each with its neighbors and the reach of its window.

    A word is kept with `keep_probabilities`, before windows are looked at, so that these span what
    is kept; what has no probability to stay (padding, the unknown word, by a count of 0) is left
    out too. The reach of each window is drawn uniformly from 1 to `window`, and windows never leave
    their document. All of it depends on seed and epoch alone, bit by bit, and the documents are
    streamed, so that a corpus may be larger than the memory.

    Args:
        documents: `tf.data.Dataset` of ragged int `(documents, None)`, the numbers of the words of
            some documents, hundreds of them for speed; 0 is no word.
        counts: int `(vocabulary_size,)`. How often each number occurs; 0 for those to pass over.
        num_documents: int. How many there are in all.
        window: int. The farthest reach.
        threshold: float, of `keep_probabilities`.
        formula: str, of `keep_probabilities`.
        block: int. Words in a block.
        blocks: int. Blocks in an element of the data set.
        seed: int.

    Returns:
        pair of a function from the epoch to its `tf.data.Dataset` of pairs, and how many elements
        are to be expected in it: chance keeps a few words more in one epoch and fewer in another,
        so train with `fit(data(epoch).repeat(), steps_per_epoch=steps)`. A pair is `words`, int32
        `(blocks, window + block + window)`, the words of each block with those before and behind
        it, 0 where there is none, and `reach`, int32 `(blocks, block)`. The last element is filled
        up with blocks of 0.

    Raises:
        ValueError: if a size is not positive or `counts` has no word.
    """
    if min(window, block, blocks) < 1:
        raise ValueError(
            "skip_gram_windows: window, block and blocks must be positive. Received window "
            f"{window}, block {block}, blocks {blocks}."
        )
    keep = keep_probabilities(counts, threshold, formula)
    expected = np.asarray(counts) @ keep + window * num_documents
    keep = tf.constant(keep, "float32")

    def cut(chunk, texts, epoch):
        seeds = tf.stack([tf.constant(seed, "int64"), epoch * 2**32 + chunk])
        texts = tf.cast(texts, "int32")
        draws = tf.random.stateless_uniform(tf.shape(texts.flat_values), seeds)
        kept = tf.ragged.boolean_mask(
            texts, texts.with_flat_values(draws < tf.gather(keep, texts.flat_values))
        )
        # Between two documents stand as many zeros as a window reaches.
        gap = tf.zeros((texts.nrows(), window), "int32")
        stream = tf.pad(tf.concat([kept, gap], 1).flat_values, [[window, 0]])
        short = -(tf.size(stream) - 2 * window) % block
        words = tf.signal.frame(tf.pad(stream, [[0, short]]), 2 * window + block, block)
        words = tf.random.experimental.stateless_shuffle(words, seeds + 1)
        shape = (tf.shape(words)[0], block)
        reach = tf.random.stateless_uniform(shape, seeds + 2, 1, window + 1, "int32")
        return words, reach

    def epoch_data(epoch):
        epoch = tf.cast(epoch, "int64")
        found = documents.enumerate().map(
            lambda chunk, texts: cut(chunk, texts, epoch), num_parallel_calls=2, deterministic=True
        )
        return found.rebatch(blocks).map(filled).prefetch(4)

    def filled(words, reach):
        missing = [[0, blocks - tf.shape(words)[0]], [0, 0]]
        words = tf.ensure_shape(tf.pad(words, missing), (blocks, 2 * window + block))
        return words, tf.ensure_shape(tf.pad(reach, missing), (blocks, block))

    return epoch_data, int(np.ceil(expected / (block * blocks)))


def in_window(words: Tensor, reach: Tensor) -> Tensor:
    """Returns which words are in whose window, bool `(blocks, block, window + block + window)`.

    Args:
        words: int32 `(blocks, window + block + window)`, as `windows` gives them.
        reach: int32 `(blocks, block)`, of the same function.
    """
    block = reach.shape[1]
    window = (words.shape[1] - block) // 2
    distance = abs(np.arange(block)[:, None] + window - np.arange(words.shape[1]))
    near = (distance > 0) & (distance <= reach[:, :, None])
    centers = words[:, window : window + block]
    return near & (words[:, None] != 0) & (centers[:, :, None] != 0)


def pairs(dataset: tf.data.Dataset, batch_size: int, seed: int = 0) -> tf.data.Dataset:
    """Turns windows into pairs of a word and one of its neighbors.

    Args:
        dataset: of pairs `(words, reach)`, as `windows` gives them.
        batch_size: int. Pairs in a batch; what is left over at the end is left out.
        seed: int. Seed of the order, within each element of `dataset`.

    Returns:
        `tf.data.Dataset` of `(centers, contexts)`, each int32 `(batch_size,)`.
    """

    def pairs_of(index, words, reach):
        window = (words.shape[1] - reach.shape[1]) // 2
        found = tf.where(in_window(words, reach))
        found = tf.random.experimental.stateless_shuffle(found, tf.stack([seed, index]))
        rows, center, context = tf.unstack(found, axis=1)
        centers = tf.gather_nd(words, tf.stack([rows, center + window], 1))
        return centers, tf.gather_nd(words, tf.stack([rows, context], 1))

    found = dataset.enumerate().map(lambda index, element: pairs_of(index, *element))
    return found.rebatch(batch_size, drop_remainder=True)
