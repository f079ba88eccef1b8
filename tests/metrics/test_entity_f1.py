import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from seqeval import metrics as seqeval
from seqeval.scheme import IOB2
from sklearn.metrics import cohen_kappa_score

from keras_dl.layers import CRF
from keras_dl.metrics import EntityF1, EntityPrecision, EntityRecall

TAGS = ["B-LOC", "O", "I-PER", "B-PER", "I-LOC", "B-MISC"]
PAIRS = [
    (EntityF1, seqeval.f1_score),
    (EntityPrecision, seqeval.precision_score),
    (EntityRecall, seqeval.recall_score),
]


def _reference(score, true, pred, counts):
    """seqeval on what is left of the rows."""
    rows = [
        [[TAGS[tag] for tag in row[kept]] for row, kept in zip(tags, counts, strict=True)]
        for tags in (true, pred)
    ]
    with warnings.catch_warnings():  # of undefined scores
        warnings.simplefilter("ignore")
        return score(*rows, mode="strict", scheme=IOB2)


def _examples(seed, rows=50, time=9):
    """Few types, so that long, orphaned, adjacent and half-right entities are frequent."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, len(TAGS), (rows, time))
    pred = np.where(rng.random(true.shape) < 0.7, true, rng.integers(0, len(TAGS), true.shape))
    return true, pred, rng.random(true.shape) < 0.8


@pytest.mark.parametrize(("metric_class", "score"), PAIRS)
def test_equals_seqeval_to_the_last_digit(metric_class, score):
    for seed in range(20):  # 1,000 sequences
        true, pred, counts = _examples(seed)
        metric = metric_class(TAGS)
        metric.update_state(true, pred, counts.astype("float32"))
        expected = _reference(score, true, pred, counts)
        assert 0.1 < expected < 0.9
        assert float(metric.result()) == expected


@pytest.mark.parametrize(("metric_class", "score"), PAIRS)
def test_batches_add_up_and_negative_tags_are_cut_out(metric_class, score):
    true, pred, counts = _examples(99, rows=60)
    metric = metric_class(TAGS)
    for rows in (slice(0, 7), slice(7, 60)):
        metric.update_state(np.where(counts, true, -1)[rows], pred[rows])
    assert float(metric.result()) == _reference(score, true, pred, counts)
    metric.reset_state()
    assert float(metric.result()) == 0


@pytest.mark.parametrize(
    ("true", "pred"),
    [
        ([1, 1, 1], [1, 1, 1]),  # nothing there, nothing predicted
        ([1, 3, 2], [1, 1, 1]),
        ([1, 1, 1], [1, 3, 2]),
        ([1, 2, 2], [1, 3, 2]),  # orphans
        ([3, 2, 3], [3, 2, 2]),  # adjacent entities or a long one
        ([3, 4, 2], [3, 1, 1]),  # another type ends an entity
        ([3, 2, 2], [3, 2, 2]),  # up to the last step
    ],
)
@pytest.mark.parametrize(("metric_class", "score"), PAIRS)
def test_corners(metric_class, score, true, pred):
    true, pred = np.array([true]), np.array([pred])
    metric = metric_class(TAGS)
    metric.update_state(true, pred)
    assert float(metric.result()) == _reference(score, true, pred, np.ones_like(true, "bool"))


def test_scores_and_crf_chains_are_decoded():
    true, _, counts = _examples(5, rows=8, time=5)
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(*true.shape, 6)).astype("float32") + 2 * np.eye(6)[true]
    of_scores, of_chain = EntityF1(TAGS), EntityF1(TAGS)
    of_scores.update_state(true, scores, counts)
    assert float(of_scores.result()) == _reference(
        seqeval.f1_score, true, scores.argmax(-1), counts
    )
    layer = CRF(6)
    layer.build(scores.shape)
    layer.transitions.assign(rng.normal(size=(6, 6)))
    chain = layer(scores, mask=counts)
    of_chain.update_state(true, chain)  # the chain tells which steps count
    decoded = layer.decode(scores, counts).numpy()
    expected = _reference(seqeval.f1_score, true, decoded, counts)
    assert float(of_chain.result()) == expected != float(of_scores.result())


def _padded_batches():
    """Two batches of different length; 0 is the padding of tokens, its tag would be B-LOC."""
    true, tokens, _ = _examples(7, rows=6)
    tokens = tokens + 1
    tokens[:3, 4:] = 0
    true = np.where(tokens == 0, 0, true)
    batches = [(tokens[:2, :4], true[:2, :4]), (tokens[2:], true[2:])]
    return tokens, true, batches


def _tagger(**compile_options):
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(7, 6, mask_zero=True),
        ]
    )
    weights = np.concatenate([5 * np.eye(6)[:1], 5 * np.eye(6)])
    model.set_weights([weights])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.0), loss, **compile_options)
    return model


@pytest.mark.parametrize(("kind", "jit_compile"), [("metrics", True), ("weighted_metrics", False)])
def test_fit_leaves_padding_out_by_the_keras_mask(kind, jit_compile):
    tokens, true, batches = _padded_batches()
    model = _tagger(**{kind: [EntityF1(TAGS)]}, jit_compile=jit_compile)
    first, second = map(tf.data.Dataset.from_tensors, batches)
    data = first.concatenate(second)
    history = model.fit(data, shuffle=False, verbose=0).history["entity_f1"]
    pred = np.maximum(tokens - 1, 0)
    assert history == [_reference(seqeval.f1_score, true, pred, tokens > 0)]
    assert model.evaluate(data, verbose=0)[1] == history[0]


SCRIPT = """
import sys, warnings
warnings.simplefilter("error", UserWarning)
import keras, numpy as np
from keras_dl.metrics import EntityF1, QuadraticWeightedKappa
with np.load(sys.argv[1]) as arrays:
    true, pred, counts, tokens, tags = arrays.values()
