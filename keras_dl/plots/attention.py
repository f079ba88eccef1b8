"""Heatmap of attention weights."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure


def attention_map(
    weights: np.ndarray, source: Sequence[str], target: Sequence[str], title: str = ""
) -> Figure:
    """Plots attention weights as a heatmap, with the source along x and the target along y.

    Args:
        weights: float `(target_time, source_time)`, where each row sums to 1.
        source: sequence of `source_time` strings.
        target: sequence of `target_time` strings.
        title: str. Title of the plot.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if the labels do not match the shape of the weights.
    """
    if tuple(weights.shape) != (len(target), len(source)):
        raise ValueError(
            "attention_map: weights must have shape (target, source). Received shape "
            f"{tuple(weights.shape)} for {len(target)} target and {len(source)} source labels. "
            "Transpose the weights or remove the padding."
        )
    longest = [max(map(len, labels), default=0) for labels in (source, target)]
    across, down = 2.4 + 0.09 * longest[1], 1.6 + 0.09 * longest[0]
    figure = Figure(
        figsize=(across + 0.28 * len(source), down + 0.28 * len(target)), layout="tight"
    )
    axes = figure.subplots()
    image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=1)
    # Words do not fit beside each other.
    axes.set_xticks(range(len(source)), source, rotation=90 if longest[0] > 2 else 0)
    axes.set_yticks(range(len(target)), target)
    axes.tick_params(length=0)
    axes.set_xlabel("source")
    axes.set_ylabel("target")
    axes.set_title(title)
    figure.colorbar(image, ax=axes, label="attention weight", fraction=0.02, pad=0.02)
    return figure
