"""What is said about a layer that computes ``f(x W + b)``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.explain.calls import Call
from mlp.explain.formula import Block, Equation, Expression, Product, Sum, Symbol, Transpose
from mlp.explain.telling.functions import applied, arguments_told, carried_back
from mlp.explain.telling.names import derivative_by, numbers
from mlp.explain.telling.teller import Teller
from mlp.explain.telling.weights import weight_gradient

__all__ = ["dense_backward", "dense_forward"]


def dense_forward(teller: Teller, call: Call) -> Iterator[Block]:
    """``z = x W + b``, ``a = f(z)``."""
    event, names = teller.event("forward", call), teller.names
    x, z, weight = names.value(call.takes[0]), names.z(call), names.weight(call, "W")
    sides: list[Expression] = [z, Product((x, weight)), Product((numbers(event["x"]), numbers(event["W"])))]
    if "b" in event:
        bias = numbers(event["b"])
        sides[1:] = [
            Sum((sides[1], names.weight(call, "b"))),
            Sum((sides[2], bias)),
            Sum((numbers(event["xW"]), bias)),
        ]
    yield Equation((*sides, numbers(event["z"])))
    function = _function(call)
    yield from arguments_told(teller, function)
    yield Equation((names.value(call.makes[0]), *applied(function, z, event["z"], event["a"])))


def dense_backward(teller: Teller, call: Call) -> Iterator[Block]:
    """``dL/dz`` from ``dL/da``, then ``dL/dW = x^T dL/dz``, ``dL/db``, and ``dL/dx = dL/dz W^T`` if it is needed."""
    event, before, names = teller.event("backward", call), teller.event("forward", call), teller.names
    by_z, dz = derivative_by(names.z(call)), event["dz"]
    yield from teller.received(call)
    for told in carried_back(teller, _function(call), call, names.z(call), before["z"], dz):
        yield Equation((by_z, *told)) if isinstance(told, tuple) else told
    x = names.value(call.takes[0])
    rows, back = _matrix(before["x"]), _matrix(dz)
    yield from weight_gradient(
        teller,
        call,
        "W",
        (Product((Transpose(x), by_z)), Product((numbers(rows.T), numbers(back)))),
    )
    if "b" in before:
        yield from weight_gradient(teller, call, "b", _summed(by_z, back))
        if len(back) > 1 and "db" in event and call.is_trained:
            yield teller.say("ones")
    weight = names.weight(call, "W")
    yield from teller.handed_on(
        call.takes[0],
        (
            Product((by_z, Transpose(weight))),
            Product((numbers(dz), numbers(before["W"].T))),
            numbers(event["dx"]),
        ),
    )


def _summed(by_z: Expression, dz: Array) -> tuple[Expression, ...]:
    """The sum of the rows of ``dL/dz``; of one row, that row."""
    if len(dz) == 1:
        return (by_z,)
    ones = np.ones((1, len(dz)), dz.dtype)
    return Product((Transpose(Symbol("1")), by_z)), Product((numbers(ones), numbers(dz)))


def _matrix(a: Array) -> Array:
    return a.reshape(-1, a.shape[-1])


def _function(call: Call) -> Any:
    return call.layer.activation  # type: ignore[attr-defined]
