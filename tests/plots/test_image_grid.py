import numpy as np
import pytest

from keras_dl import plots

IMAGES = np.random.default_rng(0).integers(0, 250, (5, 3, 2, 1), "uint8")


def test_a_grid_holds_every_image_with_white_between_them():
    drawn = plots.image_grid(IMAGES, 3).axes[0].images[0].get_array()
    assert drawn.shape == (7, 8)
    for number, image in enumerate(IMAGES[..., 0]):
        row, column = 4 * (number // 3), 3 * (number % 3)
        np.testing.assert_array_equal(drawn[row : row + 3, column : column + 2], image)
    assert (
        (drawn[3] == 255).all() and (drawn[:, 2::3] == 255).all() and (drawn[4:, 6:] == 255).all()
    )
    colored = plots.image_grid(np.repeat(IMAGES, 3, -1), 5).axes[0].images[0].get_array()
    assert colored.shape == (3, 14, 3)


def test_images_may_have_titles():
    figure = plots.image_grid(IMAGES[..., 0], 2, "all", titles=list("abcde"))
    assert [axes.get_title() for axes in figure.axes] == list("abcde")
    np.testing.assert_array_equal(figure.axes[3].images[0].get_array(), IMAGES[3, ..., 0])
    assert plots.image_grid(IMAGES[:0], 2, titles=[]).get_suptitle() == ""
    plots.image_grid(IMAGES[:0], 2)


def test_rows_have_names():
    figure = plots.image_rows({"input": IMAGES, "output": IMAGES[:2]})
    assert [axes.get_ylabel() for axes in figure.axes] == ["input", "output"]
    assert [axes.images[0].get_array().shape for axes in figure.axes] == [(3, 14), (3, 5)]


def test_errors_of_images():
    with pytest.raises(ValueError, match=r"image_grid: .* Received float64 \(5, 3, 2, 1\)"):
        plots.image_grid(IMAGES / 255, 2)
    with pytest.raises(ValueError, match=r"image_rows: .* Received uint8 \(3, 2\)"):
        plots.image_rows({"input": IMAGES[0, ..., 0]})
    with pytest.raises(ValueError, match=r"each of 5 images. Received 1"):
        plots.image_grid(IMAGES, 2, titles=["a"])


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
def test_latent_maps_of_any_size(latent_dim):
    latents = np.random.default_rng(0).normal(size=(30, latent_dim))
    latents[:, -1] *= 9
    seen = []

    def decode(latents):
        seen.append(latents)
        return np.zeros((len(latents), 4, 4, 1), "uint8")

    figure = plots.latent_map(latents, decode, np.arange(30) % 3, steps=6)
    figure.canvas.draw()
    assert seen[0].shape == (36 if latent_dim > 1 else 6, latent_dim)
    left = figure.axes[0]
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["0", "1", "2"]
    if latent_dim == 5:  # the axis of the largest variance comes first
        points = np.concatenate([each.get_offsets() for each in left.collections])
        assert np.std(points[:, 0]) > 4 * np.std(points[:, 1])
        assert np.ptp(seen[0][:, -1]) > 4 * np.ptp(seen[0][:, 0])
    assert plots.latent_map(latents, decode, np.arange(30), 6).axes[0].get_legend() is None
    with pytest.raises(ValueError, match=r"labels \(3,\)"):
        plots.latent_map(latents, decode, np.arange(3))
