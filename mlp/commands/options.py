"""Values of options: text that becomes a number, or a message that says what was expected."""

from __future__ import annotations

import argparse
import csv
import math

from mlp.checks import LARGEST_SIZE

__all__ = ["column_list", "digits", "fraction", "positive", "positive_integer", "seed", "sizes"]


def _integer(text: str, low: int, high: int | None, expected: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if value < low or (high is not None and value > high):
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
    return value


def positive_integer(text: str) -> int:
    """A whole number from 1.

    Examples
    --------
    >>> positive_integer("32")
    32
    >>> positive_integer("0")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: expected a whole number from 1, got '0'
    """
    return _integer(text, 1, LARGEST_SIZE, "a whole number from 1")


def digits(text: str) -> int:
    """A whole number from 1 to 16."""
    return _integer(text, 1, 16, "a whole number from 1 to 16")


def seed(text: str) -> int:
    """A whole number from 0."""
    return _integer(text, 0, None, "a whole number from 0")


def sizes(text: str) -> tuple[int, ...]:
    """Units of layers, separated by commas.

    Examples
    --------
    >>> sizes("64,32"), sizes("none")
    ((64, 32), ())
    """
    if text.strip().lower() == "none":
        return ()
    expected = "numbers of units from 1, such as 64,32, or none"
    try:
        return tuple(_integer(size, 1, LARGEST_SIZE, "") for size in text.split(","))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}") from None


def positive(text: str) -> float:
    """A number above 0."""
    value = _float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def fraction(text: str) -> float:
    """A share from 0 up to, but not including, 1.

    Examples
    --------
    >>> fraction("0.2")
    0.2
    >>> fraction("20")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: expected a share from 0 up to but not including 1, such as 0.2, got '20'
    """
    value = _float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(
            f"expected a share from 0 up to but not including 1, such as 0.2, got {text!r}"
        )
    return value


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def column_list(text: str) -> list[str]:
    """Names separated by commas; one that holds a comma is put in quotes.

    Examples
    --------
    >>> column_list('id, "last, first"')
    ['id', 'last, first']
    """
    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
