import numpy as np
import pytest

from keras_dl import plots

ACTIONS = ["left", "down", "right", "up", "pick up"]


def test_each_cell_has_its_value_and_all_best_actions():
    q = np.zeros((2, 3, 5))
    q[..., 2] = 1.0
    q[0, 0, 1] = 1.0  # as good as to the right
    q[1, 2, 4] = 2.0
    q[1, 1] = np.nan
    axes, bar = plots.value_maps({"lake": q}, ACTIONS, "return").axes
    values = axes.images[0].get_array()
    assert values.mask.sum() == 1 and values[1, 2] == 2 and bar.get_ylabel() == "return"
    arrows = [text for text in axes.texts if getattr(text, "arrowprops", None)]
    moves = {
        (*np.round(arrow.xyann), *np.sign(np.subtract(arrow.xy, arrow.xyann))) for arrow in arrows
    }
    assert moves == {(0, 0, 0, 1), (0, 0, 1, 0), (1, 0, 1, 0), (2, 0, 1, 0), (0, 1, 1, 0)}
    assert [text.get_text() for text in axes.texts if text not in arrows] == ["pick\nup"]


def test_panels_share_one_scale():
    panels = {str(number): np.full((2, 2, 5), float(number)) for number in range(6)}
    *cells, _bar = plots.value_maps(panels, ACTIONS).axes
    assert [axes.get_title() for axes in cells] == list(panels)
    assert {axes.images[0].get_clim() for axes in cells} == {(0.0, 5.0)}


@pytest.mark.parametrize("q", [np.zeros((2, 2, 4)), np.full((2, 2, 5), np.nan)])
def test_errors_of_values(q):
    with pytest.raises(ValueError, match=r"\(rows, columns, 5\), and not all be NaN"):
        plots.value_maps({"a": q}, ACTIONS)
