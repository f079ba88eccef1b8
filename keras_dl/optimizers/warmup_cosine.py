"""Learning rate schedule with linear warmup and cosine decay."""

import keras


def warmup_cosine(
    learning_rate: float, steps: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Returns a learning rate schedule with linear warmup and half a cosine of decay.

    The warmup takes a tenth of the training run, at most 200 steps, and starts at a twentieth of
    the highest rate, because the first estimates of Adam's moments are poor. The last rate is a
    hundredth of the highest one.

    Args:
        learning_rate: float. The highest learning rate.
        steps: int. Steps of the whole training run.

    Returns:
        `keras.optimizers.schedules.LearningRateSchedule`.

    Raises:
        ValueError: if `steps` is not positive.

    Example:
    >>> schedule = warmup_cosine(0.1, 1000)
    >>> [round(float(schedule(step)), 4) for step in (0, 100, 550, 1000)]
    [0.005, 0.1, 0.0505, 0.001]

    Reference: Loshchilov & Hutter 2017, arXiv:1608.03983, equation 5, without restarts.
    """
    if steps < 1:
        raise ValueError(
            f"warmup_cosine: steps must be positive. Received steps {steps}. "
            "Give epochs * steps_per_epoch."
        )
    warmup = min(200, steps // 10)
    return keras.optimizers.schedules.CosineDecay(
        learning_rate / 20,
        steps - warmup,
        alpha=0.01,
        warmup_target=learning_rate,
        warmup_steps=warmup,
    )
