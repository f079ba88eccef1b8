"""Map of the latent space of an autoencoder, with encoded and decoded images."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from keras_dl.plots.image_grid import show_image, tiled

_LABELS = 20  # maximum number that colors can distinguish


def latent_map(
    latents: np.ndarray,
    decode: Callable[[np.ndarray], np.ndarray],
    labels: np.ndarray | None = None,
    steps: int = 16,
) -> Figure:
    """Plots latent vectors along their first two principal axes, and images decoded on that plane.

    Args:
        latents: float `(n, latent_dim)`.
        decode: function from float64 `(m, latent_dim)` to images, uint8 `(m, height, width,
            channels)`.
        labels: int `(n,)` or None. Labels to show as colors. More than 20 different labels are
            not shown.
        steps: int. Number of decoded points along each axis.

    Raises:
        ValueError: if `latents` is not a matrix of at least two rows, or `labels` does not match.
    """
    latents = np.asarray(latents)
    fits = latents.ndim == 2 and (labels is None or len(labels) == len(latents))
    if not fits or len(latents) < 2:
        shape = np.shape(labels)  # type: ignore[arg-type]  # the stubs do not allow None
        raise ValueError(
            "latent_map: latents must have shape (n, latent_dim), with n at least 2, and labels "
            f"(n,). Received latents {latents.shape}, labels {shape}. Encode more images."
        )
    mean, rotation = latents.mean(0), np.eye(latents.shape[1])
    if latents.shape[1] > 2:
        rotation = np.linalg.eigh(np.cov(latents.T))[1][:, ::-1]
    plane = rotation[:, :2]
    points = (latents - mean) @ plane
    figure = Figure(figsize=(11, 5.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _scatter(left, points, labels)
    name = "principal axis" if latents.shape[1] > 2 else "latent dimension"
    left.set(xlabel=f"first {name}", ylabel=f"second {name}", title="Latent vectors of images")
    reach = np.quantile(np.abs(points), 0.98, axis=0)
    ticks = [np.linspace(-each, each, steps) for each in reach] + [np.zeros(1)] * (2 - len(reach))
    across, up = np.meshgrid(ticks[0], ticks[1][::-1])
    chosen = np.stack([across.ravel(), up.ravel()], 1)[:, : plane.shape[1]]
    show_image(right, tiled(np.asarray(decode(mean + chosen @ plane.T)), steps))
    right.set_title("Images decoded on that plane")
    return figure


def _scatter(axes, points, labels):
    x, y = points[:, 0], points[:, 1] if points.shape[1] > 1 else np.zeros(len(points))
    options = {"s": 5 if len(points) > 1_000 else 16, "lw": 0, "alpha": 0.7}
    if labels is None or len(np.unique(labels)) > _LABELS:
        axes.scatter(x, y, **options)
        return
    for label in np.unique(labels):
        axes.scatter(x[labels == label], y[labels == label], label=str(label), **options)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2, fontsize=8)
