"""From two sides of an identity to a verdict: right, right at a kink, not provable, or wrong and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mlp.arrays import Array
from mlp.derivatives import quietly
from mlp.testing.adjoint import HAYSTACK, Comparison, Mismatch, Unprovable, compare, locate, method_for, unit
from mlp.testing.hints import hints
from mlp.testing.kinks import aside, sides
from mlp.testing.report import Failure, Result, merged
from mlp.testing.subjects import Subject

__all__ = ["prove", "random_u"]

#: Random directions of a default check: a fault may hide from one of them.
DIRECTIONS = 3

#: Points a minute step aside that a kink must leave no trace at.
ASIDES = 3

MOVED = "met at a kink; checked as a whole at minutely moved points, where it has none"


def random_u(subject: Subject, rng: np.random.Generator) -> Array:
    """A gradient from behind: random numbers like the outputs; 1 for a single output."""
    with quietly():
        y = np.asarray(subject.outputs(subject.point.copy()))
    if not np.isfinite(y).all():
        raise Failure(f"{subject.name}: the forward pass gives {y[~np.isfinite(y)].flat[0]} for finite input")
    if y.dtype.kind not in "fc":
        raise Failure(f"{subject.name}: the forward pass gives {y.dtype} numbers, not floating-point ones")
    return np.ones(()) if y.ndim == 0 else rng.standard_normal(y.shape)


def prove(
    subject: Subject,
    rng: np.random.Generator,
    u: Array | None = None,
    full: bool = False,
    elementwise: bool = False,
    at_kink: bool = False,
    method: str = "",
    code: Callable[[], str] = str,
) -> Result:
    """Hold a subject's backward pass against its forward pass, at its point.

    Parameters
    ----------
    subject : Subject
        What to check.
    rng : Generator
        The source of directions.
    u : ndarray, optional
        The gradient from behind; drawn at random unless given.
    full : bool, default False
        Look at every entry; without it, a large subject is looked at in random directions.
    elementwise : bool, default False
        The subject is an activation or a loss: at a kink, entry by entry, any subgradient is right.
    at_kink : bool, default False
        Known to stand at a kink: minutely moved points are looked at as well, and have the last word.
    method : str, optional
        How to take derivatives; found out unless given.
    code : callable, optional
        Gives lines that show a failure again.

    Raises
    ------
    Failure
        Naming the worst entry; or saying that nothing could be proven.
    """
    u = random_u(subject, rng) if u is None else u
    _same_shapes(subject, u)
    # Judged a minute step aside, for at a kink the complex step takes one side and a difference both.
    method = method or method_for(subject, aside(subject.point, rng), rng)
    try:
        made, mismatch = _looked_at(subject, subject.point, u, method, rng, full or elementwise)
    except Unprovable as doubt:
        return _beside_the_doubt(subject, u, method, rng, full, str(doubt), code)
    result = Result(method, max((c.error for c in made), default=0.0))
    if elementwise:
        return _elementwise(subject, u, method, result, made, code)
    if mismatch is None:
        if not at_kink:
            return result
        try:
            beside = _result_aside(subject, u, method, rng, full)
        except Unprovable:
            return result
        if beside is None:
            raise Failure("it is right here, at a kink, and wrong at a minutely moved point", code())
        return replace(merged(result, beside), note=MOVED)
    kink = sides(subject, subject.point, u, unit(subject.point.size, _entry(mismatch)), method)
    if at_kink or not kink.agrees(mismatch.comparison.numeric):
        try:
            beside = _result_aside(subject, u, method, rng, full)
        except Unprovable:
            return Result(method, note="met at a kink, beside which nothing can be proven")
        if beside is not None:
            return replace(beside, kinks=int(kink.kink), note=MOVED)
    raise Failure(_told(mismatch), code())


def _same_shapes(subject: Subject, u: Array) -> None:
    gradient = subject.pullback(subject.point.copy(), u)
    if gradient.shape != subject.point.shape:
        raise Failure(
            f"{subject.name}: the backward pass gives {gradient.size} numbers for {subject.point.size} inputs and "
            "parameters"
        )


def _looked_at(
    subject: Subject, point: Array, u: Array, method: str, rng: np.random.Generator, full: bool
) -> tuple[list[Comparison], Mismatch | None]:
    """Every entry where that is asked for or cheap; else random directions and, where they fail, the culprit."""
    if full or point.size <= HAYSTACK:
        return locate(subject, point, u, method, rng, everything=True)
    directions = [rng.standard_normal(point.size) for _ in range(DIRECTIONS)]
    made = compare(subject, point, u, directions, method, rng)
    if all(fine for _, fine in made):
        return [comparison for comparison, _ in made], None
    found, mismatch = locate(subject, point, u, method, rng)
    if mismatch is None:
        worst = max((comparison for comparison, fine in made if not fine), key=lambda one: one.error)
        raise Failure(
            f"{subject.name}: along a random direction the loss's slope is {worst.numeric:.10g} by numbers and "
            f"{worst.analytic:.10g} by backward, though no single entry stands out: use full=True to look at all"
        )
    return found, mismatch


def _beside_the_doubt(
    subject: Subject,
    u: Array,
    method: str,
    rng: np.random.Generator,
    full: bool,
    doubt: str,
    code: Callable[[], str],
) -> Result:
    """What a minute step aside tells, where nothing can be proven at the point itself."""
    try:
        beside = _result_aside(subject, u, method, rng, full)
    except Unprovable:
        beside = None
    if beside is None:
        raise Failure(
            f"{subject.name}: not provable at this precision: the numerical derivative is only known to {doubt}. "
            "Does the forward pass compute in single precision, or draw random numbers?",
            code(),
        )
    return replace(beside, note="not provable at the point itself; checked at minutely moved points")


def _result_aside(
    subject: Subject, u: Array, method: str, rng: np.random.Generator, full: bool
) -> Result | None:
    """The result at some points aside; None if one of them shows a fault."""
    errors = []
    for _ in range(ASIDES):
        made, mismatch = _looked_at(subject, aside(subject.point, rng), u, method, rng, full)
        if mismatch is not None:
            return None
        errors += [comparison.error for comparison in made]
    return Result(method, max(errors, default=0.0))


def _elementwise(
    subject: Subject, u: Array, method: str, result: Result, made: list[Comparison], code: Callable[[], str]
) -> Result:
    """Entry by entry: the derivative, or at a kink something between the one-sided ones."""
    kinks, unknown, errors, worst = 0, 0, [0.0], None
    gradient = subject.pullback(subject.point, u)
    numeric = np.array([comparison.numeric for comparison in made])
    for i, comparison in enumerate(made):
        both = sides(subject, subject.point, u, unit(subject.point.size, i), method)
        fine = _fine(comparison)
        if not both.known and not fine:
            unknown += 1
        elif both.kink and both.allows(comparison.analytic):
            kinks += 1
        elif fine:
            errors.append(comparison.error)
        elif both.agrees(comparison.analytic) and not both.agrees(comparison.numeric):
            # A jump, or a seam of formulas, at which the numbers are those of neither side.
            errors.append(abs(comparison.analytic - both.right) / (comparison.scale or 1.0))
        elif worst is None or not comparison.error <= worst[1].error:
            worst = i, comparison, both
    if worst is None:
        note = f"no derivative, from neither side, at {unknown} entries" if unknown else ""
        return replace(result, kinks=kinks, error=max(errors), note=note)
    i, comparison, both = worst
    part, index = subject.place(i)
    mismatch = Mismatch(
        subject, subject.point, u, part, index, comparison, part.of(gradient), part.of(numeric)
    )
    between = ""
    if both.kink:
        per = float(u.ravel()[i]) if u.size == subject.point.size and u.ravel()[i] else 1.0
        between = (
            f"\nIt is a kink: the derivative is {both.left / per:.6g} from the left and {both.right / per:.6g} from the "
            f"right, and anything between would be right; backward takes {comparison.analytic / per:.6g}."
        )
    raise Failure(_told(mismatch) + between, code())


def _fine(comparison: Comparison) -> bool:
    return bool(abs(comparison.analytic - comparison.numeric) <= comparison.tolerance)


def _entry(mismatch: Mismatch) -> int:
    return mismatch.part.start + int(np.ravel_multi_index(mismatch.index, mismatch.part.shape))


def _told(mismatch: Mismatch) -> str:
    """What is wrong where: both values, the arrays around them, and what the numbers suggest."""
    comparison = mismatch.comparison
    where = f"{mismatch.part.name}{list(mismatch.index)}" if mismatch.index else mismatch.part.name
    known = f" +- {comparison.tolerance:.0e}" if comparison.method == "ridders" else ""
    digits = 10 if comparison.error > 1e-6 else 17
    lines = [
        f"the gradient of {mismatch.subject.name} is wrong, worst at {where}:"
        if mismatch.subject.name not in where
        else f"the gradient is wrong, worst at {where}:",
        f"  backward  {comparison.analytic:.{digits}g}",
        f"  numeric   {comparison.numeric:.{digits}g}{known}   ({_METHODS[comparison.method]})",
    ]
    if 1 < mismatch.analytic.size <= 24:
        name = mismatch.part.name.split()[-1]
        if comparison.error > 1e-5 or not np.isfinite(comparison.error):
            lines += [
                f"d/d {name}, by backward:",
                _block(mismatch.analytic),
                "and by numbers:",
                _block(mismatch.numeric),
            ]
        else:
            lines += [f"d/d {name}, backward less numbers:", _block(mismatch.analytic - mismatch.numeric)]
    lines += hints(mismatch)
    return "\n".join(lines)


_METHODS = {"complex": "complex step", "ridders": "Ridders' extrapolation"}


def _block(a: Array) -> str:
    text = np.array2string(a, precision=6, suppress_small=False, max_line_width=96)
    return "\n".join(f"  {line}" for line in text.splitlines())
