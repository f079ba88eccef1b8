"""Whether generated examples are like real ones, and whether they cover them."""

import numpy as np

_ROWS = 500  # compared with all others at a time


def improved_precision_recall(
    real: np.ndarray, generated: np.ndarray, neighbors: int = 3
) -> tuple[float, float]:
    """Returns the share of generated examples among real ones, and of real among generated ones.

    An example is among others if it is not farther from one of them than that one is from its
    k-th nearest neighbor.

    Args:
        real: float `(n, units)`, features such as those of a classifier.
        generated: float `(m, units)`, features of generated examples.
        neighbors: int. The k.

    Returns:
        pair of floats, precision and recall.

    Raises:
        ValueError: if shapes do not fit, or either has no more than `neighbors` examples.

    Example:
    >>> improved_precision_recall(np.eye(5), np.eye(5)[:4] / 2)
    (1.0, 0.8)

    Reference: Kynkaanniemi et al. 2019, arXiv:1904.06991, section 3.
    """
    shapes = np.shape(real), np.shape(generated)
    fits = {len(shape) for shape in shapes} == {2} and shapes[0][1] == shapes[1][1]
    if not fits or not 0 < neighbors < min(shapes[0][0], shapes[1][0]):
        raise ValueError(
            "improved_precision_recall: real and generated must have shape (n, units), with more "
            f"rows than neighbors. Received {shapes[0]}, {shapes[1]}, neighbors {neighbors}. Give "
            "more examples."
        )
    return _share_among(generated, real, neighbors), _share_among(real, generated, neighbors)


def _share_among(some: np.ndarray, others: np.ndarray, neighbors: int) -> float:
    from scipy.spatial.distance import cdist
    from sklearn.neighbors import NearestNeighbors

    nearest = NearestNeighbors(n_neighbors=neighbors, algorithm="brute").fit(others)
    radii = nearest.kneighbors()[0][:, -1]  # without arguments none is a neighbor of its own
    parts = np.split(some, range(_ROWS, len(some), _ROWS))
    within = [(cdist(part, others) <= radii).any(axis=1) for part in parts]
    return float(np.concatenate(within).mean())
