"""What every layer promises, one named check for each promise."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import json
import pickle
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.derivatives import quietly
from mlp.errors import ArgumentError, ArgumentTypeError, MLPError, StateError
from mlp.layers import InputLayer
from mlp.losses import MeanSquaredError
from mlp.network import Network
from mlp.passes import Pass, RecordedPass, state_of
from mlp.rationals import is_rational
from mlp.recording import CannotRecord, replayable
from mlp.rows import as_array
from mlp.testing.adjoint import method_for
from mlp.testing.cases import LayerCase, importable, numbers
from mlp.testing.kinks import sides
from mlp.testing.proof import prove
from mlp.testing.report import Failure, Named, Result, merged
from mlp.testing.subjects import Subject, of_layer

__all__ = ["LAYER_CHECKS"]

#: Two ways to compute one thing may round differently, in sums of many terms by this much of the largest.
SAME = 1e-11


def ran(net: Network, x: Array, dy: Array, training: bool = False) -> tuple[Array, Array, Array]:
    """Output, gradient of the input and gradient of the parameters, as copies."""
    layer = net._layers[0]
    net._gradient[...] = 0.75  # backward overwrites
    y = np.array(layer.forward(x, training))
    dx = np.array(layer.backward(dy))
    return y, dx, net._gradient.copy()


_NAMES = ("forward's result", "dx", "the gradient of the parameters")


def _difference(one: tuple[Array, ...], other: tuple[Array, ...], tolerance: float = SAME) -> str:
    """In words, where two runs differ; nothing where they do not."""
    for name, a, b in zip(_NAMES, one, other, strict=False):
        if a.shape != b.shape:
            return f"{name} has shape {a.shape} and {b.shape}"
        scale = float(np.abs(b[np.isfinite(b)]).max(initial=0.0))
        with np.errstate(invalid="ignore"):
            apart = np.abs(a - b)
        apart = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, apart)
        if not (apart <= tolerance * scale).all():
            place = tuple(
                int(i) for i in np.unravel_index(int(np.nanargmax(np.nan_to_num(apart, nan=np.inf))), a.shape)
            )
            return f"{name}{list(place)} is {a[place]:.12g} and {b[place]:.12g}"
    return ""


# --- Shapes and values --------------------------------------------------------------------------------------


def shapes(case: LayerCase) -> Result | None:
    """What ``build`` promised."""
    net = case.net()
    layer = net._layers[0]
    promised = (len(case.x), *layer._built_shapes()[1])
    y = layer.forward(case.x.copy())
    _an_array("forward", y, promised, "build must return the shape of a row of what forward returns", case)
    net._gradient[...] = np.nan
    dx = layer.backward(case.dy(layer))
    _an_array("backward", dx, case.x.shape, "backward must return dx, shaped like x", case)
    for one in layer.walk():
        for name, gradient in one._gradients.items():
            if np.isnan(gradient).all() and gradient.size and not _adds(case, name):
                raise Failure(
                    f'backward never writes the gradient of {name!r}: write into self.gradient_of("{name}")',
                    case.code("net.forward(x)", "net.backward(np.ones(net.layers[0].forward(x).shape))"),
                )
    return None


def _adds(case: LayerCase, name: str) -> bool:
    """Whether backward adds to the gradient of a weight instead of overwriting it, which "repeatable" will tell."""
    net = case.net()
    layer = net._layers[0]
    layer.forward(case.x.copy())
    layer.backward(case.dy(layer))
    return any(one._gradients[name].any() for one in layer.walk() if name in one._gradients)


def _an_array(what: str, a: Any, shape: tuple[int, ...], cure: str, case: LayerCase) -> None:
    if type(a) is not np.ndarray:
        raise Failure(f"{what} must return a NumPy array, got {type(a).__name__}")
    if a.shape != shape:
        raise Failure(
            f"{what} should return shape {shape}, got {a.shape}; {cure}",
            case.code("net.layers[0].forward(x)"),
        )
    if a.dtype != np.float64:
        raise Failure(f"{what} should return float64 for float64, got {a.dtype}")


def gradient(case: LayerCase) -> Result:
    """``backward`` against ``forward``, in inference, at all points."""
    result = _proven(case, False)
    for one in case.more:
        result = merged(result, _proven(one, False))
    return result


def training_gradient(case: LayerCase) -> Result | None:
    """The same in training, with the same random numbers drawn again."""
    first, second = (ran_of_copy(case, True) for _ in range(2))
    if _difference(first[:1], second[:1], 0.0):
        raise Failure(
            "in training two layers with one seed give two results, so there is no function to differentiate: "
            "draw random numbers from self.rng"
        )
    return _proven(case, True)


def ran_of_copy(case: LayerCase, training: bool) -> tuple[Array, Array, Array]:
    """What a fresh layer gives."""
    net = case.net()
    return ran(net, case.x.copy(), case.dy(net._layers[0]), training)


def _proven(case: LayerCase, training: bool) -> Result:
    net = case.net()
    subject = of_layer(net, net._layers[0], case.x, training, case.slack)
    u = case.dy(net._layers[0])
    entrywise = case.given and not training and _entrywise(case, subject, case.x)
    try:
        return prove(
            subject, case.rng(3), u, case.full, entrywise, case.given, code=lambda: _code(case, u, training)
        )
    except Failure as failure:
        if not case.surrogate_gradient:
            raise
        first = failure.text.splitlines()[0]
        return Result(note=f"declared a surrogate: backward is not the derivative ({first})")


def _code(case: LayerCase, u: Array, training: bool = False) -> str:
    mode = ", training=True" if training else ""
    lines = (f"net.forward(x{mode})", "dx = net.backward(dy)  # and net.gradients")
    return case.code(f"dy = np.array({numbers(u)})", *lines)


def kinks(case: LayerCase) -> Result | None:
    """Where many inputs are zero: a subgradient, entry by entry, where the layer works entry by entry."""
    mask = case.rng(4).random(case.x.shape) < 0.5
    x = np.where(mask, 0.0, case.x)
    net = case.net()
    layer = net._layers[0]
    with quietly():
        if not np.isfinite(np.asarray(layer.forward(x.copy()))).all():
            return Result(note="not finite where inputs are zero")
    moved = dataclasses.replace(case, x=x)
    subject = of_layer(net, layer, x, slack=case.slack)
    u = case.dy(layer)
    entrywise = _entrywise(case, subject, x)
    note = "" if entrywise or case.below is not None else _ties(case)
    try:
        # How to differentiate is judged where nothing is tied and no kink is near.
        generic = _generic(case)
        method = method_for(generic, generic.point, case.rng(18))
        result = prove(subject, case.rng(5), u, case.full, entrywise, True, method, lambda: _code(moved, u))
        return merged(result, Result(note=note))
    except Failure:
        if case.surrogate_gradient:
            return Result(note="declared a surrogate: backward is not the derivative")
        raise


def _generic(case: LayerCase) -> Subject:
    net = case.net()
    return of_layer(net, net._layers[0], case.x)


def _ties(case: LayerCase) -> str:
    """Where all entries of a row are equal and move together, nothing has a kink, and no tie is broken.

    A gradient that goes whole to each of the largest is a fault in a layer of the library; in another, where only
    exact ties show it, it is noted.
    """
    levels = case.rng(14).uniform(0.3, 1.5, len(case.x))
    ties = dataclasses.replace(case, x=np.zeros_like(case.x) + levels.reshape(-1, *[1] * (case.x.ndim - 1)))
    net = ties.net()
    layer = net._layers[0]
    subject, u = of_layer(net, layer, ties.x), ties.dy(layer)
    v = np.zeros(subject.point.size)
    v[: case.x.size] = (
        np.ones_like(case.x)
        * case.rng(15).uniform(0.5, 1.5, levels.shape).reshape(-1, *[1] * (case.x.ndim - 1))
    ).ravel()
    gradient = subject.pullback(subject.point, u)
    if not np.isfinite(gradient).all() or not np.isfinite(subject.outputs(subject.point)).all():
        return ""
    generic = _generic(case)
    both = sides(subject, subject.point, u, v, method_for(generic, generic.point, case.rng(17)))
    slope, terms = float(gradient @ v), float(np.abs(gradient) @ np.abs(v))
    if both.known and not both.kink and abs(slope - both.right) > both.error + 1e-9 * terms:
        said = (
            f"where all entries of a row are equal, moving them together changes <dy, y> by {both.right:.10g} a unit, and "
            f"backward says {slope:.10g}: at a tie the gradient goes to one of the largest, or is shared; it does not go "
            "whole to each"
        )
        if case.own:
            raise Failure(said, _code(ties, u))
        return said
    return ""


def _entrywise(case: LayerCase, subject: Subject, x: Array) -> bool:
    """Whether each output depends on the input at its own place alone, and may be asked for a little more of it."""
    if case.parameters.size or case.below is not None:
        return False
    y = np.asarray(subject.outputs(subject.point.copy()))
    if y.shape != x.shape or x.size > 64:
        return False
    for i in range(x.size):
        point = subject.point.copy()
        point[i] += 0.375
        changed = np.asarray(subject.outputs(point)).ravel() != y.ravel()
        changed[i] = False
        if changed.any():
            return False
    return True


# --- backward -----------------------------------------------------------------------------------------------


def linear(case: LayerCase) -> None:
    """``J^T (a u + b v) = a J^T u + b J^T v``."""
    net = case.net()
    layer = net._layers[0]
    u, v = case.dy(layer), case.dy(layer, number=6)
    results = []
    for dy in (u, v, 2.0 * u - 3.0 * v, np.zeros_like(u)):
        layer.forward(case.x.copy())
        net._gradient[...] = np.nan
        results.append((np.array(layer.backward(dy)), net._gradient.copy()))
    (a, da), (b, db), (c, dc), (zero, dzero) = results
    for name, one, other, both, none in (("dx", a, b, c, zero), (_NAMES[2], da, db, dc, dzero)):
        if none.any():
            raise Failure(
                f"dy = 0 gives {name} that is not zero: {_largest(none)}",
                case.code("net.forward(x)", "net.backward(0 * net.forward(x))"),
            )
        scale = 2 * np.abs(one) + 3 * np.abs(other)
        apart = np.abs(both - (2.0 * one - 3.0 * other))
        if not (apart <= SAME * float(scale.max(initial=0.0))).all():
            raise Failure(
                f"backward(2 u - 3 v) is not 2 backward(u) - 3 backward(v): {name} differs by {_largest(apart)}\n"
                "dy must enter as it is: not rounded, clipped, squared, or replaced by its sign"
            )


def _largest(a: Array) -> str:
    return f"{float(np.nanmax(np.abs(a))):.6g}"


def repeatable(case: LayerCase) -> Result | None:
    """``backward`` twice, ``forward`` twice, and other rows in between."""
    net = case.net()
    layer = net._layers[0]
    dy = case.dy(layer)
    first = ran(net, case.x.copy(), dy.copy())
    note = ""
    try:
        dx, again = np.array(layer.backward(dy.copy())), net._gradient.copy()
        words = _difference((first[0], dx, again), first, 0.0)
    except Exception as error:
        if case.own:
            raise
        words, note = "", f"a second backward after one forward is refused: {type(error).__name__}"
    if words:
        raise Failure(
            f"backward twice gives two answers: {words}\n"
            "it must overwrite gradients, not add to them, and must not change what forward remembered"
        )
    other = case.other_x()
    ran(net, other, case.dy(layer, number=7))
    words = _difference(ran(net, case.x.copy(), dy.copy()), first, 0.0)
    if words:
        raise Failure(
            f"after other rows in between, the same rows give another answer: {words}\nsomething stale is kept from call to call, or inference draws random numbers or moves state"
        )
    fresh_net = case.net()
    fresh = ran(fresh_net, other.copy(), case.dy(layer, number=7))
    words = _difference(ran(net, other.copy(), case.dy(layer, number=7)), fresh, 0.0)
    if words:
        raise Failure(
            f"a layer that has been used gives another answer than a new one: {words}\nsomething stale is kept from call to call, or inference draws random numbers or moves state"
        )
    net._layers[0].forward(case.x.copy())
    case.net()._layers[0].forward(other.copy())  # another layer of the class
    dx = np.array(layer.backward(dy.copy()))
    words = _difference((first[0], dx, net._gradient), first, 0.0)
    if words:
        raise Failure(
            f"another layer of the class, run between forward and backward, changes the answer: {words}\n"
            "keep what forward remembers in self, not in the class or in a global"
        )
    few = case.x[:1]
    if len(case.x) > 1:
        words = _difference(
            ran(net, few.copy(), dy[:1].copy()), ran(case.net(), few.copy(), dy[:1].copy()), 0.0
        )
        if words:
            raise Failure(
                f"a smaller batch after a larger one gives another answer than in a new layer: {words}"
            )
    return Result(note=note) if note else None


def arguments_kept(case: LayerCase) -> None:
    """``x``, ``dy`` and the parameters stay as they are."""
    for training in (False, True):
        net = case.net()
        layer = net._layers[0]
        dy = case.dy(layer)
        x_given, dy_given, before = case.x.copy(), dy.copy(), net.parameters.copy()
        mode = "training" if training else "inference"
        layer.forward(x_given, training)
        if not np.array_equal(x_given, case.x):
            raise Failure(
                f"forward writes into x ({mode}); compute into an array of its own",
                case.code("net.layers[0].forward(x)", "x"),
            )
        layer.backward(dy_given)
        for name, given, right in (
            ("x", x_given, case.x),
            ("dy", dy_given, dy),
            ("the parameters", net.parameters, before),
        ):
            if not np.array_equal(given, right):
                raise Failure(f"backward writes into {name} ({mode}); compute into an array of its own")


def results_kept(case: LayerCase) -> None:
    """What ``forward`` and ``backward`` returned is not overwritten by later calls."""
    net = case.net()
    layer = net._layers[0]
    y = layer.forward(case.x.copy())
    dx = layer.backward(case.dy(layer))
    kept = y.copy(), dx.copy()
    layer.forward(case.other_x())
    if not np.array_equal(y, kept[0]):
        raise Failure(
            'a later forward overwrites the array that an earlier one returned; use a new one: self.empty("y", shape)'
        )
    layer.backward(case.dy(layer, number=7))
    if not np.array_equal(dx, kept[1]) or not np.array_equal(y, kept[0]):
        raise Failure(
            'a later backward overwrites an array that was returned before; use a new one: self.empty("dx", shape)'
        )


# --- Rows and memory ----------------------------------------------------------------------------------------


def rows(case: LayerCase) -> Result | None:
    """A batch is its rows, one by one."""
    if case.couples_rows:
        return Result(note="declared: couples the rows of a batch")
    net = case.net()
    dy = case.dy(net._layers[0])
    whole = ran(net, case.x.copy(), dy)
    single = [ran(net, case.x[i : i + 1].copy(), dy[i : i + 1]) for i in range(len(case.x))]
    together = (
        np.concatenate([one[0] for one in single]),
        np.concatenate([one[1] for one in single]),
        np.sum([one[2] for one in single], axis=0),
    )
    words = _difference(whole, together)
    if words:
        if " has shape " in words:
            raise Failure(f"a batch of {len(case.x)} and its rows one by one differ in shape: {words}")
        raise Failure(
            f"a batch of {len(case.x)} is not its rows one by one: {words}\n"
            "the mean over the batch is the loss's to take, not the layer's; a layer that couples rows on purpose says "
            "so: couples_rows = True in its class, or check_layer(..., couples_rows=True)"
        )
    return None


def one_row(case: LayerCase) -> None:
    """A batch of one row."""
    net = case.net()
    layer = net._layers[0]
    x = case.x[:1].copy()
    try:
        y, dx, _ = ran(net, x, case.dy(layer, 1))
    except Exception as error:
        raise Failure(f"for a batch of one row, {type(error).__name__}: {error}") from error
    for name, a, shape in (("forward", y, (1, *layer._built_shapes()[1])), ("backward", dx, x.shape)):
        if a.shape != shape:
            raise Failure(f"for one row {name} should return shape {shape}, got {a.shape}")
        if not np.isfinite(a).all():
            raise Failure(f"for one row {name} gives {a[~np.isfinite(a)].flat[0]}")


def _layouts(a: Array, folder: Path, name: str) -> Iterator[tuple[str, Array]]:
    yield "in Fortran order", np.asfortranarray(a)
    strided = np.zeros((2 * len(a), *a.shape[1:], 2))
    strided[::2, ..., 1] = a
    yield "not contiguous", strided[::2, ..., 1]
    frozen = a.copy()
    frozen.flags.writeable = False
    yield "read-only", frozen
    path = folder / f"{name}.npy"
    np.save(path, a)
    yield "memory-mapped", np.load(path, mmap_mode="r")


def memory(case: LayerCase) -> None:
    """The layout of memory does not matter."""
    net = case.net()
    dy = case.dy(net._layers[0])
    right = ran(net, case.x.copy(), dy.copy())
    with tempfile.TemporaryDirectory() as folder:
        # PyTorch takes no negative strides, so a layer of somebody's need not take them.
        pairs = zip(_layouts(case.x, Path(folder), "x"), _layouts(dy, Path(folder), "dy"), strict=True)
        for (kind, x), (_, u) in pairs:
            try:
                got = ran(net, x, u)
            except Exception as error:
                raise Failure(f"x and dy {kind}: {type(error).__name__}: {error}") from error
            words = _difference(got, right)
            if words:
                raise Failure(f"x and dy {kind} give another answer: {words}")
            del got, x, u


def single_precision(case: LayerCase) -> None:
    """float32 in, float32 out, as near to float64 as its rounding allows."""
    small = case.net("float32")
    x, dy = case.x.astype(np.float32), case.dy(small._layers[0]).astype(np.float32)
    got = ran(small, x, dy)
    for name, a in zip(_NAMES, got, strict=True):
        if a.dtype != np.float32:
            raise Failure(f"{name} is {a.dtype} in a float32 network; a float64 constant or array comes in")
    double = dataclasses.replace(
        case,
        parameters=small.parameters.astype(float),
        state=tuple(s.astype(np.float32).astype(float) for s in case.state),
    )
    x64, dy64 = x.astype(float), dy.astype(float)
    right = ran(double.net(), x64, dy64)
    spread = _sensitivity(double, x64, dy64, right)
    for name, a, b, moved in zip(_NAMES, got, right, spread, strict=True):
        allowed = 16 * moved + 64 * float(np.finfo(np.float32).eps) * float(np.abs(b).max(initial=0.0))
        apart = np.abs(a.astype(float) - b)
        if not (apart <= allowed).all():
            raise Failure(
                f"{name} in float32 is {_largest(apart)} away from float64, where rounding explains {allowed:.1g}"
            )


def fractions(case: LayerCase) -> Result | None:
    """A layer that is declared to be ``rational`` gives fractions for fractions; of one row, for these are slow."""
    net = case.net()
    if not is_rational(net._layers[0]):
        return None
    try:
        exact = net.astype(object)
    except ArgumentError:  # its activation, or a layer inside of it, is not
        return None
    x, dy = (as_array("x", rows[:1], exact.dtype) for rows in (case.x, case.dy(net._layers[0])))
    for name, found in zip(_NAMES, ran(exact, x, dy), strict=True):
        for value in found.ravel():
            if not isinstance(value, Fraction):
                raise Failure(
                    f"{name} holds {type(value).__name__} {value} in a network of fractions\ntake constants from "
                    "mlp.arrays.constant, or rational = True out of the class"
                )
    return None


def _sensitivity(case: LayerCase, x: Array, dy: Array, right: tuple[Array, ...]) -> list[float]:
    """How far the results move where inputs and parameters move by float32's rounding."""
    eps, rng = float(np.finfo(np.float32).eps), case.rng(8)
    # Where a function is flat nothing moves, though rounding is as large as where it is not.
    near = [ran(case.net(), factor * x, dy) for factor in ((0.3, 0.03) if case.below is None else (1.0, 0.0))]
    spread = [max(eps * float(np.abs(a[i]).max(initial=0.0)) for a in near) for i in range(len(right))]
    spread = [s if np.isfinite(s) else 0.0 for s in spread]
    for _ in range(6):
        moved = dataclasses.replace(
            case, parameters=case.parameters * (1 + eps * rng.uniform(-4, 4, case.parameters.size))
        )
        shift = eps * rng.uniform(-4, 4, x.shape) if case.below is None else 0.0
        other = ran(moved.net(), x * (1 + shift), dy)
        spread = [
            max(s, float(np.abs(a - b).max(initial=0.0)))
            for s, a, b in zip(spread, other, right, strict=True)
        ]
    return spread


