"""A small reverse-mode automatic differentiation on NumPy, the independent judge of this library's gradients.

Nothing here comes from `mlp`. A `Var` remembers its value, the values it was computed from, and for each of them
the vector-Jacobian product that carries a gradient back. `gradient` walks that tape once, backwards.
Values may be complex, so that the functions can themselves be tested by complex steps.
"""

import math

import numpy as np

_erf = np.vectorize(math.erf, otypes=[float])


class Var:
    """A number or array on the tape: `value`, and pairs of (parent, function that carries dy to the parent's dx)."""

    __array_ufunc__ = None  # np.ndarray + Var is our __radd__, not an array of objects

    def __init__(self, value, parents=()):
        value = np.asarray(value)
        self.value = value if value.dtype.kind in "fc" else value.astype(float)
        self.parents = parents

    @property
    def shape(self):
        return self.value.shape

    def __add__(self, other):
        return add(self, other)

    def __mul__(self, other):
        return multiply(self, other)

    def __truediv__(self, other):
        return multiply(self, reciprocal(other))

    def __rtruediv__(self, other):
        return multiply(other, reciprocal(self))

    def __sub__(self, other):
        return add(self, multiply(other, -1.0))

    def __rsub__(self, other):
        return add(multiply(self, -1.0), other)

    def __neg__(self):
        return multiply(self, -1.0)

    def __matmul__(self, other):
        return matmul(self, other)

    def __rmatmul__(self, other):
        return matmul(other, self)

    __radd__ = __add__
    __rmul__ = __mul__


def var(x):
    """`x` itself if it is a `Var`, else a new leaf of the tape."""
    return x if isinstance(x, Var) else Var(x)


def unbroadcast(dy, shape):
    """Sum `dy` over the axes along which an array of `shape` was repeated: the adjoint of broadcasting."""
    dy = dy.sum(axis=tuple(range(dy.ndim - len(shape))))
    return dy.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True).reshape(shape)


def gradient(y, *leaves):
    """dy/dleaf for a `Var` y with one element, as arrays, one for each leaf."""
    order, seen = [], set()

    def visit(node):
        if id(node) not in seen:
            seen.add(id(node))
            for parent, _ in node.parents:
                visit(parent)
            order.append(node)

    visit(y)
    dy = {id(y): np.ones_like(y.value)}
    for node in reversed(order):
        for parent, vjp in node.parents:
            if id(node) in dy:
                dy[id(parent)] = dy.get(id(parent), 0.0) + vjp(dy[id(node)])
    return [dy.get(id(leaf), np.zeros_like(leaf.value)) for leaf in leaves]


# Two operands, with broadcasting.


def add(a, b):
    a, b = var(a), var(b)
    return Var(
        a.value + b.value,
        [(a, lambda dy: unbroadcast(dy, a.shape)), (b, lambda dy: unbroadcast(dy, b.shape))],
    )


def multiply(a, b):
    a, b = var(a), var(b)
    return Var(
        a.value * b.value,
        [
            (a, lambda dy: unbroadcast(dy * b.value, a.shape)),
            (b, lambda dy: unbroadcast(dy * a.value, b.shape)),
        ],
    )


def where(condition, a, b):
    """`a` where the condition (a plain array of bool) holds, else `b`."""
    a, b = var(a), var(b)
    return Var(
        np.where(condition, a.value, b.value),
        [
            (a, lambda dy: unbroadcast(np.where(condition, dy, 0.0), a.shape)),
            (b, lambda dy: unbroadcast(np.where(condition, 0.0, dy), b.shape)),
        ],
    )


def maximum(a, b):
    a, b = var(a), var(b)
    return where(a.value.real > b.value.real, a, b)


def absolute(a):
    return where(var(a).value.real > 0, a, -var(a))


def matmul(a, b):
    """The product of two matrices."""
    a, b = var(a), var(b)
    return Var(a.value @ b.value, [(a, lambda dy: dy @ b.value.T), (b, lambda dy: a.value.T @ dy)])


# One operand, element by element: the value and its derivative.


def _elementwise(a, y, dy_da):
    return Var(y, [(a, lambda dy: dy * dy_da)])


def exp(a):
    a = var(a)
    y = np.exp(a.value)
    return _elementwise(a, y, y)


def log(a):
    a = var(a)
    return _elementwise(a, np.log(a.value), 1.0 / a.value)


def tanh(a):
    a = var(a)
    y = np.tanh(a.value)
    return _elementwise(a, y, 1.0 - y * y)


def reciprocal(a):
    a = var(a)
    y = 1.0 / a.value
    return _elementwise(a, y, -y * y)


def erf(a):
    """The error function, for real values."""
    a = var(a)
    return _elementwise(a, _erf(a.value), 2.0 / math.sqrt(math.pi) * np.exp(-a.value * a.value))


# One operand, another shape.


def total(a, axis=None, keepdims=False):
    """The sum over an axis, or over all."""
    a = var(a)
    y = a.value.sum(axis=axis, keepdims=keepdims)

    def vjp(dy):
        if axis is not None and not keepdims:
            dy = np.expand_dims(dy, axis)
        return np.broadcast_to(dy, a.shape)

    return Var(y, [(a, vjp)])


def mean(a, axis=None, keepdims=False):
    y = total(a, axis, keepdims)
    return y * (y.value.size / var(a).value.size)


def reshape(a, shape):
    a = var(a)
    return Var(a.value.reshape(shape), [(a, lambda dy: dy.reshape(a.shape))])


def pick(a, rows, columns):
    """The elements a[rows[i], columns[i]]."""
    a = var(a)

    def vjp(dy):
        da = np.zeros(a.shape, dtype=dy.dtype)
        np.add.at(da, (rows, columns), dy)
        return da

    return Var(a.value[rows, columns], [(a, vjp)])
