"""How often words stand near each other, counted by as many machines as a corpus needs."""

import numpy as np

from keras_dl.embeddings.cooccurrence import (
    check_window,
    common_multiple,
    summed_pairs,
    with_gaps,
)


def beam_cooccurrences(documents, vocabulary_size, *, window=10):
    """Adds to an Apache Beam pipeline the counts that `cooccurrences` gives, the same to the bit.

        with beam.Pipeline() as pipeline:
            documents = pipeline | ...
            counts = beam_cooccurrences(documents, vocabulary_size)
            counts | beam.Map(...) | beam.io.WriteToText(...)

    Args:
        documents: PCollection of sequences of int, the numbers of the words of a document each.
        vocabulary_size: int. All numbers are below it.
        window: int, 1 to 20. The farthest distance, in words.

    Returns:
        PCollection of `((row, column), count)`, int, int and float, each pair once and in no order.

    Raises:
        ImportError: if Apache Beam is not there.
        ValueError: if `window` is out of its range; while the pipeline runs, if a word's number is.
    """
    try:
        import apache_beam as beam
    except ImportError as error:
        raise ImportError(
            "beam_cooccurrences: needs Apache Beam. Run pip install keras_dl[beam]."
        ) from error
    check_window(window)
    unit = common_multiple(window)
    return (
        documents
        | "Some at once" >> beam.BatchElements(min_batch_size=16, max_batch_size=1024)
        | "Pairs" >> beam.FlatMap(_pairs, vocabulary_size, window)
        | "Sum" >> beam.CombinePerKey(sum)
        | "Both ways" >> beam.FlatMap(_mirrored, unit)
    )


def _mirrored(summed, unit):
    """Returns the counts of a pair and of its mirror image; see `cooccurrences` of equal words."""
    pair, found = summed
    row, column = pair
    if row == column:
        return [(pair, 2 * found / unit)]
    return [(pair, found / unit), ((column, row), found / unit)]


def _pairs(documents, vocabulary_size, window):
    """Yields each pair of words of some documents with its sum, in Python's integers."""
    documents = [np.asarray(document, "int64") for document in documents]
    words = with_gaps(documents, vocabulary_size, window)
    keys, sums = summed_pairs(words, vocabulary_size, window)
    rows, columns = np.divmod(keys, vocabulary_size)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return zip(pairs, sums.tolist(), strict=True)
