"""Learning rate schedule with linear warmup and cosine decay."""

import keras


def warmup_cosine(
    learning_rate: float, steps: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Returns a learning rate schedule with linear warmup and cosine decay.

    The warmup takes a tenth of the training steps, but at most 200 steps. It starts at 1/20 of the
    highest rate, because Adam's estimates of the moments are poor at first. The final rate is 1/100
    of the highest rate.

    Args:
        learning_rate: float. The highest learning rate.
        steps: int. Total number of training steps.

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
            "Pass epochs * steps_per_epoch."
        )
    warmup = min(200, steps // 10)
    return keras.optimizers.schedules.CosineDecay(
        learning_rate / 20,
        steps - warmup,
        alpha=0.01,
        warmup_target=learning_rate,
        warmup_steps=warmup,
    )
