"""`check_activation`: a function and its derivative, kinks included."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mlp import activations, checks
from mlp.activations import Activation, FunctionActivation
from mlp.arrays import Array
from mlp.derivatives import quietly
from mlp.errors import ArgumentTypeError, ShapeError, StateError
from mlp.rows import as_array, require_finite
from mlp.testing.adjoint import method_for
from mlp.testing.cases import importable, maker_of
from mlp.testing.layer_checks import SAME
from mlp.testing.proof import prove
from mlp.testing.report import Failure, Named, Report, Result, merged, run_checks
from mlp.testing.shrinking import simpler_arrays
from mlp.testing.subjects import of_activation

__all__ = ["check_activation"]

#: Where activation functions like to have their kinks, and where their formulas like to change.
LIKELY_KINKS = (0.0, 0.2, -0.2, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 2.5, -2.5, 3.0, -3.0, 6.0, -6.0)


@dataclass(frozen=True)
class _Case:
    """A function, and rows of numbers to look at it."""

    function: Activation
    x: Array
    points: tuple[Array, ...]
    seed: int
    own: bool

    def rng(self, number: int = 0) -> np.random.Generator:
        """One of many sources of random numbers."""
        return np.random.default_rng([self.seed, number])

    def dy(self, number: int) -> Array:
        """A gradient from behind, for `x`."""
        return self.rng(number).standard_normal(_shape_of(self.function, self.x.shape))


def check_activation(
    activation: str | Activation | type[Activation] | Callable[..., Any], x: Any = None, *, rng: Any = 0
) -> Report:
    """Hold an activation's ``backward`` against its ``forward``, number by number, and test what else it promises.

    At a kink, where the derivatives from the left and from the right differ, any number between them is right.

    Parameters
    ----------
    activation : str, Activation, class, function of this library or function that makes an Activation
        What to check.
    x : array_like, optional
        Numbers to check at.  Unless given: random ones of several sizes, and those where kinks are likely: 0,
        1/5, 1/2, 1, 2, 5/2, 3, 6 and their negatives, and the function's own arguments.
    rng : int, SeedSequence, Generator or None, default 0
        The source of points and directions.

    Returns
    -------
    Report
        Every check by name; ``report.kinks`` counts the subgradients.

    Raises
    ------
    GradientError
        If a check fails.

    Examples
    --------
    >>> check_activation("tanh").method
    'complex'
    >>> check_activation("relu", x=[0.0]).kinks
    1
    """
    if (
        callable(activation)
        and not isinstance(activation, Activation)
        and not hasattr(activation, "configurable")
    ):
        function = maker_of(activation, Activation, "activation")()
    else:
        function = activations.get(activation)
    seed = int(checks.generator("rng", rng).integers(2**62))
    generator = np.random.default_rng([seed, 0])
    if x is None:
        points = tuple(generator.normal(0, size, (3, 4)) for size in (0.3, 1.5, 6.0, 30.0))
        kinks = np.array([*dict.fromkeys([*LIKELY_KINKS, *_arguments(function)])])
        special = np.concatenate([kinks, [-0.0], kinks + 0.05, kinks - 0.05])
        padding = np.full(-special.size % 4, 0.7123)
        points = (*points, np.concatenate([special, padding]).reshape(-1, 4))
    else:
        given = np.atleast_1d(as_array("x", x, np.dtype(np.float64)))
        require_finite("x", given)
        if not given.size:
            raise ShapeError("x must hold at least one number")
        points = (given if given.ndim > 1 else given[None],)
    own = type(function).__module__.split(".")[0] == "mlp" and not isinstance(function, FunctionActivation)
    case = _Case(function, points[0], points, seed, own)
    return run_checks(repr(function), case, ACTIVATION_CHECKS, _smallest if x is None else None)


def _arguments(function: Activation) -> list[float]:
    """Numbers that the function was made with: thresholds are kinks."""
    numbers = [value for value in vars(function).values() if type(value) in (int, float)]
    return [sign * float(value) for value in numbers if abs(value) < 1e3 for sign in (1, -1)]


def _finite_at(function: Activation, x: Array) -> bool:
    with quietly():
        return bool(np.isfinite(np.asarray(function.forward(x.copy()))).all())


def _code(function: Activation, x: Array, dy: Array) -> str:
    return (
        f"import numpy as np\nx = np.array({x.tolist()})\ndy = np.array({dy.tolist()})\n"
        f"f = {function!r}\nf.backward(dy, x, f.forward(x))"
    )


def _gradient(case: _Case) -> Result:
    result, method = Result(), _method(case)
    for i, points in enumerate(case.points):
        if not _finite_at(case.function, points):
            if np.abs(points).max() > 20:
                continue  # beyond its range
            points = np.abs(points) + 0.125  # a function of positive numbers alone
        u = np.round(case.rng(i).standard_normal(_shape_of(case.function, points.shape)), 3)
        subject = of_activation(case.function, points)
        code = partial(_code, case.function, points, u)
        try:
            result = merged(
                result, prove(subject, case.rng(9), u, elementwise=True, method=method, code=code)
            )
        except Failure as failure:
            if not case.function.surrogate_gradient:
                raise
            result = merged(result, Result(note=failure.text.splitlines()[0]))
    if case.function.surrogate_gradient:
        held = "; it is one wherever there is one" if not result.note else ""
        return dataclasses.replace(
            result, note=f"declared: the gradient is a surrogate, not a derivative{held}"
        )
    return result


def _method(case: _Case) -> str:
    """How to differentiate: judged at random numbers, where nothing jumps."""
    x = case.rng(8).normal(0, 1.5, (3, 4))
    subject = of_activation(case.function, x if _finite_at(case.function, x) else np.abs(x) + 0.125)
    return method_for(subject, subject.point, case.rng(7))


def _shape_of(function: Activation, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of what becomes of a batch of this shape."""
    return (shape[0], *function.output_shape(shape[1:]))


