"""Small worlds, a frozen lake or a taxi, and what to do in each of their states."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application


@dataclasses.dataclass(frozen=True)
class WorldConfig(application.SeededConfig):
    environment: Literal["FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "Taxi-v4"] = (
        "FrozenLake8x8-v1"
    )
    """World of gymnasium. A model knows its own."""
    slippery: Literal["default", "yes", "no"] = "default"
    """Whether one slips to the side. default: as gymnasium has it, on the lake and not on the
    cliff."""
    discount: application.Fraction = 0.99
    """Worth of a reward one step later, with at most six decimals."""

    def __post_init__(self):
        super().__post_init__()
        if round(self.discount, 6) != self.discount:
            raise application.UserError(
                f"--discount must have at most six decimals. Received {self.discount}."
            )
        if self.slippery != "default" and self.environment == "Taxi-v4":
            raise application.UserError(
                f"--slippery must be default for Taxi-v4, without slips. Received {self.slippery}."
            )


@dataclasses.dataclass(frozen=True)
class GridworldConfig(WorldConfig):
    num_agents: Annotated[int, application.Limits(at_least=1, at_most=10**12)] = 1_000_000_000
    """Agents who learn one table together. They are counted, not listed: a few cost no less."""
    steps: application.Count = 20_000
    """Steps that every agent makes."""
    epsilon_start: application.Share = 1.0
    """Share of random actions at first."""
    epsilon_end: application.Share = 0.5
    """Share of random actions in the second half of the steps; it falls in the first half."""
    power: Annotated[float, application.Limits(at_least=1)] = 100.0
    """Step sizes fall with the visits of a state and action, as 1 - (1 - 1 / visits) ** power."""
    learning_rate: application.Share = 0.0
    """A step size that stays the same, instead of that; 0 for none."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    games: application.Count = 1000
    """Games to play with the table, and as many with the right one."""


@dataclasses.dataclass(frozen=True)
class ExploreConfig(WorldConfig):
    seeds: application.Count = 5
    """How often each learning is repeated."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """The world of a table; `status` of a state is "played", "the end" or "never reached"."""

    environment: str
    slippery: str
    discount: float
    status: tuple[str, ...]


def explore(config):
    """Returns the plot of learning with several shares of random actions."""
    from apps.gridworld import exploration

    return {"exploration": exploration.curves(config)}


class Gridworld(application.Application):
    """Small worlds, a frozen lake or a taxi, and what to do in each of their states."""

    name = "gridworld"
    inputs = (application.Text("state", "number in gymnasium, or row,column in a grid"),)
    outputs = (
        application.Label("action", "the best one"),
        application.Vector("values", "discounted return of each action, in the order of gymnasium"),
    )
    configs = application.Configs(GridworldConfig, MeasureConfig)
    Assets = Assets
    commands = {
        "explore": application.Command(
            explore, ExploreConfig, "learns with several shares of random actions, and draws it"
        )
    }
    demo_inputs = ("1", "4", "14")  # games come there in all worlds
    smoke = {"num_agents": 1000, "steps": 100, "games": 20}
    duration = "about half a minute on one core"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "gridworld"

    def train(self, config, run):
        from apps.gridworld import model

        return model.train(config, run)

    def endpoints(self, model, assets):
        from apps.gridworld.model import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.gridworld.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.gridworld.world import predict

        return predict(served, [row["state"] for row in rows])
