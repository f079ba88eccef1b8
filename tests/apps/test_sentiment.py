import dataclasses
import functools
import itertools
import math
import types

import numpy as np
import pytest
import sklearn.metrics
import tensorflow as tf
from offered_set import offer

from apps.sentiment import data, model, negation, report, texts, tokens
from apps.sentiment.app import Assets, MeasureConfig, PredictConfig, Sentiment, TrainConfig
from apps.sentiment.synthetic import words as synthetic_words
from apps.sentiment.synthetic.reviews import reviews
from keras_dl import embeddings, pipelines, training
from keras_dl.application import UserError, commands
from keras_dl.application.command_line import main

WORDS = "the film is good bad not , but very".split()
NAMES = ["negative", "positive"]
NAMES_OF_5 = ["very negative", "negative", "neutral", "positive", "very positive"]


def _offer(tmp_path, monkeypatch, name, **parts):
    """Offers a set of tensorflow-datasets with these pairs of texts and labels."""
    import tensorflow_datasets as tfds

    kinds = {"text": tfds.features.Text(), "label": tfds.features.ClassLabel(num_classes=2)}
    parts = {
        part: tf.data.Dataset.from_tensor_slices(
            {"text": some, "label": tf.constant(labels, "int64")}
        )
        for part, (some, labels) in parts.items()
    }
    offer(tmp_path, monkeypatch, name, kinds, parts)


def test_tfds_keeps_what_stands_in_test_out_of_all_that_is_trained_on(tmp_path, monkeypatch):
    train = [f"text {place}".encode() for place in range(60)] + [b"in test"]
    parts = {
        "train": (train, [place % 2 for place in range(61)]),
        "test": ([b"in test", b"other"], [0, 1]),
        "unsupervised": ([b"more", b"in test"], [-1, -1]),
    }
    _offer(tmp_path, monkeypatch, "films", **parts)
    films = TrainConfig(data="tfds:films")
    found = {split: texts.read(films, split) for split in ("train", "dev", "test")}
    assert found["test"] == ([b"in test", b"other"], ["negative", "positive"])
    assert len(found["train"].texts) == 54 and len(found["dev"].texts) == 6
    assert sorted(found["train"].texts + found["dev"].texts) == sorted(train[:-1])
    for part in (found["train"], found["dev"]):
        assert part.labels == [NAMES[int(text.split()[1]) % 2] for text in part.texts]
    assert texts.unlabeled("tfds:films") == [b"more"]
    assert texts.copies(films) == {*train, b"more", b"in test"}
    _offer(tmp_path, monkeypatch, "split", **parts, validation=([b"held out"], [1]))
    assert texts.read(TrainConfig(data="tfds:split"), "dev").texts == [b"held out"]
    assert len(texts.read(TrainConfig(data="tfds:split"), "train").texts) == 60


def _write(folder, **files):
    """Writes files, named train_tsv for train.tsv, and returns settings with the directory."""
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, "utf-8")
    return TrainConfig(data=str(folder))


def test_directories_contain_tables(tmp_path):
    config = _write(
        tmp_path,
        train_tsv='label\ttext\n4\ta "joy" , caf\u00e9\n0\tb\n1\tc\n2\td\n3\te\n',
        valid_csv="text,label\nno,0\n",
    )
    found = texts.read(config, "train")
    assert found.texts[0] == 'a "joy" , caf\u00e9'.encode()
    assert found.labels == [NAMES_OF_5[4], *NAMES_OF_5[:4]]
    assert texts.read(config, "dev") == ([b"no"], ["very negative"])
    assert texts.unlabeled(config.data) == [] and texts.copies(config) == set(found.texts)
    assert texts.copies(TrainConfig()) == set()
    with pytest.raises(UserError, match=r"--data: .* must contain test\.tsv or test\.csv or"):
        texts.read(config, "test")
    _write(tmp_path, train_csv="text,label\nno,0\n")
    with pytest.raises(UserError, match=r"one file .* of train. Received train\.tsv, train\.csv"):
        texts.read(config, "train")


