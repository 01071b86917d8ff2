"""The proof: ``<u, J v> = <J^T u, v>``.

``J^T u`` is what a backward pass computes, ``J v`` the derivative of the forward pass along ``v``, by numbers
alone (`mlp.testing.numerical`).  A random ``v`` over inputs and parameters together looks at every entry at
once; the unit vectors look at one entry each and can name it.  ``u`` is random, never all ones, for which
softmax's true gradient is zero and a backward that returns zeros would pass.

How far may the two sides be apart?  No tolerance is guessed.  Ridders' method brings its own estimate.  The
complex step has no error but rounding, and rounding tells of itself: moved by a minute step, a difference that
is rounding takes another value, a difference that is a fault stays.  See `_convicted`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mlp.arrays import Array
from mlp.derivatives import EPS, Derivative, complex_step, quietly, ridders, takes_complex
from mlp.testing.subjects import Part, Subject

__all__ = ["Comparison", "Mismatch", "Unprovable", "compare", "locate", "method_for", "unit"]

#: Points around the one in question at which a suspicious difference is looked at again.
SAMPLES = 8
CONFIRMING = 24

#: A difference whose mean is so many times its spread is no rounding.
CONVICTING = 6.0

#: A difference of this share of the size of things is no rounding either, and needs no closer look.
GROSS = 1e-4

#: Ridders' estimate must be at least this good, relative to the size of the derivative.
PROVABLE = 1e-6

#: Below this a number is as good as zero.
TINY = 1e-290

#: Up to so many numbers are looked at one by one, and so many when a culprit is sought among more.
HAYSTACK = 512
HANDFUL = 32


class Unprovable(Exception):
    """Ridders' estimate is too rough to decide anything."""


@dataclass(frozen=True)
class Comparison:
    """What backward says about a direction, what numbers say, and how far they may be apart."""

    analytic: float
    numeric: float
    tolerance: float
    scale: float
    method: str

    @property
    def error(self) -> float:
        """The difference, relative to the size of the terms."""
        difference = abs(self.analytic - self.numeric)
        if np.isfinite(difference) and difference <= np.finfo(float).tiny:
            return 0.0
        return difference / self.scale if self.scale else np.inf


@dataclass(frozen=True)
class Mismatch:
    """An entry of a gradient that is wrong, with what surrounds it.

    Attributes
    ----------
    subject : Subject
        Whose.
    point, u : ndarray
        Where, and the gradient that came from behind.
    part, index
        Which entry of which array.
    comparison : Comparison
        Its two values.
    analytic, numeric : ndarray, shape of the part
        The whole array, by backward and by numbers; NaN where numbers were not taken.
    """

    subject: Subject
    point: Array
    u: Array
    part: Part
    index: tuple[int, ...]
    comparison: Comparison
    analytic: Array
    numeric: Array


def unit(size: int, index: int) -> Array:
    """A direction along one coordinate."""
    v = np.zeros(size)
    v[index] = 1.0
    return v


def method_for(subject: Subject, point: Array, rng: np.random.Generator) -> str:
    """``"complex"`` where the subject takes complex numbers and Ridders' estimate agrees, else ``"ridders"``."""
    return "complex" if takes_complex(subject.outputs, point, rng.standard_normal(point.size)) else "ridders"


def _derivative(subject: Subject, point: Array, v: Array, method: str) -> Derivative:
    if method == "complex":
        step = complex_step(subject.outputs, point, v)
        if step is not None:
            return step
    return ridders(subject.outputs, point, v)


