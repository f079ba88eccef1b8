"""Type aliases of the public signatures."""

from collections.abc import Callable
from typing import Any, TypeAlias

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or a value that it converts: NumPy arrays, nested lists."""
Shape: TypeAlias = tuple[int | None, ...]
"""Sizes of the axes of a tensor; None where a size is unknown."""
Config: TypeAlias = dict[str, Any]
"""Arguments of a Keras object by name, serializable as JSON."""
Initializer: TypeAlias = str | Config | Callable[..., Tensor]
"""An initializer of Keras, or its name or configuration, for `keras.initializers.get`."""
Regularizer: TypeAlias = str | Config | Callable[..., Tensor]
"""A regularizer of Keras, or its name or configuration, for `keras.regularizers.get`."""
SavedModel: TypeAlias = Any
"""An object from `tf.saved_model.load`; its `signatures` map endpoint names to functions."""
