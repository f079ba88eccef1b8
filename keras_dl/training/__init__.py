"""How anything here is trained: exact, resumable, on one device or on many.

`keras.utils.set_random_seed(1)` before the model is built makes a run repeat to the bit on a CPU.
`keras.config.set_dtype_policy("mixed_bfloat16")` (or `"mixed_float16"`, `"float32"`) before the
model is built sets the precision; `compile` then scales the loss where float16 needs it.
"""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.training.atomic_file import write_atomically
from keras_dl.training.checkpoint import Checkpoint
from keras_dl.training.distribution import join_jax_hosts
from keras_dl.training.exciting_inputs import exciting_inputs
from keras_dl.training.fit import fit

__all__ = [
    "Checkpoint",
    "exciting_inputs",
    "fit",
    "join_jax_hosts",
    "write_atomically",
]
