import numpy as np
import pytest

from keras_dl import plots


def test_it_holds_every_word_and_breaks_lines():
    words = [f"word{number}" for number in range(60)] + ["$5", "x" * 200]
    influence = np.linspace(-1, 2, len(words))
    figure = plots.highlighted_text([("good", words, influence), ("bad $", [], [])], "title")
    drawn = [text for text in figure.axes[0].texts if text.get_bbox_patch() is not None]
    assert [text.get_text() for text in drawn] == words
    assert all(text.get_position()[0] < 90 for text in drawn)
    assert len({text.get_position()[1] for text in drawn}) > 4
    red, _, blue, _ = drawn[0].get_bbox_patch().get_facecolor()
    assert red > blue, "words against the prediction are red"
    figure.canvas.draw()
    with pytest.raises(ValueError, match="2 words and 1 values for 'bad'"):
        plots.highlighted_text([("bad", ["a", "b"], [1.0])])
