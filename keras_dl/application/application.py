"""Base class of applications; its methods serve the commands, notebooks and tests."""

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
    """Settings of the three commands. Only those of `train` are recorded with the run.

    A field of `measure` that `train` also has defaults to the value of the run.
    """

    train: type[Config] = FitConfig
    measure: type[Config] = Config
    predict: type[Config] = Config


@dataclasses.dataclass(frozen=True)
class NoAssets:
    """Assets of a model that needs only its weights."""


class Trained(NamedTuple):
    """Result of training: everything that an export needs."""

    model: "keras.Model"
    assets: Dataclass


class Endpoint(NamedTuple):
    """One signature of a SavedModel.

    Attributes:
        function: function of named tensors that returns a dict of tensors.
        signature: list of named `tf.TensorSpec`.
        examples: dict of inputs by name, for which `export` compares the outputs.
    """

    function: Callable[..., dict[str, "Tensor"]]
    signature: list["tf.TensorSpec"]
    examples: dict[str, "Tensor"]


class Command(NamedTuple):
    """Command that only one application has: `function(config)` returns plots by name."""

    function: Callable[..., dict[str, "Figure"]]
    config: type[Config]
    help: str


class Served(Protocol):
    """A loaded SavedModel."""

    @property
    def signatures(self) -> Mapping[str, Callable[..., dict[str, "Tensor"]]]:
        """Endpoints by name: functions of named tensors."""


class Application:
    """Base class of applications. The first line of the docstring is shown in the list.

    A subclass declares the attributes, implements `data`, `build`, `endpoints`, `measure` and
    `predict_batch`, and imports heavy packages inside its methods: `--help` must not load
    TensorFlow.

    Attributes:
        name: name on the command line.
        inputs: fields of one input. All but the first have a default and are flags.
        outputs: fields of one record.
        configs: `Configs`.
        Assets: dataclass of the data that the model needs besides its weights, in JSON types.
        commands: additional commands of this application, by name.
        demo_inputs: inputs that `python -m apps NAME` predicts at the end.
        smoke: settings with which the contract test takes only seconds.
        duration: how long all commands take with default settings, in words.
        shipped: directory of the default SavedModel of `predict`, or None.
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
        """First line of the docstring."""
        return (type(self).__doc__ or "").strip().partition("\n")[0]

    def train(self, config: SeededConfig, run: "ApplicationRun") -> Trained:
        """Trains with `model.fit` on the results of `data` and `build`.

        To train in another way, override this method and call `run.begin(assets, work)` once before
        training starts.

        Args:
            config: settings of type `configs.train`.
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
        """Writes additional files next to the exported SavedModel; returns their paths."""
        return []

    def measure(self, served: Served, config: Config) -> Report:
        """Evaluates a loaded SavedModel.

        Args:
            served: SavedModel that `export.load` returned.
            config: settings of type `configs.measure`.
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
            served: SavedModel that `export.load` returned.
            inputs: mappings from names of `inputs` to values, or values of the first field.
            config: settings of type `configs.predict`; None for the defaults.
            batch_size: int. Number of inputs that are read before their records are yielded.

        Yields:
            dict with the input and the outputs, or with the input and `error` if it failed.
        """
        config = self.configs.predict() if config is None else config
        rows = map(self._row, inputs)
        while given := list(itertools.islice(rows, batch_size)):
            good = [row for row in given if "error" not in row]
            records = iter(self.predict_batch(served, good, config) if good else ())
            for row in given:
                yield row if "error" in row else {**row, **next(records)}

    def predict_batch(self, served: Served, rows: list[Record], config: Config) -> Iterable[Record]:
        """Returns a dict of the outputs, or `{"error": reason}`, for each input.

        Args:
            served: SavedModel that `export.load` returned.
            rows: inputs, each with all fields and with values that the fields have read.
            config: settings of type `configs.predict`.
        """
        raise NotImplementedError(f"{type(self).__name__}.predict_batch")

    def plot(self, served: Served, record: Record) -> "Figure | None":
        """Returns a matplotlib figure of one record, for `predict --plot`, or None."""
        return None

    def _row(self, given):
        first, *others = self.inputs
        values = given if isinstance(given, Mapping) else {first.name: given}
        if unknown := set(values) - {field.name for field in self.inputs}:
            raise UserError(f"inputs must be {[each.name for each in self.inputs]}, not {unknown}.")
        row = {field.name: field.default for field in others if isinstance(field, Choice)}
        row |= values
        try:
            return {field.name: field.read(row.get(field.name)) for field in self.inputs}
        except UserError as error:
            return {**row, "error": str(error)}
