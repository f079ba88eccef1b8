"""Enrolled people with the embeddings of their images, in a file that grows safely."""

import base64
import json
import numbers
import os
import pathlib
import zlib
from typing import Any, Self

import numpy as np

from keras_dl.training.atomic_file import Json, write_atomically
from keras_dl.typing import Tensor

_FORMAT = 1
_FIRST_ROWS = 16  # capacity of an empty gallery
_CHECKSUM = b', "crc32": '  # before the last entry of a line
_TOLERANCE = 1e-3  # of the length of an embedding


class Gallery:
    """Names of enrolled people (or other classes), and the embeddings of their images.

    A person may have several images. Their score for a query is the cosine similarity of the
    nearest one. The network is not trained again when someone is enrolled.

    After `save` or `load`, each change is appended to the file and is on disk when the method
    returns. The file has one JSON object per line, with its checksum. If the process is killed, the
    file keeps all finished changes, `load` ignores a last line that breaks off, and the next change
    removes it. Only one process at a time may change a file; others may load it meanwhile.

    Args:
        units: int. Size of an embedding.
        threshold: float. Minimum score of a known person.
        false_accept_rate: float from 0 to 1. Rate at which an image of another person reaches the
            threshold, as measured when the threshold was chosen; see
            `keras_dl.metrics.verification_roc`.
        model: str. Identifier of the network, because the embeddings of another network mean
            something else.

    Raises:
        ValueError: if an argument is out of range.

    Example:
    >>> gallery = Gallery(2, threshold=0.9, false_accept_rate=0.01)
    >>> gallery.enroll("ann", [[1, 0], [0, 1]])
    >>> gallery.enroll("bob", [[-1, 0]])
    >>> gallery.identify([[0.1, 0.9], [-0.7, -0.7]])[0][0], gallery.names
    ('ann', ['ann', 'bob'])
    """

    def __init__(
        self,
        units: int,
        *,
        threshold: float = -1.0,
        false_accept_rate: float = 1.0,
        model: str = "",
    ) -> None:
        are_numbers = all(
            isinstance(each, kind) and not isinstance(each, bool)
            for each, kind in (
                (units, numbers.Integral),
                (threshold, numbers.Real),
                (false_accept_rate, numbers.Real),
            )
        )
        if (
            not are_numbers
            or units < 1
            or not 0 <= false_accept_rate <= 1
            or not np.isfinite(float(threshold))
            or not isinstance(model, str)
        ):
            raise ValueError(
                "Gallery: units must be an int of at least 1, threshold finite, false_accept_rate "
                f"from 0 to 1, and model a str. Received units {units!r}, threshold {threshold!r}, "
                f"false_accept_rate {false_accept_rate!r}, model {model!r}. Pass the size of an "
                "embedding and a measured threshold."
            )
        self.units, self.model = units, model
        self.threshold, self.false_accept_rate = float(threshold), float(false_accept_rate)
        self._rows = np.zeros((_FIRST_ROWS, units), "float32")
        self._names: list[str] = []
        self._path: pathlib.Path | None = None

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Reads a gallery. Later changes are appended to its file.

        Raises:
            FileNotFoundError: if there is no file.
            ValueError: if the file is not a gallery, or a finished line is damaged or was changed
                by hand, as its checksum tells. The message names the line.
        """
        path = pathlib.Path(path)
        *lines, last = path.read_bytes().split(b"\n")
        gallery = None
        for number, line in enumerate([*lines, last] if _is_finished(last) else lines, 1):
            try:
                change = _read_line(line)
                if gallery is None:
                    if change.pop("gallery", None) != _FORMAT:
                        raise ValueError("it does not begin as a gallery of this format does")
                    gallery = cls(**change)
                else:
                    gallery._check_change(change)
                    gallery._apply(change)
            # Settings may name an argument that is not there, or ask for any amount of memory.
            except (ValueError, TypeError, RecursionError, MemoryError, OverflowError) as error:
                raise ValueError(
                    "Gallery: a file must have settings in its first line, and a change in each "
                    f"other one. Received {path}, line {number}: {error or type(error).__name__}. "
                    "Restore the file, or enroll again into a new one."
                ) from error
        if gallery is None:
            raise ValueError(
                f"Gallery: a file must begin with the settings of a gallery. Received {path}. "
                "Write one with save."
            )
        gallery._path = path
        return gallery

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the gallery atomically, without the history of its changes.

        Later changes are appended to this file.
        """
        settings = ("units", "threshold", "false_accept_rate", "model")
        header = {"gallery": _FORMAT, **{name: getattr(self, name) for name in settings}}
        with write_atomically(path) as file:
            file.write(_line(header))
            for name, row in zip(self._names, self.vectors, strict=True):
                file.write(_line({"enroll": name, "vectors": _text(row[None])}))
        self._path = pathlib.Path(path)

    def __len__(self) -> int:
        """Number of enrolled images."""
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    @property
    def names(self) -> list[str]:
        """Name of each enrolled person, in the order in which they were enrolled."""
        return list(dict.fromkeys(self._names))

    @property
    def image_names(self) -> list[str]:
        """Name that belongs to each row of `vectors`."""
        return list(self._names)

    @property
    def vectors(self) -> np.ndarray:
        """Embeddings of the enrolled images, scaled to length 1, float32 `(images, units)`."""
        return self._rows[: len(self._names)]

    @property
    def false_alarm_rate(self) -> float:
        """Expected share of queries of unknown people that reach the threshold for someone.

        `1 - (1 - false_accept_rate)^images`: it grows with the gallery.
        """
        return float(-np.expm1(len(self) * np.log1p(-self.false_accept_rate))) if len(self) else 0.0

    def enroll(self, name: str, vectors: Tensor) -> None:
        """Adds images of a person. A person who is already enrolled gets more images.

        Args:
            name: str, not empty.
            vectors: float `(images, units)`. Embeddings, finite and not zero.

        Raises:
            ValueError: if the name is empty, or the vectors have another shape, are not finite or
                are zero.
        """
        rows = self._unit(vectors)
        _check_name(name)
        self._change({"enroll": name, "vectors": _text(rows)})

    def remove(self, name: str) -> None:
        """Removes all images of a person.

        Raises:
            ValueError: if nobody of this name is enrolled.
        """
        self._check_enrolled(name)
        self._change({"remove": name})

    def rename(self, old: str, new: str) -> None:
        """Renames a person.

        Raises:
            ValueError: if nobody has the old name, or somebody has the new one.
        """
        self._check_enrolled(old)
        _check_name(new)
        if new in self:
            raise ValueError(
                f"Gallery: a new name must not be enrolled yet. Received {new!r}. Choose another "
                "one, or remove that person first."
            )
        self._change({"rename": old, "to": new})

    def search(self, vectors: Tensor, k: int = 1) -> list[list[tuple[str, float]]]:
        """Finds the most similar people.

        Args:
            vectors: float `(queries, units)`. Embeddings, finite and not zero.
            k: int, at least 1. Number of people per query.

        Returns:
            list that contains, for each query, pairs of a name and a cosine similarity, the highest
            first. It has fewer than k pairs if fewer people are enrolled.

        Raises:
            ValueError: as in `enroll`, or if k is less than 1.
        """
        if k < 1:
            raise ValueError(f"Gallery: k must be at least 1. Received {k}. Use a positive k.")
        queries = self._unit(vectors)
        if not self._names:
            return [[] for _ in queries]
        # One by one, so that memory does not grow with the number of queries.
        return [self._best(self.vectors @ query, k) for query in queries]

    def identify(self, vectors: Tensor) -> list[tuple[str | None, float]]:
        """Finds the most similar person, or None if nobody reaches the threshold.

        Args:
            vectors: float `(queries, units)`. Embeddings, finite and not zero.

        Returns:
            list of pairs of a name or None, and the highest cosine similarity (-1 in an empty
            gallery).
        """
        found = [best[0] if best else ("", -1.0) for best in self.search(vectors)]
        return [
            (name if name and score >= self.threshold else None, score) for name, score in found
        ]

    def _best(self, scores, k):
        count = k
        while True:
            count = min(2 * count, len(scores))
            rows = np.argpartition(-scores, count - 1)[:count]
            best = {}
            for row in rows[np.argsort(-scores[rows], kind="stable")]:
                best.setdefault(self._names[row], float(scores[row]))
            if len(best) >= k or count == len(scores):
                return list(best.items())[:k]

    def _change(self, change: dict[str, Json]) -> None:
        """Writes a change to disk, and then makes it."""
        if self._path is not None:
            _append(self._path, _line(change))
        self._apply(change)

    def _check_change(self, change: dict[str, Any]) -> None:
        """Raises ValueError if a line of a file is not a change that can have been made."""
        if set(change) not in ({"enroll", "vectors"}, {"remove"}, {"rename", "to"}):
            raise ValueError(f"it has the entries {', '.join(map(repr, change))}")
        if not all(isinstance(each, str) for each in change.values()):
            raise ValueError("a name, or the embeddings, must be a string")
        if "enroll" not in change:
            self._check_enrolled(next(iter(change.values())))
            return
        lengths = np.linalg.norm(self._rows_of(change), axis=1)
        if not (np.abs(lengths - 1) < _TOLERANCE).all():  # NaN is not less
            raise ValueError("the embeddings must have length 1")

    def _rows_of(self, change):
        packed = base64.b64decode(change["vectors"], validate=True)
        return np.frombuffer(packed, "<f4").reshape(-1, self.units)

    def _apply(self, change: dict[str, Any]) -> None:
        if "enroll" in change:
            rows = self._rows_of(change)
            count = len(self._names)
            if count + len(rows) > len(self._rows):  # twice as many, so that copies are rare
                larger = np.zeros((2 * (count + len(rows)), self.units), "float32")
                larger[:count] = self.vectors
                self._rows = larger
            self._rows[count : count + len(rows)] = rows
            self._names += [change["enroll"]] * len(rows)
        elif "remove" in change:
            keep = [row for row, name in enumerate(self._names) if name != change["remove"]]
            self._rows[: len(keep)] = self._rows[keep]
            self._names = [self._names[row] for row in keep]
        else:
            old, new = change["rename"], change["to"]
            self._names = [new if name == old else name for name in self._names]

    def _unit(self, vectors):
        vectors = np.asarray(vectors, "float64")
        if vectors.ndim != 2 or vectors.shape[1] != self.units:
            raise ValueError(
                f"Gallery: vectors must have shape (images, {self.units}). Received shape "
                f"{vectors.shape}. Pass one embedding for each image."
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and lengths.all()):
            raise ValueError(
                "Gallery: vectors must be finite and not zero. Received a vector of length "
                f"{lengths.min() if lengths.size else 0}. Compute the embedding of a valid image."
            )
        return (vectors / lengths).astype("float32")

    def _check_enrolled(self, name):
        if name not in self:
            raise ValueError(
                f"Gallery: name must be one of the {len(self.names)} enrolled names. Received "
                f"{name!r}. Check the spelling."
            )


