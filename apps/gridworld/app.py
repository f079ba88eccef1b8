"""Small worlds, a frozen lake or a taxi, and what to do in each of their states."""

import dataclasses
from typing import Literal

from apps.configuration import RunConfiguration

SHOWN = ("0", "3,6", "15", "19", "lake")
EXAMPLES = {name: {"state": [0, 3, 14, -1, 9999]} for name in ("serving_default", "world")}


@dataclasses.dataclass(frozen=True)
class Config(RunConfiguration):
    """Small worlds, a frozen lake or a taxi, and what to do in each of their states."""

    environment: Literal["FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "Taxi-v4"] = (
        "FrozenLake8x8-v1"
    )
    """World of gymnasium to learn in. The other steps know it from the model."""
    slippery: Literal["own", "yes", "no"] = "own"
    """Whether one slips to the side. own: as gymnasium has it, on the lake and not on the cliff."""
    agents: int = 1_000_000_000
    """Agents who learn one table together. They are counted, not listed: a few cost no less."""
    steps: int = 20_000
    """Steps that every agent makes."""
    discount: float = 0.99
    """Worth of a reward one step later."""
    epsilon_start: float = 1.0
    """Share of random actions at first."""
    epsilon_end: float = 0.5
    """Share of random actions in the second half of the steps; it falls in the first half."""
    power: float = 100.0
    """Step sizes fall with the visits of a state and action, as 1 - (1 - 1 / visits) ** power."""
    learning_rate: float = 0.0
    """A step size that stays the same, instead of that; 0 for none."""
    games: int = 1000
    """Games that evaluate plays."""
    seeds: int = 5
    """How often plot repeats each learning with another share of random actions."""

    def __post_init__(self):
        super().__post_init__()
        for name in ("steps", "games", "seeds"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        self._check("agents", 1 <= self.agents <= 1e12, "from 1 to 1e12")
        fits = 0 <= self.discount < 1 and round(self.discount, 6) == self.discount
        self._check("discount", fits, "at least 0 and below 1, with at most six decimals")
        for name in ("epsilon_start", "epsilon_end", "learning_rate"):
            self._check(name, 0 <= getattr(self, name) <= 1, "from 0 to 1")
        self._check("power", 1 <= self.power < float("inf"), "at least 1 and finite")
        fits = self.slippery == "own" or self.environment != "Taxi-v4"
        self._check("slippery", fits, "own for Taxi-v4, where nobody slips")
