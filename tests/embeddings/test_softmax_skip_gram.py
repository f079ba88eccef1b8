import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl import embeddings

COUNTS = [4, 0, 7, 2, 5, 1]


def test_the_seed_determines_the_vectors():
    one, same, other = (
        np.asarray(embeddings.softmax_skip_gram(COUNTS, 6, seed=seed)(np.arange(6)))
        for seed in (3, 3, 4)
    )
    assert (one == same).all() and (one != other).any()


@pytest.mark.parametrize("hierarchical", [False, True])
def test_it_learns_the_share_of_each_context(hierarchical, tmp_path):
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    shares = random.dirichlet(np.ones(5), 6)
    shares = np.insert(shares, 1, 0, axis=1)  # the word that does not occur
    centers = random.integers(0, 6, 4000)
    contexts = np.array([random.choice(6, p=shares[word]) for word in centers])
    model = embeddings.softmax_skip_gram(COUNTS, 6, hierarchical=hierarchical)
    model.compile(keras.optimizers.Adam(0.05), jit_compile=False)
    data = tf.data.Dataset.from_tensor_slices((centers.astype("int32"), contexts.astype("int32")))
    data = data.batch(500).cache()
    start = model.evaluate(data, verbose=0, return_dict=True)["loss"]
    model.fit(data.repeat(60), verbose=0, shuffle=False)
    table = np.zeros((6, 6))
    np.add.at(table, (centers, contexts), 1)
    table /= table.sum(1, keepdims=True)
    told = np.asarray(model.log_probabilities(np.arange(6)))
    found = np.exp(told)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(found, table, atol=0.05)
    entropy = -np.mean(np.log(table[centers, contexts]))
    end = model.evaluate(data, verbose=0, return_dict=True)["loss"]
    assert entropy - 1e-6 < end < entropy + 0.05 < start
    if not hierarchical:
        assert start == pytest.approx(np.log(6), rel=1e-5)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.log_probabilities(np.arange(6)), told)


def test_it_takes_pairs_of_windows():
    documents = tf.data.Dataset.from_tensors(tf.ragged.constant([[2, 3, 4, 2, 5, 2] * 20]))
    counts = np.array([0, 0, 60, 20, 20, 20])
    data, _ = embeddings.skip_gram_windows(documents, counts, 1, threshold=0, block=8, blocks=2)
    model = embeddings.softmax_skip_gram(counts, 4)
    model.compile("sgd", jit_compile=False)
    history = model.fit(
        embeddings.pairs(data(0), 32).repeat(), steps_per_epoch=6, verbose=0, shuffle=False
    )
    assert 0 < history.history["loss"][0] < 2


def test_refuses_what_makes_no_sense():
    with pytest.raises(ValueError, match="units 0"):
        embeddings.softmax_skip_gram(COUNTS, 0)
    with pytest.raises(ValueError, match="not all 0"):
        embeddings.softmax_skip_gram([0, 0])
