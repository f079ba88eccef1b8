import dataclasses
import itertools
import math
import types

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
import tensorflow as tf

from apps.__main__ import main
from apps.sentiment import (
    answers,
    coloured_text,
    data,
    generated,
    model,
    negation,
    report,
    texts,
    vectors,
)
from apps.sentiment.app import Config
from keras_dl import pipelines

WORDS = "the film is good bad not , but very".split()


@pytest.fixture
def tfds_sets(monkeypatch):
    """Data sets that tensorflow-datasets then offers: `{name: {split: (texts, labels)}}`."""
    import tensorflow_datasets as tfds

    offered = {}

    def load(name, split):
        found, labels = offered[name][split]
        return tf.data.Dataset.from_tensor_slices({"text": found, "label": labels})

    def builder(name):
        info = types.SimpleNamespace(splits=offered[name])
        return types.SimpleNamespace(info=info, download_and_prepare=lambda: None)

    monkeypatch.setattr(tfds, "load", load)
    monkeypatch.setattr(tfds, "builder", builder)
    return offered


def test_tfds_keeps_what_stands_in_test_out_of_all_that_is_trained_on(tfds_sets):
    train = [f"text {place}".encode() for place in range(60)] + [b"in test"]
    tfds_sets["films"] = {
        "train": (train, [place % 2 for place in range(61)]),
        "test": ([b"in test", b"other"], [0, 1]),
        "unsupervised": ([b"more", b"in test"], [-1, -1]),
    }
    config = Config(data="tfds:films")
    parts = {split: texts.read(config.data, split, config) for split in ("train", "dev", "test")}
    assert parts["test"].texts == [b"in test", b"other"] and parts["test"].labels == [0, 1]
    assert len(parts["train"].texts) == 54 and len(parts["dev"].texts) == 6
    assert sorted(parts["train"].texts + parts["dev"].texts) == sorted(train[:-1])
    for part in (parts["train"], parts["dev"]):
        assert part.labels == [int(text.split()[1]) % 2 for text in part.texts]
    assert texts.unlabelled(config.data) == [b"more"]
    assert texts.copies(config.data) == {*train, b"more"}
    tfds_sets["films"]["validation"] = ([b"held out"], [1])
    assert texts.read(config.data, "dev", config).texts == [b"held out"]
    assert len(texts.read(config.data, "train", config).texts) == 60


def test_folders_hold_tables(tmp_path):
    for split, line in (("train", '4\ta "joy" , caf\u00e9'), ("dev", "0\tno")):
        (tmp_path / f"{split}.tsv").write_text(f"label\ttext\n{line}\n", "utf-8")
    found = texts.read(str(tmp_path), "train", Config())
    assert (found.texts, found.labels) == (['a "joy" , caf\u00e9'.encode()], [4])
    assert texts.unlabelled(str(tmp_path)) == []
    assert texts.copies(str(tmp_path)) == {'a "joy" , caf\u00e9'.encode()}
    assert texts.copies("made") == set()


@pytest.mark.parametrize(
    "train, dev, received",
    [([0, 0], [0], r"\[0\] in train"), ([0, 2], [0], r"\[0, 2\]"), ([0, 1], [2], r"\[2\] in dev")],
)
def test_labels_that_do_not_fit_are_told(train, dev, received):
    parts = [texts.Reviews([b"x"] * len(labels), labels) for labels in (train, dev)]
    with pytest.raises(ValueError, match=received):
        data._labels(*parts)


def test_sources_may_be_several(tmp_path):
    for split in ("train", "dev", "test"):
        (tmp_path / f"{split}.tsv").write_text(f"label\ttext\n1\t{split}\n", "utf-8")
    sources = f"{tmp_path},made"
    found = texts.read(sources, "train", Config(examples=3))
    assert len(found.texts) == len(found.labels) == 4
    assert (found.texts[0], found.labels[0]) == (b"train", 1)
    assert texts.unlabelled(sources) == [] and texts.copies(sources) == {b"train"}


def test_labels_have_names():
    assert texts.label_names(2) == ["negative", "positive"]
    assert texts.label_names(5)[0] == "very negative" and texts.label_names(5)[2] == "neutral"
    assert texts.label_names(3) == ["0", "1", "2"]