def finite(case: LayerCase) -> Result | None:
    """No warnings, no NaN: small, large, equal and zero inputs."""
    net = case.net()
    layer = net._layers[0]
    dy = case.dy(layer)
    findings = []
    for name, x in _extremes(case):
        with (
            warnings.catch_warnings(record=True) as caught,
            np.errstate(over="warn", divide="warn", invalid="warn", under="ignore"),
        ):
            warnings.simplefilter("always")
            try:
                results = ran(net, x, dy)
            except Exception as error:
                if case.own:
                    raise
                findings.append(f"{name}: refused, {type(error).__name__}: {error}")
                continue
        nan = [what for what, a in zip(_NAMES, results, strict=True) if np.isnan(a).any()]
        endless = [what for what, a in zip(_NAMES, results, strict=True) if np.isinf(a).any()]
        said = sorted(
            {
                str(w.message).split(" encountered")[0]
                for w in caught
                if issubclass(w.category, RuntimeWarning)
            }
        )
        if nan:
            findings.append(f"{name}: {nan[0]} has NaN")
        elif said and not endless:
            findings.append(f"{name}: NumPy warns of {', '.join(said)}, though the results are finite")
        elif endless and set(said) - {"overflow"}:
            findings.append(f"{name}: {endless[0]} is infinite ({', '.join(said)})")
    if findings and case.own:
        raise Failure("\n".join(findings))
    return Result(note="; ".join(findings)) if findings else None


