"""`check_metric`: everything that a metric promises, tested; above all what batches and weights mean.

A metric need not be a mean over rows: what is asked here also holds of a correlation or of an area under a
curve.  It is a function of all rows and their weights, whatever the batches and the order they came in.
"""

from __future__ import annotations

import copy
import dataclasses
import itertools
import json
import math
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.derivatives import quietly
from mlp.errors import ArgumentError, ArgumentTypeError, ShapeError
from mlp.metrics import Metric
from mlp.testing.cases import call_of, importable, maker_of
from mlp.testing.report import Failure, Named, Report, Result, run_checks
from mlp.testing.shrinking import smallest

__all__ = ["METRIC_CHECKS", "check_metric"]

#: How many rows are drawn.
ROWS = 6

#: Two ways to gather the same rows may round differently, by this much of the result.
SAME = 1e-9
SAME_FLOAT32 = 1e-5

#: The kind of rows that the caller gave.
GIVEN = "given"

#: Targets, outputs and weights of some rows, as `Metric.update_state` takes them.
Batch: TypeAlias = tuple[Any, Any, Any]

#: What a metric gives: a float, or an array of several numbers.
Value: TypeAlias = Any


def check_metric(
    factory: Callable[[], Metric] | type[Metric] | Metric,
    reference: Callable[[Array, Array], Any] | None = None,
    *,
    y_true: Any = None,
    y_pred: Any = None,
    rng: Any = 0,
) -> Report:
    """Test everything that a metric promises: batches, weights, state, copies, types and shapes.

    Parameters
    ----------
    factory : Metric class, callable or Metric
        Makes the metric, a new one at each call; a metric stands for copies of itself, so it must not have
        seen data.
    reference : callable, optional
        What the metric of all rows should be: ``reference(y_true, y_pred)`` gives a number, or an
        array of them.
    y_true, y_pred : array_like, optional
        A few rows to check with.  Unless they are given, targets of several kinds are tried (real numbers,
        -1 and +1, 0 and 1, one-hot rows, class numbers), and those that the metric takes are used.
    rng : int, SeedSequence, Generator or None, default 0
        The source of rows, splits and weights.

    Returns
    -------
    Report
        Every check by name.

    Raises
    ------
    GradientError
        If a check fails: the first one with the fewest rows that were found to fail, the others by name.
    ArgumentError, ArgumentTypeError
        If the call itself makes no sense.

    Notes
    -----
    A metric whose result is a sum over rows, such as a count, declares ``adds_up = True`` (an attribute of
    its class): its result grows with the weights.  Where a small number is added to sums of weights, ``scale_free =
    False`` says that a result changes a little with their size.

    Examples
    --------
    >>> from mlp.metrics import MeanAbsoluteError
    >>> report = check_metric(MeanAbsoluteError, lambda t, y: np.abs(t - y).mean())
    >>> report.results["reference"].note
    ''

    A metric of one's own, which remembers the last batch only:

    >>> from mlp.testing import GradientError
    >>> class LastBatch(MeanAbsoluteError):
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.reset_state()
    ...         super().update_state(y_true, y_pred, sample_weight)
    >>> try:
    ...     check_metric(LastBatch)
    ... except GradientError as error:
    ...     print(error.check)
    batches
    """
    if not (reference is None or callable(reference)):
        raise ArgumentTypeError(f"reference must be a function (y_true, y_pred), got {reference!r}")
    if (y_true is None) != (y_pred is None):
        raise ArgumentError("give both y_true and y_pred, or neither")
    make = maker_of(factory, Metric, "metric")
    generator = checks.generator("rng", rng)
    subject, call = call_of(factory, make)
    if y_true is not None:
        case = MetricCase(make, call, (_given(y_true, y_pred, generator),), {}, reference)
    else:
        case = MetricCase(
            make, call, *_taken(make, [_drawn(kind, generator) for kind in KINDS]), reference=reference
        )
    return run_checks(subject, case, METRIC_CHECKS, lambda one, fails: smallest(one, _simpler, fails))


