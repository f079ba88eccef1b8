import sys

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.testing.util import assert_that, equal_to

from keras_dl import embeddings

VOCABULARY = 9


def _run(documents, **options):
    """Fails unless the pipeline's counts are those of `cooccurrences`, to the bit."""
    rows, columns, counts = embeddings.cooccurrences(documents, VOCABULARY, **options)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    wanted = list(zip(pairs, counts.tolist(), strict=True))
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        created = pipeline | beam.Create([document.tolist() for document in documents])
        found = embeddings.beam_cooccurrences(created, VOCABULARY, **options)
        assert_that(found, equal_to(wanted))


@pytest.mark.parametrize("window", [1, 10])
def test_counts_are_those_of_one_machine(window):
    random = np.random.default_rng(0)
    _run([random.integers(0, VOCABULARY, random.integers(0, 30)) for _ in range(50)], window=window)


def test_a_wrong_number_of_a_word_stops_the_pipeline():
    with pytest.raises(Exception, match="from 0 to 8. Received 9"):
        with beam.Pipeline(runner="FnApiRunner") as pipeline:
            embeddings.beam_cooccurrences(pipeline | beam.Create([[2, 9]]), VOCABULARY)


def test_window_is_checked():
    with pytest.raises(ValueError, match="Received 21"):
        embeddings.beam_cooccurrences(None, VOCABULARY, window=21)


def test_without_beam_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    with pytest.raises(ImportError, match=r"pip install keras_dl\[beam\]"):
        embeddings.beam_cooccurrences(None, VOCABULARY)
