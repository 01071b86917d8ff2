"""Looking for an expression among the nodes of a graph.

Two ways to write down one sum or product are the same here: the order and the grouping of terms, ``a - b`` and ``a + (-b)``,
``a / 2`` and ``0.5 a``, ``Pow(a, 2)`` and ``a a``; and so are ``Relu``, ``Clip``, ``Max`` and ``Min`` with constants.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.files.onnx.model import Node
from mlp.files.onnx.operators import COMPARISONS, OPERATORS
from mlp.files.onnx.tensors import short
from mlp.files.onnx.terms import Blank, Term, Variable, op

__all__ = ["Matcher"]

#: How far a constant may be from the one that is looked for, which somebody has rounded to float32 or to seven digits.
TOLERANCE = 1e-6

#: How many ways to take one sum or product apart are tried, and how deep one goes into it: real graphs need a handful.
MOST_WAYS, MOST_DEPTH = 20, 5

#: How many comparisons a file may cost, and how many more for each node: real graphs need some hundred a node.
MOST_STEPS, STEPS_A_NODE = 200_000, 500

#: Once there are so many terms no expression is as long.
MOST_TERMS = 8

Bound = dict[str, Any]
#: What stands in a sum (or product) with the sign (or power) 1 or -1.
Item = tuple[Any, int]

SUMS, PRODUCTS = {"Add", "Sub", "Sum"}, {"Mul", "Div", "Neg", "Reciprocal"}
CLIPS = {"Clip", "Relu", "Max", "Min", "HardSigmoid"}


class Matcher:
    """Finds expressions.

    Parameters
    ----------
    makers : dict of str to Node
        Which node makes a value.
    constants : dict of str to array
        What is constant.
    """

    def __init__(self, makers: Mapping[str, Node], constants: Mapping[str, Array]) -> None:
        self.makers, self.constants = makers, constants
        self._steps_left = MOST_STEPS + STEPS_A_NODE * len(makers)

    def match(self, term: Any, name: str) -> Bound | None:
        """What stands for the variables and blanks of ``term`` if it is what computes the value ``name``."""
        return next(self._match(term, name, {}), None)

    def could(self, term: Term, name: str) -> bool:
        """Whether the node that makes a value may be the root of an expression: a quick look before a `match`."""
        maker = self._view(name)
        return maker is not None and _family(maker.operator) == _family(term.operator)

    def _match(self, term: Any, e: Any, bound: Bound) -> Iterator[Bound]:
        self._steps_left -= 1
        if self._steps_left < 0:
            raise ModelFileError("its graph is too intricate to be understood")
        if isinstance(term, Variable):
            if isinstance(e, str) and e not in self.constants and bound.get(term.name, e) == e:
                yield {**bound, term.name: e}
        elif isinstance(term, Blank):
            yield from self._bind(term, self._constant(e), 1, bound)
        elif not isinstance(term, Term):
            if _same(self._constant(e), term):
                yield bound
        elif term.operator in SUMS or term.operator in PRODUCTS:
            yield from self._linear(term, e, bound)
        elif term.operator in CLIPS:
            yield from self._clip(term, e, bound)
        else:
            yield from self._node(term, e, bound)

    # What stands somewhere

    def _view(self, e: Any) -> Term | None:
        """The operator that makes a value, with the names of what it takes."""
        if isinstance(e, Term):
            return e
        node = self.makers.get(e) if isinstance(e, str) else None
        if node is None:
            return None
        made = Term(
            node.operator, tuple(name or None for name in node.inputs), node.attributes, node.outputs.index(e)
        )
        if node.operator in ("Less", "LessOrEqual"):
            turned = {"Less": "Greater", "LessOrEqual": "GreaterOrEqual"}[node.operator]
            return op(turned, *made.inputs[::-1])
        asked = self.makers.get(node.inputs[0]) if node.operator == "Cast" else None
        if asked is not None and asked.operator == "Not":
            return op("Where", asked.inputs[0], 0.0, 1.0)
        if asked is not None and asked.operator in COMPARISONS:
            return op("Where", made.inputs[0], 1.0, 0.0)
        if node.operator == "Where" and (condition := self.makers.get(node.inputs[0])):
            if condition.operator == "Not":
                return op("Where", condition.inputs[0], *made.inputs[:0:-1])
            if condition.operator == "LessOrEqual":
                return op("Where", op("Greater", *condition.inputs), *made.inputs[:0:-1])
        if node.operator == "HardSwish":
            return op("Mul", made.inputs[0], op("HardSigmoid", made.inputs[0], alpha=1 / 6, beta=0.5))
        if node.operator == "ReduceL2":
            square = op("Mul", made.inputs[0], made.inputs[0])
            return op("Sqrt", Term("ReduceSum", (square,), node.attributes))
        return made

    def _constant(self, e: Any) -> Array | None:
        if isinstance(e, str):
            return self.constants.get(e)
        return np.asarray(e) if isinstance(e, float | int | np.ndarray) else None

    def _bind(self, blank: Blank, value: Array | None, power: int, bound: Bound) -> Iterator[Bound]:
        if value is None or value.dtype.kind not in "fiu":
            return
        if value.dtype.kind == "u":
            value = value.astype(np.float64)
        if not blank.is_array:
            if value.size != 1:
                return
            number = value.reshape(())[()]
            value = np.asarray(short(number) if value.dtype.kind == "f" else int(number))
        with np.errstate(all="ignore"):
            found: Any = blank.sign * (value if power > 0 else 1.0 / value)
        if not blank.is_array:
            found = found.item()
            if not math.isfinite(found):
                return
        if blank.name not in bound:
            yield {**bound, blank.name: found}
        elif _same(np.asarray(bound[blank.name]), found):
            yield bound

    # Operators

    def _node(self, term: Term, e: Any, bound: Bound) -> Iterator[Bound]:
        made = self._view(e)
        if made is None or made.operator != term.operator or made.output != term.output:
            return
        if len(made.inputs) != len(term.inputs):
            return
        bounds: Iterator[Bound] = self._attributes(term, made, bound)
        for wanted, given in zip(term.inputs, made.inputs, strict=True):
            bounds = self._input(wanted, given, bounds)
        yield from bounds

    def _input(self, wanted: Any, given: Any, bounds: Iterator[Bound]) -> Iterator[Bound]:
        for bound in bounds:
            if wanted is None or given is None:
                if wanted is given:
                    yield bound
            elif isinstance(wanted, list):
                array = self._constant(given)
                if array is not None and array.shape == (len(wanted),):
                    yield from self._bind(wanted[0], array[0], 1, bound)
            else:
                yield from self._match(wanted, given, bound)

    def _attributes(self, term: Term, made: Term, bound: Bound) -> Iterator[Bound]:
        for name, given in made.attributes.items():
            wanted = term.attributes.get(name, OPERATORS[made.operator][name])
            if isinstance(wanted, list) and isinstance(given, list) and len(wanted) == len(given) == 1:
                (wanted,), (given,) = wanted, given
            if isinstance(wanted, Blank):
                value = given if isinstance(given, int | float) else tuple(given or ())
                if bound.get(wanted.name, value) != value:
                    return
                bound = {**bound, wanted.name: value}
            elif not _equal(wanted, given):
                return
        yield bound

    # Sums and products

    def _linear(self, term: Term, e: Any, bound: Bound) -> Iterator[Bound]:
        family = PRODUCTS if term.operator in PRODUCTS else SUMS
        wanted = _all_parts(term, family)
        numbers, rest = _split(wanted, lambda part: isinstance(part, float | int))
        blanks, rest = _split(rest, lambda part: isinstance(part, Blank) and not part.is_array)
        target = _total(numbers, family)
        for items in itertools.islice(self._ways([(e, 1)], 0, family, len(rest), MOST_DEPTH), MOST_WAYS):
            if len(rest) <= len(items):
                yield from self._assign(rest, items, blanks, target, family, bound)

    def _assign(
        self,
        rest: Sequence[Item],
        items: Sequence[Item],
        blanks: Sequence[Item],
        target: float,
        family: set[str],
        bound: Bound,
    ) -> Iterator[Bound]:
        """Match each of ``rest`` with one item; what is left must be numbers that make the target, or a blank's value."""
        if rest:
            (part, power), *others = rest
            for i, (item, its_power) in enumerate(items):
                left = [*items[:i], *items[i + 1 :]]
                if isinstance(part, Blank):
                    found = self._bind(part, self._constant(item), power * its_power, bound) if family is PRODUCTS else (
                        self._bind(Blank(part.name, power * its_power * part.sign, True), self._constant(item), 1, bound)
                    )  # fmt: skip
                elif power == its_power:
                    found = self._match(part, item, bound)
                else:
                    continue
                for one in found:
                    yield from self._assign(others, left, blanks, target, family, one)
            return
        constants = [(self._constant(item), power) for item, power in items]
        if any(value is None or value.size != 1 for value, _ in constants):
            return
        numbers = [(float(value.item()), power) for value, power in constants if value is not None]
        total = _total(numbers, family)
        if not blanks and _same(np.asarray(total), target):
            yield bound
        if len(blanks) != 1 or not constants:
            return
        ((blank, power),) = blanks
        with np.errstate(all="ignore"):
            left_over = np.asarray(total - target if family is SUMS else np.divide(total, target))
        if all(value is not None and value.dtype == np.float32 for value, _ in constants):
            left_over = left_over.astype(np.float32)
        if family is SUMS:
            yield from self._bind(Blank(blank.name, blank.sign * power), left_over, 1, bound)
        else:
            yield from self._bind(blank, left_over, power, bound)

    def _ways(
        self, items: list[Item], i: int, family: set[str], most: int, depth: int
    ) -> Iterator[list[Item]]:
        """The ways to take a sum or product apart, the parts from ``i`` on being still whole.

        No more than ``most`` of the parts are other than constants, for each must be found in the expression.
        """
        self._steps_left -= 1
        if len(items) > MOST_TERMS or sum(self._constant(part) is None for part, _ in items) > most:
            return
        if i == len(items):
            yield items
            return
        yield from self._ways(items, i + 1, family, most, depth)
        inner = self._opened(items[i], family) if depth else None
        if inner is not None:
            yield from self._ways([*items[:i], *inner, *items[i + 1 :]], i, family, most, depth - 1)

    def _opened(self, item: Item, family: set[str]) -> list[Item] | None:
        """The parts of one part, if it is a sum or product itself."""
        e, sign = item
        made = self._view(e)
        if made is None:
            return None
        if family is SUMS and made.operator == "Neg":
            return [(made.inputs[0], -sign)]
        if made.operator in family:
            return _opened(made, sign)
        if family is SUMS or made.operator != "Pow":
            return None
        exponent = self._constant(made.inputs[1])
        if exponent is None or exponent.size != 1:
            return None
        power, base = float(exponent.item()), made.inputs[0]
        if power in (-1, 1, 2, 3):
            return [(base, sign * int(math.copysign(1, power)))] * int(abs(power))
        if power in (-0.5, 0.5):
            return [(op("Sqrt", base), sign * int(math.copysign(1, power)))]
        return None

    # Bounds

    def _clip(self, term: Term, e: Any, bound: Bound) -> Iterator[Bound]:
        x, low, high = self._bounds(term)
        for inner, least, most in self._bounded(e):
            bounds: Iterator[Bound] = iter([bound])
            for wanted, given in ((low, least), (high, most)):
                bounds = self._limit(wanted, given, bounds)
            for one in bounds:
                yield from self._match(x, inner, one)

    def _limit(self, wanted: Any, given: float, bounds: Iterator[Bound]) -> Iterator[Bound]:
        for bound in bounds:
            if isinstance(wanted, Blank):
                if math.isfinite(given):
                    yield from self._bind(wanted, np.asarray(given), 1, bound)
            elif wanted == given or _same(np.asarray(given), wanted):
                yield bound

    def _bounds(self, term: Term) -> tuple[Any, Any, Any]:
        """Inner expression and bounds of an expression that is written as one would."""
        x, *limits = term.inputs
        if term.operator == "Relu":
            return x, 0.0, math.inf
        if term.operator == "Max":
            return x, limits[0], math.inf
        if term.operator == "Min":
            return x, -math.inf, limits[0]
        if term.operator == "HardSigmoid":
            return x * term.attributes["alpha"] + term.attributes["beta"], 0.0, 1.0
        low, high = limits
        return x, -math.inf if low is None else low, math.inf if high is None else high

    def bounds_of(self, e: Any) -> tuple[Any, float, float] | None:
        """What is bounded by a node, and the bounds, if they are constants."""
        made = self._view(e)
        if made is None or made.operator not in CLIPS:
            return None
        if made.operator == "HardSigmoid":
            x, alpha, beta = made.inputs[0], made.attributes["alpha"], made.attributes["beta"]
            return op("Add", op("Mul", x, alpha), beta), 0.0, 1.0
        if made.operator == "Relu":
            return made.inputs[0], 0.0, math.inf
        if made.operator == "Clip":
            x, least, most = (*made.inputs, None, None)[:3]
            low, high = self._number(least, -math.inf), self._number(most, math.inf)
            return None if low is None or high is None else (x, low, high)
        if len(made.inputs) != 2:
            return None
        for x, limit in (made.inputs, made.inputs[::-1]):
            number = self._number(limit)
            if number is not None and self._constant(x) is None:
                return (x, number, math.inf) if made.operator == "Max" else (x, -math.inf, number)
        return None

    def _number(self, e: Any, missing: float | None = None) -> float | None:
        """The number that a constant is, ``missing`` if nothing is given; None if it is none."""
        if e is None:
            return missing
        value = self._constant(e)
        return None if value is None or value.size != 1 else short(value.reshape(())[()])

    def _bounded(self, e: Any) -> Iterator[tuple[Any, float, float]]:
        """The same for bounds within bounds, taken together or not."""
        found = self.bounds_of(e)
        for _ in range(MOST_DEPTH):
            if found is None:
                return
            yield found
            x, low, high = found
            inner = self.bounds_of(x)
            if inner is None:
                return
            x, least, most = inner
            found = x, min(max(least, low), high), min(max(most, low), high)


