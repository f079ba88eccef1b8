import io

import numpy as np
import pytest

from keras_dl import plots


def _png(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def test_attention_map_shows_the_weights_it_was_given():
    weights = np.array([[0.9, 0.1, 0.0], [0.0, 0.5, 0.5]])
    figure = plots.attention_map(weights, list("abc"), list("xy"), title="t")
    axes = figure.axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), weights)
    assert [label.get_text() for label in axes.get_xticklabels()] == list("abc")
    assert [label.get_text() for label in axes.get_yticklabels()] == list("xy")
    assert _png(figure).startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"\(2, 3\) for 3 target"):
        plots.attention_map(weights, list("xy"), list("abc"))


def test_learning_curves_put_validation_beside_training():
    figure = plots.learning_curves({"loss": [3, 2, 1], "val_loss": [3, 2.5, 2], "lr": [1, 1, 1]})
    assert len(figure.axes) == 2
    assert [line.get_ydata().tolist() for line in figure.axes[0].lines] == [[3, 2, 1], [3, 2.5, 2]]
    assert _png(figure).startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"Received {}"):
        plots.learning_curves({})


def test_sorted_bars_are_sorted():
    figure = plots.sorted_bars({"a": 0.9, "b": 0.5, "c": 1.0})
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["c", "a", "b"]
    assert [bar.get_width() for bar in axes.patches] == [1.0, 0.9, 0.5]
    assert _png(figure).startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="Received none"):
        plots.sorted_bars({})


def test_confusion_matrix_shows_every_count():
    figure = plots.confusion_matrix([[8, 2], [0, 1000]], ["yes", "no"], "title")
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["8", "2", "0", "1,000"]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.8, 0.2], [0, 1]])
    assert _png(figure).startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"\(2, 2\), 3 names"):
        plots.confusion_matrix([[8, 2], [0, 3]], list("abc"))


def test_calibration_puts_shares_beside_confidences():
    confidence = np.array([0.05, 0.95, 0.97, 0.99, 1.0])
    figure = plots.calibration(confidence, np.array([False, True, True, False, True]))
    line = figure.axes[0].lines[1]
    np.testing.assert_allclose(line.get_xdata(), [0.05, np.mean([0.95, 0.97, 0.99, 1.0])])
    np.testing.assert_allclose(line.get_ydata(), [0, 0.75])
    assert _png(figure).startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"\(5,\) and \(4,\)"):
        plots.calibration(confidence, np.ones(4, bool))
