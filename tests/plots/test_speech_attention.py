import numpy as np
import pytest

from keras_dl import plots

WAVEFORM = np.sin(np.arange(16000) / 9)
WEIGHTS = np.eye(3, 51)


def _plot(weights=WEIGHTS):
    return plots.speech_attention(
        WAVEFORM, 8000, np.ones((198, 32)), weights, ["7", "3", "1"], middle=0.0125, step=0.04
    )


def test_three_axes_have_the_same_time():
    sound, bands, attention, _ = _plot().axes
    assert [axes.get_xlim() for axes in (sound, bands, attention)] == [(0, 2)] * 3
    np.testing.assert_allclose(sound.lines[0].get_xdata()[[0, -1]], [0, 15999 / 8000])
    assert bands.images[0].get_extent() == [0, 2, -0.5, 31.5]
    # The step with index 2 has its middle at 0.0125 + 2 * 0.04 seconds.
    left, right, *_ = attention.images[0].get_extent()
    np.testing.assert_allclose(left + (right - left) * 2.5 / 51, 0.0925)
    assert [label.get_text() for label in attention.get_yticklabels()] == ["7", "3", "1"]


def test_the_attention_of_the_first_word_is_on_top():
    attention = _plot().axes[2]
    assert attention.get_ylim() == (2.5, -0.5)
    np.testing.assert_array_equal(attention.images[0].get_array(), WEIGHTS)


@pytest.mark.parametrize("weights", [WEIGHTS[:2], WEIGHTS[0]])
def test_other_weights_are_refused(weights):
    with pytest.raises(ValueError, match="one row per word"):
        _plot(weights)
