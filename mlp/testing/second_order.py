"""Second order and Taylor: products with the Hessian, and remainders that must fall as fast as theory says.

A backward pass that carries complex numbers gives more than the gradient: with parameters moved by ``i h v`` the
imaginary part of the gradient is ``h H v``, exact to rounding (Pearlmutter 1994, Neural Computation 6:147, asks
for a forward and a backward pass of their own for it; Squire and Trapp 1998, SIAM Review 40:110, for the step).

The Taylor test needs no tolerance at all.  With the right gradient ``L(w + t v) - L(w) - t <g, v>`` falls like
``t^2``, with the right Hessian what is left after the next term falls like ``t^3``; with a wrong one it falls one
power slower as soon as ``t`` is short enough for the fault to be what remains.  So the shortest steps decide, as
long as the remainder stands out of the rounding of the loss, which is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.derivatives import EPS, complex_step, quietly, ridders, takes_complex
from mlp.errors import ArgumentError, NonFiniteError, ShapeError
from mlp.passes import Pass
from mlp.rows import as_array, require_finite
from mlp.samples import Samples
from mlp.testing.labels import label_of
from mlp.testing.report import Failure, Named, Report, Result, run_checks

if TYPE_CHECKING:
    from mlp.network import Network
    from mlp.trainable import Trainable

__all__ = ["check_taylor", "hessian", "hessian_vector_product"]

#: The steps that are tried, as shares of the parameters' size: from all of it down to where nothing moves.
STEPS = 2.0 ** -np.arange(48.0)

#: A slope is taken over so many octaves of the shortest steps that are long enough, at least over the second number.
OCTAVES, FEWEST = 3, 2

#: A remainder so many times the loss's rounding is moved by it by less than 1 %, its slope by less than 0.01.
STANDS_OUT = 256.0

#: How much a slope may lack: the next term of the series bends it while the steps are not yet short.
LACK = 0.05

#: A derivative in which a remainder of pure rounding leaves less than this share open is taken as shown.
SHOWN = 1e-6

#: Directions over one set of parameters that are tried, before it is said that none has steps without a kink.
DRAWS = 4

#: How far the parameters are moved, relative to their size, where the network stands at a kink or close by.
ASIDE = 2.0**-6

#: Rounding moves a derivative by less than this share of it.
KINK = float(np.sqrt(EPS))

#: Steps, relative to the parameters' size, of the differences that judge a complex step, and what they may differ by.
NEARBY, ALIKE = 2.0 ** -np.array([12.0, 15.0, 18.0, 21.0]), 1e-5

#: Where Ridders' tables begin: a gradient jumps at every kink, and they are not to reach the next one.
SHORT = (2.0**-9, 2.0**-13)

#: What a direction over the whole vector is called.
EVERYWHERE = "all parameters"

#: The largest dense Hessian: 128 MB.
LARGEST = 4096


class _Curve:
    """A network's loss and gradient as functions of the parameter vector, real or complex.

    Parameters
    ----------
    net, x, y, sample_weight
        As in `Network.value_and_gradient`; ``net`` itself is not touched.
    """

    def __init__(self, net: Trainable, x: Any, y: Any, sample_weight: Any) -> None:
        self.net = net.astype("float64")
        self.needed_loss = self.net.compiled.needed_loss()
        self.samples = Samples.checked(self.net, x, y, sample_weight)
        self.start = self.net.parameters.copy()
        if not self.start.size:
            raise ArgumentError("the network has no parameters, so there is nothing to differentiate by")
        self._passes: dict[str, tuple[Trainable, Pass]] = {}
        self._rows = {"f": self.samples.x, "c": self.samples.x.astype(np.complex128)}
        with quietly():
            value = self.loss(self.start)
        if not np.isfinite(value):
            raise NonFiniteError("the loss is not finite at the network's parameters")

    def _pass_at(self, parameters: Array) -> tuple[Trainable, Pass]:
        kind = parameters.dtype.kind
        if kind not in self._passes:
            twin = self.net if kind == "f" else self.net.astype("complex128")
            self._passes[kind] = twin, Pass(twin, self.needed_loss)
        twin, one = self._passes[kind]
        twin._parameters[...] = parameters
        return twin, one

    def loss(self, parameters: Array) -> Any:
        """The loss with its penalties."""
        _, one = self._pass_at(parameters)
        return one.forward(self._rows[parameters.dtype.kind], self.samples.t, self.samples.weight, False)

    def gradient(self, parameters: Array) -> Array:
        """What backward says of it."""
        twin, one = self._pass_at(parameters)
        one.forward(self._rows[parameters.dtype.kind], self.samples.t, self.samples.weight, False)
        one.backward()
        return twin._gradient.copy()

    def method(self, v: Array, start: Array) -> str:
        """``"complex"`` where the backward pass carries complex numbers along ``v``, else ``"ridders"``."""
        size = float(np.abs(v).max(initial=0.0)) or 1.0
        step = complex_step(self.gradient, start, v / size)
        if step is None:
            return "ridders"
        # An imaginary part that got lost on the way is no matter of digits, so a plain difference will tell; short
        # ones, for beyond a kink the difference is another one.
        reach = float(np.sqrt(np.mean(np.square(start)))) or 1.0
        for h in NEARBY * reach:
            with quietly():
                above, below = (self.gradient(start + side * h * v / size) for side in (1.0, -1.0))
            difference = (above - below) / (2 * h)
            largest = max(float(np.abs(difference).max()), float(np.abs(step.value).max()))
            rounding = 64 * EPS * float(np.abs(above).max()) / h
            if (np.abs(difference - step.value) <= ALIKE * largest + rounding).all():
                return "complex"
        return "ridders"

    def product(self, v: Array, method: str, start: Array) -> Array:
        """``H v`` at ``start``."""
        size = float(np.abs(v).max(initial=0.0))
        if not size:
            return np.zeros(v.shape)
        # The direction is brought to size 1, for the complex step must vanish beside the parameters.
        if method == "complex":
            step = complex_step(self.gradient, start, v / size)
            if step is not None:
                return size * step.value
        return size * ridders(self.gradient, start, v / size, SHORT).value


def hessian_vector_product(net: Network, x: Any, y: Any, v: Any, sample_weight: Any = None) -> Array:
    """``H v``, H the second derivatives of the compiled loss with its penalties by the parameters.

    ``Im g(w + i h v) / h`` of the analytic gradient ``g`` in a complex twin of the network, exact to rounding
    (Squire and Trapp 1998, SIAM Review 40:110).  Where a layer does not carry complex numbers backwards, which
    shows beside Ridders' differences of the gradient, those are returned, good to ten digits or so.  In inference.

    Parameters
    ----------
    net : Network
        Compiled with a loss; is not changed.  Computed in double precision.
    x, y : array_like
        Rows and targets.
    v : array_like, shape (size,)
        The direction, like ``net.parameters``; frozen parameters count too.
    sample_weight : array_like, shape (n,), optional
        Weights of the rows.

    Returns
    -------
    ndarray, shape (size,)
        The product, in float64.

    Raises
    ------
    ShapeError, DataError, StateError, ArgumentError, NonFiniteError
        If there is no loss of one number, the data do not fit, or the loss is not finite.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=1)])
    >>> net.compile(loss="mse")
    >>> hessian_vector_product(net, [[3.0]], [0.0], [1.0, 0.0])
    array([18.,  6.])
    """
    curve = _Curve(net, x, y, sample_weight)
    direction = as_array("v", v, np.dtype(np.float64))
    if direction.shape != curve.start.shape:
        raise ShapeError(f"v must have shape {curve.start.shape} like net.parameters, got {direction.shape}")
    require_finite("v", direction)
    return curve.product(direction, curve.method(direction, curve.start), curve.start)


def hessian(net: Network, x: Any, y: Any, sample_weight: Any = None) -> Array:
    """``H_ij = d^2 L / dw_i dw_j``, all of it, for a small network: one `hessian_vector_product` per column.

    Nothing makes it symmetric but the backward pass: how far ``H`` is from its transpose is itself a test.

    Parameters
    ----------
    net : Network
        Compiled with a loss; is not changed.  Computed in double precision.
    x, y : array_like
        Rows and targets.
    sample_weight : array_like, shape (n,), optional
        Weights of the rows.

    Returns
    -------
    ndarray, shape (size, size)
        The Hessian in float64, rows and columns in the order of ``net.parameters``.

    Raises
    ------
    ShapeError, DataError, StateError, ArgumentError, NonFiniteError
        As for `hessian_vector_product`, or if there are more than 4096 parameters.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=1)])
    >>> net.compile(loss="mse")
    >>> hessian(net, [[3.0]], [0.0])
    array([[18.,  6.],
           [ 6.,  2.]])
    """
    curve = _Curve(net, x, y, sample_weight)
    size = curve.start.size
    if size > LARGEST:
        raise ArgumentError(
            f"the network has {size} parameters, too many for a dense Hessian of at most {LARGEST}; "
            "hessian_vector_product gives its products"
        )
    method = curve.method(np.random.default_rng(0).standard_normal(size), curve.start)
    matrix = np.empty((size, size))
    for i, direction in enumerate(np.eye(size)):
        matrix[:, i] = curve.product(direction, method, curve.start)
    return matrix


def check_taylor(net: Network, x: Any, y: Any, sample_weight: Any = None, rng: Any = 0) -> Report:
    """Hold gradient and Hessian against the loss: its Taylor remainders must fall like ``t^2`` and ``t^3``.

    ``|L(w + t v) - L(w) - t <g, v>|``, and the same less ``t^2 / 2 <v, H v>``, along random ``v`` over all
    parameters together and over each weight by itself.  Slopes are those at the shortest steps whose remainder
    stands out of the measured rounding of the loss, and must reach 1.95 and 2.95.  Steps that cross a kink (relu,
    hinge, absolute values, found as jumps in the derivative of the forward pass along the way) are left out.

    Parameters
    ----------
    net : Network
        Compiled with a loss; is not changed.  The check runs in double precision and in inference.
    x, y : array_like
        A few rows and targets.
    sample_weight : array_like, shape (n,), optional
        Weights of the rows.
    rng : int, SeedSequence, Generator or None, default 0
        The source of directions.

    Returns
    -------
    Report
        With results ``"first order"`` and ``"second order"``: the least slopes met and their steps in ``note``; in
        ``error``, the largest share of a derivative that the remainders leave open; in ``method``, how the
        Hessian's products were computed.  Where a remainder is rounding at every step, as for a linear network
        with a quadratic loss at second order, the note says that it is exact; where kinks leave no steps, that
        nothing could be shown.

    Raises
    ------
    GradientError
        With the steps and remainders, if a slope is too small.
    ShapeError, DataError, StateError, ArgumentError, NonFiniteError
        As for `hessian_vector_product`, or if the network has surrogate gradients, which are no derivatives.

    Notes
    -----
    Griewank and Walther 2008, Evaluating Derivatives, section 2; Farrell et al. 2013, SIAM Journal on Scientific
    Computing 35:C369, section 6.1, for the test with adjoints.  A fault of one part in a million in one entry of
    a gradient shows where the gradient is not much smaller than the Hessian.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(3, activation="tanh", input_dim=2), Dense(1)], rng=0)
    >>> net.compile(loss="mse")
    >>> report = check_taylor(net, [[0.1, 0.2], [0.3, -0.4]], [1.0, 0.0])
    >>> orders = report.results["first order"], report.results["second order"]
    >>> [round(float(result.note.split()[1]), 1) for result in orders]
    [2.0, 3.0]
    """
    generator = checks.generator("rng", rng)
    _refuse_surrogates(net)
    curve = _Curve(net, x, y, sample_weight)
    rows = len(curve.samples)
    subject = f"the network ({curve.start.size} parameters, {rows} row{'s' if rows > 1 else ''})"
    return run_checks(subject, _Walk(curve, generator), (_order(1), _order(2)))


def _refuse_surrogates(net: Trainable) -> None:
    for layer in net.walk():
        for what in (layer, *vars(layer).values()):
            if getattr(what, "surrogate_gradient", False) is True:
                raise ArgumentError(
                    f"{layer._label}{type(what).__name__} has a surrogate gradient, which is no derivative of the loss on "
                    "purpose; no remainder can tell whether it is right"
                )


@dataclass(frozen=True)
class _Remainders:
    """What is left of the loss along a direction, after the terms of one order.

    Attributes
    ----------
    place : str
        What the direction is over.
    order : int
        How many terms of the series have been taken away.
    values : ndarray, like `STEPS`
        The larger one of both ways along the direction: a remainder's own zeros are on one side alone.
    noise : ndarray, like `STEPS`
        How much of them rounding may be.
    first : int
        The longest step before any kink.
    terms, missing : float
        The size of the derivative's terms, and by how much the derivative seems to be wrong.
    method : str
        How the Hessian's product was computed.
    """

    place: str
    order: int
    values: Array
    noise: Array
    first: int
    terms: float
    missing: Callable[[int], float]
    method: str

    @property
    def window(self) -> slice | None:
        """The shortest steps whose remainder stands out; None if there are too few."""
        with np.errstate(invalid="ignore"):
            out = np.isfinite(self.values) & (self.values > STANDS_OUT * self.noise)
        out[: self.first] = False
        if not out.any():
            return None
        last = int(np.flatnonzero(out)[-1])
        start = last
        while start > max(self.first, last - OCTAVES) and out[start - 1]:
            start -= 1
        return slice(start, last + 1) if last - start >= FEWEST else None

    @property
    def slope(self) -> float | None:
        """By which power of the step the remainder falls there."""
        window = self.window
        if window is None:
            return None
        longest, shortest = float(self.values[window.start]), float(self.values[window.stop - 1])
        return float(np.log2(longest / shortest)) / float(window.stop - window.start - 1)

    @property
    def wrong(self) -> bool:
        """Whether it falls too slowly."""
        slope = self.slope
        return slope is not None and not slope >= self.order + 1 - LACK

    @property
    def open(self) -> float:
        """Which share of the derivative's terms the remainder might still be."""
        if self.first >= STEPS.size:
            return np.inf
        window = self.window
        step = self.first if window is None else window.stop - 1
        power = STEPS[step] ** self.order * self.terms / self.order
        left = max(float(self.values[step]), float(self.noise[step]))
        return left / power if power else float(left > 0 and not np.isfinite(left))

    def table(self) -> str:
        """Steps, remainders and slopes from one to the next."""
        window = self.window
        assert window is not None  # noqa: S101 - only where there is a slope
        taken = "<g, v> t" if self.order == 1 else "<g, v> t - <v, H v> t^2 / 2"
        lines = [f"{'step t':>10}  {'|L(w + t v) - L(w) - ' + taken + '|':>26}  {'slope':>6}"]
        before = None
        for k in range(max(self.first, window.start - 3), window.stop):
            value = float(self.values[k])
            slope = "" if before is None or not value else f"{np.log2(before / value):6.3f}"
            lines.append(f"{STEPS[k]:10.2e}  {value:26.3e}  {slope:>6}".rstrip())
            before = value
        return "\n".join(lines)


