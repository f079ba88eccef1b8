"""Application that learns the best action in each state of small worlds by Q-learning."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application


@dataclasses.dataclass(frozen=True)
class WorldConfig(application.SeededConfig):
    environment: Literal["FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "Taxi-v4"] = (
        "FrozenLake8x8-v1"
    )
    """Gymnasium environment."""
    slippery: Literal["default", "yes", "no"] = "default"
    """Whether moves can slip to the side. default: as in gymnasium (yes for lakes, else no)."""
    discount: application.Fraction = 0.99
    """Discount factor, with at most six decimals."""

    def __post_init__(self):
        super().__post_init__()
        if round(self.discount, 6) != self.discount:
            raise application.UserError(
                f"--discount must have at most six decimals. Received {self.discount}."
            )
        if self.slippery != "default" and self.environment == "Taxi-v4":
            raise application.UserError(
                f"--slippery must be default for Taxi-v4. Received {self.slippery}."
            )


@dataclasses.dataclass(frozen=True)
class GridworldConfig(WorldConfig):
    num_agents: Annotated[int, application.Limits(at_least=1, at_most=10**12)] = 1_000_000_000
    """Number of agents that share one table. It does not affect time and memory."""
    steps: application.Count = 20_000
    """Number of steps of each agent."""
    epsilon_start: application.Share = 1.0
    """Initial fraction of random actions."""
    epsilon_end: application.Share = 0.5
    """Final fraction of random actions, which is reached after half of the steps."""
    power: Annotated[float, application.Limits(at_least=1)] = 100.0
    """Learning rate of a state and action: 1 - (1 - 1 / visits) ** power."""
    learning_rate: application.Share = 0.0
    """Constant learning rate, which replaces --power. 0 means to use --power."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    games: application.Count = 1000
    """Number of games to play with the model, and again with the optimal table."""


@dataclasses.dataclass(frozen=True)
class ExploreConfig(WorldConfig):
    seeds: application.Count = 5
    """Number of training runs per fraction of random actions, with different seeds."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """World of the table. The status of a state is "played", "the end" or "never reached"."""

    environment: str
    slippery: str
    discount: float
    status: tuple[str, ...]


def explore(config):
    """Returns a plot of learning curves for several exploration rates."""
    from apps.gridworld import exploration

    return {"exploration": exploration.curves(config)}


class Gridworld(application.Application):
    """Learns the best action in each state of a frozen lake, a cliff or a taxi world."""

    name = "gridworld"
    inputs = (application.Text("state", "index in gymnasium, or row,column"),)
    outputs = (
        application.Label("action", "best action"),
        application.Scores(
            "values", "discounted return of each action", format="{} {:.4f}", between=" "
        ),
    )
    configs = application.Configs(GridworldConfig, MeasureConfig)
    Assets = Assets
    commands = {
        "explore": application.Command(
            explore, ExploreConfig, "plots learning curves for several exploration rates"
        )
    }
    demo_inputs = ("1", "4", "14")  # reachable in all worlds
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

    def plot(self, served, record):
        from apps.gridworld.playing import state_plot

        return state_plot(served, record["state"])

    def frames(self, served, row, config):
        from apps.gridworld.playing import frames

        return frames(served, row["state"])
