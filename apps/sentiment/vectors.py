"""Word vectors from unlabelled text, by skip-gram with negative sampling."""

import numpy as np
import tensorflow as tf

WINDOW = 5
_NEGATIVES = 5  # for each pair, as a weight: the draws of a batch are shared by all its pairs
_SHARED = 64
_BATCH = 1024
_STEPS = 32  # compiled into one call
_KEPT = 1e-4  # words more frequent than this are thinned out
_TOKENS_AT_ONCE = 2_000_000


def skip_gram(texts, vocabulary_size, *, units, epochs, seed, report=print):
    """Learns a vector for each word from the words around it.

    Maximises `log s(v(w) . c(o)) + 5 E log s(-v(w) . c(n))` over pairs of a word w and another one
    o at most `WINDOW` words away in the same text, with n drawn by count ** 0.75. The reach shrinks
    at random, and frequent words are thinned out as in the authors' program.

    Args:
        texts: list of int arrays, the numbers of the words: 0 is no word, 1 an unknown one, which
            is passed over.
        vocabulary_size: int.
        units: int. Size of a vector.
        epochs: int.
        seed: int.
        report: function that is told the progress, a string, after each epoch.

    Returns:
        float32 `(vocabulary_size, units)`.

    Reference: Mikolov et al. 2013, arXiv:1310.4546, section 2.
    """
    random = np.random.default_rng(seed)
    words = np.concatenate(texts)
    text = np.repeat(np.arange(len(texts)), [len(each) for each in texts])
    counts = np.bincount(words, minlength=vocabulary_size).astype("float64")
    counts[:2] = 0
    if not counts.any():
        raise ValueError("--vectors needs texts with words. Received none. Give other texts.")
    frequency = np.maximum(counts / counts.sum(), 1e-12)
    keep = np.where(counts > 0, np.sqrt(_KEPT / frequency) + _KEPT / frequency, 0)
    noise = counts**0.75 / (counts**0.75).sum()
    draws = random.choice(vocabulary_size, 1 << 22, p=noise).astype("int32")
    vectors = tf.Variable((random.random((vocabulary_size, units), "float32") - 0.5) / units)
    contexts = tf.Variable(tf.zeros((vocabulary_size, units)))
    steps = _training(vectors, contexts)
    for epoch in range(epochs):
        rate = 0.025 * (1 - 0.9 * epoch / max(epochs - 1, 1))
        seen = 0
        for some, others in _pairs(words, text, keep, random):
            negatives = draws[random.integers(0, len(draws), (_STEPS, _SHARED))]
            steps(some, others, negatives, tf.constant(rate, "float32"))
            seen += some.size
        if not seen:
            raise ValueError(
                f"--vectors needs more text, {_STEPS * _BATCH:,} pairs of words at least. Received "
                f"{len(words):,} words. Leave it out."
            )
        report(f"word vectors, epoch {epoch + 1}/{epochs}: {seen:,} pairs")
    return vectors.numpy()


def _training(vectors, contexts):
    @tf.function(jit_compile=True)
    def steps(some, others, negatives, rate):
        for step in range(_STEPS):
            vector, context = (
                tf.gather(vectors, some[step]),
                tf.gather(contexts, others[step]),
            )
            noise = tf.gather(contexts, negatives[step])
            # The derivatives of the two terms by their scores.
            near = tf.sigmoid(tf.reduce_sum(vector * context, 1, keepdims=True)) - 1
            far = tf.sigmoid(tf.matmul(vector, noise, transpose_b=True)) * (_NEGATIVES / _SHARED)
            changes = (
                (vectors, some[step], near * context + tf.matmul(far, noise)),
                (contexts, others[step], near * vector),
                (contexts, negatives[step], tf.matmul(far, vector, transpose_a=True)),
            )
            for variable, rows, gradient in changes:
                variable.scatter_sub(tf.IndexedSlices(rate * gradient, rows))

    return steps


def _pairs(words, text, keep, random):
    """Yields shuffled pairs within texts, `(_STEPS, _BATCH)` of each side."""
    for start in range(0, len(words), _TOKENS_AT_ONCE):
        part = slice(start, start + _TOKENS_AT_ONCE)
        kept = random.random(len(words[part])) < keep[words[part]]
        word, source = words[part][kept], text[part][kept]
        reach = random.integers(1, WINDOW + 1, len(word))
        some, others = [], []
        for distance in range(1, min(WINDOW, len(word) - 1) + 1):
            left, right = word[:-distance], word[distance:]
            same = source[:-distance] == source[distance:]
            for near, far, reaches in (
                (left, right, reach[:-distance]),
                (right, left, reach[distance:]),
            ):
                valid = same & (reaches >= distance)
                some.append(near[valid])
                others.append(far[valid])
        if not some:
            continue
        some, others = np.concatenate(some), np.concatenate(others)
        order = random.permutation(len(some))
        size = _STEPS * _BATCH
        for first in range(0, len(some) // size * size, size):
            rows = order[first : first + size]
            yield some[rows].reshape(_STEPS, _BATCH), others[rows].reshape(_STEPS, _BATCH)
