import io

import numpy as np
import pytest

from keras_dl import plots


def test_words_stand_at_their_places_in_their_order():
    words, positions = ["he", "nurse", "she"], np.array([-0.9, 0.3, 0.8])
    figure = plots.word_axis(words[::-1], positions[::-1], ("he", "she"), title="before")
    axes = figure.axes[0]
    found = {text.get_text(): text.xy for text in axes.texts}
    assert found == {"he": (-0.9, 0), "nurse": (0.3, 1), "she": (0.8, 2)}
    assert axes.get_xlim()[0] <= -1 and axes.get_xlim()[1] >= 1
    assert axes.get_title() == "before"
    assert axes.get_xlabel().startswith("he ") and axes.get_xlabel().endswith(" she")
    # Words are written away from the middle, so that none is crossed by its own line.
    assert [text.get_ha() for text in axes.texts] == ["right", "left", "left"]
    assert len({line.get_color() for line in axes.lines[1:]}) == 2
    file = io.BytesIO()
    figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")


def test_words_without_bias_have_no_side():
    words, positions = ["b", "a", "she"], [1e-8, -1e-8, 0.5]
    axes = plots.word_axis(words, positions, ("he", "she")).axes[0]
    assert [text.get_text() for text in axes.texts] == words
    colors = [line.get_color() for line in axes.lines[1:]]
    assert colors[0] == colors[2] != colors[4]


def test_lines_lead_from_earlier_positions():
    figure = plots.word_axis(["nurse", "she"], [0.0, 0.5], ("he", "she"), before=[0.4, -0.6])
    axes = figure.axes[0]
    ways = [line.get_xdata() for line in axes.lines[1:] if len(line.get_xdata()) == 2]
    np.testing.assert_array_equal(ways, [[0.4, 0.0], [-0.6, 0.5]])
    assert [text.xy[0] for text in axes.texts] == [0.4, 0.5]  # beside the outer one
    with pytest.raises(ValueError, match=r"Received 2 words, positions \(2,\), before \(1,\)"):
        plots.word_axis(["a", "b"], [0, 0], ("he", "she"), before=[0.4])


def test_errors():
    with pytest.raises(ValueError, match=r"Received 2 words, positions \(1,\)"):
        plots.word_axis(["a", "b"], [0.1], ("he", "she"))
    with pytest.raises(ValueError, match=r"Received 0 words"):
        plots.word_axis([], [], ("he", "she"))
    for wrong in (2.5, np.nan):
        with pytest.raises(ValueError, match=f"from -1 to 1. Received {wrong}"):
            plots.word_axis(["a", "b"], [0.1, wrong], ("he", "she"))
