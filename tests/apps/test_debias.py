import gzip
import itertools
import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from apps.debias import data, model, report, saved, word_lists
from apps.debias.app import Debias, MeasureConfig, TrainConfig
from keras_dl import embeddings
from keras_dl.application import UserError
from keras_dl.application.command_line import main

SHIPPED = pathlib.Path(__file__).parents[2] / "saved_models" / "debias"
UNITS = 12
LISTS = word_lists.read_lists(TrainConfig().lists)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Vectors with gender along the first unit, and a trace of it along the second."""
    draw = np.random.default_rng(0)
    pairs = [pair for pair in LISTS["definitional_pairs"] if pair != ["mary", "john"]]
    professions = [word for word, *_ in LISTS["professions"]]
    words = [word for pair in pairs for word in pair] + ["aunt", "uncle"]
    gender = [1, -1] * (len(words) // 2)
    others = [*professions, *LISTS["WEAT"]["career"], *LISTS["WEAT"]["family"]]
    others = [*dict.fromkeys(others), *(f"word{number}" for number in range(700))]
    vectors = draw.normal(size=(len(words) + len(others), UNITS)) / 4
    bias = np.array([*gender, *draw.uniform(-0.4, 0.4, len(others))])
    vectors[:, 0] = bias + draw.normal(size=len(bias)) / 50
    vectors[:, 1] = 2 * bias
    vectors[: len(words), 1] = draw.normal(size=len(words)) / 50
    path = tmp_path_factory.mktemp("vectors") / "vectors.txt"
    embeddings.WordVectors(words + others, vectors).save(path)
    return path


@pytest.fixture(scope="module")
def hard(path):
    """The `TrainingData` of a hard debiasing."""
    return data.training_data(TrainConfig(vectors=str(path)))


@pytest.fixture(scope="module")
def served(hard):
    return _served(hard)


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "people.txt").write_text("she he 8\ndoctor nurse 5\nword1 word2 1\na b 1\n")
    questions = ": family\nshe he her his\n: other\nshe he doctor nurse\n"
    (folder / "questions-words.txt").write_text(questions)
    return folder


@pytest.fixture(scope="module")
def measured(path, served, tasks):
    """The `Report` of a hard debiasing."""
    return report.measure(served, MeasureConfig(vectors=str(path), tasks=str(tasks)))


def _roles(found):
    return model.roles(found.assets).numpy()[:-1].astype("U")


def _served(found):
    """The endpoints of a model of these `TrainingData`, as a SavedModel has them."""
    built = model.build(TrainConfig(), found)

    class Served:
        signatures = {
            name: tf.function(function, input_signature=signature)
            for name, (function, signature, _) in model.endpoints(built, found.assets).items()
        }
        keeps = built

    return Served()


def _elements(dataset):
    x, y = zip(*dataset.unbatch().as_numpy_iterator(), strict=True)
    return np.array(x), np.array(y)[:, 0]


def test_a_word_is_drawn_on_the_axis_before_and_after(served):
    (record,) = Debias().predict(served, ["nurse"])
    axes = Debias().plot(served, record).axes[0]
    found = {text.get_text(): text.xy for text in axes.texts}
    assert {"nurse", "he", "she"} <= set(found) and len(found) > 10
    dots = [each.get_xdata()[0] for each in axes.lines if each.get_marker() == "o"]
    for position in (record["position"], record["position_before"]):
        assert np.min(np.abs(np.array(dots) - position)) < 1e-3


def test_our_own_lists_fit_together():
    specific = LISTS["gender_specific_full"]
    in_sets = [word for words in LISTS["equalize_pairs"] for word in words]
    professions = [word for word, *_ in LISTS["professions"]]
    for some in (specific, in_sets, professions):
        assert len(set(some)) == len(some) and all(word == word.lower() for word in some)
    assert set(in_sets) <= set(specific) and not set(professions) & set(specific)
    assert all(-1 <= rating <= 1 for *_, rating in LISTS["professions"])
    assert len(professions) >= 80 and len(specific) >= 100 and len(in_sets) == 40


def test_words_are_sought_as_written_then_in_lower_case():
    vectors = embeddings.WordVectors(["He", "he", "she", "mom", "dad", "aunt"], np.eye(6))
    assert word_lists.spelled_once(vectors, ["He", "She", "she", "Xyz"]) == ["He", "she", "Xyz"]
    pairs = [["She", "he"], ["she", "he"], ["Mary", "John"]]
    assert word_lists.spelled_pairs(vectors, pairs) == [("she", "he"), ("Mary", "John")]
    # A second spelling of a set is the same set; a word is in one set; a set is there or is not.
    found = [["Mom", "Dad"], ["mom", "dad"], ["she", "He"], ["she", "he"], ["aunt", "uncle"]]
    assert word_lists.known_sets(vectors, found) == [["mom", "dad"], ["she", "He"]]


def test_words_of_the_lists_without_a_vector_are_told(path, hard, measured):
    vectors = embeddings.WordVectors.load(path)
    words = {
        "gender_specific_full": LISTS["gender_specific_full"],
        "equalize_pairs": [*itertools.chain(*LISTS["equalize_pairs"])],
        "WEAT": [*itertools.chain(*LISTS["WEAT"].values())],
    }
    for name, listed in words.items():
        missing = [word for word in dict.fromkeys(listed) if word not in vectors]
        (note,) = [note for note in hard.notes if note.startswith(f"{name}: ")]
        known = len({*listed}) - len(missing)
        assert note.startswith(f"{name}: {known} of {len({*listed})} words have a vector")
        assert note.partition("missing: ")[2].removesuffix(" ...") == ", ".join(missing[:20])
        assert note in measured.notes
    assert not any(note.startswith(("professions", "Most")) for note in hard.notes)


def test_lists_in_another_language_than_the_vectors_are_told(tmp_path):
    draw = np.random.default_rng(0)
    german = "tante onkel frau mann mutter vater ärztin arzt".split()
    words = german + [f"wort{number}" for number in range(50)]
    path = tmp_path / "deutsch.vec"
    embeddings.WordVectors(words, draw.normal(size=(len(words), 8))).save(path)
    config = TrainConfig(vectors=str(path))
    with pytest.raises(UserError, match=r"without a vector are she, he, .* language and spelling"):
        data.training_data(config)
    for name, words in LISTS.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(words))
    pairs = [["tante", "onkel"], ["frau", "mann"], ["mutter", "vater"]]
    (tmp_path / "definitional_pairs.json").write_text(json.dumps(pairs))
    (tmp_path / "professions.json").write_text(
        '[["ärztin", -1, -1], ["arzt", 1, 1], ["wort1", 0, 0]]', "utf-8"
    )
    found = data.training_data(TrainConfig(vectors=str(path), lists=str(tmp_path)))
    assert found.notes[-1].startswith("Most words of most --lists have no vector. The lists must")
    config = MeasureConfig(vectors=str(path), lists=str(tmp_path))
    measured = report.measure(_served(found), config)
    labels = " ".join(metric.label for metric in measured.metrics if metric.label)
    assert "tante : onkel analogies" in labels
    assert any(note.startswith("left out") and "male_terms" in note for note in measured.notes)


def test_hard_makes_words_neutral_and_sets_equal(path, hard):
    before, assets = embeddings.WordVectors.load(path), hard.assets
    direction, role = np.array(assets.direction), _roles(hard)
    unit = hard.initial.unit.astype("float64")
    assert np.abs(unit[role == "neutral"] @ direction).max() < 1e-7
    assert np.abs(unit[role == "specific"] @ direction).min() > 0.1
    asked = before.numbers(["she", "he", "uncle", "doctor"])
    assert role[asked].tolist() == ["specific", "specific", "specific", "neutral"]
    assert ["she", "he"] in assets.sets
    for words in assets.sets:
        one, other = unit[before.numbers(words)]
        neutral = unit[role == "neutral"]
        np.testing.assert_allclose(neutral @ one, neutral @ other, atol=1e-7)
    # The axis is the first one, from he to she, and positions are those before.
    assert abs(direction[0]) > 0.95
    expected = before.vectors @ direction / np.linalg.norm(before.vectors, axis=1)
    np.testing.assert_allclose(assets.position_before, expected, atol=1e-6)
    assert expected[before.number("she")] > 0.5
    assert hard.notes[0].startswith("axis: ") and "mary/john" in hard.notes[0]


def test_the_probe_is_trained_on_some_of_the_most_biased_words_and_tested_on_others(hard):
    x, y = _elements(hard.batches(tf.constant(0)))
    held_out, sides = _elements(hard.validation)
    assert not set(x) & set(held_out) and len(set(x)) == len(x) == 4 * len(held_out)
    assert hard.steps_per_epoch == -(-len(x) // 32)
    position, role = np.array(hard.assets.position_before), _roles(hard)
    taken, side = np.concatenate([x, held_out]), np.concatenate([y, sides])
    assert set(role[taken]) == {"neutral"} and np.mean(side) == 0.5
    assert position[x[y == 1]].min() > position[x[y == 0]].max()
    left = np.setdiff1d(np.flatnonzero(role == "neutral"), taken)
    assert position[left].max() <= position[taken[side == 1]].min()


def test_an_epoch_is_the_same_each_time(path, hard):
    def order(found, epoch):
        return _elements(found.batches(tf.constant(epoch)))[0].tolist()

    assert order(hard, 1) == order(hard, 1) != order(hard, 2)
    other = data.training_data(TrainConfig(vectors=str(path), seed=1))
    assert order(hard, 1) != order(other, 1)


def test_a_projection_is_tested_on_words_it_was_not_found_by(path):
    found = data.training_data(TrainConfig(vectors=str(path), method="null_space"))
    role = _roles(found)
    assert np.sum(role == "fitted") >= 100 and found.assets.sets == []
    for dataset in (found.batches(tf.constant(0)), found.validation):
        assert set(role[_elements(dataset)[0]]) == {"neutral"}
    served = _served(found)
    assert len(saved.read(served).words_that_are("fitted")) == np.sum(role == "fitted")
    values = report.measure(served, MeasureConfig(vectors=str(path))).values()
    assert values["remaining.probe.after"] < 0.7
    assert values["neutral_words"] == np.sum(role != "specific")
    assert values["equalized_sets"] == 0 and "unequal_distance.after" not in values


def test_soft_leaves_less_with_more_strength(path):
    def along(strength):
        config = TrainConfig(vectors=str(path), method="soft", strength=strength)
        found = data.training_data(config)
        neutral = _roles(found) == "neutral"
        return np.abs(found.initial.unit[neutral] @ found.assets.direction).mean()

    assert along(0.0) > 1.5 * along(100.0) > 3 * along(1e5)


def test_the_probe_finds_what_is_left_and_changes_no_vector(hard):
    built = model.build(TrainConfig(), hard)
    assert [weight.path.split("/")[-1] for weight in built.trainable_weights] == ["kernel", "bias"]
    batches = hard.batches(tf.constant(0)).repeat()
    built.fit(batches, steps_per_epoch=100, verbose=0, shuffle=False)
    assert built.evaluate(hard.validation, verbose=0, return_dict=True)["accuracy"] > 0.9
    vectors = built.get_layer("vectors").embeddings.numpy()
    np.testing.assert_array_equal(vectors, hard.initial.unit)


def test_rounding_moves_nothing_along_the_axis():
    draw = np.random.default_rng(0)
    direction = draw.normal(size=50)
    direction /= np.linalg.norm(direction)
    vectors = draw.normal(size=(300, 50)) / 8
    vectors[:200] -= np.outer(vectors[:200] @ direction, direction)
    vectors = vectors.astype("float32")
    exact = np.arange(300) >= 290
    found = model.rounded(vectors, direction, exact).astype("float64")
    np.testing.assert_allclose(found @ direction, vectors @ direction, atol=1e-7)
    assert np.abs(vectors[:200].round(4) @ direction).max() > 1e-5  # what rounding alone would do
    np.testing.assert_array_equal(found[exact], vectors[exact])
    short = np.abs(found[:290] - found[:290].round(4)) < 1e-7
    assert short.sum(axis=1).min() >= 49
    np.testing.assert_allclose(found, vectors, atol=2e-3)


def test_the_file_keeps_what_was_made_neutral_and_equal(hard, tmp_path):
    built = model.build(TrainConfig(), hard)
    (written,) = Debias().write_files(built, hard.assets, tmp_path)
    loaded = embeddings.WordVectors.load(written)
    assert loaded.words == hard.initial.words
    neutral = loaded.unit.astype("float64")[_roles(hard) == "neutral"]
    assert np.abs(neutral @ hard.assets.direction).max() < 1e-6
    difference = np.subtract(*loaded.unit[loaded.numbers(["she", "he"])].astype("float64"))
    assert np.abs(neutral @ difference).max() < 1e-6


def test_endpoints_know_words_and_ranks(hard, served):
    found = served.signatures["serving_default"](word=tf.constant(["Doctor", "she", "xyzzy", ""]))
    assert found["known"].numpy().tolist() == [True, True, False, False]
    rows = hard.initial.numbers(["doctor", "she"])
    np.testing.assert_array_equal(found["vector"][:2], hard.initial.unit[rows])
    assert not np.any(found["vector"][2:]) and not np.any(found["position_before"][2:])
    before = np.array(hard.assets.position_before)[rows]
    np.testing.assert_allclose(found["position_before"][:2], before, rtol=1e-6)
    expected = hard.initial.unit[rows] @ hard.assets.direction
    np.testing.assert_allclose(found["position"], [*expected, 0, 0], atol=1e-6)
    last = len(hard.initial)
    found = served.signatures["vocabulary"](row=tf.constant([0, last - 1, last, -1]))
    assert found["word"].numpy().tolist() == [b"she", b"word699", b"", b""]
    assert found["role"].numpy().tolist() == [b"specific", b"neutral", b"", b""]
    assert found["set"].numpy().tolist() == [0, -1, -1, -1]
    np.testing.assert_allclose(found["direction"], hard.assets.direction, atol=1e-7)


def test_metrics_are_those_of_the_vectors(path, hard, measured, tasks):
    before, values = embeddings.WordVectors.load(path), measured.values()
    assert "missing in the pairs of the axis: mary/john" in measured.notes
    assert values["axis.from_model"] < 0.1
    neutral = before.unit[_roles(hard) == "neutral"].astype("float64")
    along = np.abs(neutral @ hard.assets.direction).max()
    assert values["neutral_projection.before"] == pytest.approx(along, 0.01)
    assert values["neutral_projection.after"] < 1e-7
    assert values["unequal_distance.before"] > 1e-2 > 1e-7 > values["unequal_distance.after"]
    names = ("male_terms", "female_terms", "career", "family")
    weat = embeddings.weat(hard.initial, *(LISTS["WEAT"][name] for name in names))
    assert values["weat.male_terms-female_terms.effect_size.after"] == weat.effect_size
    (missing,) = [note for note in measured.notes if note.startswith("missing in WEAT male_terms")]
    assert "brother" in missing
    for when, vectors in (("before", before), ("after", hard.initial)):
        similarity = vectors.similarity_correlation(tasks / "people.txt").correlation
        assert values[f"similarity.people.{when}"] == pytest.approx(similarity)
        family = vectors.analogy_accuracy(tasks / "questions-words.txt").accuracy("family")
        assert values[f"analogies.family.{when}"] == family
    assert values["analogies_answered"] == 2


def test_vectors_that_a_probe_sees_through_are_not_called_debiased(measured):
    assert measured.values()["remaining.probe.after"] > 0.6
    *others, verdict = measured.notes
    assert verdict.startswith("NOT debiased: a linear probe is right in")
    assert "debiased" not in str([*others, *measured.metrics]).lower()


def test_a_model_of_other_vectors_is_told(path, served, tmp_path):
    vectors = embeddings.WordVectors.load(path)
    other = tmp_path / "other.txt"
    embeddings.WordVectors(vectors.words, vectors.vectors[:, ::-1]).save(other)
    with pytest.raises(ValueError, match=r"that the model was built from. Received .*other.txt"):
        report.measure(served, MeasureConfig(vectors=str(other)))


def test_words_have_records_and_unknown_ones_an_error(served):
    app = Debias()
    doctor, she, *bad = app.predict(served, ["doctor", "She ", "docter", ""])
    lines = [[field.text(each[field.name]) for field in app.outputs] for each in (doctor, she)]
    position = saved.read(served)
    position = position.position_before[position.vectors.number("doctor")]
    assert lines[0][:2] == [f"{position:+.3f}", "+0.000"] and len(lines[0][2].split()) == 5
    assert lines[1][0].startswith("+") and lines[1][1] != "+0.000"
    assert "Received 'docter'. Did you mean 'doctor'" in bad[0]["error"]
    assert "Received ''" in bad[1]["error"]


def test_plots_have_the_axis_before_and_after(measured):
    *axes, probe = measured.plots
    assert axes == ["words_on_the_axis_before", "words_on_the_axis_after"]
    texts = [{text.get_text() for text in measured.plots[name].axes[0].texts} for name in axes]
    assert texts[0] == texts[1] >= {"she", "he", "maid", "sheriff"} and "mary" not in texts[0]
    right = float(measured.plots[probe].axes[0].get_title().split()[-1].rstrip("%")) / 100
    assert right == pytest.approx(measured.values()["remaining.probe.after"], abs=0.05)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--vectors", "nowhere"], "--vectors must be a file of word vectors. Received nowhere"),
        (["--lists", "nowhere"], "Received nowhere, which has no definitional_pairs.json"),
        (["--strength", "-1"], "--strength must be at least 0. Received -1"),
    ],
)
def test_wrong_flags_are_told(flags, told, path, capsys, tmp_path):
    flags = flags if "--vectors" in flags else [*flags, "--vectors", str(path)]
    words = ["debias", "train", *flags, "--run-dir", str(tmp_path / "run")]
    assert main([Debias()], words, "test") == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("WEAT", "{", "WEAT.json must be JSON in UTF-8: Expecting"),
        (
            "professions",
            '[["nurse", 0.5]]',
            r"professions.json must contain a list of \[word, rating",
        ),
        (
            "equalize_pairs",
            '[["she"]]',
            r"must contain a list of pairs of words. Received \[\[\"she",
        ),
        (
            "definitional_pairs",
            '[["xx", "yy"], ["she", "he"]]',
            "Words without a vector are xx, yy",
        ),
    ],
)
def test_wrong_lists_are_told(name, content, told, path, tmp_path):
    for each, words in LISTS.items():
        (tmp_path / f"{each}.json").write_text(json.dumps(words))
    assert word_lists.read_lists(str(tmp_path)) == LISTS
    (tmp_path / f"{name}.json").write_text(content)
    with pytest.raises(ValueError, match=told):
        data.training_data(TrainConfig(vectors=str(path), lists=str(tmp_path)))


def test_broken_and_small_files_of_vectors_are_told(path, tmp_path):
    lines = path.read_text().splitlines()
    broken = tmp_path / "broken.txt"
    broken.write_text("\n".join([*lines[:5], "word x y", *lines[6:]]) + "\n")
    with pytest.raises(ValueError, match=r"broken.txt, line 6.*word x y"):
        data.training_data(TrainConfig(vectors=str(broken)))
    small = tmp_path / "small.txt"
    small.write_text("\n".join(lines[1:31]) + "\n")
    with pytest.raises(
        ValueError, match=r"20 neutral words \(words that are not in --lists\). Received"
    ):
        data.training_data(TrainConfig(vectors=str(small)))


def test_the_shipped_file_is_small_and_neutral():
    size = sum(file.stat().st_size for file in SHIPPED.rglob("*") if file.is_file())
    assert size < 8e6
    with gzip.open(SHIPPED / "vectors.txt.gz", "rt", encoding="utf-8") as file:
        header = file.readline().split()
    vectors = embeddings.WordVectors.load(SHIPPED / "vectors.txt.gz")
    assert header == [str(len(vectors)), str(vectors.vectors.shape[1])]
    served = tf.saved_model.load(SHIPPED)
    found = saved.read(served)
    assert found.vectors.words == vectors.words
    neutral = vectors.numbers(found.words_that_are("neutral"))
    assert len(neutral) > 0.9 * len(vectors)
    assert np.abs(vectors.unit[neutral].astype("float64") @ found.direction).max() < 1e-6
