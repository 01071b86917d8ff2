"""An ONNX graph while it is written: nodes and initializers with readable names, each constant once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.extras import needed
from mlp.files.onnx.terms import Blank, Term, X
from mlp.names import free

__all__ = ["Nodes"]

#: Attributes of older operators that are inputs of today's: where they stand, for the opset that is written.
AXES_AS_INPUT = ("ReduceSum", "Squeeze", "Unsqueeze")

#: What is computed at once where both sides are numbers.
FOLDED: dict[str, Callable[[Any, Any], Any]] = {
    "Add": lambda a, b: a + b,
    "Mul": lambda a, b: a * b,
    "Div": lambda a, b: a / b,
}


class Nodes:
    """Nodes and initializers, in the order in which they are added.

    Parameters
    ----------
    dtype : numpy.dtype
        Of all numbers that are not integers.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._onnx = needed("onnx", "onnx", "writing ONNX files")
        self.dtype = dtype
        self.nodes: list[Any] = []
        self.initializers: dict[str, Array] = {}
        #: What the names of new nodes begin with: the layer's name.
        self.scope = ""
        self._names: set[str] = set()
        self._constants: dict[Any, str] = {}

    def name(self, wanted: str) -> str:
        """A name that nothing else has."""
        name = free(wanted, self._names)
        self._names.add(name)
        return name

    def weight(self, layer: Any, name: str, value: Array | None = None) -> str:
        """A layer's weight, or what has been made of it, as an initializer."""
        key = (id(layer), name)
        if key not in self._constants:
            array = getattr(layer, name) if value is None else value
            self._constants[key] = self._initializer(f"{self.scope}/{name}", array.astype(self.dtype))
        return self._constants[key]

    def constant(self, value: Any) -> str:
        """A number, or an array or list of numbers: integers as int64, others in the network's type."""
        array = np.asarray(value)
        array = array.astype(np.int64 if array.dtype.kind in "iu" else self.dtype)
        key = (array.dtype, array.shape, array.tobytes())
        if key not in self._constants:
            wanted = f"{array.item():g}" if array.ndim == 0 else "constant"
            self._constants[key] = self._initializer(wanted, array)
        return self._constants[key]

    def _initializer(self, wanted: str, array: Array) -> str:
        name = self.name(wanted)
        self.initializers[name] = array
        return name

    def add(self, operator: str, *inputs: Any, **attributes: Any) -> str:
        """A node with one output; inputs are names of values, numbers, arrays, or None for one that is left out."""
        return self.add_several(operator, 1, inputs, attributes)[0]

    def add_several(
        self, operator: str, outputs: int, inputs: Sequence[Any], attributes: dict[str, Any]
    ) -> list[str]:
        """A node; the names of its outputs."""
        attributes = dict(attributes)
        listed = list(inputs)
        if operator in AXES_AS_INPUT:
            listed.append([int(axis) for axis in attributes.pop("axes")])
        named = [
            "" if value is None else value if isinstance(value, str) else self.constant(value)
            for value in listed
        ]
        while not named[-1]:
            named.pop()
        name = self.name(f"{self.scope}/{operator}")
        made = [name, *(self.name(name) for _ in range(outputs - 1))]
        self.nodes.append(self._onnx.helper.make_node(operator, named, made, name, **attributes))
        return made

    def term(self, term: Any, x: str, value_of: Callable[[str], Any]) -> str:
        """The nodes of an expression of ``x``; ``value_of`` fills blanks by their names."""
        done: dict[int, list[str]] = {}

        def filled(value: Any) -> Any:
            if isinstance(value, Blank):
                given = value_of(value.name)
                return -given if value.sign < 0 else given
            if isinstance(value, list | tuple):
                return [filled(one) for one in value]
            return value

        def put(part: Any) -> Any:
            if part is X:
                return x
            if not isinstance(part, Term):
                return filled(part)
            key = id(part.node)
            if key not in done:
                inputs = [put(one) for one in part.inputs]
                if part.operator in FOLDED and not any(isinstance(one, str) for one in inputs):
                    return FOLDED[part.operator](*inputs)
                attributes = {name: filled(value) for name, value in part.attributes.items()}
                done[key] = self.add_several(part.operator, part.outputs, inputs, attributes)
            return done[key][part.output]

        named: str = put(term)
        return named

    def rename(self, value: str, wanted: str) -> str:
        """Give a node's output another name, everywhere."""
        name = self.name(wanted)
        for node in self.nodes:
            for names in (node.input, node.output):
                for i, one in enumerate(names):
                    if one == value:
                        names[i] = name
        return name
