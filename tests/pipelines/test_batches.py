import numpy as np
import pytest
import tensorflow as tf

from keras_dl import pipelines
from keras_dl.pipelines import bucket_by_length


def _rows(count, seed=0):
    lengths = np.random.default_rng(seed).integers(1, 40, count)
    return tf.RaggedTensor.from_row_lengths(tf.range(lengths.sum()), lengths), lengths


def test_an_epoch_holds_each_row_once_and_is_the_same_every_time():
    rows, _ = _rows(643)
    epoch_data, steps = bucket_by_length(rows, lambda indices: indices, batch_size=10, seed=3)
    first, again, other = (
        np.concatenate(list(epoch_data(epoch).as_numpy_iterator())) for epoch in (0, 0, 1)
    )
    assert steps == 64 and len(first) == 640 == len(set(first.tolist()))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.9


def test_little_of_a_batch_is_padding():
    rows, lengths = _rows(5000)
    epoch_data, _ = bucket_by_length(rows, lambda indices: indices, batch_size=50, seed=0)
    batches = list(epoch_data(0).as_numpy_iterator())
    fill = np.mean([lengths[batch].mean() / lengths[batch].max() for batch in batches])
    assert fill > 0.9
    order = [lengths[batch].max() for batch in batches]
    assert order != sorted(order)


def test_it_works_inside_a_dataset_of_epochs():
    rows, _ = _rows(40)
    epoch_data, _ = bucket_by_length(
        rows, lambda indices: tf.gather(rows, indices).to_tensor(), batch_size=8, seed=1
    )
    epochs = tf.data.Dataset.range(2).flat_map(epoch_data)
    assert len(list(epochs)) == 10
    expected = [batch.shape for batch in epoch_data(1)]
    assert [batch.shape for batch in epochs.skip(5)] == expected


def test_fewer_rows_than_a_batch_are_refused():
    rows, _ = _rows(5)
    with pytest.raises(ValueError, match="Received 5 rows, batch_size 8"):
        bucket_by_length(rows, lambda indices: indices, batch_size=8, seed=0)


def test_batch_all_by_length_holds_every_row_once_the_shortest_first():
    rows = tf.ragged.constant([[1] * length for length in (5, 1, 3, 2, 4)])
    dataset = pipelines.batch_all_by_length(
        rows, lambda some: (some, tf.gather(rows, some)), batch_size=2
    )
    assert dataset.cardinality() == 3
    assert [some.numpy().tolist() for some, _ in dataset] == [[1, 3], [2, 4], [0]]


def test_batches_of_an_epoch_hold_each_example_once():
    epoch_data, steps = pipelines.epoch_batches(
        23, 5, 7, lambda rows, number, seeds: (rows, number, seeds)
    )
    batches = list(epoch_data(tf.constant(2, "int64")))
    assert steps == len(batches) == 4
    assert [int(number) for _, number, _ in batches] == [0, 1, 2, 3]
    assert all(seeds.numpy().tolist() == [7, 2] for *_, seeds in batches)
    rows = np.concatenate([rows for rows, *_ in batches])
    order = tf.random.experimental.stateless_shuffle(tf.range(23), [7, 2])
    assert rows.tolist() == order[:20].numpy().tolist()
    assert epoch_data(0).element_spec[0].shape == (5,)


def test_the_remainder_may_be_a_batch():
    epoch_data, steps = pipelines.epoch_batches(
        7, 5, 0, lambda rows, number, seeds: rows, drop_remainder=False
    )
    batches = [rows.numpy() for rows in epoch_data(0)]
    assert steps == 2 and [len(rows) for rows in batches] == [5, 2]
    assert sorted(np.concatenate(batches)) == list(range(7))


def test_fewer_examples_than_a_batch_are_refused():
    message = "at most the number of examples, 4. Received batch_size 5"
    with pytest.raises(ValueError, match=message):
        pipelines.epoch_batches(4, 5, 0, lambda rows, number, seeds: rows)


def test_both_kinds_of_batches_by_length():
    rows, _ = _rows(50)
    pair = rows, lambda indices: indices
    epoch_data, steps, validation = pipelines.batches_by_length(pair, pair, batch_size=8, seed=1)
    expected, _ = bucket_by_length(*pair, batch_size=8, seed=1)
    assert steps == 6
    for found, wanted in ((epoch_data(3), expected(3)), (validation, validation)):
        found, wanted = (np.concatenate(list(each)).tolist() for each in (found, wanted))
        assert found == wanted
    assert sorted(found) == list(range(50))
