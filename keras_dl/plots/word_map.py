"""Two-dimensional map of word vectors."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from keras_dl.plots.parted_labels import part_labels


def word_map(
    words: Sequence[str],
    vectors: ArrayLike,
    method: Literal["t-SNE", "PCA"] = "t-SNE",
    title: str = "",
    seed: int = 0,
    size: float = 9.0,
) -> Figure:
    """Plots words on a map, with a projection of their vectors by t-SNE or PCA.

    A word that would cover others has a point without its name.

    Args:
        words: list of str, the most important first.
        vectors: float `(words, units)`.
        method: `"t-SNE"`, which preserves neighborhoods, or `"PCA"`, the first two principal
            components, in which parallel differences of vectors stay parallel.
        title: str. Title of the plot.
        seed: int. Seed of t-SNE.
        size: float. Width and height of the plot, in inches.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if `method` is unknown, or there are fewer than three words.

    Reference: van der Maaten & Hinton 2008, "Visualizing data using t-SNE".
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    vectors = np.asarray(vectors, "float64")
    if method not in ("t-SNE", "PCA"):
        raise ValueError(
            f"word_map: method must be t-SNE or PCA. Received method {method!r}. Choose one of "
            "them."
        )
    if len(words) < 3 or len(vectors) != len(words):
        raise ValueError(
            "word_map: words must contain at least three words, with one vector each. Received "
            f"{len(words)} words, vectors {vectors.shape}. Pass one vector for each word."
        )
    if method == "PCA":
        points = PCA(2).fit_transform(vectors)
    else:
        perplexity = min(20, (len(words) - 1) / 3)
        # The Barnes-Hut approximation is faster only for many words.
        algorithm = "exact" if len(words) < 500 else "barnes_hut"
        tsne = TSNE(perplexity=perplexity, random_state=seed, init="pca", method=algorithm)
        points = tsne.fit_transform(vectors)
    figure = Figure(figsize=(size, size), layout="tight")
    axes = figure.subplots()
    axes.scatter(points[:, 0], points[:, 1], s=6, color="tab:blue")
    axes.set_title(title or f"Words by {method}")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.margins(0.12)
    part_labels(axes, words, points)
    return figure
