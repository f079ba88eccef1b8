"""Application that plays Atari 2600 games, or a small built-in game, from pixels."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application

OTHER_SEEDS = 1_000_000  # evaluation seeds start here, training seeds are smaller
Natural = Annotated[int, application.Limits(at_least=0)]


@dataclasses.dataclass(frozen=True)
class RulesConfig(application.Config):
    """Rules of the Atari games."""

    sticky_actions: application.Share = 0.0
    """Probability that the emulator repeats the previous action instead of the given one."""
    no_ops: Natural = 30
    """Maximum number of idle frames at the start of a game. The number is sampled per game."""


@dataclasses.dataclass(frozen=True)
class AtariConfig(RulesConfig, application.SeededConfig):
    seed: Annotated[int, application.Limits(at_least=0, below=OTHER_SEEDS)] = 0
    """Random seed of the run. Evaluation uses seeds from 1,000,000 on."""
    game: str = "catch"
    """Atari game (Pong, SpaceInvaders, ...), or catch, a small game learned in minutes."""
    preset: Literal["fast", "nature"] = "fast"
    """fast: trains in minutes to hours. nature: uses Mnih et al. (2015) and takes days."""
    steps: Natural = 0
    """Training steps. Each is an action that lasts four frames. 0 means 15,000 for catch, 400,000
    for Atari games, and 12,500,000 for the nature preset."""
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    """Dtype policy of the layers during training. Weights stay float32."""
    double: bool = False
    """Double Q-learning: one network selects the best next action, the other evaluates it."""
    prioritized_replay: Literal["preset", "yes", "no"] = "preset"
    """Replay transitions with large errors more often."""
    dueling: Literal["preset", "yes", "no"] = "preset"
    """Dueling network: state value plus action advantages. preset: only fast uses it."""
    n_steps: Natural = 0
    """Number of steps in n-step returns. 0 means the value of the preset."""
    capacity: Natural = 0
    """Size of the replay buffer: transitions of 7,084 bytes, a multiple of 8. 0: as in preset."""
    life_loss: bool = False
    """In training, treat a lost life as the end of an episode. Scores still count whole games."""


@dataclasses.dataclass(frozen=True)
class PlayConfig(RulesConfig):
    epsilon: application.Share = 0.01
    """Fraction of random actions."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(PlayConfig):
    seed: Natural = 0
    """Seed of the games."""
    games: application.Count = 30
    """Number of games to play with the model, and again with random actions."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(PlayConfig):
    video: bool = True
    """Write the first 4,000 frames of each game as a GIF to --output-dir."""


@dataclasses.dataclass(frozen=True)
class CurvesConfig(application.Config):
    run_dir: str = "runs/atari"
    """Directory that contains the run directories."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """The game that the model plays and the names of its actions."""

    game: str
    actions: tuple[str, ...]


def curves(config):
    """Returns one plot per game, with the scores of all runs in a directory."""
    from apps.atari.curves import curves

    return curves(config)


class Atari(application.Application):
    """Plays Atari 2600 games, or a small built-in game, from pixels."""

    name = "atari"
    inputs = (application.Number("seed", "seed of the game to play", at_most=2**31 - 1),)
    outputs = (
        application.Number("score", "sum of the rewards of the game", format="score {:g}"),
        application.Number("steps", "number of actions, four frames each", format="{} steps"),
        application.Video("video", "GIF of the game, or None with --no-video"),
    )
    configs = application.Configs(AtariConfig, MeasureConfig, PredictConfig)
    Assets = Assets
    commands = {
        "curves": application.Command(
            curves, CurvesConfig, "plots the scores of all runs in a directory, with their spread"
        )
    }
    demo_inputs = ("1", "2")
    smoke = {"steps": 200, "games": 2}
    duration = "a few minutes on two cores for catch, an hour for Pong"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "atari"
    more_shipped = (shipped.with_name("breakout"),)

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

    def frames(self, served, row, config):
        from apps.atari.player import Player

        return Player(served).frames(row["seed"], config)
