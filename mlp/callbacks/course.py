"""Where a training stands: what callbacks have noted, and how far the data and the means of an epoch are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mlp.callbacks.base import Callback
from mlp.errors import ModelFileError

__all__ = ["Course"]


class Tallied(Protocol):
    """Means that are gathered over an epoch."""

    def get_state(self) -> dict[str, Any]: ...

    def set_state(self, state: Mapping[str, Any]) -> None: ...


class Fed(Protocol):
    """A way through data."""

    def get_state(self, done: int = 0) -> dict[str, Any]: ...

    def set_state(self, state: Mapping[str, Any]) -> None: ...


class Course:
    """Where a training stands, apart from the network: for `BackupAndRestore`, which gets it from the `CallbackList`.

    Parameters
    ----------
    callbacks : list of Callback
        Those that are told of the training.

    Attributes
    ----------
    done : int
        How many batches of the epoch that comes next had been trained on when the training was interrupted.
    """

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        self.callbacks = callbacks
        self.done = 0
        self._tally: Tallied | None = None
        self._feeds: list[Fed] = []

    def follow(self, tally: Tallied, *feeds: Fed) -> None:
        """Learn what the loop of the training goes by: the means of the running epoch, the data, those of validation."""
        self._tally, self._feeds = tally, list(feeds)

    def get_state(self, done: int = 0) -> dict[str, Any]:
        """Where the training stands after so many batches of an epoch; after none, between two epochs."""
        return {
            "callbacks": self.callback_states(),
            "done": done,
            "tally": self._tally.get_state() if self._tally is not None and done else None,
            "feeds": [feed.get_state(0 if i else done) for i, feed in enumerate(self._feeds)],
        }

    def callback_states(self) -> list[dict[str, Any]]:
        """Class and state of every callback that has one, in their order."""
        return [
            {"class": type(callback).__name__, "state": callback.get_state()} for callback in self._having()
        ]

    def _having(self) -> list[Callback]:
        """The callbacks that have a state."""
        return [
            callback
            for callback in self.callbacks
            if callback.state_names or type(callback).get_state is not Callback.get_state
        ]

    def check(self, state: Mapping[str, Any]) -> None:
        """Refuse the state of a training with other callbacks or other data.

        Raises
        ------
        ModelFileError
            If it is one.
        """
        then = [kept["class"] for kept in state["callbacks"]]
        now = [type(callback).__name__ for callback in self._having()]
        if then != now:
            raise ModelFileError(
                f"it is of a training with the callbacks {', '.join(then)}, now there are {', '.join(now)}: give fit the same "
                "ones in the same order, or remove the backup to begin anew"
            )
        if len(state["feeds"]) != len(self._feeds):
            raise ModelFileError(
                "it is of a training whose data were of another form: give fit the same data, or remove the backup to begin "
                "anew"
            )

    def set_callback_states(self, states: Sequence[Mapping[str, Any]]) -> None:
        """Give callbacks their states."""
        for callback, kept in zip(self._having(), states, strict=True):
            if kept["state"] is not None:
                callback.set_state(kept["state"])

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.done = state["done"]
        if self._tally is not None and self.done:
            self._tally.set_state(state["tally"])
        for feed, kept in zip(self._feeds, state["feeds"], strict=True):
            feed.set_state(kept)
        self.set_callback_states(state["callbacks"])
