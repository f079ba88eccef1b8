import gzip
import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from apps.__main__ import main
from apps.debias import answers, data, model, report, saved
from apps.debias.app import Config
from apps.debias.words import LISTS
from keras_dl import embeddings

SHIPPED = pathlib.Path(__file__).parents[2] / "saved_models" / "debias"
UNITS = 12


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


def _served(found):
    """The endpoints of a model of these `Data`, as a SavedModel has them."""
    built = model.build(Config(), found)

    class Served:
        signatures = {
            name: tf.function(function, input_signature=signature)
            for name, (function, signature) in model.endpoints(built, found.assets).items()
        }
        keeps = built

    return Served()


def _elements(dataset):
    x, y = zip(*dataset.unbatch().as_numpy_iterator(), strict=True)
    return np.array(x), np.array(y)[:, 0]


def test_our_own_lists_fit_together():
    for name, (_, right) in data._SHAPES.items():
        assert right(LISTS[name]), name
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
    assert [data.spelled(vectors, word) for word in ("He", "She", "Xyz")] == ["He", "she", "Xyz"]
    pairs = {"definitional_pairs": [["She", "he"], ["she", "he"], ["Mary", "John"]]}
    assert data.pairs(vectors, pairs) == [("she", "he"), ("Mary", "John")]
    # A second spelling of a set is the same set; a word is in one set; a set is there or is not.
    found = [["Mom", "Dad"], ["mom", "dad"], ["she", "He"], ["she", "he"], ["aunt", "uncle"]]
    assert data._sets(vectors, found) == [("mom", "dad"), ("she", "He")]


def test_hard_makes_words_neutral_and_sets_equal(path):
    before = embeddings.WordVectors.load(path)
    found = data.pipeline(Config(vectors=str(path)))
    direction, role = np.array(found.assets["direction"]), np.array(found.assets["role"])
    unit = found.vectors.unit.astype("float64")
    assert np.abs(unit[role == 0] @ direction).max() < 1e-7
    assert np.abs(unit[role == 2] @ direction).min() > 0.1
    assert role[before.numbers(["she", "he", "uncle", "doctor"])].tolist() == [2, 2, 2, 0]
    sets = np.array(found.assets["set"])
    for number in range(sets.max() + 1):
        one, other = unit[sets == number]
        np.testing.assert_allclose(unit[role == 0] @ one, unit[role == 0] @ other, atol=1e-7)
    # The axis is the first one, from he to she, and places are those before.
    assert abs(direction[0]) > 0.95
    expected = before.vectors @ direction / np.linalg.norm(before.vectors, axis=1)
    np.testing.assert_allclose(found.assets["position_before"], expected, atol=1e-6)
    assert expected[before.number("she")] > 0.5


