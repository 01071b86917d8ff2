"""Metamorphic properties: what must stay the same when a network and its data are changed in a way that cannot count.

Nobody has to know a right result for that (Chen, Cheung and Yiu 1998, Metamorphic testing, HKUST-CS98-01; Xie et
al. 2011, Journal of Systems and Software 84:544, for learning machines): two runs are compared, outputs and
gradients alike.  A symmetry of the parameters, ``f(S w) = f(w)``, gives one of the gradient, ``g(S w) = S^-T g(w)``.

Two runs of right code differ by rounding.  How far, is not guessed: both are repeated at points nearby, where a
difference that is rounding takes another value and one that is a fault stays.

Everything here runs on a float64 copy, in inference, and without penalties, which are functions of the weights and
have symmetries of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import optimizers
from mlp.activations import Softmax
from mlp.arrays import Array
from mlp.derivatives import EPS, quietly
from mlp.errors import ArgumentError
from mlp.layers import Activation, Composite, Dense, Layer
from mlp.rows import as_weights
from mlp.testing.hidden import Pair, pairs_of
from mlp.testing.labels import label_of, path_of
from mlp.testing.report import Failure, Named, Report, Result
from mlp.testing.sameness import LAST_PLACES, Case, Numbers, Point, same

if TYPE_CHECKING:
    from mlp.network import Network

__all__ = [
    "averaged_rows", "equal_units", "permuted_units", "repeated_row", "rescaled_units", "shifted_logits",
]  # fmt: skip

#: Training steps in `equal_units`.
STEPS = 5


def permuted_units(net: Network, x: Any, rng: Any = 0) -> Report:
    """Hidden units in another order: ``f(x P) W`` with ``W`` in that order, for every hidden `Dense` layer.

    Outputs and ``dL/dx`` stay as they are and gradients go along with their units (Hecht-Nielsen 1990, On the
    algebraic structure of feedforward network weight spaces).

    Parameters
    ----------
    net : Network
        Built; is not changed.  Every two `Dense` layers with nothing but elementwise layers between them are looked
        at, also inside of nested networks.
    x : array_like, shape (n,) + input_shape
        Rows.
    rng : int, SeedSequence, Generator or None, default 0
        The source of orders and of the ``dL/dy`` that is sent back.

    Returns
    -------
    Report
        A result for each pair of layers; ``error`` is the largest difference relative to its array.

    Raises
    ------
    GradientError
        Naming the layers, the entry, and both of its values, if something does not stay as it is.
    ArgumentError
        If there are no two such layers with at least two units between them.
    ShapeError, DataError, StateError
        If the rows do not fit or give outputs that are not finite.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(3, activation="tanh", input_dim=2), Dense(1)], rng=0)
    >>> list(permuted_units(net, [[0.1, 0.2], [0.3, -0.4]]).results)
    ['dense and dense_1']
    """
    case = Case.of(net, x, rng)
    pairs = [pair for pair in pairs_of(case) if pair.units > 1]
    if not pairs:
        raise ArgumentError(
            "permuted_units needs two Dense layers with at least two units and only elementwise layers between them; "
            "the network has none such"
        )
    return case.report(
        "permuted units", [_permuted(pair, case.rng.permutation(pair.units)) for pair in pairs]
    )


def rescaled_units(net: Network, x: Any, rng: Any = 0) -> Report:
    """A relu unit's inputs times ``c > 0``, its outputs through ``1 / c``: ``relu(c z) / c = relu(z)``.

    Outputs and ``dL/dx`` stay as they are, the gradient of what comes in is divided by ``c``, that of what goes out
    multiplied (Neyshabur et al. 2015, arXiv:1506.02617, section 2).  Every ``c`` is a power of two, so that scaling
    itself rounds nothing.

    Parameters
    ----------
    net : Network
        Built; is not changed.  Every two `Dense` layers are looked at that have only relu and leaky relu between
        them, or layers that are the identity in inference.
    x, rng
        As for `permuted_units`.

    Returns
    -------
    Report
        A result for each pair of layers.

    Raises
    ------
    GradientError, ShapeError, DataError, StateError
        As for `permuted_units`.
    ArgumentError
        If there are no two such layers.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(3, activation="relu", input_dim=2), Dense(1)], rng=0)
    >>> rescaled_units(net, [[0.1, 0.2], [0.3, -0.4]]).error
    0.0
    """
    case = Case.of(net, x, rng)
    pairs = [pair for pair in pairs_of(case) if pair.rectified]
    if not pairs:
        raise ArgumentError(
            "rescaled_units needs two Dense layers with only relu or leaky_relu between them, without max_value and "
            "threshold: other activations have no such symmetry; the network has none such"
        )
    return case.report("rescaled units", [_rescaled(pair, case.rng) for pair in pairs])


def shifted_logits(net: Network, x: Any, y: Any = None, rng: Any = 0) -> Report:
    """A constant added to all logits of a row changes nothing: ``softmax(z + c) = softmax(z)``.

    Small constants, and large ones at which a softmax that does not subtract the largest logit overflows.  Outputs
    and all gradients stay as they are, the gradients of a layer's logits sum to zero, and softmax's results sum to one.

    Parameters
    ----------
    net : Network
        Built; is not changed.  Looked at is every softmax: in a `Dense` layer, in an `mlp.activations.Activation` layer of a chain,
        and, if ``y`` is given, in a loss that makes probabilities of logits.
    x : array_like, shape (n,) + input_shape
        Rows.
    y : array_like, optional
        Targets; with them the compiled loss is held to the same, with a softmax at the end joined to it.
    rng : int, SeedSequence, Generator or None, default 0
        The source of constants and directions.

    Returns
    -------
    Report
        A result for each softmax and kind of constant.

    Raises
    ------
    GradientError, ShapeError, DataError, StateError
        As for `permuted_units`.
    ArgumentError
        If there is no softmax.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(3, activation="softmax", input_dim=2)], rng=0)
    >>> list(shifted_logits(net, [[0.1, 0.2], [0.3, -0.4]]).results)
    ['dense: sum', 'dense: small constant', 'dense: large constant']
    """
    case = Case.of(net, x, rng, y, needs_loss=y is not None)
    found = list(_softmaxes(case))
    if not found:
        wanted = (
            " or a loss of logits with one"
            if y is not None
            else "; a loss of logits is looked at if y is given"
        )
        raise ArgumentError(f"shifted_logits needs a softmax{wanted}; the network has none")
    return case.report("shifted logits", [check for softmax in found for check in _shifted(softmax, case)])


def repeated_row(net: Network, x: Any, y: Any, sample_weight: Any = None, rng: Any = 0) -> Report:
    """A row that comes twice counts like one of twice the weight, in the loss and in its gradient.

    Parameters
    ----------
    net : Network
        Compiled with a loss that is summed over rows or averaged by weight; is not changed.
    x, y : array_like
        Rows and targets.
    sample_weight : array_like, shape (n,), optional
        Weights for the second of two checks; drawn unless given.
    rng : int, SeedSequence, Generator or None, default 0
        Which row, and weights.

    Returns
    -------
    Report
        Results ``"without weights"`` and ``"with weights"``.

    Raises
    ------
    GradientError, ShapeError, DataError, StateError
        As for `permuted_units`.
    ArgumentError
        If the loss has another reduction, or a layer makes rows depend on each other in inference.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> from mlp.losses import MeanSquaredError
    >>> net = Network([Dense(1, input_dim=1)], rng=0)
    >>> net.compile(loss=MeanSquaredError(reduction="sum"))
    >>> list(repeated_row(net, [[1.0], [2.0]], [0.0, 1.0]).results)
    ['without weights', 'with weights']
    """
    case = Case.of(net, x, rng, y, needs_loss=True)
    loss = case.net.compiled.needed_loss()
    if loss.reduction not in ("sum", "mean_with_sample_weight"):
        raise ArgumentError(
            f"repeated_row needs a loss that is summed over rows or averaged by weight, got reduction="
            f'{loss.reduction!r}, which divides by the number of rows: use {type(loss).__name__}(reduction="sum") or '
            'reduction="mean_with_sample_weight"'
        )
    _refuse_coupled(case, "repeated_row")
    row = int(case.rng.integers(len(case.x)))
    return case.report(
        "repeated row", [_repeated(row, *weight) for weight in _both_weights(case, sample_weight)]
    )


def averaged_rows(net: Network, x: Any, y: Any, sample_weight: Any = None, rng: Any = 0) -> Report:
    """The gradient of a batch is the weighted mean of its rows' (their sum, where the loss is one).

    Parameters
    ----------
    net : Network
        Compiled with a loss; is not changed.
    x, y : array_like
        Rows and targets.
    sample_weight : array_like, shape (n,), optional
        Weights for the second of two checks; drawn unless given.
    rng : int, SeedSequence, Generator or None, default 0
        The source of weights.

    Returns
    -------
    Report
        Results ``"without weights"`` and ``"with weights"``.

    Raises
    ------
    GradientError, ShapeError, DataError, StateError
        As for `permuted_units`.
    ArgumentError
        If the loss is not reduced to a number, or a layer makes rows depend on each other in inference.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)], rng=0)
    >>> net.compile(loss="mse")
    >>> averaged_rows(net, [[1.0], [2.0]], [0.0, 1.0]).error < 1e-15
    True
    """
    case = Case.of(net, x, rng, y, needs_loss=True)
    _refuse_coupled(case, "averaged_rows")
    return case.report("averaged rows", [_averaged(*weight) for weight in _both_weights(case, sample_weight)])


def equal_units(net: Network, x: Any, y: Any, rng: Any = 0) -> Report:
    """Hidden units that begin equal stay equal: training cannot tell them apart.

    All units of a hidden layer get the first one's weights, and five steps are made by plain SGD, by Adam and by the
    network's own optimizer.  This is why initial weights are random (Rumelhart, Hinton and Williams 1986, Nature
    323:533, "symmetry breaking"), and it finds what treats units, or places in the parameter vector, differently.

    Parameters
    ----------
    net : Network
        Compiled with a loss; is not changed.  The same layers as for `permuted_units`.
    x, y : array_like
        Rows and targets.
    rng : int, SeedSequence, Generator or None, default 0
        Where differences are looked at again.

    Returns
    -------
    Report
        A result for each pair of layers and optimizer.

    Raises
    ------
    GradientError, ArgumentError, ShapeError, DataError, StateError
        As for `permuted_units`.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(3, activation="tanh", input_dim=2), Dense(1)], rng=0)
    >>> net.compile("sgd", "mse")
    >>> list(equal_units(net, [[0.1, 0.2], [0.3, -0.4]], [0.0, 1.0]).results)
    ['dense and dense_1: SGD', 'dense and dense_1: Adam']
    """
    case = Case.of(net, x, rng, y, needs_loss=True)
    pairs = [pair for pair in pairs_of(case) if pair.units > 1]
    if not pairs:
        raise ArgumentError(
            "equal_units needs two Dense layers with at least two units and only elementwise layers between them; the "
            "network has none such"
        )
    rules: list[optimizers.Optimizer] = [optimizers.SGD(), optimizers.Adam()]
    own = case.net.optimizer
    if type(own) not in (optimizers.SGD, optimizers.Adam):
        rules.append(own)
    return case.report("equal units", [_equal(pair, rule) for pair in pairs for rule in rules])


def _permuted(pair: Pair, order: Array) -> Named[Case]:
    if (order == np.arange(pair.units)).all():
        order = np.roll(order, 1)
    back = np.argsort(order)

    def run(case: Case) -> Result:
        def one(point: Point) -> Numbers:
            return case.outputs_and_gradients(case.at(point), point)

        def other(point: Point) -> Numbers:
            net = case.at(point)
            pair.each(lambda a: a[..., order], lambda a: a[order])
            return pair.on_gradients(
                case.outputs_and_gradients(net, point), lambda a: a[..., back], lambda a: a[back]
            )

        shown = ", ".join(map(str, order[:8])) + (", ..." if order.size > 8 else "")
        return same(case, one, other, f"The units between {pair.title}\nwere put in the order [{shown}].")

    return Named(pair.name, "the order of hidden units does not matter", run)


def _rescaled(pair: Pair, rng: np.random.Generator) -> Named[Case]:
    c = 2.0 ** (rng.integers(1, 5, pair.units) * rng.choice([-1, 1], pair.units))

    def run(case: Case) -> Result:
        def one(point: Point) -> Numbers:
            return case.outputs_and_gradients(case.at(point), point)

        def other(point: Point) -> Numbers:
            net = case.at(point)
            pair.each(lambda a: a * c, lambda a: a / c[:, None])
            # dL/dw = c dL/d(c w)
            return pair.on_gradients(
                case.outputs_and_gradients(net, point), lambda a: a * c, lambda a: a / c[:, None]
            )

        shown = ", ".join(f"{v:g}" for v in c[:8]) + (", ..." if c.size > 8 else "")
        return same(
            case, one, other,
            f"Kernel and bias of {label_of(pair.first)} were multiplied,\nand the kernel of {label_of(pair.second)} divided, "
            f"by [{shown}], a factor for each unit.",
        )  # fmt: skip

    return Named(pair.name, "relu(c z) = c relu(z) for c > 0", run)


@dataclass(frozen=True)
class _Logits:
    """Where a softmax is, and how its logits are shifted by constants of one size.

    Attributes
    ----------
    name, title : str
        Short and in full.
    function : Softmax or None
        The activation; None for a loss.
    width : tuple of int
        The shape of a row of logits.
    shift : callable
        From the network, changed for one run, and a size; returns what undoes it.
    """

    name: str
    title: str
    function: Softmax | None
    width: tuple[int, ...]
    shift: Callable[[float], Callable[[], None]]


class _Shift(Layer):
    """``y = x + c``, put before a softmax for one run."""

    def __init__(self, c: Array) -> None:
        super().__init__()
        self.c = c

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x + c``."""
        return x + self.c

    def backward(self, dy: Array) -> Array:
        """``dx = dy``."""
        return dy


