"""Proof or counterexample for a class and a box: branch and bound."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError
from mlp.exact.proof.certificate import Certificate
from mlp.exact.proof.decision import Decision, Margins
from mlp.exact.proof.rules import require_rules
from mlp.exact.proof.unrounded import is_unrounded
from mlp.files.program import Program, program_of
from mlp.network import Network
from mlp.rationals import as_fractions
from mlp.rows import as_array, require_finite

__all__ = ["certify"]

#: Boxes that are enclosed together are so many that their largest array has about this many numbers.
NUMBERS_AT_ONCE = 2**18

#: Of boxes with up to so many sides all corners are tried first.
CORNERS = 8

#: Steps against the margin's gradient from the middle and from some random points, each to a corner.
DESCENTS, STARTS = 4, 16

TINY = float(np.finfo(np.float64).tiny)


def certify(
    net: Network, box: Any, label: Any, *, threshold: float | None = None, max_boxes: int = 100_000
) -> Certificate:
    """Prove that every point of a box is of one class, or find a point that is not.

    What is proven: for every input whose numbers lie between the bounds, ends included, (a) the function of real numbers
    that the network stands for, with its weights as they are, and (b) what ``net(x)`` computes in its dtype, whatever the
    order of its sums, both decide for ``label``.

    The box's image under the network is enclosed, rounding errors of both kinds included, by intervals (Moore 1966,
    Interval Analysis) and affine forms (Messine 2002, J. Universal Computer Science 8:992).  Where that does not decide,
    the box is halved, across the input that moves the margin most, and both halves are looked at: branch and bound.
    Counterexamples are looked for first: in the middle, in corners, down the gradient, and then in each box where
    the affine form sees the smallest margin.  Each is run through the network itself.

    Rounding in plain words: a floating-point sum of n products differs from the true one by at most about n times the unit
    roundoff times the sum of the products' sizes, in whatever order it is computed (Higham 2002, section 3.1).  Each layer
    widens its enclosure by that, once for the network's own arithmetic and once for the enclosure's.  Activations are
    assumed to be right to the last digits that the tests of this library hold them to: 4 units in the last place, 1600
    for gelu in its tail, against 400 decimal digits.

    Parameters
    ----------
    net : Network
        One input; one output that is a vector.  Dense layers, those of single activations, normalization by stored
        numbers, reshaping, merges, networks inside of networks.
    box : array_like, shape (n_in, 2) or (..., n_in, 2)
        The least and the greatest value of each input; they may be equal.  Of two arrays: ``np.stack([low, high], axis=-1)``.
    label : int or bool
        Several outputs: the number of the one that is greater than all others; a tie is a counterexample.  One output:
        True or 1, it is greater than ``threshold``; False, 0 or -1, it is not.
    threshold : float, optional
        Where the decision of one output changes.  Unless given, with a binary cross-entropy or a hinge loss as
        ``metrics=["accuracy"]`` counts; else 0.5 where the last activation has values from 0 to 1 (sigmoid, hard_sigmoid,
        sparse_sigmoid, step), and 0 elsewhere.
    max_boxes : int, default 100_000
        Give up after so many boxes.

    Returns
    -------
    Certificate
        ``proven`` is True, False or None, and so is what speaks for it.

    Raises
    ------
    ArgumentError, ArgumentTypeError, DataError, ShapeError
        If the box is none, there is no such class, or a layer or activation has no rule: it is named.

    See Also
    --------
    Network.jacobian : Derivatives at a point.

    Notes
    -----
    An enclosure of k boxes costs about ``n_in + 4`` predictions of k rows.  Its width falls with the square of the box's,
    so the number of boxes is small away from the border of the class, and grows like ``(size / distance)^(d / 2)`` or
    worse for ``d`` inputs close to it: deciding is NP-complete for relu (Katz et al. 2017, arXiv:1702.01135).  A border that
    passes through the box is found; one that merely touches it may leave a few points undecided.

    Examples
    --------
    The line ``x1 + x2 = 1/2``: all of its one side, and not all of the unit square.

    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=2)])
    >>> net.set_weights([[[1.0], [1.0]], [-0.5]])
    >>> certify(net, [(0.6, 1.0), (0.6, 1.0)], True)
    <Certificate proven: every point is of class True (1 box)>
    >>> certify(net, [(0.0, 1.0), (0.0, 1.0)], True)
    <Certificate refuted: (0, 0) is not of class True, exactly (0 boxes)>
    """
    if not isinstance(net, Network):
        raise ArgumentTypeError(f"net must be a Network, got {net!r:.60}")
    if net.dtype.kind != "f":
        raise ArgumentError(
            'certify is for networks of floating-point numbers: certify(net.astype("float64"), ...)'
        )
    program = program_of(net)
    if net.takes_several or net.n_outputs > 1 or len(program.shapes[program.outputs[0]]) != 1:
        raise ArgumentError("certify is for networks of one input, and one output that is a vector")
    require_rules(program)
    low, high = _bounds(box, program.shapes[program.inputs[0]])
    decision = Decision.of(net, label, threshold)
    most = checks.integer("max_boxes", max_boxes)
    return _Search(net, program, decision).run(low, high, most)


def _bounds(box: Any, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """The flat lower and upper bounds."""
    bounds = as_array("box", box, np.dtype(float))
    if bounds.shape != (*shape, 2):
        raise ShapeError(
            f"box must have shape {(*shape, 2)}, a pair (low, high) for each input, got {bounds.shape}; of two arrays "
            "make np.stack([low, high], axis=-1)"
        )
    require_finite("box", bounds)
    low, high = bounds.reshape(-1, 2).T
    wrong = np.flatnonzero(low > high)
    if wrong.size:
        i = int(wrong[0])
        raise DataError(f"box must have low <= high, got ({low[i]:g}, {high[i]:g}) for input {i}")
    return low.copy(), high.copy()


@dataclass(frozen=True)
class _Boxes:
    """Boxes as rows of ``low`` and ``high``, (boxes, inputs), and the share of the volume that each one has."""

    low: Array
    high: Array
    share: Array

    def __len__(self) -> int:
        return len(self.low)

    def __getitem__(self, which: Any) -> _Boxes:
        return _Boxes(self.low[which], self.high[which], self.share[which])

    def __add__(self, other: _Boxes) -> _Boxes:
        mine, others = vars(self).values(), vars(other).values()
        return _Boxes(*(np.concatenate(pair) for pair in zip(mine, others, strict=True)))

    @property
    def middle(self) -> Array:
        """A point of each."""
        return 0.5 * self.low + 0.5 * self.high

    def halved(self, weight: Array) -> tuple[_Boxes, _Boxes]:
        """Twice as many boxes, halved across the input of the greatest weight; and those that have no number inside."""
        middle = self.middle
        divides = (self.low < middle) & (middle < self.high)
        some = divides.any(axis=1)
        side = np.where(divides, weight, -1.0).argmax(axis=1)[some]
        whole, rows = self[some], np.arange(int(some.sum()))
        high, low = whole.high.copy(), whole.low.copy()
        high[rows, side] = low[rows, side] = middle[some][rows, side]
        share = whole.share / 2
        return _Boxes(whole.low, high, share) + _Boxes(low, whole.high, share), self[~some]


class _Search:
    """One question about one network."""

    def __init__(self, net: Network, program: Program, decision: Decision) -> None:
        self.net, self.decision = net, decision
        self.margins = Margins(program, decision, net.dtype)
        self.shape = program.shapes[program.inputs[0]]
        widest = max(math.prod(shape) for shape in program.shapes)
        self.at_once = max(1, NUMBERS_AT_ONCE // (widest * (math.prod(self.shape) + 4)))

    @functools.cached_property
    def fractions(self) -> Network | None:
        """The network without rounding, if it does nothing but add, multiply and compare."""
        try:
            return self.net.astype(object)
        except ArgumentError:
            return None

    @functools.cached_property
    def exact_program(self) -> Program:
        """Its steps."""
        assert self.fractions is not None  # noqa: S101 - or nobody asks
        return program_of(self.fractions)

    def run(self, low: Array, high: Array, most: int) -> Certificate:
        """Look for counterexamples; then halve boxes until all are decided or ``most`` have been looked at."""
        point = self._first_counterexample(low, high)
        waiting = _Boxes(low[None], high[None], np.ones(1))
        stuck, boxes = waiting[:0], 0
        half = np.where(high > low, np.maximum(0.5 * high - 0.5 * low, TINY), 1.0)  # the whole may overflow
        while point is None and len(waiting) and boxes < most:
            take = min(self.at_once, most - boxes)
            now, waiting = waiting[-take:], waiting[:-take]
            boxes += len(now)
            said = self.margins(now.low, now.high)
            now, slopes, rest = now[~said.holds], said.slopes[~said.holds], said.rest[~said.holds]
            point = self._counterexample(
                np.concatenate([np.where(slopes > 0, now.low, now.high), now.middle]), low, high
            )
            # What the slopes do not account for is laid to all inputs, by their widths.
            unknown = np.where(np.isfinite(rest), rest, 1.0)[:, None] * (
                (0.5 * now.high - 0.5 * now.low) / half
            )
            halves, points = now.halved(abs(slopes) + unknown)
            waiting, stuck = waiting + halves, stuck + points[~self._proven_exactly(points)]
        left = waiting + stuck
        if point is not None:
            return self._refuted(point, boxes, math.fsum(left.share))
        if not len(left):
            return Certificate(True, self.decision.label, boxes=boxes, remaining=0.0)
        smallest = left[[left.share.argmin()]]
        bounds = np.stack([smallest.low[0], smallest.high[0]], axis=-1)
        return Certificate(
            None, self.decision.label, boxes=boxes, remaining=math.fsum(left.share), undecided=bounds.reshape(*self.shape, 2)
        )  # fmt: skip

    def _refuted(self, point: Array, boxes: int, remaining: float) -> Certificate:
        exact = None if self.fractions is None else not self.decision.holds(self.fractions(point[None]))[0]
        return Certificate(
            False, self.decision.label, counterexample=point, exact=exact, boxes=boxes, remaining=remaining
        )

    def _first_counterexample(self, low: Array, high: Array) -> Array | None:
        """One among the middle, corners, random points, and the corners down the gradient from there."""
        rng = np.random.default_rng(0)
        share = rng.random((STARTS, low.size))
        points = np.concatenate(
            [[0.5 * low + 0.5 * high], ((1 - share) * low + share * high).clip(low, high)]
        )
        varying = np.flatnonzero(high > low)
        if len(varying) <= CORNERS:
            corners = np.tile(low, (2 ** len(varying), 1))
            corners[:, varying] = list(itertools.product(*zip(low[varying], high[varying], strict=True)))
            points = np.concatenate([corners, points])
        point = self._counterexample(points, low, high)
        for _ in range(DESCENTS):
            if point is not None:
                break
            slopes = self._slopes(points)
            points = np.where(slopes > 0, low, np.where(slopes < 0, high, points))
            point = self._counterexample(points, low, high)
        return point

    def _slopes(self, points: Array) -> Array:
        """The gradient of the least margin at each point."""
        x = points.reshape(-1, *self.shape)
        with np.errstate(all="ignore"):
            jacobian = self.net.jacobian(x).reshape(len(x), -1, points.shape[1])
            worst = self.decision.differences(self.net(x)).argmin(axis=1)
        slopes = self.decision.differences(np.moveaxis(jacobian, 1, -1))
        return np.asarray(slopes[np.arange(len(x)), :, worst])

    def _counterexample(self, points: Array, low: Array, high: Array) -> Array | None:
        """The first of the points, as the network's dtype has them, that it puts into another class."""
        if not len(points):
            return None
        x = points.astype(self.net.dtype)
        x = np.where(x < low, np.nextafter(x, np.inf, dtype=x.dtype), x)
        x = np.where(x > high, np.nextafter(x, -np.inf, dtype=x.dtype), x)
        x = x[((low <= x) & (x <= high)).all(axis=1)].reshape(-1, *self.shape)
        if not len(x):
            return None
        with np.errstate(all="ignore"):
            others = ~self.decision.holds(self.net(x))
        first: Array = x[others.argmax()]
        return first if others.any() else None

    def _proven_exactly(self, boxes: _Boxes) -> Array:
        """Which boxes are single points that are of the class without rounding, and that are computed without any."""
        as_taken = boxes.low.astype(self.net.dtype)
        proven = np.asarray(((boxes.low == boxes.high) & (boxes.low == as_taken)).all(axis=1))
        if self.fractions is None:
            return np.zeros_like(proven)
        for i in np.flatnonzero(proven):
            row = as_fractions("box", boxes.low[i]).reshape(self.shape)
            proven[i] = is_unrounded(self.exact_program, row, self.net.dtype) and bool(
                self.decision.holds(self.fractions(row[None]))[0]
            )
        return proven
