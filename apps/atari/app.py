"""Plays games of the Atari 2600, and a small one of our own, from their pixels."""

import dataclasses
from typing import Literal

from apps.configuration import RunConfiguration

SHOWN = ("1", "2")
OTHER_SEEDS = 1_000_000  # from which on games are evaluated, and none is trained on
_FRAMES = [
    [[[(row * column + 60 * game) % 256] * 4 for column in range(84)] for row in range(84)]
    for game in range(2)
]
EXAMPLES = {"serving_default": {"frames": _FRAMES}, "names": {"action": [0, 2, -1, 99]}}
STEPS = {"curves": "draws the scores of all runs in a folder, with their spread over seeds"}


@dataclasses.dataclass(frozen=True)
class Config(RunConfiguration):
    """Plays games of the Atari 2600, and a small one of our own, from their pixels."""

    game: str = "catch"
    """Pong, SpaceInvaders or any other game of Atari's, or catch: a small one, learnt in minutes.
    The other steps know it from the model."""
    preset: Literal["fast", "nature"] = "fast"
    """fast: learns in minutes to hours; nature: the settings of Mnih et al., 2015, for days."""
    steps: int = 0
    """Actions in the whole training, each of four frames. 0: 15,000 of catch, 400,000 of Atari's
    games, 12,500,000 of the nature preset."""
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    """Arithmetic of the layers while they learn; weights stay float32."""
    double: bool = False
    """Double Q-learning: the best next action by one network, its value by the other."""
    priorities: Literal["preset", "yes", "no"] = "preset"
    """Replays transitions with large errors more often."""
    dueling: Literal["preset", "yes", "no"] = "preset"
    """A network with a value of the state and advantages of the actions. preset: fast has it."""
    n_steps: int = 0
    """Rewards that are added up before the value of the next state is taken. 0: as the preset."""
    capacity: int = 0
    """Transitions that the replay buffer holds, 7,084 bytes each; a multiple of 8. 0: as the
    preset."""
    life_loss: bool = False
    """Learns that a lost life ends what is worth anything. Scores are always of whole games."""
    sticky_actions: float = 0.0
    """Probability that the emulator repeats the last action instead of the given one."""
    no_ops: int = 30
    """Each game begins with up to so many idle frames."""
    games: int = 30
    """Games that evaluate plays."""
    epsilon: float = 0.01
    """Share of random actions in evaluate and predict."""
    video: str = "runs/atari/played"
    """Folder into which predict writes the games as GIF; empty: none."""

    def __post_init__(self):
        super().__post_init__()
        self._check("seed", self.seed < OTHER_SEEDS, f"below {OTHER_SEEDS}, where evaluate's begin")
        for name in ("steps", "n_steps", "capacity", "no_ops"):
            self._check(name, getattr(self, name) >= 0, "at least 0")
        self._check("games", self.games >= 1, "at least 1")
        for name in ("sticky_actions", "epsilon"):
            self._check(name, 0 <= getattr(self, name) <= 1, "from 0 to 1")


def curves(config):
    """Returns the picture of the scores of several runs."""
    from apps.atari import report

    return report.curves(config)
