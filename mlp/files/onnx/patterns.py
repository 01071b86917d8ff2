"""How layers without an operator of their own are written by this library and others: what the reader looks for.

Activations are in `mlp.files.onnx.activations`.  Here are layers that have weights or change shapes; each expression comes with
a function that makes a call of a layer from what was found for its blanks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mlp.errors import ModelFileError
from mlp.files.onnx.assembly import Assembly, Value
from mlp.files.onnx.terms import Blank, Term, Variable, X, Y, op

__all__ = ["PATTERNS", "PRODUCTS_OF_TWO"]

Found = dict[str, Any]
Make = Callable[[Assembly, Value, Found], Value]


def _weight(name: str) -> Blank:
    return Blank(name, is_array=True)


_EPSILON = Blank("epsilon")
_AXES = Blank("axis")


def _scaled(z: Any, gamma: str = "gamma") -> Iterator[Term]:
    """``gamma z + beta``, with both, one or none of them."""
    yield z * _weight(gamma) + _weight("beta")
    yield z * _weight(gamma)
    yield z + _weight("beta")
    yield z


def _batch_normalization(assembly: Assembly, x: Value, found: Found) -> Value:
    mean = found["mean"]
    axis = _only_axis(mean.shape, x)
    names = [name for name in ("gamma", "beta", "mean", "variance") if name in found]
    weights = [found[name].reshape(-1) for name in names]
    if axis is None or any(weight.shape != weights[0].shape for weight in weights):
        raise ModelFileError(f"a batch normalization of rows {x.shape} has a mean of shape {mean.shape}")
    config = {"axis": axis, "epsilon": found["epsilon"], "scale": "gamma" in found, "center": "beta" in found}
    return assembly.call("BatchNormalization", config, [x], x.shape, weights)


def _only_axis(shape: tuple[int, ...], x: Value) -> int | None:
    """The axis along which a constant differs, and as long as that of the rows."""
    sizes = (1,) * (len(x.shape) + 1 - len(shape)) + shape
    axes = [axis for axis, size in enumerate(sizes) if size != 1]
    if len(sizes) != len(x.shape) + 1 or len(axes) > 1 or 0 in axes:
        return None
    axis = axes[0] if axes else len(x.shape)
    return axis if x.shape[axis - 1] == sizes[axis] else None


def _row_normalization(cls: str, names: tuple[str, ...]) -> Make:
    def make(assembly: Assembly, x: Value, found: Found) -> Value:
        axes = sorted(axis % (len(x.shape) + 1) for axis in _listed(found["axis"]))
        shape = tuple(x.shape[axis - 1] for axis in axes)
        weights = []
        for name in names:
            if name in found:
                if found[name].size != np.prod(shape):
                    raise ModelFileError(
                        f"a {cls} of rows {x.shape} has a {name} of shape {found[name].shape}"
                    )
                weights.append(found[name].reshape(shape))
        config: dict[str, Any] = {"axis": axes[0] if len(axes) == 1 else axes, "epsilon": found["epsilon"]}
        if cls == "LayerNormalization":
            config |= {"scale": "gamma" in found, "center": "beta" in found}
        elif not weights:
            weights = [np.ones(shape, np.float32)]
        return assembly.call(cls, config, [x], x.shape, weights)

    return make


def _listed(axes: Any) -> list[int]:
    return [int(axis) for axis in (axes if isinstance(axes, list | tuple) else [axes])]


def _unit_normalization(assembly: Assembly, x: Value, found: Found) -> Value:
    axes = _listed(found["axis"])
    if "shape" in found and tuple(found["shape"].ravel()[1:]) != x.shape:
        raise ModelFileError(f"the lengths of rows {x.shape} are stretched to {found['shape']}")
    return assembly.call("UnitNormalization", {"axis": axes[0] if len(axes) == 1 else axes}, [x], x.shape)


def _normalization(assembly: Assembly, x: Value, found: Found) -> Value:
    mean, deviation = found["mean"], found["deviation"]
    sizes = (1,) * (len(x.shape) - mean.ndim) + mean.shape[-len(x.shape) :]
    axes = [axis for axis, size in enumerate(sizes, 1) if size != 1]
    if (
        mean.shape != deviation.shape
        or (deviation < 1e-7).any()
        or not mean.ndim
        or len(sizes) != len(x.shape)
    ):
        shifted = assembly.affine(x, None, -mean)
        return assembly.affine(shifted, 1.0 / deviation, None)
    shape = tuple(x.shape[axis - 1] for axis in axes)
    weights = [mean.reshape(shape), np.square(deviation).reshape(shape), np.zeros((), deviation.dtype)]
    return assembly.call(
        "Normalization", {"axis": axes[0] if len(axes) == 1 else axes or None}, [x], x.shape, weights
    )


def _repeated(assembly: Assembly, x: Value, found: Found) -> Value:
    counts = [int(count) for count in found["counts"].ravel()]
    if (
        len(x.shape) != 1
        or len(counts) != 3
        or counts[0] not in (0, 1)
        or counts[2] not in (1, x.shape[0])
        or counts[1] < 1
    ):
        raise ModelFileError(f"rows {x.shape} are repeated {counts} times, which no layer does")
    return assembly.call("RepeatVector", {"n": counts[1]}, [x], (counts[1], *x.shape))


def _discretization(assembly: Assembly, x: Value, found: Found) -> Value:
    boundaries = found["boundaries"].ravel().tolist()
    return assembly.call("Discretization", {"bin_boundaries": boundaries}, [x], x.shape)


def _categories(mode: str) -> Make:
    def make(assembly: Assembly, x: Value, found: Found) -> Value:
        tokens = found["tokens"]
        if tokens.ndim != 1 or not np.array_equal(tokens, np.arange(tokens.size)):
            raise ModelFileError("numbers of things are compared with others than 0, 1, 2, ...")
        if mode == "one_hot alone" and x.shape[-1] != 1:
            raise ModelFileError(
                f"rows {x.shape} are compared with {tokens.size} numbers, which no layer does"
            )
        keeps = mode == "one_hot" and x.shape[-1] != 1
        shape = (*(x.shape if keeps else x.shape[:-1]), tokens.size)
        config = {"num_tokens": tokens.size, "output_mode": mode.partition(" ")[0]}
        made = assembly.call("CategoryEncoding", config, [x], shape)
        # A row of one number has an axis of size 1 more in ONNX, where nobody has taken it away.
        return assembly.reshaped(made, (*x.shape, tokens.size)) if mode == "one_hot" and not keeps else made

    return make


def _dot(axis: int, normalize: bool) -> Any:
    """``axis`` is the one of the second value that is summed over."""

    def make(assembly: Assembly, x: Value, found: Found, y: Value) -> Value:
        if len(x.shape) != 2 or len(y.shape) != 2 or x.shape[1] != y.shape[axis - 1]:
            raise ModelFileError(f"rows {x.shape} and {y.shape} are multiplied, which no layer does")
        config = {"axes": [2, axis], "normalize": normalize}
        return assembly.call("Dot", config, [x, y], (x.shape[0], y.shape[2 - axis]))

    return make


def _unit(x: Variable, axis: int) -> Term:
    return x / op("Sqrt", op("Max", op("ReduceSum", x * x, axes=[axis], keepdims=1), 1e-12))


_D = X - op("ReduceMean", X, axes=_AXES, keepdims=1)
_BY_DEVIATION = _D / op("Sqrt", op("ReduceMean", _D * _D, axes=_AXES, keepdims=1) + _EPSILON)
_BY_ROOT = X / op("Sqrt", op("ReduceMean", X * X, axes=_AXES, keepdims=1) + _EPSILON)
_LENGTH = op("Max", op("Sqrt", op("ReduceSum", X * X, axes=_AXES, keepdims=1)), 1e-12)
# PyTorch stretches the length to the shape of the rows before it divides.
_BY_LENGTH = (
    X / _LENGTH,
    X / op("Expand", _LENGTH, op("Shape", X)),
    X / op("Expand", _LENGTH, _weight("shape")),
)
# TensorFlow's form; the two differ for vectors that are shorter than 1e-6.
_BY_ROOT_OF_SQUARE = X / op("Sqrt", op("Max", op("ReduceSum", X * X, axes=_AXES, keepdims=1), 1e-12))
_BY_MOVING = (X - _weight("mean")) / op("Sqrt", _weight("variance") + _EPSILON)
_COLUMN = op("Unsqueeze", X, axes=[-1])
_REACHED = op("Where", op("GreaterOrEqual", _COLUMN, _weight("boundaries")), 1.0, 0.0)
_HOT = op("Where", op("Equal", _COLUMN, _weight("tokens")), 1.0, 0.0)
_HOT_ALONE = op("Where", op("Equal", X, _weight("tokens")), 1.0, 0.0)

#: Products of two values: of vectors of length 1, or of whatever comes.
PRODUCTS_OF_TWO = (
    (op("MatMul", _unit(X, -1), _unit(Y, 1)), _dot(1, normalize=True)),
    (op("MatMul", X, op("Transpose", Y, perm=[0, 2, 1])), _dot(2, normalize=False)),
)

#: Those that contain others stand in front of them.
PATTERNS: tuple[tuple[Any, Make], ...] = (
    *((term, _batch_normalization) for term in _scaled(_BY_MOVING)),
    *((term, _row_normalization("LayerNormalization", ("gamma", "beta"))) for term in _scaled(_BY_DEVIATION)),
    (_BY_ROOT * _weight("scale"), _row_normalization("RMSNormalization", ("scale",))),
    (_BY_ROOT, _row_normalization("RMSNormalization", ("scale",))),
    *((term, _unit_normalization) for term in _BY_LENGTH),
    (_BY_ROOT_OF_SQUARE, _unit_normalization),
    ((X - _weight("mean")) / _weight("deviation"), _normalization),
    (op("ReduceSum", _REACHED, axes=[-1], keepdims=0), _discretization),
    (op("ReduceSum", _HOT, axes=[-2], keepdims=0), _categories("count")),
    (op("ReduceMax", _HOT, axes=[-2], keepdims=0), _categories("multi_hot")),
    (_HOT, _categories("one_hot")),
    (_HOT_ALONE, _categories("one_hot alone")),
    (op("Tile", op("Unsqueeze", X, axes=[1]), _weight("counts")), _repeated),
    (op("Expand", op("Unsqueeze", X, axes=[1]), _weight("counts")), _repeated),
)
