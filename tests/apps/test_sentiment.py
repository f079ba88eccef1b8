"""Tests what the models of sentiment answer, and what they start from."""

import dataclasses
import functools
import math
import types

import numpy as np
import pytest
import tensorflow as tf

from apps.sentiment import data, model, negation
from apps.sentiment.app import Assets, Sentiment, TrainConfig
from apps.sentiment.synthetic.reviews import reviews
from keras_dl import embeddings, pipelines, training
from keras_dl.application import commands

WORDS = "the film is good bad not , but very".split()
NAMES = ["negative", "positive"]
NAMES_OF_5 = ["very negative", "negative", "neutral", "positive", "very positive"]


def _data(labels, initial=None, words=WORDS):
    names = {2: NAMES, 3: [*NAMES, "unknown"], 5: NAMES_OF_5}
    assets = Assets(list(words), names[labels])
    return training.TrainingData(None, 1, assets=assets, initial=initial)


def _model(network, labels=2, seed=0):
    built = model.build(TrainConfig(network=network, embedding_units=6, units=5), _data(labels))
    random = np.random.default_rng(seed)
    built.set_weights([random.normal(size=each.shape) / 2 for each in built.get_weights()])
    found = model.endpoints(built, _data(labels).assets)
    return built, {name: each.function for name, each in found.items()}


def _log_odds(probability):
    return math.log(probability) - math.log1p(-probability)


def test_influences_sum_to_the_change_of_the_log_odds():
    """The completeness of integrated gradients."""
    built, answer = _model("average", labels=5)
    texts = tf.constant(["The film is good , but zyx NOT very bad .", "zyx zyx very xyz"])
    found = {name: each.numpy() for name, each in answer["influence"](texts).items()}
    before = answer["serving_default"](texts)
    np.testing.assert_array_equal(found["label"], before["label"])
    words = [word.decode().lower() for word in found["words"][0]]
    assert words == "the film is good , but zyx not very bad .".split()
    for row, length in enumerate((11, 4)):
        best = int(np.argmax(before["probabilities"][row]))
        after = tf.nn.softmax(built(tf.ones((1, length), "int32")))[0].numpy().astype("float64")
        change = _log_odds(float(before["probabilities"][row, best])) - _log_odds(after[best])
        assert found["influence"][row].sum() == pytest.approx(change, abs=1e-3)
    assert not found["influence"][1][[0, 1, 3]].any(), "unknown words have no influence"


def test_influence_in_averages_has_a_formula():
    built, answer = _model("average")
    text = tf.constant(["good , not bad", "the film"])
    found = answer["influence"](text)
    table, kernel, _ = (each.numpy().astype("float64") for each in built.weights)
    chance = answer["serving_default"](text)["probabilities"].numpy()
    for row, words in enumerate((["good", ",", "not", "bad"], ["the", "film"])):
        rows = table[[WORDS.index(word) + 2 for word in words]] - table[1]
        best = chance[row].argmax()
        expected = rows @ (kernel[:, best] - kernel[:, 1 - best]) / len(words)
        influence = found["influence"][row].numpy()
        np.testing.assert_allclose(influence[: len(words)], expected, atol=1e-5)
        assert not influence[len(words) :].any()


def test_a_text_that_says_nothing_is_unknown():
    _, answer = _model("average")
    some = ["", " \n", "?!", "12 34", "zyx", "\u0444\u0438\u043b\u044c\u043c", ",", "film"]
    found = answer["serving_default"](tf.constant(some))
    labels = [label.decode() for label in found["label"].numpy()]
    assert labels[:-1] == ["unknown"] * 7 and labels[-1] in NAMES
    np.testing.assert_array_equal(found["unknown"], [1] * 7 + [0])
    np.testing.assert_array_equal(found["probabilities"][:-1], np.full((7, 2), 0.5))


