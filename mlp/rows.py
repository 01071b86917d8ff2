"""The door for data: whatever a caller hands over becomes a plain array of rows, or a clear error.

Data are converted once, here.  Every conversion either keeps the numbers or is refused by name:
masked values, text, dates, integers that a float cannot hold, complex numbers.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mlp.arrays import Array, all_finite
from mlp.errors import DataError, ShapeError
from mlp.frames import from_frame, is_frame
from mlp.several import Several

__all__ = ["as_array", "as_rows", "as_weights", "not_finite", "place_of", "require_finite", "several_rows"]

#: Integers up to this size have an exact float64.
LARGEST_INTEGER = 2**53


def as_array(name: str, x: Any, dtype: np.dtype[Any] | None = None) -> Array:
    """``x`` as a plain numeric array (of ``dtype``, where given), its numbers unchanged.

    Parameters
    ----------
    name : str
        What the caller calls it.
    x : array_like
        Lists, arrays, frames: anything that NumPy reads as numbers.
    dtype : dtype, optional
        A floating type; rounding to it is allowed, overflow is not.  Or object, for fractions.

    Raises
    ------
    DataError
        If it holds anything but real numbers, or numbers that the type cannot hold.

    Examples
    --------
    >>> as_array("x", [[1, 2]], np.dtype("float32"))
    array([[1., 2.]], dtype=float32)
    """
    exact = dtype is not None and dtype.kind == "O"
    if type(x) is not np.ndarray:
        x = from_frame(name, x, as_array) if is_frame(x) else _plain(name, x, dtype if exact else None)
    if exact:
        from mlp.rationals import as_fractions

        return as_fractions(name, x)
    kind = x.dtype.kind
    if kind == "O":
        x = _from_objects(name, x)
    elif kind in "iu" and x.dtype.itemsize == 8 and x.size:
        if max(abs(int(x.max())), abs(int(x.min()))) > LARGEST_INTEGER:
            raise DataError(
                f"{name} holds integers beyond 2**53, which a float cannot hold exactly; scale them, or round "
                f"them yourself with {name}.astype(float)"
            )
    elif kind == "c" and (dtype is None or dtype.kind != "c"):
        if dtype is not None:
            raise DataError(f"{name} is complex; a network computes with real numbers: use {name}.real")
    elif kind not in "biufc":
        what = {"U": "text", "S": "bytes", "T": "text", "M": "dates", "m": "time spans"}.get(
            kind, f"dtype {x.dtype}"
        )
        raise DataError(f"{name} holds {what}, not numbers; encode it as numbers first")
    if dtype is None:
        return x if x.dtype.isnative and x.dtype != np.longdouble else _cast(name, x, np.dtype(np.float64))
    return x if x.dtype == dtype and x.dtype.isnative else _cast(name, x, dtype)


def _plain(name: str, x: Any, dtype: np.dtype[Any] | None = None) -> Array:
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise DataError(
            f"{name} is a masked array with masked values; fill them with {name}.filled(value), or drop rows"
        )
    if hasattr(x, "toarray") and hasattr(x, "nnz"):
        raise DataError(f"{name} is a sparse matrix; use {name}.toarray()")
    try:
        return np.array(x, dtype, copy=None, subok=False)
    except (ValueError, TypeError) as error:
        raise DataError(f"{name} is no rectangular array of numbers: {error}") from None


def _from_objects(name: str, x: Array) -> Array:
    for index, value in np.ndenumerate(x):
        if not isinstance(value, numbers.Real | np.bool_):
            place = place_of(name, index)
            raise DataError(
                f"{name} must hold numbers only, got {value!r:.60} ({type(value).__name__}) at {place}"
            )
        if isinstance(value, numbers.Integral) and abs(int(value)) > LARGEST_INTEGER:
            raise DataError(
                f"{name} holds integers beyond 2**53, which a float cannot hold exactly; scale them first"
            )
    return x.astype(np.float64)


def _cast(name: str, x: Array, dtype: np.dtype[Any]) -> Array:
    try:
        with np.errstate(over="raise"):
            return x.astype(dtype)
    except FloatingPointError:
        raise DataError(
            f"{name} holds numbers that overflow {dtype.name}; scale them, or use dtype='float64'"
        ) from None


def as_rows(name: str, x: Any, row_shape: tuple[int, ...], dtype: np.dtype[Any], where: str = "") -> Array:
    """``x`` as a C-contiguous array of shape ``(n,) + row_shape`` and the given type.

    Parameters
    ----------
    name : str
        What the caller calls it.
    x : array_like, shape (n,) + row_shape
        The rows; (n,) also means (n, 1).
    row_shape : tuple of int
        The shape of one row.
    dtype : dtype
        The network's type.
    where : str, optional
        The layer that asks, for the message.

    Raises
    ------
    ShapeError, DataError
        If it has another shape, or is no array of real numbers.

    Examples
    --------
    >>> as_rows("x", [1, 2, 3], (1,), np.dtype(float)).shape
    (3, 1)
    """
    array = as_array(name, x, dtype)
    if array.shape[1:] != row_shape or array.ndim == 0:
        if array.ndim == 1 and row_shape == (1,):
            array = array[:, None]
        else:
            expected = ", ".join(["n", *map(str, row_shape)])
            cure = f"; a single row is {name}[None]" if array.shape == row_shape else ""
            raise ShapeError(f"{where}{name} must have shape ({expected}), got {array.shape}{cure}")
    return np.ascontiguousarray(array)


def several_rows(
    where: str, x: Any, names: Sequence[str], doors: Sequence[Callable[[Any], Array]]
) -> Several:
    """Rows for several inputs, each through its own door: a list in their order, or a dict by their names.

    Raises
    ------
    ShapeError, DataError
        If there is not one array for each, all of one length.
    """
    if isinstance(x, Mapping):
        unknown = [name for name in x if name not in names]
        missing = [name for name in names if name not in x]
        if unknown or missing:
            what = f"{unknown[0]!r} is none of them" if unknown else f"{missing[0]!r} is missing"
            raise DataError(f"{where}x must be a dict with the inputs {', '.join(map(repr, names))}: {what}")
        x = [x[name] for name in names]
    given = x.arrays if isinstance(x, Several) else x
    if not isinstance(given, list | tuple) or len(given) != len(doors):
        got = f"{len(given)} values" if isinstance(given, list | tuple) else type(x).__name__
        raise DataError(
            f"{where}x must be a list of {len(doors)} arrays, one for each input ({', '.join(names)}), got {got}"
        )
    rows = Several(door(part) for door, part in zip(doors, given, strict=True))
    lengths = [len(part) for part in rows]
    if len({*lengths}) > 1:
        raise ShapeError(f"{where}all inputs must have the same number of rows, got {lengths}")
    return rows


def as_weights(
    weight: Any, n: int, dtype: np.dtype[Any], name: str = "sample_weight", rest: tuple[int, ...] = ()
) -> Array | None:
    """One weight per row as an array of shape (n,), or None.

    Where a row has several values, of shape ``rest``, weights may also be of a shape that fits ``(n, *rest)``,
    as ``(n, 1)`` does: one for each value.

    Raises
    ------
    ShapeError, DataError
        If there is not one finite weight >= 0 for each row, or value.
    """
    if weight is None:
        return None
    w = as_array(name, weight, np.empty(0, dtype).real.dtype)
    if w.ndim == len(rest) + 2 and w.shape[-1] == 1:
        w = w[..., 0]
    several = (
        rest and w.ndim == len(rest) + 1 and all(a in (1, b) for a, b in zip(w.shape[1:], rest, strict=True))
    )
    if w.shape[:1] != (n,) or not (w.ndim == 1 or several):
        more = f", or {(n, *rest)}, one a value" if rest else ""
        raise ShapeError(f"{name} must have shape ({n},), one weight a row{more}; got {w.shape}")
    require_finite(name, w)
    if (w < 0).any():
        place = ", ".join(map(str, np.argwhere(w == w.min())[0]))
        raise DataError(f"{name} must not be negative, got {w.min():g} at {name}[{place}]")
    return w


def require_finite(name: str, x: Any) -> None:
    """Refuse NaN and infinity, in an array, several, or rows that are kept in a form of their own.

    Raises
    ------
    DataError
        Naming the first such place.
    """
    if isinstance(x, Several):
        for i, part in enumerate(x):
            require_finite(f"{name}[{i}]", part)
        return
    if not isinstance(x, np.ndarray):
        x.require_finite(name)
        return
    with np.errstate(all="ignore"):  # where the product overflows, each entry is looked at
        if x.dtype.kind == "O" or (x.dtype.kind == "f" and all_finite(x)):  # a fraction is always finite
            return
    finite = np.isfinite(x)
    if not finite.all():
        index = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise not_finite(name, x[index], index, int(finite.size - np.count_nonzero(finite)))


def not_finite(name: str, value: Any, index: Sequence[int], count: int | None = None) -> DataError:
    """The error for ``value`` at ``index``; ``count`` tells of how many such values, where they were counted."""
    many = "" if count is None else f" ({count} such value{'s' if count > 1 else ''})"
    return DataError(
        f"{name} must be finite, got {value} at {place_of(name, index)}{many}; remove or replace them"
    )


def place_of(name: str, index: Sequence[int]) -> str:
    """How an entry of an array is written: ``x[2, 0]``, or ``x`` where there are no axes."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name
