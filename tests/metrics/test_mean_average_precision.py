import contextlib
import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from keras_dl.boxes import convert, iou
from keras_dl.metrics import MeanAveragePrecision, greedy_matches

NAMES = ["ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large"]
NAMES += ["ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large"]
CLASSES = 4  # of which the last is nowhere in the truth


def _boxes(rng, number, grid):
    """Boxes yxyx on a coarse grid: many equal IoUs, areas of just 32^2 and 96^2, some of 0."""
    sizes = np.array([0, 8, 16, 32, 32, 32, 48, 96, 96, 128])
    corner = rng.integers(0, 160 // grid, (number, 2)) * grid
    boxes = np.concatenate([corner, corner + rng.choice(sizes, (number, 2))], axis=1)
    return boxes.astype("float32")


def _image(rng, crowds=True, most=8):
    """Truth and detections of an image; half of the detections are truths, a little moved."""
    n, m = rng.integers(0, most, 2)
    boxes, labels = _boxes(rng, n, 8), rng.integers(0, CLASSES - 1, n)
    found, classes = _boxes(rng, m, 8), rng.integers(0, CLASSES, m)
    if n:
        of = rng.integers(0, n, m)
        near = rng.random(m) < 0.7
        moved = boxes[of] + rng.choice([-4, 0, 0, 0, 2, 4], (m, 4))
        found, classes = np.where(near[:, None], moved, found), np.where(near, labels[of], classes)
    scores = rng.integers(0, 6, m) / 5  # with ties, and 0
    crowd = rng.random(n) < 0.15 * crowds
    return boxes, labels, crowd, found.astype("float32"), scores.astype("float32"), classes


def _batch(images, more=0):
    """Pads with boxes that would be found, were they not of class -1."""

    def pad(place, width, value):
        rows = [image[place] for image in images]
        longest = max(map(len, rows)) + more
        shape = (len(rows), longest, 4)[: 2 + (width == 4)]
        padded = np.full(shape, value, dtype=rows[0].dtype)
        for row, target in zip(rows, padded, strict=True):
            target[: len(row)] = row
        return padded

    truth = {"boxes": pad(0, 4, 50), "labels": pad(1, 1, -1), "is_crowd": pad(2, 1, False)}
    found = {"boxes": pad(3, 4, 50), "scores": pad(4, 1, 0.9), "classes": pad(5, 1, -1)}
    return truth, found


def _coco(images):
    """The 12 numbers of pycocotools."""

    def xywh(box):
        top, left, bottom, right = (float(number) for number in box)
        return [left, top, right - left, bottom - top]

    truths, found = [], []
    for image, (boxes, labels, crowd, detections, scores, classes) in enumerate(images):
        for box, label, is_crowd in zip(boxes, labels, crowd, strict=True):
            box = xywh(box)
            truth = {"id": len(truths) + 1, "image_id": image, "category_id": int(label)}
            truth |= {"bbox": box, "area": box[2] * box[3], "iscrowd": int(is_crowd)}
            truths.append(truth)
        for box, score, label in zip(detections, scores, classes, strict=True):
            detection = {"image_id": image, "category_id": int(label), "bbox": xywh(box)}
            found.append(detection | {"score": float(score)})
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": image} for image in range(len(images))],
            "categories": [{"id": label} for label in range(CLASSES)],
            "annotations": truths,
            "info": {},
        }
        coco.createIndex()
        if not found:  # which loadRes cannot read
            return None
        evaluation = COCOeval(coco, coco.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats


def _numbers(metric):
    result = metric.result()
    assert all(value.shape == () for value in result.values())
    return np.array([float(result[name]) for name in result]), list(result)


def _compiled(metric):
    update, result = tf.function(metric.update_state), tf.function(metric.result)

    def numbers(truth, found):
        metric.reset_state()
        update(*[{key: tf.constant(x) for key, x in given.items()} for given in (truth, found)])
        found = result()
        return np.array([float(found[name]) for name in found]), list(found)

    return numbers


def _evaluated(metric, images, batch_size=3):
    metric.reset_state()
    for start in range(0, len(images), batch_size):
        metric.update_state(*_batch(images[start : start + batch_size]))
    return _numbers(metric)


def test_equals_pycocotools_on_random_sets():
    numbers = _compiled(MeanAveragePrecision(CLASSES, capacity=64))
    seen = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        images = [_image(rng) for _ in range(rng.integers(1, 7))]
        expected = _coco(images)
        if expected is None:
            continue
        found, names = numbers(*_padded(images))
        assert names == NAMES
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9, err_msg=f"seed {seed}")
        seen.append(expected)
    seen = np.array(seen)
    assert len(seen) > 35 and (seen == -1).any() and (seen[:, 0] > 0.2).any()


