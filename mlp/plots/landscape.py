"""The loss around a network's weights, on a plane through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, NonFiniteError, ShapeError
from mlp.passes import Pass
from mlp.plots import drawing
from mlp.plots.classes import require_network
from mlp.rows import as_array, require_finite
from mlp.samples import Samples

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlp.trainable import Trainable

__all__ = ["loss_surface"]

LEVELS = 16

#: How far the picture goes beyond the path, as a share of its extent.
MARGIN = 0.25


class _Plane(NamedTuple):
    """Two directions, shape (2, size), and what they are, for the labels."""

    directions: Array
    labels: tuple[str, str]


def loss_surface(
    net: Trainable,
    x: Any,
    y: Any,
    directions: Any = None,
    *,
    span: float | None = None,
    n: int = 31,
    rng: Any = 0,
    path: Any = None,
    log: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """The loss at ``w + a d1 + b d2``, where ``w`` are the network's weights, which a star marks.

    Without directions or a path they are random, and each unit's part of a direction is made as long as the unit's own
    weights, so that a step of 1 means as much in every layer (Li et al. 2018, "Visualizing the loss landscape of neural
    nets", arXiv:1712.09913, section 4); biases and other vectors are taken as a whole.  With a path they are its two principal
    directions around ``w`` (section 7 there), of length 1.

    Parameters
    ----------
    net : Network
        Compiled with a loss; is not changed.
    x, y : array_like
        Rows and targets.
    directions : pair of array_like, shape (size,), optional
        Two directions of one's own, as long as ``net.parameters``; for a plane through the weights ``w``, ``w1`` and ``w2``, give
        ``(w1 - w, w2 - w)``.
    span : float, optional
        ``a`` and ``b`` go from minus this to this: 1 unless given, or so far that the path is on the picture.
    n : int, default 31
        The loss is computed at ``n`` times ``n`` points.
    rng : int, SeedSequence, Generator or None, default 0
        The source of random directions.
    path : array_like, shape (m, size), optional
        Copies of ``net.parameters`` from the course of training, drawn as a line: its shadow on the plane.
    log : bool, default False
        Lines at equal ratios of the loss, not at equal differences.
    ax : Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    Axes

    Raises
    ------
    StateError, ShapeError, DataError, ArgumentError, ArgumentTypeError
        If the network is not compiled, or something does not fit.
    NonFiniteError
        If the loss is nowhere finite.
    MissingExtraError
        If Matplotlib is not installed.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=2)], rng=0)
    >>> net.compile(loss="mse")
    >>> x, y = [[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0]
    >>> ax = loss_surface(net, x, y, n=5, ax=Figure().subplots())
    >>> ax.get_xlabel()
    'a, along a random direction'
    """
    drawing.require_axes(ax, "loss_surface")
    require_network(net)
    samples = Samples.checked(net, x, y)
    count = checks.integer("n", n, 3, 1000)
    checks.flag("log", log)
    reach = None if span is None else checks.real("span", span, above=0.0)
    centre = net.parameters.astype(float)
    if centre.size < 2:
        raise ArgumentError(f"a plane needs at least 2 parameters, and the network has {centre.size}")
    steps = None if path is None else _vectors("path", path, centre.size) - centre
    plane = _plane(net, centre, directions, steps, checks.generator("rng", rng))
    shadow = None if steps is None else np.linalg.lstsq(plane.directions.T, steps.T, rcond=None)[0]

    limits = _limits(reach, shadow)
    across, up = (np.linspace(*pair, count) for pair in limits)
    losses = _losses(net, samples, centre, plane.directions, across, up)
    finite = losses[np.isfinite(losses)]
    if not finite.size:
        raise NonFiniteError(
            "the loss is not finite anywhere on the plane; take a smaller span, or scale the data"
        )
    if log and finite.min() <= 0:
        raise ArgumentError(f"log=True needs a loss above 0, got {finite.min():g}; use log=False")

    ax = drawing.new_axes(ax, 6.0, 4.8)
    _draw(ax, across, up, losses, log, str(getattr(net.loss, "name", "loss")).replace("_", " "))
    if shadow is not None:
        # White on black is seen on every colour of the scale.
        ax.plot(shadow[0], shadow[1], "-", color="black", linewidth=3, zorder=3)
        ax.plot(shadow[0], shadow[1], "-", color="white", linewidth=1.2, zorder=3, label="path")
        ax.plot(shadow[0], shadow[1], "o", color="white", markeredgecolor="black", markersize=4, zorder=3)
    ax.plot(0.0, 0.0, "*", color="white", markeredgecolor="black", markersize=16, zorder=4, label="weights")
    drawing.few_ticks(ax.xaxis)
    ax.set_xlim(*limits[0])
    ax.set_ylim(*limits[1])
    ax.set_xlabel(f"a, along {plane.labels[0]}")
    ax.set_ylabel(f"b, along {plane.labels[1]}")
    return ax


def _plane(
    net: Trainable, centre: Array, given: Any, steps: Array | None, rng: np.random.Generator
) -> _Plane:
    if given is not None:
        found = _vectors("directions", given, centre.size)
        if len(found) != 2:
            raise ShapeError(f"directions must be two vectors of {centre.size} numbers, got {len(found)}")
        lengths = np.linalg.norm(found, axis=1)
        if not lengths.all() or np.linalg.matrix_rank(found / lengths[:, None]) < 2:
            raise ArgumentError("directions must be two vectors that are not zero and do not lie on one line")
        return _Plane(found, ("the first direction", "the second direction"))
    if steps is not None:
        _, lengths, lines = np.linalg.svd(steps, full_matrices=False)
        if len(lengths) < 2 or lengths[1] <= 1e-9 * lengths[0]:
            raise ArgumentError(
                "path must not lie on one line through the weights; give directions, or more of the path"
            )
        shares = 100 * lengths**2 / np.sum(lengths**2)
        first, second = (
            f"{which} direction of the path ({share:.0f} %)"
            for which, share in zip(("the main", "the second"), shares, strict=False)
        )
        return _Plane(lines[:2], (first, second))
    random = np.array([_random_direction(net, rng) for _ in range(2)])
    return _Plane(random, ("a random direction", "another random direction"))


def _random_direction(net: Trainable, rng: np.random.Generator) -> Array:
    """A random direction in which every unit's part is as long as the unit's weights."""
    twin = net.copy()
    values = [
        layer._values[name] for layer in twin.walk() for name, spec in layer._specs.items() if spec.trainable
    ]
    for w in values:
        part = rng.standard_normal(w.shape)
        over = 0 if w.ndim > 1 else None  # a column of a kernel is a unit
        length = np.sqrt(np.sum(part**2, axis=over))
        w[...] = part * (np.sqrt(np.sum(w.astype(float) ** 2, axis=over)) / length)
    return twin.parameters.astype(float)


def _vectors(name: str, given: Any, size: int) -> Array:
    vectors = as_array(name, given, np.dtype(float))
    if vectors.ndim != 2 or vectors.shape[1] != size:
        raise ShapeError(
            f"{name} must be vectors like net.parameters, shape (m, {size}), got {vectors.shape}"
        )
    require_finite(name, vectors)
    return vectors


def _limits(reach: float | None, shadow: Array | None) -> list[tuple[float, float]]:
    """From where to where, for each axis."""
    if reach is not None or shadow is None:
        return [(-(reach or 1.0), reach or 1.0)] * 2
    low, high = np.minimum(shadow.min(axis=1), 0.0), np.maximum(shadow.max(axis=1), 0.0)
    room = MARGIN * (high - low)
    return list(zip((low - room).tolist(), (high + room).tolist(), strict=True))


def _losses(
    net: Trainable, samples: Samples, centre: Array, directions: Array, across: Array, up: Array
) -> Array:
    """The loss on the grid, penalties included, in inference."""
    twin = net.copy()
    one = Pass(twin, twin.compiled.needed_loss())
    losses = np.empty((len(up), len(across)))
    with np.errstate(all="ignore"):
        for i, j in np.ndindex(losses.shape):
            twin.parameters[...] = centre + across[j] * directions[0] + up[i] * directions[1]
            losses[i, j] = one.forward(samples.x, samples.t, samples.weight, training=False)
    return losses


def _draw(ax: Axes, across: Array, up: Array, losses: Array, log: bool, name: str) -> None:
    from matplotlib.colors import LogNorm, Normalize
    from matplotlib.ticker import MaxNLocator

    shown = np.ma.masked_invalid(losses)
    low, high = float(shown.min()), float(shown.max())
    if low == high:
        high = low + (abs(low) or 1.0)
    levels = np.geomspace(low, high, LEVELS) if log else np.linspace(low, high, LEVELS)
    norm = LogNorm(low, high) if log else Normalize(low, high)
    picture = ax.contourf(across, up, shown, levels=levels, norm=norm, cmap="viridis")
    ax.contour(across, up, shown, levels=levels, colors="white", linewidths=0.4, alpha=0.6)
    bar = drawing.colourbar(ax, picture, f"loss ({name})")
    bar.minorticks_off()
    round_ones = np.array(MaxNLocator(6).tick_values(low, high))
    bar.set_ticks(levels[::3] if log else round_ones[(round_ones >= low) & (round_ones <= high)])
    bar.formatter = "{x:.3g}"
