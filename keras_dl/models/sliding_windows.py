"""Coordinates of the windows of a fully convolutional classifier."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class SlidingWindows:
    """Maps the output cells of a fully convolutional classifier to windows of its input image.

    Attributes:
        size: pair `(height, width)` of a window, in pixels.
        stride: pair of the vertical and horizontal distance between windows, in pixels.
    """

    size: tuple[int, int]
    stride: tuple[int, int]

    def grid(self, height: int, width: int) -> tuple[int, int]:
        """Returns the number of windows within an image: a pair `(rows, columns)`."""
        rows, columns = (
            max((side - window) // step + 1, 0)
            for side, window, step in zip((height, width), self.size, self.stride, strict=True)
        )
        return rows, columns

    def boxes(self, rows: int, columns: int) -> np.ndarray:
        """Returns the window of each output cell.

        Args:
            rows: int. Rows of the classifier's output.
            columns: int. Columns of the classifier's output.

        Returns:
            float32 `(rows, columns, 4)`: ymin, xmin, ymax, xmax in pixels.
        """
        top = np.arange(rows)[:, None] * self.stride[0] + np.zeros(columns)
        left = np.arange(columns) * self.stride[1] + np.zeros((rows, 1))
        corners = [top, left, top + self.size[0], left + self.size[1]]
        return np.stack(corners, -1).astype("float32")