def test_the_class_unknown_of_the_data_is_no_opinion():
    built, answer = _model("average", labels=3)
    ids = tf.constant([[WORDS.index(word) + 2] for word in WORDS])
    built.set_weights([8 * each for each in built.get_weights()])
    chance = tf.nn.softmax(built(ids)).numpy()
    found = answer["serving_default"](tf.constant(WORDS))
    expected = [NAMES[row[:2].argmax()] if row[2] <= 0.9 else "unknown" for row in chance]
    assert {*expected} == {*NAMES, "unknown"}
    chance[:, :2] += chance[:, 2:] / 2
    for row in set(range(len(WORDS))) - {WORDS.index(",")}:
        assert found["label"][row].numpy().decode() == expected[row]
        np.testing.assert_allclose(found["probabilities"][row], chance[row, :2], atol=1e-6)
        np.testing.assert_allclose(found["unknown"][row], chance[row, 2], atol=1e-6)
    assert answer["classes"](tf.constant(["x"]))["labels"].numpy().tolist() == [
        b"negative",
        b"positive",
    ]


@pytest.mark.parametrize("network", ["average", "recurrent"])
def test_any_text_has_an_answer_that_its_neighbours_do_not_change(network, monkeypatch):
    monkeypatch.setattr(model, "_STEPS", 1)
    _, answer = _model(network)
    some = ["", " \n", "good", "zyx", "<br />", b"\xff\xfe good", "not bad <br /><br />" * 9]
    together = answer["serving_default"](tf.constant(some))
    assert answer["influence"](tf.constant(some))["influence"].numpy().shape[0] == len(some)
    for row, text in enumerate(some):
        alone = answer["serving_default"](tf.constant([text]))
        expected = alone["probabilities"].numpy()[0]
        assert np.isfinite(answer["influence"](tf.constant([text]))["influence"]).all()
        np.testing.assert_allclose(together["probabilities"][row], expected, atol=1e-6)
        assert expected.sum() == pytest.approx(1, abs=1e-6)


def test_words_start_from_vectors_of_the_texts_the_same_ones_again(monkeypatch):
    config = TrainConfig(vectors="data", vocabulary=40, embedding_units=8, network="average")
    monkeypatch.setattr(data, "_VECTOR_RATE", 1.0)
    small = functools.partial(embeddings.skip_gram_windows, blocks=32)  # which are traced at once
    monkeypatch.setattr(embeddings, "skip_gram_windows", small)
    some = reviews(100, "train", 0)[0]
    words, initial = data._words_and_vectors(config, some)
    (vectors,), (again,) = (
        each["embedding"] for each in (initial, data._words_and_vectors(config, some)[1])
    )
    np.testing.assert_array_equal(vectors, again)
    assert vectors.shape == (40, 8) and not vectors[:2].any()
    assert (abs(vectors[2:]).max(1) > 0.5 / 8).mean() > 0.25, "farther from 0 than at first"
    found = training.TrainingData(None, 1, assets=Assets(words, ["a", "b"]), initial=initial)
    (table,) = model.build(config, found).get_layer("embedding").get_weights()
    np.testing.assert_array_equal(table, vectors)


