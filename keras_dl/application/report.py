"""What a measurement gives: metrics and plots."""

import dataclasses
import re
from typing import Any

_KEY = re.compile(r"[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Metric:
    """One measured number.

    Args:
        key: name for machines, the same in every report: words with dots between groups, without
            spaces and without numbers that were measured or configured.
        value: int or float.
        label: name for people. Empty: the key with spaces.
        unit: what the value is counted in, for instance `"s"`.

    Raises:
        ValueError: if the key is no such name, or the value no number.
    """

    key: str
    value: float
    label: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(
                f"Metric: key must be words with dots between. Received {self.key!r}. "
                "Put sentences and numbers into the label."
            )
        value = self.value.item() if hasattr(self.value, "item") else self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(
                f"Metric: value of {self.key} must be a number. Received {value!r}. "
                "Put text into the notes of the report."
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
    """What `measure` of an application returns.

    Args:
        metrics: list of `Metric`, in the order in which people read them.
        plots: dict from names of files to matplotlib figures.
        notes: lines to print that are no numbers.
    """

    metrics: list[Metric]
    plots: dict[str, Any] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def values(self) -> dict[str, float]:
        """Returns the values by their keys.

        Raises:
            ValueError: if two metrics have one key.
        """
        found = {metric.key: metric.value for metric in self.metrics}
        if len(found) < len(self.metrics):
            raise ValueError("Report: metrics must have different keys. Rename one of two.")
        return found
