import math

import keras
import numpy as np
import pytest
from gradients import value_and_gradient

from keras_dl import boxes, layers, losses

ANCHORS = np.array([[1.0, 1.0], [2.0, 1.5]])
WEIGHTS = {"object_weight": 1.3, "no_object_weight": 0.4, "box_weight": 5.0, "class_weight": 0.7}


def _batch(seed=0, batch=3):
    """Targets with and without objects, some of them don't-cares, and answers."""
    random = np.random.default_rng(seed)
    center, size = random.uniform(0, 1, (batch, 4, 2)), random.uniform(0.1, 0.6, (batch, 4, 2))
    some = np.concatenate([center - size / 2, center + size / 2], 2)
    labels = random.integers(-1, 3, (batch, 4))
    y_true = np.array(boxes.encode_targets(some, labels, ANCHORS, (3, 4), 3)[0])
    y_true[..., 0][random.random(y_true.shape[:-1]) < 0.1] = -1
    y_pred = random.normal(size=y_true.shape)
    y_pred[..., 1:3] = 1 / (1 + np.exp(-y_pred[..., 1:3]))
    y_pred[..., 3:5] = np.exp(y_pred[..., 3:5])
    return y_true, y_pred.astype("float32")


def _overlaps(true, found, share=None):
    """IoU, complete IoU and the share of shape in it, of two boxes x, y, h, w."""
    corners = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y, h, w in (true, found)]
    (a0, b0, a1, b1), (c0, d0, c1, d1) = corners
    shared = max(min(a1, c1) - max(a0, c0), 0) * max(min(b1, d1) - max(b0, d0), 0)
    iou = shared / ((a1 - a0) * (b1 - b0) + (c1 - c0) * (d1 - d0) - shared)
    diagonal = (max(a1, c1) - min(a0, c0)) ** 2 + (max(b1, d1) - min(b0, d0)) ** 2
    apart = (true[0] - found[0]) ** 2 + (true[1] - found[1]) ** 2
    v = 4 / math.pi**2 * (math.atan(true[3] / true[2]) - math.atan(found[3] / found[2])) ** 2
    share = v / (1 - iou + v + 1e-7) if share is None else share
    return iou, iou - apart / diagonal - share * v, share


def _slot_by_slot(y_true, y_pred, box, probability, rescore, weights):
    """The loss of one image in float64, with loops."""
    total = 0.0
    for row, column, anchor in np.ndindex(y_true.shape[:3]):
        true, found = (each[row, column, anchor].astype("float64") for each in (y_true, y_pred))
        if true[0] < 0:
            continue
        p = 1 / (1 + math.exp(-found[0]))
        aim = 0.0
        if true[0] == 1:
            iou, complete, _ = _overlaps(true[1:5], found[1:5])
            aim = iou if rescore else 1.0
        if probability == "squared_error":
            objectness = (p - aim) ** 2
        else:
            objectness = -aim * math.log(p) - (1 - aim) * math.log(1 - p)
        if true[0] == 0:
            total += weights["no_object_weight"] * objectness
            continue
        shares = np.exp(found[5:]) / np.exp(found[5:]).sum()
        if probability == "squared_error":
            classes = ((shares - true[5:]) ** 2).sum()
        else:
            classes = -math.log(shares[true[5:].argmax()])
        part = ((true[1:5] - found[1:5]) ** 2).sum() if box == "squared_error" else 1 - complete
        total += weights["object_weight"] * objectness
        total += weights["box_weight"] * part + weights["class_weight"] * classes
    return total


@pytest.mark.parametrize("rescore", [False, True])
@pytest.mark.parametrize("probability", ["squared_error", "crossentropy"])
@pytest.mark.parametrize("box", ["squared_error", "ciou"])
def test_as_slot_by_slot(box, probability, rescore):
    y_true, y_pred = _batch()
    loss = losses.YOLOLoss(box, probability, rescore=rescore, **WEIGHTS)
    expected = [
        _slot_by_slot(*pair, box, probability, rescore, WEIGHTS)
        for pair in zip(y_true, y_pred, strict=True)
    ]
    np.testing.assert_allclose(loss.call(y_true, y_pred), expected, rtol=1e-5)
    np.testing.assert_allclose(loss(y_true, y_pred), np.mean(expected), rtol=1e-5)


def _gradient(loss, y_true, y_pred):
    dtype = str(y_pred.dtype)
    return value_and_gradient(lambda y_pred: loss(y_true, y_pred), y_pred, dtype)[1]


def _differences(value, answers, step=1e-6):
    """The gradient of a function of an array by finite differences."""
    gradient = np.zeros_like(answers)
    for index in np.ndindex(answers.shape):
        change = np.zeros_like(answers)
        change[index] = step
        gradient[index] = (value(answers + change) - value(answers - change)) / (2 * step)
    return gradient


