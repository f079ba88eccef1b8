import numpy as np
import pytest

from keras_dl import plots

RUNS = {"a": ([1, 2], [[1.0, 0.1], [4.0, 0.1]]), "b": ([1, 2], [[1.0, 2.0]])}


def band(axes):
    """Returns the lowest and highest value of the first band at each x."""
    x, y = axes.collections[0].get_paths()[0].vertices.T
    return [[y[x == each].min(), y[x == each].max()] for each in (1, 2)]


def test_a_line_is_the_mean_and_a_band_the_range():
    figure = plots.curves_with_spread({"one": RUNS, "two": RUNS}, "x", "y")
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [2.5, 0.1])
    np.testing.assert_allclose(band(axes), [[1, 4], [0.1, 0.1]])
    assert [line.get_ydata().tolist() for line in axes.lines[1:3]] == RUNS["a"][1]
    assert axes.get_legend_handles_labels()[1] == ["a", "b"] and len(axes.collections) == 1
    assert [each.get_title() for each in figure.axes] == ["one", "two"]
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_the_mean_is_geometric_on_a_logarithmic_axis():
    axes = plots.curves_with_spread({"one": RUNS}, log=True).axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [2.0, 0.1])
    assert axes.get_yscale() == "log"


def test_a_band_may_be_the_standard_deviation():
    axes = plots.curves_with_spread({"one": RUNS}, band="std").axes[0]
    np.testing.assert_allclose(band(axes), [[1, 4], [0.1, 0.1]])
    three = {"a": ([1, 2], [[0, 1], [3, 1], [0, 1]])}
    axes = plots.curves_with_spread({"one": three}, band="std").axes[0]
    np.testing.assert_allclose(band(axes), [[1 - 2**0.5, 1 + 2**0.5], [1, 1]])
    assert len(axes.lines) == 1


def test_gaps_are_kept():
    runs = {"a": ([1, 2], [[np.nan, 1.0], [2.0, 3.0]])}
    axes = plots.curves_with_spread({"one": runs}).axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [np.nan, 2.0])


def test_bars_are_bias_and_variance():
    errors = {"none": [[1.0, 5.0], [3.0, 7.0]], "dropout": [[2.0, 4.0]]}
    axes = plots.bias_and_variance(errors).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["dropout", "none"]
    bias, variance = ([bar.get_width() for bar in bars] for bars in axes.containers)
    assert bias == [2.0, 2.0] and variance == [2.0, 4.0]
    assert axes.collections[1].get_offsets()[:, 0].tolist() == [5.0, 7.0]


def test_histograms_share_their_bins():
    values = {"random": np.array([0.0, 1.0, 1.0]), "trained": np.array([9.0, 10.0])}
    axes = plots.histograms(values, bins=10).axes[0]
    counts = [[bar.get_height() for bar in bars] for bars in axes.containers]
    assert counts == [[1, 2] + [0] * 8, [0] * 9 + [2]]
    edges = [[bar.get_x() for bar in bars] for bars in axes.containers]
    assert edges[0] == edges[1] and edges[0][0] == 0
    assert axes.get_legend_handles_labels()[1] == ["random", "trained"]


@pytest.mark.parametrize(
    ("draw", "received"),
    [
        (lambda: plots.curves_with_spread({}), "Received an empty dict"),
        (
            lambda: plots.curves_with_spread({"one": {"a": ([1, 2], [[1.0]])}}),
            r"Received 'a' with \(2,\) and \(1, 1\)",
        ),
        (lambda: plots.bias_and_variance({"a": [1.0, 2.0]}), r"Received shapes {'a': \(2,\)}"),
        (lambda: plots.histograms({"a": []}), r"Received sets \['a'\], all"),
    ],
)
def test_errors(draw, received):
    with pytest.raises(ValueError, match=received):
        draw()
