"""What is said about layers that are functions of arrays, about merging ones, and about any other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mlp import layers
from mlp.explain.calls import Call, weights_of
from mlp.explain.formula import Apply, Block, Elementwise, Equation, Expression, Negative, Sum
from mlp.explain.telling.functions import applied, arguments_told, carried_back
from mlp.explain.telling.names import numbers
from mlp.explain.telling.teller import Teller
from mlp.explain.telling.weights import trained_keys, weight_gradient

__all__ = ["MERGES", "function_backward", "function_forward", "other_backward", "other_forward"]

#: Merging layers that have a sign.
MERGES: dict[type, Any] = {
    layers.Add: lambda terms: Sum(tuple(terms)),
    layers.Multiply: lambda terms: Elementwise(tuple(terms)),
    layers.Subtract: lambda terms: Sum((terms[0], Negative(terms[1]))),
}


def function_forward(teller: Teller, call: Call) -> Iterator[Block]:
    """``a = f(x)``."""
    event, x = teller.event("forward", call), teller.names.value(call.takes[0])
    function: Any = call.layer.activation  # type: ignore[attr-defined]
    sides = applied(function, x, event["x"], event["a"])
    yield from arguments_told(teller, function)
    yield Equation((teller.names.value(call.makes[0]), *sides))


def function_backward(teller: Teller, call: Call) -> Iterator[Block]:
    """``dL/dx = dL/da * f'(x)``."""
    (value,) = call.takes
    if value not in teller.moved:
        return
    yield from teller.received(call)
    function: Any = call.layer.activation  # type: ignore[attr-defined]
    event, before = teller.event("backward", call), teller.event("forward", call)
    for told in carried_back(teller, function, call, teller.names.value(value), before["x"], event["dx"]):
        if isinstance(told, tuple):
            yield from teller.handed_on(value, told)
        else:
            yield told


def other_forward(teller: Teller, call: Call) -> Iterator[Block]:
    """``a = Layer(x)``, with its weights."""
    event, names, layer = teller.event("forward", call), teller.names, call.layer
    taken = _arrays(event, "x", len(call.takes))
    made = _arrays(event, "a", len(call.makes))
    keys = [key for key, *_ in weights_of(layer)]
    if keys:
        yield teller.say("weights")
        yield from (Equation((names.weight(call, key), numbers(event[key]))) for key in keys)
    symbols: list[Expression] = [names.value(value) for value in call.takes]
    if _hands_on(call, taken, made):
        yield teller.say("unchanged")
        yield Equation((names.value(call.makes[0]), *symbols, numbers(made[0])))
        return
    if layer.differs_in_training:
        yield teller.say("inference")
    inside = [numbers(array) for array in taken]
    if type(layer) in MERGES and len({array.shape for array in taken}) == 1:
        merge = MERGES[type(layer)]
        sides: tuple[Expression, ...] = (merge(symbols), merge(inside))
    else:
        kind = type(layer).__name__
        sides = (Apply(kind, tuple(symbols)), Apply(kind, tuple(inside)))
    for i, (value, array) in enumerate(zip(call.makes, made, strict=True)):
        yield Equation((names.value(value), *(sides if i == 0 else ()), numbers(array)))


def other_backward(teller: Teller, call: Call) -> Iterator[Block]:
    """The gradients of its weights and of what it took."""
    event = teller.event("backward", call)
    keys = trained_keys(call)
    needed = [value for value in call.takes if value in teller.moved]
    if not keys and not needed:
        return
    yield from teller.received(call)
    if teller.joined_with(call) is not None:
        yield teller.say("joined inside")
        yield Equation((numbers(event["dz"]),))
    for key in keys:
        yield from weight_gradient(teller, call, key)
    taken = _arrays(teller.event("forward", call), "x", len(call.takes))
    made = _arrays(teller.event("forward", call), "a", len(call.makes))
    back = _arrays(event, "dx", len(call.takes))
    for value, array in zip(call.takes, back, strict=True):
        through = _hands_on(call, taken, made) and "da" in event and np.array_equal(event["da"], array)
        yield from teller.handed_on(
            value, (*([teller.slope(call.makes[0])] if through else []), numbers(array))
        )


def _hands_on(call: Call, taken: list[Any], made: list[Any]) -> bool:
    """Whether a layer that does something in training alone gives the very numbers that it got."""
    idle = call.layer.differs_in_training or isinstance(call.layer, layers.ActivityRegularization)
    return idle and len(taken) == len(made) == 1 and np.array_equal(taken[0], made[0])


def _arrays(event: Any, name: str, n: int) -> list[Any]:
    return [event[name]] if n == 1 else [event[f"{name}_{i}"] for i in range(1, n + 1)]
