"""``mlp predict``: a row of CSV for every row of a table."""

from __future__ import annotations

import argparse
import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mlp.arrays import Array
from mlp.commands.card import Card
from mlp.commands.outputs import choices, probabilities
from mlp.commands.paths import load_model, output_path
from mlp.commands.rows import plain_rows
from mlp.commands.table import read_table
from mlp.commands.target import CLASSIFICATION
from mlp.errors import ArgumentError
from mlp.files.atomic import replacing

__all__ = ["predict"]


def predict(options: argparse.Namespace) -> Iterator[str]:
    """The predictions as CSV, or where they were written.

    Raises
    ------
    MLPError, OSError
        If model and data do not fit together; nothing is written then.
    """
    path = None if options.output is None else _new_file(options.output, options.data, options.model)
    network = load_model(options.model)
    card = Card.of(network, options.model)
    if card is not None:
        outputs = network.predict(read_table(options.data, card.features).x)
    else:
        outputs = network.predict(plain_rows(network, options.data)[0])
    text = _as_csv(outputs.reshape(len(outputs), math.prod(outputs.shape[1:])), card)
    if path is None:
        yield text.removesuffix("\n")
        return
    with replacing(path) as file:
        file.write(text.encode())
    yield f"Wrote {len(outputs)} rows to {path}"


def _new_file(output: str, *inputs: str) -> Path:
    path = output_path(output)
    for used in map(Path, inputs):
        if path.exists() and used.exists() and path.samefile(used):
            raise ArgumentError(f"--output {output} would replace {used}; give another name")
    return path


def _as_csv(outputs: Array, card: Card | None) -> str:
    """A header and a line per row; numbers are written so that reading them gives the same bits."""
    header: Sequence[str]
    rows: Iterable[Sequence[object]]
    if card is None:
        header = ["output"] if outputs.shape[1] == 1 else [f"output_{i}" for i in range(outputs.shape[1])]
        rows = outputs.tolist()
    elif card.task == CLASSIFICATION:
        header = [card.target, *(f"P({label})" for label in card.labels)]
        chosen = [card.labels[number] for number in choices(outputs)]
        rows = ([label, *row] for label, row in zip(chosen, probabilities(outputs).tolist(), strict=True))
    else:
        header, rows = [card.target], outputs.tolist()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