def _extremes(case: LayerCase) -> Iterator[tuple[str, Array]]:
    if case.below is not None:
        yield "zeros", np.zeros_like(case.x)
        yield "the largest number", np.full_like(case.x, case.below - 1)
        return
    size = np.where(case.x < 0, -1.0, 1.0) * np.clip(np.abs(case.x), 0.5, 2.0)
    for scale in (1e-300, 1e-8, 30.0, 1e3, 1e5):
        yield f"inputs of size {scale:g}", size * scale
    yield "zeros", np.zeros_like(case.x)
    yield "equal inputs", np.full_like(case.x, 0.75)


# --- Weights, copies, descriptions --------------------------------------------------------------------------


def weights(case: LayerCase) -> None:
    """``get_weights`` and ``set_weights`` are inverse to each other; a wrong set changes nothing."""
    net = case.net()
    layer = net._layers[0]
    ran(net, case.x.copy(), case.dy(layer))  # what a layer keeps from here must not outlive its weights
    given = layer.get_weights()
    wanted = [w * 0.5 + 0.125 for w in given]
    layer.set_weights(wanted)
    for i, (got, right) in enumerate(zip(layer.get_weights(), wanted, strict=True)):
        if not np.array_equal(got, right):
            raise Failure(f"set_weights, then get_weights: array {i} is not what was set")
    other = case.net()
    other._layers[0].set_weights(wanted)
    dy = case.dy(layer)
    words = _difference(ran(net, case.x.copy(), dy), ran(other, case.x.copy(), dy), 0.0)
    if words:
        raise Failure(
            f"two layers with the same weights give two answers: {words}\nsomething that counts is no weight"
        )
    for what, wrong in _wrong_weights(wanted):
        try:
            layer.set_weights(wrong)
        except (MLPError, ValueError, TypeError):
            pass
        else:
            raise Failure(f"set_weights takes {what}")
        for got, right in zip(layer.get_weights(), wanted, strict=True):
            if not np.array_equal(got, right):
                raise Failure(f"set_weights refuses {what}, but has changed weights by then")