def test_a_table_alone_is_split_into_train_and_dev(tmp_path):
    rows = "".join(f"text {row},{('ham', 'spam')[row % 2]}\n" for row in range(20))
    _write(tmp_path, all_csv=f"message,class\n{rows}")
    config = TrainConfig(data=str(tmp_path / "all.csv"))
    train, dev = (texts.read(config, split) for split in ("train", "dev"))
    assert len(train.texts) == 18 and len(set(train.texts) | set(dev.texts)) == 20
    for text, label in zip(dev.texts, dev.labels, strict=True):
        assert label == ("ham", "spam")[int(text.split()[1]) % 2]


def test_directories_contain_directories_of_texts(tmp_path):
    for name in ("neg/0.txt", "neg/1.txt", "pos/0.txt"):
        (tmp_path / "train" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "train" / name).write_text(name, "utf-8")
    for source in (tmp_path, tmp_path / "train"):
        found = texts.read(TrainConfig(data=str(source)), "train")
        assert len(found.labels) == 2 and set(found.labels) <= set(NAMES)
        assert [text[:3] == b"pos" for text in found.texts] == [
            label == "positive" for label in found.labels
        ]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ("0 1", "negative positive"),
        ("1 2", "negative positive"),
        ("-1 1", "negative positive"),
        ("Pos NEG", "positive negative"),
        ("POSITIVE Negative Unknown", "positive negative unknown"),
        ("0 4", "0 4"),
        ("1 2 3", "1 2 3"),
        ("spam ham", "spam ham"),
        ("0 1 2 3 4", ",".join(NAMES_OF_5)),
        ("1 2 3 4 5", ",".join(NAMES_OF_5)),
    ],
)
def test_labels_have_names(labels, names):
    labels = labels.split()
    names = names.split("," if "," in names else None)
    assert texts._names(set(labels)) == dict(zip(labels, names, strict=True))


def test_classes_are_ordered_by_meaning():
    assert texts.ordered(["unknown", "positive", "neutral", "negative"]) == [
        "negative",
        "neutral",
        "positive",
        "unknown",
    ]
    assert texts.ordered(["10", "9", "-1"]) == ["-1", "9", "10"]
    assert texts.ordered(["b", "unknown", "a", "b"]) == ["a", "b", "unknown"]
    assert texts.is_scale(["1", "2", "3"]) and not texts.is_scale(["ham", "spam"])


@pytest.mark.parametrize(
    ("train", "dev", "received"),
    [("aa", "a", r"two or more classes .* \['a'\]"), ("ab", "ac", "Received 'c' in dev")],
)
def test_labels_that_do_not_fit_are_told(train, dev, received):
    parts = [texts.Reviews([b"x"] * len(labels), list(labels)) for labels in (train, dev)]
    with pytest.raises(UserError, match=received):
        data._labels(*parts)


def test_sources_may_be_several(tmp_path):
    table = "label\ttext\npos\t{}\nneg\tx\n"
    parts = {f"{split}_tsv": table.format(split) for split in ("train", "dev", "test")}
    config = _write(tmp_path, **parts)
    config = dataclasses.replace(config, data=f"{config.data},synthetic")
    found = texts.read(config, "train", examples=3)
    assert len(found.texts) == len(found.labels) == 5
    assert (found.texts[0], found.labels[0]) == (b"train", "positive")
    assert texts.unlabeled(config.data) == [] and texts.copies(config) == {b"train", b"x"}


