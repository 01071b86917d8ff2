"""What is said about an activation function, forward and back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlp.activations import Activation, FunctionActivation, Linear
from mlp.activations.callables import function_name
from mlp.arrays import Array
from mlp.explain.calls import Call
from mlp.explain.event import Event
from mlp.explain.formula import Apply, Block, Elementwise, Equation, Expression, Negative, Product, Sum
from mlp.explain.telling.names import numbers
from mlp.explain.telling.teller import Teller, same

__all__ = ["applied", "arguments_told", "carried_back"]

#: Jacobian matrices are shown of rows no longer than this, and of so many rows.
LONGEST, MOST = 12, 4


def applied(function: Activation, z: Expression, values: Array, a: Array) -> tuple[Expression, ...]:
    """``f(z) = f(numbers) = numbers``, without what comes before ``f(z)``."""
    if isinstance(function, Linear):
        return z, numbers(a)
    name = function_name(function)
    return Apply(name, (z,)), Apply(name, (numbers(values),)), numbers(a)


def arguments_told(teller: Teller, function: Activation) -> Iterator[Block]:
    """The arguments of a function that has others than usual."""
    if not isinstance(function, FunctionActivation) and not isinstance(function.describe(), str):
        yield teller.say("function", what=repr(function))


def carried_back(
    teller: Teller, function: Activation, call: Call, z: Expression, values: Array, back: Array
) -> Iterator[Block | tuple[Expression, ...]]:
    """How ``dL/dz`` comes from ``dL/da``: sentences and examples, and last the sides of its equation as a tuple."""
    event = teller.event("backward", call)
    verdict = teller.joined_with(call)
    if verdict is not None:
        yield from _joined_back(teller, function, call, verdict)
        return
    by_a, da = teller.slope(call.makes[0]), event["da"]
    name = function_name(function)
    if isinstance(function, Linear):
        yield by_a, numbers(back)
        return
    if "slope" in event:
        prime = Apply(f"{name}'", (z,))
        yield (
            Elementwise((by_a, prime)),
            Elementwise((numbers(da), numbers(event["slope"]))),
            numbers(back),
        )
        return
    matrices = _jacobians(function, values, da, back)
    if matrices is None:
        yield teller.say("through function", function=name)
        yield (numbers(back),)
        return
    yield teller.say("jacobian")
    if len(matrices) == 1:
        yield Product((numbers(da), numbers(matrices[0]))), numbers(back)
        return
    for row, matrix in enumerate(matrices[:MOST]):
        yield teller.say("jacobian rows", row=row + 1)
        yield Equation((Product((numbers(da[row : row + 1]), numbers(matrix))), numbers(back[row : row + 1])))
    yield teller.say("jacobian together")
    yield (numbers(back),)


def _jacobians(function: Activation, z: Array, da: Array, back: Array) -> list[Array] | None:
    """The Jacobian matrix of each row, where rows are short, by themselves and have one axis."""
    if z.ndim != 2 or da.shape[-1] > LONGEST or z.shape[-1] > LONGEST:
        return None
    with np.errstate(all="ignore"):
        found = [_jacobian(function, row, da.shape[-1]) for row in z]
        products = np.array([row.dot(matrix) for row, matrix in zip(da, found, strict=True)])
    return found if same(products, back) else None


def _jacobian(function: Activation, row: Array, outputs: int) -> Array:
    """``J[i, j] = da[i] / dz[j]``."""
    z = np.repeat(row[None], outputs, axis=0)
    return np.array(function.backward(np.eye(outputs, dtype=row.dtype), z, function.forward(z.copy())))


def _joined_back(
    teller: Teller, function: Activation, call: Call, verdict: Event
) -> Iterator[Block | tuple[Expression, ...]]:
    """How ``dL/dz = (a - t) / n`` comes from a cross-entropy and the activation before it; like `carried_back`."""
    yield teller.say("joined", function=function_name(function))
    if "target" not in verdict:
        yield (numbers(verdict["dz"]),)
        return
    a, t = teller.names.value(call.makes[0]), teller.names.of_output("t", int(verdict["output"]))
    sides: list[Expression] = [
        Sum((a, Negative(t))),
        Sum((numbers(verdict["a"]), Negative(numbers(verdict["target"])))),
    ]
    factor = verdict["factor"]
    if factor != 1:
        yield teller.say("joined factor", factor=f"{float(factor):.4g}")
        sides = [Product((numbers(factor), side)) for side in sides]
    yield (*sides, numbers(verdict["dz"]))
