"""What the numbers of a wrong gradient suggest: each classic mistake leaves its mark on them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlp.arrays import Array
from mlp.testing.adjoint import Mismatch

__all__ = ["hints"]

#: How well an explanation must fit.
FIT = 1e-6


def hints(mismatch: Mismatch) -> list[str]:
    """Lines that say what fits the numbers, the most telling first; none if nothing does."""
    analytic, numeric = mismatch.analytic, mismatch.numeric
    known = np.isfinite(numeric)
    if not known.any():
        return []
    if not np.isfinite(analytic).all():
        left = "backward never writes it" if np.isnan(analytic).all() else "backward leaves numbers out"
        return [
            f"hint: {int((~np.isfinite(analytic)).sum())} entries are not finite; {left}, or divides by zero"
        ]
    for look in LOOKS:
        said = look(mismatch, analytic, np.where(known, numeric, analytic), known)
        if said:
            return [f"hint: {said}"]
    return []


def _same(a: Array, b: Array) -> bool:
    scale = float(np.abs(b).max(initial=0.0))
    return a.shape == b.shape and bool((np.abs(a - b) <= FIT * scale).all()) and scale > 0


def _zero(mismatch: Mismatch, analytic: Array, numeric: Array, known: Array) -> str:
    if not analytic.any():
        return "backward gives nothing but zeros"
    return "" if numeric.any() else "the outputs do not depend on it at all"


def _factor(mismatch: Mismatch, analytic: Array, numeric: Array, known: Array) -> str:
    a, b = analytic[known], numeric[known]
    if _same(a, b):
        return ""
    factor = float(a @ b / (b @ b)) if b.any() else 0.0
    if not factor or not _same(a, factor * b):
        return ""
    if abs(factor + 1) < FIT:
        return "every entry has the wrong sign"
    sizes = _sizes(mismatch)
    for wanted, verb in ((factor, "too large"), (1 / factor, "too small")):
        fitting = [what for count, what in sizes if count > 1 and abs(abs(wanted) - count) < FIT * count]
        if fitting:
            sign = " with the wrong sign" if factor < 0 else ""
            return f"every entry is {abs(wanted):.6g} times {verb}{sign}: {', or '.join(fitting)}"
    return f"every entry is {factor:.6g} times the right one"


def _sizes(mismatch: Mismatch) -> list[tuple[int, str]]:
    """Numbers that a forgotten or doubled factor may be."""
    sizes = [(size, f"{size} is the number of rows") for size in mismatch.subject.parts[0].shape[:1]]
    if mismatch.u.ndim > 1:
        sizes.append((mismatch.u.shape[-1], f"{mismatch.u.shape[-1]} is the number of outputs"))
    return [*sizes, (2, "a factor of two is missing or doubled")]


def _transposed(mismatch: Mismatch, analytic: Array, numeric: Array, known: Array) -> str:
    if analytic.ndim == 2 and known.all() and not _same(analytic, numeric):
        if analytic.shape[0] == analytic.shape[1] and _same(analytic, numeric.T):
            return "backward gives the transpose of the right array"
        if _same(np.sort(analytic.ravel()), np.sort(numeric.ravel())):
            return "the numbers are right and stand in the wrong places: a transpose or a reshape is wrong"
    return ""


def _rows(mismatch: Mismatch, analytic: Array, numeric: Array, known: Array) -> str:
    if analytic.ndim < 1 or len(analytic) < 2 or mismatch.part.name != "x":
        return ""
    mean, total = analytic.mean(axis=0), numeric.sum(axis=0)
    if _same(analytic, np.broadcast_to(mean, analytic.shape)) and _same(mean, total / len(analytic)):
        return "all rows have one gradient, the mean of what they should have"
    return ""


def _some(mismatch: Mismatch, analytic: Array, numeric: Array, known: Array) -> str:
    difference = np.abs(analytic - numeric)
    wrong = known & (difference > max(0.01 * float(difference[known].max()), mismatch.comparison.tolerance))
    count = int(wrong.sum())
    if not 0 < count < int(known.sum()):
        return ""
    x = mismatch.part.of(mismatch.point)
    for name, where in (("negative", x < 0), ("positive", x > 0), ("zero", x == 0)):
        if where.any() and bool((wrong == (where & known)).all()):
            return f"it is wrong exactly where {mismatch.part.name.split()[-1]} is {name}"
    if count <= 4:
        places = ", ".join(str([int(i) for i in index]) for index in np.argwhere(wrong))
        return f"only {count} of {int(known.sum())} entries {'is' if count == 1 else 'are'} wrong: {places}"
    return f"{count} of {int(known.sum())} entries are wrong"


def _offset(mismatch: Mismatch, analytic: Array, numeric: Array, known: Array) -> str:
    difference = (analytic - numeric)[known]
    if difference.size > 1 and _same(difference, np.full_like(difference, difference.mean())):
        return f"every entry is off by the same {difference.mean():.6g}"
    return ""


#: Tried in this order.
LOOKS: tuple[Callable[[Mismatch, Array, Array, Array], str], ...] = (
    _zero, _factor, _transposed, _rows, _offset, _some,
)  # fmt: skip
