"""Makes the argument `seed` of a builder determine the model that it builds."""

import functools
import random
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Model = TypeVar("Model")


def seeded(builder: Callable[P, Model]) -> Callable[P, Model]:
    """Makes `seed`, an argument of a builder, the seed of all initializers and random layers.

    Keras draws the seeds that nobody gave from Python's `random`, which is therefore one of the
    generators that `keras.utils.set_random_seed` sets. With a seed, the builder draws them from
    `random` after `random.seed(seed)`, and the state of `random` is restored. With None, they
    depend on the global state, as in Keras.

    Args:
        builder: function with the keyword-only argument `seed`, an int or None, that returns a
            model with all its weights.

    Returns:
        function with the signature of the builder. It raises a ValueError if `seed` is neither an
        int nor None.
    """

    @functools.wraps(builder)
    def build(*args: P.args, **kwargs: P.kwargs) -> Model:
        seed = kwargs.get("seed")
        if seed is None:
            return builder(*args, **kwargs)
        if not isinstance(seed, int):
            raise ValueError(
                f"{builder.__name__}: seed must be an int or None. Received seed {seed!r}. Convert "
                "it with int(seed)."
            )
        state = random.getstate()
        random.seed(seed)
        try:
            return builder(*args, **kwargs)
        finally:
            random.setstate(state)

    return build
