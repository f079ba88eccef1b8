import keras
import numpy as np

from keras_dl.metrics import SequenceAccuracy


def test_equals_a_loop_over_sequences_and_batches():
    rng = np.random.default_rng(0)
    metric, right, count = SequenceAccuracy(), 0, 0
    for _ in range(5):
        truth = rng.integers(0, 3, (7, 4))
        logits = rng.normal(size=(7, 4, 3)) + 3 * np.eye(3)[truth]
        weights = rng.integers(0, 2, (7, 4)).astype("float32")
        metric.update_state(truth, logits, weights)
        for row in range(7):
            counted = [step for step in range(4) if weights[row, step]]
            right += all(logits[row, step].argmax() == truth[row, step] for step in counted)
            count += 1
    assert 0 < right < count
    np.testing.assert_allclose(metric.result(), right / count, rtol=1e-6)


def test_nothing_seen_is_zero_and_it_survives_its_config():
    metric = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(SequenceAccuracy(name="exact"))
    )
    assert metric.name == "exact" and float(metric.result()) == 0
