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

from apps.sentiment import data, model, negation, report, texts
from apps.sentiment.app import Assets, MeasureConfig, PredictConfig, Sentiment, TrainConfig
from apps.sentiment.synthetic.reviews import reviews
from keras_dl import embeddings, pipelines, training
from keras_dl.application import UserError
from keras_dl.application.command_line import main

WORDS = "the film is good bad not , but very".split()


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
    found = {split: texts.read("tfds:films", split, 0) for split in ("train", "dev", "test")}
    assert found["test"] == ([b"in test", b"other"], [0, 1])
    assert len(found["train"].texts) == 54 and len(found["dev"].texts) == 6
    assert sorted(found["train"].texts + found["dev"].texts) == sorted(train[:-1])
    for part in (found["train"], found["dev"]):
        assert part.labels == [int(text.split()[1]) % 2 for text in part.texts]
    assert texts.unlabeled("tfds:films") == [b"more"]
    assert texts.copies("tfds:films") == {*train, b"more", b"in test"}
    _offer(tmp_path, monkeypatch, "split", **parts, validation=([b"held out"], [1]))
    assert texts.read("tfds:split", "dev", 0).texts == [b"held out"]
    assert len(texts.read("tfds:split", "train", 0).texts) == 60


def test_folders_hold_tables(tmp_path):
    for split, line in (("train", '4\ta "joy" , caf\u00e9'), ("dev", "0\tno")):
        (tmp_path / f"{split}.tsv").write_text(f"label\ttext\n{line}\n", "utf-8")
    found = texts.read(str(tmp_path), "train", 0)
    assert (found.texts, found.labels) == (['a "joy" , caf\u00e9'.encode()], [4])
    assert texts.unlabeled(str(tmp_path)) == []
    assert texts.copies(str(tmp_path)) == {'a "joy" , caf\u00e9'.encode()}
    assert texts.copies("synthetic") == set()


@pytest.mark.parametrize(
    ("train", "dev", "received"),
    [([0, 0], [0], r"\[0\] in train"), ([0, 2], [0], r"\[0, 2\]"), ([0, 1], [2], r"\[2\] in dev")],
)
def test_labels_that_do_not_fit_are_told(train, dev, received):
    parts = [texts.Reviews([b"x"] * len(labels), labels) for labels in (train, dev)]
    with pytest.raises(ValueError, match=received):
        data._labels(*parts)


def test_sources_may_be_several(tmp_path):
    for split in ("train", "dev", "test"):
        (tmp_path / f"{split}.tsv").write_text(f"label\ttext\n1\t{split}\n", "utf-8")
    sources = f"{tmp_path},synthetic"
    found = texts.read(sources, "train", 0, examples=3)
    assert len(found.texts) == len(found.labels) == 4
    assert (found.texts[0], found.labels[0]) == (b"train", 1)
    assert texts.unlabeled(sources) == [] and texts.copies(sources) == {b"train"}


def test_labels_have_names():
    assert texts.label_names(2) == ["negative", "positive"]
    assert texts.label_names(5)[0] == "very negative" and texts.label_names(5)[2] == "neutral"
    assert texts.label_names(3) == ["0", "1", "2"]


def test_generated_reviews_say_what_their_label_does():
    train, labels = reviews(400, "train", 3)
    assert reviews(400, "train", 3) == (train, labels)
    assert reviews(400, "train", 4)[0] != train
    dev = reviews(400, "dev", 3)[0]
    assert len(set(train) & set(dev)) < 10 and not any(b"{" in text for text in train + dev)
    assert 120 < sum(labels) < 280
    says = {"amazing": 1, "outstanding": 1, "horrible": 0, "tiresome": 0, "masterpiece": 1}
    plain = ("is {}.", "is a {}.", "A {}.", "never seen a more {} ")
    turned = ("not {}", "isn't {}", "isn't a {} minute", "This is no {}.", "far from {}")
    seen = set()
    for text, label in zip(*reviews(8000, "train", 3), strict=True):
        for word, patterns in itertools.product(says, (plain, turned)):
            for pattern in patterns:
                if pattern.format(word) in text.decode():
                    assert label == (says[word] if patterns is plain else 1 - says[word]), text
                    seen.add(pattern)
    assert seen == {*plain, *turned}


def test_pairs_are_of_words_that_no_generated_review_has():
    some, _ = reviews(3000, "train", 0)
    words = {word for row in pipelines.tokenize(some).to_list() for word in row}
    assert not words & {word.encode() for word in (*negation.GOOD, *negation.BAD)}
    assert b"amazing" in words


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
    assert (abs(vectors[2:]).max(1) > 0.5 / 8).mean() > 0.5, "farther from 0 than at first"
    found = training.TrainingData(None, 1, assets=Assets(words, ["a", "b"]), initial=initial)
    (table,) = model.build(config, found).get_layer("embedding").get_weights()
    np.testing.assert_array_equal(table, vectors)


def _data(labels, initial=None):
    assets = Assets(WORDS, texts.label_names(labels))
    return training.TrainingData(None, 1, assets=assets, initial=initial)


def _model(network, labels=2, seed=0):
    built = model.build(TrainConfig(network=network, embedding_units=6, units=5), _data(labels))
    random = np.random.default_rng(seed)
    built.set_weights([random.normal(size=each.shape) / 2 for each in built.get_weights()])
    found = model.endpoints(built, _data(labels).assets)
    return built, {name: each.function for name, each in found.items()}


