import numpy as np
import pytest
import tensorflow as tf

from keras_dl import pipelines
from keras_dl.pipelines import length_batches


def _rows(count, seed=0):
    lengths = np.random.default_rng(seed).integers(1, 40, count)
    return tf.RaggedTensor.from_row_lengths(tf.range(lengths.sum()), lengths), lengths


def test_an_epoch_holds_each_row_once_and_is_the_same_every_time():
    rows, _ = _rows(643)
    epoch_data, steps = length_batches(rows, lambda indices: indices, batch_size=10, seed=3)
    first, again, other = (
        np.concatenate(list(epoch_data(epoch).as_numpy_iterator())) for epoch in (0, 0, 1)
    )
    assert steps == 64 and len(first) == 640 == len(set(first.tolist()))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.9


def test_little_of_a_batch_is_padding():
    rows, lengths = _rows(5000)
    epoch_data, _ = length_batches(rows, lambda indices: indices, batch_size=50, seed=0)
    batches = list(epoch_data(0).as_numpy_iterator())
    fill = np.mean([lengths[batch].mean() / lengths[batch].max() for batch in batches])
    assert fill > 0.9
    order = [lengths[batch].max() for batch in batches]
    assert order != sorted(order)


def test_it_works_inside_a_dataset_of_epochs():
    rows, _ = _rows(40)
    epoch_data, _ = length_batches(
        rows, lambda indices: tf.gather(rows, indices).to_tensor(), batch_size=8, seed=1
    )
    epochs = tf.data.Dataset.range(2).flat_map(epoch_data)
    assert len(list(epochs)) == 10
    expected = [batch.shape for batch in epoch_data(1)]
    assert [batch.shape for batch in epochs.skip(5)] == expected


def test_fewer_rows_than_a_batch_are_refused():
    rows, _ = _rows(5)
    with pytest.raises(ValueError, match="Received 5 rows, batch_size 8"):
        length_batches(rows, lambda indices: indices, batch_size=8, seed=0)


def test_all_batches_hold_every_row_once_the_shortest_first():
    rows = tf.ragged.constant([[1] * length for length in (5, 1, 3, 2, 4)])
    dataset = pipelines.all_batches(rows, lambda some: (some, tf.gather(rows, some)), batch_size=2)
    assert dataset.cardinality() == 3
    assert [some.numpy().tolist() for some, _ in dataset] == [[1, 3], [2, 4], [0]]
