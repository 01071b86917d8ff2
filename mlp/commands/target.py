"""What is to be predicted: an amount (regression) or one of several classes (classification)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlp.arrays import Array
from mlp.commands.names import listing, suggestion
from mlp.commands.table import MISSING, Table, number
from mlp.errors import DataError

__all__ = ["CLASSIFICATION", "Label", "REGRESSION", "TASKS", "Target", "amounts", "class_numbers", "decide"]

CLASSIFICATION, REGRESSION = "classification", "regression"
TASKS = (CLASSIFICATION, REGRESSION)

Label = str | int | float

#: Up to so many different integers are taken for classes, if each comes about so many times.
MOST_CLASSES, LEAST_ROWS = 20, 3


@dataclass(frozen=True)
class Target:
    """The target column, understood.

    ``y`` holds amounts or class numbers, ``labels`` the classes' names in the order of the numbers, and
    ``reason`` says in words why the task is what it is.
    """

    name: str
    task: str
    labels: list[Label]
    y: Array
    reason: str


def decide(table: Table, task: str | None = None) -> Target:
    """Regression or classification, by what the target column holds unless ``task`` says it.

    Text means classes, and so do a few integers that come again and again; other numbers are amounts.

    Raises
    ------
    DataError
        If a value is missing, or is not like the others, or there is nothing to tell apart.

    Examples
    --------
    >>> from mlp.commands.table import read_table
    >>> target = decide(read_table("iris", target="species"))
    >>> target.task, target.labels, target.reason
    ('classification', ['setosa', 'versicolor', 'virginica'], 'it holds text')
    >>> decide(read_table("iris", target="petal width (cm)", ignored=["species"])).task
    'regression'
    """
    numbers = [number(cell) for cell in table.cells]
    _refuse_missing(table)
    distinct = {n for n in numbers if n is not None}
    if task is None:
        task, reason = _guess(table, numbers, distinct)
    else:
        reason = "as asked for"
    name = str(table.target)
    if task == REGRESSION:
        y = amounts(table)
        if len(table.lines) < 2 or y.min() == y.max():
            raise DataError(
                f"{table.source}: column {name!r} holds nothing but {table.cells[0]}; a regression needs rows that differ"
            )
        return Target(name, task, [], y, reason)
    labels = _labels(table, numbers)
    return Target(name, task, labels, class_numbers(table, labels), reason)


def _guess(table: Table, numbers: list[float | None], distinct: set[float]) -> tuple[str, str]:
    if None in numbers:
        if len(distinct) > MOST_CLASSES:
            row = numbers.index(None)
            raise DataError(
                f"{table.place(row)}: expected a number as in the other rows, got {table.cells[row]!r}; "
                "correct it, or say --task classification"
            )
        return CLASSIFICATION, "it holds text"
    integers = all(n == round(n) for n in distinct)
    repeated = len(distinct) == 2 or len(numbers) >= LEAST_ROWS * len(distinct)
    if integers and repeated and len(distinct) <= MOST_CLASSES:
        return CLASSIFICATION, f"it holds only {len(distinct)} different integers"
    return REGRESSION, "it holds numbers" if integers else "it holds numbers with decimals"


def _labels(table: Table, numbers: list[float | None]) -> list[Label]:
    """The classes in order; where all are numbers, 1 and 1.0 are one class."""
    labels: list[Label]
    if None in numbers:
        labels = sorted(set(table.cells))
    else:
        labels = [int(n) if n == round(n) else n for n in sorted({n for n in numbers if n is not None})]
    if len(labels) < 2:
        raise DataError(
            f"{table.source}: column {table.target!r} holds nothing but {labels[0]!r}; "
            "a classification needs at least two classes"
        )
    if 2 * len(labels) > max(4, len(numbers)):
        cure = "" if None in numbers else ", or say --task regression"
        raise DataError(
            f"{table.source}: column {table.target!r} has {len(labels)} different values in {len(numbers)} rows, "
            f"so few can be learned as classes; choose another --target{cure}"
        )
    return labels


def _refuse_missing(table: Table) -> None:
    for row, cell in enumerate(table.cells):
        if cell.lower() in MISSING:
            shown = f" ({cell})" if cell else ""
            raise DataError(
                f"{table.place(row)}: expected the value to learn, got a missing value{shown}; "
                "fill it in, or remove the row"
            )


def amounts(table: Table) -> Array:
    """The target column as numbers.

    Raises
    ------
    DataError
        Naming the first cell that is none.
    """
    _refuse_missing(table)
    numbers = []
    for row, cell in enumerate(table.cells):
        value = number(cell)
        if value is None:
            raise DataError(
                f"{table.place(row)}: expected a number, got {cell!r}; correct it, or remove the row"
            )
        numbers.append(value)
    return np.array(numbers)


def class_numbers(table: Table, labels: Sequence[Label]) -> Array:
    """The target column as class numbers: places in ``labels``.

    Raises
    ------
    DataError
        Naming the first cell that is none of the labels.
    """
    _refuse_missing(table)
    places: dict[Label | None, int] = {label: i for i, label in enumerate(labels)}
    as_text = any(isinstance(label, str) for label in labels)
    numbers = []
    for row, cell in enumerate(table.cells):
        place = places.get(cell if as_text else number(cell))
        if place is None:
            names = [str(label) for label in labels]
            raise DataError(
                f"{table.place(row)}: expected one of the classes, got {cell!r}{suggestion(cell, names)} Classes: {listing(names)}"
            )
        numbers.append(place)
    return np.array(numbers, np.intp)