# --- Rows ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rows:
    """Some rows of one kind.

    Attributes
    ----------
    kind : str
        What the targets are.
    t, y : ndarray, shape (n, ...)
        Targets and outputs.
    w : ndarray, shape (n,)
        Weights: 1, 2 and 3.
    splits : tuple of ndarray of bool, shape (n,)
        Ways to cut the rows into batches: where a batch begins.
    order : ndarray, shape (n,)
        Another order of the rows.
    """

    kind: str
    t: Array
    y: Array
    w: Array
    splits: tuple[Array, ...]
    order: Array

    def take(self, index: Any) -> Rows:
        """Some of the rows."""
        kept = np.arange(len(self.t))[index]
        order = np.argsort(np.argsort(self.order[kept]))
        return Rows(
            self.kind, self.t[kept], self.y[kept], self.w[kept], tuple(s[kept] for s in self.splits), order
        )

    @property
    def all(self) -> Batch:
        """All rows at once, without weights."""
        return self.t, self.y, None

    @property
    def weighted(self) -> Batch:
        """All rows at once, with weights."""
        return self.t, self.y, self.w

    def halves(self) -> tuple[Batch, Batch]:
        """Two batches, the second one smaller, but for very few rows."""
        cut = (2 * len(self.t) + 2) // 3
        return (self.t[:cut], self.y[:cut], None), (self.t[cut:], self.y[cut:], None)


@dataclass(frozen=True)
class MetricCase:
    """A metric and rows of the kinds that it takes.

    Attributes
    ----------
    make : callable
        Gives a new metric.
    call : str
        How it is made, in code.
    data : tuple of Rows
        Rows of each kind.
    refused : dict of str to Exception
        The kinds that it does not take, and what it says to them.
    reference : callable or None
        See `check_metric`.
    """

    make: Callable[[], Metric]
    call: str
    data: tuple[Rows, ...]
    refused: dict[str, Exception] = field(default_factory=dict)
    reference: Callable[[Array, Array], Any] | None = None

    def of(self, *batches: Batch) -> Value:
        """The result of a new metric after some batches."""
        return _value(_fed(self.make(), *batches))


def _fed(metric: Metric, *batches: Batch) -> Metric:
    with quietly():
        for t, y, w in batches:
            metric.update_state(_copied(t), _copied(y), _copied(w))
    return metric


def _result(metric: Metric) -> Any:
    with quietly():
        return metric.result()


def _value(metric: Metric) -> Value:
    value = _result(metric)
    return value if isinstance(value, np.ndarray) and value.ndim else float(value)


def _as_promised(value: Any) -> bool:
    """A Python float, or an array of float64 with an axis."""
    return type(value) is float or (
        type(value) is np.ndarray and value.ndim > 0 and value.dtype == np.float64
    )


def _copied(a: Any) -> Any:
    return a.copy() if isinstance(a, np.ndarray) else a


