"""`check_gradients`: a compiled network, with its loss, its penalties and its input."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentTypeError
from mlp.joint import losses_of
from mlp.layers import Layer
from mlp.passes import Pass
from mlp.samples import Samples
from mlp.several import Several, parts
from mlp.testing.cases import declared
from mlp.testing.proof import prove
from mlp.testing.report import Failure, Named, Report, Result, merged, run_checks
from mlp.testing.subjects import Part, Subject, of_activation, of_loss, of_network
from mlp.trainable import Trainable

__all__ = ["check_gradients"]


@dataclasses.dataclass(frozen=True)
class _Case:
    """A network in float64 that nobody else holds, and what it is checked on."""

    net: Trainable
    samples: Samples
    full: bool
    training: bool
    seed: int
    memo: dict[str, Result] = dataclasses.field(default_factory=dict)


def check_gradients(
    net: Trainable,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    full: bool = False,
    training: bool = False,
    rng: Any = 0,
) -> Report:
    """Hold the gradient of a compiled network, by all parameters and by the input, against its loss.

    Parameters
    ----------
    net : Network
        Compiled with a loss; is not changed.  The check works in double precision, whatever its type.
    x, y : array_like
        A few rows and targets.
    sample_weight : array_like, shape (n,), optional
        Weights of the rows.
    full : bool, default False
        Look at every entry.  Without it, a network of more than 512 numbers is looked at in random directions
        over input and parameters together, and entry by entry where that fails.
    training : bool, default False
        Check what training computes, with the same random numbers drawn again.
    rng : int, SeedSequence, Generator or None, default 0
        The source of directions.

    Returns
    -------
    Report
        How derivatives were computed, the largest error, and how many entries stood at a kink.

    Raises
    ------
    GradientError
        Naming layer, weight and index of the worst entry, with both values.
    StateError, ShapeError, DataError
        If the network is not compiled or the data do not fit.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(3, activation="tanh", input_dim=2), Dense(1)], rng=0)
    >>> net.compile(loss="mse")
    >>> report = check_gradients(net, [[0.1, 0.2], [0.3, -0.4]], [1.0, 0.0])
    >>> report.method, report.error < 1e-12
    ('complex', True)
    """
    if not isinstance(net, Trainable):
        raise ArgumentTypeError(
            f"net must be a Network, compiled with a loss, got {net!r:.80}; for a layer: check_layer"
        )
    checks.flag("full", full)
    checks.flag("training", training)
    seed = int(checks.generator("rng", rng).integers(2**62))
    real = net.astype("float64")
    samples = Samples.checked(real, x, y, sample_weight)
    return run_checks(type(net).__name__, _Case(real, samples, full, training, seed), NETWORK_CHECKS)


def _gradient(case: _Case) -> Result:
    """The whole network at once; behind surrogates only, where there are any and the whole does not fit."""
    rng = np.random.default_rng([case.seed, 0])
    subject = of_network(case.net.copy(), case.samples, case.training)
    try:
        return prove(subject, rng, full=case.full, at_kink=_at_kink(case), code=lambda: _code(case))
    except Failure:
        behind = _behind_surrogates(case.net, subject)
        if behind is None:
            raise
        result = prove(behind, rng, full=case.full, code=lambda: _code(case))
        note = "declared a surrogate: what lies before it has no true gradient and was left out"
        return dataclasses.replace(result, note=note)


def _at_kink(case: _Case) -> bool:
    """Whether an activation or the loss meets a number at which it has a kink."""
    try:
        return _elements(case).kinks > 0
    except Exception:  # noqa: BLE001 - the check of the elements will tell
        return False


def _behind_surrogates(net: Trainable, subject: Subject) -> Subject | None:
    """The parameters alone whose gradient does not pass a surrogate on its way; None if there is no surrogate."""
    last = max(
        (i for i, layer in enumerate(net._layers) if declared(layer, "surrogate_gradient")), default=-1
    )
    if last < 0:
        return None
    size = sum(layer.n_parameters for layer in net._layers[last + 1 :])
    start = subject.point.size - size
    parts = tuple(
        Part(part.name, part.start - start, part.shape) for part in subject.parts if part.start >= start
    )

    def whole(some: Array) -> Array:
        return np.concatenate([subject.point[:start].astype(some.dtype), some])

    return Subject(
        subject.name,
        parts,
        subject.point[start:].copy(),
        lambda some: subject.outputs(whole(some)),
        lambda some, u: subject.pullback(whole(some), u)[start:],
    )


def _code(case: _Case) -> str:
    x, t = case.samples.x, case.samples.t
    if isinstance(x, Several) or isinstance(t, Several) or x.size + t.size > 80:
        return "check_gradients(net, x, y)"
    rest = "" if case.samples.weight is None else f", sample_weight={case.samples.weight.tolist()}"
    mode = ", training=True" if case.training else ""
    return "\n".join(
        [
            f"x = np.array({x.tolist()})",
            f"y = np.array({t.tolist()})",
            f"net.astype('float64').value_and_gradient(x, y{rest}{mode})[1]",
        ]
    )


def _elements(case: _Case) -> Result:
    """Each activation function and the loss at the very numbers that they meet: at a kink, a subgradient."""
    if "elements" not in case.memo:
        case.memo["elements"] = _elements_looked_at(case)
    return case.memo["elements"]


def _elements_looked_at(case: _Case) -> Result:
    net, rng = case.net.copy(), np.random.default_rng([case.seed, 1])
    recorders = [
        _Recorder.on(layer) for layer in net.walk() if hasattr(vars(layer).get("activation"), "forward")
    ]
    one = Pass(net, net.compiled.needed_loss())
    one.forward(case.samples.x.copy(), case.samples.t, case.samples.weight, case.training)
    result = Result()
    for recorder in recorders:
        if recorder.met is None or recorder.function.surrogate_gradient:
            continue
        met = recorder.met[_telling(recorder.met)]
        result = merged(result, prove(of_activation(recorder.function, met), rng, elementwise=True))
    outputs = one.network.forward(case.samples.x.copy(), case.training)
    weight = case.samples.weight
    of_each = parts(weight) if isinstance(weight, Several) else itertools.repeat(weight)
    for y, t, w, loss in zip(
        parts(outputs), parts(case.samples.t), of_each, losses_of(one.loss), strict=False
    ):
        if y.size <= MANY and loss is not None:
            measure = functools.partial(_measured, loss.trains_by(), t, w)
            subject = of_loss(repr(loss), measure, np.array(y), "outputs")
            result = merged(result, prove(subject, rng, elementwise=True))
    return result


def _measured(measure: Any, t: Array, weight: Array | None, y: Array) -> tuple[Any, Array]:
    value, slopes = measure(t, y, weight)
    return value, slopes


#: So many numbers are looked at one by one; of more, rows with the numbers nearest to kinks.
MANY = 256


def _telling(met: Array) -> Any:
    """A few rows of what an activation met: those with zeros, where kinks are, and some others."""
    rows = met.reshape(len(met), -1)
    zeros = np.count_nonzero(rows == 0, axis=1)
    return np.argsort(-zeros, kind="stable")[: max(1, MANY // max(1, rows.shape[1]))]


class _Recorder:
    """An activation function that remembers what it was given."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.met: Array | None = None
        self.from_output = False  # or its input would be overwritten
        self.changes_shape = function.changes_shape

    @classmethod
    def on(cls, layer: Layer) -> _Recorder:
        """Put one in the place of a layer's activation."""
        recorder = cls(vars(layer)["activation"])
        vars(layer)["activation"] = recorder
        return recorder

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = f(x)``."""
        self.met = x.copy()
        y: Array = self.function.forward(x.copy())
        return y


NETWORK_CHECKS: tuple[Named[_Case], ...] = (
    Named("gradient", "backward is the derivative of the loss", _gradient),
    Named(
        "elements",
        "every activation and the loss have their derivative at the numbers that they meet",
        _elements,
    ),
)
