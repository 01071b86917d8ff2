"""When two runs of a network are the same but for rounding.

How far right code may differ in two runs is not guessed: both are repeated at points nearby, where a difference that
is rounding takes another value and one that is a fault stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.derivatives import EPS, quietly
from mlp.errors import DataError
from mlp.passes import Pass
from mlp.rows import require_finite
from mlp.samples import Samples
from mlp.testing.labels import label_of
from mlp.testing.report import Failure, Named, Report, Result, run_checks

if TYPE_CHECKING:
    from mlp.network import Network
    from mlp.trainable import Trainable

__all__ = ["LAST_PLACES", "Case", "Numbers", "Point", "Run", "same"]

#: Arrays by name: what one run gives.
Numbers = dict[str, Array]


@dataclass(frozen=True)
class Point:
    """Where both sides are run: parameters, rows, and factors for the gradient that is sent back.

    The factors are about ``scale``, by which gradients are divided in the end.
    """

    parameters: Array
    x: Array
    factors: Array
    scale: float = 1.0


#: One side of a comparison: from a point to what comes of it.
Run = Callable[[Point], Numbers]

#: Points around the one in question, first and to confirm.
SAMPLES, CONFIRMING = 8, 24

#: How far from it they are, relative to each number: what a fault does hardly changes over so little, while rounding
#: takes another value, also where a saturated activation has few digits left that could move.
APART = 2.0**-10

#: A difference whose mean is so many times its spread is no rounding.
CONVICTING = 6.0

#: What rounding at the very end leaves, in units in the last place of the largest entry of its kind.
LAST_PLACES = 16.0

#: What is no gradient.
FORWARDS = ("the outputs", "the loss")

#: Below this, products of two numbers lose digits at the end of the exponents.
UNDERFLOW = float(np.sqrt(np.finfo(np.float64).tiny))


@dataclass
class Case:
    """A network in float64 without penalties, its data, and a source of chance."""

    net: Trainable
    x: Array
    t: Array | None
    weight: Array | None
    rng: np.random.Generator
    u: Array

    @classmethod
    def of(cls, net: Network, x: Any, rng: Any, y: Any = None, needs_loss: bool = False) -> Case:
        """What a caller handed over, checked and converted; penalties are taken off."""
        generator = checks.generator("rng", rng)
        twin: Trainable = net.astype("float64")
        for layer in twin.walk():
            if vars(layer).get("activity_regularizer") is not None:
                vars(layer)["activity_regularizer"] = None
            for name, spec in layer._specs.items():
                layer._specs[name] = replace(spec, regularizer=None)
        if needs_loss:
            samples = Samples.checked(twin, x, y)
            rows, t = samples.x, samples.t
        else:
            rows, t = twin.rows_in(x), None
            require_finite("x", rows)
        with quietly():
            outputs = twin.predict(rows)
        if not outputs.size:
            raise DataError("x has no rows; at least one is needed")
        if not np.isfinite(outputs).all():
            raise DataError("the network's outputs for x are not finite, so there is nothing to compare")
        return cls(twin, rows.copy(), t, None, generator, generator.standard_normal(outputs.shape))

    def outputs_and_gradients(self, net: Trainable, point: Point) -> Numbers:
        """What the network says forwards, and backwards of one random ``dL/dy``."""
        with quietly():
            y = net.forward(point.x)
            dx = net.backward(self.u * point.factors)
        return {"the outputs": y, **_gradients(net, dx, point)}

    def loss_and_gradients(
        self, net: Trainable, point: Point, rows: Any = slice(None), weight: Array | None = None
    ) -> Numbers:
        """What the compiled loss says forwards and backwards, of some of the rows."""
        one = Pass(net, net.compiled.needed_loss())
        assert self.t is not None  # noqa: S101 - whoever asks for a loss has targets
        with quietly():
            value = one.forward(point.x[rows], self.t[rows], weight, False)
            assert one._slopes is not None  # noqa: S101 - forward has been
            one._slopes = one._slopes * point.factors[rows]
            dx = one.backward()
        return {"the loss": np.array(float(value)), **_gradients(net, dx, point)}

    def at(self, point: Point) -> Trainable:
        """The network with a point's parameters."""
        self.net._parameters[...] = point.parameters
        return self.net

    def report(self, subject: str, named: list[Named[Case]]) -> Report:
        """Run all checks."""
        return run_checks(subject, self, tuple(named))


def _gradients(net: Trainable, dx: Array, point: Point) -> Numbers:
    found = {
        f"the gradient of {label_of(layer)} {name}": layer._gradients[name] / point.scale
        for layer in net.walk()
        for name, spec in layer._specs.items()
        if spec.trainable
    }
    return {"dL/dx": dx / point.scale, **found}


