import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl import embeddings

DOCUMENTS = [[[5, 6, 7], [], [8, 1, 5, 6]], [[9], [2, 0, 3]]]


def _build(**options):
    options = {"window": 3, "embedding_units": 4, "hidden_units": 6, **options}
    return embeddings.neural_language_model(10, **options)


def _documents():
    parts = [tf.ragged.constant(part, dtype="int32") for part in DOCUMENTS]
    return tf.data.Dataset.from_generator(
        lambda: parts, output_signature=tf.RaggedTensorSpec((None, None), "int32")
    )


@pytest.mark.parametrize("direct", [True, False])
def test_logits_equal_the_formula(direct):
    model = _build(direct=direct)
    random = np.random.default_rng(0)
    model.set_weights([random.normal(size=weight.shape) for weight in model.get_weights()])
    layers = ["embedding", "hidden", "logits", *(["direct"] if direct else [])]
    weights = [w.astype("float64") for name in layers for w in model.get_layer(name).get_weights()]
    table, hidden, hidden_bias, output, output_bias = weights[:5]
    words = random.integers(0, 10, (7, 3))
    for row, found in zip(words, model(words).numpy(), strict=True):
        x = np.concatenate([table[word] for word in row])
        wanted = output_bias + np.tanh(hidden_bias + x @ hidden) @ output
        if direct:
            wanted += x @ weights[5]
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_the_seed_determines_weights_and_dropout():
    words = np.array([[5, 6, 7]])
    one, same, other = (
        np.asarray(_build(dropout=0.5, seed=seed)(words, training=True)) for seed in (3, 3, 4)
    )
    assert (one == same).all() and (one != other).any()


def test_loss_is_nats_for_each_word():
    model = _build()
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    data = embeddings.next_words(_documents(), 3, batch_size=100)
    ((words, following),) = data.as_numpy_iterator()
    logits = model(words).numpy().astype("float64")
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    wanted = -np.log(chances[np.arange(len(following)), following]).mean()
    np.testing.assert_allclose(model.evaluate(data, steps=1, verbose=0), wanted, rtol=1e-5)


def test_each_word_is_once_the_next_and_no_window_leaves_its_document():
    batches = list(embeddings.next_words(_documents(), 3, batch_size=4).as_numpy_iterator())
    assert [len(following) for _, following in batches] == [4, 4, 2]
    found = [
        (*row, word)
        for words, following in batches
        for row, word in zip(words.tolist(), following.tolist(), strict=True)
    ]
    wanted = []
    for document in (document for part in DOCUMENTS for document in part):
        document = [word for word in document if word]
        for index, word in enumerate(document):
            wanted.append((*([0, 0, 0, *document])[index : index + 3], word))
    assert sorted(found) == sorted(wanted)


def test_order_depends_on_the_seed_and_the_round():
    def following(seed):
        data = embeddings.next_words(_documents().repeat(2), 3, batch_size=10, seed=seed)
        return [batch.tolist() for _, batch in data.as_numpy_iterator()]

    first = following(0)
    assert first == following(0) != following(1)
    assert first[0] != first[1] and sorted(first[0]) == sorted(first[1])


def test_it_learns_what_needs_two_words():
    """After 2 follows 3 or 4, by the word before 2."""
    text = [5, 2, 3, 6, 2, 4] * 50
    data = tf.data.Dataset.from_tensors(tf.ragged.constant([text], dtype="int32"))
    model = _build(window=2)
    model.compile(
        keras.optimizers.Adam(0.03), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    batches = embeddings.next_words(data.repeat(), 2, batch_size=32)
    model.fit(batches, steps_per_epoch=100, verbose=0, shuffle=False)
    chances = keras.ops.softmax(model(np.array([[5, 2], [6, 2]])))
    assert chances[0, 3] > 0.95 and chances[1, 4] > 0.95


def test_logits_are_float32_in_half_precision_and_it_comes_back_from_a_file(tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    model = _build(dropout=0.1)
    words = np.array([[0, 1, 2]])
    logits = model(words)
    assert logits.dtype == "float32" and np.isfinite(logits).all()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(words), logits)


def test_arguments_are_checked():
    with pytest.raises(ValueError, match=r"\(10, 0, 4, 6\)"):
        _build(window=0)
    with pytest.raises(ValueError, match="window 3, batch_size 0"):
        embeddings.next_words(_documents(), 3, batch_size=0)
