"""What is said about the loss: targets, formula, value, and its derivative by the output."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from mlp import losses
from mlp.activations.callables import function_name
from mlp.arrays import Array
from mlp.explain.event import Event
from mlp.explain.formula import (
    Apply,
    Block,
    Elementwise,
    Equation,
    Expression,
    Matrix,
    Negative,
    Product,
    Sum,
    Symbol,
)  # fmt: skip
from mlp.explain.telling.names import LOSS, derivative_by, numbers
from mlp.explain.telling.teller import Teller, same
from mlp.losses import Loss

__all__ = ["loss_told", "total_told"]


def loss_told(teller: Teller, loss: Loss, event: Event) -> Iterator[Block]:
    """One loss of one output."""
    value = teller.calls.outputs[int(event["output"])]
    a, t = teller.names.value(value), teller.names.of_output("t", int(event["output"]))
    name = loss.name or type(loss).__name__
    yield teller.say("loss name", name=name)
    yield teller.say("target")
    shown = event["target"] if "target" in event else event["t"]
    yield Equation((t, numbers(shown)))
    symbol = _symbol(teller, event)
    formula, told = FORMULAS.get(type(loss)), _Told()
    if formula is not None and shown.shape == event["a"].shape:
        told = formula(event, a, t, _times_mean(loss, event))
        told = told if same(np.asarray(told.value), event["loss"]) else _Told()
    if told.uses_difference:
        yield teller.say("difference")
        inside = Sum((numbers(event["a"]), Negative(numbers(shown))))
        yield Equation((_difference(t), Sum((a, Negative(t))), inside, numbers(event["a"] - shown)))
    if "rows" in event and event["rows"].size > 1:
        yield teller.say("by row")
        yield Equation((Symbol("l", t.index), numbers(event["rows"][:, None])))
    yield teller.say("value")
    sides = told.sides or (Apply(name, (t, a)),)
    if isinstance(sides[-1], Matrix) and np.array_equal(np.ravel(sides[-1].values), np.ravel(event["loss"])):
        sides = sides[:-1]  # the mean of one number says nothing new
    yield Equation((symbol, *sides, numbers(event["loss"])))
    if event["weight"] != 1:
        yield teller.say("loss weight", weight=f"{float(event['weight']):.6g}")
    yield from _slope_told(teller, event, value, told)


def _slope_told(teller: Teller, event: Event, value: int, told: _Told) -> Iterator[Block]:
    """``dL/da``."""
    if "da" not in event:
        return
    joined, call = "dz" in event, teller.calls.maker(value)
    if joined and call is not None:
        function = getattr(call.layer, "activation", None)
        name = function_name(function) if function is not None else str(call.layer.name)
        yield teller.say("loss slope joined", function=name)
    else:
        yield teller.say("loss slope")
    sides: tuple[Expression, ...] = ()
    if told.slope is not None:
        factor, expression, entries = told.slope
        factor *= float(event["weight"])
        if same(np.asarray(factor * entries), event["da"]):
            sides = (_times(factor, expression), _times(factor, numbers(entries)))
            sides = sides if factor != 1 else sides[:1]
    shown = Equation((*sides, numbers(event["da"])))
    sole = joined or teller.is_sole(value)
    yield Equation((derivative_by(teller.names.value(value)), *shown.sides)) if sole else shown


def total_told(teller: Teller) -> Iterator[Block]:
    """The sum of the losses of all outputs and of the penalties, where there is more than one loss."""
    events = teller.losses
    penalised = "penalty" in events[0]
    if len(teller.calls.outputs) == 1 and not penalised and events[0]["weight"] == 1:
        return
    symbols = [_times(float(e["weight"]), _symbol(teller, e)) for e in events]
    values = [_times(float(e["weight"]), numbers(e["loss"])) for e in events]
    if penalised:
        yield teller.say("penalty" if len(events) == 1 else "penalties")
        symbols.append(Symbol("R"))
        values.append(numbers(events[0]["penalty"]))
    else:
        yield teller.say("total")
    sides = [_sum(symbols), _sum(values)]
    yield Equation((LOSS, *sides, numbers(events[0]["L"])))


def _symbol(teller: Teller, event: Event) -> Symbol:
    """``L``; one of several losses has the number of its output, and one that is not the whole is called ``E``."""
    is_whole = len(teller.calls.outputs) == 1 and "penalty" not in event and event["weight"] == 1
    return LOSS if is_whole else teller.names.of_output("E", int(event["output"]))


def _sum(terms: list[Expression]) -> Expression:
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def _times(factor: float, expression: Expression) -> Expression:
    if factor == 1:
        return expression
    if factor == -1:
        return Negative(expression)
    return Product((Matrix(np.array(factor)), expression))


class _Told:
    """A loss as a formula: the sides of its equation, the number that they give, and ``dL/da`` as a factor times something."""

    def __init__(
        self,
        value: float = np.nan,
        sides: tuple[Expression, ...] = (),
        slope: tuple[float, Expression, Array] | None = None,
        uses_difference: bool = False,
    ) -> None:
        self.value, self.sides, self.slope, self.uses_difference = value, sides, slope, uses_difference


def _times_mean(loss: Loss, event: Event) -> float:
    """What the mean over rows is multiplied by to be what the loss takes instead."""
    a = event["a"]
    return a.size // a.shape[-1] if loss.reduction == "sum" else 1


def _difference(t: Symbol) -> Symbol:
    """``e = a - t``."""
    return Symbol("e", t.index)


def _squared(factor: Callable[[Array], float]) -> Formula:
    """``factor sum e^2``, for ``e = a - t``."""

    def told(event: Event, a: Symbol, t: Symbol, times: float) -> _Told:
        e = event["a"] - event["t"]
        squares, by = e * e, times * factor(e)
        square = Elementwise((_difference(t), _difference(t)))
        sides = _mean_or_sum(by, square, squares)
        return _Told(by * float(squares.sum()), sides, (2 * by, _difference(t), e), True)

    return told


def _mean_or_sum(factor: float, symbolic: Expression, entries: Array) -> tuple[Expression, ...]:
    """The mean, or ``factor`` times the sum, of entries; neither where there is one entry."""
    name = "mean" if math.isclose(factor * entries.size, 1) else "sum"
    by = 1 if name == "mean" else factor
    return _times(by, _over(name, symbolic, entries)), _times(by, _over(name, numbers(entries), entries))


def _over(name: str, expression: Expression, entries: Array) -> Expression:
    return expression if entries.size == 1 else Apply(name, (expression,))


def _absolute(event: Event, a: Symbol, t: Symbol, times: float) -> _Told:
    """``mean |e|``."""
    e = event["a"] - event["t"]
    by = times / e.size
    sides = _mean_or_sum(by, Apply("abs", (_difference(t),)), np.abs(e))
    slope = (by, Apply("sign", (_difference(t),)), np.sign(e))
    return _Told(by * float(np.abs(e).sum()), sides, slope, True)


def _hinge(event: Event, a: Symbol, t: Symbol, times: float) -> _Told:
    """``mean max(0, 1 - t a)``."""
    missing = 1 - event["t"] * event["a"]
    one, zero = numbers(np.array(1.0)), numbers(np.array(0.0))

    def larger(inside: Expression) -> Expression:
        return Apply("max", (zero, inside))

    symbolic = larger(Sum((one, Negative(Elementwise((t, a))))))
    values, by = np.maximum(missing, 0), times / missing.size
    first, *_ = _mean_or_sum(by, symbolic, values)
    sides = (first, *_mean_or_sum(by, larger(numbers(missing)), values))
    return _Told(by * float(values.sum()), sides)


def _categorical(event: Event, a: Symbol, t: Symbol, times: float) -> _Told:
    """``-factor sum t log a``."""
    if "target" not in event:
        return _Told()
    logs = np.where(event["target"] == 0, 0, np.log(np.where(event["target"] == 0, 1, event["a"])))
    return _cross_entropy(event, Elementwise((t, Apply("log", (a,)))), event["target"] * logs)


def _binary(event: Event, a: Symbol, t: Symbol, times: float) -> _Told:
    """``-factor sum (t log a + (1 - t) log(1 - a))``."""
    if "target" not in event:
        return _Told()
    one, p, target = numbers(np.array(1.0)), event["a"], event["target"]
    with np.errstate(all="ignore"):
        entries = target * np.log(p) + (1 - target) * np.log1p(-p)
    symbolic = Sum(
        (
            Elementwise((t, Apply("log", (a,)))),
            Elementwise((Sum((one, Negative(t))), Apply("log", (Sum((one, Negative(a))),)))),
        )
    )
    return _cross_entropy(event, symbolic, entries)


def _cross_entropy(event: Event, symbolic: Expression, entries: Array) -> _Told:
    factor = float(event["factor"] / event["weight"])
    sides = (
        _times(-factor, _over("sum", symbolic, entries)),
        _times(-factor, _over("sum", numbers(entries), entries)),
    )
    return _Told(-factor * float(entries.sum()), sides)


#: What an event, the symbols of output and target, and the factor of `_times_mean` are told as.
Formula: TypeAlias = Callable[[Event, Symbol, Symbol, float], _Told]

FORMULAS: dict[type[Loss], Formula] = {
    losses.MeanSquaredError: _squared(lambda e: 1 / e.size),
    losses.SumSquaredError: _squared(lambda e: 0.5 / (e.size // e.shape[-1])),
    losses.MeanAbsoluteError: _absolute,
    losses.Hinge: _hinge,
    losses.BinaryCrossentropy: _binary,
    losses.CategoricalCrossentropy: _categorical,
    losses.SparseCategoricalCrossentropy: _categorical,
}
