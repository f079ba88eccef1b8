"""Linear schedule of the exploration rate."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class LinearSchedule:
    """Fraction of random actions, `start + (end - start) min(step / steps, 1)`.

    Args:
        start: float from 0 to 1. Fraction at step 0.
        end: float from 0 to 1. Fraction from step `steps` on.
        steps: int, at least 1. Number of steps from `start` to `end`. A step of n agents counts as
            n steps.

    Raises:
        ValueError: if a fraction is out of range or `steps` is below 1.

    Example:
    >>> epsilon = LinearSchedule(1.0, 0.1, 1000)
    >>> epsilon(0), epsilon(500), epsilon(2000)
    (1.0, 0.55, 0.1)

    Reference: Mnih et al. 2015, doi:10.1038/nature14236, Methods, "Training details".
    """

    start: float
    end: float
    steps: int

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(
                    f"LinearSchedule: {name} must be from 0 to 1. Received {getattr(self, name)}. "
                    "Pass the fraction of random actions."
                )
        if self.steps < 1:
            raise ValueError(
                f"LinearSchedule: steps must be at least 1. Received {self.steps}. "
                "For a constant value, set start and end to the same value."
            )

    def __call__(self, step: int) -> float:
        """Returns the fraction at a step, a float."""
        passed = min(step / self.steps, 1.0)
        return self.start * (1.0 - passed) + self.end * passed
