import collections
import itertools
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from apps.embeddings import data, model, questions, report, texts
from apps.embeddings.app import Assets, Embeddings, MeasureConfig, PredictConfig, TrainConfig
from apps.embeddings.synthetic import corpus
from keras_dl import embeddings, training
from keras_dl.application import UserError
from keras_dl.application.command_line import main


def _served(words, vectors, method="skip_gram"):
    """The endpoints of a model with these vectors, as a SavedModel has them."""
    counts = np.array([0, 0, *range(len(words), 0, -1)])
    config = TrainConfig(method=method, units=vectors.shape[1])
    built = model.build(config, training.TrainingData(None, 1, initial=counts))
    weights = {weight.name: weight for weight in built.weights}
    table = np.pad(vectors, ((2, 0), (0, 0)), constant_values=9)
    if method == "glove":
        weights["words"].assign(2 * table)
        weights["contexts"].assign(-table)
    else:
        weights["vectors" if method == "skip_gram" else "embeddings"].assign(table)
    found = Embeddings().endpoints(built, Assets(words))

    class Served:
        keeps = built
        signatures = {
            name: tf.function(function, input_signature=signature)
            for name, (function, signature, _) in found.items()
        }

    return Served()


METHODS = ["skip_gram", "hierarchical_softmax", "glove", "neural_language_model"]
WORDS = ["man", "woman", "king", "queen", "good"]
VECTORS = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [-1, 0, 0.2]], "float32")


def test_generated_sentences_keep_their_structure():
    sentences = corpus.sentences(3000, 1)
    assert corpus.sentences(3000, 1) == sentences != corpus.sentences(3000, 2)
    together = collections.Counter()
    for sentence in sentences:
        words = sentence.split()
        assert sentence == sentence.lower() and 5 <= len(words) <= 8
        together.update((one, other) for one in words for other in words if one != other)
    assert together["king", "king_0"] and together["queen", "king_0"] and together["king", "he"]
    assert not together["king", "she"] and not together["queen", "he"]
    assert not together["king", "queen"] and not together["paris", "border"]


def test_questions_are_of_two_forms_of_two_things():
    lines = corpus.questions().splitlines()
    assert lines[0] == ": family" and "man woman king queen" in lines
    assert "france paris japan tokyo" in lines and len(lines) == 2 * (1 + 12 * 11)


def _written(tmp_path, texts):
    for index, lines in enumerate(texts):
        (tmp_path / f"{index}.txt").write_text("\n".join(lines) + "\n", "utf-8")


def test_words_are_counted_and_rare_ones_passed_over(tmp_path):
    # Lines are documents, in the order of the files; every hundredth is held out and not counted.
    _written(tmp_path, [["a b c", "", "B a !"] * 120, ["a a x", " "]])
    config = TrainConfig(data=str(tmp_path), threshold=0, window=1, batch_size=2)
    found = data.training_data(config)
    assert found.assets.vocabulary == ["a", "b", "c", "!"]
    assert found.initial.tolist() == [0, 0, 240, 238, 120, 118]
    counted = collections.Counter()
    elements = list(found.batches(tf.constant(0)))
    assert len(elements) == found.steps_per_epoch
    for words, _ in list(found.validation):
        counted.update(words.numpy()[:, 1:-1].ravel().tolist())
    del counted[0]
    assert counted == {2: 2, 3: 2, 5: 2}  # the documents 99 and 199 are both "B a !"


def test_training_takes_the_same_path_again():
    def bits(seed):
        found = data.training_data(TrainConfig(num_examples=200, batch_size=4, seed=seed))
        return [part.numpy().tobytes() for each in found.batches(tf.constant(1)) for part in each]

    assert bits(0) == bits(0) != bits(1)


def test_no_word_is_told(tmp_path):
    _written(tmp_path, [[f"one{index} two{index}" for index in range(100)]])
    with pytest.raises(ValueError, match=r"at least 5 times. Received .* with 198 words"):
        data.training_data(TrainConfig(data=str(tmp_path)))


