"""The steps of a prediction with names for everything: what the rules of all targets are given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.files.program import Program, program_of
from mlp.files.source.names import harmless
from mlp.layers.base import Layer, shape_text

__all__ = ["Arguments", "Outline", "Place", "Rules", "expression", "numbered", "outlets", "outline"]

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Place:
    """A step: what a rule is given.

    Attributes
    ----------
    layer : Layer
        What is to be written down.
    number : int
        The step's number, the first being 1.
    x, shapes : tuple
        The names of what the layer takes, and the shapes of their rows.
    y, shape : str and tuple of int
        The same of what it makes.
    dtype : str
        The network's type of numbers.
    owner : int
        The number of the step whose constants these are: the first one of the same layer.
    constants : dict of str to ndarray
        The arrays of all steps.
    sizes : dict of str to int
        How many numbers each value of all steps has that the prediction does not give or get.
    """

    layer: Any
    number: int
    x: tuple[str, ...]
    shapes: tuple[Shape, ...]
    y: str
    shape: Shape
    dtype: str
    owner: int
    constants: dict[str, Array]
    sizes: dict[str, int]

    def constant(self, name: str, array: Array) -> str:
        """The name of an array that the file is to hold."""
        full = f"{name}_{self.owner}"
        self.constants[full] = array
        return full

    def memory(self, name: str, size: int) -> str:
        """The name of an array that the step itself needs, for targets that must be told of it."""
        self.sizes[name] = size
        return name

    @property
    def comment(self) -> str:
        """What the step is."""
        name = f"{harmless(self.layer.name)}: " if self.layer.name else ""
        taken = ", ".join(map(shape_text, self.shapes))
        return f"{name}{type(self.layer).__name__}, {taken} -> {shape_text(self.shape)}"

    def refuse(self, why: str) -> ArgumentError:
        """The error for what a target has no words for."""
        return ArgumentError(f"{self.layer._label}{why}")


Rules = Mapping[type[Layer], Callable[[Place], Iterable[str]]]


@dataclass
class Outline:
    """A network's prediction, written down step by step.

    Attributes
    ----------
    program : Program
        The steps.
    dtype : str
        The network's type of numbers.
    names : dict of int to str
        The name of each value.
    steps : list of (str, list of str)
        What each step is, and its lines.
    constants : dict of str to ndarray
        The arrays that the lines name.
    sizes : dict of str to int
        How many numbers of a row there are in each value on the way.
    """

    program: Program
    dtype: str
    names: dict[int, str]
    steps: list[tuple[str, list[str]]] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def inputs(self) -> list[tuple[str, Shape]]:
        """Names of the inputs, and the shapes of their rows."""
        return [(self.names[i], self.program.shapes[i]) for i in self.program.inputs]

    @property
    def outputs(self) -> list[tuple[str, Shape]]:
        """The same of the outputs."""
        return [(self.names[i], self.program.shapes[i]) for i in self.program.outputs]


def numbered(name: str, count: int) -> list[str]:
    """``["x"]``, or ``["x_1", "x_2"]``.

    Examples
    --------
    >>> numbered("x", 1), numbered("x", 2)
    (['x'], ['x_1', 'x_2'])
    """
    return [name] if count == 1 else [f"{name}_{i}" for i in range(1, count + 1)]


def outlets(count: int) -> list[str]:
    """Names for outputs that no step has.

    Examples
    --------
    >>> outlets(1), outlets(2)
    (['y'], ['out_1', 'out_2'])
    """
    return ["y"] if count == 1 else numbered("out", count)


def outline(network: Any, rules: Rules, language: str, with_outlets: bool = False) -> Outline:
    """Write down the steps by which a network predicts.

    Parameters
    ----------
    network : Network
        The network.
    rules : mapping of classes to functions
        The lines for a step, by the class of its layer.
    language : str
        What is written, for messages.
    with_outlets : bool, default False
        Whether the outputs have memory that the caller brings: then they are called as `outlets` says.

    Raises
    ------
    ArgumentError
        If there is no rule for a layer.
    """
    program = program_of(network)
    names = dict(zip(program.inputs, numbered("x", len(program.inputs)), strict=True))
    if with_outlets:
        for value, name in zip(program.outputs, outlets(len(program.outputs)), strict=True):
            names.setdefault(value, name)
    result = Outline(program, str(network.dtype), names)
    owners: dict[tuple[int, tuple[Shape, ...]], int] = {}
    for number, step in enumerate(program.steps, start=1):
        layer = step.layer
        if type(layer) not in rules or "forward" in vars(layer):
            raise ArgumentError(f"{layer._label}there is no way to write down this class as {language}")
        shapes = tuple(program.shapes[i] for i in step.takes)
        place = Place(
            layer=layer,
            number=number,
            x=tuple(names[i] for i in step.takes),
            shapes=shapes,
            y=names.setdefault(step.makes, f"y_{number}"),
            shape=program.shapes[step.makes],
            dtype=result.dtype,
            owner=owners.setdefault((id(layer), shapes), number),
            constants=result.constants,
            sizes=result.sizes,
        )
        if place.y == f"y_{number}":
            place.memory(place.y, math.prod(place.shape))
        result.steps.append((place.comment, list(rules[type(layer)](place))))
    return result


def expression(table: Mapping[type, Any], f: Any, place: Place, language: str) -> Any:
    """The row of a table for an activation: itself, or what it gives for this one where it is a function.

    Raises
    ------
    ArgumentError
        If there is none.
    """
    if type(f) not in table or "forward" in vars(f):
        raise place.refuse(f"there is no way to write down the activation {type(f).__name__} as {language}")
    row = table[type(f)]
    return row(f) if callable(row) else cast("str", row)


class Arguments(dict[str, str]):
    """What stands in the braces of such a row: what is given, and what the activation has under that name.

    Parameters
    ----------
    f : Activation
        The activation.
    spell : function
        How the target writes a value.
    **given : str
        What is known by another name.
    """

    def __init__(self, f: Any, spell: Callable[[Any], str], **given: str) -> None:
        super().__init__(given)
        self._f, self._spell = f, spell

    def __missing__(self, name: str) -> str:
        return self._spell(getattr(self._f, name))