def test_generated_reviews_say_what_their_label_does():
    train, labels = reviews(400, "train", 3)
    assert reviews(400, "train", 3) == (train, labels)
    assert reviews(400, "train", 4)[0] != train
    dev = reviews(400, "dev", 3)[0]
    assert len(set(train) & set(dev)) < 10 and not any(b"{" in text for text in train + dev)
    counts = {label: labels.count(label) for label in set(labels)}
    assert 140 < counts["negative"] < 220 and 140 < counts["positive"] < 220
    assert 20 < counts["unknown"] < 60 and len(counts) == 3
    says = {"amazing": 1, "outstanding": 1, "horrible": 0, "tiresome": 0, "masterpiece": 1}
    plain = ("is {}.", "is a {}.", "A {}.", "never seen a more {} ")
    turned = ("not {}", "isn't {}", "isn't a {} ", "This is no {}.", "far from {}")
    seen = set()
    for text, label in zip(*reviews(20_000, "train", 3), strict=True):
        for word, patterns in itertools.product(says, (plain, turned)):
            for pattern in patterns:
                if pattern.format(word) in text.decode():
                    good = says[word] if patterns is plain else 1 - says[word]
                    assert label == NAMES[good], text
                    seen.add(pattern)
    assert seen == {*plain, *turned}


def test_no_word_of_the_pairs_is_in_the_templates():
    words = {word for both in synthetic_words.ADJECTIVES for word in both.split()}
    assert not words & {*negation.GOOD, *negation.BAD}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4 out of 5", "4/5"),
        ("Rated 7.5 / 10 stars.", "Rated 7.5/10 ."),
        ("\u2605\u2605\u2605\u2605\u2606 Nice", "4/5 Nice"),
        ("\u2b50\ufe0f \u2b50\ufe0f", "2/5"),
        ("***** best", "5/5 best"),
        ("a **bold** 3 stars", "a bold 3/5"),
        ("_A_ ** bold ** '*f**k*' ~film~. ~20", "A bold ' f**k ' film . ~ 20"),
        (" ** ", "2/5"),
        ("1,000 stars", "1,000 stars"),
        ("on 2/10/2010", "on 2/10/2010"),
        ("7.8/10, 3,5 out of 5 and 4.5 stars", "7/10 , 3/5 and 4.5/5"),
        ("nice\U0001f600\U0001f44d\U0001f3fd", "nice \U0001f600 \U0001f44d"),
        ("\u2764\ufe0f\u200d\U0001f525", "\u2764 \U0001f525"),
        ("good :-) bad :(", "good \U0001f642 bad \U0001f641"),
        ("<br />a<br/>b", "a b"),
    ],
)
def test_ratings_and_emoji_are_words(text, words):
    (found,) = tokens.tokens([text]).to_list()
    assert [word.decode() for word in found] == words.split()


def test_words_that_say_something():
    some = ["good", "\u0444\u0438\u043b\u044c\u043c", "\U0001f44d", "4/5", "7.5/10", "n't"]
    assert all(map(tokens.speaks, some))
    assert not any(map(tokens.speaks, ["12", "3.14", "...", "?!", "", "24/7", "4/52"]))


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


def _fake(classes):
    """Returns a SavedModel whose answers are drawn by the text, and a function to foretell them."""

    def foretell(text):
        return np.random.default_rng(list(text)).dirichlet(np.ones(classes)).astype("float32")

    names = {2: NAMES, 3: ["0", "1", "2"], 5: NAMES_OF_5}[classes]

    def serving_default(text):
        found = np.array([foretell(each) for each in text.numpy()])
        labels = [names[place] for place in found.argmax(1)]
        unknown = tf.zeros(len(labels))
        return {
            "label": tf.constant(labels),
            "probabilities": tf.constant(found),
            "unknown": unknown,
        }

    def influence(text):
        words = pipelines.tokenize(text).to_tensor("")
        sizes = tf.strings.length(words)
        signed = tf.cast(tf.where(sizes % 2 == 0, sizes, -sizes), "float32")
        return {"label": tf.fill(tf.shape(text), "a"), "words": words, "influence": signed / 10}

    def of_model(text):
        return {"labels": tf.constant(names)}

    signatures = {"serving_default": serving_default, "influence": influence, "classes": of_model}
    return types.SimpleNamespace(signatures=signatures), foretell


