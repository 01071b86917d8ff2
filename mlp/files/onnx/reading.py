"""From an ONNX graph to the description of a network.

Three passes over the nodes: forwards, to compute what is constant; backwards from the outputs, to find expressions that are one
layer, and which values these take; forwards again, to put layers together with the shapes of their rows.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp.activations import Softmax
from mlp.arrays import Array
from mlp.errors import MLPError, ModelFileError
from mlp.files.description import Description
from mlp.files.onnx.activations import ROWS, Row, parts
from mlp.files.onnx.assembly import Assembly, Value
from mlp.files.onnx.folding import CASTS, MOVES, Budget, folded, shape_of
from mlp.files.onnx.matching import Matcher
from mlp.files.onnx.model import Model, Node, Port
from mlp.files.onnx.operators import COMPARISONS, OPERATORS, normal_form
from mlp.files.onnx.patterns import PATTERNS, PRODUCTS_OF_TWO
from mlp.files.onnx.rules import RULES, Taken, clipped
from mlp.files.onnx.terms import Term

__all__ = ["description_of"]

FLOATS, DOUBLE = (1, 10, 11, 16), 11

#: So that ``x / 6 + 1 / 2`` between 0 and 1 is taken for a hard sigmoid, and not for a bound of something else.
MOST_SPECIFIC_FIRST = sorted(
    (row for row in ROWS if isinstance(row.term, Term)), key=lambda row: -sum(1 for _ in parts(row.term))
)


@dataclass
class Finding:
    """A value is an expression: what stands for its variables and blanks, and what makes layers of that."""

    found: dict[str, Any]
    make: Callable[..., Value]

    @property
    def takes(self) -> list[str]:
        """The values of which it is an expression."""
        return [self.found[name] for name in ("x", "y") if name in self.found]


def description_of(model: Model, limit: int) -> Description:
    """The description of the network that a graph is.

    Parameters
    ----------
    model : Model
        The graph.
    limit : int
        How many bytes of constants may be computed.

    Raises
    ------
    ModelFileError
        If it is none of this library's networks; the message names the node.
    """
    return _Reading(model, Budget(limit)).description()


class _Reading:
    def __init__(self, model: Model, budget: Budget) -> None:
        self.model, self.budget = model, budget
        self.constants = dict(model.constants)
        #: What depends on the number of rows, which stands as 0 in it.
        self.counting: set[str] = set()
        #: Other names of values, of what does nothing.
        self.alias: dict[str, str] = {}
        self.makers: dict[str, Node] = {}
        self.nodes = [self._prepared(node) for node in model.nodes]
        self.matcher = Matcher(self.makers, self.constants)
        self.notes: list[str] = []
        self.values: dict[str, Value] = {}
        self.assembly = Assembly(has_scopes=model.producer == "mlp")

    def description(self) -> Description:
        outputs = self._outputs()
        self.uses = Counter(outputs)
        self.found: dict[str, Finding] = {}
        self._search(set(outputs))
        self._take_in()
        for node in self.nodes:
            if any(name in self.uses and name not in self.constants for name in node.outputs):
                self._run(node)
        made = [self._value(name) for name in outputs]
        doubles = [port.kind == DOUBLE for port in self.model.inputs]
        architecture, weights, names = self.assembly.architecture(made, "float32")
        if any(doubles) or any(weight.dtype == np.float64 for weight in weights):
            architecture["config"]["dtype"] = "float64"
        origin = f"{self.model.producer} {self.model.version}".strip()
        return Description(
            architecture, weights, names, origin=f"ONNX of {origin or 'unknown origin'}", notes=self.notes
        )

    # First pass: constants

    def _prepared(self, node: Node) -> Node:
        node.inputs = [self.alias.get(name, name) for name in node.inputs]
        node = normal_form(node, self.model.opset, self.constants)
        for name in filter(None, node.outputs):
            self.makers[name] = node
        arrays = [self.constants.get(name) for name in node.inputs]
        if node.outputs and node.operator in OPERATORS and all(array is not None for array in arrays):
            made = folded(node, [array for array in arrays if array is not None], self.budget)
            if made is not None:
                self.constants[node.outputs[0]] = made
        elif self._does_nothing(node):
            self.alias[node.outputs[0]] = node.inputs[0]
        return node

    def _does_nothing(self, node: Node) -> bool:
        if node.operator == "Cast":
            asked = self.makers.get(node.inputs[0])
            dtype = CASTS.get(node.attributes["to"])
            if dtype is not None and dtype.kind == "b":
                return asked is not None and asked.operator in COMPARISONS
            return dtype is not None and dtype.kind == "f" and (
                asked is None or asked.operator not in ("Cast", "Not", *COMPARISONS)
            )  # fmt: skip
        return node.operator == "Identity" or (node.operator == "Dropout" and len(node.inputs) < 3)

    # Second pass: what is needed, and what it is

    def _outputs(self) -> list[str]:
        """The names of the values that go out, without labels."""
        kept = []
        for port in self.model.outputs:
            name = self.alias.get(port.name, port.name)
            node = self.makers.get(name)
            if node is not None and node.operator == "ZipMap":
                self.notes.append(
                    f"output {port.name!r} is read as an array, not as tables with the classes as keys"
                )
                name = self.alias.get(node.inputs[0], node.inputs[0])
            elif port.kind not in (*FLOATS, None, 0) or (
                port.kind is None and port.shape is None and node is None
            ):
                self.notes.append(
                    f"output {port.name!r} is left out: labels can be had from the probabilities"
                )
                continue
            kept.append(name)
        if not kept:
            raise ModelFileError("no output is of real numbers: a network gives numbers, not labels")
        return kept

    def _search(self, needed: set[str]) -> None:
        for node in reversed(self.nodes):
            for name in node.outputs:
                if name not in needed or name in self.constants:
                    continue
                finding = self._finding(name)
                if finding is not None:
                    self.found[name] = finding
                taken = node.inputs if finding is None else finding.takes
                for one in taken:
                    if one and one not in self.constants:
                        needed.add(one)
                        self.uses[one] += 1

    def _finding(self, name: str) -> Finding | None:
        for term, make in (*PRODUCTS_OF_TWO, *PATTERNS):
            if self.matcher.could(term, name) and (found := self.matcher.match(term, name)):
                return Finding(found, make)
        for row in MOST_SPECIFIC_FIRST:
            if self.matcher.could(row.term, name) and (found := self.matcher.match(row.term, name)):
                return Finding(found, functools.partial(_activated, row))
        bounds = self.matcher.bounds_of(name)
        if bounds is not None and isinstance(bounds[0], str):
            x, low, high = bounds
            return Finding({"x": x}, lambda assembly, x, found: clipped(assembly, x, low, high))
        return None

    # Third pass: layers

    def _take_in(self) -> None:
        for port in self.model.inputs:
            if port.name not in self.uses:
                self.notes.append(f"input {port.name!r} is left out: nothing that is read depends on it")
                continue
            value = Value(_row_shape(port), is_whole=port.kind not in FLOATS)
            self.assembly.inputs.append((port.name, value))
            self.values[port.name] = value

    def _run(self, node: Node) -> None:
        """Make layers of a node, or fold it, if it is about shapes."""
        name = node.outputs[0]
        if name not in self.uses:
            raise ModelFileError(f"{node}: its further outputs are not read here")
        self.assembly.scope = node.name.rpartition("/")[0] if self.assembly.has_scopes else ""
        try:
            self._understand(node, name)
        except ModelFileError as error:
            raise type(error)(str(error) if str(node) in str(error) else f"{node}: {error}") from None
        except (
            MLPError,
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            OverflowError,
            ArithmeticError,
        ) as error:
            raise ModelFileError(f"{node} cannot be read: {error}") from error
        if name in self.values:
            self.values[name].is_shared = self.uses[name] > 1

    def _understand(self, node: Node, name: str) -> None:
        if name in self.found:
            self.values[name] = self._expression(self.found[name])
            return
        operands = [self._operand(one) for one in node.inputs]
        if node.operator == "Shape" and isinstance(operands[0], Value):
            self.constants[name] = shape_of(node, (0, *operands[0].shape))
            self.counting.add(name)
        elif operands and all(isinstance(operand, np.ndarray) for operand in operands):
            self._fold(node, operands)
        elif node.operator in RULES:
            self.values[name] = RULES[node.operator](self.assembly, Taken(node, operands))
        else:
            raise ModelFileError(f"{node}: this operator is none that is read here")

    def _expression(self, finding: Finding) -> Value:
        x, *others = (self._value(name) for name in finding.takes)
        blanks = {name: value for name, value in finding.found.items() if name not in ("x", "y")}
        return finding.make(self.assembly, x, blanks, *others)

    def _fold(self, node: Node, operands: list[Any]) -> None:
        """What a node makes of shapes: the number of rows may be moved, but nothing is computed with it."""
        name = node.outputs[0]
        made = folded(node, operands, self.budget) if node.operator in MOVES else None
        if made is None:
            raise ModelFileError(f"{node} computes with the number of rows, or is none that is read here")
        self.constants[name] = made

    def _operand(self, name: str) -> Value | Array | None:
        if not name:
            return None
        found = self.values.get(name)
        return self.constants.get(name) if found is None else found

    def _value(self, name: str) -> Value:
        value = self.values.get(name)
        if value is None:
            raise ModelFileError(f"{name!r} does not depend on the rows, or is none that is read here")
        return value


def _row_shape(port: Port) -> tuple[int, ...]:
    if (
        port.shape is None
        or len(port.shape) < 2
        or not all(size is not None and size > 0 for size in port.shape[1:])
    ):
        raise ModelFileError(
            f"input {port.name!r} must have the shape (n, ...) with all sizes but n, got {port.shape}: export it with the "
            "sizes of its rows"
        )
    if port.kind not in CASTS:
        raise ModelFileError(f"input {port.name!r} is not of numbers")
    return tuple(int(size) for size in port.shape[1:] if size is not None)


def _activated(row: Row, assembly: Assembly, x: Value, found: dict[str, Any]) -> Value:
    """An activation of the table with the arguments that were found."""
    n = len(x.shape) + 1
    size = found.pop("size", None)
    axis = found.get("axis")
    if isinstance(axis, tuple) and len(axis) == 1:
        found["axis"] = axis = axis[0]
    if isinstance(axis, int) and axis % n == n - 1:
        found["axis"] = axis = -1
    if size is not None and (not isinstance(axis, int) or ((0, *x.shape)[axis]) != size):
        raise ModelFileError(f"rows {x.shape} are sorted, but only {size} of them, which no activation does")
    activation = row.cls(**{**row.given, **found})
    if isinstance(activation, Softmax) and activation.axis != -1:
        activation.output_shape(x.shape)
        return assembly.call("Softmax", {"axis": activation.axis}, [x], x.shape)
    return assembly.activation(activation.describe(), x, activation.output_shape(x.shape))