@pytest.mark.parametrize("network", ["average", "recurrent"])
def test_influence_is_what_a_longer_vector_of_the_word_would_change(network):
    built, answer = _model(network, labels=5)
    text = tf.constant(["The film is good , but zyx NOT very bad ."])
    found = {name: each.numpy() for name, each in answer["influence"](text).items()}
    before = answer["serving_default"](text)
    assert found["label"] == before["label"].numpy()
    best = int(np.argmax(before["probabilities"]))
    words = [word.decode().lower() for word in found["words"][0]]
    assert words == "the film is good , but zyx not very bad .".split()
    numbers = np.array([WORDS.index(word) + 2 if word in WORDS else 1 for word in words])
    table = built.get_layer("embedding").embeddings
    kept, step = table.numpy(), 1e-3
    for number in set(numbers.tolist()):  # the unknown word has two places
        scores = []
        for sign in (1, -1):
            changed = kept.copy()
            changed[number] *= 1 + sign * step
            table.assign(changed)
            scores.append(math.log(answer["serving_default"](text)["probabilities"][0, best]))
        slope = (scores[0] - scores[1]) / (2 * step)
        assert found["influence"][0, numbers == number].sum() == pytest.approx(slope, abs=2e-3)


def test_influence_in_averages_has_a_formula():
    built, answer = _model("average", labels=5)
    text = tf.constant(["good , not bad", "the film"])
    found = answer["influence"](text)
    table, kernel, _ = (each.numpy().astype("float64") for each in built.weights)
    chance = answer["serving_default"](text)["probabilities"].numpy()
    for row, words in enumerate((["good", ",", "not", "bad"], ["the", "film"])):
        rows = table[[WORDS.index(word) + 2 for word in words]]
        expected = rows @ (kernel[:, chance[row].argmax()] - kernel @ chance[row]) / len(words)
        influence = found["influence"][row].numpy()
        np.testing.assert_allclose(influence[: len(words)], expected, atol=1e-5)
        assert not influence[len(words) :].any()


@pytest.mark.parametrize("network", ["average", "recurrent"])
def test_any_text_has_an_answer_that_its_neighbours_do_not_change(network):
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
    bias = together["probabilities"].numpy()[0]
    np.testing.assert_allclose(together["probabilities"].numpy()[[1, 4]], [bias] * 2, atol=1e-6)


def test_a_run_can_start_from_another_ones_words(tmp_path, monkeypatch):
    config = TrainConfig(network="average", embedding_units=6)
    other = model.build(config, _data(2))
    monkeypatch.setattr(data, "find_run_dir", lambda name, given: tmp_path)
    monkeypatch.setattr(data, "recorded_config", lambda app, directory: config)
    trained = types.SimpleNamespace(trained_of_run=lambda *_: (other, _data(2).assets))
    monkeypatch.setattr(data, "commands", trained)
    words, initial = data._started(Sentiment(), "run")
    assert words == WORDS
    found = model.build(config, _data(5, initial))  # whose logits start anew, of another shape
    expected = other.get_layer("embedding").get_weights()[0]
    np.testing.assert_array_equal(found.get_layer("embedding").get_weights()[0], expected)
    with pytest.raises(
        ValueError, match=r"--embedding-units must be 6, as in --init-from. Rec.* 7"
    ):
        model.build(dataclasses.replace(config, embedding_units=7), _data(2, initial))


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

    names = texts.label_names(classes)

    def serving_default(text):
        found = np.array([foretell(each) for each in text.numpy()])
        labels = [names[place] for place in found.argmax(1)]
        return {"label": tf.constant(labels), "probabilities": tf.constant(found)}

    def influence(text):
        words = pipelines.tokenize(text).to_tensor("")
        sizes = tf.strings.length(words)
        signed = tf.cast(tf.where(sizes % 2 == 0, sizes, -sizes), "float32")
        return {"label": tf.fill(tf.shape(text), "a"), "words": words, "influence": signed / 10}

    signatures = {"serving_default": serving_default, "influence": influence}
    return types.SimpleNamespace(signatures=signatures), foretell


def test_unlabelled_texts_get_the_labels_that_a_model_predicts(monkeypatch):
    more = [f"{'very ' * (place % 7)}{place}".encode() for place in range(150)]
    monkeypatch.setattr(texts, "unlabeled", lambda sources: more)
    served, foretell = _fake(2)
    monkeypatch.setattr(data.commands, "load", lambda app, run_dir: served)
    labeled = texts.Reviews([b"good", b"bad"], [1, 0])
    config = TrainConfig(data="tfds:films", pseudo_labels="run")
    found = data._with_pseudo_labels(Sentiment(), labeled, config, texts.label_names(2))
    assert found.texts == [b"good", b"bad", *more]
    assert found.labels == [1, 0, *(int(foretell(text).argmax()) for text in more)]
    with pytest.raises(ValueError, match=r"run with the labels \['a'\]. .*'(posi|nega)tive'"):
        data._with_pseudo_labels(Sentiment(), labeled, config, ["a"])


def test_training_reads_the_beginning_of_every_review():
    config = TrainConfig(num_examples=100, max_length=4, vocabulary=30, batch_size=25)
    found = data.training_data(Sentiment(), config)
    assert found.steps_per_epoch == 4 and len(found.assets.vocabulary) == 28
    rows = [
        (tuple(row), int(label))
        for words, labels in found.batches(0)
        for row, label in zip(words.numpy().tolist(), labels, strict=True)
    ]
    words = pipelines.WordVocabulary(found.assets.vocabulary)
    some, labels = reviews(100, "train", 0)
    numbers = words.encode(data.tokens(some))[:, :4].to_list()
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
    with pytest.raises(ValueError, match=f"the {of_data} classes of --data. .* with {of_model}"):
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
        assert record["label"] == texts.label_names(2)[chance.argmax()]
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
        (["--vectors", "nowhere"], "--vectors: nowhere must be a directory with train.tsv"),
        (["--data", "nowhere"], "--data: nowhere must be a directory with train.tsv"),
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
