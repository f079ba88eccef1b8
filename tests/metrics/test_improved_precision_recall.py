import numpy as np
import pytest
from scipy.spatial.distance import cdist

from keras_dl.metrics import improved_precision_recall


def test_it_is_that_of_a_double_loop():
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(60, 3)), random.normal(0.7, 0.6, size=(50, 3))

    def share(some, others):
        radii = np.sort(cdist(others, others), axis=1)[:, 3]
        return np.mean([(np.linalg.norm(others - one, axis=1) <= radii).any() for one in some])

    precision, recall = improved_precision_recall(real, generated)
    assert (precision, recall) == (share(generated, real), share(real, generated))
    assert precision > recall + 0.1
    assert improved_precision_recall(real, generated + 100) == (0, 0)


def test_errors():
    with pytest.raises(ValueError, match=r"Received \(3, 2\), \(9, 2\), neighbors 3"):
        improved_precision_recall(np.zeros((3, 2)), np.zeros((9, 2)))
    with pytest.raises(ValueError, match=r"Received \(9, 3\), \(9, 2\)"):
        improved_precision_recall(np.zeros((9, 3)), np.zeros((9, 2)))
