"""Ctrl-C that waits for the end of the running batch."""

from __future__ import annotations

from types import FrameType, TracebackType
from typing import Self

__all__ = ["Interrupt"]


class Interrupt:
    """While this context lasts, Ctrl-C is noted; `take_effect` then raises ``KeyboardInterrupt``.

    Only where Python's own handler would have answered, and only in the main thread, which alone
    receives signals.
    """

    def __init__(self) -> None:
        self.requested = False
        self._installed = False

    def __enter__(self) -> Self:
        import signal
        import threading

        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._installed = True
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.requested = True

    def take_effect(self) -> None:
        """Raise what Ctrl-C asked for.

        Raises
        ------
        KeyboardInterrupt
            If Ctrl-C was pressed.
        """
        if self.requested:
            raise KeyboardInterrupt

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._installed:
            import signal

            signal.signal(signal.SIGINT, signal.default_int_handler)
        if kind is None:
            self.take_effect()
