"""Plays games of the Atari 2600, and a small one of our own, from their pixels."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application

OTHER_SEEDS = 1_000_000  # from which on games are evaluated, and none is trained on
Natural = Annotated[int, application.Limits(at_least=0)]


@dataclasses.dataclass(frozen=True)
class RulesConfig(application.Config):
    """Rules of Atari's games."""

    sticky_actions: application.Share = 0.0
    """Probability that the emulator repeats the last action instead of the given one."""
    no_ops: Natural = 30
    """Each game begins with up to so many idle frames."""


@dataclasses.dataclass(frozen=True)
class AtariConfig(RulesConfig, application.SeededConfig):
    seed: Annotated[int, application.Limits(at_least=0, below=OTHER_SEEDS)] = 0
    """Seed of everything random. Games are evaluated with seeds from 1,000,000 on."""
    game: str = "catch"
    """Pong, SpaceInvaders or any other game of Atari's, or catch: a small one, learned in
    minutes. A model knows its game."""
    preset: Literal["fast", "nature"] = "fast"
    """fast: learns in minutes to hours; nature: the settings of Mnih et al., 2015, for days."""
    steps: Natural = 0
    """Actions in the whole training, each of four frames. 0: 15,000 of catch, 400,000 of Atari's
    games, 12,500,000 of the nature preset."""
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    """Arithmetic of the layers while they learn; weights stay float32."""
    double: bool = False
    """Double Q-learning: the best next action by one network, its value by the other."""
    prioritized_replay: Literal["preset", "yes", "no"] = "preset"
    """Replays transitions with large errors more often."""
    dueling: Literal["preset", "yes", "no"] = "preset"
    """A network with a value of the state and advantages of the actions. preset: fast has it."""
    n_steps: Natural = 0
    """Rewards that are added up before the value of the next state is taken. 0: as the preset."""
    capacity: Natural = 0
    """Transitions that the replay buffer holds, 7,084 bytes each; a multiple of 8. 0: as the
    preset."""
    life_loss: bool = False
    """Treats the loss of a life as an end when values are estimated. Scores are always of whole
    games."""


@dataclasses.dataclass(frozen=True)
class PlayConfig(RulesConfig):
    epsilon: application.Share = 0.01
    """Share of random actions."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(PlayConfig):
    seed: Natural = 0
    """Seed of the games."""
    games: application.Count = 30
    """Games to play, and as many by random play."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(PlayConfig):
    video: bool = True
    """Write the first 4,000 frames of each game as a GIF into --output-dir."""


@dataclasses.dataclass(frozen=True)
class CurvesConfig(application.Config):
    run_dir: str = "runs/atari"
    """Directory that has the run directories in it."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """The game that a network plays."""

    game: str
    actions: tuple[str, ...]


def curves(config):
    """Returns a plot for each game: the scores of all runs in a directory."""
    from apps.atari.curves import curves

    return curves(config)


class Atari(application.Application):
    """Plays games of the Atari 2600, and a small one of our own, from their pixels."""

    name = "atari"
    inputs = (application.Number("seed", "of the game to play", at_most=2**31 - 1),)
    outputs = (
        application.Number("score", "rewards of the whole game", format="score {:g}"),
        application.Number("steps", "actions, each of four frames", format="{} steps"),
        application.Video("video", "the game, or None without --video"),
    )
    configs = application.Configs(AtariConfig, MeasureConfig, PredictConfig)
    Assets = Assets
    commands = {
        "curves": application.Command(
            curves, CurvesConfig, "draws the scores of all runs in a folder, with their spread"
        )
    }
    demo_inputs = ("1", "2")
    smoke = {"steps": 200, "games": 2}
    duration = "a few minutes on two cores with catch, an hour with Pong"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "atari"

    def train(self, config, run):
        from apps.atari import model

        return model.train(config, run)

    def endpoints(self, model, assets):
        from apps.atari.model import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.atari.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.atari.player import Player

        player = Player(served)
        return (player.record(row["seed"], config) for row in rows)
