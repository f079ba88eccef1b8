"""Training that resumes exactly, on one device or many.

Call `keras.utils.set_random_seed(1)` before building the model to make a run repeat bitwise on a
CPU. Call `keras.config.set_dtype_policy("mixed_bfloat16")` (or `"mixed_float16"`, `"float32"`)
before building the model to set the precision. `compile` then scales the loss where float16 needs
it.
"""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.training.atomic_file import CheckpointError, write_atomically
from keras_dl.training.checkpoint import Checkpoint
from keras_dl.training.distribution import join_jax_hosts
from keras_dl.training.fit import fit
from keras_dl.training.resumable import Resumable, train_by_steps
from keras_dl.training.run import Run
from keras_dl.training.training_data import TrainingData

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "Resumable",
    "Run",
    "TrainingData",
    "fit",
    "join_jax_hosts",
    "train_by_steps",
    "write_atomically",
]
