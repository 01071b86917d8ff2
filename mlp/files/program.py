"""What a network computes when it predicts: the layers that do something, one after another, and who takes what from whom.

Networks inside of networks, residual connections and further calls of a layer are laid open, and layers that do nothing
outside of training are left out; what remains can be written down in any language, one rule for each class of layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mlp.errors import ArgumentError
from mlp.layers import (
    ActivityRegularization,
    Add,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    Identity,
    InputLayer,
    Residual,
)
from mlp.layers.again import own_layer
from mlp.layers.base import Layer
from mlp.layers.composite import Composite
from mlp.network import Network

__all__ = ["Program", "Step", "program_of"]

#: What hands on its input.  Exact classes: a subclass of one's own may do anything.
IDLE_ALWAYS = {ActivityRegularization, Identity, InputLayer}

#: What does so when it predicts, and something else in training.
IN_TRAINING_ALONE = {AlphaDropout, Dropout, GaussianDropout, GaussianNoise}

IDLE = IDLE_ALWAYS | IN_TRAINING_ALONE


@dataclass(frozen=True)
class Step:
    """``layer`` takes the values with the numbers ``takes`` and makes the one with the number ``makes``."""

    layer: Layer
    takes: tuple[int, ...]
    makes: int


@dataclass
class Program:
    """The steps of a prediction.

    Attributes
    ----------
    inputs, outputs : list of int
        The numbers of the values that come in and go out.
    steps : list of Step
        In an order in which they can be made.  Each layer is of a class that is no composite, or of one's own.
    shapes : list of tuple of int
        The shape of a row of each value.
    """

    inputs: list[int] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    shapes: list[tuple[int, ...]] = field(default_factory=list)

    def new_value(self, shape: tuple[int, ...]) -> int:
        """The number of one more value."""
        self.shapes.append(shape)
        return len(self.shapes) - 1

    def step(self, layer: Layer, takes: Sequence[int], shape: tuple[int, ...]) -> int:
        """One more step; the number of what it makes."""
        made = self.new_value(shape)
        self.steps.append(Step(layer, tuple(takes), made))
        return made


def program_of(network: Network, training: bool = False) -> Program:
    """The steps by which a network predicts.

    Parameters
    ----------
    network : Network
        The network.
    training : bool, default False
        Keep the layers that do something in training alone, such as `Dropout`.

    Raises
    ------
    ArgumentError
        If the network has no layers, or one of them is a composite of one's own.

    Examples
    --------
    >>> from mlp.layers import Dense, Dropout
    >>> program = program_of(Network([Dense(3, input_dim=2), Dropout(0.5), Dense(1)]))
    >>> [(step.layer.name, step.takes, step.makes) for step in program.steps]
    [('dense', (0,), 1), ('dense_1', (1,), 2)]
    >>> program.inputs, program.outputs, program.shapes
    ([0], [2], [(2,), (3,), (1,)])
    """
    if not network.layers:
        raise ArgumentError("the network has no layers, so there is nothing to write down")
    shapes: Any = network._built_shapes()[0]
    program = Program()
    program.inputs = [program.new_value(shape) for shape in (shapes if network.takes_several else [shapes])]
    program.outputs = _run(program, network, program.inputs, IDLE_ALWAYS if training else IDLE)
    return program


def _run(program: Program, called: Layer, taken: list[int], idle: set[type]) -> list[int]:
    """Add the steps of one call of a layer; the numbers of what it makes."""
    layer = own_layer(called)
    if type(layer) in idle:
        return taken
    if type(layer) is Residual:
        inner = _run(program, layer.inner, taken, idle)
        return [program.step(Add(), [*taken, *inner], program.shapes[taken[0]])]
    if isinstance(layer, Network) and type(layer).forward is Network.forward:
        return _run_network(program, layer, taken, idle)
    if isinstance(layer, Composite) or layer.n_outputs > 1:
        raise ArgumentError(f"{layer._label}what this class computes cannot be written down")
    return [program.step(layer, taken, called.output_shapes[0])]


def _run_network(program: Program, network: Network, taken: list[int], idle: set[type]) -> list[int]:
    graph = network._graph
    if graph is None:
        for layer in network._layers:
            taken = _run(program, layer, taken, idle)
        return taken
    numbers = dict(zip(graph.inputs, taken, strict=True))
    for step in graph.steps:
        made = _run(program, network._layers[step.layer], [numbers[value] for value in step.takes], idle)
        numbers.update(zip(step.makes, made, strict=True))
    return [numbers[value] for value in graph.outputs]