def _check_name(name):
    if not isinstance(name, str) or not name.strip():
        raise ValueError(
            f"Gallery: name must be a string that is not empty. Received {name!r}. Pass a name."
        )


def _append(path, line):
    """Appends a line and writes it to disk; leaves the file unchanged if that fails.

    A last line that breaks off is removed. `load` leaves it: another process may be writing.
    """
    with open(path, "r+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        if file.read(1) != b"\n":
            before, separator, last = path.read_bytes().rpartition(b"\n")
            if _is_finished(last):  # only its line break is missing
                line = b"\n" + line
            else:
                size = len(before + separator)
                file.truncate(size)
        file.seek(size)
        try:
            if file.write(line) < len(line):
                raise OSError(f"{path}: no space is left on the device")
            os.fsync(file.fileno())
        except BaseException:
            file.truncate(size)
            raise


def _line(content):
    """Returns a JSON object as a line, with the checksum of its bytes as the last entry."""
    encoded = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return b"%s%s%d}\n" % (encoded[:-1], _CHECKSUM, zlib.crc32(encoded))


def _is_finished(line):
    """Returns whether a line is whole: no quotes in a name look like the mark of the checksum."""
    return _CHECKSUM in line and line.rstrip(b"\r").endswith(b"}")


def _read_line(line):
    """Returns the JSON object in a line, without its checksum."""
    content = json.loads(line)
    if not isinstance(content, dict):
        raise ValueError("it is not a JSON object")
    before, _, checksum = line.rstrip(b"\r").rpartition(_CHECKSUM)
    if checksum != b"%d}" % zlib.crc32(before + b"}"):  # nothing may follow it
        raise ValueError("its checksum is missing or does not match: it is damaged or was changed")
    del content["crc32"]
    return content


def _text(rows):
    return base64.b64encode(rows.astype("<f4").tobytes()).decode()
