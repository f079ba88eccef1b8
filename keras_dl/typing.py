"""The types that stand in public signatures."""

from typing import Any, TypeAlias

Tensor: TypeAlias = Any
"""What a Keras backend computes with or converts: its tensors, NumPy arrays, nested lists."""
Shape: TypeAlias = tuple[int | None, ...]
"""Sizes of the axes of a tensor, None where a size is not known."""
Config: TypeAlias = dict[str, Any]
"""Arguments of a Keras object by name, as JSON can hold them."""
SavedModel: TypeAlias = Any
"""The object of `tf.saved_model.load`; its `signatures` are functions by name of an endpoint."""
