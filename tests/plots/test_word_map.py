import numpy as np
import pytest
from sklearn.decomposition import PCA

from keras_dl import plots

WORDS = [f"word{index}" for index in range(12)]


def _places(figure):
    return np.array([text.xy for text in figure.axes[0].texts])


def test_pca_shows_the_first_two_components():
    vectors = np.random.default_rng(0).normal(size=(12, 5)) * [9, 1, 5, 1, 1]
    figure = plots.word_map(WORDS, vectors, "PCA", "title")
    expected = PCA(2).fit_transform(vectors)
    np.testing.assert_allclose(_places(figure), expected, atol=1e-9)
    assert [text.get_text() for text in figure.axes[0].texts] == WORDS
    assert figure.axes[0].get_title() == "title"


def test_tsne_keeps_groups_together_and_is_the_same_again():
    random = np.random.default_rng(0)
    vectors = np.concatenate([random.normal(size=(6, 4)), random.normal(size=(6, 4)) + 20])
    first, second = (_places(plots.word_map(WORDS, vectors)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    spread = max(np.ptp(first[:6], axis=0).max(), np.ptp(first[6:], axis=0).max())
    assert np.linalg.norm(first[:6].mean(0) - first[6:].mean(0)) > spread


def test_labels_cover_neither_each_other_nor_points():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    words = [f"a rather long word {index}" for index in range(60)]
    vectors = np.random.default_rng(1).normal(size=(60, 3)) * [1, 0.3, 0]
    figure = plots.word_map(words, vectors, "PCA", size=5)
    renderer, (axes,) = FigureCanvasAgg(figure).get_renderer(), figure.axes
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    assert 5 < len(boxes) < 60
    for index, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:index])
    points = axes.transData.transform(axes.collections[0].get_offsets())
    assert not any(box.contains(*point) for box in boxes for point in points)


@pytest.mark.parametrize(
    ("words", "method", "received"),
    [(WORDS, "UMAP", "'UMAP'"), (WORDS[:2], "PCA", "2 words"), (WORDS[:5], "PCA", r"\(12, 3\)")],
)
def test_refuses_what_cannot_be_drawn(words, method, received):
    vectors = np.zeros((2 if len(words) == 2 else 12, 3))
    with pytest.raises(ValueError, match=received):
        plots.word_map(words, vectors, method)