def _softmaxes(case: Case) -> Iterator[_Logits]:
    for layer in case.net.walk():
        if isinstance(layer, Dense) and isinstance(layer.activation, Softmax):
            axis, width = layer.activation.axis, layer._built_shapes()[1]
            if axis in (-1, len(width)):
                shift = _shift_weights(layer, case)
                yield _Logits(path_of(layer), label_of(layer), layer.activation, width, shift)
        if isinstance(layer, Composite) and layer.is_chain:
            for i, inner in enumerate(layer._layers):
                if isinstance(inner, Activation) and isinstance(inner.activation, Softmax):
                    width = inner._built_shapes()[1]
                    shift = _shift_between(layer, i, inner.activation.axis, width, case)
                    yield _Logits(path_of(inner), label_of(inner), inner.activation, width, shift)
    if case.t is not None:
        loss = case.net.compiled.needed_loss()
        if loss.targets in ("one-hot", "index") and getattr(loss, "from_logits", False):
            width = case.net._built_shapes()[1]
            shift = _shift_between(case.net, len(case.net._layers), -1, width, case)
            yield _Logits("the loss", f"the loss, {type(loss).__name__} of logits", None, width, shift)


def _shift_weights(layer: Dense, case: Case) -> Callable[[float], Callable[[], None]]:
    """By the bias or, without one, by a vector added to all columns of the kernel."""
    direction = case.rng.uniform(0.5, 1.0, (layer.kernel.shape[0], 1))

    def shift(size: float) -> Callable[[], None]:
        if layer.use_bias:
            layer.bias[...] += size
        else:
            layer.kernel[...] += size * direction
        return lambda: None  # the next run sets all parameters anew

    return shift


