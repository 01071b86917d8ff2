"""The results of every epoch as a table in a file."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from mlp import checks
from mlp.callbacks.base import Callback, Logs
from mlp.errors import ArgumentError

__all__ = ["CSVLogger"]


class CSVLogger(Callback):
    """Writes the results of every epoch into a file, a line each, which is on the disk when the next epoch begins.

    The columns are ``epoch`` and the names in the first epoch's logs in alphabetical order; without validation, columns
    for its results follow, filled with ``NA``.

    Parameters
    ----------
    filename : str or Path
        The file; its folder must exist.
    separator : str of one character, default ","
        What stands between two columns.
    append : bool, default False
        Go on with a file that exists, in its own columns, instead of replacing it.

    Examples
    --------
    >>> import tempfile
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=1)])
    >>> net.compile("sgd", "mse")
    >>> path = Path(tempfile.mkdtemp(), "log.csv")
    >>> history = net.fit([[1.0]], [2.0], epochs=2, callbacks=[CSVLogger(path)], verbose=0)
    >>> for line in path.read_text().splitlines():
    ...     print(line)
    epoch,loss,val_loss
    0,1.0,NA
    1,0.9216,NA
    """

    only_watches = True

    def __init__(self, filename: str | Path, separator: str = ",", append: bool = False) -> None:
        self.filename = Path(checks.text("filename", os.fspath(filename)))
        self.separator = checks.text("separator", separator)
        if len(separator) != 1:
            raise ArgumentError(f"separator must be one character, got {separator!r}")
        self.append = checks.flag("append", append)
        self._file: IO[str] | None = None
        self._columns: list[str] = []
        self._start = 0

    def on_train_begin(self, logs: Logs = None) -> None:
        """Open the file.

        Raises
        ------
        OSError
            If it cannot be written.
        ArgumentError
            If there is a file to go on with that is no table of epochs.
        """
        self._columns = self._known_columns() if self.append else []
        self._file = self.filename.open("a" if self.append else "w", newline="", encoding="utf-8")
        self._start = self.filename.stat().st_size

    def get_state(self) -> dict[str, Any]:
        """The lines of this training."""
        with self.filename.open("rb") as file:
            file.seek(self._start)
            lines = np.frombuffer(file.read(), np.uint8)
        return {"columns": self._columns, "start": self._start, "lines": lines}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Put the lines back behind what the file held before this training, and go on behind them.

        Raises
        ------
        ArgumentError
            If the file has become shorter than it was before this training.
        """
        if self._file is None or self.filename.stat().st_size < state["start"]:
            raise ArgumentError(
                f"{self.filename}: the table that this training went on with is there no more; put it back, or remove the "
                "backup to begin anew"
            )
        self._columns, self._start = list(state["columns"]), state["start"]
        self._file.truncate(self._start)
        self._file.seek(self._start)
        self._file.write(state["lines"].tobytes().decode())
        self._file.flush()

    def _known_columns(self) -> list[str]:
        if not self.filename.exists():
            return []
        with self.filename.open(newline="", encoding="utf-8") as file:
            columns = next(csv.reader(file, delimiter=self.separator), [])
        if columns and columns[0] != "epoch":
            raise ArgumentError(
                f"{self.filename}: the first column must be 'epoch' to go on with this table, got {columns[0]!r}"
            )
        return columns

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write a line."""
        if self._file is None:
            return
        results: dict[str, Any] = logs or {}
        writer = csv.writer(self._file, delimiter=self.separator)
        if not self._columns:
            names = sorted(results)
            if not any(name.startswith("val_") for name in names):
                names += [f"val_{name}" for name in names]
            self._columns = ["epoch", *names]
            writer.writerow(self._columns)
        writer.writerow([epoch, *(_cell(results.get(name, "NA")) for name in self._columns[1:])])
        self._file.flush()

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_file": None}


def _cell(value: Any) -> Any:
    """A number as it is, several as a list."""
    return np.asarray(value).tolist() if np.ndim(value) else value
