"""Whole networks, with weights that a person can reckon with."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import DTypeLike

from mlp import checks
from mlp import layers as layer_classes
from mlp.activations import Activation, Sigmoid
from mlp.errors import ArgumentError, MLPWarning
from mlp.layers import InputLayer, Layer
from mlp.losses import Loss
from mlp.network import Network
from mlp.optimizers import Optimizer
from mlp.passes import JOINED
from mlp.testing.strategies.objects import Only
from mlp.testing.strategies.objects import activations as activation_objects
from mlp.testing.strategies.objects import losses as loss_objects
from mlp.testing.strategies.objects import optimizers as optimizer_objects
from mlp.testing.strategies.stack import Place, Shapes, place, shapes, stacks
from mlp.testing.strategies.weights import weights_after

__all__ = ["assemble", "networks"]


def assemble(
    input_shape: tuple[int, ...],
    layers: Sequence[Layer],
    weights: Sequence[Any],
    dtype: DTypeLike = "float64",
    optimizer: Any = None,
    loss: Any = None,
) -> Network:
    """A network of these layers with these weights: what a failing example of `networks` is printed as.

    Parameters
    ----------
    input_shape : tuple of int
        The shape of one input row.
    layers : list of Layer
        The layers in order.
    weights : list of array_like
        As `Network.set_weights` takes them.
    dtype : {"float64", "float32"}
        The type of all numbers.
    optimizer, loss : str or object, optional
        What the network is compiled with, if there is a loss.

    Returns
    -------
    Network
        Its generator starts with 0.

    Raises
    ------
    MLPError
        As the constructor, ``set_weights`` and ``compile`` do.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> assemble((2,), [Dense(1)], [[[1.0], [2.0]], [0.5]])([[3.0, 4.0]])
    array([[11.5]])
    """
    net = Network([InputLayer(input_shape), *layers], dtype=dtype, rng=0)
    net.set_weights(weights)
    if loss is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MLPWarning)  # what is hardly meant is among what has to work
            net.compile(optimizer=optimizer or "sgd", loss=loss)
    return net


def networks(
    *,
    min_layers: int = 1,
    max_layers: int = 3,
    max_units: int = 4,
    input_shapes: Shapes = None,
    layers: Only = None,
    activations: Only = None,
    compiled: bool = False,
    losses: Only = None,
    optimizers: Only = None,
    dtype: Any = "float64",
    elements: st.SearchStrategy[float] | None = None,
) -> st.SearchStrategy[Network]:
    """Small networks; the simplest is one linear `Dense` of one unit, without bias, whose weight is 1.

    A failing example is printed as a call of `assemble`, which makes it again.

    Parameters
    ----------
    min_layers : int, default 1
        How many layers at least, not counting those inside of others.
    max_layers : int, default 3
        How many layers at most, counted likewise.
    max_units : int, default 4
        The largest number of units, of inputs too unless ``input_shapes`` is given.
    input_shapes : list of tuples or strategy of tuples, optional
        Shapes of one input row; small ones with one or two axes unless given.
    layers : name, class, object or strategy, or a list of these, optional
        The layers that may be drawn, also inside of others; every registered one unless given.  A layer that
        does not fit what comes from the one before is not drawn there.
    activations : name, class, object or strategy, or a list of these, optional
        The activations that may be drawn; every registered one unless given.
    compiled : bool, default False
        Compile with a loss and an optimizer.  For a cross-entropy of probabilities the network ends in sigmoid or
        softmax, whatever ``layers`` and ``activations`` say.
    losses, optimizers : name, class, object or strategy, or a list of these, optional
        What to compile with; every registered one unless given.
    dtype : {"float64", "float32"} or a strategy of these
        The type of all numbers.
    elements : strategy of floats, optional
        The numbers that weights are made of, see `weights_for`.

    Returns
    -------
    SearchStrategy of Network
        Their generators start with 0.

    Raises
    ------
    UnknownNameError, ArgumentTypeError, ArgumentError
        If an argument is not understood, or a class needs arguments that nothing is known of.

    Notes
    -----
    Small integers hit the kinks of ``relu`` and its kind, where a derivative by differences is another one
    than the gradient.  For such a property draw smooth activations, or give ``elements``.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10, deadline=None)
    ... @given(networks(max_layers=2, activations=["tanh", "relu"]))
    ... def copies_have_the_same_weights(net):
    ...     assert (net.copy().parameters == net.parameters).all()
    >>> copies_have_the_same_weights()
    """
    low, high = checks.integer("min_layers", min_layers), checks.integer("max_layers", max_layers)
    if low > high:
        raise ArgumentError(f"max_layers must be at least min_layers, {low}, got {high}")
    here = place(layers, activations, max_units)
    if layers is None:
        # As in Keras, an input layer stands at the beginning alone, where the network's input size says it.
        here = replace(here, choices=tuple(c for c in here.choices if c is not InputLayer))
    settings = None
    if checks.flag("compiled", compiled):
        settings = st.tuples(loss_objects(losses), optimizer_objects(optimizers))
    types = dtype if isinstance(dtype, st.SearchStrategy) else st.just(dtype)
    counts = st.integers(low, high)
    return _networks(here, shapes(input_shapes, max_units), counts, settings, types, elements)


@st.composite
def _networks(
    draw: st.DrawFn,
    here: Place,
    sizes: st.SearchStrategy[tuple[int, ...]],
    counts: st.SearchStrategy[int],
    settings: st.SearchStrategy[tuple[Loss, Optimizer]] | None,
    types: st.SearchStrategy[Any],
    elements: st.SearchStrategy[float] | None,
) -> Network:
    known: dict[str, Any] = {}
    dtype = draw(types)
    if dtype != "float64":
        known["dtype"] = dtype
    last = None
    if settings is not None:
        known["loss"], known["optimizer"] = draw(settings)
        loss = known["loss"]
        if loss.targets in ENDS and not getattr(loss, "from_logits", False):
            last = functools.partial(_ending_in, ENDS[loss.targets])
    weigh = functools.partial(weights_after, elements=elements)
    known["input_shape"], known["layers"], known["weights"] = draw(stacks(here, counts, sizes, last, weigh))
    known["weights"] = [np.asarray(w).tolist() for w in known["weights"]]  # which print to the last digit
    order = ("input_shape", "layers", "weights", "dtype", "optimizer", "loss")
    return draw(st.builds(assemble, **{name: st.just(known[name]) for name in order if name in known}))


#: The activations that make probabilities for targets of a kind, or other numbers that are not negative.
ENDS = {kind: activation_objects(cls) for kind, cls in (JOINED | {"positive": Sigmoid}).items()}


def _ending_in(probabilities: st.SearchStrategy[Activation], here: Place) -> Place:
    """A place for a last layer whose outputs are probabilities."""
    able = (layer_classes.Dense, layer_classes.Activation)
    choices = tuple(c for c in here.choices if isinstance(c, type) and issubclass(c, able))
    return replace(
        here, activations=probabilities, halving=None, choices=choices or (layer_classes.Activation,)
    )
