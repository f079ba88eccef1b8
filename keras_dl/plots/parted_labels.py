"""Labels of points that do not cover each other."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox

# Directions from a point to its label, the best first, with the alignment of the text.
_SIDES = (
    ((1, 0), "left", "center"),
    ((-1, 0), "right", "center"),
    ((0, 1), "center", "bottom"),
    ((0, -1), "center", "top"),
    ((1, 1), "left", "bottom"),
    ((-1, 1), "right", "bottom"),
    ((1, -1), "left", "top"),
    ((-1, -1), "right", "top"),
)
_DISTANCES = (3, 8)  # points


def part_labels(
    axes: Axes, labels: Sequence[str], points: np.ndarray, fontsize: float = 8
) -> list[int]:
    """Writes the labels of points beside them, where nothing else is.

    Labels are written in their order. One for which there is no room is left out. The limits of the
    axes and the size of the plot must be final.

    Args:
        axes: matplotlib Axes, in which the points are drawn already.
        labels: sequence of n strings, the most important first.
        points: float `(n, 2)`, in data coordinates.
        fontsize: float. Size of the font in points.

    Returns:
        list of the indices of the labels that were written.
    """
    figure = axes.get_figure(root=True)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # the layout is final
    renderer = canvas.get_renderer()
    positions = axes.transData.transform(points)
    inside = axes.get_window_extent(renderer)
    taken = [Bbox.from_bounds(x - 2, y - 2, 4, 4) for x, y in positions]
    written = []
    for index, (label, point) in enumerate(zip(labels, points, strict=True)):
        text = axes.annotate(
            label, point, (0, 0), textcoords="offset points", fontsize=fontsize, parse_math=False
        )
        for distance in _DISTANCES:
            for (right, up), across, along in _SIDES:
                text.set(ha=across, va=along, position=(right * distance, up * distance))
                box = text.get_window_extent(renderer)
                others = (each for number, each in enumerate(taken) if number != index)
                if not _within(inside, box) or any(box.overlaps(each) for each in others):
                    continue
                taken.append(box)
                written.append(index)
                break
            else:
                continue
            break
        else:
            text.remove()
    return written


def _within(outer, inner):
    return (
        outer.x0 <= inner.x0 and inner.x1 <= outer.x1 and outer.y0 <= inner.y0
    ) and inner.y1 <= outer.y1
