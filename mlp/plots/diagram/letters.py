"""Text in pictures: how wide it will be, shortened where it must be, and numbers as they are written there."""

from __future__ import annotations

import math
import unicodedata
from typing import Any

__all__ = ["as_float", "exact", "plural", "shortened", "width_of", "written"]

MINUS = "\N{MINUS SIGN}"

#: Widths in parts of the size of the letters; no font is asked, so these are those of a wide one.
NARROW, USUAL, CAPITAL, FULL = 0.36, 0.61, 0.78, 1.05


def width_of(text: str, size: float, bold: bool = False) -> float:
    """About how wide a line of text is, rather too wide than too narrow.

    Examples
    --------
    >>> width_of("dense", 10.0) < width_of("DENSE", 10.0)
    True
    """
    return sum(map(_width, text)) * size * (1.08 if bold else 1.0)


def _width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return FULL
    if letter in " .,:;|!'ijlI()[]":
        return NARROW
    return CAPITAL if letter.isupper() or letter in f"mw%@→{MINUS}" else USUAL


def shortened(text: str, most: int) -> str:
    """The text, its end left out where it is longer than ``most`` letters.

    Examples
    --------
    >>> shortened("normalization", 8)
    'normali…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def plural(count: int, what: str) -> str:
    """``1 input``, ``2 inputs``.

    Examples
    --------
    >>> plural(1, "input"), plural(1200, "parameter")
    ('1 input', '1,200 parameters')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def as_float(value: Any) -> float:
    """A number of any type as a float; infinite where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def exact(value: Any) -> str:
    """A number in as many digits as tell it from every other one of its type."""
    return str(value)


def written(value: Any, digits: int) -> str:
    """A number in ``digits`` decimals, or shorter where that is no less exact, or with an exponent where it needs one.

    Examples
    --------
    >>> written(0.93015909, 4), written(0.3, 4), written(-2.0, 4), written(1234567.0, 4), written(1e-9, 4)
    ('0.9302', '0.3', '−2', '1.235e6', '1e-9')
    """
    number = as_float(value)
    if not math.isfinite(number):
        return str(number)
    short = f"{number:.6g}"
    text = f"{number:.{digits}f}"
    if number and (abs(number) < 0.5 * 10.0**-digits or abs(number) >= 10**5):
        text = f"{number:.{max(digits - 1, 0)}e}"
        mantissa, _, exponent = text.partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = f"{mantissa}e{int(exponent)}"
    if float(short) == number and len(short) < len(text):
        text = short
    return text.replace("-", MINUS, 1) if text.startswith("-") else text
