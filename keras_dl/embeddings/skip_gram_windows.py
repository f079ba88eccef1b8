"""Cuts documents into context windows of random size for skip-gram training."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import tensorflow as tf

from keras_dl.typing import Tensor

FORMULAS = ("word2vec_c", "paper")


def keep_probabilities(
    counts: Tensor, threshold: float = 1e-4, formula: Literal["word2vec_c", "paper"] = "word2vec_c"
) -> np.ndarray:
    """Returns the probability that subsampling keeps each word, float64 `(words,)`.

    Let f be the fraction of a word in the corpus and t the threshold. The formula `"word2vec_c"`,
    which the C program uses, is `min(1, sqrt(t / f) + t / f)`. The formula `"paper"` is
    `min(1, sqrt(t / f))`, which is 1 minus the discard probability in the paper. A word that does
    not occur gets probability 0.

    Args:
        counts: int `(words,)`. Count of each word in the corpus.
        threshold: float. 0 keeps all words that occur.
        formula: `"word2vec_c"` or `"paper"`.

    Raises:
        ValueError: if `formula` is unknown, or `counts` is empty or all zeros.

    Reference: Mikolov et al. 2013, arXiv:1310.4546, section 2.3.
    """
    if formula not in FORMULAS:
        raise ValueError(
            "keep_probabilities: formula must be word2vec_c or paper. Received formula "
            f"{formula!r}. Choose one of them."
        )
    counts = np.asarray(counts, "float64")
    if not counts.any():
        raise ValueError(
            "keep_probabilities: counts must contain a positive count. Received none. Count the "
            "words of the corpus first."
        )
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
    """Cuts documents into blocks of words, with their neighbors and the reach of each window.

    First, subsampling keeps each word with its probability from `keep_probabilities`; windows span
    only the words that are kept. This also removes words with a count of 0, such as padding and the
    unknown word. The reach of a window is its number of words on either side, drawn uniformly from
    1 to `window`. Windows do not cross documents. The result is bitwise the same for the same seed
    and epoch. Documents are streamed, so that a corpus may be larger than memory.

    Args:
        documents: `tf.data.Dataset` of ragged int `(documents, None)`, the vocabulary IDs of the
            words. ID 0 is padding. For speed, use hundreds of documents per element.
        counts: int `(vocabulary_size,)`. Count of each word. A word with count 0 is removed.
        num_documents: int. Number of documents in the whole dataset.
        window: int. Maximum reach of a window.
        threshold: float. As in `keep_probabilities`.
        formula: str. As in `keep_probabilities`.
        block: int. Number of words in a block.
        blocks: int. Number of blocks in an element of the resulting dataset.
        seed: int. Seed of the subsampling, the reaches and the order.

    Returns:
        tuple of a function that maps an epoch index to its `tf.data.Dataset` of pairs
        `(words, reach)`, and the expected number of elements in it. The actual number varies
        randomly between epochs, so train with `fit(data(epoch).repeat(), steps_per_epoch=steps)`.
        `words`, int32 `(blocks, window + block + window)`, contains the words of each block between
        the words before and after it, with 0 at the ends of documents. `reach` is int32
        `(blocks, block)`. The last element is padded with blocks of zeros.

    Raises:
        ValueError: if a size is not positive, or `counts` is empty or all zeros.
    """
    if min(window, block, blocks) < 1:
        raise ValueError(
            "skip_gram_windows: window, block and blocks must be positive. Received window "
            f"{window}, block {block}, blocks {blocks}. Use at least 1 for each."
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
        # `window` zeros between two documents keep windows from crossing.
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
    """Returns a mask of the words in each window, bool `(blocks, block, window + block + window)`.

    Args:
        words: int32 `(blocks, window + block + window)`, from `skip_gram_windows`.
        reach: int32 `(blocks, block)`, from `skip_gram_windows`.
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
        dataset: `tf.data.Dataset` of `(words, reach)`, from `skip_gram_windows`.
        batch_size: int. Number of pairs in a batch; an incomplete last batch is dropped.
        seed: int. Seed for shuffling the pairs within each element of `dataset`.

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
