"""Batches of P classes with K images are a function of seed and epoch."""

import numpy as np
import pytest
import tensorflow as tf

from keras_dl import pipelines

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.permutation(np.arange(13).repeat(6)) * 10 + 3  # not sorted, not consecutive


def rows_only(rows, number, seeds):
    return rows


def epoch(batches, number):
    return np.array([each.numpy() for each in batches(tf.constant(number, "int64"))])


def test_each_class_is_in_an_epoch_once_with_different_images():
    batches, steps = pipelines.class_batches(LABELS, 4, 3, 0, rows_only)
    rows = epoch(batches, 0)
    assert steps == 3 and rows.shape == (3, 12)
    labels = LABELS[rows].reshape(3, 4, 3)
    assert (labels == labels[..., :1]).all()
    assert len(set(labels[..., 0].ravel())) == 12
    assert all(len({*each}) == 3 for each in rows.reshape(-1, 3))


def test_epochs_differ_and_are_repeated_by_the_same_seed():
    one, same, other = (
        pipelines.class_batches(LABELS, 4, 3, seed, rows_only)[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(epoch(one, 5), epoch(same, 5))
    assert (epoch(one, 5) != epoch(one, 6)).any() and (epoch(one, 5) != epoch(other, 5)).any()


def test_all_images_are_drawn_equally_often():
    batches, _ = pipelines.class_batches(LABELS, 13, 3, 0, rows_only)
    counts = np.bincount(np.concatenate([epoch(batches, n).ravel() for n in range(60)]))
    assert counts.min() > 14 and counts.max() < 46  # 30 expected, standard deviation 4


def test_a_class_with_one_image_repeats_it():
    labels = np.array([0, 0, 0, 1])
    batches, _ = pipelines.class_batches(labels, 2, 3, 0, rows_only)
    (rows,) = epoch(batches, 0)
    assert sorted(rows) == [0, 1, 2, 3, 3, 3]


def test_classes_of_a_group_are_together():
    labels = np.arange(24).repeat(2)
    groups = labels % 4  # each of six classes
    batches, steps = pipelines.class_batches(
        labels, 6, 2, 0, rows_only, groups=groups, group_size=3
    )
    seen = set()
    for number in range(20):
        rows = epoch(batches, number)
        chosen = rows[:, ::2].reshape(steps, 2, 3)
        assert max(len({*groups[part]}) for part in chosen.reshape(-1, 3)) <= 2
        assert len({*labels[chosen.ravel()]}) == 24
        seen |= {tuple(sorted(labels[part])) for part in chosen.reshape(-1, 3)}
    assert len(seen) > 40  # they are drawn anew in each epoch


def test_make_batch_gets_rows_number_and_seeds():
    batches, _ = pipelines.class_batches(LABELS, 4, 3, 9, lambda *given: given)
    numbers = [(int(number), seeds.numpy().tolist()) for _, number, seeds in batches(epoch=2)]
    assert numbers == [(0, [9, 2]), (1, [9, 2]), (2, [9, 2])]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((14, 2), r"at most the number of classes, 13. Received classes_per_batch 14"),
        ((1, 2), "classes_per_batch and images_per_class must be at least 2"),
        ((4, 1), "images_per_class 1"),
    ],
)
def test_wrong_sizes_are_named(sizes, message):
    with pytest.raises(ValueError, match=message):
        pipelines.class_batches(LABELS, *sizes, 0, rows_only)
    with pytest.raises(ValueError, match="group_size a divisor"):
        pipelines.class_batches(LABELS, 4, 2, 0, rows_only, groups=LABELS, group_size=3)