def compare(
    subject: Subject,
    point: Array,
    u: Array,
    directions: Iterable[Array],
    method: str,
    rng: np.random.Generator,
    floor: Array | None = None,
) -> list[tuple[Comparison, bool]]:
    """Both sides of the identity for some directions, and whether they are equal.

    Parameters
    ----------
    subject, point, u
        What, where, and the gradient from behind.
    directions : iterable of ndarray, shape (size,)
        The ``v``.
    method : str
        As `method_for` says.
    rng : Generator
        Where to look again.
    floor : ndarray, shape (size,), optional
        The largest gradient in each entry's array: rounding is relative to it.

    Raises
    ------
    Unprovable
        If an estimate of Ridders is rough, and that not for a fault.
    """
    gradient = subject.pullback(point, u)
    again = _Moved(subject, point, u, rng)
    results = []
    for v in directions:
        d = _derivative(subject, point, v, method)
        some = v != 0  # for a gradient may hold NaN or infinity elsewhere
        analytic, numeric = float(gradient[some] @ v[some]), float(np.sum(u * d.value))
        terms = float(np.sum(np.abs(u * d.value)) + np.abs(gradient[some]) @ np.abs(v[some]))
        largest = 0.0 if floor is None else float(np.abs(floor * v).max(initial=0.0))
        scale = terms + largest
        estimate = float(np.sum(np.abs(u) * d.error))
        tolerance = (
            (8 * EPS + subject.slack) * terms + (4 * EPS + subject.slack) * largest + 8 * estimate + TINY
        )
        difference = abs(analytic - numeric)
        fine = bool(difference <= tolerance)
        comparison = Comparison(analytic, numeric, tolerance, scale, d.method)
        if not fine and d.method == "complex" and np.isfinite(difference):
            gross = difference > GROSS * max(scale, again.elsewhere(v))
            guilty, spread = (True, 0.0) if gross else _convicted(again, v)
            fine = not guilty
            if fine:  # rounding, beside which the function's own size counts
                tolerance, scale = max(tolerance, CONVICTING * spread), max(scale, again.elsewhere(v))
            comparison = Comparison(analytic, numeric, tolerance, scale, d.method)
        elif fine and d.method == "ridders":
            outputs = max(_size(subject, point, u), _size(subject, 0.3 * point, u))
            known = max(scale, 1e-3 * outputs)
            if not estimate <= PROVABLE * known + TINY and not estimate <= PROVABLE * again.elsewhere(v):
                raise Unprovable(f"+- {estimate:.1e} beside terms of {scale:.1e}")
        results.append((comparison, fine))
    return results


def _size(subject: Subject, point: Array, u: Array) -> float:
    with quietly():
        size = float(np.sum(np.abs(u * np.asarray(subject.outputs(point.copy()), float))))
    return size if np.isfinite(size) else 0.0


class _Moved:
    """The same subject a minute step away, again and again; gradients are kept."""

    def __init__(self, subject: Subject, point: Array, u: Array, rng: np.random.Generator) -> None:
        self.subject, self.point, self.u, self.rng = subject, point, u, rng
        self.points: list[Array] = []
        self.gradients: list[Array] = []
        self._elsewhere: Array | None = None
        self._coarse: Array | None = None

    def elsewhere(self, v: Array) -> float:
        """How large the gradient by these entries is where the input, or all, is small."""
        if self._elsewhere is None:
            found = np.zeros(self.point.size)
            inputs = self.subject.parts[0].slice
            for factor, which in itertools.product((0.3, 0.03), (inputs, slice(None))):
                point = self.point.copy()
                point[which] *= factor
                with quietly():
                    gradient = np.abs(self.subject.pullback(point, self.u))
                gradient = np.where(np.isfinite(gradient), gradient, 0.0)
                # A weight's gradient has the input as a factor, which is smaller there.
                gradient[inputs.stop :] /= factor
                found = np.fmax(found, gradient)
            self._elsewhere = found
        return float(np.abs(v) @ self._elsewhere)

    def coarsely(self, v: Array) -> float:
        """What single precision's error makes of double precision's, by array."""
        if self._coarse is None:
            self._coarse = np.zeros(self.point.size)
            try:
                with quietly():
                    single = self.subject.pullback(self.point.astype(np.float32), self.u.astype(np.float32))
                    apart = np.abs(single - self.subject.pullback(self.point, self.u))
            except Exception:  # noqa: BLE001 - what does not compute in single precision tells nothing
                return 0.0
            for part in self.subject.parts:
                self._coarse[part.slice] = EPS / np.finfo(np.float32).eps * _largest(part.of(apart))
        return float(np.abs(v) @ self._coarse)

    def differences(self, v: Array, count: int) -> Array:
        """``<J^T u, v> - <u, J v>`` at ``count`` points."""
        while len(self.points) < count:
            shift = self.rng.uniform(-1, 1, self.point.size) * 2.0 ** self.rng.uniform(-40, -9)
            self.points.append(self.point * (1 + shift))
            self.gradients.append(self.subject.pullback(self.points[-1], self.u))
        steps = [complex_step(self.subject.outputs, point, v) for point in self.points[:count]]
        some = v != 0
        pairs = zip(self.gradients, steps, strict=False)
        return np.array(
            [
                gradient[some] @ v[some] - np.sum(self.u * s.value) if s is not None else np.nan
                for gradient, s in pairs
            ]
        )


