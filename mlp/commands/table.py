"""Tables of numbers with named columns, and the column to predict."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mlp.arrays import Array
from mlp.commands.csvfile import csv_rows
from mlp.commands.names import listing, suggestion
from mlp.commands.shipped import SHIPPED, shipped_rows
from mlp.errors import ArgumentError, DataError

__all__ = ["MISSING", "Table", "column_names", "number", "read_table"]

#: Line numbers with cells.
Rows = Iterator[tuple[int, list[str]]]

#: Cells that stand for a missing value.
MISSING = frozenset(("", "?", "na", "n/a", "#n/a", "nan", "null"))


@dataclass(frozen=True)
class Table:
    """The rows of a file: features as numbers, the target as it is written.

    ``lines`` are the rows' line numbers; ``unnamed`` counts the columns without a name, which nobody reads.
    """

    source: str
    features: list[str]
    x: Array
    target: str | None
    cells: list[str]
    lines: list[int]
    unnamed: int

    def place(self, row: int) -> str:
        """Where the target of a row stands, for messages."""
        return f"{self.source} line {self.lines[row]}, column {self.target!r}"


def number(cell: str) -> float | None:
    """The finite number that a cell holds, if it holds one.

    Examples
    --------
    >>> number(" 1.5e3 "), number("12,5"), number("1_000"), number("nan")
    (1500.0, None, None, None)
    """
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def read_table(
    source: str,
    features: Sequence[str] | None = None,
    target: str | None = None,
    ignored: Sequence[str] = (),
    cure: str = "",
) -> Table:
    """Read columns of a CSV file or of a shipped data set.

    Parameters
    ----------
    source : str
        A path, or the name of a shipped data set.
    features : list of str, optional
        The columns to read as numbers, in this order; unless given, all that have a name but the target.
    target : str, optional
        The column to read as it is written.
    ignored : list of str, optional
        Columns to leave out where ``features`` is not given.
    cure : str, optional
        Goes into the message about a cell that is no number.

    Raises
    ------
    DataError
        If a column is missing, or there are no rows with a target, or a cell cannot be used; the message tells the line.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> table = read_table("iris", ["petal width (cm)", "petal length (cm)"], "species")
    >>> table.x[0], table.cells[0]
    (array([0.2, 1.4]), 'setosa')
    """
    rows, columns = _opened(source)
    if features is None:
        features = columns.others(target, ignored)
    places = [columns.find(features, "the model needs")] if features else [[]]
    places.append(columns.find([target], "is to be predicted") if target is not None else [])
    if not features:
        raise DataError(f"{source} has no column beside {target!r} to predict it from")
    x, cells, lines = _read(source, rows, features, places[0], places[1], cure)
    if not lines and target is not None:
        raise DataError(f"{source} has no rows, only a header")
    return Table(source, list(features), x, target, cells, lines, columns.names.count(""))


def column_names(source: str) -> list[str]:
    """The names in a file's header, those of unnamed columns left out.

    Examples
    --------
    >>> column_names("iris")[-2:]
    ['petal width (cm)', 'species']
    """
    return [name for name in _opened(source)[1].names if name]


def _opened(source: str) -> tuple[Rows, _Header]:
    rows = shipped_rows(source) if source in SHIPPED else csv_rows(source)
    try:
        line, header = next(rows)
    except FileNotFoundError:
        hint = suggestion(source, SHIPPED) if "." not in source else "."
        raise DataError(
            f"{source}: no such file{hint} Shipped data sets are {' and '.join(SHIPPED)}"
        ) from None
    return rows, _Header(source, line, [name.strip() for name in header])


class _Header:
    """The names of a file's columns."""

    def __init__(self, source: str, line: int, names: list[str]) -> None:
        self.source, self.names = source, names
        self.line = line
        numbers = [number(name) for name in names]
        self.like_data = any(n is not None for n in numbers)
        # Some programs call columns 0, 1, 2, ...; where they are asked for by name, any integers will do.
        self.counted = numbers in (list(range(len(names))), list(range(1, len(names) + 1)))
        integers = len(set(numbers)) == len(numbers) and all(n is not None and n == round(n) for n in numbers)
        if None not in numbers and not integers:
            self._refuse_numbers()

    def _refuse_numbers(self) -> None:
        raise DataError(
            f"{self.source} line {self.line}: expected the columns' names, got numbers ({listing(self.names)}); "
            "put a line with names on top"
        )

    def others(self, target: str | None, ignored: Sequence[str]) -> list[str]:
        """All names but these."""
        if target is None and self.like_data and not self.counted:
            self._refuse_numbers()
        self.find(ignored, "is to be ignored", unique=False)
        if target in ignored:
            raise ArgumentError(f"column {target!r} is the target and cannot be ignored")
        return [name for name in self.names if name and name != target and name not in ignored]

    def find(self, wanted: Sequence[str], purpose: str, unique: bool = True) -> list[int]:
        """The places of columns, each of which must be there, once."""
        missing = [name for name in wanted if name not in self.names]
        if missing:
            shown = ", ".join(map(repr, missing[:5])) + (f" and {len(missing) - 5} more" * (len(missing) > 5))
            known = [name for name in self.names if name]
            hint = suggestion(missing[0], known)
            header = (
                f"; line {self.line} looks like data: are the columns' names missing?"
                if self.like_data
                else ""
            )
            plural = "s" if len(missing) > 1 else ""
            raise DataError(
                f"{self.source} has no column{plural} {shown}, which {purpose}{hint} Columns: {listing(known)}{header}"
            )
        for name in wanted if unique else ():
            if self.names.count(name) > 1:
                where = [str(i) for i, other in enumerate(self.names, 1) if other == name]
                raise DataError(
                    f"{self.source} line {self.line}: columns {' and '.join(where)} are both called {name!r}; "
                    "rename or remove one"
                )
        return [self.names.index(name) for name in wanted]


def _read(
    source: str,
    rows: Rows,
    features: Sequence[str],
    places: list[int],
    target_place: list[int],
    cure: str,
) -> tuple[Array, list[str], list[int]]:
    """Features, target cells and line numbers of all rows."""
    values = array("d")
    cells: list[str] = []
    lines: list[int] = []
    for line, row in rows:
        picked = [row[place] for place in places]
        try:
            numbers = [float(cell) for cell in picked]
            usable = math.isfinite(sum(numbers)) and "_" not in "".join(picked)
        except ValueError:
            usable = False
        if not usable:
            _check_cells(f"{source} line {line}", features, picked, cure)
        values.extend(numbers)
        lines.append(line)
        cells.extend(row[place].strip() for place in target_place)
    return np.array(values).reshape(len(lines), len(places)), cells, lines


def _check_cells(place: str, features: Sequence[str], cells: list[str], cure: str) -> None:
    """Refuse a row by the name of its first cell that is no number."""
    for name, cell in zip(features, cells, strict=True):
        if number(cell) is not None:
            continue
        if cell.strip().lower() in MISSING:
            got, way = "a missing value" + f" ({cell.strip()})" * bool(cell.strip()), "fill it in"
        elif number(cell.replace(",", ".")) is not None:
            got, way = repr(cell), "write a decimal point, not a comma"
        else:
            got, way = repr(cell), "write it as a number"
        raise DataError(
            f"{place}, column {name!r}: expected a number, got {got}; {way}, or remove the row{cure.format(name)}"
        )