class _Walk:
    """Walks along random directions, each made once for both orders."""

    def __init__(self, curve: _Curve, rng: np.random.Generator) -> None:
        self.curve, self.rng = curve, rng
        self._known: list[tuple[_Remainders, _Remainders]] | None = None

    def remainders(self, order: int) -> list[_Remainders]:
        """One for each set of parameters."""
        if self._known is None:
            self._known = [self._judged(*part) for part in self._parts()]
        return [both[order - 1] for both in self._known]

    def _parts(self) -> Iterable[tuple[str, slice]]:
        yield EVERYWHERE, slice(None)
        start = 0
        weights = [
            (layer, name) for layer, name in self.curve.net.named_weights() if name in layer._gradients
        ]
        # The vector holds the weights layer by layer, as the layers are walked.
        for layer, name in weights:
            end = start + layer._values[name].size
            if len(weights) > 1:
                yield f"{label_of(layer)} {name}", slice(start, end)
            start = end

    def _judged(self, place: str, part: slice) -> tuple[_Remainders, _Remainders]:
        """Remainders along a direction whose slopes can be had, or one that shows what another one has shown."""
        best: tuple[_Remainders, _Remainders] | None = None
        suspect: tuple[_Remainders, _Remainders] | None = None
        for draw in range(DRAWS):
            at = self._aside() if draw >= DRAWS // 2 and suspect is None else self.curve.start
            both = self._along(place, part, at)
            if both[0].wrong or both[1].wrong:
                if suspect is not None:
                    return suspect  # a second direction has it too: no accident of the first
                suspect = both
                continue
            if best is None or _worth(both) < _worth(best):
                best = both
            if _worth(best) <= SHOWN and suspect is None:
                break
        if best is None:
            assert suspect is not None  # noqa: S101 - every draw is one or the other
            return suspect
        return best

    def _aside(self) -> Array:
        start = self.curve.start
        size = float(np.sqrt(np.mean(np.square(start)))) or 1.0
        return start + ASIDE * size * self.rng.standard_normal(start.size)

    def _along(self, place: str, part: slice, at: Array) -> tuple[_Remainders, _Remainders]:
        curve = self.curve
        # Every entry has its share, none the same and none small: a wrong one cannot hide in a small one.
        v = np.zeros(at.size)
        of_part = at[part]
        size = float(np.sqrt(np.mean(np.square(of_part)))) or float(np.sqrt(np.mean(np.square(at)))) or 1.0
        v[part] = size * self.rng.uniform(0.5, 1.0, of_part.size) * self.rng.choice([-1.0, 1.0], of_part.size)
        g = curve.gradient(at)
        method = curve.method(v, at)
        curvature = curve.product(v, method, at)
        by_forward = takes_complex(lambda p: np.asarray(curve.loss(p)), at, v)
        slope_at = _Slope(curve, v, by_forward)
        with quietly():
            noise, slope_noise = self._rounding(at, slope_at)
            middle, slope_here = curve.loss(at), slope_at(at)
            values = np.empty((2, 2, STEPS.size))
            turns = np.empty((2, STEPS.size))
            for side, sign in enumerate((1.0, -1.0)):
                for k, t in enumerate(STEPS):
                    p = at + sign * t * v
                    d = p - at  # what the step has really been, by an exact subtraction
                    first = curve.loss(p) - middle - g @ d
                    values[0, side, k] = first
                    # 1/2 <d, H d> for a d that is t v but for rounding.
                    values[1, side, k] = first - (sign * t * (curvature @ d) - 0.5 * t * t * (curvature @ v))
                    turns[side, k] = slope_at(p) - slope_here
        terms = (float(np.abs(g) @ np.abs(v)), float(np.abs(v) @ np.abs(curvature)))
        noises = (noise + 4 * EPS * STEPS * terms[0], noise + 4 * EPS * STEPS * (terms[0] + terms[1]))
        # A kink makes the forward pass's own derivative jump: what should fall like t, or t^2, stays.
        bends = (np.abs(turns).max(axis=0), np.abs(turns.sum(axis=0)))
        if slope_noise > KINK * max(abs(slope_here), float(np.nanmax(bends[0]))):
            slope_noise = 0.0  # what moves it so far by units in the last place is a kink
        results = []
        for order in (1, 2):
            left = values[order - 1]
            results.append(
                _Remainders(
                    place, order, np.abs(left).max(axis=0), noises[order - 1],
                    _first_regular(bends[order - 1], order, 16 * slope_noise), terms[order - 1],
                    _missing(left, order), method if order == 2 else "",
                )
            )  # fmt: skip
        return results[0], results[1]

    def _rounding(self, at: Array, slope_at: _Slope) -> tuple[float, float]:
        """How much rounding moves the loss, and its derivative along the direction."""
        middle, slope = self.curve.loss(at), slope_at(at)
        noise, slope_noise = EPS * abs(middle), EPS * abs(slope)
        for _ in range(12):
            # Whole units in the last place, so that the points lie at equal distances on both sides.
            # A zero stays: a bias of zero below a relu may be a kink, which is not what is to be measured.
            shift = np.where(at == 0, 0.0, self.rng.integers(-4, 5, at.size) * np.spacing(np.abs(at)))
            ends = [at + shift, at - shift]
            noise = max(noise, abs(sum(self.curve.loss(p) for p in ends) - 2 * middle))
            slope_noise = max(slope_noise, *(abs(slope_at(p) - slope) for p in ends))
        return float(noise), float(slope_noise)


