"""A function of one's own as a loss; its derivative is its own, or found by numbers alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp.arrays import Array
from mlp.derivatives import CENTRAL_STEP, complex_step, is_slope, quietly, ridders
from mlp.errors import ArgumentTypeError, DataError, NumericalDerivativeWarning, ShapeError, StateError
from mlp.losses.base import Loss
from mlp.notices import warn_caller
from mlp.rows import require_finite

__all__ = ["FunctionLoss"]

#: Beyond this share of its terms a slope and a plain difference quotient disagree, and are looked at closely.
ALIKE = 1e-6


class FunctionLoss(Loss):
    """``fn(y_true, y_pred)`` as a loss.

    Parameters
    ----------
    fn : callable
        Takes targets and outputs, arrays of shape (n, ..., k), and returns values: one for the batch, one a row, shape
        (n, ...), or one an element, of which a row's value is the mean; or a pair of values and their derivatives with
        respect to the outputs, shape (n, ..., k).
    reduction, name, dtype
        See `Loss`; unless given, the name is the function's.

    Notes
    -----
    Without derivatives these are found by complex steps, exact to rounding, where the function takes complex numbers
    and a difference quotient confirms the result, else by Ridders' method, good to some ten digits
    (``mlp.derivatives``).  All rows at once where each has a value of its own: then a batch costs some calls for each
    output; a single value of the batch costs them for each output of each row.

    Where the shapes allow it, targets and outputs are brought to one rank as in Keras: (n,) beside (n, 1) becomes (n, 1).

    Examples
    --------
    >>> quartic = FunctionLoss(lambda t, y: ((y - t) ** 4, 4 * (y - t) ** 3))
    >>> quartic.value_and_gradient([[0.0], [1.0]], [[2.0], [1.0]])
    (8.0, array([[16.],
           [ 0.]]))
    """

    def __init__(
        self,
        fn: Callable[[Array, Array], Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        if not callable(fn):
            raise ArgumentTypeError(f"fn must be a function of y_true and y_pred, got {fn!r}")
        super().__init__(reduction, name or getattr(fn, "__name__", type(fn).__name__), dtype)
        self.fn = fn
        self._told = False

    def get_config(self) -> dict[str, Any]:
        """There is none.

        Raises
        ------
        StateError
            Always: a configuration holds names and numbers, not a function.
        """
        raise StateError(
            f"the loss {self.name!r} is a function, which no file can hold: write it as a subclass of mlp.losses.Loss, or "
            "keep the weights alone with net.save_weights(...)"
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> FunctionLoss:
        """A copy with the same function."""
        twin = FunctionLoss(self.fn, self.reduction, self.name, self.dtype)
        twin._told = self._told
        return twin

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """What the function says, and its slopes."""
        given = self.fn(t, y)
        if isinstance(given, tuple) and len(given) == 2:
            values, slopes = self._shaped(given[0], y), np.array(given[1], y.dtype)
            if slopes.shape != y.shape:
                raise ShapeError(
                    f"{self.name} must return derivatives of the shape of y_pred, {y.shape}, got {slopes.shape}"
                )
            return values, slopes
        values = self._shaped(given, y)
        if y.dtype.kind == "c":
            return values, _complex_slopes(self._of(t, y), y)
        slopes, method = _slopes(self._of(t, y), y.astype(np.float64), values.ndim)
        self._tell(method)
        return values, slopes.astype(y.dtype)

    def reduced(self, t: Array, y: Array, weight: Array | None = None) -> tuple[Any, Array]:
        """As for every loss; a single value of the batch counts for each row, as in Keras."""
        values, slopes = self.measure(t, y)
        if values.ndim:
            return self._reduced(values, slopes, t, weight)
        factor = 1.0
        if weight is not None and self.reduction != "mean_with_sample_weight":
            factor = float(weight.sum() if self.reduction == "sum" else weight.mean())
        return values * factor, slopes * slopes.dtype.type(factor)

    def _rows(self, t: Array, y: Array) -> tuple[Array, Array]:
        values, slopes = self.measure(t, y)
        if values.ndim == y.ndim:
            return values.mean(axis=-1), slopes / y.shape[-1]
        return np.broadcast_to(values, y.shape[:-1]).copy() if not values.ndim else values, slopes

    def _targets(self, t: Array, output_shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        if t.shape[:1] != output_shape[:1]:
            raise ShapeError(
                f"y must have shape (n, ...) with n = {output_shape[0]}, as many rows as the output, got {t.shape}"
            )
        if t.shape == output_shape[:-1] and output_shape[-1] == 1:
            t = t[..., None]
        require_finite("y", t)
        return t.astype(np.empty(0, dtype).real.dtype, copy=False)

    def _of(self, t: Array, y: Array) -> Callable[[Array], Array]:
        return lambda moved: self._shaped(self.fn(t, moved), moved)

    def _shaped(self, given: Any, y: Array) -> Array:
        values = np.asarray(given)
        if values.dtype.kind not in "biuf" and (values.dtype.kind, y.dtype.kind) != ("c", "c"):
            raise DataError(f"{self.name} must return real numbers, got {given!r:.60}")
        if values.shape == (*y.shape[:-1], 1) != y.shape:
            values = values[..., 0]
        if values.shape not in ((), y.shape[:-1], y.shape):
            raise ShapeError(
                f"{self.name} must return one number, or values of shape {y.shape[:-1]} or {y.shape}, got {values.shape}"
            )
        return values if values.dtype.kind in "fc" else values.astype(np.float64)

    def _tell(self, method: str) -> None:
        if not self._told:
            self._told = True
            warn_caller(
                f"the loss {self.name!r} comes without its derivative, which is found by {method}; to be quicker, let "
                "the function return (values, derivatives)",
                NumericalDerivativeWarning,
            )


def _slopes(f: Callable[[Array], Array], y: Array, ndim: int) -> tuple[Array, str]:
    """``df/dy`` and how it was found: by what is quick, if a difference along a random direction confirms it."""
    along = np.random.default_rng(0).standard_normal(y.shape)
    ways: list[tuple[str, Callable[..., Array | None], bool]] = [
        ("complex steps", _by_complex_steps, ndim > 0),
        ("complex steps", _by_complex_steps, False),
        ("Ridders' differences", _by_differences, ndim > 0),
    ]
    for name, way, by_row in ways if ndim else ways[1:]:
        slopes = way(f, y, by_row)
        if slopes is not None and _confirmed(slopes, f, y, along):
            return slopes, name
    # Rows that are coupled, or a function that no direction is smooth in: each number by itself.
    slopes = _by_differences(f, y, by_row=False)
    return slopes, "Ridders' differences"


def _directions(y: Array, by_row: bool) -> Any:
    """Steps of one output of all rows at once, or of one output of one row."""
    for index in np.ndindex(y.shape[-1:] if by_row else y.shape):
        direction = np.zeros(y.shape)
        place = (..., *index) if by_row else index
        direction[place] = 1.0
        yield place, direction


def _by_complex_steps(f: Callable[[Array], Array], y: Array, by_row: bool) -> Array | None:
    slopes = np.empty(y.shape)
    for place, direction in _directions(y, by_row):
        step = complex_step(f, y, direction)
        if step is None:
            return None
        slopes[place] = _of_rows(step.value, y) if by_row else step.value.sum()
    return slopes


def _by_differences(f: Callable[[Array], Array], y: Array, by_row: bool) -> Array:
    slopes, flat = np.empty(y.shape), y.ravel()
    for place, direction in _directions(y, by_row):

        def moved(point: Array) -> Array:
            values = f(point.reshape(y.shape))
            return _of_rows(values, y).ravel() if by_row else values.sum()

        found = ridders(moved, flat, direction.ravel()).value
        slopes[place] = found.reshape(y.shape[:-1]) if by_row else found
    return slopes


def _of_rows(values: Array, y: Array) -> Array:
    return values.sum(axis=-1) if values.ndim == y.ndim else values


def _confirmed(slopes: Array, f: Callable[[Array], Array], y: Array, along: Array) -> bool:
    """Whether the sum of all values changes along a direction as the slopes say: at first by one plain difference."""
    terms = slopes * along
    step = CENTRAL_STEP * max(1.0, float(np.abs(y).max(initial=0.0)))
    with quietly():
        over, under = f(y + step * along).sum(), f(y - step * along).sum()
        near = abs((over - under) / (2 * step) - terms.sum()) <= ALIKE * np.abs(terms).sum()
    if near:
        return True
    of_sum: Callable[[Array], Any] = lambda point: f(point.reshape(y.shape)).sum()
    return is_slope(terms.sum(), of_sum, y.ravel(), along.ravel())


def _complex_slopes(f: Callable[[Array], Array], y: Array) -> Array:
    """At complex outputs, where a proof by complex steps looks at the value alone: plain differences."""
    slopes = np.empty(y.shape, y.dtype)
    step = CENTRAL_STEP * max(1.0, float(np.abs(y).max(initial=0.0)))
    for place, direction in _directions(y, by_row=False):
        slopes[place] = (f(y + step * direction).sum() - f(y - step * direction).sum()) / (2 * step)
    return slopes


def loss_of(fn: Any) -> FunctionLoss:
    """The loss that a function is.

    Raises
    ------
    ArgumentTypeError
        If it cannot be called with targets and outputs.
    """
    try:
        inspect.signature(fn).bind(None, None)
    except TypeError:
        raise ArgumentTypeError(
            f"a loss must be a function of two arguments, (y_true, y_pred), got {fn!r}"
        ) from None
    except ValueError:
        pass  # a function that cannot be looked into
    return FunctionLoss(fn)