def test_a_run_can_start_from_another_ones_words_and_classes(tmp_path, monkeypatch):
    config = TrainConfig(network="average", embedding_units=6, init_from="run", vocabulary=99)
    other = model.build(config, _data(2))
    weights = [np.arange(each.size).reshape(each.shape) for each in other.get_weights()]
    other.set_weights(weights)
    monkeypatch.setattr(data, "find_run_dir", lambda name, given: tmp_path)
    monkeypatch.setattr(data, "recorded_config", lambda app, directory: config)
    trained = types.SimpleNamespace(trained_of_run=lambda *_: (other, _data(2).assets))
    monkeypatch.setattr(data, "commands", trained)
    labels = ["unknown", "positive"]
    words, initial = data._started(Sentiment(), config, [b"the new film new"], labels)
    assert words == [*WORDS, "new"]
    table, kernel, _ = model.build(config, _data(3, initial, words)).get_weights()
    np.testing.assert_array_equal(table[:-1], weights[0])
    assert abs(table[-1]).max() < 0.1 and kernel.shape == (6, 3), "of another shape than initial"
    np.testing.assert_array_equal(initial["logits"][0], weights[1] * [[0, 1]])
    np.testing.assert_array_equal(initial["logits"][1], weights[2] * [0, 1])
    with pytest.raises(
        ValueError, match=r"--embedding-units must be 6, as in --init-from. Rec.* 7"
    ):
        model.build(dataclasses.replace(config, embedding_units=7), _data(2, initial))
    _, initial = data._started(Sentiment(), config, [b"the"], ["ham", "spam"])
    assert "logits" not in initial


def test_negators_are_found_as_words():
    some = ["It is NOT good", "I can't", "knotty notes", "without hope", "none the less", ""]
    found = negation.has_negator(pipelines.tokenize(some).to_list())
    assert found.tolist() == [True, True, False, True, False, False]


def test_pairs_differ_in_a_negator_or_in_order_alone():
    def words(pairs):
        found = pipelines.tokenize([text for pair in pairs for text in pair]).to_list()
        return [(found[place], found[place + 1]) for place in range(0, len(found), 2)]

    for better, worse in words(negation.reordered_pairs()):
        assert better != worse
        assert sorted(map(bytes.lower, better)) == sorted(map(bytes.lower, worse))
    pairs = negation.negated_pairs()
    assert len(pairs) == len(set(pairs)) >= 100
    good = {word.encode() for word in negation.GOOD}
    for pair in words(pairs):
        negated = negation.has_negator(pair)
        assert negated.sum() == 1 and negated[0] != bool(good & set(pair[0]))


def test_ties_of_a_pair_count_half():
    assert negation.ordered_right([1.0, 0.2, 0.5, 0.5], [0.0, 0.8, 0.5, 0.5000001]) == 0.5


# Texts that people sent to other tools, which earlier models labeled wrongly.
REPORTED = {
    "negative": (
        "It wasn\u2019t good.",
        "I can\u2019t recommend it.",
        "I won\u2019t watch it again.",
        "It wasnt good.",
        "I didnt enjoy the story.",
        "You shouldnt watch this.",
        "It isn\u00b4t worth your time.",
        "I didn`t enjoy the story.",
        "I didn\\'t enjoy the story.",
        "It isn&#39;t worth your time.",
    ),
    "positive": (
        "It wasn\u2019t bad at all.",
        "_A_ _wonderful_ _film_",
        "<p>I loved every minute.</p>",
        "Wonderful\U0001f600",
        "\u201eWonderful\u201c",
        "A&nbsp;wonderful&nbsp;film.",
        "A\u200b wonderful\u200b film\u200b.",
        "won\u00adder\u00adful film",
        "\U0001f60d\U0001f60d\U0001f60d",
        "\U0001f44d",
        "\u2605" * 5,
        "5/5",
        "*****",
        "All good. No complaints.",
        "I have no complaints.",
        "No worries!",
        "Not bad",
        "It does not disappoint.",
        "I couldn't put it down.",
        "I could not stop watching.",
        "I could not ask for more.",
        "No one should miss this film.",
        "I wouldn't change a thing.",
        "Without a single weak scene.",
    ),
    "unknown": ("", " ", "?!", "42", "Today is Thursday."),
}


def test_the_shipped_model_labels_reported_texts():
    served = commands.load(Sentiment())
    some = [(text, label) for label, group in REPORTED.items() for text in group]
    found = [label.decode() for label in data.ask(served, [text for text, _ in some])["label"]]
    wrong = [
        (text, label) for (text, right), label in zip(some, found, strict=True) if label != right
    ]
    assert not wrong
