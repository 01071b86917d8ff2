"""Checks of back-propagation against forward propagation.

The test is the adjoint identity: for random directions ``u`` (of outputs) and ``v`` (of inputs and
parameters together), ``<u, J v> = <J^T u, v>``.  ``J^T u`` is what ``backward`` computes; ``J v`` is the
derivative of ``forward`` along ``v``, by numbers alone.  Directions are random, never all ones, for which
softmax's true answer is zero and a backward that returns zeros would pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.evaluation import samples_value_and_gradient
from mlp.layers import Layer
from mlp.samples import Samples
from mlp.testing.numerical import numerical_gradient

if TYPE_CHECKING:
    from mlp.network import Network

__all__ = ["GradientError", "Report", "check_gradients", "check_layer"]

#: How far the two sides may be apart, relative to the sum of the absolute terms, by method.
TOLERANCE = {"complex": 1e-12, "central": 1e-7}


#: How many points and directions `check_layer` tries: a fault may hide where all of ``u`` has one sign.
DIRECTIONS = 3


class GradientError(AssertionError):
    """A backward pass is not the derivative of its forward pass."""


@dataclass(frozen=True)
class Report:
    """What a check that passed has found.

    Attributes
    ----------
    method : str
        How derivatives were computed: ``"complex"`` or ``"central"``.
    error : float
        The largest difference met, relative to the sum of the absolute terms.
    """

    method: str
    error: float


def check_gradients(net: Network, x: Any, y: Any) -> Report:
    """Hold `Network.value_and_gradient` against the compiled loss, entry by entry.

    Parameters
    ----------
    net : Network
        Compiled with a loss; is not changed.  The check works in double precision.
    x, y : array_like
        A few rows and targets.

    Returns
    -------
    Report
        Method and largest error.

    Raises
    ------
    GradientError
        Naming layer, weight, index and both values where they differ most.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(3, activation="tanh", input_dim=2), Dense(1)], rng=0)
    >>> net.compile(loss="mse")
    >>> check_gradients(net, [[0.1, 0.2], [0.3, -0.4]], [1.0, 0.0]).method
    'complex'
    """
    real = net.astype("float64")
    samples = Samples.checked(real, x, y)
    analytic = samples_value_and_gradient(real, samples)[1]
    twins = {np.dtype(np.float64): real, np.dtype(np.complex128): net.astype("complex128")}

    def loss(parameters: Array) -> Any:
        twin = twins[parameters.dtype]
        twin.parameters[...] = parameters
        moved = Samples(samples.x.astype(twin.dtype), samples.t, samples.weight)
        return samples_value_and_gradient(twin, moved)[0]

    start = real.parameters.copy()
    method = "complex"
    numeric = numerical_gradient(loss, start, method)
    if not _close(analytic, numeric, TOLERANCE[method]):
        method = "central"  # a layer that takes the real part somewhere has no complex step
        numeric = numerical_gradient(loss, start, method)
    scale = np.abs(numeric).max(initial=0.0) + np.finfo(float).tiny
    errors = np.abs(analytic - numeric) / scale
    if not (errors <= TOLERANCE[method]).all():
        worst = int(np.nanargmax(np.where(np.isfinite(errors), errors, np.inf)))
        raise GradientError(
            f"{_place(real, worst)}: backward says {analytic[worst]:.12g}, the loss's derivative is {numeric[worst]:.12g} "
            f"({method})"
        )
    return Report(method, float(errors.max(initial=0.0)))


def _close(a: Array, b: Array, tolerance: float) -> bool:
    return bool((np.abs(a - b) <= tolerance * (np.abs(b).max(initial=0.0) + np.finfo(float).tiny)).all())


def _place(net: Network, index: int) -> str:
    start = 0
    for layer in net.walk():
        for name, spec in layer._specs.items():
            if spec.trainable:
                size = int(np.prod(spec.shape))
                if start <= index < start + size:
                    inside = tuple(int(i) for i in np.unravel_index(index - start, spec.shape))
                    return f"{layer._label}{name}{list(inside)}"
                start += size
    raise AssertionError


def check_layer(
    factory: Callable[[], Layer] | Layer, input_shape: tuple[int, ...], *, n: int = 3, rng: Any = 0
) -> Report:
    """Hold a layer's ``backward`` against its ``forward``: the adjoint identity in random directions.

    Parameters
    ----------
    factory : callable or Layer class
        Makes the layer; a layer stands for copies of itself.
    input_shape : tuple of int
        The shape of one row.
    n : int, default 3
        How many rows.
    rng : int, SeedSequence, Generator or None, default 0
        The source of points and directions; parameters are drawn at random too, for a forgotten factor
        hides at 1.

    Returns
    -------
    Report
        Method and error.

    Raises
    ------
    GradientError
        If the identity does not hold, or the layer changes its arguments.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> check_layer(lambda: Dense(3, activation="softmax"), input_shape=(4,)).method
    'complex'
    """
    from mlp.layers import InputLayer
    from mlp.network import Network

    generator = checks.generator("rng", rng)
    layer = factory.copy() if isinstance(factory, Layer) else factory()
    net = Network([InputLayer(input_shape), layer], rng=generator)
    net.parameters = generator.uniform(0.5, 1.5, net.n_parameters) * generator.choice(
        [-1.0, 1.0], net.n_parameters
    )
    reports = [_check_direction(net, generator, (n, *input_shape)) for _ in range(DIRECTIONS)]
    return max(reports, key=lambda report: report.error)


def _check_direction(net: Network, generator: np.random.Generator, shape: tuple[int, ...]) -> Report:
    """The adjoint identity at one random point, for one random ``u`` and ``v``."""
    x = generator.standard_normal(shape)
    u = generator.standard_normal(net.forward(x).shape)
    v = generator.standard_normal(x.size + net.n_parameters)
    dx = _backward_leaving_arguments(net, x, u)
    adjoint = np.concatenate([dx.ravel(), net.gradient])
    start = np.concatenate([x.ravel(), net.parameters])
    twins = {np.dtype(np.float64): net.copy(), np.dtype(np.complex128): net.astype("complex128")}

    def along(step: Array) -> Any:
        point = start + step[0] * v
        twin = twins[point.dtype]
        twin.parameters[...] = point[x.size :]
        return (u * twin(point[: x.size].reshape(shape))).sum()

    for method in ("complex", "central"):
        try:
            derivative = numerical_gradient(along, np.zeros(1), method)[0]
        except Exception as error:
            if method == "complex":
                continue  # a layer may not take complex numbers
            raise GradientError(f"{net.layers[0]!r}: forward fails beside the point: {error!r}") from error
        difference = abs(derivative - adjoint @ v) / (np.abs(adjoint * v).sum() + np.finfo(float).tiny)
        if difference <= TOLERANCE[method]:
            return Report(method, float(difference))
    raise GradientError(
        f"{net.layers[0]!r}: <backward(u), v> = {adjoint @ v:.12g}, but the derivative of <u, forward> along v is "
        f"{derivative:.12g} (input of shape {shape})"
    )


def _backward_leaving_arguments(net: Network, x: Array, u: Array) -> Array:
    """``dx``, after checking that the layer itself changes neither ``x`` nor ``dy``, and answers the same twice."""
    layer = net.layers[0]
    x_given, u_given = x.copy(), u.copy()
    layer.forward(x_given)
    first = np.array(layer.backward(u_given))
    gradient = net.gradient.copy()
    again = layer.backward(u_given)
    if not (np.array_equal(first, again) and np.array_equal(gradient, net.gradient)):
        raise GradientError(
            f"{layer!r}: backward twice gives two answers; it must overwrite gradients, not add to them"
        )
    if not np.array_equal(x, x_given) or not np.array_equal(u, u_given):
        raise GradientError(
            f"{layer!r}: it writes into its argument {'x' if not np.array_equal(x, x_given) else 'dy'}"
        )
    return first
