import types

import numpy as np
import pytest
import tensorflow as tf

from keras_dl.export import call_in_batches, calling, read_vocabulary


class Words(tf.Module):
    """A signature whose outputs grow with the longest text of the batch."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], "string", "text"),
            tf.TensorSpec([], "int64", "offset"),
        ]
    )
    def split(self, text, offset):
        words = tf.strings.split(text).to_tensor()
        lengths = tf.cast(tf.strings.length(words), "int64")
        rows = tf.shape(text, "int64")[0]
        return {
            "words": words,
            "lengths": tf.where(words == "", tf.cast(0, "int64"), lengths + offset),
            "rows": tf.fill([rows], rows),
            "pair": tf.zeros([rows, 2], "float32"),
        }

    @tf.function(input_signature=[tf.TensorSpec([None, None], "string", "tokens")])
    def join(self, tokens):
        return {"joined": tf.strings.reduce_join(tokens, 1, separator="|")}


@pytest.fixture(scope="module")
def signatures(tmp_path_factory):
    path, module = str(tmp_path_factory.mktemp("words")), Words()
    tf.saved_model.save(module, path, {"split": module.split, "join": module.join})
    return tf.saved_model.load(path).signatures


TEXTS = [b"one two three", b"", b"four", b"five six", b"seven eight nine ten", b"eleven"]


@pytest.mark.parametrize("sizes", [None, [len(text) for text in TEXTS]])
@pytest.mark.parametrize("batch_size", [1, 2, 4, 100])
def test_batches_give_what_one_call_gives(signatures, sizes, batch_size):
    split = signatures["split"]
    found = call_in_batches(split, {"text": TEXTS, "offset": 7}, batch_size=batch_size, sizes=sizes)
    whole = split(text=tf.constant(TEXTS), offset=tf.constant(7, "int64"))
    for name in ("words", "lengths", "pair"):
        assert found[name].dtype == whole[name].numpy().dtype
        np.testing.assert_array_equal(found[name], whole[name].numpy())


def test_rows_of_like_size_share_a_batch_up_to_a_total(signatures):
    def rows(max_batch_total):
        return call_in_batches(
            signatures["split"],
            {"text": [b"x"] * 6, "offset": 0},
            batch_size=4,
            sizes=[30, 1, 1, 9, 1, 1],
            max_batch_total=max_batch_total,
        )["rows"].tolist()

    assert rows(None) == [2, 4, 4, 2, 4, 4]
    assert rows(20) == [1, 4, 4, 1, 4, 4]
    assert rows(2) == [1, 2, 2, 1, 2, 2]


def test_rows_that_are_lists_are_padded(signatures):
    tokens = [["a", "b"], [], ["c"]]
    found = call_in_batches(signatures["join"], {"tokens": tokens}, batch_size=2)["joined"]
    assert found.tolist() == [b"a|b", b"|", b"c"]
    assert call_in_batches(signatures["join"], {"tokens": [[]]}, batch_size=2)["joined"] == [b""]


def test_no_rows_have_outputs_without_rows(signatures):
    found = call_in_batches(signatures["split"], {"text": [], "offset": 0}, batch_size=2)
    shapes = {name: value.shape for name, value in found.items()}
    assert shapes == {"words": (0, 0), "lengths": (0, 0), "rows": (0,), "pair": (0, 2)}
    assert found["words"].dtype == object and found["rows"].dtype == np.int64


def test_an_output_without_rows_is_returned_as_it_is():
    def function(x):
        return {"x": x, "axis": tf.constant([1.0, 2.0]), "scale": tf.constant(3.0)}

    found = call_in_batches(function, {"x": np.arange(4)}, batch_size=3)
    assert found["x"].tolist() == [0, 1, 2, 3]
    assert found["axis"].tolist() == [1, 2] and found["scale"] == 3


def test_long_calls_report_their_progress(monkeypatch, capsys):
    monkeypatch.setattr(calling, "_SECONDS_BETWEEN_LINES", 0.0)
    call_in_batches(lambda x: {"x": x}, {"x": np.arange(5)}, batch_size=2)
    assert capsys.readouterr().err.splitlines() == ["2 of 5 rows", "4 of 5 rows"]


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"inputs": {"x": [1], "y": [1, 2]}}, r"Received {'x': 1, 'y': 2}"),
        ({"inputs": {"x": 1}}, r"Received {}"),
        ({"sizes": [1]}, r"Received {'x': 2, 'sizes': 1}"),
        ({"batch_size": 0}, "Received batch_size 0"),
        ({"max_batch_total": 9}, "max_batch_total 9, sizes None"),
        ({"inputs": {"x": []}}, "at least one row. Received none"),
    ],
)
def test_errors(options, received):
    options = {"inputs": {"x": [1, 2]}, "batch_size": 1, **options}
    with pytest.raises(ValueError, match=received):
        call_in_batches(lambda x: {"x": x}, **options)


@pytest.mark.parametrize("number", [0, 3, 4, 5])
def test_vocabulary_is_read_to_its_end(monkeypatch, number):
    monkeypatch.setattr(calling, "_VOCABULARY_ROWS", 4)
    names = [*"abcde"][:number]

    def vocabulary(row):
        row = tf.minimum(row, number)
        direction = tf.constant([1.0, 2.0])
        return {"word": tf.gather([*names, ""], row), "row": row, "direction": direction}

    served = types.SimpleNamespace(signatures={"vocabulary": vocabulary})
    words, others = read_vocabulary(served)
    assert words == names and others["row"].tolist() == list(range(number))
    assert others["direction"].tolist() == [1, 2]