def _wrong_weights(right: list[Array]) -> Iterator[tuple[str, list[Array]]]:
    yield "one array too many", [*right, np.zeros(1)]
    if right:
        yield "one array too few", right[:-1]
        yield (
            "an array of a wrong shape at the end",
            [*(w + 1 for w in right[:-1]), np.zeros((*right[-1].shape, 2))],
        )
        yield "NaN", [*(w + 1 for w in right[:-1]), np.full(right[-1].shape, np.nan)]


def config(case: LayerCase) -> Result | None:
    """``from_config(get_config())`` is an equal layer."""
    layer = case.net()._layers[0]
    try:
        said = json.loads(json.dumps(layer.get_config()))
    except (StateError, ArgumentTypeError, TypeError, ValueError) as error:
        if case.own:
            raise
        return Result(note=f"cannot be saved in a file: {error}")
    if not importable(type(layer)) or not all(importable(type(one)) for one in layer.walk()):
        rebuilt = lambda: type(layer).from_config(layer.get_config())
    else:
        rebuilt = lambda: type(layer).from_config(json.loads(json.dumps(said)))
    twin = dataclasses.replace(case, make=rebuilt)
    dy = case.dy(layer)
    for training in (False, True):
        words = _difference(
            ran(twin.net(), case.x.copy(), dy, training), ran(case.net(), case.x.copy(), dy, training), 0.0
        )
        if words:
            raise Failure(
                f"the layer of from_config(get_config()) gives another answer: {words}\nget_config gives {said}"
            )
    if json.loads(json.dumps(twin.net()._layers[0].get_config())) != {
        **said,
        "name": twin.net()._layers[0].name,
    } and (case.own):
        raise Failure("from_config(get_config()) has another configuration")
    return None


