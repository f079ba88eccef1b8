import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from keras_dl import models


def _model(**options):
    model = models.bag_of_words_classifier(50, 3, embedding_units=6, **options)
    random = np.random.default_rng(0)
    model.set_weights([random.normal(size=each.shape) for each in model.get_weights()])
    return model


def _words(rows=20, time=9, vocabulary=50):
    random = np.random.default_rng(1)
    words = random.integers(1, vocabulary, (rows, time)).astype("int32")
    return np.where(np.arange(time) < random.integers(1, time + 1, (rows, 1)), words, 0)


def test_logits_are_linear_in_the_mean_over_words():
    model, words = _model(), _words()
    vectors = model.get_layer("embedding").get_weights()[0].astype("float64")
    kernel, bias = model.get_layer("logits").get_weights()
    means = np.array([vectors[row[row > 0]].mean(0) for row in words])
    np.testing.assert_allclose(np.asarray(model(words)), means @ kernel + bias, atol=1e-5)


def test_order_and_padding_change_nothing():
    model, words = _model(), _words()
    expected = np.asarray(model(words))
    random = np.random.default_rng(2)
    np.testing.assert_allclose(
        np.asarray(model(random.permuted(words, axis=1))), expected, atol=1e-6
    )
    for pads in (1, 7, 50):
        padded = np.pad(words, ((0, 0), (0, pads)))
        np.testing.assert_allclose(np.asarray(model(padded)), expected, atol=1e-6)


@pytest.mark.parametrize("time", [0, 1, 5])
def test_a_text_without_words_has_the_logits_of_the_bias(time):
    model = _model()
    logits = np.asarray(model(np.zeros((2, time), "int32")))
    np.testing.assert_array_equal(logits, [model.get_layer("logits").get_weights()[1]] * 2)


def test_a_word_that_is_dropped_does_not_count():
    model = models.bag_of_words_classifier(3, 2, embedding_units=4, word_dropout=0.5)
    model.get_layer("embedding").set_weights([np.array([[9.0] * 4, [0.0] * 4, [1.0] * 4])])
    mean = model.get_layer("mean")
    kept = np.asarray(model.get_layer("word_dropout")(np.full((400, 3), 2), training=True))
    assert set(np.unique(kept)) == {0, 2}
    vectors = model.get_layer("embedding")(kept)
    found = np.asarray(mean(vectors, mask=kept != 0))
    np.testing.assert_allclose(found, np.repeat((kept != 0).any(1)[:, None], 4, 1))


def test_training_finds_the_optimum_that_scikit_learn_finds():
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(3)
    words = _words(400, 12)
    model = models.bag_of_words_classifier(50, 2, embedding_units=4)
    embedding = model.get_layer("embedding")
    embedding.set_weights([2 * random.normal(size=(50, 4))])
    embedding.trainable = False
    vectors = embedding.get_weights()[0].astype("float64")
    means = np.array([vectors[row[row > 0]].mean(0) for row in words])
    chance = 1 / (1 + np.exp(-means @ [2, -1, 0.5, 0] - 0.3))
    labels = (random.random(400) < chance).astype("int32")
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.2, 250), beta_2=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=50,
        jit_compile=False,
    )
    # 250 steps on the whole batch, in few epochs: each of them costs what many steps do.
    often = np.tile(words, (50, 1)), np.tile(labels, 50)
    model.fit(*often, epochs=5, batch_size=400, shuffle=False, verbose=0)
    reference = LogisticRegression(C=np.inf, tol=1e-8).fit(means, labels)
    logits = np.asarray(model(words))
    expected = reference.decision_function(means)
    np.testing.assert_allclose(logits[:, 1] - logits[:, 0], expected, atol=0.02)
    assert (logits.argmax(1) == reference.predict(means)).mean() >= 0.997


@pytest.mark.parametrize("dropped", [-0.1, 1.0])
def test_refuses_a_share_out_of_range(dropped):
    with pytest.raises(ValueError, match=f"Received rate {dropped}"):
        models.bag_of_words_classifier(9, 2, word_dropout=dropped)