def _halves(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return generator.integers(-4, 5, shape) / 2


def _probabilities(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Eighths, in rows that sum to 1; a column lies between 0 and 1."""
    if shape[-1] == 1:
        return generator.integers(1, 8, shape) / 8
    rows = generator.choice([[1, 2, 5], [1, 3, 4], [2, 2, 4], [1, 1, 6]], shape[0])
    return generator.permuted(rows, axis=1) / 8


#: For each kind of targets: how many outputs, targets from class numbers 0 and above, and the outputs.
KINDS: dict[str, tuple[int, Callable[[np.random.Generator, Array], Array], Any]] = {
    "real numbers": (1, lambda rng, c: _halves(rng, (len(c), 1)), _halves),
    "rows of real numbers": (3, lambda rng, c: _halves(rng, (len(c), 3)), _halves),
    "-1 and +1": (1, lambda rng, c: np.where(c[:, None] > 0, 1.0, -1.0), _halves),
    "0 and 1": (1, lambda rng, c: np.where(c[:, None] > 0, 1.0, 0.0), _probabilities),
    "one-hot rows": (3, lambda rng, c: np.eye(3)[c], _probabilities),
    "class numbers": (3, lambda rng, c: c, _probabilities),
}


def _drawn(kind: str, generator: np.random.Generator) -> Rows:
    outputs, targets, draw = KINDS[kind]
    # Every class is there: without positives, or without variance, some metrics are not defined.
    classes = generator.permutation([0, 1, 2, *generator.integers(3, size=ROWS - 3)])
    t = targets(generator, classes)
    if len(np.unique(t, axis=0)) < 2:
        t[0] += 1
    return _rows(kind, t, draw(generator, (ROWS, outputs)), generator)


def _rows(kind: str, t: Array, y: Array, generator: np.random.Generator) -> Rows:
    n = len(t)
    splits = (
        np.arange(n) > 0,
        np.arange(n) == 1,
        np.arange(n) == n - 1,
        *(generator.random((2, n)) < 0.4),
    )
    w = generator.integers(1, 4, n).astype(float)
    return Rows(kind, t, y, w, splits, generator.permutation(n))


def _given(y_true: Any, y_pred: Any, generator: np.random.Generator) -> Rows:
    t, y = np.asarray(y_true), np.asarray(y_pred)
    if t.ndim == 0 or y.ndim == 0 or len(t) != len(y) or not len(t):
        raise ArgumentError(
            f"y_true and y_pred must have the same number of rows, got {t.shape} and {y.shape}"
        )
    return _rows(GIVEN, t, y, generator)


def _taken(make: Callable[[], Metric], tried: list[Rows]) -> tuple[tuple[Rows, ...], dict[str, Exception]]:
    """The rows that a new metric has a finite number for, and what it says to the others."""
    taken, refused = [], {}
    for rows in tried:
        try:
            value = _value(_fed(make(), rows.all))
        except Exception as error:  # noqa: BLE001 - it need not take every kind
            refused[rows.kind] = error
        else:
            if np.isfinite(value).all():
                taken.append(rows)
            else:
                refused[rows.kind] = ValueError(f"the result is {value}")
    return tuple(taken), refused


def _simpler(case: MetricCase) -> Iterator[MetricCase]:
    """One kind, fewer rows, weights of 1."""
    if len(case.data) != 1:
        for rows in case.data:
            yield dataclasses.replace(case, data=(rows,))
        return
    (rows,) = case.data
    n = len(rows.t)
    for index in [*([i] for i in range(n) if n > 1), *(np.arange(n) != i for i in range(n) if n > 2)]:
        yield dataclasses.replace(case, data=(rows.take(index),))
    for i in np.flatnonzero(rows.w != 1):
        w = rows.w.copy()
        w[i] = 1.0
        yield dataclasses.replace(case, data=(dataclasses.replace(rows, w=w),))


# --- Comparing ----------------------------------------------------------------------------------------------


def _equal(a: Value, b: Value, tolerance: float = SAME) -> bool:
    """One number, or as many in the same order."""
    pairs = zip(np.ravel(a).tolist(), np.ravel(b).tolist(), strict=False)
    return np.shape(a) == np.shape(b) and all(_near(x, y, tolerance) for x, y in pairs)


def _near(a: float, b: float, tolerance: float) -> bool:
    return (
        (math.isnan(a) and math.isnan(b)) or a == b or abs(a - b) <= tolerance * max(abs(a), abs(b)) + 1e-12
    )


def _array(a: Any) -> str:
    """An array or a list as code."""
    if not isinstance(a, np.ndarray):
        return str(a)
    dtype = "" if a.dtype in (np.float64, np.int64, np.bool_) else f", np.{a.dtype}"
    return f"np.array({a.tolist()}{dtype})" if a.size <= 60 else f"...  # {a.size} numbers"


#: A line of code: as it is, or a call that is given a batch, to be written out when it is needed.
Line: TypeAlias = str | tuple[str, Batch]


def _fed_by(batches: Sequence[Batch], calling: str = "metric.update_state({})") -> list[Line]:
    """Lines of code that feed batches."""
    return [(calling, batch) for batch in batches]


def _run(case: MetricCase, batches: Sequence[Batch], what: str) -> list[Line]:
    return [f"metric = {case.call}", *_fed_by(batches), f"print(metric.result())  # {what}"]


def _code(lines: Sequence[Line]) -> str:
    written = ["import numpy as np", ""]
    for line in lines:
        if isinstance(line, str):
            written.append(line)
        else:
            calling, (t, y, w) = line
            written.append(calling.format(", ".join(_array(a) for a in (t, y, w) if a is not None)))
    return "\n".join(written)


def _agree(
    rows: Rows,
    got: tuple[str, Value],
    right: tuple[str, Value],
    code: Sequence[Line],
    cure: str = "",
    tolerance: float = SAME,
) -> None:
    """Raise a `Failure` that shows two numbers that should be one."""
    if _equal(got[1], right[1], tolerance):
        return
    width = max(len(got[0]), len(right[0]))
    lines = [f"{name:<{width}}  {value!r}" for name, value in (got, right)]
    told = (
        [f"y_true = {rows.t.tolist()}", f"y_pred = {rows.y.tolist()}"]
        if rows.t.size + rows.y.size <= 60
        else []
    )
    raise Failure("\n".join([*lines, *told, *[cure] * bool(cure)]), _code(code))


def _same(
    case: MetricCase,
    rows: Rows,
    got: tuple[str, Sequence[Batch]],
    right: tuple[str, Sequence[Batch]],
    *,
    factor: float = 1.0,
    cure: str = "",
    tolerance: float = SAME,
) -> None:
    """Two ways to feed new metrics that should come to one result, or to a multiple of it."""
    code = [*_run(case, got[1], got[0]), "", *_run(case, right[1], right[0])]
    wanted = factor * case.of(*right[1])
    name = right[0] if factor == 1 else f"{factor:g} times that {right[0]}"
    _agree(rows, (got[0], case.of(*got[1])), (name, wanted), code, cure, tolerance)


# --- The checks ---------------------------------------------------------------------------------------------


def construction(case: MetricCase) -> Result | None:
    """At least one kind of targets is taken."""
    case.make()
    if not case.data:
        said = "\n".join(f"  {kind}: {type(error).__name__}: {error}" for kind, error in case.refused.items())
        raise Failure(
            f"no kind of targets gives a finite number; give y_true and y_pred that it takes\n{said}"
        ) from next(iter(case.refused.values()))
    kinds = ", ".join(rows.kind for rows in case.data)
    return Result(note=f"checked with {kinds}") if case.refused else None


def python_float(case: MetricCase) -> None:
    """What a log can hold."""
    for rows in case.data:
        for how, batches in (("of all rows", [rows.all]), ("with weights", [rows.weighted])):
            value = _result(_fed(case.make(), *batches))
            if not _as_promised(value):
                raise Failure(
                    f"result {how} is {value!r}, of type {type(value).__name__}: return float(...)",
                    _code([f"metric = {case.call}", *_fed_by(batches), "print(type(metric.result()))"]),
                )
            if not np.isfinite(value).all():
                raise Failure(f"result {how} is {value}", _code(_run(case, batches, how)))


def no_data(case: MetricCase) -> None:
    """Logs may ask before there are rows."""
    _finite(case, "before any data", [])
    for rows in case.data:
        t, y, w = rows.weighted
        _finite(case, "of rows of weight 0 only", [(t, y, 0 * w)])


def _finite(case: MetricCase, when: str, batches: list[Batch]) -> None:
    try:
        value = _result(_fed(case.make(), *batches))
    except ArithmeticError as error:
        words = f"result {when} raises {type(error).__name__}: {error}"
    else:
        if _as_promised(value) and np.isfinite(value).all():
            return
        words = f"result {when} is {value!r}; it should be a finite float, such as 0.0"
    raise Failure(words, _code(_run(case, batches, when)))


def arguments(case: MetricCase) -> None:
    """Rows and weights are somebody else's arrays."""
    for rows in case.data:
        given = [a.copy() for a in rows.weighted]
        metric = case.make()
        with quietly():
            metric.update_state(*given)
            metric.result()
        for name, a, before in zip(("y_true", "y_pred", "sample_weight"), given, rows.weighted, strict=True):
            if not np.array_equal(a, before) or a.shape != before.shape:
                raise Failure(
                    f"update_state was given {name} = {before.tolist()} and made {a.tolist()} of it",
                    _code(
                        [
                            f"metric = {case.call}",
                            *(f"{n} = {_array(v)}" for n, v in zip("tyw", rows.weighted, strict=True)),
                            "metric.update_state(t, y, w)",
                            "print(t, y, w)",
                        ]
                    ),
                )


def repeatable(case: MetricCase) -> None:
    """Asking changes nothing."""
    for rows in case.data:
        first, second = rows.halves()
        metric = _fed(case.make(), first)
        once, twice = _value(metric), _value(metric)
        ask = "print(metric.result())"
        lines = [f"metric = {case.call}", *_fed_by([first]), ask]
        _agree(rows, ("the second time", twice), ("the first time", once), [*lines, ask])
        if len(second[0]):
            _agree(
                rows,
                ("asked between the batches too", _value(_fed(metric, second))),
                ("asked at the end only", case.of(first, second)),
                [*lines, *_fed_by([second]), ask, "", *_run(case, [first, second], "asked once")],
            )


def reset(case: MetricCase) -> None:
    """Nothing is left of what was before."""
    for rows in case.data:
        metric = _fed(case.make(), rows.take(slice(0, 1)).all, rows.weighted)
        metric.reset_state()
        fed = [
            f"metric = {case.call}",
            *_fed_by([rows.weighted]),
            "metric.reset_state()",
            "print(metric.result())",
        ]
        empty = f"metric = {case.call}", "print(metric.result())"
        _agree(
            rows,
            ("after reset_state", _value(metric)),
            ("of a new one", _value(case.make())),
            [*fed, "", *empty],
        )
        again = rows.take(slice(len(rows.t) // 2, None))
        value = _value(_fed(metric, again.all))
        code = [*fed[:-1], *_fed_by([again.all]), fed[-1], "", *_run(case, [again.all], "of a new one")]
        _agree(again, ("after other rows and reset_state", value), ("of a new one", case.of(again.all)), code)


def instances(case: MetricCase) -> None:
    """Two metrics, batch by batch in turn."""
    for rows, i in itertools.product(case.data, (0, -1)):
        so_far = [batch for batch in rows.halves() if len(batch[0])]
        other = rows.take([i]).all
        one, two = case.make(), case.make()
        _fed(one, *so_far[:1])
        _fed(two, other)
        _fed(one, *so_far[1:])
        code = [
            f"metric, other = {case.call}, {case.call}",
            *_fed_by(so_far[:1]),
            *_fed_by([other], "other.update_state({})"),
            *_fed_by(so_far[1:]),
            "print(metric.result())",
            "",
            *_run(case, so_far, "alone"),
        ]
        _agree(
            rows,
            ("in turn with another metric", _value(one)),
            ("alone", case.of(*so_far)),
            code,
            "something is kept in the class, or in a default argument, that belongs in the object",
        )


def _cut(rows: Rows, begins: Array, weights: bool) -> list[Batch]:
    cuts = [0, *(int(i) for i in np.flatnonzero(begins) if i), len(rows.t)]
    w = rows.w if weights else None
    return [(rows.t[a:b], rows.y[a:b], None if w is None else w[a:b]) for a, b in itertools.pairwise(cuts)]


def batches(case: MetricCase) -> None:
    """Any split, with weights and without."""
    for rows in case.data:
        for weights, whole in ((False, rows.all), (True, rows.weighted)):
            for begins in rows.splits:
                parts = _cut(rows, begins, weights)
                told = " and ".join(str(len(part[0])) for part in parts) + _with(rows, weights)
                _same(
                    case,
                    rows,
                    (f"in batches of {told}", parts),
                    ("all at once", [whole]),
                    cure="keep sums over rows and divide in result; the mean of batch means is another number",
                )


def _with(rows: Rows, weights: bool) -> str:
    return f", with the weights {rows.w.tolist()}" if weights else ""


def order(case: MetricCase) -> None:
    """Rows, and batches of them, in any order."""
    for rows in case.data:
        other = rows.take(np.argsort(rows.order))
        for weights in (False, True):
            told = _with(rows, weights)
            two = [r.weighted if weights else r.all for r in (other, rows)]
            _same(case, rows, ("in another order", [two[0]]), (f"in this order{told}", [two[1]]))
            parts = _cut(rows, rows.splits[2], weights)
            _same(case, rows, ("the last batch first", parts[::-1]), (f"in this order{told}", parts))


def weights_of_one(case: MetricCase) -> None:
    """No weights are weights of 1."""
    for rows in case.data:
        ones = rows.t, rows.y, np.ones(len(rows.t))
        _same(case, rows, ("with weights of 1", [ones]), ("without weights", [rows.all]))


def repeated_rows(case: MetricCase) -> None:
    """Whole weights count rows."""
    for rows in case.data:
        count = rows.w.astype(int)
        repeated = np.repeat(rows.t, count, axis=0), np.repeat(rows.y, count, axis=0), None
        told = ", ".join(str(c) for c in count)
        _same(
            case,
            rows,
            (f"with the weight{'s' * (len(count) > 1)} {told}", [rows.weighted]),
            ("with rows repeated as often", [repeated]),
        )


def weight_zero(case: MetricCase) -> None:
    """As if the row were not there."""
    for rows in case.data:
        if len(rows.t) < 2:
            continue
        for i in (0, len(rows.t) - 1):
            kept = rows.take(np.arange(len(rows.t)) != i)
            w = rows.w.copy()
            w[i] = 0.0
            _same(
                case,
                rows,
                (f"with weight 0 for row {i}", [(rows.t, rows.y, w)]),
                (f"without row {i}", [kept.weighted]),
            )


def weight_scale(case: MetricCase) -> Result | None:
    """Weights are relative, unless the metric adds up or declares that their size counts too."""
    if not getattr(case.make(), "scale_free", True):
        return Result(note="declared: not scale_free")
    adds_up = bool(getattr(case.make(), "adds_up", False))
    for rows in case.data:
        for factor in (0.25, 4.0):
            _same(
                case,
                rows,
                (f"with all weights times {factor:g}", [(rows.t, rows.y, factor * rows.w)]),
                ("with the weights", [rows.weighted]),
                factor=factor if adds_up else 1.0,
                cure=""
                if adds_up
                else "if it is meant to grow with the weights, declare it in the class: adds_up = True",
            )
    return Result(note="declared: adds_up") if adds_up else None


def columns(case: MetricCase) -> Result | None:
    """One number a row, in a vector or in a column."""
    refused = []
    for rows in case.data:
        t, y = rows.t, rows.y
        ways: list[Batch] = []
        if y.shape == (len(y), 1) and t.shape in (y.shape, y.shape[:1]):
            column = t.reshape(y.shape), y, None
            ways = [(t.ravel(), y, None), (column[0], y[:, 0], None), (t.ravel(), y[:, 0], None)]
        elif t.ndim == 1 and y.ndim == 2:
            column = t, y, None
            ways = [(t[:, None], y, None)]
        for way in ways:
            shapes = f"y_true {way[0].shape} and y_pred {way[1].shape}"
            try:
                case.of(way)
            except ShapeError:
                refused.append(shapes)
                continue
            _same(
                case,
                rows,
                (f"of {shapes}", [way]),
                (f"of y_true {column[0].shape} and y_pred {column[1].shape}", [column]),
                cure="a vector beside a column broadcasts to a square in NumPy",
            )
    return Result(note=f"refused: {', '.join(dict.fromkeys(refused))}") if refused else None


def array_likes(case: MetricCase) -> None:
    """Lists, and whole numbers where they are whole."""
    for rows in case.data:
        t, y, w = rows.weighted
        _same(
            case,
            rows,
            ("of lists", [(t.tolist(), y.tolist(), w.tolist())]),
            ("of arrays", [rows.weighted]),
            cure="begin with np.asarray",
        )
        ways = [t.astype(dtype) for dtype in (np.int64, np.uint8, bool) if np.array_equal(t.astype(dtype), t)]
        for other in ways:
            _same(
                case,
                rows,
                (f"of targets of type {other.dtype}", [(other, y, w)]),
                (f"of targets of type {t.dtype}", [rows.weighted]),
            )


def float32(case: MetricCase) -> None:
    """Single precision."""
    for rows in case.data:
        y = rows.y.astype(np.float32)
        ways = [("of outputs in float32", (rows.t, y, rows.w))]
        if rows.t.dtype.kind == "f":
            ways.append(("of all in float32", (rows.t.astype(np.float32), y, rows.w.astype(np.float32))))
        for name, batch in ways:
            _same(case, rows, (name, [batch]), ("in float64", [rows.weighted]), tolerance=SAME_FLOAT32)


def call(case: MetricCase) -> None:
    """As in Keras, the result so far."""
    for rows in case.data:
        metric, so_far = case.make(), []
        for batch in rows.halves():
            if len(batch[0]):
                so_far.append(batch)
                with quietly():
                    value: Any = metric(*(_copied(a) for a in batch))
                code = [
                    f"metric = {case.call}",
                    *_fed_by(so_far, "print(metric({}))"),
                    "",
                    *_run(case, so_far, "by update_state and result"),
                ]
                if not _as_promised(value):
                    raise Failure(
                        f"calling the metric gives {value!r}, of type {type(value).__name__}", _code(code)
                    )
                _agree(rows, ("calling it", value), ("update_state and result", case.of(*so_far)), code)


def _goes_on(
    case: MetricCase, way: Callable[[Metric], Metric], how: str, line: str, alone: bool = True
) -> None:
    """What ``way`` makes of a metric between two batches goes on as the original does; the original too."""
    for rows in case.data:
        first, second = rows.halves()
        so_far = [batch for batch in (first, second) if len(batch[0])]
        right = case.of(*so_far)
        original = _fed(case.make(), *so_far[:1])
        twin = way(original)
        code = [
            f"metric = {case.call}",
            *_fed_by(so_far[:1]),
            line,
            *_fed_by(so_far[1:], "twin.update_state({})"),
            "print(twin.result())",
            *((*_fed_by(so_far[1:]), "print(metric.result())") if alone else ()),
        ]
        # A shallow copy may share lists with its original, so that only one of them can go on.
        for name, one in (("the copy", twin), ("the original", original))[: 2 if alone else 1]:
            value = _value(_fed(one, *so_far[1:]))
            _agree(rows, (f"{name}, going on after {how}", value), ("without interruption", right), code)


def copied(case: MetricCase) -> None:
    """A shallow copy goes on."""
    _goes_on(case, copy.copy, "copy.copy", "import copy; twin = copy.copy(metric)", alone=False)


def deepcopy(case: MetricCase) -> None:
    """A deep copy and its original go on."""
    _goes_on(case, copy.deepcopy, "copy.deepcopy", "import copy; twin = copy.deepcopy(metric)")


def pickled(case: MetricCase) -> Result | None:
    """What comes back from another process goes on."""
    cls = type(case.make())
    if not importable(cls):
        return Result(note=f"left out: {cls.__qualname__} cannot be imported by its name")
    try:
        pickle.dumps(case.make())
    except (pickle.PicklingError, AttributeError) as error:
        return Result(note=f"left out: {error}")
    _goes_on(
        case,
        lambda one: pickle.loads(pickle.dumps(one)),  # noqa: S301 - its own bytes
        "pickle",
        "import pickle; twin = pickle.loads(pickle.dumps(metric))",
    )
    return None


def config(case: MetricCase) -> Result | None:
    """A class and its configuration, as files hold them, are the metric."""
    metric = case.make()
    try:
        told = metric.get_config()
    except ArgumentTypeError as error:  # a function of one's own
        return Result(note=f"left out: {error}")
    twin = type(metric).from_config(json.loads(json.dumps(told)))
    code = f"metric = {case.call}\ntwin = type(metric).from_config(metric.get_config())"
    if twin.get_config() != told:
        raise Failure(
            f"get_config gives {told}; what from_config makes of it gives {twin.get_config()}",
            f"{code}\nprint(twin.get_config())",
        )
    for rows in case.data:
        value = _value(_fed(twin, rows.weighted))
        fed = [*code.splitlines(), *_fed_by([rows.weighted], "twin.update_state({})"), "print(twin.result())"]
        _agree(
            rows,
            ("from_config(get_config())", value),
            ("the original", case.of(rows.weighted)),
            fed,
            f"the configuration is {told}",
        )
        twin = type(metric).from_config(told)
    return None


def reference(case: MetricCase) -> Result | None:
    """The number that is meant."""
    if case.reference is None:
        return Result(note="none given")
    left: list[str] = []
    last: Exception | None = None
    for rows in case.data:
        try:
            with quietly():
                right = case.reference(rows.t.copy(), rows.y.copy())
                right = right if np.ndim(right) else float(right)
        except Exception as error:  # noqa: BLE001 - it need not take every kind that the metric takes
            left, last = [*left, rows.kind], error
            continue
        _agree(
            rows,
            ("the metric", case.of(rows.all)),
            ("the reference", right),
            _run(case, [rows.all], "the metric"),
            ""
            if rows.kind == GIVEN
            else f"The targets here are {rows.kind}, which the metric takes; if they are not what it is for, give y_true and "
            "y_pred.",
        )
    if last is not None and len(left) == len(case.data):
        raise last
    return Result(note=f"the reference does not take {', '.join(left)}") if left else None


def direction(case: MetricCase) -> Result | None:
    """What ``mode="auto"`` of callbacks reads; only a note, for not every metric judges outputs."""
    metric = case.make()
    told = metric.direction
    if told not in ("up", "down"):
        raise Failure(f'direction must be "up" or "down", got {told!r}')
    for rows in case.data:
        hit = np.eye(3)[rows.t] if rows.kind == "class numbers" else rows.t
        if hit.shape != rows.y.shape:
            continue
        others = [np.mean(case.of((rows.t, np.roll(rows.y, k, axis=0), None))) for k in range(len(rows.t))]
        best = np.mean(case.of((rows.t, hit.astype(float), None)))
        sign = 1 if told == "down" else -1
        if sign * best >= max(sign * other for other in others) and best != np.mean(others):
            return Result(
                note=f"outputs that hit their targets give {best:g}, others {min(others):g} to {max(others):g}: is it "
                f'really direction = "{told}", what callbacks take for better?'
            )
    return None


#: Every promise of a metric, in the order in which a failure is shown.
METRIC_CHECKS: tuple[Named[MetricCase], ...] = (
    Named("construction", "a new metric takes targets of some kind", construction),
    Named("arguments", "update_state leaves its arguments as they were", arguments),
    Named("python float", "result is a finite Python float, or an array of float64", python_float),
    Named("no data", "result before any data is finite", no_data),
    Named("repeatable", "result changes nothing", repeatable),
    Named("reset", "reset_state forgets everything", reset),
    Named("instances", "two metrics know nothing of each other", instances),
    Named("batches", "rows in batches, of any sizes, are rows at once", batches),
    Named("order", "the order of rows and batches does not matter", order),
    Named("weights of one", "weights of 1 are no weights", weights_of_one),
    Named("repeated rows", "a row of weight 2 counts as two rows", repeated_rows),
    Named("weight zero", "a row of weight 0 does not count", weight_zero),
    Named("weight scale", "all weights times a constant change nothing", weight_scale),
    Named("columns", "(n,) targets beside (n, 1) outputs mean the same as (n, 1)", columns),
    Named("array likes", "lists and whole numbers mean the same as arrays of floats", array_likes),
    Named("float32", "float32 gives nearly what float64 gives", float32),
    Named("call", "calling a metric is update_state and result", call),
    Named("copy", "a shallow copy goes on", copied),
    Named("deepcopy", "a deep copy goes on, and its original too", deepcopy),
    Named("pickle", "what pickle gives back goes on", pickled),
    Named("config", "from_config(get_config()) is the same metric", config),
    Named("reference", "the metric of all rows is the reference's", reference),
    Named("direction", "the direction that callbacks read is up or down", direction),
)