def _padded(images):
    """One shape for all sets, so that the metric is traced but once."""
    empty = (np.zeros((8, 4), "float32"), np.full(8, -1), np.zeros(8, bool))
    empty += (np.zeros((8, 4), "float32"), np.ones(8, "float32"), np.full(8, -1))
    truth, found = _batch([*images, *[empty] * (7 - len(images))])
    return truth, found


def test_equals_pycocotools_in_batches_with_more_than_100_boxes():
    rng = np.random.default_rng(0)
    images = [_image(rng, most=400) for _ in range(4)]
    assert max(np.bincount(image[5]).max() for image in images) > 100
    expected = _coco(images)
    found, _ = _evaluated(MeanAveragePrecision(CLASSES, capacity=5000), images, batch_size=3)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    assert len(set(found.round(6))) > 8


def _voc(images, mode):
    """Mean over the classes, each detection and each recall in a loop."""
    values = []
    for label in range(CLASSES):
        ranked, used, number = [], set(), 0
        for image, (_, labels, difficult, _, scores, classes) in enumerate(images):
            number += sum((labels == label) & ~difficult)
            mine = np.flatnonzero(classes == label)
            ranked += [(-scores[place], image, place) for place in mine]
        right, wrong, curve = 0, 0, []
        for _, image, place in sorted(ranked):
            boxes, labels, difficult, found, _, _ = images[image]
            best, which = 0, None
            for truth in np.flatnonzero(labels == label):
                overlap = _plain_iou(boxes[truth], found[place])
                if overlap > best:
                    best, which = overlap, truth
            if best >= 0.5 and difficult[which]:
                continue
            hit = best >= 0.5 and (image, which) not in used
            used |= {(image, which)} if hit else set()
            right, wrong = right + hit, wrong + (not hit)
            curve.append((right, right / (right + wrong)))
        if number:
            values.append(_voc_area(curve, number, mode))
    return np.mean(values) if values else -1


