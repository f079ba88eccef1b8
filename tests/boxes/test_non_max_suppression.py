import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl import boxes


def _random_set(random):
    count = random.integers(1, 25)
    corner, size = random.integers(0, 30, (count, 2)), random.integers(0, 20, (count, 2))
    some = np.concatenate([corner, corner + size], 1).astype("float32")
    # Few different scores, so that many are equal; some boxes twice, some without area.
    scores = random.integers(0, 12, (count, 3)).astype("float32") / 12
    twice = random.integers(0, count, count // 4)
    some[: len(twice)] = some[twice]
    return some, scores


def _of_tensorflow(some, scores, score_threshold, iou_threshold, max_boxes):
    """Indices and classes of what TensorFlow keeps of each class by itself."""
    kept = set()
    for each in range(scores.shape[1]):
        left = scores[:, each] >= score_threshold
        found = tf.raw_ops.NonMaxSuppressionV2(  # what tf.image.non_max_suppression runs, slower
            boxes=some[left],
            scores=scores[left, each],
            max_output_size=max_boxes,
            iou_threshold=iou_threshold,
        )
        kept |= {(index, each) for index in np.flatnonzero(left)[found.numpy()].tolist()}
    return kept


_TOGETHER = 500  # the sets of one call of ours, so that thousands of them take seconds


def test_each_class_as_tensorflow():
    for start, iou_threshold in enumerate([0.25, 0.5, 0.7]):
        random = np.random.default_rng(start)
        sets = [_random_set(random) for _ in range(_TOGETHER)]
        longest = max(len(some) for some, _ in sets)
        padded = [
            np.stack([np.pad(part[at], ((0, longest - len(part[at])), (0, 0))) for part in sets])
            for at in (0, 1)
        ]
        found = boxes.non_max_suppression(
            *padded, score_threshold=0.25, iou_threshold=iou_threshold, max_boxes=75
        )
        found = {name: np.asarray(value) for name, value in found.items()}
        for index, (some, scores) in enumerate(sets):
            kept = _of_tensorflow(some, scores, 0.25, iou_threshold, 75)
            scores, some = scores.tolist(), some.tolist()
            expected = sorted((-scores[row][each], each, *some[row]) for row, each in kept)
            valid = found["valid"][index]
            columns = [found[name][index, :valid] for name in ("scores", "classes", "boxes")]
            rows = zip(*(column.tolist() for column in columns), strict=True)
            ours = sorted((-score, label, *box) for score, label, box in rows)
            assert ours == expected, (index, start)
        behind = np.arange(75) >= found["valid"][:, None]
        assert ((np.diff(found["scores"]) <= 0) | behind[:, 1:]).all()


def _two(first_score, second_score, shift=1.0):
    some = np.array([[[0, 0, 10, 10], [0, shift, 10, 10 + shift]]], "float32")
    return some, np.array([[first_score, second_score]], "float32")


def test_classes_do_not_suppress_each_other_unless_they_shall():
    some, scores = _two([0.9, 0.0], [0.0, 0.8])
    apart = boxes.non_max_suppression(some, scores)
    assert int(apart["valid"][0]) == 2
    np.testing.assert_array_equal(apart["classes"][0, :3], [0, 1, -1])
    together = boxes.non_max_suppression(some, scores, class_agnostic=True)
    assert int(together["valid"][0]) == 1
    np.testing.assert_array_equal(together["classes"][0, :2], [0, -1])


def test_the_defaults_are_the_course_s():
    some, scores = _two([0.6], [np.nextafter(np.float32(0.6), np.float32(0))], shift=9)
    assert int(boxes.non_max_suppression(some, scores)["valid"][0]) == 1  # 0.6 itself stays
    some, scores = _two([0.9], [0.8], shift=10 / 3)  # IoU of exactly one half stays
    some = some * 3
    assert float(boxes.iou(some, some)[0, 0, 1]) == 0.5
    assert int(boxes.non_max_suppression(some, scores)["valid"][0]) == 2


def test_what_is_behind_the_valid_ones_is_nothing():
    some, scores = _two([0.9], [0.8])
    found = boxes.non_max_suppression(some, scores, max_boxes=4)
    assert int(found["valid"][0]) == 1
    assert not np.asarray(found["boxes"][0, 1:]).any()
    np.testing.assert_array_equal(found["scores"][0], np.float32([0.9, 0, 0, 0]))
    np.testing.assert_array_equal(found["classes"][0], [0, -1, -1, -1])


def test_negative_coordinates_and_other_formats():
    some, scores = _two([0.9], [0.8])
    some = some - 50
    found = boxes.non_max_suppression(
        boxes.convert(some, "yxyx", "xywh"), scores, box_format="xywh", max_boxes=2
    )
    np.testing.assert_array_equal(found["boxes"][0, 0], [-50, -50, 10, 10])
    assert int(found["valid"][0]) == 1


@pytest.mark.tensorflow
@pytest.mark.parametrize("count", [0, 3])
def test_inside_a_compiled_function_of_unknown_shape(count):
    function = tf.function(
        lambda some, scores: boxes.non_max_suppression(some, scores, max_boxes=5),
        input_signature=[tf.TensorSpec([None, None, 4]), tf.TensorSpec([None, None, 2])],
    )
    some = np.zeros((2, count, 4), "float32") + np.array([0, 0, 1, 1], "float32")
    found = function(some, np.full((2, count, 2), 0.7, "float32"))
    np.testing.assert_array_equal(found["valid"], [2 * bool(count)] * 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"score_threshold": 1.5}, "score_threshold must be from 0 to 1. Received 1.5"),
        ({"iou_threshold": -1}, "iou_threshold must be from 0 to 1. Received -1"),
        ({"max_boxes": 0}, "Received max_boxes 0"),
        ({"box_format": "hw"}, "Received box_format 'hw'"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        boxes.non_max_suppression(*_two([0.9], [0.8]), **options)
    with pytest.raises(ValueError, match=r"Received shapes \(2, 4\), \(2, 1\)"):
        boxes.non_max_suppression(keras.ops.zeros((2, 4)), keras.ops.zeros((2, 1)))


def test_boxes_and_scores_must_be_as_many():
    some, scores = _two([0.9], [0.8])
    with pytest.raises(ValueError, match=r"Received shapes \(1, 2, 4\), \(1, 1, 1\)"):
        boxes.non_max_suppression(some, scores[:, :1])
