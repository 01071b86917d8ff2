"""A training that goes on where it was interrupted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlp import checks
from mlp.arrays import all_finite
from mlp.callbacks.base import Logs
from mlp.callbacks.course import Course
from mlp.callbacks.periodic import Periodic
from mlp.errors import ArgumentError, ModelFileError, NonFiniteError

if TYPE_CHECKING:
    from mlp.files.state import State

__all__ = ["BackupAndRestore"]


class BackupAndRestore(Periodic):
    """Keeps the state of a training in a folder; the same program, run again after a crash, goes on from there.

    All that training goes by is kept in one file, which appears whole or not at all: weights, the optimizer's state, the
    states of all generators, the history, the states of the other callbacks (`Callback.get_state`), and where the data
    stand.  Weights and history are then, to the last bit, those of a training without an interruption, whenever it was:
    the process may have been killed.  It is told everything after all others, wherever it stands among them.

    The call of `Network.fit` must be the same, with the same data and callbacks.  What is not kept: the states of callbacks that
    bring none, and of data that somebody else makes at random.  An iterator is gone forward by as many batches as it
    has given, as one that the program makes anew.  Where `Network.fit` splits the data at random, the network needs a seed.

    Parameters
    ----------
    backup_dir : str or Path
        The folder, for one training alone; it is made.
    save_freq : "epoch" or int, default "epoch"
        After every epoch, or after so many batches, from where an epoch then goes on; ``on_epoch_begin`` of callbacks is
        called again for it, but what that changes is not seen.
    double_checkpoint : bool, default False
        Keep the backup before the last, too, and take it where the last is damaged.
    delete_checkpoint : bool, default True
        Remove the backups when the training is complete, and the folder, if nothing else is in it.  A program that is
        interrupted after that trains anew; False keeps them, and it does not.

    Examples
    --------
    >>> import tempfile
    >>> from mlp import Network
    >>> from mlp.callbacks import LambdaCallback
    >>> from mlp.layers import Dense
    >>> def crash(epoch, logs):
    ...     raise RuntimeError("the power fails")
    >>> folder = tempfile.mkdtemp()
    >>> at_the_third = lambda epoch, logs: epoch == 2 and crash(epoch, logs)
    >>> for crashes in ({"on_epoch_begin": at_the_third}, {}):
    ...     net = Network([Dense(1, input_dim=1)], rng=0)
    ...     net.compile("sgd", "mse")
    ...     told = [BackupAndRestore(folder), LambdaCallback(**crashes)]
    ...     try:
    ...         print(net.fit([[1.0]], [2.0], epochs=4, callbacks=told, verbose=0).epoch)
    ...     except RuntimeError as error:
    ...         print(error)
    the power fails
    [0, 1, 2, 3]
    """

    only_watches = True
    told_last = True

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
        self._latest_is_whole = self._gone_wrong = False
        self._middle: State | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Take up a training that was interrupted, or keep the state in which a new one begins.

        Raises
        ------
        ModelFileError
            If the backups are damaged or of another training; nothing is changed then.
        ArgumentError
            If a file is in the place of the folder, or there are several of these callbacks.
        OSError
            If the folder cannot be made, or the file not written.
        """
        from mlp.files.state import read_state

        self.first_epoch, self._middle = 0, None
        self._latest_is_whole = self._gone_wrong = False
        self.course = self.course or Course([self])
        if sum(isinstance(callback, BackupAndRestore) for callback in self.course.callbacks) > 1:
            raise ArgumentError(
                "give one BackupAndRestore: of several, nobody could say which of them to go by"
            )
        if self.backup_dir.exists() and not self.backup_dir.is_dir():
            raise ArgumentError(f"BackupAndRestore: {self.backup_dir} is a file; backup_dir must be a folder")
        self.backup_dir.mkdir(parents=True, exist_ok=True)
        backups = [path for path in (self._latest, self._previous) if path.exists()]
        for path in backups:
            try:
                self._take_up(read_state(path), path)
                self._latest_is_whole = path == self._latest
                return
            except ModelFileError:
                if path is backups[-1]:
                    raise
        self.save(-1, None, {})

    def _take_up(self, state: State, path: Path) -> None:
        """Go on from a state, or leave everything as it is."""
        from mlp.files.state import state_of

        course, more = self.course, state.more
        assert course is not None  # noqa: S101 - since on_train_begin
        before = state_of(self.model, {"callbacks": course.callback_states()})
        try:
            if "callbacks" in more:  # files of old have the network alone
                course.check(more)
            state.restore(self.model)
            if "callbacks" in more:
                course.set_state(more)
        except Exception as error:
            before.restore(self.model)
            course.set_callback_states(before.more["callbacks"])
            if isinstance(error, OSError):
                raise
            raise ModelFileError(f"{path}: {error}") from error
        self._middle = state if course.done else None
        self.model.stop_training = more.get("stopped", False)
        self.first_epoch = self.params.get("epochs", 0) if self.model.stop_training else more["epoch"]

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Put back what others have changed at the beginning of an epoch that had begun before."""
        super().on_epoch_begin(epoch, logs)
        self._gone_wrong = False
        if self._middle is not None and self.course is not None:
            self._middle.restore(self.model)
            self.course.set_callback_states(self._middle.more["callbacks"])
            self._middle = None

    def on_non_finite(self, error: NonFiniteError) -> None:
        """Keep nothing more of an epoch that goes no further."""
        self._gone_wrong = True

    def save(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> None:
        """Write the state, if one can go on from it.

        Raises
        ------
        ArgumentTypeError
            If the state of a callback or metric is nothing that a file can hold.
        OSError
            If it cannot be written; the backup before stays.
        """
        from mlp.files.state import state_of, write_state

        assert self.course is not None  # noqa: S101 - since on_train_begin
        epoch_ends_here = self._gone_wrong or self.model.stop_training
        if (batch is not None and epoch_ends_here) or not all(map(all_finite, self.model.weights)):
            return  # from the backup before, training comes here again
        more = {
            **self.course.get_state(0 if batch is None else batch + 1),
            "epoch": epoch + 1 if batch is None else epoch,
            "stopped": self.model.stop_training,
        }
        aside = self._previous if self.double_checkpoint and self._latest_is_whole else None
        write_state(state_of(self.model, more), self._latest, aside)
        self._latest_is_whole = True

    def on_train_end(self, logs: Logs = None) -> None:
        """Remove the backups, if the training is complete."""
        self.course = self._middle = None
        if self.delete_checkpoint and self.params.get("completed"):
            self._latest.unlink(missing_ok=True)
            self._previous.unlink(missing_ok=True)
            if self.backup_dir.is_dir() and not any(self.backup_dir.iterdir()):
                self.backup_dir.rmdir()