def copies(case: LayerCase) -> Result | None:
    """A copy is as good as the original and independent of it; both train."""
    net = case.net()
    notes = []
    ways: dict[str, Callable[[Network], Network]] = {
        "copy.copy": copy.copy,
        "copy.deepcopy": copy.deepcopy,
        "net.copy": lambda one: one.copy(),
    }
    if all(importable(type(one)) for one in net.walk()):
        ways["pickle"] = lambda one: pickle.loads(pickle.dumps(one))  # noqa: S301 - its own bytes
    else:
        notes.append("not pickled: the class is not importable by name")
    layer = net._layers[0]
    dy = case.dy(layer)
    net.forward(case.x)  # what a layer remembers must not get in the way
    right = ran(case.net(), case.x.copy(), dy)
    for how, way in ways.items():
        try:
            twin = way(net)
        except Exception as error:
            if how == "pickle" and not case.own:
                notes.append(f"cannot be pickled: {error}")
                continue
            raise
        words = _difference(ran(twin, case.x.copy(), dy), right, 0.0)
        if words:
            raise Failure(f"after {how} the layer gives another answer: {words}")
        before = net.parameters.copy()
        _one_step(twin, case, how)
        if not np.array_equal(net.parameters, before):
            raise Failure(f"training what {how} gave changes the original")
    _one_step(net, case, "construction")
    return Result(note="; ".join(notes)) if notes else None


