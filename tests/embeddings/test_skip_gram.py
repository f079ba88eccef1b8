import importlib

import keras
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from keras_dl import embeddings

COUNTS = np.array([0, 0, 50, 20, 30, 10, 5])


def _blocks(seed=0, blocks=6, block=4, window=2):
    random = np.random.default_rng(seed)
    words = random.integers(0, 7, (blocks, block + 2 * window)).astype("int32")
    words[words == 1] = 0
    return words, random.integers(1, window + 1, (blocks, block)).astype("int32")


def _model(rate=0.1, **options):
    model = embeddings.skip_gram(COUNTS, 3, **{"shared_negatives": 4, "seed": 5, **options})
    model.compile(keras.optimizers.SGD(rate))
    random = np.random.default_rng(1)
    for weight in (model.vectors, model.contexts):
        weight.assign(random.normal(size=weight.shape))
    return model


def _expected(vectors, contexts, words, reach, negatives, weight):
    """Gradients of both tables and the loss of a pair, by loops over pairs in float64."""
    window = (words.shape[1] - reach.shape[1]) // 2
    by_vector, by_context = np.zeros_like(vectors), np.zeros_like(contexts)
    loss = pairs = 0
    for row, index in np.ndindex(reach.shape):
        word = words[row, index + window]
        for distance in range(-reach[row, index], reach[row, index] + 1):
            other = words[row, index + window + distance]
            if not (distance and word and other):
                continue
            pairs += 1
            terms = [(other, 1.0, 1.0)]
            terms += [(n, -1.0, weight / len(negatives[row])) for n in negatives[row]]
            for context, sign, share in terms:
                score = sign * vectors[word] @ contexts[context]
                loss += share * np.log1p(np.exp(-score))
                slope = -sign * share / (1 + np.exp(score))
                by_vector[word] += slope * contexts[context]
                by_context[context] += slope * vectors[word]
    return by_vector, by_context, loss / pairs


def test_a_step_is_that_of_loops_in_float64():
    model = _model()
    words, reach = _blocks()
    start = [weight.numpy().astype("float64") for weight in (model.vectors, model.contexts)]
    negatives = model._draw(6, 0).numpy()
    *gradients, loss = _expected(*start, words, reach, negatives, 5)
    data = tf.data.Dataset.from_tensors((words, reach))
    assert model.evaluate(data, verbose=0, return_dict=True)["loss"] == pytest.approx(loss, 1e-6)
    history = model.fit(data, verbose=0, shuffle=False)
    assert history.history["loss"][0] == pytest.approx(loss, 1e-6)
    for weight, before, gradient in zip(
        (model.vectors, model.contexts), start, gradients, strict=True
    ):
        np.testing.assert_allclose(weight.numpy(), before - 0.1 * gradient, atol=1e-6)
    assert int(model.optimizer.iterations) == 1


def test_groups_of_blocks_are_learnt_one_after_another(monkeypatch):
    words, reach = _blocks()
    whole = _model()
    draws = whole._draw(6, 0)
    module = importlib.import_module("keras_dl.embeddings.skip_gram")
    monkeypatch.setattr(module, "_AT_ONCE", 4)
    grouped = _model()
    data = tf.data.Dataset.from_tensors((words, reach))
    losses = [
        model.evaluate(data, verbose=0, return_dict=True)["loss"] for model in (whole, grouped)
    ]
    assert losses[0] == pytest.approx(losses[1], 1e-6)
    grouped.fit(data, verbose=0, shuffle=False)
    for part in (slice(0, 4), slice(4, 6)):
        *block, _ = whole._scored(words[part], reach[part], draws[part], False)
        whole._learn(*block, tf.constant(0.1))
    np.testing.assert_allclose(grouped.vectors.numpy(), whole.vectors.numpy(), atol=1e-6)
    np.testing.assert_allclose(grouped.contexts.numpy(), whole.contexts.numpy(), atol=1e-6)


