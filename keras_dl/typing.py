"""Type aliases used in public signatures."""

from collections.abc import Callable
from typing import Any, TypeAlias

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or a value that it converts, such as a NumPy array or a list."""
Shape: TypeAlias = tuple[int | None, ...]
"""Sizes of the axes of a tensor; None where a size is unknown."""
Config: TypeAlias = dict[str, Any]
"""Constructor arguments of a Keras object by name, serializable to JSON."""
Initializer: TypeAlias = str | Config | Callable[..., Tensor]
"""A Keras initializer, or its name or config, as accepted by `keras.initializers.get`."""
Regularizer: TypeAlias = str | Config | Callable[..., Tensor]
"""A Keras regularizer, or its name or config, as accepted by `keras.regularizers.get`."""
SavedModel: TypeAlias = Any
"""An object from `tf.saved_model.load`; its `signatures` map endpoint names to functions."""