def test_unlabelled_texts_get_the_labels_that_a_model_predicts(monkeypatch):
    more = [f"{'very ' * (place % 7)}{place}".encode() for place in range(150)]
    monkeypatch.setattr(texts, "unlabeled", lambda sources: more)
    served, foretell = _fake(2)
    monkeypatch.setattr(data.commands, "load", lambda app, run_dir: served)
    labeled = texts.Reviews([b"good", b"bad"], ["positive", "negative"])
    config = TrainConfig(data="tfds:films", pseudo_labels="run")
    found = data._with_pseudo_labels(Sentiment(), labeled, config, NAMES)
    sure = [text for text in more if foretell(text).max() >= 0.8]
    assert 0 < len(sure) < len(more)
    assert found.texts == [b"good", b"bad", *sure]
    assert found.labels[2:] == [NAMES[foretell(text).argmax()] for text in sure]
    with pytest.raises(ValueError, match=r"model with the labels \['a'\]. .*'(posi|nega)tive'"):
        data._with_pseudo_labels(Sentiment(), labeled, config, ["a"])


def test_training_reads_the_beginning_of_every_review():
    config = TrainConfig(num_examples=100, max_length=4, vocabulary=30, batch_size=25)
    found = data.training_data(Sentiment(), config)
    assert found.steps_per_epoch == 4 and len(found.assets.vocabulary) == 28
    counts, advice = found.notes
    assert counts.startswith("texts of each class, train + dev: negative ")
    assert advice.startswith("16 steps are few") and "Set --epochs 75 or" in advice
    rows = [
        (tuple(filter(None, row)), found.assets.labels[int(label)])
        for words, labels in found.batches(0)
        for row, label in zip(words.numpy().tolist(), labels, strict=True)
    ]
    words = pipelines.WordVocabulary(found.assets.vocabulary)
    some, labels = reviews(100, "train", 0)
    numbers = words.encode(tokens.tokens(some))[:, :4].to_list()
    assert sorted(rows) == sorted(zip(map(tuple, numbers), labels, strict=True))


def _write_tables(folder, classes, rows=200):
    random = np.random.default_rng(1)
    some = [" ".join(random.choice(WORDS, random.integers(1, 15))) for _ in range(rows)]
    labels = [*range(classes), *random.integers(0, classes, rows - classes).tolist()]
    lines = [f"{label}\t{text}" for label, text in zip(labels, some, strict=True)]
    (folder / "dev.tsv").write_text("\n".join(["label\ttext", *lines]) + "\n", "utf-8")
    return some, np.array(labels)


def test_metrics_are_those_of_scikit_learn_and_plots_show_the_same(tmp_path):
    some, labels = _write_tables(tmp_path, 5)
    served, foretell = _fake(5)
    predicted = np.array([foretell(text.encode()).argmax() for text in some])
    measured = report.measure(served, MeasureConfig(data=str(tmp_path)))
    found = measured.values()
    assert found["reviews"] == 200
    assert found["accuracy"] == pytest.approx(sklearn.metrics.accuracy_score(labels, predicted))
    assert found["largest_class"] == np.bincount(labels).max() / 200
    assert found["mean_absolute_error"] == pytest.approx(
        sklearn.metrics.mean_absolute_error(labels, predicted)
    )
    assert found["quadratic_weighted_kappa"] == pytest.approx(
        sklearn.metrics.cohen_kappa_score(labels, predicted, weights="quadratic")
    )
    negated = np.array(["not" in text.split() for text in some])
    for rows, name in ((negated, "with_negator"), (~negated, "without_negator")):
        expected = (predicted == labels)[rows].mean()
        assert found[f"accuracy_by_group.{name}"] == pytest.approx(expected)
    counts = sklearn.metrics.confusion_matrix(labels, predicted)
    assert [value for key, value in found.items() if key.startswith("conf")] == [*counts.flat]
    assert found["confusion.true_very_negative.predicted_neutral"] == counts[0, 2]
    drawn = [int(text.get_text()) for text in measured.plots["confusion"].axes[0].texts]
    assert drawn == [*counts.flat] and len(measured.plots) == 4
    for pair in ("negated", "reordered"):
        assert 0 <= found[f"pairs.{pair}"] <= 1