def _one_step(net: Network, case: LayerCase, how: str) -> None:
    """A step of training moves the parameters by the gradient, and the outputs with them."""
    rate = 2.0**-10
    net.compile("sgd", "mse")
    net.optimizer.learning_rate = rate
    y = np.asarray(net.predict(case.x))
    if not net.n_parameters or not all(layer.trainable for layer in net.walk()) or not np.isfinite(y).all():
        return
    target = y + case.rng(9).standard_normal(y.shape)
    before = net.parameters.copy()
    _, slope = net.value_and_gradient(case.x, target, training=True)
    restricted = any(spec.constraint is not None for layer in net.walk() for spec in layer._specs.values())
    net.train_on_batch(case.x, target)
    wanted = before - rate * slope
    if not restricted and not np.abs(net.parameters - wanted).max() <= 1e-9 * max(
        1.0, float(np.abs(wanted).max())
    ):
        raise Failure(
            f"after {how}, a step of training does not move the parameters by -rate * gradient: the layer's weights are "
            "not those of the network's vector"
        )


def random_numbers(case: LayerCase) -> None:
    """The same seed gives the same layer, and the same numbers in training."""
    layers = [case.make() for _ in range(2)]
    if all(
        one._shapes is None for one in layers[0].walk()
    ):  # else it has drawn its weights itself, before any seed could be given
        nets = [Network([InputLayer(case.x.shape[1:]), layer], rng=case.seed) for layer in layers]
        for one, other in zip(nets[0].get_weights(), nets[1].get_weights(), strict=True):
            if not np.array_equal(one, other):
                raise Failure(
                    "two networks with one seed begin with different weights: draw them from self.rng"
                )
    for training in (False, True):
        words = _difference(ran_of_copy(case, training), ran_of_copy(case, training), 0.0)
        if words:
            mode = "training" if training else "inference"
            raise Failure(
                f"two layers with one seed give two answers in {mode}: {words}\ndraw random numbers from self.rng"
            )
    if case.differs_in_training and _drawn_once(case):
        raise Failure(
            "in training the same random numbers come back at every call; draw them anew in forward"
        )


