"""`check_layer`: everything that a layer promises, tested."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mlp import checks
from mlp.layers import Layer
from mlp.testing.apart import Apart
from mlp.testing.cases import LayerCase, layer_case, maker_of
from mlp.testing.layer_checks import LAYER_CHECKS
from mlp.testing.report import Failure, GradientError, Report, run_checks
from mlp.testing.shrinking import simpler_arrays

__all__ = ["check_layer"]

#: How widely inputs are spread, at one point after the other, and how many rows there are beyond those asked for:
#: kinks and branches lie at 1, 3 or 6, and a fault may hide in a small batch.  Far out a right formula may lose digits.
SLACK = 1e-9
POINTS = ((1.5, 0), (0.4, 4), (5.0, 1))


def check_layer(
    factory: Callable[[], Layer] | type[Layer] | Layer,
    input_shape: Sequence[Any] | None = None,
    *,
    n: int = 3,
    x: Any = None,
    rng: Any = 0,
    full: bool = False,
    couples_rows: bool | None = None,
    differs_in_training: bool | None = None,
) -> Report:
    """Test everything that a layer promises: gradients first, and shapes, memory, modes, copies, weights, threads.

    Parameters are drawn at random for it, for a forgotten factor hides at 1.

    Parameters
    ----------
    factory : Layer class, callable or Layer
        Makes the layer, a new one at each call; a layer stands for copies of itself.
    input_shape : tuple of int, optional
        The shape of one row; may be left out where the layer or ``x`` knows it.  For a layer of several inputs a list
        of shapes.
    n : int, default 3
        How many rows.
    x : array_like, shape (n,) + input_shape, optional
        Rows to check at; random ones unless given.
    rng : int, SeedSequence, Generator or None, default 0
        The source of points and directions.
    full : bool, default False
        Look at every entry of every gradient; without it, a layer of more than 512 numbers is looked at in
        random directions, and entry by entry where that fails.
    couples_rows, differs_in_training : bool, optional
        What the layer's class would declare by attributes of these names.

    Returns
    -------
    Report
        Every check by name.

    Raises
    ------
    GradientError
        If a check fails: the first one with the smallest failing input that was found, the others by name.
    ArgumentError, ArgumentTypeError
        If the call itself makes no sense.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> report = check_layer(lambda: Dense(3, activation="softmax"), input_shape=(4,))
    >>> report.method, report.error < 1e-12
    ('complex', True)
    """
    make = maker_of(factory, Layer, "layer")
    if isinstance(input_shape, list | tuple) and input_shape and isinstance(input_shape[0], list | tuple):
        inner, shapes = make, list(input_shape)
        make, input_shape = lambda: Apart(inner(), shapes), (sum(map(math.prod, shapes)),)
    try:
        case = _case(make, input_shape, n, x, rng, full, couples_rows, differs_in_training)
    except Failure as failure:
        raise GradientError(f"{_called(factory)}: {failure.text}", "finite") from None
    except Exception as error:
        if type(error).__module__.startswith("mlp.") and not _from_the_layer(error):
            raise
        raise GradientError(
            f"{_called(factory)} cannot be built: {type(error).__name__}: {error}", "construction"
        ) from error
    return run_checks(_called(factory), case, LAYER_CHECKS, _smallest if x is None else None)


def _case(
    make: Callable[[], Layer],
    input_shape: Any,
    n: int,
    x: Any,
    rng: Any,
    full: bool,
    couples_rows: bool | None,
    differs_in_training: bool | None,
) -> LayerCase:
    """The layer at random rows, and at others nearer to zero and farther from it; or at the caller's rows alone."""
    source = checks.generator("rng", rng)
    points = POINTS if x is None else POINTS[:1]
    first, *others = (
        layer_case(make, input_shape, n + more, x, source, full, couples_rows, differs_in_training, deviation)
        for deviation, more in points
    )
    return dataclasses.replace(first, more=tuple(dataclasses.replace(other, slack=SLACK) for other in others))


def _called(factory: Any) -> str:
    if isinstance(factory, type):
        return factory.__name__
    if isinstance(factory, Layer):
        return type(factory).__name__
    try:
        return type(factory()).__name__
    except Exception:  # noqa: BLE001 - the name is for a message; the reason for not having one comes with it
        return "the layer"


def _from_the_layer(error: BaseException) -> bool:
    """Whether an error of this library came out of the layer's own code."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "build_for":
            return True
        trace = trace.tb_next
    return False


def _smallest(case: LayerCase, fails: Callable[[LayerCase], bool]) -> LayerCase:
    """A case with smaller rows, fewer of them and rounder numbers that still fails."""
    for one in (dataclasses.replace(case, more=()), *case.more):
        if fails(one):
            case = one
            break
    for size in (1, 2):
        shape = tuple(min(size, s) for s in case.x.shape[1:])
        if shape != case.x.shape[1:]:
            try:
                other = layer_case(
                    case.make,
                    shape,
                    len(case.x),
                    None,
                    case.seed,
                    case.full,
                    case.couples_rows,
                    case.differs_in_training,
                )
            except Exception:  # noqa: BLE001, S112 - a layer need not take another shape
                continue
            if fails(other):
                case = other
                break
    for n in range(1, len(case.x)):
        other = dataclasses.replace(case, x=case.x[:n])
        if fails(other):
            case = other
            break

    def with_arrays(arrays: tuple[np.ndarray[Any, Any], ...]) -> LayerCase:
        return dataclasses.replace(case, x=arrays[0], parameters=arrays[1])

    arrays = simpler_arrays((case.x, case.parameters), lambda some: fails(with_arrays(some)))
    return with_arrays(arrays)