def test_generated_reviews_say_what_their_label_does():
    train, labels = generated.reviews(400, "train", 3)
    assert generated.reviews(400, "train", 3) == (train, labels)
    assert generated.reviews(400, "train", 4)[0] != train
    dev = generated.reviews(400, "dev", 3)[0]
    assert len(set(train) & set(dev)) < 10 and not any(b"{" in text for text in train + dev)
    assert 120 < sum(labels) < 280
    says = {"amazing": 1, "outstanding": 1, "horrible": 0, "tiresome": 0, "masterpiece": 1}
    plain = ("is {}.", "is a {}.", "A {}.", "never seen a more {} ")
    turned = ("not {}", "isn't {}", "isn't a {} minute", "This is no {}.", "far from {}")
    seen = set()
    for text, label in zip(*generated.reviews(8000, "train", 3), strict=True):
        for word, patterns in itertools.product(says, (plain, turned)):
            for pattern in patterns:
                if pattern.format(word) in text.decode():
                    assert label == (says[word] if patterns is plain else 1 - says[word]), text
                    seen.add(pattern)
    assert seen == {*plain, *turned}


def test_pairs_are_of_words_that_no_generated_review_has():
    reviews, _ = generated.reviews(3000, "train", 0)
    words = {word for row in pipelines.tokenize(reviews).to_list() for word in row}
    assert not words & {word.encode() for word in (*negation.GOOD, *negation.BAD)}
    assert b"amazing" in words


def test_vectors_of_words_in_like_company_are_near_and_the_same_again(monkeypatch):
    # Words 2-5 stand among 10-19 and words 6-9 among 20-29, never beside their like.
    for name, value in (("_KEPT", 1.0), ("_STEPS", 2), ("_BATCH", 64)):
        monkeypatch.setattr(vectors, name, value)
    random = np.random.default_rng(0)
    corpus = []
    for _ in range(1500):
        group = random.integers(2)
        around = random.integers(10, 20, 6) + 10 * group
        around[3] = random.integers(2, 6) + 4 * group
        corpus.append(around.astype("int32"))
    told = []

    def learn():
        return vectors.skip_gram(corpus, 30, units=8, epochs=3, seed=1, report=told.append)

    found = learn()
    assert found.shape == (30, 8) and found.dtype == "float32" and len(told) == 3
    np.testing.assert_array_equal(learn(), found)
    some = found[2:10] / np.linalg.norm(found[2:10], axis=1, keepdims=True)
    near = some @ some.T
    same = np.kron(np.eye(2, dtype=bool), np.ones((4, 4), bool))
    assert near[same].min() > near[~same].max()


def _model(network, labels=2, seed=0):
    assets = {"vocabulary": WORDS, "labels": texts.label_names(labels)}
    data = types.SimpleNamespace(assets=assets, vectors=None, steps_per_epoch=1)
    built = model.build(Config(network=network, embedding_units=6, units=5), data)
    random = np.random.default_rng(seed)
    built.set_weights([random.normal(size=each.shape) / 2 for each in built.get_weights()])
    return built, {name: each[0] for name, each in model.endpoints(built, assets).items()}


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


def test_a_run_can_start_from_another_ones_words(tmp_path):
    def data(labels):
        assets = {"vocabulary": WORDS, "labels": texts.label_names(labels)}
        return types.SimpleNamespace(assets=assets, vectors=None, steps_per_epoch=1)

    config = Config(network="average", embedding_units=6)
    other = model.build(config, data(2))
    other.save(tmp_path / "model.keras")
    further = dataclasses.replace(config, start=str(tmp_path))
    found = model.build(further, data(5))  # whose logits start anew: they have another shape
    expected = other.get_layer("embedding").get_weights()[0]
    np.testing.assert_array_equal(found.get_layer("embedding").get_weights()[0], expected)
    with pytest.raises(ValueError, match="--embedding-units must be those of --start, 6. Rec.* 7"):
        model.build(dataclasses.replace(further, embedding_units=7), data(2))


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


