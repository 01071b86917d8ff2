"""Files of the network while it is trained."""

from __future__ import annotations

import os
import string
from pathlib import Path
from typing import Any

import numpy as np

from mlp import checks
from mlp.callbacks.base import Logs, say
from mlp.callbacks.monitoring import Monitoring
from mlp.callbacks.periodic import Periodic
from mlp.errors import ArgumentError, UnknownNameError
from mlp.names import nearest

__all__ = ["ModelCheckpoint"]


class ModelCheckpoint(Monitoring, Periodic):
    """Saves the network, or its weights, after every epoch or every so many batches; each file appears whole or not at all.

    A network that was saved whole after ``n`` epochs trains on with ``fit(..., initial_epoch=n)`` as if it had not been
    interrupted, to the last bit; a callback that sets the learning rate then belongs before this one.  What callbacks
    have noted is not in the file: `BackupAndRestore` keeps that too.

    Parameters
    ----------
    filepath : str or Path
        The file, whose suffix tells the format.  Names in braces stand for the epoch, counted from 1, and for what is in
        logs: ``"{epoch:02d}-{val_loss:.2f}.npz"``; with ``save_freq`` a number also for the ``batch``.  A folder that
        there is not is made.
    monitor : str, default "val_loss"
        The quantity that tells which is the best.
    verbose : int, default 0
        1 says on stderr what is saved and why.
    save_best_only : bool, default False
        Save only what is better than all that came before, in earlier calls of `Network.fit` too; epochs without the quantity are
        passed over.
    save_weights_only : bool, default False
        Save the weights alone.
    mode : {"auto", "min", "max"}
        Whether less or more is better; "auto" knows that of the loss and of every metric.
    save_freq : "epoch" or int, default "epoch"
        After every epoch, or after so many batches, counted on from epoch to epoch.
    initial_value_threshold : float, optional
        With ``save_best_only``, what the first to be saved must be better than.

    Examples
    --------
    >>> import tempfile
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)], rng=0)
    >>> net.compile("sgd", "mse")
    >>> folder = Path(tempfile.mkdtemp())
    >>> keep = ModelCheckpoint(folder / "{epoch:02d}.npz")
    >>> history = net.fit([[1.0]], [2.0], epochs=3, callbacks=[keep], verbose=0)
    >>> sorted(path.name for path in folder.iterdir())
    ['01.npz', '02.npz', '03.npz']
    """

    only_watches = True
    state_names = (*Periodic.state_names, "best")

    def __init__(
        self,
        filepath: str | Path,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: int | str = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        Monitoring.__init__(self, monitor, mode)
        Periodic.__init__(self, save_freq)
        self.filepath = checks.text("filepath", os.fspath(filepath))
        self.verbose = checks.one_of("verbose", verbose, (0, 1))
        self.save_best_only = checks.flag("save_best_only", save_best_only)
        self.save_weights_only = checks.flag("save_weights_only", save_weights_only)
        self.initial_value_threshold = (
            None
            if initial_value_threshold is None
            else checks.real("initial_value_threshold", initial_value_threshold)
        )
        self.best = self.initial_value_threshold

    def on_train_begin(self, logs: Logs = None) -> None:
        """Refuse a path or a quantity that will not do, before there is anything to lose.

        Raises
        ------
        UnknownNameError, ArgumentError
            If the path has names that there will not be or a suffix that is no format's, or the quantity is not known.
        OSError
            If the folder cannot be made.
        """
        from mlp import files

        if self.save_best_only:
            super().on_train_begin(logs)
        path = self._path_with_samples()
        files.format_for(path)
        if "{" not in str(Path(self.filepath).parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise ArgumentError(f"ModelCheckpoint: {path} is a folder; filepath must be that of a file")

    def _path_with_samples(self) -> Path:
        """The path with numbers for its names, to see whether it can be filled in."""
        of_batches = self.save_freq != "epoch"
        measured = [name for name in self.params["metrics"] if not (of_batches and name.startswith("val_"))]
        known = ["epoch", *(["batch"] if of_batches else []), *measured]
        try:
            fields = [
                field for _, field, _, _ in string.Formatter().parse(self.filepath) if field is not None
            ]
            for field in fields:
                if field not in known and not field.startswith("learning_rate"):
                    raise UnknownNameError(
                        f"ModelCheckpoint: {field!r} in {self.filepath!r} is not known{nearest(field, known)} "
                        f"Known: {', '.join(known)}"
                    )
            counted = {"epoch": 1, "batch": 1}
            return Path(self.filepath.format(**{**dict.fromkeys(fields, 0.5), **counted}))
        except UnknownNameError:
            raise
        except (ValueError, IndexError) as error:
            raise ArgumentError(
                f"ModelCheckpoint: filepath {self.filepath!r} cannot be filled in: {error}"
            ) from None

    def save(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> None:
        """Write the file, if it is to be written.

        Raises
        ------
        UnknownNameError
            If the path needs a quantity that this epoch does not have.
        OSError
            If the file cannot be written.
        """
        if self.save_best_only and self.monitor not in logs:
            return
        value: Any = logs.get(self.monitor)
        before = "None" if self.best is None else f"{self.best:.5f}"
        if self.save_best_only and not self._improves(value, self.best):
            self._tell(f"Epoch {epoch + 1}: {self.monitor} did not improve from {before}")
            return
        path = self._path(epoch, batch, logs)
        if self.save_best_only:
            self._tell(
                f"Epoch {epoch + 1}: {self.monitor} improved from {before} to {value:.5f}, saving model to {path}"
            )
        else:
            self._tell(f"Epoch {epoch + 1}: saving model to {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        if self.save_best_only:
            self.best = value
        self._tell(f"Epoch {epoch + 1}: finished saving model to {path}")

    def _path(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> Path:
        places = {"epoch": epoch + 1} if batch is None else {"epoch": epoch + 1, "batch": batch + 1}
        try:
            return Path(self.filepath.format(**{**logs, **places}))
        except KeyError as error:
            raise UnknownNameError(
                f"ModelCheckpoint: epoch {epoch + 1} has no {error} for {self.filepath!r}; it has {', '.join(logs)}"
            ) from None
        except TypeError:
            several = ", ".join(name for name, value in logs.items() if np.ndim(value))
            raise ArgumentError(
                f"ModelCheckpoint: filepath {self.filepath!r} has a place for one number; several are in {several}"
            ) from None

    def _tell(self, text: str) -> None:
        if self.verbose:
            say(text)
