"""What the expressions of a calculation come to, by NumPy alone: an equation is true if its sides agree."""

import numpy as np

from mlp.activations.callables import function_name
from mlp.explain.formula import (
    Apply,
    Derivative,
    Elementwise,
    Equation,
    Matrix,
    Negative,
    Product,
    Renewed,
    Sum,
    Symbol,
    Transpose,
)  # fmt: skip
from mlp.layers import Dense

FUNCTIONS = {
    "mean": np.mean, "sum": np.sum, "abs": np.abs, "sign": np.sign, "log": np.log, "max": np.maximum,
}  # fmt: skip


def is_jacobian(values):
    """Whether it may be softmax's Jacobian: its entries are differences of numbers up to 1, and their errors those of 1."""
    a = np.asarray(values)
    return (
        a.ndim == 2
        and a.shape[0] == a.shape[1] > 1
        and np.all(a == a.T)
        and np.all(abs(a.sum(axis=0)) < 1e-12)
    )


class Unknown(Exception):
    """A symbol or function that has not been told."""


class Reader:
    """One who reads equations one after the other, believes the last side of each, and knows no network.

    ``value`` of an expression gives its numbers and how large the numbers are that it was made of.
    """

    def __init__(self, functions=(), known=()):
        self.functions = {**FUNCTIONS, **dict(functions)}
        self.known = dict(known)

    def value(self, expression):
        match expression:
            case Matrix(values):
                return np.asarray(values), 1.0 if is_jacobian(values) else np.abs(values).max(initial=0.0)
            case Symbol() | Derivative():
                if expression not in self.known:
                    raise Unknown(expression)
                return self.value(Matrix(self.known[expression]))
            case Transpose(of):
                values, size = self.value(of)
                return np.atleast_2d(values).T if values.ndim else values, size
            case Negative(of):
                values, size = self.value(of)
                return -values, size
            case Sum(terms):
                values, sizes = zip(*map(self.value, terms), strict=True)
                return sum(values[1:], values[0]), sum(sizes)
            case Elementwise(factors):
                values, sizes = zip(*map(self.value, factors), strict=True)
                product = np.prod(np.broadcast_arrays(*values), axis=0)
                zero = np.any([v == 0 for v in np.broadcast_arrays(*values)], axis=0)
                # 0 log 0 is 0; and a slope near 0 is a difference of numbers near 1.
                return np.where(zero, 0, product), np.prod([max(1.0, size) for size in sizes])
            case Product((Transpose(Symbol("1")), rows)):
                values, size = self.value(rows)
                return values.sum(axis=0), size * len(values)
            case Product((a, b)):
                (a, size_a), (b, size_b) = self.value(a), self.value(b)
                if a.ndim == 0 or b.ndim == 0:
                    return a * b, size_a * size_b
                return a @ b, size_a * size_b * a.shape[-1]
            case Apply(function, arguments):
                if function not in self.functions:
                    raise Unknown(function)
                values, sizes = zip(*map(self.value, arguments), strict=True)
                result = np.asarray(self.functions[function](*values))
                if function == "log":  # of a difference near 0 it makes much of that difference's rounding
                    sizes = (
                        sizes[0]
                        / np.abs(values[0], where=values[0] != 0, out=np.ones_like(values[0])).min(
                            initial=1.0
                        ),
                    )
                return result, max(np.abs(result).max(initial=0.0), *sizes)
        raise AssertionError(expression)

    def read(self, equation):
        """The sides that cannot be computed; all others must agree with the last."""
        *sides, last = equation.sides
        assert isinstance(last, Matrix), equation
        expected = np.asarray(last.values)
        name = sides[0] if sides and isinstance(sides[0], Symbol | Derivative | Renewed) else None
        if name is not None and (name not in self.known or getattr(name, "name", "") in RENEWED):
            sides = sides[1:]
        missed, size = [], 0.0
        for side in sides:
            try:
                with np.errstate(all="ignore"):
                    found, own_size = self.value(side)
            except Unknown:
                missed.append(side)
                continue
            assert found.size == expected.size, equation
            size = max(size, own_size)  # what a side loses by rounding the numbers after it have lost, too
            close = 200 * (np.finfo(expected.dtype).eps if expected.dtype.kind == "f" else 0)
            np.testing.assert_allclose(
                found.ravel(), expected.ravel(), rtol=close, atol=close * size, err_msg=str(equation)
            )
        if name is not None:
            self.known[name] = expected
        return missed


#: Symbols that mean something else each time.
RENEWED = ("eta",)


def read_all(net, calculation):
    """Read all equations about a network; the sides that could not be computed."""
    reader = Reader(functions_of(net), weights_of(calculation))
    equations = [block for block in calculation.blocks if isinstance(block, Equation)]
    assert equations
    return [side for equation in equations for side in reader.read(equation)]


def weights_of(calculation):
    """The weights of dense layers, which stand in their equations without one of their own."""
    first = {}
    found = {}
    for event in calculation.steps:
        if isinstance(event.layer, Dense) and first.setdefault(id(event.layer), event.number) == event.number:
            for letter, weight in zip("Wb", event.layer.weights, strict=False):
                found[Symbol(letter, event.number)] = weight
    return found


def functions_of(net):
    """The activation functions of a network and their derivatives, by name."""
    found = {}
    for layer in net.walk():
        function = vars(layer).get("activation")
        if function is not None:
            name = function_name(function)
            found |= {name: function, f"{name}'": function.derivative}
    return found