@pytest.mark.parametrize("documents", [0, 1, 99])
def test_few_documents_are_told(tmp_path, documents):
    _written(tmp_path, [["one two " * 50] * documents + [""] * 50])
    with pytest.raises(ValueError, match=f"at least 100 documents, .* with {documents}. Use"):
        data.training_data(TrainConfig(data=str(tmp_path)))


def test_a_hundred_documents_are_enough_if_the_last_has_known_words(tmp_path):
    config = TrainConfig(data=str(tmp_path), threshold=0, batch_size=2, min_count=99)
    _written(tmp_path, [["one two three"] * 100])
    found = data.training_data(config)
    assert len(list(found.validation)) == 1 and found.initial.tolist() == [0, 0, 99, 99, 99]
    _written(tmp_path, [["one two three"] * 99 + ["four"]])
    with pytest.raises(ValueError, match=r"every 100th.* contain no words of the vocabulary"):
        data.training_data(config)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("one two\n".encode("utf-16"), 1),
        ("one two\n".encode("utf-16-le"), 1),
        (b"one\ncaf\xe9\n", 2),
    ],
)
def test_other_encodings_are_refused(tmp_path, content, line):
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(UserError, match=f"a.txt, line {line}: text must be UTF-8"):
        texts.read(TrainConfig(data=str(tmp_path)))


def test_text_without_spaces_between_words_is_refused(tmp_path):
    config = TrainConfig(data=str(tmp_path), min_count=1, threshold=0, batch_size=2)
    for sentence in ("我们今天去公园散步了,天气很好", "วันนี้อากาศดีมากเราไปเดินเล่นในสวน"):
        _written(tmp_path, [[sentence] * 100])
        with pytest.raises(UserError, match=r"must have spaces between words.*word segmenter"):
            data.training_data(config)
    _written(tmp_path, [["我们 今天 去 公园 散步 了 , 天气 很 好"] * 100])
    assert "公园" in data.training_data(config).assets.vocabulary


def test_few_long_documents_are_cut(tmp_path):
    _written(tmp_path, [["one two three four " * 1000] for _ in range(20)])
    found = data.training_data(TrainConfig(data=str(tmp_path), threshold=0, batch_size=2))
    assert found.initial.sum() == 80_000 - 8 * 100  # every hundredth piece is held out


def test_chosen_words_are_kept_in_the_vocabulary(tmp_path):
    _written(tmp_path, [["a a b b c d", "e"] * 100])
    (tmp_path / "keep").write_text("D\nE\nnone\n", "utf-8")
    options = {"data": str(tmp_path), "threshold": 0, "batch_size": 2, "vocabulary": 2}
    found = data.training_data(TrainConfig(**options, keep=str(tmp_path / "keep")))
    assert found.assets.vocabulary == ["a", "b", "d", "e"]
    with pytest.raises(UserError, match="--keep: "):
        data.training_data(TrainConfig(**options, keep="nowhere"))


