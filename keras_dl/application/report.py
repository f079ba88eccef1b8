"""Metrics and plots that an evaluation returns."""

import dataclasses
import re
from typing import Any

_KEY = re.compile(r"[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric and its value.

    Args:
        key: str. Key in JSON: words separated by dots, without spaces. It must be the same in every
            report, so it must not contain values or settings.
        value: int or float.
        label: str. Name in printed text. If empty, the key with its dots replaced by spaces.
        unit: str. Unit of the value, for instance `"s"`.

    Raises:
        ValueError: if the key is invalid or the value is not a number.
    """

    key: str
    value: float
    label: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(
                f"Metric: key must be words separated by dots. Received {self.key!r}. "
                "Move sentences and numbers to the label."
            )
        value = self.value.item() if hasattr(self.value, "item") else self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(
                f"Metric: value of {self.key} must be a number. Received {value!r}. "
                "Move text to the notes of the report."
            )
        object.__setattr__(self, "value", value)

    def __str__(self) -> str:
        name = self.label or re.sub("[._]", " ", self.key)
        name = f"{name}, {self.unit}" if self.unit else name
        value, shown = self.value, str(self.value)
        if isinstance(value, float):
            shown = f"{value:.4f}" if value == 0 or abs(value) >= 1e-4 else f"{value:.1e}"
        return f"{name:44} {shown}"


@dataclasses.dataclass(frozen=True)
class Report:
    """Result of `Application.measure`.

    Args:
        metrics: list of `Metric`, in the order in which they are printed.
        plots: dict from file names, without extension, to matplotlib figures.
        notes: tuple of lines to print after the metrics.
    """

    metrics: list[Metric]
    plots: dict[str, Any] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def values(self) -> dict[str, float]:
        """Returns a dict from keys to values.

        Raises:
            ValueError: if two metrics have the same key.
        """
        values = {metric.key: metric.value for metric in self.metrics}
        if len(values) < len(self.metrics):
            raise ValueError("Report: metrics must have different keys. Rename one of them.")
        return values
