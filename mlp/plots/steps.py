"""How far a numerical derivative is from the gradient of back-propagation, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.derivatives import EPS, complex_step, quietly, ridders
from mlp.errors import ArgumentError, NonFiniteError
from mlp.plots import drawing
from mlp.plots.classes import require_network
from mlp.rows import as_array
from mlp.samples import Samples

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlp.trainable import Trainable

__all__ = ["gradient_check"]

#: So many directions: in one alone an error may be small by chance.
DIRECTIONS = 4

Function = Callable[[Array], Any]


def _forward(f: Function, w: Array, v: Array, h: float) -> float:
    return float((f(w + h * v) - f(w)) / h)


def _central(f: Function, w: Array, v: Array, h: float) -> float:
    return float((f(w + h * v) - f(w - h * v)) / (2 * h))


def _complex(f: Function, w: Array, v: Array, h: float) -> float:
    return float(np.imag(f(w + 1j * h * v)) / h)


def _ridders(f: Function, w: Array, v: Array, h: float) -> float:
    size = float(np.sqrt(np.mean(np.square(w)))) or 1.0
    return float(ridders(f, w, v, starts=(h / size,)).value)


#: Each method with its name, its marker and its line.
METHODS: dict[str, tuple[Callable[[Function, Array, Array, float], float], str, str, str]] = {
    "forward": (_forward, "forward difference", "o", "-"),
    "central": (_central, "central difference", "s", "-"),
    "ridders": (_ridders, "Ridders (h: first step)", "^", "--"),
    "complex": (_complex, "complex step", "D", "-."),
}


def gradient_check(
    net: Trainable,
    x: Any,
    y: Any,
    *,
    methods: Sequence[str] | None = None,
    steps: Any = None,
    rng: Any = 0,
    ax: Axes | None = None,
) -> Axes:
    """The error of numerical derivatives of the loss over the size of their step: what truncation and rounding leave.

    Directional derivatives along a few random directions ``v`` through all parameters are compared with ``<g, v>``, where
    ``g`` is the gradient of back-propagation; the error is ``|numerical - <g, v>| / |<g, v>|``, lengths over these directions.  With a
    right gradient, forward differences ``(f(w + h v) - f(w)) / h`` are best near ``h = 1e-8``, central ones near 1e-5, and the
    complex step ``Im f(w + i h v) / h`` is flat at rounding.  A wrong gradient shows as a floor that no method gets below.
    The check computes in double precision; errors below its unit, 2.2e-16, are drawn there.

    Parameters
    ----------
    net : Network
        Compiled with a loss; is not changed.
    x, y : array_like
        Rows and targets.
    methods : list of {"forward", "central", "ridders", "complex"}, optional
        All unless given; the complex step only where all layers take complex numbers.
    steps : array_like, shape (n,), optional
        The sizes of the steps; from 1e-15 to 1 unless given.
    rng : int, SeedSequence, Generator or None, default 0
        The source of directions.
    ax : Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    Axes

    Raises
    ------
    StateError, ShapeError, DataError, ArgumentError, ArgumentTypeError
        If the network is not compiled, something does not fit, or the gradient is zero.
    NonFiniteError
        If the gradient is NaN or infinite.
    MissingExtraError
        If Matplotlib is not installed.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(3, activation="tanh", input_dim=2), Dense(1)], rng=0)
    >>> net.compile(loss="mse")
    >>> x, y = [[0.1, 0.2], [0.3, -0.4]], [1.0, 0.0]
    >>> ax = gradient_check(net, x, y, methods=["complex"], ax=Figure().subplots())
    >>> bool(max(ax.get_lines()[0].get_ydata()[:20]) < 1e-14)
    True
    """
    drawing.require_axes(ax, "gradient_check")
    require_network(net)
    chosen = list(METHODS) if methods is None else drawing.texts("methods", methods)
    for method in chosen:
        checks.one_of("an entry of methods", method, METHODS)
    sizes = _steps(steps)
    generator = checks.generator("rng", rng)
    real = net.astype("float64")
    loss, gradient = _loss(real, Samples.checked(real, x, y))
    w = real.parameters.copy()
    directions = generator.standard_normal((DIRECTIONS, w.size))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    true = directions @ gradient
    if not np.isfinite(true).all():
        raise NonFiniteError("the gradient is not finite here; take other weights, or scale the data")
    if not np.linalg.norm(true):
        raise ArgumentError(
            "the gradient is zero here, so there is no relative error; take other weights or data"
        )
    if "complex" in chosen and not _takes_complex(loss, w):
        if methods is not None:
            raise ArgumentError('a layer does not take complex numbers: leave "complex" out of methods')
        chosen.remove("complex")
    errors = {method: _errors(METHODS[method][0], loss, w, directions, true, sizes) for method in chosen}

    ax = drawing.new_axes(ax)
    for (method, of_method), colour in zip(errors.items(), drawing.colours(ax, len(errors)), strict=True):
        _, label, marker, line = METHODS[method]
        ax.loglog(sizes, of_method, line, color=colour, marker=marker, markersize=4, label=label)
    ax.set_xlabel("step h")
    ax.set_ylabel("relative error, against back-propagation")
    drawing.legend(ax)
    return ax


def _steps(given: Any) -> Array:
    if given is None:
        return np.geomspace(1e-15, 1.0, 46)
    sizes = np.sort(as_array("steps", given, np.dtype(float)).ravel())
    if not sizes.size or not (np.all(np.isfinite(sizes)) and sizes[0] > 0):
        raise ArgumentError(f"steps must be numbers above 0, got {given!r:.80}")
    return sizes


def _loss(real: Trainable, samples: Samples) -> tuple[Function, Array]:
    """The loss as a function of the parameters, real or complex, and its gradient by back-propagation."""
    from mlp.testing.subjects import of_network

    subject = of_network(real, samples)
    rest = subject.point[: subject.point.size - real.parameters.size].copy()
    gradient = subject.pullback(subject.point, np.ones(()))[rest.size :]
    return lambda w: subject.outputs(np.concatenate([rest.astype(w.dtype), w])), gradient


def _takes_complex(f: Function, w: Array) -> bool:
    return complex_step(f, w, np.ones(w.size)) is not None


def _errors(
    method: Callable[[Function, Array, Array, float], float],
    f: Function,
    w: Array,
    directions: Array,
    true: Array,
    sizes: Array,
) -> Array:
    """The relative error at each step."""
    with quietly():
        found = np.array([[method(f, w, v, float(h)) for v in directions] for h in sizes])
    return np.asarray(np.maximum(np.linalg.norm(found - true, axis=1) / np.linalg.norm(true), EPS))
