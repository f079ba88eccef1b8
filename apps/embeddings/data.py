"""Converts texts to batches of vocabulary IDs, for each method of training."""

import array
import collections
import itertools
import os

import numpy as np
import tensorflow as tf

from apps.embeddings.app import Assets
from apps.embeddings.texts import check_spaces, read, tokenized
from keras_dl import embeddings, training
from keras_dl.application import UserError, user_error
from keras_dl.pipelines.text_files import read_lines

HELD_OUT = 100  # every 100th document is held out, and its words are not counted
_AT_ONCE = 500  # documents
_PIECE = 100  # words of a document, if there are fewer than `HELD_OUT` documents
_BLOCK = 32  # words
_BLOCKS = 512  # whose pairs are shuffled together


def training_data(config):
    """Reads or generates the texts of a run and returns its `TrainingData`."""
    numbers, words = _numbered(read(config))
    documents = int(numbers.nrows())
    if documents < HELD_OUT:
        numbers = _pieces(numbers)
    is_held_out = np.arange(numbers.nrows()) % HELD_OUT == HELD_OUT - 1
    if not is_held_out.any():
        raise UserError(
            f"--data must have at least {HELD_OUT} documents, or {HELD_OUT * _PIECE:,} words in "
            f"fewer, to hold some out. Received {config.data} with {documents}. Use more text, or "
            "one sentence per line."
        )
    trained = np.repeat(~is_held_out, numbers.row_lengths())  # for each word of the texts
    counts = np.bincount(numbers.flat_values.numpy()[trained], minlength=len(words))
    check_spaces(config, counts, words)
    kept = _kept(config, counts, words)
    # IDs as in `pipelines.WordVocabulary`: 1 is the unknown word.
    ranks = np.ones(len(words), "int32")
    ranks[kept] = np.arange(len(kept)) + 2
    numbers = numbers.with_flat_values(tf.gather(ranks, numbers.flat_values))
    counts = np.array([0, 0, *counts[kept]])
    examples = {
        "skip_gram": _windows,
        "hierarchical_softmax": _pairs,
        "glove": _cooccurrences,
        "neural_language_model": _next_words,
    }[config.method]
    epoch_data, steps = examples(config, numbers, ~is_held_out, counts)
    validation = None
    if config.method != "glove":  # its counts, and so its loss, depend on the length of the text
        held_out, _ = examples(config, numbers, is_held_out, counts)
        validation = _validation(config, held_out(0))
    return training.TrainingData(
        lambda epoch: epoch_data(epoch).repeat().take(steps),
        steps,
        validation,
        Assets([words[number].decode() for number in kept]),
        initial=counts,
        monitor=None,  # the learning rate falls until the last step, so its vectors are final
    )


def _numbered(texts):
    """Returns the words of texts as IDs in order of first occurrence, and the words."""
    numbers = collections.defaultdict(itertools.count().__next__)
    values, lengths = array.array("i"), array.array("q")
    for rows in tokenized(texts):
        values.extend(map(numbers.__getitem__, rows.flat_values.numpy()))
        lengths.extend(rows.row_lengths().numpy())
    ragged = tf.RaggedTensor.from_row_lengths(np.array(values), np.array(lengths))
    return ragged, list(numbers)


def _pieces(numbers):
    """Cuts documents at every `_PIECE` words."""
    lengths = [
        min(_PIECE, length - start)
        for length in numbers.row_lengths().numpy().tolist()
        for start in range(0, length, _PIECE)
    ]
    return tf.RaggedTensor.from_row_lengths(
        numbers.flat_values, np.array(lengths, numbers.row_splits.dtype.as_numpy_dtype)
    )


def _kept(config, counts, words):
    """Returns the IDs of the words that get a vector, most frequent first."""
    frequent = np.flatnonzero(counts >= config.min_count).tolist()
    if not frequent:
        raise UserError(
            f"--data must have words that occur at least {config.min_count} times. Received "
            f"{config.data} with {counts.sum():,} words. Use more text, or a smaller --min-count."
        )
    order = sorted(frequent, key=lambda number: (-counts[number], words[number]))
    with user_error("--keep"):
        always = {line.strip().lower().encode() for line in read_lines(config.keep or os.devnull)}
    rare = [number for number in order[config.vocabulary :] if words[number] in always]
    return order[: config.vocabulary] + rare


def _chosen(numbers, chosen):
    """Returns a data set of the chosen documents, ragged `(documents, None)`."""

    def chosen_rows(start):
        rows = slice(start, start + _AT_ONCE)
        return tf.ragged.boolean_mask(numbers[rows], tf.constant(chosen)[rows])

    return tf.data.Dataset.range(0, len(chosen), _AT_ONCE).map(chosen_rows)


def _windows(config, numbers, chosen, counts, blocks=None):
    """Returns the `embeddings.skip_gram_windows` of the chosen documents."""
    return embeddings.skip_gram_windows(
        _chosen(numbers, chosen),
        counts,
        int(chosen.sum()),
        window=config.window,
        threshold=config.threshold,
        block=_BLOCK,
        blocks=blocks or config.batch_size,
        seed=config.seed,
    )


def _pairs(config, numbers, chosen, counts):
    """Returns a function from the epoch to pairs of words, and the expected number of batches."""
    windows, _ = _windows(config, numbers, chosen, counts, blocks=_BLOCKS)
    keep = embeddings.keep_probabilities(counts, config.threshold)
    kept = numbers.with_flat_values(tf.gather(keep, numbers.flat_values))
    lengths = tf.reduce_sum(kept, axis=1).numpy()[chosen]
    reaches = np.arange(1, config.window + 1)
    # Pairs at distance d are in the windows whose reach is at least d.
    shares = 2 * (config.window + 1 - reaches) / config.window
    pairs = (np.maximum(lengths[:, None] - reaches, 0) @ shares).sum()
    # An incomplete batch is dropped, and the held-out documents may have few pairs.
    batch_size = min(config.batch_size, max(1, int(pairs / 2)))
    steps = max(1, round(pairs / batch_size))
    return lambda epoch: embeddings.pairs(windows(epoch), batch_size, config.seed), steps


def _cooccurrences(config, numbers, chosen, counts):
    """Returns the `embeddings.glove_batches` of the pairs in the chosen documents."""
    documents = tf.ragged.boolean_mask(numbers, chosen)
    documents = np.split(documents.flat_values.numpy(), documents.row_splits.numpy()[1:-1])
    with user_error("--method glove"):
        found = embeddings.cooccurrences(documents, len(counts), window=config.window)
    return embeddings.glove_batches(*found, batch_size=_BLOCK * config.batch_size, seed=config.seed)


def _next_words(config, numbers, chosen, counts):
    """Returns a function from the epoch to windows with their next words, and the batches in it."""
    documents = _chosen(numbers, chosen)
    words = int(numbers.row_lengths().numpy()[chosen].sum())

    def epoch_data(epoch):
        seed = config.seed + epoch
        return embeddings.next_words(
            documents, config.window, batch_size=config.batch_size, seed=seed
        )

    return epoch_data, -(-words // config.batch_size)


def _validation(config, examples):
    held_out = list(examples)
    if not held_out:
        raise UserError(
            f"--data: the held-out documents (every {HELD_OUT}th) of {config.data} contain no "
            "words of the vocabulary. Use more text, or keep more words by a smaller --min-count "
            "or --threshold 0."
        )
    found = tf.data.Dataset.from_generator(lambda: held_out, output_signature=examples.element_spec)
    return found.apply(tf.data.experimental.assert_cardinality(len(held_out)))