def _shapes(case: _Case) -> None:
    f = case.function
    for shape in ((3, 4), (2, 3, 4), (1, 2 if f.changes_shape else 1)):
        x, y_shape = np.resize(case.x, shape), _shape_of(f, shape)
        if f.changes_shape is (shape == y_shape):
            raise Failure(
                f"output_shape makes {y_shape[1:]} of {shape[1:]}, and changes_shape is {f.changes_shape}"
            )
        y = f.forward(x.copy())
        dx = f.backward(np.ones(y_shape), x.copy(), np.array(y))
        for name, a, right in (("forward", y, y_shape), ("backward", dx, shape)):
            if type(a) is not np.ndarray or a.shape != right or a.dtype != np.float64:
                got = f"{type(a).__name__} {getattr(a, 'shape', '')} {getattr(a, 'dtype', '')}"
                raise Failure(
                    f"{name} should return an array of shape {right} and float64 for an x of shape {shape}, got {got}"
                )


def _arguments_kept(case: _Case) -> None:
    x, dy = case.x.copy(), case.dy(1)
    given = x.copy()
    y = case.function.forward(given)
    if not np.array_equal(given, x):
        raise Failure(
            "forward writes into x; compute into an array of its own, or into out", f"f = {case.function!r}"
        )
    y = np.array(y)
    kept = y.copy(), dy.copy()
    first = np.array(case.function.backward(dy, given, y))
    for name, now, before in (("x", given, x), ("y", y, kept[0]), ("dy", dy, kept[1])):
        if not np.array_equal(now, before):
            raise Failure(f"backward writes into {name}; compute into an array of its own, or into out")
    case.function.forward(x[::-1] + 1.0)  # an activation is one object for all that use it
    if not np.array_equal(first, case.function.backward(dy, given, y)):
        raise Failure(
            "backward gives another answer after another call in between; an activation remembers nothing, for one "
            "object may serve many layers"
        )


def _memory(case: _Case) -> None:
    f, x, dy = case.function, case.x, case.dy(1)
    right = np.array(f.forward(x.copy()))
    slope = np.array(f.backward(dy.copy(), x.copy(), right.copy()))
    out = None if f.changes_shape else np.full(x.shape, np.nan)
    for what, got in (
        ("with out=", f.forward(x.copy(), out)),
        ("for a read-only x", f.forward(_frozen(x))),
        ("for x in Fortran order", f.forward(np.asfortranarray(x))),
    ):
        _equal(f"forward {what}", got, right)
    for what, got in (
        ("with out=", f.backward(dy.copy(), x.copy(), right.copy(), np.full(x.shape, np.nan))),
        ("for read-only arrays", f.backward(_frozen(dy), _frozen(x), _frozen(right))),
    ):
        _equal(f"backward {what}", got, slope)
    if f.from_output:
        over = x.copy()
        y = f.forward(over, over)
        _equal("forward with out=x, which from_output = True allows,", y, right)
        _equal(
            "backward after y was written over x, which from_output = True allows,",
            f.backward(dy, y, y),
            slope,
        )


def _frozen(a: Array) -> Array:
    a = a.copy()
    a.flags.writeable = False
    return a


def _equal(what: str, got: Any, right: Array) -> None:
    scale = float(np.abs(right).max(initial=0.0))
    if not (np.abs(np.asarray(got) - right) <= SAME * scale).all():
        raise Failure(f"{what} gives another answer than without")


