import math

import numpy as np
import pytest

from keras_dl.optimizers import warmup_cosine


@pytest.mark.parametrize("steps", [5, 40, 1000, 30000])
def test_rise_and_fall(steps):
    schedule, warmup = warmup_cosine(0.2, steps), min(200, steps // 10)
    for step in sorted({0, 1, warmup // 2, warmup, warmup + 1, steps // 2, steps, 2 * steps}):
        if step < warmup:
            expected = 0.01 + (0.2 - 0.01) * step / warmup
        else:
            done = min(1.0, (step - warmup) / (steps - warmup))
            expected = 0.2 * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)
        np.testing.assert_allclose(float(schedule(step)), expected, rtol=1e-5)


def test_steps_must_be_positive():
    with pytest.raises(ValueError, match="steps 0"):
        warmup_cosine(0.1, 0)