def test_interaction_is_the_permutation_test_of_scipy():
    random = np.random.default_rng(0)
    negated = np.arange(14) < 5
    first = random.random(14) + 0.3 * negated
    second = random.random(14)

    def difference(some, others):
        return np.mean(some) - np.mean(others)

    lead = first - second
    exact = scipy.stats.permutation_test(
        (lead[negated], lead[~negated]), difference, alternative="greater", n_resamples=np.inf
    )
    observed, share = negation.interaction(first, second, negated)
    assert observed == pytest.approx(exact.statistic)
    assert share == pytest.approx(exact.pvalue, abs=0.02)
    assert negation.interaction(first, second, negated) == (observed, share)


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
        signed = tf.where(sizes % 2 == 0, sizes, -sizes)
        return {"words": words, "influence": tf.cast(signed, "float32") / 10}

    signatures = {"serving_default": serving_default, "influence": influence}
    return types.SimpleNamespace(signatures=signatures), foretell


def test_unlabelled_texts_get_the_labels_that_a_model_gives_them(tfds_sets, monkeypatch):
    more = [f"{'very ' * (place % 7)}{place}".encode() for place in range(150)]
    tfds_sets["films"] = {
        "train": ([b"good", b"bad"], [1, 0]),
        "test": ([b"other"], [0]),
        "unsupervised": (more, [-1] * 150),
    }
    saved_model, foretell = _fake(2)
    monkeypatch.setattr(data.export, "load", lambda path: saved_model)
    labelled = texts.Reviews([b"good", b"bad"], [1, 0])
    config = Config(data="tfds:films", pseudo_labels="run")
    found = data._with_pseudo_labels(labelled, config, texts.label_names(2))
    assert found.texts == [b"good", b"bad", *more]
    assert found.labels == [1, 0, *(int(foretell(text).argmax()) for text in more)]


def test_training_reads_the_beginning_of_every_review():
    found = data.pipeline(Config(examples=100, longest=4, vocabulary=30, batch_size=25))
    assert found.steps_per_epoch == 4 and len(found.assets["vocabulary"]) == 28
    rows = [
        (tuple(row), int(label))
        for words, labels in found.train(0)
        for row, label in zip(words.numpy().tolist(), labels, strict=True)
    ]
    words = pipelines.Words(found.assets["vocabulary"])
    reviews, labels = generated.reviews(100, "train", 0)
    numbers = words.encode(data.tokens(reviews))[:, :4].to_list()
    assert sorted(rows) == sorted(zip(map(tuple, numbers), labels, strict=True))


def _write_tables(folder, classes, rows=200):
    random = np.random.default_rng(1)
    some = [" ".join(random.choice(WORDS, random.integers(1, 15))) for _ in range(rows)]
    labels = [*range(classes), *random.integers(0, classes, rows - classes).tolist()]
    lines = [f"{label}\t{text}" for label, text in zip(labels, some, strict=True)]
    (folder / "dev.tsv").write_text("\n".join(["label\ttext", *lines]) + "\n", "utf-8")
    return some, np.array(labels)


def test_figures_are_those_of_scikit_learn(tmp_path):
    some, labels = _write_tables(tmp_path, 5)
    saved_model, foretell = _fake(5)
    answers = np.array([foretell(text.encode()).argmax() for text in some])
    found = report.figures(saved_model, Config(data=str(tmp_path)))
    assert found["reviews"] == 200
    assert found["accuracy"] == pytest.approx(sklearn.metrics.accuracy_score(labels, answers))
    assert found["share of the commonest class"] == np.bincount(labels).max() / 200
    assert found["mean absolute error"] == pytest.approx(
        sklearn.metrics.mean_absolute_error(labels, answers)
    )
    assert found["quadratic weighted kappa"] == pytest.approx(
        sklearn.metrics.cohen_kappa_score(labels, answers, weights="quadratic")
    )
    negated = np.array(["not" in text.split() for text in some])
    for rows, name in ((negated, "with a negator"), (~negated, "without a negator")):
        expected = (answers == labels)[rows].mean()
        assert found[f"accuracy, {name} ({rows.sum()})"] == pytest.approx(expected)
    names = texts.label_names(5)
    counts = sklearn.metrics.confusion_matrix(labels, answers)
    for (row, column), count in np.ndenumerate(counts):
        assert found[f"{names[row]}, answered {names[column]}"] == count


def test_pictures_show_the_same_texts(tmp_path):
    _, labels = _write_tables(tmp_path, 2)
    saved_model, _ = _fake(2)
    signatures = saved_model.signatures
    signatures["influence"] = _with_label(signatures["influence"])
    drawn = report.pictures(saved_model, Config(data=str(tmp_path)))
    counts = [int(text.get_text()) for text in drawn["confusion"].axes[0].texts]
    assert sum(counts[:2]) == (labels == 0).sum() and sum(counts[2:]) == (labels == 1).sum()
    assert len(drawn) >= 4