def test_negatives_are_drawn_by_the_power_of_their_count():
    counts = np.concatenate([[0, 0], np.random.default_rng(0).integers(1, 5000, 300)])
    model = embeddings.skip_gram(counts, 2, shared_negatives=1000)
    found = np.bincount(np.ravel(model._draw(1000, 3).numpy()), minlength=302)
    expected = counts**0.75 / np.sum(counts**0.75) * 1e6
    assert (found[:2] == 0).all()
    assert scipy.stats.chisquare(found[2:], expected[2:]).pvalue > 0.01
    assert scipy.stats.chisquare(found[2:], counts[2:] / counts.sum() * 1e6).pvalue < 1e-6
    assert (model._draw(5, 3).numpy() == model._draw(5, 3).numpy()).all()
    assert (model._draw(5, 3).numpy() != model._draw(5, 4).numpy()).any()


@pytest.mark.slow
def test_scores_become_pointwise_mutual_information_less_log_k():
    """The optimum that Levy & Goldberg 2014 found, where negatives are drawn by the count."""
    random = np.random.default_rng(0)
    jump = random.dirichlet(np.full(8, 0.6), 8)
    text = [0]
    for _ in range(20_000):
        text.append(random.choice(8, p=jump[text[-1]]))
    text = np.array(text) + 1
    pairs = np.zeros((9, 9))
    for one, other in ((text[:-1], text[1:]), (text[1:], text[:-1])):
        np.add.at(pairs, (one, other), 1)
    documents = tf.data.Dataset.from_tensors(tf.RaggedTensor.from_tensor(text[None]))
    options = {"window": 1, "threshold": 0, "block": 16, "blocks": 32}
    data, steps = embeddings.skip_gram_windows(documents, np.bincount(text), 1, **options)
    model = embeddings.skip_gram(pairs.sum(0), 9, negatives=2, shared_negatives=256, exponent=1.0)
    schedule = keras.optimizers.schedules.PolynomialDecay(0.004, 15 * steps, 0.0002)
    model.compile(keras.optimizers.SGD(schedule))
    for epoch in range(15):
        epoch_data = data(epoch).repeat()
        model.fit(epoch_data, steps_per_epoch=steps, verbose=0, shuffle=False)
    with np.errstate(divide="ignore"):
        information = np.log(pairs * pairs.sum() / np.outer(pairs.sum(1), pairs.sum(0)).clip(1))
    found = model.vectors.numpy() @ model.contexts.numpy().T
    seen = pairs > 20
    correlation = np.corrcoef(found[seen], information[seen] - np.log(2))[0, 1]
    assert correlation > 0.99
    assert np.abs(found[seen] - information[seen] + np.log(2)).mean() < 0.1


def test_it_is_saved_and_gives_vectors(tmp_path):
    model = _model()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    words = np.array([[2, 3], [6, 0]])
    np.testing.assert_array_equal(again(words), model.vectors.numpy()[words])
    np.testing.assert_array_equal(again._draw(9, 1), model._draw(9, 1))
    data = tf.data.Dataset.from_tensors(_blocks())
    for each in (model, again):
        each.fit(data, verbose=0, shuffle=False)
    np.testing.assert_array_equal(again.vectors.numpy(), model.vectors.numpy())


def test_many_rows_are_changed_in_the_same_order_each_time():
    random = np.random.default_rng(0)
    words = random.integers(2, 50, (64, 42)).astype("int32")
    reach = np.full((64, 32), 5, "int32")
    found = []
    for _ in range(4):
        model = embeddings.skip_gram(np.ones(50), 100)
        model.compile(keras.optimizers.SGD(0.01))
        data = tf.data.Dataset.from_tensors((words, reach)).repeat(20)
        model.fit(data, verbose=0, shuffle=False)
        found.append([weight.numpy().tobytes() for weight in (model.vectors, model.contexts)])
    assert all(each == found[0] for each in found)


def test_refuses_what_it_cannot_do():
    with pytest.raises(ValueError, match="shared_negatives 0"):
        embeddings.skip_gram(COUNTS, shared_negatives=0)
    with pytest.raises(ValueError, match="weights must be finite"):
        embeddings.skip_gram(np.zeros(5))
    data = tf.data.Dataset.from_tensors(_blocks())
    for optimizer in ("adam", keras.optimizers.SGD(0.1, momentum=0.9)):
        model = embeddings.skip_gram(COUNTS)
        model.compile(optimizer)
        with pytest.raises(ValueError, match=r"SGD without momentum.*Received (adam|sgd)"):
            model.fit(data, verbose=0, shuffle=False)
