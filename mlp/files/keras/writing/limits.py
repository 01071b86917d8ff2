"""What Keras has by name, but cannot run or computes otherwise: a wrong number is worse than no file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlp.activations import Sparsemax
from mlp.errors import ArgumentError
from mlp.layers import CategoryEncoding, Dense, Discretization, RMSNormalization
from mlp.layers.axes import row_axes
from mlp.layers.base import Layer

__all__ = ["require_same_in_keras"]


def require_same_in_keras(layer: Layer) -> None:
    """Refuse a layer that would compute something else in Keras than here.

    Raises
    ------
    ArgumentError
        If it is one of these.
    """
    why = JUDGES[type(layer)](layer) if type(layer) in JUDGES else None
    if isinstance(getattr(layer, "activation", None), Sparsemax):
        why = "Keras's sparsemax gives rows that do not sum to 1: use softmax, or"
    if why is not None:
        raise ArgumentError(f"{layer._label}{why} save as .npz")


def _dense(layer: Any) -> str | None:
    if not layer.activation.changes_shape:
        return None
    return f"a Dense layer of Keras takes no activation that changes the shape: put {layer.activation!r} into Activation, or"


def _encoding(layer: Any) -> str | None:
    if layer.output_mode not in ("multi_hot", "count") or len(layer._built_shapes()[0]) == 1:
        return None
    return f"in Keras output_mode={layer.output_mode!r} takes numbers along axis 1 together, here along the last:"


def _scaled(layer: Any) -> str | None:
    shape = layer._built_shapes()[0]
    axes = row_axes("axis", layer.axis, shape)
    if axes == tuple(range(len(shape) + 1 - len(axes), len(shape) + 1)):
        return None
    return f"Keras runs RMSNormalization along the last axes alone, not along {layer.axis}:"


JUDGES: dict[type[Layer], Callable[[Any], str | None]] = {
    CategoryEncoding: _encoding,
    Dense: _dense,
    Discretization: _encoding,
    RMSNormalization: _scaled,
}
