import keras
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, mean_absolute_error

from keras_dl.metrics import OrdinalMeanAbsoluteError, QuadraticWeightedKappa


def _examples():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 5, 200)
    scores = rng.normal(size=(200, 5)) + 1.5 * np.eye(5)[true]
    return true, scores, rng.integers(0, 3, 200)


@pytest.mark.parametrize(
    ("metric", "reference"),
    [
        (OrdinalMeanAbsoluteError(), mean_absolute_error),
        (
            QuadraticWeightedKappa(5),
            lambda *rows, **options: cohen_kappa_score(*rows, weights="quadratic", **options),
        ),
    ],
    ids=["mean_absolute_error", "kappa"],
)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_equals_scikit_learn(metric, reference, weighted, shape):
    true, scores, weights = _examples()
    metric.reset_state()
    for rows in (slice(0, 50), slice(50, 200)):
        given = {"sample_weight": weights[rows]} if weighted else {}
        metric.update_state(true[rows].reshape(shape), scores[rows], **given)
    given = {"sample_weight": weights} if weighted else {}
    expected = reference(true, scores.argmax(1), **given)
    tolerance = 1e-12 if isinstance(metric, QuadraticWeightedKappa) else 1e-6
    np.testing.assert_allclose(float(metric.result()), expected, rtol=tolerance)


@pytest.mark.parametrize(
    ("true", "pred", "expected"),
    [
        ([], [], 0),
        ([2, 2], [2, 2], 0),
        ([2, 2], [1, 1], 0),
        ([0, 4], [0, 4], 1),
        ([0, 4], [4, 0], -1),
    ],
)
def test_kappa_of_corners(true, pred, expected):
    metric = QuadraticWeightedKappa(5)
    if true:
        metric.update_state(np.array(true), np.eye(5)[pred])
    assert float(metric.result()) == expected


def test_fit_reports_what_evaluate_finds():
    true, scores, _ = _examples()
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(5)])
    model.set_weights([np.eye(5), np.zeros(5)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.SGD(0.0),
        loss,
        metrics=[OrdinalMeanAbsoluteError(), QuadraticWeightedKappa(5)],
    )
    history = model.fit(scores.astype("float32"), true, verbose=0).history
    expected = cohen_kappa_score(true, scores.argmax(1), weights="quadratic")
    np.testing.assert_allclose(history["quadratic_weighted_kappa"], [expected], rtol=1e-12)
    found = model.evaluate(scores.astype("float32"), true, verbose=0, return_dict=True)
    assert found["ordinal_mean_absolute_error"] == history["ordinal_mean_absolute_error"][0] > 0


def test_they_survive_their_config():
    for metric in (QuadraticWeightedKappa(3, name="a"), OrdinalMeanAbsoluteError(name="a")):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
        assert again.get_config() == metric.get_config() and again.name == "a"


def test_errors_say_what_was_received():
    with pytest.raises(ValueError, match="num_classes 1"):
        QuadraticWeightedKappa(1)
    with pytest.raises(ValueError, match=r"\(batch, 3\). Received y_pred \(2, 4\)"):
        QuadraticWeightedKappa(3).update_state([0, 1], np.zeros((2, 4)))
    with pytest.raises(ValueError, match=r"\(batch, k\). Received y_pred \(2,\)"):
        OrdinalMeanAbsoluteError().update_state([0, 1], np.zeros(2))
