"""``mlp convert``: a model file of one format from one of another."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from mlp.commands.architecture import short
from mlp.commands.paths import describe_model
from mlp.errors import ArgumentError
from mlp.files import format_for, naming
from mlp.files.description import build

__all__ = ["convert"]


def convert(options: argparse.Namespace) -> Iterator[str]:
    """Where the network was written, and what could not be taken along.

    Raises
    ------
    MLPError, OSError
        If it cannot be; nothing is written then.
    """
    target = Path(options.to)
    form = format_for(target)
    whole = hasattr(form, "write") or not hasattr(form, "write_weights")
    if target.exists() and not options.overwrite:
        raise ArgumentError(f"{target} exists; --overwrite replaces it")
    found = describe_model(options.file)
    with naming(Path(options.file)):
        network = build(found)
    if whole:
        network.save(target, pure_python=options.pure_python)
    else:
        network.save_weights(target)
    yield from (f"Note: {short(note, 500)}" for note in found.notes)
    what = "" if whole else ", weights alone"
    yield f"Wrote {target}: {network.count_params():,} parameters in {len(network.layers)} layers{what}"
