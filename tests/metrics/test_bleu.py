"""The metrics of token IDs against those of texts."""

import keras
import numpy as np
import pytest

from keras_dl.metrics import (
    BLEU,
    ChrF,
    ModifiedPrecision,
    NGramPrecision,
    NGramRecall,
    corpus_bleu,
    corpus_chrf,
    ngram_scores,
)

END = 4


def batches(count):
    """Yields IDs of hypotheses `(5, 7)` and references `(5, 3, 6)`; some are empty."""
    random = np.random.default_rng(0)
    for _ in range(count):
        references = random.choice(5, (5, 3, 6), p=[0.4, 0.2, 0.2, 0.1, 0.1])
        references[:, 0, 0] %= END  # the first reference has a token
        yield references, random.choice(5, (5, 7), p=[0.5, 0.2, 0.1, 0.1, 0.1])


def text(tokens):
    tokens = list(tokens)
    return " ".join(map(str, tokens[: tokens.index(END)] if END in tokens else tokens))


def texts(seen):
    hypotheses = [text(row) for _, rows in seen for row in rows]
    references = [[text(row) for row in rows] for several, _ in seen for rows in several]
    return hypotheses, references


@pytest.mark.parametrize("smoothing", ["exp", "floor", "add-k", "none"])
@pytest.mark.parametrize("effective_order", [False, True])
def test_bleu_equals_that_of_texts(smoothing, effective_order):
    settings = {"smoothing": smoothing, "effective_order": effective_order}
    metric, seen = BLEU(order=5, end=END, **settings), []
    assert float(metric.result()) == 0
    for batch in batches(2):
        seen.append(batch)
        metric.update_state(*batch)
        expected = corpus_bleu(*texts(seen), max_order=5, tokenize="none", **settings)
        assert float(metric.result()) == pytest.approx(expected.score, rel=1e-9)
    assert int(metric.reference_length) == expected.reference_length
    metric.reset_state()
    metric.update_state(np.full((2, 3), 1), np.full((2, 3), END))
    assert float(metric.result()) == 0


@pytest.mark.parametrize(("order", "beta"), [(6, 2), (2, 1)])
def test_chrf_equals_that_of_texts(order, beta):
    metric, hypotheses, references = ChrF(order, beta, END), [], []
    assert float(metric.result()) == 0
    for several, rows in batches(2):
        metric.update_state(several, rows)
        hypotheses += [characters(row) for row in rows]
        references += [[c for c in map(characters, refs) if c] for refs in several]
        expected = corpus_chrf(hypotheses, references, char_order=order, beta=beta, whitespace=True)
        assert float(metric.result()) == pytest.approx(expected.score, rel=1e-9)


def characters(tokens):
    return text(tokens).replace(" ", "")


@pytest.mark.parametrize("order", [1, 2])
def test_ratios_equal_those_of_texts(order):
    kinds = {"precision": NGramPrecision, "modified_precision": ModifiedPrecision}
    kinds["recall"] = NGramRecall
    measured = {name: kind(order, end=END) for name, kind in kinds.items()}
    seen = list(batches(2))
    for metric in measured.values():
        for batch in seen:
            metric.update_state(*batch)
    expected = ngram_scores(*texts(seen), order=order, tokenize="none")._asdict()
    assert {name: float(metric.result()) for name, metric in measured.items()} == expected
    assert len(set(expected.values())) == 3


def test_in_fit_logits_weights_and_padding_count_alike():
    random = np.random.default_rng(1)
    y_true, logits = random.integers(1, 4, (6, 5)), random.normal(size=(6, 5, 4))
    lengths = np.array([5, 4, 3, 2, 2, 1])
    weights = (np.arange(5) < lengths[:, None]).astype("float32")
    logits[..., 0] = -9
    model = keras.Sequential([keras.Input((5, 4)), keras.layers.Activation("linear")])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, weighted_metrics=[BLEU(order=2)], run_eagerly=False)
    found = model.evaluate(logits, y_true, 2, 0, weights)[1]
    expected = corpus_bleu(
        [" ".join(map(str, row[:n])) for row, n in zip(logits.argmax(2), lengths, strict=True)],
        [[" ".join(map(str, row[:n]))] for row, n in zip(y_true, lengths, strict=True)],
        max_order=2,
        tokenize="none",
    )
    assert 0 < expected.score == pytest.approx(found, rel=1e-5)


def test_survives_its_config():
    metric = BLEU(3, "floor", 0.2, True, end=7, name="bleu3")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert copy.get_config() == metric.get_config()
    assert (copy.order, copy.smoothing_value, copy.end, copy.name) == (3, 0.2, 7, "bleu3")


def test_refuses_other_shapes():
    with pytest.raises(
        ValueError, match=r"NGramRecall: .* Received y_pred \(2,\), y_true \(2, 3\)"
    ):
        NGramRecall().update_state(np.zeros((2, 3)), np.zeros(2))
    with pytest.raises(ValueError, match=r"BLEU: sample_weight .* Received \(3,\)"):
        BLEU().update_state(np.ones((3, 3)), np.ones((3, 3)), np.array([1.0, 0.0, 1.0]))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: BLEU(order=0), r"^BLEU: order .* Received order 0\."),
        (lambda: NGramRecall(order=0), r"^NGramRecall: order .* Received order 0\."),
        (lambda: ChrF(beta=0), r"^ChrF: beta .* Received beta 0\."),
    ],
)
def test_arguments_out_of_range_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()
