import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from keras_dl import plots


def evaluated(scores, hits, count):
    """Returns the average precision of pycocotools for one class at IoU .5."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth, found = COCO(), COCO()
        rows = [{"bbox": [20 * n, 0, 10, 10]} for n in range(count)]
        boxes = [{"bbox": [20 * n, 0 if hit else 50, 10, 10]} for n, hit in enumerate(hits)]
        for coco, entries in ((truth, rows), (found, boxes)):
            every = {"image_id": 1, "category_id": 1, "area": 100, "iscrowd": 0}
            entries = [{**entry, **every, "id": n + 1} for n, entry in enumerate(entries)]
            for entry, score in zip(entries, scores, strict=False):
                entry["score"] = score
            coco.dataset = {
                "images": [{"id": 1}],
                "annotations": entries,
                "categories": [{"id": 1}],
            }
            coco.createIndex()
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval["precision"][0, :, 0, 0, -1].mean()


def test_average_precision_is_that_of_pycocotools():
    rng = np.random.default_rng(0)
    curves, expected = {}, {}
    for name, count in (("many", 40), ("few", 7)):
        hits = rng.uniform(size=count - 2) < 0.6
        true = np.cumsum(hits)
        curves[name] = true / count, true / np.arange(1, count - 1)
        expected[name] = evaluated(-np.arange(len(hits)), hits, count)
    figure = plots.precision_recall(curves)
    axes = figure.axes[0]
    written = [text.get_text() for text in axes.get_legend().get_texts()]
    assert written == [f"{name}: {value:.3f}" for name, value in expected.items()]
    assert 0.2 < expected["few"] != expected["many"] < 0.8
    for line, (recall, precision) in zip(axes.lines, curves.values(), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), recall)
        np.testing.assert_array_equal(line.get_ydata(), precision)


def test_a_class_of_which_nothing_was_found():
    legend = plots.precision_recall({"none": ([], [])}).axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["none: 0.000"]


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        ({}, "Received none"),
        ({"a": ([0, 1], [1])}, r"Received 'a' with shapes \(2,\) and \(1,\)"),
        ({"a": ([0, 1], [1, -1])}, r"precision \[ 1. -1.\]"),
        ({"a": ([0, np.nan], [1, 1])}, r"recall \[ 0. nan\]"),
    ],
)
def test_errors_of_curves(curves, message):
    with pytest.raises(ValueError, match=message):
        plots.precision_recall(curves)
