"""A training that goes on where it was interrupted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mlp import checks
from mlp.callbacks.base import Logs
from mlp.callbacks.periodic import Periodic
from mlp.errors import ArgumentError, ModelFileError

__all__ = ["BackupAndRestore"]


class BackupAndRestore(Periodic):
    """Keeps the state of a training in a folder; the same call of `fit` after a crash goes on from there.

    Weights, the optimizer's state, the states of all generators and the epoch are kept in one file, which appears whole or
    not at all: epochs before and after the interruption are, to the last bit, those of a training without one.  The
    state of other callbacks is not kept; those that set a learning rate belong before this one, so that the rate is.  The
    history has the epochs of the second call.

    Parameters
    ----------
    backup_dir : str or Path
        The folder, for one training alone; it is made.
    save_freq : "epoch" or int, default "epoch"
        After every epoch, or after so many batches.  In the middle of an epoch the weights are those of its last backup,
        and the epoch begins again, as in Keras.
    double_checkpoint : bool, default False
        Keep the backup before the last, too, and take it where the last is damaged.
    delete_checkpoint : bool, default True
        Remove the backups when the training is complete, and the folder, if nothing else is in it.

    Examples
    --------
    >>> import tempfile
    >>> from mlp import Network
    >>> from mlp.callbacks import LambdaCallback
    >>> from mlp.layers import Dense
    >>> def crash(epoch, logs):
    ...     raise RuntimeError("the power fails")
    >>> folder = tempfile.mkdtemp()
    >>> for crashes in ({"on_epoch_begin": lambda epoch, logs: epoch == 2 and crash(epoch, logs)}, {}):
    ...     net = Network([Dense(1, input_dim=1)], rng=0)
    ...     net.compile("sgd", "mse")
    ...     told = [BackupAndRestore(folder), LambdaCallback(**crashes)]
    ...     try:
    ...         print(net.fit([[1.0]], [2.0], epochs=4, callbacks=told, verbose=0).epoch)
    ...     except RuntimeError as error:
    ...         print(error)
    the power fails
    [2, 3]
    """

    only_watches = True

    def __init__(
        self,
        backup_dir: str | Path,
        save_freq: int | str = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__(save_freq)
        self.backup_dir = Path(checks.text("backup_dir", os.fspath(backup_dir)))
        self.double_checkpoint = checks.flag("double_checkpoint", double_checkpoint)
        self.delete_checkpoint = checks.flag("delete_checkpoint", delete_checkpoint)
        self._latest, self._previous = self.backup_dir / "latest.npz", self.backup_dir / "previous.npz"

    def on_train_begin(self, logs: Logs = None) -> None:
        """Take up a training that was interrupted.

        Raises
        ------
        ModelFileError
            If the backups are damaged or of another network; nothing is changed then.
        OSError
            If the folder cannot be made.
        """
        from mlp.files.state import read_state

        self.first_epoch = 0
        if self.backup_dir.exists() and not self.backup_dir.is_dir():
            raise ArgumentError(f"BackupAndRestore: {self.backup_dir} is a file; backup_dir must be a folder")
        self.backup_dir.mkdir(parents=True, exist_ok=True)
        backups = [path for path in (self._latest, self._previous) if path.exists()]
        for path in backups:
            try:
                self.first_epoch = int(read_state(self.model, path)["epoch"])
                return
            except ModelFileError:
                if path is backups[-1]:
                    raise

    def save(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> None:
        """Write the state."""
        from mlp.files.state import write_state

        if self.double_checkpoint and self._latest.exists():
            self._latest.replace(self._previous)
        write_state(self.model, self._latest, {"epoch": epoch + 1 if batch is None else epoch})

    def on_train_end(self, logs: Logs = None) -> None:
        """Remove the backups, if the training is complete."""
        if self.delete_checkpoint and self.params.get("completed"):
            self._latest.unlink(missing_ok=True)
            self._previous.unlink(missing_ok=True)
            if self.backup_dir.is_dir() and not any(self.backup_dir.iterdir()):
                self.backup_dir.rmdir()