#: So often a layer may draw the same numbers by chance.
DRAWS = 40


def _drawn_once(case: LayerCase) -> bool:
    """Whether results in training hang on the seed, and yet are the same at every call."""
    net = case.net()
    layer = net._layers[0]
    first = np.array(layer.forward(case.x.copy(), True))
    for _ in range(DRAWS):
        if not np.array_equal(layer.forward(case.x.copy(), True), first, equal_nan=True):
            return False
    others = (dataclasses.replace(case, seed=case.seed + k).net()._layers[0] for k in range(1, DRAWS))
    return any(not np.array_equal(o.forward(case.x.copy(), True), first, equal_nan=True) for o in others)


def modes(case: LayerCase) -> Result | None:
    """Training and inference give one result, unless declared otherwise; inference changes nothing."""
    net = case.net()
    before = [w.copy() for w in net.weights]
    first = ran(net, case.x.copy(), case.dy(net._layers[0]))
    for weight, old in zip(net.weights, before, strict=True):
        if not np.array_equal(weight, old):
            raise Failure("inference changes a weight; moving averages are updated in training only")
    if case.differs_in_training:
        return Result(note="declared: differs in training")
    words = _difference(ran_of_copy(case, True), first, SAME)
    if words:
        raise Failure(
            f"training=True gives another answer than training=False: {words}\n"
            "a layer that differs on purpose says so: differs_in_training = True in its class, or "
            "check_layer(..., differs_in_training=True)"
        )
    return None


