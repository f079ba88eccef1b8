import numpy as np
import pytest

from keras_dl import layers


def test_drops_the_share_it_was_told_and_no_padding():
    words = np.tile(np.array([5, 6, 7, 0], "int32"), (100, 100))
    layer = layers.WordDropout(0.3, unknown=2, seed=1)
    np.testing.assert_array_equal(np.asarray(layer(words)), words)
    dropped = np.asarray(layer(words, training=True))
    assert set(np.unique(dropped[words != 0])) == {2, 5, 6, 7}
    assert (dropped[words == 0] == 0).all()
    share = (dropped[words != 0] == 2).mean()
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 30_000)
    again = np.asarray(layer(words, training=True))
    assert (again != dropped).any(), "every step draws anew"


def test_common_words_stay():
    words = np.tile(np.array([5, 6, 7, 0], "int32"), (50, 50))
    dropped = np.asarray(layers.WordDropout(0.5, min_id=7, seed=1)(words, training=True))
    np.testing.assert_array_equal(dropped[words < 7], words[words < 7])
    assert set(np.unique(dropped[words == 7])) == {1, 7}
    with pytest.raises(ValueError, match="Received min_id 0"):
        layers.WordDropout(0.5, min_id=0)


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_refuses_a_rate_out_of_range(rate):
    with pytest.raises(ValueError, match=f"Received rate {rate}"):
        layers.WordDropout(rate)
