"""``mlp inspect``: what a model file holds and whether it is safe, told without building anything of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from mlp.commands.architecture import layer_lines, short, shown, weight_lines
from mlp.commands.paths import describe_model
from mlp.files.description import Description

__all__ = ["inspect"]


def inspect(options: argparse.Namespace) -> Iterator[str]:
    """Who wrote it, its layers, its weights, what it was compiled with."""
    found = describe_model(options.file)
    size = Path(options.file).stat().st_size
    yield f"{options.file}: {size:,} bytes, written by {short(found.origin)}"
    yield "Safe: yes; it is data alone, and nothing in it would run, open files or import modules"
    if found.architecture is None:
        yield "Layers: not in the file, which holds weights alone"
    else:
        yield "Layers:"
        yield from (f"  {line}" for line in layer_lines(found.architecture))
    yield f"Weights: {found.n_values:,} numbers in {len(found.weights)} arrays"
    yield from weight_lines(found)
    yield from _training(found)
    yield from (f"Note: {short(note, 500)}" for note in found.notes)


def _training(found: Description) -> Iterator[str]:
    if found.compiled is None:
        yield "Not compiled"
        return
    yield f"Compiled: optimizer={shown(found.compiled.get('optimizer'))}, loss={shown(found.compiled.get('loss'))}"
    if found.optimizer_state is not None:
        yield f"Steps of the optimizer: {shown(found.optimizer_state.get('iterations'))}"
