"""``mlp explain``: the calculation of a model for a row or a few, number by number."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlp.arrays import Array
from mlp.commands.card import Card
from mlp.commands.names import listing, suggestion
from mlp.commands.outputs import targets_for
from mlp.commands.paths import load_model, output_path
from mlp.commands.table import number
from mlp.commands.target import CLASSIFICATION
from mlp.errors import ArgumentError, DataError
from mlp.files.atomic import replacing
from mlp.losses import Loss
from mlp.losses.choosing import Crossentropy
from mlp.network import Network

if TYPE_CHECKING:
    from mlp.explain.calculation import Calculation

__all__ = ["FORMATS", "explain"]

FORMATS = ("text", "latex", "html")

PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body>
{body}
</body>
</html>"""


def explain(options: argparse.Namespace) -> Iterator[str]:
    """The calculation, or where it was written.

    Raises
    ------
    MLPError, OSError
        If model and numbers do not fit together; nothing is written then.
    """
    path = None if options.output is None else _new_file(options.output, options.model)
    network = load_model(options.model)
    card = Card.of(network, options.model)
    if network.takes_several or network.n_outputs > 1:
        raise ArgumentError(
            f"{options.model} has several inputs or outputs; in Python: mlp.load({options.model!r}).explain([...])"
        )
    x = _rows_of_x(network, card, options.input)
    y = None
    if options.target:
        y = _targets(network, card, options)
    elif options.loss or options.optimizer:
        raise ArgumentError(
            "--loss and --optimizer are for the way back, which begins at a target: add --target"
        )
    calculation = network.explain(x, y, options.optimizer, options.digits, options.language)
    text = _written(calculation, options.format, Path(options.model).name)
    if path is None:
        yield text.removesuffix("\n")
        return
    with replacing(path) as file:
        file.write(text.encode() if text.endswith("\n") else f"{text}\n".encode())
    yield f"Wrote {path}"


def _new_file(output: str, model: str) -> Path:
    path = output_path(output)
    if path.exists() and Path(model).exists() and path.samefile(model):
        raise ArgumentError(f"--output {output} would replace the model; give another name")
    return path


def _written(calculation: Calculation, form: str, name: str) -> str:
    """A whole document of the format."""
    if form == "latex":
        return calculation.latex(document=True)
    if form == "html":
        from mlp.markup import escaped

        return PAGE.format(language=calculation.language, title=escaped(name), body=calculation.html())
    return calculation.text()


def _numbers(option: str, text: str) -> list[float]:
    """Numbers separated by commas."""
    found = []
    for cell in text.split(","):
        value = number(cell.strip())
        if value is None:
            raise DataError(
                f"{option} {text}: {cell.strip()!r} is not a number; write numbers separated by commas: {option} 0.3,0.1"
            )
        found.append(value)
    return found


def _rows_of_x(network: Network, card: Card | None, given: Sequence[str]) -> Array:
    """The rows, in the shape that the network takes."""
    shape = network.input_shape[1:]
    names = "" if card is None else f" ({listing(card.features)})"
    rows = []
    for text in given:
        row = _numbers("--input", text)
        if len(row) != math.prod(shape):
            raise DataError(
                f"--input {text}: the model takes {math.prod(shape)} numbers{names}, got {len(row)}"
            )
        rows.append(row)
    return np.array(rows).reshape(-1, *shape)


def _targets(network: Network, card: Card | None, options: argparse.Namespace) -> Array:
    """The targets in the form of the loss, which is there then."""
    if len(options.target) != len(options.input):
        raise DataError(
            f"each --input needs its --target, got {len(options.input)} and {len(options.target)} of them"
        )
    if options.loss is not None:
        network.compile(options.optimizer or network.optimizer or "sgd", options.loss)
    if network.loss is None:
        raise ArgumentError(
            f"{options.model} is not compiled with a loss, to which --target belongs; add one: --loss mean_squared_error"
        )
    if card is not None and card.task == CLASSIFICATION:
        classes = np.array([_class(card, text) for text in options.target])
        return targets_for(classes, network.output_shape[-1], network.loss)
    return np.array([_target(network, text) for text in options.target])


def _class(card: Card, text: str) -> int:
    """The number of the class with this label."""
    labels = [str(label) for label in card.labels]
    if text in labels:
        return labels.index(text)
    value = number(text)
    if value is not None and value in card.labels:
        return list(card.labels).index(value)
    raise DataError(
        f"--target {text}: no class of {card.target!r} is called so{suggestion(text, labels)} Classes: {listing(labels)}"
    )


def _target(network: Network, text: str) -> Array:
    """One row's target: a number for each output, or the number of a class."""
    row, shape = _numbers("--target", text), network.output_shape[1:]
    if _takes_classes(network.loss, len(row), math.prod(shape)):
        shape = shape[:-1]
    if len(row) != math.prod(shape):
        what = "number" if math.prod(shape) == 1 else "numbers"
        raise DataError(
            f"--target {text}: the loss {network.loss.name} takes {math.prod(shape)} {what}, got {len(row)}"
        )
    return np.array(row).reshape(shape)


def _takes_classes(loss: Loss, given: int, outputs: int) -> bool:
    """Whether targets are numbers of classes."""
    return loss.targets == "index" or (isinstance(loss, Crossentropy) and given < outputs)