@dataclass(frozen=True)
class _Slope:
    """The derivative of the loss along ``v``: by the forward pass alone where that takes complex numbers."""

    curve: _Curve
    v: Array
    by_forward: bool

    def __call__(self, p: Array) -> float:
        if self.by_forward:
            step = complex_step(lambda point: np.asarray(self.curve.loss(point)), p, self.v)
            if step is not None:
                return float(step.value)
        return float(self.curve.gradient(p) @ self.v)


def _first_regular(bend: Array, order: int, noise: float) -> int:
    """The longest step from which on ``bend`` falls like ``t^order`` or faster, until it is rounding."""
    with np.errstate(invalid="ignore"):
        falls = bend[1:] <= 2.0 ** (0.1 - order) * bend[:-1] + noise
    held_up = np.flatnonzero(~falls)
    # One octave more than that is left out: the kink may lie in its middle.
    return int(held_up[-1]) + 2 if held_up.size else 0


def _missing(left: Array, order: int) -> Callable[[int], float]:
    """By how much the derivative seems to be wrong, told at a step: what is left, over the step's power."""

    def told(k: int) -> float:
        both = left[0, k] - left[1, k] if order == 1 else left[0, k] + left[1, k]
        return float(both / 2 / (STEPS[k] ** order / order))

    return told


