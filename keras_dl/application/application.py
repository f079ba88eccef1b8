"""Base class of applications, for use in commands, notebooks and tests."""

import dataclasses
import itertools
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, cast

from keras_dl.application.config import Config, FitConfig, SeededConfig
from keras_dl.application.errors import UserError
from keras_dl.application.fields import Choice, Field, Value, Vector
from keras_dl.application.report import Report
from keras_dl.application.typed import Dataclass

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf
    from matplotlib.figure import Figure

    from keras_dl.application.runs import ApplicationRun
    from keras_dl.training.training_data import TrainingData
    from keras_dl.typing import Tensor

Record: TypeAlias = dict[str, Value]
"""Dict from field names to values, for an input or for an input with its outputs."""


@dataclasses.dataclass(frozen=True)
class Configs:
    """Types of the settings of `train`, of `evaluate` (`measure`) and of `predict`.

    Only the settings of `train` are recorded in the run directory. If a field of `measure` has the
    same name as a field of `train`, it defaults to the recorded value.
    """

    train: type[Config] = FitConfig
    measure: type[Config] = Config
    predict: type[Config] = Config


@dataclasses.dataclass(frozen=True)
class NoAssets:
    """Empty assets, for a model that needs only its weights."""


class Trained(NamedTuple):
    """Result of training: everything that an export needs."""

    model: "keras.Model"
    assets: Dataclass


class Endpoint(NamedTuple):
    """One signature of a SavedModel.

    Attributes:
        function: function that takes tensors as named arguments and returns a dict of tensors.
        signature: list of named `tf.TensorSpec`.
        examples: dict from input names to example values. `export` checks that the SavedModel and
            `function` return the same outputs for them.
    """

    function: Callable[..., dict[str, "Tensor"]]
    signature: list["tf.TensorSpec"]
    examples: dict[str, "Tensor"]


class Command(NamedTuple):
    """Command specific to one application.

    Attributes:
        function: function that takes the settings and returns a dict from names to plots.
        config: type of the settings.
        help: description of the command, shown by `--help`.
    """

    function: Callable[..., dict[str, "Figure"]]
    config: type[Config]
    help: str


class Frame(NamedTuple):
    """One moment of a prediction that people watch, such as a game.

    Attributes:
        image: uint8 `(height, width, 3)`.
        scores: list of pairs of a name and a number, for instance the value of each action.
        chosen: name of the chosen one, or None.
        text: one line about the moment.
        seconds: float. How long the frame is shown.
    """

    image: "np.ndarray"
    scores: list[tuple[str, float]]
    chosen: str | None
    text: str
    seconds: float


class Served(Protocol):
    """A loaded SavedModel."""

    @property
    def signatures(self) -> Mapping[str, Callable[..., dict[str, "Tensor"]]]:
        """Dict from endpoint names to functions with named tensors as arguments."""


