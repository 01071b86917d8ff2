"""What a cell prints is one text, wherever the kernel happened to send it off.

MyST-NB ends every piece of a stream with a new line, and a kernel sends a piece every fifth of a second: a cell that takes
its time could be broken in mid-line, differently in each build.
"""

from __future__ import annotations

from typing import Any

from myst_nb.core import render
from sphinx.application import Sphinx


def whole(outputs: list[Any]) -> list[Any]:
    """The outputs, each stream in one piece at the place of its first."""
    found: list[Any] = []
    streams: dict[str, Any] = {}
    for output in outputs:
        if output["output_type"] != "stream":
            found.append(output)
        elif output["name"] in streams:
            streams[output["name"]]["text"] += output["text"]
        else:
            streams[output["name"]] = output
            found.append(output)
    return found


def setup(app: Sphinx) -> dict[str, Any]:
    """Take the place of MyST-NB's function."""
    render.coalesce_streams = whole
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