def _family(operator: str) -> str:
    for name, family in (("linear", SUMS | PRODUCTS | {"HardSwish"}), ("clip", CLIPS)):
        if operator in family:
            return name
    return "Sqrt" if operator == "ReduceL2" else "Where" if operator == "Cast" else operator


def _all_parts(term: Any, family: set[str], sign: int = 1) -> list[Item]:
    """The parts of a sum or product as it is written in the tables, fully taken apart."""
    if not isinstance(term, Term) or not (
        term.operator in family or (family is SUMS and term.operator == "Neg")
    ):
        return [(term, sign)]
    if family is SUMS and term.operator == "Neg":
        return _all_parts(term.inputs[0], family, -sign)
    return [part for inner, one in _opened(term, sign) for part in _all_parts(inner, family, one)]


def _opened(term: Term, sign: int) -> list[Item]:
    if term.operator == "Neg":
        return [(term.inputs[0], sign), (-1.0, 1)]
    if term.operator == "Reciprocal":
        return [(term.inputs[0], -sign)]
    first, *others = term.inputs
    turned = -sign if term.operator in ("Sub", "Div") else sign
    return [(first, sign), *((part, turned) for part in others)]


def _split(items: Sequence[Item], test: Any) -> tuple[list[Item], list[Item]]:
    return [item for item in items if test(item[0])], [item for item in items if not test(item[0])]


def _total(numbers: Sequence[tuple[float, int]], family: set[str]) -> float:
    if family is SUMS:
        return sum(sign * value for value, sign in numbers)
    total = 1.0
    with np.errstate(all="ignore"):
        for value, power in numbers:
            total = float(total * value if power > 0 else np.divide(total, value))
    return total


def _same(found: Array | None, wanted: Any) -> bool:
    """Whether a constant is the one that is looked for, as far as rounding allows."""
    if found is None or found.dtype.kind not in "fiu":
        return False
    array = np.asarray(wanted)
    if array.ndim == 0 and found.size == 1:
        found = found.reshape(())
    return found.shape == array.shape and bool(np.allclose(found, array, rtol=TOLERANCE, atol=1e-12))


def _equal(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, float) and isinstance(given, float):
        return math.isclose(wanted, given, rel_tol=TOLERANCE)
    return bool(wanted == given)
