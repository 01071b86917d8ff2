"""Arithmetic on symbolic values, ``x + y`` or ``2 * x``, which Keras 3 keeps as operations between the layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlp.errors import ModelFileError
from mlp.files.keras.reading.graph import Call
from mlp.files.keras.reading.objects import class_of

__all__ = ["is_operation", "layer_of_operation"]

#: Operations on two values, and the layers that do the same.
MERGES = ("Add", "Subtract", "Multiply", "Maximum", "Minimum")

SCALINGS = ("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Negative")


def is_operation(described: Any) -> bool:
    """Whether an entry among the layers of a network is an operation, and no layer."""
    module = described.get("module") if isinstance(described, Mapping) else None
    return isinstance(module, str) and ".ops" in f".{module}"


def layer_of_operation(described: Any, name: str, calls: list[Call]) -> dict[str, Any]:
    """The layer that does the same.

    Raises
    ------
    ModelFileError
        If there is none.
    """
    what = f"operation {name!r}"
    kind, _ = class_of(described, what, {*MERGES, *SCALINGS})
    if len(calls) != 1 or calls[0].others:
        raise ModelFileError(f"{what} ({kind}) is called otherwise than once and on values alone")
    arguments = [_shape_or_number(argument, what) for argument in calls[0].arguments]
    shapes = [argument for argument in arguments if isinstance(argument, list)]
    if len(arguments) == len(shapes) == 2 and len(shapes[0]) == len(shapes[1]) and kind in MERGES:
        return {"class_name": kind, "config": {"name": name}}
    if len(shapes) == 1 and (scaling := _scaling(kind, arguments)) is not None:
        scale, offset = scaling
        return {"class_name": "Rescaling", "config": {"scale": scale, "offset": offset, "name": name}}
    raise ModelFileError(f"{what} ({kind}) takes what there is no layer for here")


def _scaling(kind: str, arguments: list[Any]) -> tuple[float, float] | None:
    """Factor and summand of an operation on one value and at most one number."""
    if len(arguments) == 1:
        return (-1.0, 0.0) if kind == "Negative" else None
    first = isinstance(arguments[0], list)
    number = arguments[1] if first else arguments[0]
    if kind == "Add":
        return 1.0, number
    if kind == "Multiply":
        return number, 0.0
    if kind == "Subtract":
        return (1.0, -number) if first else (-1.0, number)
    if kind in ("Divide", "TrueDivide") and first and number:
        return 1 / number, 0.0
    return None


def _shape_or_number(argument: Any, what: str) -> Any:
    """The shape of a symbolic value, or the number."""
    if isinstance(argument, dict) and argument.get("class_name") == "__keras_tensor__":
        return list(argument["config"]["shape"])
    if isinstance(argument, int | float) and not isinstance(argument, bool):
        return float(argument)
    raise ModelFileError(
        f"{what} takes {argument!r:.60}, which is neither a value of the network nor a number"
    )