def _single_precision(case: _Case) -> Result | None:
    eps = float(np.finfo(np.float32).eps)
    for points in case.points[:2]:
        x = points.astype(np.float32)
        if not np.isfinite(x).all():
            continue  # beyond the range of float32
        dy = case.rng(1).standard_normal(_shape_of(case.function, x.shape)).astype(np.float32)
        y = case.function.forward(x.copy())
        dx = case.function.backward(dy, x, np.array(y))
        for name, a in (("forward", y), ("backward", dx)):
            if a.dtype != np.float32:
                said = f"{name} gives {a.dtype} for float32; a float64 constant or array comes in"
                if case.own:
                    raise Failure(said)
                return Result(note=f"{said}: not for float32 networks")
        wide = x.astype(float)
        right = np.array(case.function.forward(wide.copy()))
        slope = np.array(case.function.backward(dy.astype(float), wide, right))
        moves = [1.0, 1.0]
        for sign in (-4, 4):
            other = wide * (1 + sign * eps)
            y_other = np.array(case.function.forward(other.copy()))
            slope_other = np.array(case.function.backward(dy.astype(float), other, y_other))
            for i, (a, b) in enumerate(((y_other, right), (slope_other, slope))):
                moves[i] = max(moves[i], float(np.abs(a - b).max() / eps))
        for name, a, b, moved in zip(("forward", "backward"), (y, dx), (right, slope), moves, strict=True):
            apart = float(np.abs(a.astype(float) - b).max())
            if not apart <= 16 * eps * (moved + float(np.abs(b).max())):
                raise Failure(
                    f"{name} in float32 is {apart:.2g} away from float64, more than rounding explains"
                )
    return None


def _finite(case: _Case) -> Result | None:
    findings = []
    for size in (1e-300, 1e-8, 30.0, 1e3, 1e5):
        x = np.resize([0.7, -1.3, 1.9, -0.6], (3, 4)) * size
        with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
            warnings.simplefilter("always")
            y = np.array(case.function.forward(x.copy()))
            dx = np.asarray(case.function.backward(np.ones_like(y), x, y))
        said = sorted({str(w.message).split(" encountered")[0] for w in caught})
        if np.isnan(y).any() or np.isnan(dx).any():
            findings.append(f"NaN for numbers of size {size:g}")
        elif said and np.isfinite(y).all() and np.isfinite(dx).all():
            findings.append(
                f"NumPy warns of {', '.join(said)} for numbers of size {size:g}, though the results are finite"
            )
    if findings and case.own:
        raise Failure("\n".join(findings))
    return Result(note="; ".join(findings)) if findings else None


def _described(case: _Case) -> Result | None:
    function, notes = case.function, []
    y = np.array(function.forward(case.x.copy()))
    twins: dict[str, Activation] = {"copy.deepcopy": copy.deepcopy(function)}
    try:
        said = json.loads(json.dumps(function.get_config()))
        twins["from_config(get_config())"] = type(function).from_config(said)
    except (StateError, ArgumentTypeError, TypeError, ValueError) as error:
        if case.own:
            raise
        notes.append(f"cannot be saved in a file: {error}")
    named = function.function if isinstance(function, FunctionActivation) else type(function)
    if importable(named):
        twins["pickle"] = pickle.loads(pickle.dumps(function))  # noqa: S301 - its own bytes
    else:
        kind = "function" if isinstance(function, FunctionActivation) else "class"
        notes.append(f"not pickled: the {kind} is not importable by name")
    for how, twin in twins.items():
        if not np.array_equal(twin.forward(case.x.copy()), y, equal_nan=True):
            raise Failure(f"the function of {how} gives another answer")
    return Result(note="; ".join(notes)) if notes else None


def _smallest(case: _Case, fails: Callable[[_Case], bool]) -> _Case:
    """One number, as round as may be."""
    for points in case.points:
        for value in points.ravel():
            one = np.full((1, 2 if case.function.changes_shape else 1), value)
            small = dataclasses.replace(case, x=one, points=(one,))
            if fails(small):
                (one,) = simpler_arrays(
                    (one,), lambda a: fails(dataclasses.replace(case, x=a[0], points=(a[0],)))
                )
                return dataclasses.replace(case, x=one, points=(one,))
    return case


def _rows(case: _Case) -> None:
    f, x = case.function, np.resize(case.x, (3, 4))
    dy = case.rng(5).standard_normal(_shape_of(f, x.shape))
    y = np.array(f.forward(x.copy()))
    dx = np.array(f.backward(dy.copy(), x.copy(), y))
    for i in range(len(x)):
        row = x[i : i + 1]
        one = np.array(f.forward(row.copy()))
        for name, got, right in (
            ("forward", one, y[i : i + 1]),
            ("backward", f.backward(dy[i : i + 1].copy(), row.copy(), one), dx[i : i + 1]),
        ):
            if not (np.abs(got - right) <= SAME * float(np.abs(right).max())).all():
                raise Failure(
                    f"{name} of a row by itself is {got.ravel()}, in a batch {right.ravel()}; an activation works entry by "
                    "entry, or along the last axis"
                )


ACTIVATION_CHECKS: tuple[Named[_Case], ...] = (
    Named("shapes", "forward and backward return arrays like x", _shapes),
    Named("gradient", "backward is the derivative of forward, or a subgradient at a kink", _gradient),
    Named("rows", "a batch is its rows, one by one", _rows),
    Named("arguments kept", "x, y and dy stay as they are, and nothing is remembered", _arguments_kept),
    Named("memory", "the layout of memory does not matter, and out= is only memory", _memory),
    Named("float32", "float32 in, float32 out, and near float64", _single_precision),
    Named("copies", "copies, pickles and from_config(get_config()) are the same function", _described),
    Named("finite", "finite numbers give finite results without warnings", _finite),
)