def test_the_probe_learns_from_some_of_the_most_biased_words_and_is_tested_on_others(path):
    found = data.pipeline(Config(vectors=str(path), batch_size=16))
    x, y = _elements(found.train(tf.constant(0)))
    held_out, sides = _elements(found.validation)
    assert not set(x) & set(held_out) and len(set(x)) == len(x) == 4 * len(held_out)
    assert found.steps_per_epoch == -(-len(x) // 16)
    position = np.array(found.assets["position_before"])
    role = np.array(found.assets["role"])
    taken = np.concatenate([x, held_out])
    assert not role[taken].any() and np.mean(np.concatenate([y, sides])) == 0.5
    assert position[x[y == 1]].min() > position[x[y == 0]].max()
    left = np.setdiff1d(np.flatnonzero(role == 0), taken)
    assert position[left].max() <= position[taken[np.concatenate([y, sides]) == 1]].min()


def test_an_epoch_is_the_same_each_time(path):
    def order(epoch, seed=0):
        found = data.pipeline(Config(vectors=str(path), seed=seed))
        return _elements(found.train(tf.constant(epoch)))[0].tolist()

    assert order(1) == order(1) != order(2)
    assert order(1) != order(1, seed=1)


def test_a_projection_is_tested_on_words_it_was_not_found_by(path):
    found = data.pipeline(Config(vectors=str(path), method="null_space"))
    role = np.array(found.assets["role"])
    assert np.sum(role == 1) >= 100 and set(found.assets["set"]) == {-1}
    for dataset in (found.train(tf.constant(0)), found.validation):
        assert not role[_elements(dataset)[0]].any()
    served = _served(found)
    assert len(saved.read(served).words_that_are("fitted")) == np.sum(role == 1)
    figures = report.figures(served, Config(vectors=str(path)))
    assert figures["remaining bias: linear probe, after"] < 0.7
    assert figures["neutral words"] == np.sum(role != 2)


def test_soft_leaves_less_with_more_strength(path):
    def along(strength):
        found = data.pipeline(Config(vectors=str(path), method="soft", strength=strength))
        neutral = np.array(found.assets["role"]) == 0
        return np.abs(found.vectors.unit[neutral] @ found.assets["direction"]).mean()

    assert along(0.0) > 1.5 * along(100.0) > 3 * along(1e5)


def test_the_probe_finds_what_is_left_and_changes_no_vector(path):
    found = data.pipeline(Config(vectors=str(path)))
    built = model.build(Config(), found)
    assert [weight.path.split("/")[-1] for weight in built.trainable_weights] == ["kernel", "bias"]
    built.fit(found.train(tf.constant(0)).repeat(), steps_per_epoch=100, verbose=0, shuffle=False)
    assert built.evaluate(found.validation, verbose=0, return_dict=True)["accuracy"] > 0.9
    vectors = built.get_layer("vectors").embeddings.numpy()
    np.testing.assert_array_equal(vectors, found.vectors.unit)


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


def test_the_file_keeps_what_was_made_neutral_and_equal(path, tmp_path):
    found = data.pipeline(Config(vectors=str(path)))
    (written,) = model.write_files(model.build(Config(), found), found.assets, tmp_path)
    loaded = embeddings.WordVectors.load(written)
    assert loaded.words == found.vectors.words
    unit, role = loaded.unit.astype("float64"), np.array(found.assets["role"])
    assert np.abs(unit[role == 0] @ found.assets["direction"]).max() < 1e-6
    difference = unit[loaded.number("she")] - unit[loaded.number("he")]
    assert np.abs(unit[role == 0] @ difference).max() < 1e-6


def test_endpoints_know_words_and_ranks(path):
    found = data.pipeline(Config(vectors=str(path)))
    served = _served(found)
    answer = served.signatures["serving_default"](word=tf.constant(["Doctor", "she", "xyzzy", ""]))
    assert answer["known"].numpy().tolist() == [True, True, False, False]
    rows = found.vectors.numbers(["doctor", "she"])
    np.testing.assert_array_equal(answer["vector"][:2], found.vectors.unit[rows])
    assert not np.any(answer["vector"][2:]) and not np.any(answer["position_before"][2:])
    before = np.array(found.assets["position_before"])[rows]
    np.testing.assert_allclose(answer["position_before"][:2], before, rtol=1e-6)
    expected = found.vectors.unit[rows] @ found.assets["direction"]
    np.testing.assert_allclose(answer["position"], [*expected, 0, 0], atol=1e-6)
    last = len(found.vectors)
    answer = served.signatures["vocabulary"](row=tf.constant([0, last - 1, last, -1]))
    assert answer["word"].numpy().tolist() == [b"she", b"word699", b"", b""]
    assert answer["role"].numpy().tolist() == [b"specific", b"neutral", b"", b""]
    np.testing.assert_allclose(answer["direction"], found.assets["direction"], atol=1e-7)


def test_a_model_of_several_parts_is_read_whole(path, monkeypatch):
    found = data.pipeline(Config(vectors=str(path)))
    served = _served(found)
    whole = saved.read(served)
    monkeypatch.setattr(saved, "_AT_ONCE", len(found.vectors) // 2)
    parts = saved.read(served)
    assert parts.vectors.words == whole.vectors.words == found.vectors.words
    np.testing.assert_array_equal(parts.role, whole.role)
    np.testing.assert_array_equal(parts.vectors.vectors, found.vectors.unit)


def test_figures_are_those_of_the_vectors(path, tmp_path):
    before = embeddings.WordVectors.load(path)
    found = data.pipeline(Config(vectors=str(path)))
    (tmp_path / "people.txt").write_text("she he 8\ndoctor nurse 5\nword1 word2 1\na b 1\n")
    questions = ": family\nshe he her his\n: other\nshe he doctor nurse\n"
    (tmp_path / "questions-words.txt").write_text(questions)
    config = Config(vectors=str(path), tasks=str(tmp_path))
    figures = report.figures(_served(found), config)
    assert figures["axis, pairs missing"] == "mary/john"
    assert figures["axis, degrees from that of the model"] < 0.1
    direction = np.array(found.assets["direction"])
    neutral = np.array(found.assets["role"]) == 0
    along = np.abs(before.unit[neutral].astype("float64") @ direction).max()
    assert float(figures["largest |w . g| of neutral words, before"]) == pytest.approx(along, 0.1)
    assert float(figures["largest |w . g| of neutral words, after"]) < 1e-7
    assert float(figures["largest unequal distance in a set, before"]) > 1e-2
    assert float(figures["largest unequal distance in a set, after"]) < 1e-7
    names = ("male_terms", "female_terms", "career", "family")
    weat = embeddings.weat(found.vectors, *(LISTS["WEAT"][name] for name in names))
    assert figures["WEAT male_terms/female_terms: d, after"] == weat.effect_size
    assert "brother" in figures["WEAT male_terms/female_terms: missing"]
    for when, vectors in (("before", before), ("after", found.vectors)):
        similarity = vectors.similarity_correlation(tmp_path / "people.txt").correlation
        assert figures[f"people, 3 pairs of 4, {when}"] == pytest.approx(similarity)
        family = vectors.analogy_accuracy(tmp_path / "questions-words.txt").accuracy("family")
        assert figures[f"analogies, family, {when}"] == family
    assert all(isinstance(value, (int, float, str)) for value in figures.values())
    assert json.loads(json.dumps(figures)) == figures


def test_vectors_that_a_probe_sees_through_are_not_called_debiased(path):
    figures = report.figures(
        _served(data.pipeline(Config(vectors=str(path)))), Config(vectors=str(path))
    )
    assert figures["remaining bias: linear probe, after"] > 0.6
    assert figures["remaining bias"].startswith("NOT debiased: a linear probe is right in")
    others = {name: value for name, value in figures.items() if name != "remaining bias"}
    assert "debiased" not in str(others).lower()


def test_a_model_of_other_vectors_is_told(path, tmp_path):
    vectors = embeddings.WordVectors.load(path)
    other = tmp_path / "other.txt"
    embeddings.WordVectors(vectors.words, vectors.vectors[:, ::-1]).save(other)
    served = _served(data.pipeline(Config(vectors=str(path))))
    with pytest.raises(ValueError, match="that the model was made from. Received .*other.txt"):
        report.figures(served, Config(vectors=str(other)))


def test_words_are_answered_and_bad_ones_told(path):
    served = _served(data.pipeline(Config(vectors=str(path))))
    (found,) = answers.lines(served, [[b"doctor", b"She ", b"docter", b"", b"a\x1b[31m"]], Config())
    word, before, after, near = found[0].split("\t")
    assert word == "doctor" and after == "+0.000" and len(near.split()) == 5
    held = saved.read(served)
    position = held.position_before[held.vectors.number(word)]
    assert float(before) == pytest.approx(position, abs=1e-3)
    assert found[1].startswith("She \t+") and "\t+0.000\t" not in found[1]
    assert "Received 'docter'. Did you mean 'doctor'" in found[2]
    assert "Received ''" in found[3] and "\x1b" not in found[4]


def test_pictures_have_the_axis_before_and_after(path):
    served = _served(data.pipeline(Config(vectors=str(path))))
    drawn = report.pictures(served, Config(vectors=str(path)))
    *axes, probe = drawn
    assert axes == ["words_on_the_axis_before", "words_on_the_axis_after"]
    texts = [{text.get_text() for text in drawn[name].axes[0].texts} for name in axes]
    assert texts[0] == texts[1] >= {"she", "he", "maid", "sheriff"} and "mary" not in texts[0]
    title = drawn[probe].axes[0].get_title()
    figures = report.figures(served, Config(vectors=str(path)))
    right = float(title.split()[-1].rstrip("%")) / 100
    assert right == pytest.approx(figures["remaining bias: linear probe, after"], abs=0.05)


@pytest.mark.parametrize(
    "flags, told",
    [
        (["--vectors", "nowhere"], "--vectors must name a file of word vectors. Received nowhere"),
        (["--lists", "nowhere"], "Received nowhere, which has no definitional_pairs.json"),
        (["--strength", "-1"], "--strength must be at least 0 and finite. Received -1"),
    ],
)
def test_wrong_flags_are_told(flags, told, path, capsys, tmp_path):
    flags = flags if "--vectors" in flags else [*flags, "--vectors", str(path)]
    assert main(["debias", "train", *flags, "--run", str(tmp_path / "run")])
    assert told in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "name, content, told",
    [
        ("WEAT", "{", "WEAT.json must be JSON in UTF-8. Received Expecting"),
        ("professions", '[["nurse", 0.5]]', r"professions.json must hold a list of \[word, rating"),
        ("equalize_pairs", '[["she"]]', r"must hold a list of pairs of words. Received \[\[\"she"),
        ("definitional_pairs", '[["xx", "yy"], ["she", "he"]]', r"missing are \[\('xx', 'yy'\)\]"),
    ],
)
def test_wrong_lists_are_told(name, content, told, path, tmp_path):
    for each, words in LISTS.items():
        (tmp_path / f"{each}.json").write_text(json.dumps(words))
    assert data.lists(Config(lists=str(tmp_path))) == LISTS
    (tmp_path / f"{name}.json").write_text(content)
    with pytest.raises(ValueError, match=told):
        data.pipeline(Config(vectors=str(path), lists=str(tmp_path)))


def test_broken_and_small_files_of_vectors_are_told(path, tmp_path):
    lines = path.read_text().splitlines()
    broken = tmp_path / "broken.txt"
    broken.write_text("\n".join([*lines[:5], "word x y", *lines[6:]]) + "\n")
    with pytest.raises(ValueError, match="broken.txt, line 6.*word x y"):
        data.pipeline(Config(vectors=str(broken)))
    small = tmp_path / "small.txt"
    small.write_text("\n".join(lines[1:31]) + "\n")
    with pytest.raises(ValueError, match="20 words or more that --lists does not set apart. Rec"):
        data.pipeline(Config(vectors=str(small)))


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
