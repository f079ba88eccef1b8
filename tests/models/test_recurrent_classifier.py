import keras
import numpy as np
import pytest

from keras_dl import models


def _model(**options):
    model = models.recurrent_classifier(30, 3, embedding_units=4, units=5, **options)
    random = np.random.default_rng(0)
    model.set_weights([random.normal(size=each.shape) / 2 for each in model.get_weights()])
    return model


def _words(rows=6, time=8):
    return np.random.default_rng(1).integers(1, 30, (rows, time)).astype("int32")


@pytest.mark.parametrize("layers", [1, 2])
def test_padding_changes_nothing(layers):
    model, words = _model(layers=layers), _words()
    expected = np.asarray(model(words))
    for before, behind in ((0, 1), (3, 0), (2, 50)):
        padded = np.pad(words, ((0, 0), (before, behind)))
        np.testing.assert_allclose(np.asarray(model(padded)), expected, atol=1e-6)
    with_holes = np.insert(words, [1, 1, 4], 0, axis=1)
    np.testing.assert_allclose(np.asarray(model(with_holes)), expected, atol=1e-6)


def test_is_the_maximum_of_both_directions_over_time():
    model, words = _model(), _words()
    vectors, forward = model.get_layer("embedding")(words), model.get_layer("recurrent_0")
    both = []
    for layer, step in ((forward.forward_layer, 1), (forward.backward_layer, -1)):
        kernel, recurrent, bias = (each.astype("float64") for each in layer.get_weights())
        both.append(_lstm(np.asarray(vectors)[:, ::step], kernel, recurrent, bias).max(1))
    kernel, bias = model.get_layer("logits").get_weights()
    expected = np.concatenate(both, 1) @ kernel + bias
    np.testing.assert_allclose(np.asarray(model(words)), expected, atol=1e-5)


def _lstm(values, kernel, recurrent, bias):
    units = len(recurrent)
    state = cell = np.zeros((len(values), units))
    found = []
    for step in range(values.shape[1]):
        gates = values[:, step] @ kernel + state @ recurrent + bias
        enter, forget, candidate, leave = np.split(gates, 4, 1)
        enter, forget, leave = (1 / (1 + np.exp(-gate)) for gate in (enter, forget, leave))
        cell = forget * cell + enter * np.tanh(candidate)
        state = leave * np.tanh(cell)
        found.append(state)
    return np.stack(found, 1)


def test_a_text_without_words_has_the_logits_of_the_bias():
    model = _model(layers=2)
    logits = np.asarray(model(np.zeros((2, 3), "int32")))
    np.testing.assert_allclose(logits, [model.get_layer("logits").get_weights()[1]] * 2, atol=1e-6)


@pytest.mark.slow
def test_learns_what_averages_cannot():
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(2)
    words = np.array([random.permutation([2, 3, *random.integers(4, 30, 4)]) for _ in range(300)])
    labels = np.array([list(row).index(2) < list(row).index(3) for row in words]).astype("int32")
    model = models.recurrent_classifier(30, 2, embedding_units=8, units=8, dropout=0.1)
    model.compile(
        keras.optimizers.Adam(0.02),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    history = model.fit(words, labels, epochs=15, verbose=0).history
    assert history["accuracy"][-1] > 0.95


def test_survives_saving(tmp_path):
    model, words = _model(layers=2), _words()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(np.asarray(loaded(words)), np.asarray(model(words)), atol=1e-6)