def _with_label(influence):
    def labelled(text):
        return {"label": tf.fill(tf.shape(text), "positive"), **influence(text)}

    return labelled


@pytest.mark.parametrize("of_data, of_model", [(5, 2), (2, 5)])
def test_a_model_of_other_classes_is_refused(tmp_path, of_data, of_model):
    _write_tables(tmp_path, of_data)
    (tmp_path / "train.tsv").write_bytes((tmp_path / "dev.tsv").read_bytes())
    message = f"the {of_data} classes of --data. Received one that answers {of_model}"
    for measure in (report.figures, report.pictures):
        with pytest.raises(ValueError, match=message):
            measure(_fake(of_model)[0], Config(data=str(tmp_path)))


def test_a_part_without_the_highest_class_is_measured(tmp_path):
    (tmp_path / "train.tsv").write_text("label\ttext\n0\tbad\n2\tgood\n", "utf-8")
    (tmp_path / "dev.tsv").write_text("label\ttext\n0\tbad\n1\tfair\n", "utf-8")
    assert report.figures(_fake(3)[0], Config(data=str(tmp_path)))["reviews"] == 2


def test_lines_come_in_the_order_of_the_texts():
    saved_model, foretell = _fake(2)
    some = [b"a much longer text than the others", b"", b"\xff \xc3\xa9", b"not bad at all"]
    chunks = list(answers.lines(saved_model, iter([some[:3], some[3:]]), Config()))
    assert [len(chunk) for chunk in chunks] == [3, 1]
    for text, line in zip(some, chunks[0] + chunks[1], strict=True):
        chance = foretell(text)
        name = texts.label_names(2)[chance.argmax()]
        assert line == f"{text.decode('utf-8', 'replace')}\t{name}\t{chance.max():.3f}"


def test_lines_tell_the_five_strongest_words_on_request():
    saved_model, _ = _fake(2)
    some = [b"aa bbb c dddd eeeee ffffff", b""]
    found = list(answers.lines(saved_model, [some], Config(explain=True)))[0]
    told = "ffffff +0.60, eeeee -0.50, dddd +0.40, bbb -0.30, aa +0.20"
    assert found[0].split("\t")[3] == told
    assert found[1].split("\t")[3:] in ([], [""])


def test_coloured_text_holds_every_word_and_breaks_lines():
    words = [f"word{place}" for place in range(60)] + ["$5", "x" * 200]
    influence = np.linspace(-1, 2, len(words))
    figure = coloured_text.coloured_text([("good", words, influence), ("bad", [], [])], "title")
    drawn = [text for text in figure.axes[0].texts if text.get_bbox_patch() is not None]
    assert [text.get_text().replace("\\", "") for text in drawn] == words
    assert all(text.get_position()[0] < 90 for text in drawn)
    red, _, blue, _ = drawn[0].get_bbox_patch().get_facecolor()
    assert red > blue, "words against the answer are red"


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--network", "foo"], "foo"),
        (["--word-dropout", "1"], "--word-dropout must be at least 0 and below 1. Received 1"),
        (["--vocabulary", "2"], "--vocabulary must be at least 3. Received 2"),
        (["--data", "nowhere"], "nowhere must be a folder with train.tsv"),
        (["--start", "nowhere"], "--start must be the folder of a run"),
        (["--pseudo-labels", "nowhere"], "--pseudo-labels needs data with unlabelled texts"),
    ],
)
def test_bad_flags_are_told_in_one_line(tmp_path, capsys, flags, message):
    run = tmp_path / "run"
    assert main(["sentiment", "train", "--examples", "80", "--run", str(run), *flags]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not run.exists()


@pytest.mark.parametrize(
    "content, message",
    [
        ("label\ttext\n1 good\n", "train.tsv"),
        ("label\ttext\nx\tgood\n", "'x'"),
        ("good\t1\n1\tgood\n", "line 1"),
        ("label\ttext\n", "train.tsv"),
    ],
)
def test_bad_tables_are_told_in_one_line(tmp_path, capsys, content, message):
    (tmp_path / "train.tsv").write_text(content, "utf-8")
    arguments = ["--data", str(tmp_path), "--run", str(tmp_path / "run")]
    assert main(["sentiment", "train", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