def test_methods_read_the_same_words_in_their_own_way(tmp_path):
    lines = [" ".join(f"w{(number * step) % 7}" for step in range(1, 9)) for number in range(200)]
    _written(tmp_path, [lines])
    options = {"data": str(tmp_path), "threshold": 0, "batch_size": 16, "window": 3}
    found = {
        method: data.training_data(TrainConfig(method=method, **options)) for method in METHODS
    }
    for each in found.values():
        assert len(list(each.batches(tf.constant(1)))) == each.steps_per_epoch
    assert [each for each in METHODS if found[each].validation is None] == ["glove"]
    # The pairs of one epoch are those of its windows, which skip-gram reads as blocks.
    pairs = 16 * found["hierarchical_softmax"].steps_per_epoch
    windows = sum(
        int(tf.reduce_sum(tf.cast(embeddings.in_window(*block), "int32")))
        for block in found["skip_gram"].batches(tf.constant(0))
    )
    assert pairs == pytest.approx(windows, 0.05)
    names = found["glove"].assets.vocabulary
    expected = collections.Counter()
    for line in (line.split() for number, line in enumerate(lines) if number % 100 != 99):
        for (i, one), (j, other) in itertools.permutations(enumerate(line), 2):
            if abs(i - j) <= 3:
                expected[one, other] += 1 / abs(i - j)
    for (rows, columns), counts in found["glove"].batches(tf.constant(0)):
        for row, column, count in zip(*map(np.asarray, (rows, columns, counts)), strict=True):
            assert count == pytest.approx(expected.pop((names[row - 2], names[column - 2])))
    assert not expected
    following = collections.Counter()
    for _, words in found["neural_language_model"].batches(tf.constant(0)):
        following.update(words.numpy().tolist())
    assert [following[number] for number in range(9)] == found["glove"].initial.tolist()


@pytest.mark.parametrize("method", METHODS[1:])
def test_other_methods_learn(method):
    keras.utils.set_random_seed(0)
    size = 2 if method == "glove" else 32
    config = TrainConfig(method=method, num_examples=300, units=8, batch_size=size, threshold=0)
    found = data.training_data(config)
    built = model.build(config, found)
    batches, steps = found.batches(tf.constant(0)), found.steps_per_epoch
    losses = built.fit(batches.repeat(3), steps_per_epoch=steps, epochs=3, verbose=0, shuffle=False)
    start, *_, end = losses.history["loss"]
    assert end < 0.97 * start


@pytest.mark.parametrize("method", METHODS)
def test_endpoints_know_words_and_ranks(method):
    served = _served(WORDS, VECTORS, method)
    found = served.signatures["serving_default"](word=tf.constant(["Queen", "xyzzy", ""]))
    np.testing.assert_array_equal(found["vector"], [VECTORS[3], [0, 0, 0], [0, 0, 0]])
    assert found["known"].numpy().tolist() == [True, False, False]
    found = served.signatures["vocabulary"](row=tf.constant([4, 0, 5, -1]))
    assert found["word"].numpy().tolist() == [b"good", b"man", b"", b""]
    vectors = report.word_vectors(served)
    assert vectors.words == WORDS
    np.testing.assert_array_equal(vectors.vectors, VECTORS)


@pytest.mark.parametrize(
    ("text", "positive", "negative"),
    [
        ("king \u2013 man + woman", ["king", "woman"], ["man"]),
        ("king\u2212man\uff0bwoman", ["king", "woman"], ["man"]),
        ("king-man+woman", ["king", "woman"], ["man"]),
        ("King -man +\u00a0WOMAN", ["king", "woman"], ["man"]),
        ("t-shirt-man", ["t-shirt"], ["man"]),
        ("t-shirt", ["t-shirt"], []),
        ("king woman", ["king", "woman"], []),
        ("don\u2019t + cafe\u0301", ["don't", "café"], []),
        ("-", ["-"], []),
    ],
)
def test_questions_are_read(text, positive, negative):
    vectors = embeddings.WordVectors(
        [*WORDS, "t-shirt", "don't", "café", "-", "c", ":"], np.eye(11)
    )
    assert questions.terms(vectors, text) == (positive, negative)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("c++", "Received 'c\\+\\+'"),
        ("king - king", "the sum of the vectors must not be 0"),
        ("man : king", "':' is not a word. Separate words by \\+ or -"),
        ("good_king", "'good_king' has no vector, but its parts have: good, king. Enter"),
        ("king--man", "its parts have: king, man"),
        ("\u201cking\u201d", "its parts have: king. Enter"),
        ("- man", "enter a word"),
        ("king -", "a word must follow '-'"),
    ],
)
def test_questions_without_an_answer_are_told(text, told):
    vectors = embeddings.WordVectors([*WORDS, "-", "c", ":"], np.eye(8))
    assert re.search(told, questions.nearest(vectors, text, 3)["error"])


