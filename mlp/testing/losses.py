"""`check_loss`: a loss and its gradient, for targets and outputs of the kinds that it takes."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mlp import checks, losses
from mlp.arrays import Array
from mlp.derivatives import quietly
from mlp.errors import ArgumentError, ArgumentTypeError, MLPError, StateError
from mlp.losses import FunctionLoss, Loss
from mlp.rows import as_array
from mlp.testing.cases import importable, maker_of
from mlp.testing.layer_checks import SAME
from mlp.testing.proof import prove
from mlp.testing.report import Failure, Named, Report, Result, merged, run_checks
from mlp.testing.shrinking import simpler_arrays
from mlp.testing.subjects import of_loss

__all__ = ["check_loss"]

SHAPE = (4, 3)


@dataclass(frozen=True)
class _Data:
    """Targets and outputs that a loss takes."""

    kind: str
    t: Array
    y: Array


@dataclass(frozen=True)
class _Case:
    """A loss with all data that it is checked on; the first are the usual ones."""

    make: Callable[[], Loss]
    data: tuple[_Data, ...]
    seed: int
    own: bool

    def rng(self, number: int = 0) -> np.random.Generator:
        """One of many sources of random numbers."""
        return np.random.default_rng([self.seed, number])


def check_loss(
    loss: str | Loss | type[Loss] | Callable[..., Any],
    y_true: Any = None,
    y_pred: Any = None,
    *,
    rng: Any = 0,
) -> Report:
    """Hold a loss's gradient against its value, entry by entry, and test what else it promises.

    At a kink, where the derivatives from the left and from the right differ, any number between them is right.

    Parameters
    ----------
    loss : str, Loss, class or function that makes one
        What to check.
    y_true, y_pred : array_like, optional
        Targets and outputs to check at.  Unless given: targets of the kind that the loss declares
        (``targets = "one-hot"`` and so on), and outputs of any sign, positive ones, or shares, whichever give
        finite values; and outputs where kinks are likely: at the target, at 1 / target, one beside it.
    rng : int, SeedSequence, Generator or None, default 0
        The source of data and directions.

    Returns
    -------
    Report
        Every check by name; ``report.kinks`` counts the subgradients.

    Raises
    ------
    GradientError
        If a check fails.
    ArgumentError
        If only one of targets and outputs is given.

    Examples
    --------
    >>> check_loss("mean_squared_error").method
    'complex'
    >>> check_loss("hinge", y_true=[[1.0]], y_pred=[[1.0]]).kinks
    1
    """
    if isinstance(loss, str) or hasattr(loss, "configurable"):
        made = losses.get(loss)
        make: Callable[[], Loss] = lambda: copy.deepcopy(made)
    else:
        make = maker_of(loss, Loss, "loss")
    if (y_true is None) != (y_pred is None):
        raise ArgumentError("give y_true and y_pred, or neither")
    seed = int(checks.generator("rng", rng).integers(2**62))
    first = make()
    if y_true is not None:
        t, y = as_array("y_true", y_true), as_array("y_pred", y_pred, np.dtype(np.float64))
        first._door(t, y, None)  # refuses what does not fit
        data: tuple[_Data, ...] = (_Data("as given", t, y),)
    else:
        data = tuple(_accepted(first, np.random.default_rng([seed, 0])))
    own = type(first).__module__.split(".")[0] == "mlp" and not isinstance(first, FunctionLoss)
    case = _Case(make, data, seed, own)
    return run_checks(repr(first), case, LOSS_CHECKS, _smallest if y_true is None else None)


def _accepted(loss: Loss, rng: np.random.Generator) -> Iterator[_Data]:
    """Data of every kind that gives a finite value and gradient; at least one, or the first with its error."""
    given: list[_Data] = []
    candidates = list(_candidates(loss, rng))
    for data in candidates:
        try:
            with quietly():
                value, gradient = loss.value_and_gradient(data.t, data.y)
            if np.isfinite(value).all() and np.isfinite(gradient).any():
                given.append(data)
        except Exception:  # noqa: BLE001, S112 - the loss need not take every kind; if it takes none, that is told
            continue
    yield from given or candidates[:1]


def _candidates(loss: Loss, rng: np.random.Generator) -> Iterator[_Data]:
    n, k = SHAPE
    of_logits = getattr(loss, "from_logits", None)  # True, False, or not said
    logits, positive = rng.normal(0, 1.5, SHAPE), rng.uniform(0.2, 3.0, SHAPE)
    shares, one_hot = rng.uniform(0.05, 0.95, SHAPE), np.eye(k)[rng.integers(k, size=n)]
    if loss.targets == "index":
        labels = np.array([0, 1, 2, 1])
        if of_logits is not False:
            yield _Data("class numbers, outputs of any sign", labels, logits)
        if not of_logits:
            yield _Data("class numbers and shares", labels, shares)
    elif loss.targets == "one-hot":
        if of_logits is not False:
            yield _Data("one-hot rows, outputs of any sign", one_hot, logits)
        if not of_logits:
            yield _Data("one-hot rows and shares", one_hot, shares)
    elif loss.targets == "binary":
        labels = rng.integers(0, 2, SHAPE).astype(float)
        if of_logits is not False:
            yield _Data("0/1, outputs of any sign", labels, logits)
        if not of_logits:
            yield _Data("0/1 and shares", labels, shares)
            yield _Data("shares and shares", rng.uniform(0.05, 0.95, SHAPE), shares[::-1].copy())
    elif loss.targets == "positive":
        yield _Data("shares and shares", rng.uniform(0.05, 0.95, SHAPE), shares)
        yield _Data("amounts and amounts", rng.uniform(0.0, 3.0, SHAPE), positive)
    elif loss.targets == "sign":
        labels = rng.choice([-1.0, 1.0], SHAPE)
        yield _Data("-1/+1, outputs of any sign", labels, logits)
        yield _Data("-1/+1, outputs at 1 / target", labels, labels.copy())
    else:
        real = rng.normal(0, 1.5, SHAPE)
        yield _Data("numbers of any sign", real, logits)
        yield _Data("positive numbers", rng.uniform(0.2, 3.0, SHAPE), positive)
        yield _Data("shares", rng.uniform(0.05, 0.95, SHAPE), shares)
        beside = np.resize([0.0, 1.0, -1.0, 0.5, -0.5], n * k).reshape(SHAPE)
        yield _Data("outputs at and beside the target", np.round(real, 1), np.round(real, 1) + beside)
        yield _Data("far outputs", real, 20.0 * logits)


def _measured(loss: Loss, data: _Data, weight: Array | None = None) -> Callable[[Array], tuple[Any, Array]]:
    def measure(y: Array) -> tuple[Any, Array]:
        value, gradient = loss.value_and_gradient(data.t.copy(), y, weight)
        return np.sum(value), gradient

    return measure


def _code(case: _Case, data: _Data, weight: Array | None = None) -> str:
    rest = "" if weight is None else f", {weight.tolist()}"
    return (
        f"import numpy as np\nloss = {case.make()!r}\ny_true = np.array({data.t.tolist()})\n"
        f"y_pred = np.array({data.y.tolist()})\nloss.value_and_gradient(y_true, y_pred{rest})"
    )


def _gradient(case: _Case) -> Result:
    result = Result()
    for data in case.data:
        loss = case.make()
        subject = of_loss(repr(loss), _measured(loss, data), data.y)
        try:
            one = prove(subject, case.rng(2), np.ones(()), elementwise=True, code=partial(_code, case, data))
        except Failure as failure:
            raise Failure(f"for {data.kind}: {failure.text}{_cure(case, data)}", failure.code) from None
        result = merged(result, one)
    return result


def _cure(case: _Case, data: _Data) -> str:
    """What to declare, where the gradient is right for labels alone."""
    loss = case.make()
    if loss.targets != "real" or data.kind == "as given":
        return ""
    rng = case.rng(3)
    for kind in ("one-hot", "sign", "binary"):
        t = {
            "one-hot": np.eye(SHAPE[1])[rng.integers(SHAPE[1], size=SHAPE[0])],
            "sign": rng.choice([-1.0, 1.0], SHAPE),
            "binary": rng.integers(0, 2, SHAPE).astype(float),
        }[kind]
        other = _Data(kind, t, rng.normal(0, 1.5, SHAPE))
        try:
            prove(of_loss("", _measured(loss, other), other.y), rng, np.ones(()), elementwise=True)
        except Exception:  # noqa: BLE001, S112 - then that is no explanation
            continue
        return f'\nIt is right for {kind} targets: if the loss is for these, say so: targets = "{kind}" in its class.'
    return ""


def _weighted(case: _Case) -> Result:
    """With weights, one of them zero, and in every reduction that the loss takes."""
    data, result = case.data[0], Result()
    weight = case.rng(4).uniform(0.5, 2.0, len(data.y))
    weight[-1] = 0.0 if len(weight) > 1 else weight[-1]
    loss = case.make()
    try:
        value, gradient = loss.value_and_gradient(data.t.copy(), data.y.copy(), weight)
    except (TypeError, MLPError) as error:
        if case.own:
            raise
        return Result(note=f"takes no sample_weight: {error}")
    subject = of_loss(repr(loss), _measured(loss, data, weight), data.y)
    result = prove(
        subject, case.rng(5), np.ones(()), elementwise=True, code=partial(_code, case, data, weight)
    )
    plain, _ = loss.value_and_gradient(data.t.copy(), data.y.copy())
    again, _ = loss.value_and_gradient(data.t.copy(), data.y.copy(), np.ones(len(data.y)))
    if not np.allclose(again, plain, rtol=SAME, atol=0):
        raise Failure(f"weights of 1 give {again!r}, no weights {plain!r}")
    if len(weight) > 1 and np.ndim(value) == 0:
        if np.any(np.asarray(gradient)[-1]):
            raise Failure("a row of weight 0 has a gradient that is not zero", _code(case, data, weight))
        if np.array_equal(value, plain) and np.ptp(np.asarray(data.y)) > 0:
            raise Failure(
                f"sample_weight changes nothing: the value is {value!r} with and without it",
                _code(case, data, weight),
            )
    for reduction in ("sum", "mean_with_sample_weight") if hasattr(loss, "reduction") else ():
        twin = case.make()
        if twin.reduction in ("none", None):
            continue
        twin.reduction = reduction
        subject = of_loss(f"{loss!r} with reduction={reduction!r}", _measured(twin, data, weight), data.y)
        result = merged(result, prove(subject, case.rng(6), np.ones(()), elementwise=True))
    return dataclasses.replace(result, kinks=0)  # those that the check of the gradient has counted


def _value(case: _Case) -> None:
    """The value that the loss gives by itself is the one whose gradient it gives."""
    for data in case.data:
        loss = case.make()
        value, gradient = loss.value_and_gradient(data.t.copy(), data.y.copy())
        if np.shape(gradient) != data.y.shape:
            raise Failure(
                f"the gradient should have the shape of y_pred, {data.y.shape}, got {np.shape(gradient)}",
                _code(case, data),
            )
        if not np.all(np.isfinite(gradient)):
            raise Failure(
                f"the gradient has {np.asarray(gradient)[~np.isfinite(gradient)].flat[0]} for {data.kind}",
                _code(case, data),
            )
        called = loss(data.t.copy(), data.y.copy())
        if not np.allclose(called, value, rtol=SAME, atol=0):
            raise Failure(
                f"loss(y_true, y_pred) gives {called!r}, value_and_gradient {value!r}", _code(case, data)
            )


def _rows(case: _Case) -> None:
    """The order of the rows does not matter."""
    data, loss = case.data[0], case.make()
    if loss.reduction in ("none", None):
        return
    order = case.rng(7).permutation(len(data.y))
    value, gradient = loss.value_and_gradient(data.t.copy(), data.y.copy())
    other, moved = loss.value_and_gradient(data.t[order], data.y[order])
    scale = float(np.abs(gradient).max(initial=0.0))
    if not np.allclose(other, value, rtol=SAME, atol=0) or not np.allclose(
        moved, gradient[order], rtol=0, atol=SAME * scale
    ):
        raise Failure(
            f"the rows in the order {order.tolist()} give {other!r} instead of {value!r}", _code(case, data)
        )


def _columns(case: _Case) -> None:
    """Targets of shape (n,) beside outputs of shape (n, 1) mean one target a row, not a table of n x n."""
    data, loss = case.data[0], case.make()
    if loss.targets in ("one-hot", "index") or data.y.ndim != 2:
        return
    t, y = data.t[:, :1], data.y[:, :1]
    try:
        value, gradient = loss.value_and_gradient(t.copy(), y.copy())
    except Exception:  # noqa: BLE001 - a loss may need more than one output
        return
    try:
        other, moved = loss.value_and_gradient(t[:, 0].copy(), y.copy())
    except (MLPError, ValueError, TypeError):
        return  # refused, not misunderstood
    code = _code(case, _Data("", t[:, 0], y))
    if np.shape(moved) != y.shape:
        raise Failure(
            f"targets (n,) beside outputs (n, 1) give a gradient of shape {np.shape(moved)}, not {y.shape}",
            code,
        )
    if not np.allclose(other, value, rtol=SAME, atol=0) or not np.allclose(
        moved, gradient, rtol=SAME, atol=0
    ):
        raise Failure(
            f"targets of shape (n,) give {other!r}, the same of shape (n, 1) {value!r}: t - y has become n x n",
            code,
        )


def _arguments_kept(case: _Case) -> None:
    for data in case.data:
        loss = case.make()
        t, y = data.t.copy(), data.y.copy()
        value, gradient = loss.value_and_gradient(t, y)
        kept = np.array(gradient)
        for name, now, before in (("y_true", t, data.t), ("y_pred", y, data.y)):
            if not np.array_equal(now, before):
                raise Failure(f"value_and_gradient writes into {name}", _code(case, data))
        again, second = loss.value_and_gradient(t, y)
        if not (np.array_equal(again, value) and np.array_equal(second, kept)):
            raise Failure(
                f"the same call gives {value!r} and then {again!r}; something is kept from call to call",
                _code(case, data),
            )
        turned = t[::-1].copy(), y[::-1].copy()
        other = loss.value_and_gradient(*turned)
        if not np.array_equal(gradient, kept):
            raise Failure(
                "a later call overwrites the gradient that an earlier one returned", _code(case, data)
            )
        fresh = case.make().value_and_gradient(*turned)
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(other, fresh, strict=True)):
            raise Failure(
                "a loss that has been used gives another answer than a new one; something is kept from call to call",
                _code(case, data),
            )


def _single_precision(case: _Case) -> Result | None:
    eps = float(np.finfo(np.float32).eps)
    for data in case.data:
        loss = case.make()
        y32 = data.y.astype(np.float32)
        t32 = data.t.astype(np.float32) if data.t.dtype.kind == "f" else data.t
        value, gradient = loss.value_and_gradient(t32, y32)
        if np.asarray(gradient).dtype != np.float32 and loss.dtype is None:
            said = f"the gradient is {np.asarray(gradient).dtype} for outputs in float32; a float64 array comes in"
            if case.own:
                raise Failure(said)
            return Result(note=f"{said}: not for float32 networks")
        wide_t = t32.astype(float) if t32.dtype.kind == "f" else t32
        right, slope = loss.value_and_gradient(wide_t, y32.astype(float))
        moved = [0.0, 0.0]
        for number in range(4):
            shift = 1 + eps * case.rng(10 + number).uniform(-4, 4, y32.shape)
            other, turned = loss.value_and_gradient(wide_t, y32.astype(float) * shift)
            moved[0] = max(moved[0], float(np.abs(np.subtract(other, right)).max()))
            moved[1] = max(moved[1], float(np.abs(turned - slope).max()))
        for name, a, b, m in (
            ("the value", value, right, moved[0]),
            ("the gradient", gradient, slope, moved[1]),
        ):
            apart = float(np.abs(np.subtract(a, b, dtype=float)).max())
            if not apart <= 16 * m + 256 * eps * float(np.abs(b).max()):
                raise Failure(
                    f"{name} in float32 is {apart:.2g} away from float64, more than rounding explains, for {data.kind}"
                )
    return None


def _finite(case: _Case) -> Result | None:
    findings = []
    certain = [
        dataclasses.replace(
            data, kind=f"{data.kind}, outputs exactly at their targets", y=data.t.astype(float)
        )
        for data in case.data
        if data.t.shape == data.y.shape and set(np.unique(data.t)) <= {0.0, 1.0} and np.min(data.y) >= 0
    ]
    for data in [*case.data[:3], *certain]:
        loss = case.make()
        for scale in (1e-300, 1e-3, 30.0, 1e3) if np.min(data.y) < 0 else (0.5, 1.0):
            y = data.y * scale
            with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
                warnings.simplefilter("always")
                try:
                    value, gradient = loss.value_and_gradient(data.t.copy(), y)
                except MLPError:
                    continue
            said = sorted({str(w.message).split(" encountered")[0] for w in caught})
            if np.isnan(value).any() or np.isnan(gradient).any():
                findings.append(f"NaN for {data.kind}, outputs times {scale:g}")
            elif said and np.isfinite(value).all() and np.isfinite(gradient).all():
                findings.append(f"NumPy warns of {', '.join(said)} for {data.kind}, outputs times {scale:g}")
    if findings and case.own:
        raise Failure("\n".join(findings))
    return Result(note="; ".join(findings)) if findings else None


def _described(case: _Case) -> Result | None:
    loss, data, notes = case.make(), case.data[0], []
    value = loss(data.t.copy(), data.y.copy())
    twins: dict[str, Loss] = {"copy.deepcopy": copy.deepcopy(loss)}
    try:
        twins["from_config(get_config())"] = type(loss).from_config(json.loads(json.dumps(loss.get_config())))
    except (StateError, ArgumentTypeError, TypeError, ValueError) as error:
        if case.own:
            raise
        notes.append(f"cannot be saved in a file: {error}")
    if importable(type(loss)):
        twins["pickle"] = pickle.loads(pickle.dumps(loss))  # noqa: S301 - its own bytes
    else:
        notes.append("not pickled: the class is not importable by name")
    for how, twin in twins.items():
        other = twin(data.t.copy(), data.y.copy())
        if not np.array_equal(other, value):
            raise Failure(f"the loss of {how} gives {other!r} instead of {value!r}")
    return Result(note="; ".join(notes)) if notes else None


def _smallest(case: _Case, fails: Callable[[_Case], bool]) -> _Case:
    """One kind of data, one row, few digits."""
    for data in case.data:
        for part in _parts(data):
            small = dataclasses.replace(case, data=(part,))
            if fails(small):
                (y,) = simpler_arrays(
                    (part.y,),
                    lambda a, part=part: fails(  # type: ignore[misc]
                        dataclasses.replace(case, data=(dataclasses.replace(part, y=a[0]),))
                    ),
                )
                return dataclasses.replace(case, data=(dataclasses.replace(part, y=y),))
    return case


def _parts(data: _Data) -> Iterator[_Data]:
    if data.y.ndim == 2 and data.t.shape == data.y.shape:
        for i in range(len(data.y)):
            yield dataclasses.replace(data, t=data.t[i : i + 1, :1], y=data.y[i : i + 1, :1])
    for n in range(1, len(data.y) + 1):
        yield dataclasses.replace(data, t=data.t[:n], y=data.y[:n])


LOSS_CHECKS: tuple[Named[_Case], ...] = (
    Named("value", "the loss called by itself is the value whose gradient it gives", _value),
    Named(
        "arguments kept", "targets and outputs stay as they are, and nothing is remembered", _arguments_kept
    ),
    Named("gradient", "the gradient is the derivative of the value, or a subgradient at a kink", _gradient),
    Named("weights", "sample weights and reductions enter value and gradient alike", _weighted),
    Named("rows", "the order of the rows does not matter", _rows),
    Named("columns", "targets (n,) beside outputs (n, 1) are one a row", _columns),
    Named("float32", "float32 in, float32 out, and near float64", _single_precision),
    Named("copies", "copies, pickles and from_config(get_config()) are the same loss", _described),
    Named("finite", "finite outputs give finite results without warnings", _finite),
)
