import numpy as np
import pytest
from keras import ops

from keras_dl import losses

RANDOM = np.random.default_rng(0)
ONE, OTHER = RANDOM.normal(size=(2, 2, 6, 5, 3))


def _gram(features):
    """The Gram matrices in float64, position by position."""
    height, width, channels = features.shape[1:]
    found = np.zeros((len(features), channels, channels))
    for row in range(height):
        for column in range(width):
            position = features[:, row, column]
            found += position[:, :, None] * position[:, None, :]
    return found / (height * width)


def test_gram_matrices_are_those_of_a_loop():
    np.testing.assert_allclose(losses.gram_matrix(ONE), _gram(ONE), rtol=1e-5, atol=1e-6)
    half = losses.gram_matrix(ops.cast(ONE, "bfloat16"))
    assert ops.dtype(half) == "float32"
    large = losses.gram_matrix(ops.cast(np.full((1, 2, 2, 1), 1000.0), "float16"))
    assert float(large[0, 0, 0]) == 1e6, "beyond float16"


def test_losses_are_the_formulas_of_the_paper_and_their_relative_forms():
    gram, target = _gram(OTHER), _gram(ONE)
    squared = ((gram - target) ** 2).sum((1, 2))
    found = losses.style_loss(target, OTHER)
    np.testing.assert_allclose(found, squared / (target**2).sum((1, 2)), rtol=1e-5)
    # The paper's Gram matrices are sums over the positions, of which there are M.
    positions, channels = 30, 3
    paper = ((positions * (gram - target)) ** 2).sum((1, 2)) / (4 * channels**2 * positions**2)
    np.testing.assert_allclose(losses.style_loss(target, OTHER, scale="paper"), paper, rtol=1e-5)
    squared = (OTHER - ONE) ** 2
    paper = losses.content_loss(ONE, OTHER, scale="paper")
    np.testing.assert_allclose(paper, squared.sum((1, 2, 3)) / 2, rtol=1e-5)
    relative = squared.mean((1, 2, 3)) / ONE.var((1, 2, 3))
    np.testing.assert_allclose(losses.content_loss(ONE, OTHER), relative, rtol=1e-5)


def test_style_does_not_depend_on_where_things_are_or_how_large_the_image_is():
    gram = losses.gram_matrix(ONE)
    rolled = np.roll(ONE, (2, 3), (1, 2))
    tiled = np.tile(ONE, (1, 2, 3, 1))
    flipped = ONE[:, ::-1, ::-1]
    for same in (rolled, tiled, flipped):
        assert ops.max(losses.style_loss(gram, same)) < 1e-10
    assert ops.min(losses.content_loss(ONE, rolled)) > 0.1
    assert ops.max(losses.content_loss(ONE, ONE)) == 0
    for scale in (1e-3, 1e3):
        scaled = losses.style_loss(losses.gram_matrix(scale * ONE), scale * OTHER)
        np.testing.assert_allclose(scaled, losses.style_loss(gram, OTHER), rtol=1e-4)


def test_an_empty_target_gives_finite_losses():
    nothing = np.zeros((1, 2, 2, 3))
    assert float(losses.style_loss(losses.gram_matrix(nothing), nothing)[0]) == 0
    assert float(losses.content_loss(nothing, nothing)[0]) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: losses.gram_matrix(ONE[0]), r"gram_matrix: features must have shape"),
        (lambda: losses.style_loss(np.zeros((2, 4, 4)), ONE), r"target must have .*\(2, 4, 4\)"),
        (lambda: losses.style_loss(_gram(ONE), ONE, scale="x"), "style_loss: scale .*Received 'x'"),
        (lambda: losses.content_loss(ONE, ONE[:, 1:]), r"same shape. Received \(2, 6, 5, 3\) and"),
        (lambda: losses.content_loss(ONE, ONE, scale=""), "content_loss: scale must be"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
