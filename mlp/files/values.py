"""Values of Python as JSON and arrays can hold them, each to its last bit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from mlp.arrays import Array, RunningSum
from mlp.errors import ArgumentTypeError, ModelFileError
from mlp.metrics.moments import Moments

__all__ = ["decoded", "encoded"]

#: What has items, by the name under which it is written, and how it is made of them again.
SEQUENCES: dict[str, tuple[type, Callable[[list[Any]], Any]]] = {
    "list": (list, list),
    "tuple": (tuple, tuple),
    "sum": (RunningSum, RunningSum),
    "moments": (Moments, lambda items: Moments(*items)),
}

#: What is kept in an array, and how it is taken from there; a list of numbers takes one array, however long it is.
IN_ARRAYS: dict[str, Callable[[Array], Any]] = {
    "array": np.array,
    "number": lambda array: array.reshape(-1)[0],
    "floats": lambda array: array.reshape(-1).tolist(),
    "rows": lambda array: list(np.array(array)),
}

#: The longest integer that a file's text may hold.
_MOST_DIGITS = 49


def encoded(value: Any, arrays: dict[str, Array], what: str = "value") -> Any:
    """A value as JSON can hold it; what arrays hold better is put into ``arrays``.

    Parameters
    ----------
    value : None, bool, int, float, str, NumPy number or array, or list, tuple or dict of such
        The value; the keys of dicts are strings.
    arrays : dict of str to ndarray
        Takes the arrays, under new names.
    what : str
        What the value is, for messages.

    Raises
    ------
    ArgumentTypeError
        If it is of another type.

    Examples
    --------
    >>> arrays = {}
    >>> text = encoded({"best": float("inf"), "losses": [0.5, 0.25], "shape": (2,)}, arrays)
    >>> text
    {'dict': {'best': {'float': 'inf'}, 'losses': {'floats': 'value_0'}, 'shape': {'tuple': [2]}}}
    >>> decoded(text, arrays)
    {'best': inf, 'losses': [0.5, 0.25], 'shape': (2,)}
    """

    def kept(kind: str, value: Any) -> dict[str, str]:
        name = f"value_{len(arrays)}"
        arrays[name] = np.array(value)
        return {kind: name}

    def of(value: Any, place: str) -> Any:
        kind = type(value)
        if value is None or kind in (bool, str) or (kind is int and len(str(abs(value))) <= _MOST_DIGITS):
            return value
        if kind is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufc":
            return kept("array" if isinstance(value, np.ndarray) else "number", value)
        if kind is list and (in_one := _in_one_array(value)):
            return kept(in_one, value)
        for name, (known, _) in SEQUENCES.items():
            if kind is known:
                return {name: [of(item, f"{place}[{i}]") for i, item in enumerate(value)]}
        if kind is dict and all(type(key) is str for key in value):
            return {"dict": {key: of(item, f"{place}[{key!r}]") for key, item in value.items()}}
        raise ArgumentTypeError(
            f"{place} is of type {kind.__name__}, which a file cannot hold, {value!r:.200}; give numbers, text, arrays, or "
            "lists, tuples and dicts of such"
        )

    return of(value, what)


def _in_one_array(items: list[Any]) -> str | None:
    """How a list is kept in one array, if all its items are of one kind."""
    if items and all(type(item) is float for item in items):
        return "floats"
    arrays = [item for item in items if isinstance(item, np.ndarray | np.generic)]
    forms = {(type(item), item.shape, item.dtype) for item in arrays}
    if len(forms) != 1 or len(arrays) != len(items) or arrays[0].dtype.kind not in "biufc":
        return None
    return "rows" if isinstance(arrays[0], np.generic) or arrays[0].ndim else None


def decoded(value: Any, arrays: Mapping[str, Array]) -> Any:
    """What `encoded` was given.

    Raises
    ------
    ModelFileError
        If it was given nothing of which it would have made this.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict) and len(value) == 1:
        ((kind, content),) = value.items()
        with suppress(TypeError, IndexError):  # of a sequence or an array that is none of the kind
            if kind in SEQUENCES and isinstance(content, list):
                return SEQUENCES[kind][1]([decoded(item, arrays) for item in content])
            if kind in IN_ARRAYS and isinstance(content, str) and content in arrays:
                return IN_ARRAYS[kind](arrays[content])
        if kind == "dict" and isinstance(content, dict):
            return {key: decoded(item, arrays) for key, item in content.items()}
        if kind == "float" and content in ("nan", "inf", "-inf"):
            return float(content)
    raise ModelFileError(f"it is damaged: it holds {value!r:.50} where a value should be")