def _worth(both: tuple[_Remainders, _Remainders]) -> float:
    """How little a pair shows: 0 where both slopes are known, else the larger open share."""
    return max((r.open if r.slope is None else 0.0) for r in both)


def _order(order: int) -> Named[_Walk]:
    what = "gradient" if order == 1 else "Hessian"
    name = "first order" if order == 1 else "second order"

    def run(walk: _Walk) -> Result:
        found = walk.remainders(order)
        wrong = [r for r in found if r.wrong]
        if wrong:
            # What is found over one weight says more than what is found over all.
            wrong = [r for r in wrong if r.place != EVERYWHERE] or wrong
            raise Failure(_indictment(min(wrong, key=lambda r: r.slope or 0.0), what))
        return _summary(found)

    return Named(name, f"with the right {what} the remainder falls like t^{order + 1}", run)


def _indictment(r: _Remainders, what: str) -> str:
    window = r.window
    assert window is not None  # noqa: S101 - a slope was measured
    shortest = window.stop - 1
    derivative = "<g, v>" if r.order == 1 else "<v, H v>"
    return (
        f"along a random v over {r.place}\n"
        f"the remainder falls with slope {r.slope:.3f}; it should be {r.order + 1}, and at least "
        f"{r.order + 1 - LACK:.2f}.\n\n{r.table()}\n\n"
        f"Rounding moves the loss by {r.noise[shortest]:.1e}, so these are no rounding errors.  By the shortest step, "
        f"{derivative} is off\nby {r.missing(shortest):.3g}, where the terms of the {what} along v have the size "
        f"{r.terms:.3g}."
    )