f1, kappa = EntityF1(sys.argv[2].split()), QuadraticWeightedKappa(6)
f1.update_state(true, pred, counts)
print(keras.backend.backend(), float(f1.result()))
kappa.update_state(true[:, 0], np.eye(6)[pred[:, 0]])
print(float(kappa.result()))
embedding = keras.layers.Embedding(7, 6, mask_zero=True)
model = keras.Sequential([keras.Input((None,), dtype="int32"), embedding])
embedding.set_weights([np.concatenate([np.eye(6)[:1], np.eye(6)])])
f1.reset_state()
model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy", metrics=[f1])
print(model.evaluate(tokens, tags, verbose=0)[1])
"""


def test_jax_counts_the_same(tmp_path, jax_process):
    true, pred, counts = _examples(3)
    tokens, tags, _ = _padded_batches()
    np.savez(tmp_path / "arrays.npz", true, pred, counts, tokens, tags)
    printed = jax_process.run(SCRIPT, tmp_path / "arrays.npz", " ".join(TAGS))
    backend, *found = printed.split()
    expected = [
        _reference(seqeval.f1_score, true, pred, counts),
        cohen_kappa_score(true[:, 0], pred[:, 0], weights="quadratic"),
        _reference(seqeval.f1_score, tags, np.maximum(tokens - 1, 0), tokens > 0),
    ]
    assert backend == "jax"
    np.testing.assert_allclose([float(value) for value in found], expected, rtol=1e-5)


def test_counts_stay_exact_above_what_float32_holds():
    metric = EntityRecall(TAGS)
    metric.actual.assign(2**24)
    metric.correct.assign(2**24)
    metric.update_state([[3]], [[3]])
    metric.update_state([[3]], [[1]])
    assert float(metric.result()) == (2**24 + 1) / (2**24 + 2)


@pytest.mark.parametrize(("metric_class", "_"), PAIRS)
def test_it_survives_its_config(metric_class, _):
    metric = metric_class(TAGS, name="other")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert type(again) is metric_class and again.name == "other" and again.tags == TAGS


@pytest.mark.parametrize(
    ("true", "pred", "weights", "received"),
    [
        ((2,), (2,), None, r"y_true \(2,\)"),
        ((2, 3), (2, 3, 5), None, r"y_pred \(2, 3, 5\)"),
        ((2, 3), (2, 3, 6, 5), None, r"y_pred \(2, 3, 6, 5\)"),
        ((2, 3), (2, 3), (2,), r"sample_weight \[\(2,\)\]"),
    ],
)
def test_shapes_must_fit(true, pred, weights, received):
    weights = None if weights is None else np.ones(weights)
    with pytest.raises(ValueError, match=received):
        EntityF1(TAGS).update_state(np.zeros(true, int), np.zeros(pred), weights)


def test_tags_must_be_those_of_the_scheme():
    with pytest.raises(ValueError, match="'S-PER' at index 1"):
        EntityF1(["O", "S-PER"])