def test_neighbors_in_a_file_of_ones_own(tmp_path):
    path = tmp_path / "own.vec"
    path.write_text("3 2\nParis 1 0\nRome 1 0.1\nking 0 1\n", "utf-8")
    config = PredictConfig(k=1, vectors=str(path))
    (record,) = Embeddings().predict(_served(WORDS, VECTORS), ["Paris"], config)
    assert [word for word, _ in record["nearest"]] == ["Rome"]
    path.write_text("3 2\nParis 1 0\nRome 1\n", "utf-8")
    other = PredictConfig(vectors=str(path.rename(tmp_path / "wrong.vec")))
    with pytest.raises(UserError, match=r"--vectors: .*wrong.vec, line 3: each line must be"):
        list(Embeddings().predict(_served(WORDS, VECTORS), ["Paris"], other))


def test_sums_of_words_are_answered_and_bad_questions_told():
    questions = [b"king - man + woman", "King", "", "kin", "- man"]
    sum_, word, *bad = Embeddings().predict(_served(WORDS, VECTORS), questions)
    for record in (sum_, word):
        assert record["nearest"][0][0] == "queen" and len(record["nearest"]) > 1
    assert bad[0]["error"] == bad[2]["error"] == "enter a word, or words separated by + or -"
    assert bad[1]["error"] == (
        "word must be one of the 5 words. Received 'kin'. Did you mean 'king'?"
    )


def test_a_question_is_drawn_with_its_answer():
    app, served = Embeddings(), _served(WORDS, VECTORS)
    (record,) = app.predict(served, ["king - man + woman"])
    shown = {text.get_text() for text in app.plot(served, record).axes[0].texts}
    assert shown <= {*WORDS} and {"king", "queen"} <= shown
    assert app.plot(served, record | {"nearest": [("good", 0.5)]}) is None  # of other vectors


def test_the_map_has_no_stop_words_and_no_punctuation():
    words = [word for word in ("the", "film", ",", "2nd", "of", "Good") if report._is_content(word)]
    assert words == ["film", "Good"]


def test_metrics_are_those_of_the_tasks(tmp_path):
    served = _served(WORDS, VECTORS)
    found = report.measure(served, MeasureConfig())
    assert found.values()["analogies.family"] == 1 and found.values()["analogies_answered"] == 2
    assert found.values()["analogies_left_out"] == 262
    assert set(found.plots) == {"words_by_tsne", "words_by_pca"}
    (tmp_path / "people.txt").write_text("man woman 8\nman good 1\nking queen 8\nx y 1\n", "utf-8")
    values = report.measure(served, MeasureConfig(tasks=str(tmp_path))).values()
    assert values["similarity.people"] == pytest.approx(1)
    with pytest.raises(UserError, match="--tasks: task_scores: directory must contain task files"):
        report.measure(served, MeasureConfig(tasks=str(tmp_path / "none")))


def test_the_shipped_vectors_have_words_of_plain_english():
    vectors = embeddings.WordVectors.load(Embeddings.shipped / "vectors.txt.gz")
    for word in ("programmer", "homemaker", "receptionist", "banana", "astronomy"):
        assert word in vectors


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--data", "nowhere"], "--data must be a text file, a directory of text files"),
        (["--data", "tfds:nothing"], "--data: tfds_builder: name must be a data set that"),
        (["--units", "1"], "--units must be at least 2. Received 1"),
        (["--window", "0"], "--window must be at least 1. Received 0"),
        (["--threshold", "1"], "--threshold must be at least 0 and below 1. Received 1"),
    ],
)
def test_wrong_flags_are_told(flags, told, capsys, tmp_path):
    words = ["embeddings", "train", *flags, "--run-dir", str(tmp_path / "run")]
    assert main([Embeddings()], words, "test") == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