def same(
    case: Case,
    one: Run,
    other: Run,
    change: str,
    names: tuple[str, str] = ("before", "after"),
) -> Result:
    """Hold two runs against each other.

    Parameters
    ----------
    case : Case
        Where.
    one, other : callable
        The runs; ``other`` has undone in its results what the change did to them.
    change : str
        What was changed, for the message.
    names : tuple of str
        What the two are called there.

    Raises
    ------
    Failure
        If they differ by more than rounding.
    """
    start = Point(case.net.parameters.copy(), case.x, np.ones(case.u.shape))
    points = _Points(case, one, other, start)
    try:
        suspects = [s for name in points.pairs[0][0] if (s := points.suspect(name)) is not None]
    finally:
        case.at(start)
    if suspects:
        before, after = points.pairs[0]
        name, index = max(suspects, key=lambda s: _share(before[s[0]], after[s[0]], s[1]))
        a, b = float(before[name][index]), float(after[name][index])
        place = f"[{', '.join(map(str, index))}]" if index else ""
        spread = points.spread(name, index)
        raise Failure(
            f"{change}\n\nThis should change nothing but rounding, yet of {name}{place}\n"
            f"  {names[0]:>10}: {a:.17g}\n  {names[1]:>10}: {b:.17g}\n"
            f"  difference: {b - a:.3g}, where rounding explains {spread:.1g}"
            + (f"\nAlso: {', '.join(s[0] for s in suspects if s[0] != name)}" if len(suspects) > 1 else "")
        )
    return Result(error=points.error())


def _share(a: Array, b: Array, index: tuple[int, ...]) -> float:
    """A difference, relative to the largest entry; infinite where a number is none."""
    largest = float(np.abs(a[np.isfinite(a)]).max(initial=0.0))
    difference = abs(float(a[index]) - float(b[index]))
    return difference / largest if largest and np.isfinite(difference) else np.inf


class _Points:
    """Both runs at the point in question and, only if they differ there, at points nearby."""

    def __init__(self, case: Case, one: Run, other: Run, start: Point) -> None:
        self.case, self.one, self.other, self.start = case, one, other, start
        self.pairs = [(one(start), other(start))]

    def more(self, count: int) -> None:
        """Have so many pairs."""
        while len(self.pairs) < count:
            start = self.start
            # Whole numbers among the rows may be labels, which must not move.
            x = np.where(start.x == np.round(start.x), start.x, self._moved(start.x))
            scale = float(self.case.rng.uniform(1.0, 1.0625))
            point = Point(self._moved(start.parameters), x, scale * self._moved(start.factors), scale)
            self.pairs.append((self.one(point), self.other(point)))

    def _moved(self, a: Array) -> Array:
        moved: Array = a * (1 + self.case.rng.uniform(-APART, APART, a.shape))
        return moved

    def suspect(self, name: str) -> tuple[str, tuple[int, ...]] | None:
        """The worst entry of an array that differs by more than rounding."""
        a, b = (side[name] for side in self.pairs[0])
        if a.shape != b.shape:
            raise Failure(f"{name} has shape {a.shape} before and {b.shape} after")
        floor = LAST_PLACES * EPS * self._largest(name)
        floor = max(floor, UNDERFLOW)
        if _within(a, b, floor).all():
            return None
        for count in (SAMPLES, CONFIRMING):
            self.more(count)
            differences = self._differences(name)
            with np.errstate(invalid="ignore"):
                middle, spread = np.abs(differences.mean(axis=0)), differences.std(axis=0, ddof=1)
                guilty = ~(middle <= np.maximum(CONVICTING * spread, floor)) & ~_within(a, b, floor)
            if not guilty.any():
                return None
        shares = np.where(guilty, np.abs(a - b), -1.0)
        shares[guilty & ~np.isfinite(shares)] = np.inf
        return name, tuple(int(i) for i in np.unravel_index(int(shares.argmax()), shares.shape))

    def _largest(self, name: str) -> float:
        """The size of the terms: behind a saturated activation a gradient is what is left of much larger ones."""
        arrays = self.pairs[0][0]
        alike = [name] if name in FORWARDS else [other for other in arrays if other not in FORWARDS]
        finite = (np.abs(arrays[other][np.isfinite(arrays[other])]) for other in alike)
        return max(float(a.max(initial=0.0)) for a in finite)

    def _differences(self, name: str) -> Array:
        with np.errstate(invalid="ignore"):
            return np.array([one[name] - other[name] for one, other in self.pairs])

    def spread(self, name: str, index: tuple[int, ...]) -> float:
        """How far rounding alone spreads an entry's difference."""
        with np.errstate(invalid="ignore"):
            spread = float(np.array([d[index] for d in self._differences(name)]).std(ddof=1))
        return spread if np.isfinite(spread) else 0.0

    def error(self) -> float:
        """The largest difference, relative to its array."""
        one, other = self.pairs[0]
        worst = 0.0
        for name, a in one.items():
            largest = float(np.abs(a).max(initial=0.0))
            if largest:
                worst = max(worst, float(np.abs(a - other[name]).max()) / largest)
        return worst


def _within(a: Array, b: Array, floor: float) -> Array:
    with np.errstate(invalid="ignore"):
        within: Array = np.abs(a - b) <= floor
    return within
