"""Tests the training data, the report, the records and the errors of sentiment."""

import types

import numpy as np
import pytest
import sklearn.metrics
import tensorflow as tf

from apps.sentiment import data, report, texts, tokens
from apps.sentiment.app import MeasureConfig, PredictConfig, Sentiment, TrainConfig
from apps.sentiment.synthetic.reviews import reviews
from keras_dl import pipelines
from keras_dl.application import UserError
from keras_dl.application.command_line import main

WORDS = "the film is good bad not , but very".split()
NAMES = ["negative", "positive"]
NAMES_OF_5 = ["very negative", "negative", "neutral", "positive", "very positive"]


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
