import numpy as np

from keras_dl.metrics.box_matching import RIGHT, greedy_matches, match_boxes


def test_greedy_matches_are_those_of_coco():
    random = np.random.default_rng(0)
    for rows, columns in ((6, 4), (3, 7), (1, 1), (5, 1)):
        iou = random.random((rows, columns))
        matches = greedy_matches(iou, 0.4)
        found = matches[matches >= 0]
        assert len(set(found)) == len(found) and (iou[matches >= 0, found] >= 0.4).all()
        outcome = match_boxes(
            iou[None].astype("float32"),
            np.zeros((1, columns, 1), bool),
            np.zeros((1, columns), bool),
            np.zeros((1, rows, 1), bool),
            np.array([0.4]),
            first_come=False,
        )
        np.testing.assert_array_equal(matches >= 0, np.array(outcome)[0, :, 0, 0] == RIGHT)


def test_nothing_matches_nothing():
    assert greedy_matches(np.zeros((2, 0))).tolist() == [-1, -1]
    assert greedy_matches(np.zeros((0, 3))).shape == (0,)
    assert greedy_matches([[0.0, 0.1]]).tolist() == [-1]