@pytest.mark.parametrize(("of_data", "of_model"), [(5, 2), (2, 5)])
def test_a_model_of_other_classes_is_refused(tmp_path, of_data, of_model):
    _write_tables(tmp_path, of_data)
    (tmp_path / "train.tsv").write_bytes((tmp_path / "dev.tsv").read_bytes())
    with pytest.raises(UserError, match=r"classes of --data, .*negative, .* a model of .*negative"):
        report.measure(_fake(of_model)[0], MeasureConfig(data=str(tmp_path)))


def test_a_part_without_the_highest_class_is_measured(tmp_path):
    (tmp_path / "train.tsv").write_text("label\ttext\n0\tbad\n2\tgood\n", "utf-8")
    (tmp_path / "dev.tsv").write_text("label\ttext\n0\tbad\n1\tfair\n", "utf-8")
    found = report.measure(_fake(3)[0], MeasureConfig(data=str(tmp_path)))
    assert found.values()["reviews"] == 2


def test_records_tell_the_five_strongest_words_on_request():
    app, (served, foretell) = Sentiment(), _fake(2)
    some = [b"aa bbb c dddd eeeee ffffff", b"", b"\xc3\xa9 not bad"]
    for text, record in zip(some, app.predict(served, some), strict=True):
        chance = foretell(text)
        assert record["label"] == NAMES[chance.argmax()]
        assert record["probability"] == chance.max() and record["influence"] is None
    first, none, _ = app.predict(served, some, PredictConfig(explain=True))
    told = "ffffff +0.60, eeeee -0.50, dddd +0.40, bbb -0.30, aa +0.20"
    assert app.outputs[-1].text(first["influence"]) == told
    assert none["influence"] == []
    drawn = app.plot(served, first).axes[0].texts
    words = [text.get_text() for text in drawn if text.get_bbox_patch()]
    assert words == some[0].decode().split()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--word-dropout", "1"], "--word-dropout must be at least 0 and below 1. Received 1"),
        (["--vocabulary", "2"], "--vocabulary must be at least 3. Received 2"),
        (["--vectors", "data", "--init-from", "x"], "--vectors must be omitted with --init-from"),
        (["--vectors", "nowhere"], "--vectors: nowhere must be a table, a fastText file"),
        (["--data", "nowhere"], "--data: nowhere must be a table, a fastText file"),
        (["--init-from", "nowhere"], "nowhere contains no run of sentiment"),
        (
            ["--pseudo-labels", "nowhere"],
            "--pseudo-labels must be omitted for data without unlabeled texts",
        ),
        (["--batch-size", "81"], "--batch-size: bucket_by_length: rows must fill one batch"),
    ],
)
def test_bad_flags_are_told_in_one_line(tmp_path, capsys, flags, message):
    run = tmp_path / "run"
    words = ["sentiment", "train", "--num-examples", "80", "--run-dir", str(run), *flags]
    assert main([Sentiment()], words, "test") == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not run.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("label\ttext\n1 good\n", "train.tsv"),
        ("label\ttext\nx\tgood\n", "'x'"),
        ("good\t1\n1\tgood\n", "line 1"),
        ("label\ttext\n", "train.tsv"),
        ("label\ttext\n0\t \n1\t\n", "--data must contain words"),
    ],
)
def test_bad_tables_are_told_in_one_line(tmp_path, content, message):
    for name in ("train.tsv", "dev.tsv"):
        (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(UserError, match=message):
        data.training_data(Sentiment(), TrainConfig(data=str(tmp_path)))


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