def _shift_between(
    chain: Composite, place: int, axis: int | tuple[int, ...], width: tuple[int, ...], case: Case
) -> Callable[[float], Callable[[], None]]:
    """By a layer that stands in the chain for one run."""
    shape = [1, *width]
    for one in axis if isinstance(axis, tuple) else (axis,):
        shape[one] = 1
    share = case.rng.uniform(0.5, 1.0, shape)

    def shift(size: float) -> Callable[[], None]:
        before = list(chain._layers)
        chain._layers.insert(place, _Shift(size * share))

        def undo() -> None:
            chain._layers[:] = before

        return undo

    return shift


def _shifted(logits: _Logits, case: Case) -> Iterator[Named[Case]]:
    if logits.function is not None:
        promise = "the results of a softmax sum to one, the gradients of its logits to zero"
        yield Named(f"{logits.name}: sum", promise, lambda case: _sums(logits, case))
    promise = "softmax(z + c) = softmax(z)"
    # exp overflows above 709 and vanishes below -745.
    for kind, sizes in (("small", (1.0, -2.5)), ("large", (2000.0, -2000.0))):
        yield Named(f"{logits.name}: {kind} constant", promise, _by_constants(logits, sizes))


def _by_constants(logits: _Logits, sizes: tuple[float, ...]) -> Callable[[Case], Result]:
    def run(case: Case) -> Result:
        runs = [case.outputs_and_gradients] if logits.function is not None else []
        if case.t is not None:
            runs.append(case.loss_and_gradients)
        error = 0.0
        for what in runs:
            for size in sizes:

                def one(point: Point, what: Any = what) -> Numbers:
                    return dict(what(case.at(point), point))

                def other(point: Point, what: Any = what, size: float = size) -> Numbers:
                    net = case.at(point)
                    undo = logits.shift(size)
                    try:
                        return dict(what(net, point))
                    finally:
                        undo()

                change = f"A constant of about {size:g} was added to all logits of {logits.title}."
                error = max(error, same(case, one, other, change).error)
        return Result(error=error)

    return run