def _convicted(moved: _Moved, v: Array) -> tuple[bool, float]:
    """Whether a difference is a fault, and how far rounding alone spreads it.

    Rounding errors at points that lie a minute step apart scatter about a mean no larger than their spread; the
    difference of a wrong gradient from the right one stays what it is.  Where a function is so flat that nothing
    moves, as tanh at 30 is, its gradient where it is not flat tells what rounding may do, and so does single
    precision, whose errors are as many times larger as its unit is.
    """
    for count in (SAMPLES, CONFIRMING):
        differences = moved.differences(v, count)
        spread = float(np.std(differences, ddof=1))
        if np.isfinite(spread):
            spread = max(spread, 2 * EPS * moved.elsewhere(v), moved.coarsely(v))
        if abs(float(np.mean(differences))) <= CONVICTING * spread:
            return False, spread
    return True, spread


def locate(
    subject: Subject,
    point: Array,
    u: Array,
    method: str,
    rng: np.random.Generator,
    everything: bool = False,
) -> tuple[list[Comparison], Mismatch | None]:
    """Look at entries one by one; the comparisons made, and the worst entry that is wrong.

    Without ``everything``, an array of many entries is first narrowed down to a few by random directions in
    ever smaller parts of it.
    """
    gradient = subject.pullback(point, u)
    floor = np.concatenate(
        [np.full(part.size, _largest(part.of(gradient))) for part in subject.parts] or [np.zeros(0)]
    )
    numeric = np.full(point.size, np.nan)
    made: list[Comparison] = []
    worst: tuple[float, int, Comparison] | None = None
    for part in subject.parts:
        entries = np.arange(part.start, part.start + part.size)
        if not everything and entries.size > HANDFUL:
            entries = _narrowed(subject, point, u, method, rng, entries)
        directions = (unit(point.size, int(i)) for i in entries)
        for i, (comparison, fine) in zip(
            entries, compare(subject, point, u, directions, method, rng, floor), strict=True
        ):
            made.append(comparison)
            numeric[i] = comparison.numeric
            badness = np.inf if np.isnan(comparison.error) else comparison.error
            if not fine and (worst is None or badness > worst[0]):
                worst = (badness, int(i), comparison)
    if worst is None:
        return made, None
    part, index = subject.place(worst[1])
    return made, Mismatch(subject, point, u, part, index, worst[2], part.of(gradient), part.of(numeric))


def _largest(a: Array) -> float:
    finite = np.abs(a[np.isfinite(a)])
    return float(finite.max(initial=0.0))


def _narrowed(
    subject: Subject, point: Array, u: Array, method: str, rng: np.random.Generator, entries: Array
) -> Array:
    """A few of these entries that hold a wrong one, if any do: halves are thrown away as long as one is wrong."""

    def wrong(some: Array) -> bool:
        v = np.zeros(point.size)
        v[some] = rng.standard_normal(some.size)
        return not compare(subject, point, u, [v], method, rng)[0][1]

    if not wrong(entries):
        return entries[:0]
    while entries.size > HANDFUL:
        first, second = np.array_split(entries, 2)
        if wrong(first):
            entries = first
        elif wrong(second):
            entries = second
        else:
            return rng.choice(entries, HANDFUL, replace=False)
    return entries
