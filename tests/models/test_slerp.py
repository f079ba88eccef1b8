import numpy as np

from keras_dl.models import slerp


def test_it_goes_along_the_sphere():
    random = np.random.default_rng(0)
    start, end = random.normal(size=(2, 1, 50)).astype("float32")
    start, end = start / np.linalg.norm(start), 2 * end / np.linalg.norm(end)
    shares = np.linspace(0, 1, 9, dtype="float32")
    way = np.array(slerp(np.repeat(start, 9, 0), np.repeat(end, 9, 0), shares))
    np.testing.assert_allclose(way[[0, -1]], [start[0], end[0]], atol=1e-6)
    unit = np.array(slerp(np.repeat(start, 9, 0), np.repeat(end / 2, 9, 0), shares))
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1, atol=1e-6)
    steps = np.linalg.norm(np.diff(unit, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-4)


def test_vectors_on_one_line_are_interpolated_straight():
    start = np.array([[1.0, 2.0], [1.0, 2.0], [0.0, 0.0]], "float32")
    end = np.array([[-1.0, -2.0], [2.0, 4.0], [0.0, 0.0]], "float32")
    found = slerp(start, end, np.array([0.25, 0.5, 0.5], "float32"))
    np.testing.assert_allclose(found, [[0.5, 1.0], [1.5, 3.0], [0, 0]], atol=1e-6)
