"""Training that resumes exactly, on one device or many.

For results that are bitwise reproducible on a CPU, call `keras.utils.set_random_seed(1)` before
building the model. To set the precision, call `keras.config.set_dtype_policy("mixed_bfloat16")` (or
`"mixed_float16"`, `"float32"`) before building the model. With float16, `compile` then enables loss
scaling.
"""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.training.atomic_file import CheckpointError, write_atomically
from keras_dl.training.checkpoint import Checkpoint
from keras_dl.training.distribution import join_jax_hosts
from keras_dl.training.fit import fit
from keras_dl.training.pixel_optimization import PixelOptimization
from keras_dl.training.resumable import Resumable, check_same_training, train_by_steps
from keras_dl.training.run import Run
from keras_dl.training.training_data import TrainingData

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "PixelOptimization",
    "Resumable",
    "Run",
    "TrainingData",
    "check_same_training",
    "fit",
    "join_jax_hosts",
    "train_by_steps",
    "write_atomically",
]
