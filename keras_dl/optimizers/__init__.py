"""Custom optimizers and learning rate schedules, one per file."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.optimizers.clipped_adam import ClippedAdam
from keras_dl.optimizers.fused_adam import FusedAdam
from keras_dl.optimizers.multi_optimizer import MultiOptimizer
from keras_dl.optimizers.square_root_decay import SquareRootDecay
from keras_dl.optimizers.warmup_cosine import warmup_cosine

__all__ = ["ClippedAdam", "FusedAdam", "MultiOptimizer", "SquareRootDecay", "warmup_cosine"]