def _summary(found: list[_Remainders]) -> Result:
    words = []
    measured = [r for r in found if r.slope is not None]
    if measured:
        least = min(measured, key=lambda r: r.slope or 0.0)
        window = least.window
        assert window is not None  # noqa: S101 - it has a slope
        shortest, longest = STEPS[window.stop - 1], STEPS[window.start]
        words.append(
            f"slope {least.slope:.4f} or more ({least.place}: steps {shortest:.1e} to {longest:.1e})"
        )
    rest = [r for r in found if r.slope is None]
    exact = [r for r in rest if r.open <= SHOWN]
    dark = [r for r in rest if r.open > SHOWN]
    if exact:
        kinks = " before a kink" if any(r.first for r in exact) else ""
        words.append(
            f"exact, the remainder is rounding at every step{kinks}, along {len(exact)} of {len(found)} directions"
        )
    if dark:
        words.append(
            "nothing could be shown, for steps either cross a kink or drown in rounding, along "
            + ", ".join(r.place for r in dark)
        )
    methods = sorted({r.method for r in found if r.method})
    if "ridders" in methods:
        words.append(
            "a layer does not carry complex numbers backwards: Hessian by Ridders' differences of the gradient"
        )
    error = max((r.open for r in found if r not in dark), default=0.0)
    return Result(" and ".join(methods), error, note="; ".join(words))