def _voc_area(curve, number, mode):
    def best(right):
        return max([precision for found, precision in curve if found >= right], default=0)

    if mode == "voc2007":  # found / number >= point / 10, in whole numbers
        return sum(best(-(-point * number // 10)) for point in range(11)) / 11
    return sum(best(right) for right in range(1, number + 1)) / number


def _plain_iou(first, second):
    low, high = np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])
    if (high <= low).any():
        return 0
    inner = float((high - low).prod())
    areas = [float((box[2:] - box[:2]).prod()) for box in (first, second)]
    return inner / (sum(areas) - inner)


@pytest.mark.parametrize("mode", ["voc2007", "voc2010"])
def test_voc_modes_equal_loops(mode):
    numbers = _compiled(MeanAveragePrecision(CLASSES, capacity=64, mode=mode))
    different = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        images = [_image(rng) for _ in range(rng.integers(1, 7))]
        found, names = numbers(*_padded(images))
        assert names == ["ap50"]
        np.testing.assert_allclose(
            found[0], _voc(images, mode), rtol=0, atol=1e-12, err_msg=str(seed)
        )
        different.add(round(found[0], 6))
    assert len(different) > 20


def _scene(seed=1, images=6):
    rng = np.random.default_rng(seed)
    return [_image(rng, most=30) for _ in range(images)]


@pytest.mark.parametrize("box_format", ["xyxy", "xywh", "center_yxhw", "rel_yxyx"])
def test_box_formats(box_format):
    images, shape = _scene(), (256, 512)
    truth, found = _batch(images)
    for given in (truth, found):
        given["boxes"] = convert(given["boxes"], "yxyx", box_format, shape)
    metric = MeanAveragePrecision(CLASSES, 400, box_format=box_format, image_shape=shape)
    metric.update_state(truth, found)
    np.testing.assert_allclose(_numbers(metric)[0], _coco(images), rtol=0, atol=1e-9)


def test_valid_tells_how_many_boxes_count():
    images = _scene()
    truth, found = _batch(images)
    found["valid"] = np.array([len(image[3]) for image in images])
    found["classes"] = np.maximum(found["classes"], 0)
    metric = MeanAveragePrecision(CLASSES, 400)
    metric.update_state(truth, found)
    np.testing.assert_allclose(_numbers(metric)[0], _coco(images), rtol=0, atol=1e-9)


def test_without_boxes_and_without_crowds():
    none = {"boxes": np.zeros((2, 0, 4)), "labels": np.zeros((2, 0), int)}
    nothing = {"boxes": np.zeros((2, 0, 4)), "scores": np.zeros((2, 0)), "classes": none["labels"]}
    metric = MeanAveragePrecision(2)
    assert (_numbers(metric)[0] == -1).all()
    metric.update_state(none, nothing)
    assert (_numbers(metric)[0] == -1).all()
    metric.update_state(
        {"boxes": [[[0, 0, 20, 20]]], "labels": [[0]]},
        {
            "boxes": np.zeros((1, 0, 4)),
            "scores": np.zeros((1, 0)),
            "classes": np.zeros((1, 0), int),
        },
    )
    assert _numbers(metric)[0].tolist() == [0, 0, 0, 0, -1, -1, 0, 0, 0, 0, -1, -1]


def test_counts_above_thresholds_equal_loops():
    rng = np.random.default_rng(5)
    images = [_image(rng, crowds=False) for _ in range(30)]
    for image in images:  # no ties between IoUs, for which the two matchings differ
        image[3][:] += rng.normal(0, 0.3, (len(image[3]), 1))
    metric = MeanAveragePrecision(CLASSES)
    _evaluated(metric, images)
    thresholds = [0.0, 0.3, 0.6, 1.0]
    right, wrong, true = metric.counts_above(thresholds)
    expected = np.zeros((len(thresholds), 2), int)
    for boxes, labels, _, found, scores, classes in images:
        order = np.argsort(-scores, kind="stable")
        found, scores, classes = found[order], scores[order], classes[order]
        has_area = np.prod(found[:, 2:] - found[:, :2], axis=1) >= 0  # others are ignored
        overlap = np.array(iou(found, boxes)).reshape(len(found), len(boxes))
        matched = greedy_matches(overlap * (classes[:, None] == labels)) >= 0
        for row, threshold in enumerate(np.float32(thresholds)):
            above = (scores >= threshold) & has_area
            expected[row] += np.sum(matched & above), np.sum(~matched & above)
    assert np.transpose([right, wrong]).tolist() == expected.tolist()
    assert true == sum(len(labels) for _, labels, *_ in images)
    assert right[0] > right[3] > 0 and wrong[0] > wrong[3] > 0


def test_more_boxes_than_it_can_keep_give_nan():
    images = _scene()
    number = sum(len(image[3]) for image in images)
    enough, short = MeanAveragePrecision(CLASSES, number), MeanAveragePrecision(CLASSES, number - 1)
    np.testing.assert_allclose(_evaluated(enough, images)[0], _coco(images), rtol=0, atol=1e-9)
    assert np.isnan(_evaluated(short, images)[0]).all()
    short.reset_state()
    assert (_numbers(short)[0] == -1).all()


@keras.saving.register_keras_serializable(package="tests")
class _OfRows(MeanAveragePrecision):
    """Takes rows of (box, class, score)."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        truth = {"boxes": y_true[..., :4], "labels": y_true[..., 4], "is_crowd": y_true[..., 5]}
        found = {"boxes": y_pred[..., :4], "classes": y_pred[..., 4], "scores": y_pred[..., 5]}
        super().update_state(truth, found)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_in_fit_and_evaluate(jit_compile):
    images = _scene(seed=3, images=6)  # full batches: XLA compiles each size anew
    truth, found = _batch(images)
    y_true = np.concatenate(
        [truth["boxes"], truth["labels"][..., None], truth["is_crowd"][..., None]], -1
    )
    rows = np.concatenate(
        [found["boxes"], found["classes"][..., None], found["scores"][..., None]], -1
    )
    inputs = keras.Input(rows.shape[1:])
    model = keras.Model(inputs, keras.layers.Rescaling(1.0)(inputs))
    model.compile(
        loss=lambda y_true, y_pred: ops.zeros(ops.shape(y_pred)[:1]),
        metrics=[_OfRows(CLASSES, 400)],
        jit_compile=jit_compile,
    )
    rows, y_true = rows.astype("float32"), y_true.astype("float32")
    expected = _coco(images)
    validation = {} if jit_compile else {"validation_data": (rows[:3], y_true[:3])}
    with pytest.warns(UserWarning, match="not have any trainable weights"):
        history = model.fit(
            rows, y_true, batch_size=3, epochs=2, shuffle=False, verbose=0, **validation
        ).history
    for epoch in range(2):
        of_training = [history[name][epoch] for name in NAMES]
        np.testing.assert_allclose(of_training, expected, rtol=0, atol=1e-9)
    if jit_compile:
        return  # XLA takes seconds for another graph of the same metric
    for epoch in range(2):
        of_validation = [history[f"val_{name}"][epoch] for name in NAMES]
        np.testing.assert_allclose(of_validation, _coco(images[:3]), rtol=0, atol=1e-9)
    evaluated = model.evaluate(rows, y_true, batch_size=3, verbose=0, return_dict=True)
    np.testing.assert_allclose([evaluated[name] for name in NAMES], expected, rtol=0, atol=1e-9)


SCRIPT = """
import sys
import jax, keras, numpy as np
from keras_dl.metrics import MeanAveragePrecision
arrays = dict(np.load(sys.argv[1]))
truth = {key[2:]: value for key, value in arrays.items() if key.startswith("t_")}
found = {key[2:]: value for key, value in arrays.items() if key.startswith("f_")}
print(keras.backend.backend())
for mode in ("coco", "voc2010"):
    metric = MeanAveragePrecision(4, 400, mode=mode)
    state = [variable.value for variable in metric.variables]
    state = jax.jit(metric.stateless_update_state)(state, truth, found)
    result = jax.jit(metric.stateless_result)(state)
    print(*[float(result[name]) for name in metric.result()])
"""


def test_jax_gives_the_same(tmp_path, jax_process):
    images = _scene()
    truth, found = _batch(images)
    arrays = {f"t_{key}": value for key, value in truth.items()}
    arrays |= {f"f_{key}": value for key, value in found.items()}
    np.savez(tmp_path / "arrays.npz", **arrays)
    backend, *values = jax_process.run(SCRIPT, tmp_path / "arrays.npz").split()
    expected = [*_coco(images), _voc(images, "voc2010")]
    assert backend == "jax"
    np.testing.assert_allclose([float(value) for value in values], expected, atol=1e-5)


def test_it_survives_its_config():
    metric = MeanAveragePrecision(3, 7, "rel_yxyx", (48, 64), "voc2010", name="other")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert type(again) is MeanAveragePrecision and again.get_config() == metric.get_config()
    assert again.name == "other" and tuple(again.image_shape) == (48, 64)


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        ({"num_classes": 0}, "num_classes 0"),
        ({"num_classes": 2, "capacity": 0.5}, "capacity 0.5"),
        ({"num_classes": 2, "mode": "voc"}, "mode 'voc'"),
        ({"num_classes": 2, "box_format": "yx"}, "box_format 'yx'"),
        ({"num_classes": 2, "box_format": "rel_xyxy"}, "'rel_xyxy', image_shape None"),
    ],
)
def test_wrong_arguments_are_refused(arguments, received):
    with pytest.raises(ValueError, match=received):
        MeanAveragePrecision(**arguments)


@pytest.mark.parametrize(
    ("true", "pred", "received"),
    [
        ({"labels": None}, {}, r"\['boxes', 'is_crowd'\]"),
        ({}, {"scores": None}, r"\['boxes', 'classes'\]"),
        ({"labels": np.zeros((6, 3))}, {}, r"'labels': \(6, 3\)"),
        ({}, {"boxes": np.zeros((6, 3, 5))}, r"'boxes': \(6, 3, 5\)"),
    ],
)
def test_wrong_boxes_are_refused(true, pred, received):
    images = _scene()
    both = [
        {key: value for key, value in (given | change).items() if value is not None}
        for given, change in zip(_batch(images), (true, pred), strict=True)
    ]
    with pytest.raises(ValueError, match=received):
        MeanAveragePrecision(CLASSES).update_state(*both)
