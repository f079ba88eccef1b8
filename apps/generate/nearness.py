"""Whether made pictures are like real ones, by the features that a classifier has of them."""

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from keras_dl import metrics

_NEIGHBOURS = 3
_AT_ONCE = 500


def frechet(first, second):
    """Returns the Frechet distance of two sets of features, each `(n, units)`."""
    metric = metrics.FrechetDistance(first.shape[1])
    metric.update_state(first, second)
    return float(metric.result())


def precision_and_recall(real, made):
    """Returns which share of the made ones lies among the real ones, and the other way round.

    A feature vector lies among others if it is not farther from one of them than the third nearest
    of the others is from that one.

    Reference: Kynkaanniemi et al. 2019, arXiv:1904.06991, section 3.
    """
    return _share_among(made, real), _share_among(real, made)


def nearest(pictures, training):
    """Returns the distance of each picture to the nearest one of training, by their pixels."""
    flat = [each.reshape(len(each), -1) for each in (training, pictures)]
    return _neighbours(flat[0], 1).kneighbors(flat[1])[0][:, 0]


def _share_among(some, others):
    near = _neighbours(others, _NEIGHBOURS)
    radii = near.kneighbors()[0][:, -1]  # without arguments none is a neighbour of its own
    parts = np.split(some, range(_AT_ONCE, len(some), _AT_ONCE))
    within = [(cdist(part, others) <= radii).any(axis=1) for part in parts]
    return float(np.concatenate(within).mean())


def _neighbours(vectors, count):
    return NearestNeighbors(n_neighbors=count, algorithm="brute").fit(vectors)
