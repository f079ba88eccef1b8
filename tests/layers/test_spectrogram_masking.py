"""What TimeMasking and FrequencyMasking hide: intervals of the right law, in training only."""

import numpy as np
import pytest
from scipy import stats

from keras_dl import layers

ONES = np.ones((4000, 20, 6), "float32")


def _widths(hidden):
    """Returns the number of hidden steps per row, each row one interval."""
    assert (np.abs(np.diff(hidden.astype(int), axis=1)).sum(1) <= 2).all(), "not one interval"
    return hidden.sum(1)


def test_time_masks_are_uniform_and_a_share_of_the_length():
    lengths = np.where(np.arange(4000) < 2000, 20, 8)
    mask = np.arange(20) < lengths[:, None]
    layer = layers.TimeMasking(num_masks=1, max_share=0.3, seed=3)
    found = layer(ONES, mask=mask, training=True).numpy()
    hidden = found[:, :, 0] == 0
    assert (found == found[:, :, :1]).all() and set(found.ravel()) == {0.0, 1.0}
    assert not hidden[~mask].any()
    for rows, longest in ((slice(0, 2000), 6), (slice(2000, None), 2)):
        counts = np.bincount(_widths(hidden[rows]), minlength=longest + 1)
        assert len(counts) == longest + 1
        assert stats.chisquare(counts).pvalue > 0.001
    starts = hidden[:2000][hidden[:2000].sum(1) == 6].argmax(1)
    assert stats.chisquare(np.bincount(starts, minlength=15)).pvalue > 0.001


def test_a_time_mask_skips_the_padding_within_a_sequence():
    mask = np.arange(20) % 2 == 0
    layer = layers.TimeMasking(num_masks=1, max_share=1.0, seed=3)
    hidden = layer(ONES[:50], mask=np.tile(mask, (50, 1)), training=True).numpy()[:, :, 0] == 0
    assert not hidden[:, ~mask].any()
    widths = _widths(hidden[:, mask])
    assert 10 in widths and len(set(widths)) > 5


def test_frequency_masks_are_uniform_and_the_same_at_all_times():
    layer = layers.FrequencyMasking(num_masks=1, max_width=3, seed=3)
    found = layer(ONES, training=True).numpy()
    assert (found == found[:, :1]).all() and set(found.ravel()) == {0.0, 1.0}
    hidden = found[:, 0] == 0
    assert stats.chisquare(np.bincount(_widths(hidden), minlength=4)).pvalue > 0.001
    starts = hidden[hidden.sum(1) == 3].argmax(1)
    assert stats.chisquare(np.bincount(starts, minlength=4)).pvalue > 0.001


def test_a_frequency_mask_is_at_most_all_channels():
    found = layers.FrequencyMasking(num_masks=1, max_width=99, seed=3)(ONES, training=True)
    assert (found.numpy()[:, 0] == 0).sum(1).max() == 6


LAYERS = {
    "time": lambda **given: layers.TimeMasking(max_share=0.5, **given),
    "frequency": lambda **given: layers.FrequencyMasking(max_width=5, **given),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_the_seed_decides_and_only_training_is_masked(kind):
    values = np.random.default_rng(0).normal(size=(9, 20, 6)).astype("float32")
    one, same, other = (LAYERS[kind](seed=seed) for seed in (1, 1, 2))
    first = one(values, training=True).numpy()
    np.testing.assert_array_equal(same(values, training=True), first)
    assert (other(values, training=True).numpy() != first).any()
    assert (one(values, training=True).numpy() != first).any()
    np.testing.assert_array_equal(first[first != 0], values[first != 0])
    np.testing.assert_array_equal(one(values), values)


@pytest.mark.parametrize("kind", LAYERS)
def test_several_masks_hide_more(kind):
    share = [
        (LAYERS[kind](num_masks=count, seed=1)(ONES, training=True).numpy() == 0).mean()
        for count in (0, 1, 3)
    ]
    assert share[0] == 0 < share[1] < share[2]


def test_arguments_out_of_range():
    for arguments in ((-1, 0.1), (1, 1.5), (1, -0.1)):
        with pytest.raises(ValueError, match="num_masks must be at least 0, and max_share"):
            layers.TimeMasking(*arguments)
    for arguments in ((-1, 2), (1, -2)):
        with pytest.raises(ValueError, match="num_masks and max_width must be at least 0"):
            layers.FrequencyMasking(*arguments)
