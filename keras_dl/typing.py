"""Type aliases of the public signatures."""

from typing import Any, TypeAlias

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or a value that it converts: NumPy arrays, nested lists."""
Shape: TypeAlias = tuple[int | None, ...]
"""Sizes of the axes of a tensor; None where a size is unknown."""
Config: TypeAlias = dict[str, Any]
"""Arguments of a Keras object by name, serializable as JSON."""
SavedModel: TypeAlias = Any
"""An object from `tf.saved_model.load`; its `signatures` map endpoint names to functions."""
