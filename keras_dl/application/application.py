"""What an application is: one class whose methods the commands, a notebook and a test call."""

import dataclasses
import itertools
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, cast

from keras_dl.application.config import Config, FitConfig, SeededConfig
from keras_dl.application.errors import UserError
from keras_dl.application.fields import Choice, Field, Value
from keras_dl.application.report import Report
from keras_dl.application.typed import Dataclass

if TYPE_CHECKING:
    import keras
    import tensorflow as tf
    from matplotlib.figure import Figure

    from keras_dl.application.runs import ApplicationRun
    from keras_dl.training.training_data import TrainingData
    from keras_dl.typing import Tensor

Record: TypeAlias = dict[str, Value]
"""An input, or an input with its outputs: values by the names of their fields."""


@dataclasses.dataclass(frozen=True)
class Configs:
    """The settings of the three commands. Only those of `train` are recorded with the run.

    A field of `measure` that `train` has too is as the run was trained, unless it is given.
    """

    train: type[Config] = FitConfig
    measure: type[Config] = Config
    predict: type[Config] = Config


@dataclasses.dataclass(frozen=True)
class NoAssets:
    """Assets of a model that needs nothing beside its weights."""


class Trained(NamedTuple):
    """What training gives: all that an export needs."""

    model: "keras.Model"
    assets: Dataclass


class Endpoint(NamedTuple):
    """One signature of a SavedModel.

    Attributes:
        function: takes tensors by name and returns a dict of tensors.
        signature: list of named `tf.TensorSpec`.
        examples: dict of inputs by name, on which the export is compared.
    """

    function: Callable[..., dict[str, "Tensor"]]
    signature: list["tf.TensorSpec"]
    examples: dict[str, "Tensor"]


class Command(NamedTuple):
    """A command that only one application has: `function(config)` returns plots by name."""

    function: Callable[..., dict[str, "Figure"]]
    config: type[Config]
    help: str


class Served(Protocol):
    """A loaded SavedModel."""

    @property
    def signatures(self) -> Mapping[str, Callable[..., dict[str, "Tensor"]]]:
        """Its endpoints by name: functions of named tensors."""


class Application:
    """From a source of data to predictions. The docstring's first line stands in the list.

    A subclass declares the attributes, implements `data`, `build`, `endpoints`, `measure` and
    `predict_batch`, and imports what is heavy inside of its methods: `--help` loads no TensorFlow.

    Attributes:
        name: name on the command line.
        inputs: fields of one input. Those behind the first have a default and are flags.
        outputs: fields of one record.
        configs: `Configs`.
        Assets: dataclass of what the model needs beside its weights, of types that JSON has.
        commands: commands that no other application has, by name.
        demo_inputs: inputs that `python -m apps NAME` predicts in the end.
        smoke: settings with which the contract test trains and measures in seconds.
        duration: how long all commands take with default settings, in words.
        shipped: directory of the SavedModel that `predict` asks by default, or None.
    """

    name: str = ""
    inputs: tuple[Field, ...] = ()
    outputs: tuple[Field, ...] = ()
    configs: Configs = Configs()
    Assets: type[Dataclass] = NoAssets
    commands: Mapping[str, Command] = {}
    demo_inputs: tuple[Value, ...] = ()
    smoke: Mapping[str, Any] = {}
    duration: str = ""
    shipped: pathlib.Path | None = None

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (type(self).__doc__ or "").strip().partition("\n")[0]

    def train(self, config: SeededConfig, run: "ApplicationRun") -> Trained:
        """Trains with `model.fit` on what `data` and `build` return.

        What is trained in another way overrides this method, and calls `run.begin(assets, work)`
        once before it begins.

        Args:
            config: of type `configs.train`.
            run: `ApplicationRun`.
        """
        from keras_dl.application.fitting import fit

        return fit(self, cast(FitConfig, config), run)

    def data(self, config: FitConfig) -> "TrainingData":
        """Returns the `training.TrainingData` of a run."""
        raise NotImplementedError(f"{type(self).__name__}.data")

    def build(self, config: FitConfig, data: "TrainingData") -> "keras.Model":
        """Returns the compiled `keras.Model`."""
        raise NotImplementedError(f"{type(self).__name__}.build")

    def endpoints(self, model: "keras.Model", assets: Dataclass) -> dict[str, Endpoint]:
        """Returns the signatures of the SavedModel by name, from model and assets only."""
        raise NotImplementedError(f"{type(self).__name__}.endpoints")

    def write_files(
        self, model: "keras.Model", assets: Dataclass, directory: pathlib.Path
    ) -> list[pathlib.Path]:
        """Writes what an export leaves beside the SavedModel; returns the paths."""
        return []

    def measure(self, served: Served, config: Config) -> Report:
        """Measures a loaded SavedModel.

        Args:
            served: what `export.load` returns.
            config: of type `configs.measure`.
        """
        raise NotImplementedError(f"{type(self).__name__}.measure")

    def predict(
        self,
        served: Served,
        inputs: Iterable[Value],
        config: Config | None = None,
        *,
        batch_size: int = 1000,
    ) -> Iterator[Record]:
        """Yields a record for each input, in order.

        Args:
            served: what `export.load` returns.
            inputs: mappings from names of `inputs` to values. A bare value is that of the first.
            config: of type `configs.predict`; None for its defaults.
            batch_size: how many inputs are read before their records are yielded.

        Yields:
            dict with the input and the outputs, or with the input and `error` if it failed.
        """
        config = self.configs.predict() if config is None else config
        rows = map(self._row, inputs)
        while given := list(itertools.islice(rows, batch_size)):
            good = [row for row in given if "error" not in row]
            answers = iter(self.predict_batch(served, good, config) if good else ())
            for row in given:
                yield row if "error" in row else {**row, **next(answers)}

    def predict_batch(self, served: Served, rows: list[Record], config: Config) -> Iterable[Record]:
        """Returns a dict of the outputs, or `{"error": reason}`, for each of some inputs.

        Args:
            served: what `export.load` returns.
            rows: inputs, each with all fields and with values that the fields have read.
            config: of type `configs.predict`.
        """
        raise NotImplementedError(f"{type(self).__name__}.predict_batch")

    def plot(self, served: Served, record: Record) -> "Figure | None":
        """Returns a matplotlib figure of one record, for `predict --plot`, or None."""
        return None

    def _row(self, given):
        first, *others = self.inputs
        values = given if isinstance(given, Mapping) else {first.name: given}
        if unknown := set(values) - {field.name for field in self.inputs}:
            raise UserError(f"an input has {[each.name for each in self.inputs]}, not {unknown}.")
        row = {field.name: field.default for field in others if isinstance(field, Choice)}
        row |= values
        try:
            return {field.name: field.read(row.get(field.name)) for field in self.inputs}
        except UserError as error:
            return {**row, "error": str(error)}