def _sums(logits: _Logits, case: Case) -> Result:
    function = logits.function
    assert function is not None  # noqa: S101 - a loss has no such check
    z = case.rng.normal(0.0, 3.0, (4, *logits.width))
    dy = case.rng.standard_normal(z.shape)
    with quietly():
        y = np.array(function.forward(z.copy()))
        dz = np.array(function.backward(dy, z, y))
    axis = function.axis
    # Each number is rounded a few times, and so is each partial sum.
    allowed = (LAST_PLACES + y.size // y.sum(axis=axis).size) * EPS
    for what, sums, right, terms in (
        ("results", y.sum(axis=axis), 1.0, np.ones(1)),
        ("gradients of the logits", dz.sum(axis=axis), 0.0, np.abs(y * dy).sum(axis=axis)),
    ):
        wrong = ~(np.abs(sums - right) <= allowed * terms)
        if wrong.any():
            raise Failure(
                f"The {what} of {logits.title} sum to {float(np.asarray(sums)[wrong].flat[0]):.17g}, not to {right:g}."
            )
    return Result(error=float(np.abs(y.sum(axis=axis) - 1).max()))


def _refuse_coupled(case: Case, name: str) -> None:
    """Rows that hang on each other, and say so, have no gradients of their own."""
    coupling = [layer for layer in case.net.walk() if layer.couples_rows]
    if not coupling:
        return
    together = case.net.predict(case.x)
    alone = case.net.predict(case.x, batch_size=1)
    if not np.allclose(together, alone, rtol=1e-9, atol=1e-9 * float(np.abs(together).max())):
        raise ArgumentError(
            f"{name} needs rows that do not hang on each other, but {label_of(coupling[0])} makes them: what a row becomes "
            "depends on its batch"
        )


def _both_weights(case: Case, sample_weight: Any) -> list[tuple[str, Array | None]]:
    weight = as_weights(sample_weight, len(case.x), case.net.dtype, "sample_weight")
    if weight is None:
        weight = case.rng.uniform(0.25, 2.0, len(case.x))
    return [("without weights", None), ("with weights", weight)]


def _repeated(row: int, name: str, weight: Array | None) -> Named[Case]:
    def run(case: Case) -> Result:
        n = len(case.x)
        given = np.ones(n) if weight is None else weight
        doubled = np.where(np.arange(n) == row, 2 * given, given)
        twice = np.append(np.arange(n), row)

        def one(point: Point) -> Numbers:
            return case.loss_and_gradients(case.at(point), point, weight=doubled)

        def other(point: Point) -> Numbers:
            weights = None if weight is None else weight[twice]
            numbers = case.loss_and_gradients(case.at(point), point, twice, weights)
            dx = numbers["dL/dx"]
            numbers["dL/dx"] = np.where(
                (np.arange(n) == row).reshape(-1, *[1] * (dx.ndim - 1)), 2 * dx[:n], dx[:n]
            )
            return numbers

        return same(
            case, one, other, f"Row {row} was given twice, instead of once with twice the weight.", ("weighted", "repeated")
        )  # fmt: skip

    return Named(name, "a row that comes twice counts like one of twice the weight", run)


def _averaged(name: str, weight: Array | None) -> Named[Case]:
    def run(case: Case) -> Result:
        n = len(case.x)
        shares = _shares(case, weight)

        def one(point: Point) -> Numbers:
            return case.loss_and_gradients(case.at(point), point, weight=weight)

        def other(point: Point) -> Numbers:
            net = case.at(point)
            rows = [case.loss_and_gradients(net, point, slice(i, i + 1)) for i in range(n)]
            mean = {
                key: np.sum([share * row[key] for share, row in zip(shares, rows, strict=True)], axis=0)
                for key in rows[0]
            }
            pieces = [share * row["dL/dx"] for share, row in zip(shares, rows, strict=True)]
            mean["dL/dx"] = np.concatenate(pieces)
            return mean

        what = "sum" if case.net.compiled.needed_loss().reduction == "sum" else "mean"
        return same(
            case, one, other, f"Each of {n} rows was run by itself, and their {what} taken, {name}.", ("batch", "rows")
        )  # fmt: skip

    return Named(name, "the gradient of a batch is the weighted mean of its rows' gradients", run)


def _shares(case: Case, weight: Array | None) -> Array:
    """How much each row's own loss counts in that of the batch, by the definition of the reduction."""
    loss = case.net.compiled.needed_loss()
    assert case.t is not None  # noqa: S101 - there is a loss
    given = np.ones(len(case.x)) if weight is None else weight
    if loss.reduction == "sum":
        return given
    counted = loss.counted(case.t)
    # Where targets are left out, a row's own mean is over those that count, and so is the batch's.
    sizes = (
        np.ones(len(case.x))
        if counted is None
        else counted.reshape(len(case.x), -1).sum(axis=1).astype(float)
    )
    divisor = float((given * sizes).sum() if loss.reduction == "mean_with_sample_weight" else sizes.sum())
    return given * sizes / divisor if divisor else np.zeros(len(case.x))


def _equal(pair: Pair, rule: optimizers.Optimizer) -> Named[Case]:
    def run(case: Case) -> Result:
        last: tuple[Point, Numbers] | None = None

        def after(point: Point) -> Numbers:
            nonlocal last
            if last is None or last[0] is not point:
                last = point, train(point)
            return last[1]

        def train(point: Point) -> Numbers:
            net = case.at(point)
            pair.each(_first_along_last_axis, lambda a: _first_along_last_axis(a.T).T)
            optimizer = type(rule).from_config(rule.get_config())
            gradients: Numbers = {}
            for _ in range(STEPS):
                numbers = case.loss_and_gradients(net, point)
                if not np.isfinite(net._gradient).all():
                    break  # the steps are too long for this network, which is no fault
                gradients = {key: a for key, a in numbers.items() if key in pair.gradient_names}
                optimizer.step(net._parameters, net._gradient / point.scale)
            key = pair.gradient_names[-1]
            if key in gradients:
                gradients[key] = gradients[key].T
            weights = {
                f"{label_of(pair.first)} {name}": pair.first._values[name] for name in pair.first._specs
            }
            weights[f"{label_of(pair.second)} kernel"] = pair.second.kernel.T
            return {name: a.copy() for name, a in (gradients | weights).items()}

        def other(point: Point) -> Numbers:
            return {name: _first_along_last_axis(a) for name, a in after(point).items()}

        change = (
            f"All units between {pair.title}\nbegan with the same weights; after {STEPS} steps with {rule!r} they should "
            "still have the same.\n(Units are along the last axis.)"
        )
        return same(case, after, other, change, ("this unit", "first unit"))

    name = type(rule).__name__
    return Named(f"{pair.name}: {name}", "training cannot tell equal hidden units apart", run)


def _first_along_last_axis(a: Array) -> Array:
    """The first entry along the last axis in place of all."""
    return np.repeat(a[..., :1], a.shape[-1], axis=-1)
