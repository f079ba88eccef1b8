"""Precision-recall curves of an object detector."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from keras_dl.plots.boxes import class_color


def precision_recall(curves: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Plots precision against recall, with a line for each class and its average precision.

    The average precision, as defined by COCO, is the mean, over the recalls 0, .01, ... 1, of the
    best precision at or above that recall.

    Args:
        curves: dict from the name of a class to a pair of float `(n,)`, recall and precision, each
            from 0 to 1.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if there is no curve, or a pair is not two arrays of equal length from 0 to 1.

    Reference: Lin et al. 2014, arXiv:1405.0312; the evaluation at cocodataset.org.
    """
    if not curves:
        raise ValueError(
            "precision_recall: curves must contain at least one curve. Received none. Pass recall "
            "and precision of each class."
        )
    figure = Figure(figsize=(5.4, 4.4), layout="tight")
    axes = figure.subplots()
    for index, (name, (recall, precision)) in enumerate(curves.items()):
        recall, precision = np.asarray(recall, "float64"), np.asarray(precision, "float64")
        _check_curve(name, recall, precision)
        average = np.mean(
            [np.max(precision[recall >= least], initial=0) for least in np.linspace(0, 1, 101)]
        )
        axes.plot(recall, precision, color=class_color(index), label=f"{name}: {average:.3f}")
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("recall")
    axes.set_ylabel("precision")
    axes.grid(alpha=0.3)
    axes.legend(title="average precision", loc="lower left")
    return figure


def _check_curve(name, recall, precision):
    inside = all(np.all((values >= 0) & (values <= 1)) for values in (recall, precision))
    if recall.ndim != 1 or recall.shape != precision.shape or not inside:
        raise ValueError(
            "precision_recall: curves must contain arrays of equal length with values from 0 to 1. "
            f"Received {name!r} with shapes {recall.shape} and {precision.shape}, recall {recall}, "
            f"precision {precision}. Remove classes without a true box."
        )
