import collections

import numpy as np
import pytest
import tensorflow as tf

from apps.embeddings import data, report
from apps.embeddings.app import Assets, Embeddings, MeasureConfig, TrainConfig
from apps.embeddings.synthetic import corpus
from keras_dl import embeddings
from keras_dl.application import UserError
from keras_dl.application.command_line import main


def _served(words, vectors):
    """The endpoints of a model with these vectors, as a SavedModel has them."""
    counts = np.array([0, 0, *range(len(words), 0, -1)])
    skip_gram = embeddings.skip_gram(counts, vectors.shape[1])
    skip_gram.vectors.assign(np.pad(vectors, ((2, 0), (0, 0)), constant_values=9))
    found = Embeddings().endpoints(skip_gram, Assets(words))

    class Served:
        signatures = {
            name: tf.function(function, input_signature=signature)
            for name, (function, signature, _) in found.items()
        }

    return Served()


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
    assert len(found.validation) == 1 and found.initial.tolist() == [0, 0, 99, 99, 99]
    _written(tmp_path, [["one two three"] * 99 + ["four"]])
    with pytest.raises(ValueError, match=r"every 100th.* contain no words of the vocabulary"):
        data.training_data(config)


def test_endpoints_know_words_and_ranks():
    served = _served(WORDS, VECTORS)
    found = served.signatures["serving_default"](word=tf.constant(["Queen", "xyzzy", ""]))
    np.testing.assert_array_equal(found["vector"], [VECTORS[3], [0, 0, 0], [0, 0, 0]])
    assert found["known"].numpy().tolist() == [True, False, False]
    found = served.signatures["vocabulary"](row=tf.constant([4, 0, 5, -1]))
    assert found["word"].numpy().tolist() == [b"good", b"man", b"", b""]
    vectors = report.word_vectors(served)
    assert vectors.words == WORDS
    np.testing.assert_array_equal(vectors.vectors, VECTORS)


def test_sums_of_words_are_answered_and_bad_questions_told():
    questions = [b"king - man + woman", "King", "", "kin", "- man"]
    sum_, word, *bad = Embeddings().predict(_served(WORDS, VECTORS), questions)
    for record in (sum_, word):
        assert record["nearest"][0][0] == "queen" and len(record["nearest"]) > 1
    assert bad[0]["error"] == bad[2]["error"] == "enter a word, or words separated by + or -"
    assert bad[1]["error"] == (
        "word must be one of the 5 words. Received 'kin'. Did you mean 'king'?"
    )


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
