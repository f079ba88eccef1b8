import numpy as np
import pytest
import tensorflow as tf

from keras_dl.export.empty_batch import padded_if_empty

SIGNATURE = [
    tf.TensorSpec([None, None, 2], "float32", "x"),
    tf.TensorSpec([None], "string", "word"),
    tf.TensorSpec([], "float32", "scale"),
]


def _function(x, word, scale):
    tf.debugging.assert_equal(tf.shape(x)[0], tf.shape(word)[0])
    with tf.control_dependencies([tf.debugging.assert_positive(tf.shape(x)[0], "no rows")]):
        x = tf.identity(x)
    return {"y": scale * x, "word": word, "names": tf.constant(["a", "b"]), "scale": scale}


def _graph(function):
    return tf.function(function, input_signature=SIGNATURE)


@pytest.mark.parametrize("length", [0, 3])
def test_an_empty_batch_has_empty_results(length):
    padded = _graph(padded_if_empty(_function, SIGNATURE))
    inputs = np.zeros((0, length, 2), "float32"), np.array([], object), 2.0
    with pytest.raises(tf.errors.InvalidArgumentError, match="no rows"):
        tf.function(lambda *given: _function(*given), input_signature=SIGNATURE)(*inputs)
    found = padded(*inputs)
    assert found["y"].shape == (0, length, 2) and found["word"].shape == (0,)
    assert found["names"].numpy().tolist() == [b"a", b"b"] and float(found["scale"]) == 2


def test_rows_are_unchanged():
    padded = _graph(padded_if_empty(_function, SIGNATURE))
    x = np.arange(12, dtype="float32").reshape(2, 3, 2)
    found = padded(x, ["one", ""], 3.0)
    np.testing.assert_array_equal(found["y"], 3 * x)
    assert found["word"].numpy().tolist() == [b"one", b""]
    specs = padded.get_concrete_function().structured_outputs
    assert specs["y"].shape.as_list() == [None, None, 2] and specs["names"].shape == (2,)


def test_a_function_without_rows_is_called_as_it_is():
    signature = [tf.TensorSpec([], "int32", "count"), tf.TensorSpec([3], "int32", "sizes")]
    padded = padded_if_empty(lambda count, sizes: {"sum": count + sizes}, signature)
    assert padded(tf.constant(1), tf.constant([1, 2, 3]))["sum"].numpy().tolist() == [2, 3, 4]


def test_inputs_of_different_lengths_are_not_made_equal():
    padded = _graph(padded_if_empty(_function, SIGNATURE))
    with pytest.raises(tf.errors.InvalidArgumentError):
        padded(np.zeros((0, 1, 2), "float32"), ["one"], 1.0)