def threads(case: LayerCase) -> None:
    """``net(x)`` from several threads at once gives what it gives alone, and leaves no trace."""
    net = case.net()
    inputs = [case.x, case.other_x(), case.x[:1], case.other_x(10)]
    right = [net(x) for x in inputs]
    wrong: list[str] = []

    def work(which: int) -> None:
        try:
            for _, i in zip(range(50), itertools.cycle([which, (which + 1) % len(inputs)]), strict=False):
                if not np.array_equal(net(inputs[i]), right[i], equal_nan=True):
                    wrong.append("another answer than alone")
                    return
        except Exception as error:  # noqa: BLE001 - told in the main thread
            wrong.append(f"{type(error).__name__}: {error}")

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        workers = [threading.Thread(target=work, args=(i,)) for i in range(len(inputs))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        sys.setswitchinterval(interval)
    if wrong:
        raise Failure(
            f"net(x) in several threads at once: {wrong[0]}\nkeep what forward computes in attributes of self alone, not in shared arrays"
        )


def inference(case: LayerCase) -> None:
    """``infer`` gives what ``forward`` gives in inference, and remembers nothing."""
    net = case.net()
    layer = net._layers[0]
    before = {name: id(value) for name, value in vars(layer).items()}
    y = np.array(layer.infer(case.x.copy()))
    if {name: id(value) for name, value in vars(layer).items()} != before:
        raise Failure(
            "infer changes attributes of the layer; what only backward needs is for forward to remember"
        )
    if not np.array_equal(y, layer.forward(case.x.copy()), equal_nan=True):
        raise Failure("infer gives another answer than forward with training=False")


def recorded(case: LayerCase) -> Result | None:
    """A layer that is declared to be ``replayable`` gives the same bits from memory."""
    net = case.net()
    if not replayable(net._layers[0]):
        return None
    x, t = case.x.copy(), case.rng(8).standard_normal(net.predict(case.x).shape)
    try:
        one = RecordedPass(net, MeanSquaredError(), x, t, None)
    except CannotRecord as reason:
        return Result(note=f"declared to be replayable, and run plainly: {reason}")
    one.step(x, t, None)  # the one that has been recorded
    plain = Pass(net, MeanSquaredError(), reuse=True)
    for k, x in enumerate((case.x, case.other_x(11), case.other_x(12))):
        if k:
            net._parameters += 0.1 * case.rng(12 + k).standard_normal(net.n_parameters)
        results = []
        for training_pass in (one, plain):
            put_back = state_of(net)
            value = training_pass.step(x.copy(), t, None)
            put_back()
            results.append((np.array(value), net._gradient.copy()))
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(*results, strict=True)):
            raise Failure(
                "a training step from memory gives another answer than a plain one: not every call is made with NumPy on "
                "what self.empty, the weights and x lead to\ntake replayable = True out of the class, or draw random "
                "numbers by self.draw and keep nothing from step to step"
            )
    return None


#: In this order: the first that fails is shown, so what others build on comes first.
LAYER_CHECKS: tuple[Named[LayerCase], ...] = (
    Named(
        "shapes",
        "forward and backward return arrays of the promised shapes, and every gradient is written",
        shapes,
    ),
    Named("one row", "a batch may have one row", one_row),
    Named("arguments kept", "x, dy and the parameters stay as they are", arguments_kept),
    Named("results kept", "an array that was returned is not overwritten by a later call", results_kept),
    Named("random numbers", "the same seed gives the same numbers", random_numbers),
    Named("repeatable", "the same call gives the same answer, whatever came before", repeatable),
    Named("gradient", "backward is the derivative of forward", gradient),
    Named("training gradient", "backward is the derivative of forward in training", training_gradient),
    Named("kinks", "backward is the derivative where inputs are zero, or a subgradient at a kink", kinks),
    Named("linear", "backward is linear in dy", linear),
    Named("rows", "a batch is its rows, one by one", rows),
    Named("modes", "training and inference give one result, unless declared otherwise", modes),
    Named("memory", "the layout of memory does not matter", memory),
    Named("float32", "float32 in, float32 out, and near float64", single_precision),
    Named("fractions", "fractions in, fractions out, where that is declared", fractions),
    Named("weights", "set_weights and get_weights are inverse, and a wrong set changes nothing", weights),
    Named("config", "from_config(get_config()) is an equal layer", config),
    Named("copies", "copies and pickles give the same answers and train by themselves", copies),
    Named("inference", "infer gives what forward gives, and leaves no trace", inference),
    Named("recorded", "a training step from memory is the plain one, where that is declared", recorded),
    Named("threads", "prediction is right from many threads at once", threads),
    Named("finite", "finite input gives finite results without warnings", finite),
)