class Application:
    """Base class of applications.

    The command line lists each application with the first line of its docstring. A subclass
    declares the attributes and implements `data`, `build`, `endpoints`, `measure` and
    `predict_batch`. It imports heavy packages inside its methods, because `--help` must not load
    TensorFlow.

    Attributes:
        name: name on the command line.
        inputs: fields of an input. The first is a positional argument on the command line, the
            others, of the types `Choice` and `Vector`, are flags with default values.
        outputs: fields that `predict` adds to an input.
        configs: `Configs`.
        Assets: dataclass with the data that the model needs besides its weights. Its fields have
            JSON types.
        commands: dict from names to additional commands of this application.
        demo_inputs: inputs for the predictions at the end of `python -m apps NAME`.
        smoke: dict of settings with which the contract test takes only seconds.
        duration: time that all commands take with default settings, such as "about a minute".
        half_precision: whether the SavedModel stores weights as float16, in half the space.
        shipped: directory of the SavedModel that `predict` uses by default, or None.
        more_shipped: directories of further SavedModels of the application, for `--model`.
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
    half_precision: bool = False
    shipped: pathlib.Path | None = None
    more_shipped: tuple[pathlib.Path, ...] = ()

    @property
    def models(self) -> tuple[pathlib.Path, ...]:
        """Directories of all SavedModels that are shipped; `predict` uses the first by default."""
        return () if self.shipped is None else (self.shipped, *self.more_shipped)

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (type(self).__doc__ or "").strip().partition("\n")[0]

    def train(self, config: SeededConfig, run: "ApplicationRun") -> Trained:
        """Trains the model from `build` on the data from `data` with `model.fit`.

        To use another training loop, override this method. It must then call
        `run.begin(assets, work)` once before training starts.

        Args:
            config: settings of type `configs.train`.
            run: `ApplicationRun`.
        """
        from keras_dl.application.fitting import fit

        return fit(self, cast(FitConfig, config), run)

    def data(self, config: FitConfig) -> "TrainingData":
        """Returns the `training.TrainingData` for a training run."""
        raise NotImplementedError(f"{type(self).__name__}.data")

    def build(self, config: FitConfig, data: "TrainingData") -> "keras.Model":
        """Returns the compiled `keras.Model`."""
        raise NotImplementedError(f"{type(self).__name__}.build")

    def endpoints(self, model: "keras.Model", assets: Dataclass) -> dict[str, Endpoint]:
        """Returns a dict from signature names to the endpoints of the SavedModel.

        The endpoints must depend only on `model` and `assets`.
        """
        raise NotImplementedError(f"{type(self).__name__}.endpoints")

    def network(self, model: "keras.Model") -> "keras.Model":
        """Returns what `export --format onnx` writes of a trained model: a functional model."""
        return model

    def write_files(
        self, model: "keras.Model", assets: Dataclass, directory: pathlib.Path
    ) -> list[pathlib.Path]:
        """Writes additional files to the directory of the SavedModel; returns their paths."""
        return []

    def measure(self, served: Served, config: Config) -> Report:
        """Evaluates a loaded SavedModel.

        Args:
            served: SavedModel loaded with `export.load`.
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
            served: SavedModel loaded with `export.load`.
            inputs: iterable of dicts from input names to values, or of values of the first input.
            config: settings of type `configs.predict`. If None, the defaults are used.
            batch_size: int. Number of inputs that are read and predicted at a time.

        Yields:
            dict with the input and its outputs. If the prediction failed, the dict has the key
            `error` instead of the outputs.
        """
        config = self.configs.predict() if config is None else config
        rows = map(self._row, inputs)
        while given := list(itertools.islice(rows, batch_size)):
            good = [row for row in given if "error" not in row]
            records = iter(self.predict_batch(served, good, config) if good else ())
            for row in given:
                yield row if "error" in row else {**row, **next(records)}

    def predict_batch(self, served: Served, rows: list[Record], config: Config) -> Iterable[Record]:
        """Returns a list with one dict for each input: its outputs, or `{"error": reason}`.

        Args:
            served: SavedModel loaded with `export.load`.
            rows: list of inputs. Each is a dict with all input fields, whose values were converted
                by `Field.read`.
            config: settings of type `configs.predict`.
        """
        raise NotImplementedError(f"{type(self).__name__}.predict_batch")

    def plot(self, served: Served, record: Record) -> "Figure | None":
        """Returns a matplotlib figure of one record, for `predict --plot`, or None."""
        return None

    def watch(self, served: Served, given: Value, config: Config | None = None) -> Iterator[Frame]:
        """Yields what happens while one input is predicted, for people who watch on the page.

        Args:
            served: SavedModel loaded with `export.load`.
            given: dict from input names to values, or value of the first input.
            config: settings of type `configs.predict`. If None, the defaults are used.

        Raises:
            UserError: if the input is invalid.
        """
        row = self._row(given)
        if "error" in row:
            raise UserError(row["error"])
        yield from self.frames(served, row, self.configs.predict() if config is None else config)

    def frames(self, served: Served, row: Record, config: Config) -> Iterable[Frame]:
        """Yields the frames of one input that was converted by `Field.read`, for `watch`."""
        return ()

    def as_dict(self, given: Value) -> Mapping[str, Value]:
        """Returns an input as a dict; a bare value becomes that of the first field."""
        return given if isinstance(given, Mapping) else {self.inputs[0].name: given}

    def _row(self, given):
        _, *others = self.inputs
        values = self.as_dict(given)
        if unknown := set(values) - {field.name for field in self.inputs}:
            names = [each.name for each in self.inputs]
            raise UserError(f"predict: input names must be in {names}. Received {unknown}.")
        optional = [field for field in others if isinstance(field, (Choice, Vector))]
        row = {field.name: field.default for field in optional}
        row |= values
        try:
            return {field.name: field.read(row.get(field.name)) for field in self.inputs}
        except UserError as error:
            return {**row, "error": str(error)}