@pytest.mark.parametrize("probability", ["squared_error", "crossentropy"])
def test_the_gradient_is_that_of_finite_differences(probability):
    y_true, y_pred = _batch(seed=1, batch=1)
    gradient = _gradient(losses.YOLOLoss(probability=probability, **WEIGHTS), y_true, y_pred)

    def value(answers):
        return _slot_by_slot(y_true[0], answers, "squared_error", probability, False, WEIGHTS)

    expected = _differences(value, y_pred[0].astype("float64"))
    np.testing.assert_allclose(gradient[0], expected, rtol=1e-4, atol=1e-5)


def test_the_gradient_of_complete_iou_has_a_constant_share_of_shape():
    y_true, y_pred = _batch(seed=1)
    gradient = _gradient(losses.YOLOLoss("ciou", reduction="sum"), y_true, y_pred)
    there = y_true[..., 0] == 1
    for true, found, part in zip(y_true[there], y_pred[there], gradient[there], strict=True):
        true, found = (each[1:5].astype("float64") for each in (true, found))
        share = _overlaps(true, found)[2]
        expected = _differences(lambda box: -_overlaps(true, box, share)[1], found)  # noqa: B023
        np.testing.assert_allclose(part[1:5], expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("probability", ["squared_error", "crossentropy"])
@pytest.mark.parametrize("box", ["squared_error", "ciou"])
def test_what_says_nothing_has_no_gradient(box, probability):
    y_true, y_pred = _batch(seed=2)
    y_pred[..., 3:5][y_true[..., 0] == 0] = 1e30  # not even where its loss would be infinite
    gradient = _gradient(losses.YOLOLoss(box, probability), y_true, y_pred)
    assert np.isfinite(gradient).all()
    assert not gradient[y_true[..., 0] == 0][:, 1:].any()
    assert gradient[y_true[..., 0] == 0][:, 0].all()
    assert not gradient[y_true[..., 0] == -1].any()
    assert gradient[y_true[..., 0] == 1].all(0).any()


def test_the_same_images_twice_cost_the_same():
    y_true, y_pred = _batch()
    loss = losses.YOLOLoss()
    twice = loss(np.concatenate([y_true, y_true]), np.concatenate([y_pred, y_pred]))
    np.testing.assert_allclose(loss(y_true, y_pred), twice, rtol=1e-6)


def test_a_perfect_answer_costs_nothing():
    y_true, _ = _batch()
    y_true[..., 0] = np.maximum(y_true[..., 0], 0)
    perfect = y_true.copy()
    perfect[..., 0] = np.where(y_true[..., 0] == 1, 60, -60)
    perfect[..., 5:] = 60 * y_true[..., 5:]
    for box in ("squared_error", "ciou"):
        for probability in ("squared_error", "crossentropy"):
            loss = losses.YOLOLoss(box, probability, rescore=True)
            np.testing.assert_allclose(loss(y_true, perfect), 0, atol=1e-4)


def test_half_precision_counts_in_float32():
    y_true, y_pred = _batch()
    loss = losses.YOLOLoss("ciou", "crossentropy")
    rounded = y_pred.astype("float16")
    np.testing.assert_allclose(
        loss(y_true, keras.ops.convert_to_tensor(rounded)),
        loss(y_true, rounded.astype("float32")),
        rtol=1e-6,
    )


def test_fit_learns_the_boxes_of_an_image():
    keras.utils.set_random_seed(0)
    y_true, _ = _batch(batch=2)
    features = np.random.default_rng(0).normal(size=(2, 3, 4, 40)).astype("float32")
    model = keras.Sequential([layers.YOLOHead(ANCHORS, 3)])
    loss = losses.YOLOLoss("ciou", "crossentropy")
    model.compile(keras.optimizers.Adam(0.05), loss, steps_per_execution=50)
    before = float(loss(y_true, model(features)))
    # 150 steps on the same batch, in one epoch.
    often = np.tile(features, (150, 1, 1, 1)), np.tile(y_true, (150, 1, 1, 1, 1))
    model.fit(*often, batch_size=2, shuffle=False, verbose=0)
    assert loss(y_true, model(features)) < 0.05 * before


def test_survives_saving():
    loss = losses.YOLOLoss("ciou", "crossentropy", rescore=True, **WEIGHTS)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert copy.get_config() == loss.get_config()
    np.testing.assert_array_equal(copy(*_batch()), loss(*_batch()))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"box": "giou"}, "box must be one of squared_error, ciou. Received box 'giou'"),
        ({"probability": "focal"}, "Received probability 'focal'"),
        ({"box_weight": -1.0}, "Received box_weight -1.0"),
        ({"class_weight": math.nan}, "Received class_weight nan"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        losses.YOLOLoss(**options)
    y_true, y_pred = _batch()
    with pytest.raises(ValueError, match=r"Received shapes \(3, 3, 4, 2, 8\), \(3, 3, 4, 2, 7\)"):
        losses.YOLOLoss()(y_true, y_pred[..., :7])
