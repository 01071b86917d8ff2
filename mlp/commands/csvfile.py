"""CSV files as lists of cells with their line numbers."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from mlp.errors import DataError

__all__ = ["csv_rows"]

DELIMITERS = ",;\t"


def csv_rows(path: str) -> Iterator[tuple[int, list[str]]]:
    r"""Line number and cells of the header, then of every row; blank lines are passed over.

    The text is UTF-8, with or without a byte-order mark.  Cells are separated by commas, semicolons or
    tabs, whichever the header has most of, and may be quoted.

    Parameters
    ----------
    path : str
        The file.

    Yields
    ------
    line : int
        Where the row ends, counted from 1.
    cells : list of str
        As many as the header has.

    Raises
    ------
    DataError
        If it is no such text, or a row is longer or shorter than the header.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "people.csv")
    >>> _ = path.write_text('age;name\n\n41;"Ann; B."\n')
    >>> list(csv_rows(str(path)))
    [(1, ['age', 'name']), (3, ['41', 'Ann; B.'])]
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            yield from _rows(path, file)
    except UnicodeDecodeError:
        line, byte = _undecodable(path)
        raise DataError(
            f"{path} line {line}: expected UTF-8 text, got the byte 0x{byte:02x}; if it is a spreadsheet, "
            'save it as "CSV UTF-8"'
        ) from None


def _rows(path: str, file: TextIO) -> Iterator[tuple[int, list[str]]]:
    blank, first = 0, ""
    for first in file:
        if first.strip():
            break
        blank += 1
    else:
        raise DataError(f"{path} is empty; expected a first line with the columns' names")
    lines = itertools.chain([first], file)
    reader = csv.reader(lines, delimiter=_delimiter(first), skipinitialspace=True, strict=True)
    header: list[str] = []
    try:
        for row in reader:
            header = header or row
            # A line of spaces is blank too, unless it may be the empty cell of an only column.
            if not row or (len(row) == 1 < len(header) and not row[0].strip()):
                continue
            if len(row) != len(header):
                raise DataError(
                    f"{path} line {blank + reader.line_num}: expected {len(header)} cells like the header, "
                    f"got {len(row)}; a cell that holds the delimiter must be in quotes"
                )
            yield blank + reader.line_num, row
    except csv.Error as error:
        line = blank + reader.line_num
        raise DataError(f"{path} line {line}: {error}; look for a quote that is not closed") from None


def _delimiter(header: str) -> str:
    counts = {mark: len(next(csv.reader([header], delimiter=mark))) for mark in DELIMITERS}
    return max(counts, key=lambda mark: counts[mark])


def _undecodable(path: str) -> tuple[int, int]:
    """Line and value of the first byte that is not UTF-8; text files decode in blocks and do not know the line."""
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return number, line[error.start]
    return number, line[-1]
