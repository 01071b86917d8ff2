"""Layers, one by one and in a row, each fitting the place where it is to stand."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from hypothesis import reject
from hypothesis import strategies as st

from mlp import checks
from mlp.activations import ACTIVATIONS, Activation
from mlp.arrays import Array
from mlp.errors import ShapeError
from mlp.layers import Composite, InputLayer, Layer
from mlp.layers.base import LAYERS
from mlp.layers.preprocessing.encoding import encoded_shape
from mlp.network import Network
from mlp.testing.strategies.objects import FLAGS, Only, activations, chosen, made

__all__ = ["ROWS", "Place", "Shapes", "layers", "layers_at", "place", "shapes", "stacks"]

Choice: TypeAlias = type[Layer] | st.SearchStrategy[Layer]
Arguments: TypeAlias = Mapping[str, st.SearchStrategy[Any]]
#: Shapes of one input row: a list of them, or a strategy; None stands for small ones.
Shapes: TypeAlias = Any

#: Layers in layers in layers, and no further.
DEPTH = 2

#: Of two examples Hypothesis takes the one with fewer choices for the simpler, which would be a layer without
#: arguments and weights.  All but `Dense` begin with so many choices that decide nothing, more than it needs.
HANDICAP = 6


@dataclass(frozen=True)
class Place:
    """Where a layer is to stand: what comes, what must come out (None: anything), and what may be drawn.

    A layer that is ``first`` is told the shape of its input.  Data come in where it ``opens`` a network.  The activations
    are those that keep the shape; those that halve it stand in dense layers of twice as many units.
    """

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...] | None
    max_units: int
    activations: st.SearchStrategy[Activation]
    choices: tuple[Choice, ...]
    halving: st.SearchStrategy[Activation] | None = None
    depth: int = DEPTH
    first: bool = False
    opens: bool = True

    @property
    def keeps_shape(self) -> bool:
        """Whether what comes may go out."""
        return self.output_shape in (None, self.input_shape)


def _stated(number: int) -> st.SearchStrategy[int]:
    """One certain number, as a choice: where shrinking takes out what stands before, it becomes a free one."""
    return st.integers(number, number)


def _dense(here: Place) -> Arguments | None:
    wanted = here.output_shape
    if wanted is not None and wanted[:-1] != here.input_shape[:-1]:
        return None
    units = st.integers(1, here.max_units) if wanted is None else _stated(wanted[-1])
    return {"units": units, "activation": here.activations, "use_bias": FLAGS}


def _inner(here: Place) -> Place:
    choices = here.choices
    if all(isinstance(choice, type) and issubclass(choice, Composite) for choice in choices):
        choices = (*(cls for cls in LAYERS.classes.values() if not issubclass(cls, Composite)), *choices)
    return replace(here, choices=_simple_first(choices), depth=here.depth - 1, first=False, opens=False)


def _simple_first(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Choices in the order in which shrinking goes backwards: `Dense`, other layers, layers made of layers.

    In a sequence there is one value, so what takes several is left out.
    """
    return tuple(
        sorted(
            (choice for choice in choices if not getattr(choice, "takes_several", False)),
            key=lambda c: isinstance(c, type) and (c.__name__ != "Dense") + 2 * issubclass(c, Composite),
        )
    )


def _residual(here: Place) -> Arguments | None:
    if not here.depth or not here.keeps_shape:
        return None
    inner = replace(_inner(here), output_shape=here.input_shape)
    return {"inner": _layer(inner)}


def _network(here: Place) -> Arguments | None:
    if not here.depth:
        return None
    return {"layers": _with_input(_inner(here)), "rng": st.just(0)}


def _reshape(here: Place) -> Arguments | None:
    size = math.prod(here.input_shape)
    if here.output_shape is not None:
        return {"target_shape": st.just(here.output_shape)} if math.prod(here.output_shape) == size else None
    return {"target_shape": st.sampled_from([(-1,), (1, size), (size, -1)])}


def _permute(here: Place) -> Arguments | None:
    orders = [
        order
        for order in itertools.permutations(range(1, len(here.input_shape) + 1))
        if here.output_shape in (None, tuple(here.input_shape[axis - 1] for axis in order))
    ]
    return {"dims": st.sampled_from(orders)} if orders else None


def _repeat_vector(here: Place) -> Arguments | None:
    wanted, comes = here.output_shape, here.input_shape
    if len(comes) != 1 or (wanted is not None and wanted[1:] != comes):
        return None
    return {"n": st.integers(1, here.max_units) if wanted is None else _stated(wanted[0])}


def _discretization(here: Place) -> Arguments | None:
    if not here.keeps_shape:
        return None
    return {"bin_boundaries": st.sampled_from([[0.25], [0.25, 1.5], [-1.0, 0.25, 0.75]])}


def _embedding(here: Place) -> Arguments | None:
    wanted = here.output_shape
    if not here.opens or (wanted is not None and wanted[:-1] != here.input_shape):
        return None
    units = st.integers(1, here.max_units) if wanted is None else _stated(wanted[-1])
    return {"input_dim": COUNTS, "output_dim": units}


def _category_encoding(here: Place) -> Arguments | None:
    if not here.opens:
        return None
    wanted, modes = here.output_shape, ["multi_hot", "one_hot", "count"]
    if wanted is not None:
        modes = [mode for mode in modes if encoded_shape(here.input_shape, mode, wanted[-1]) == wanted]
    tokens = COUNTS if wanted is None else _stated(wanted[-1])
    return {"num_tokens": tokens, "output_mode": st.sampled_from(modes)} if modes else None


def _keeping(arguments: Callable[[Place], Arguments]) -> Callable[[Place], Arguments | None]:
    return lambda here: arguments(here) if here.keeps_shape else None


RATES = st.sampled_from([0.5, 0.25, 0.0])
COUNTS = st.integers(1, 5)

#: The arguments of a layer at a place, by class, or None where it cannot stand; a row holds for subclasses too.
ROWS: dict[str, Callable[[Place], Arguments | None]] = {
    "Activation": _keeping(lambda here: {"activation": here.activations}),
    "CategoryEncoding": _category_encoding,
    "Dense": _dense,
    "Discretization": _discretization,
    "AlphaDropout": _keeping(lambda _: {"rate": RATES}),
    "Dropout": _keeping(lambda _: {"rate": RATES}),
    "Embedding": _embedding,
    "GaussianDropout": _keeping(lambda _: {"rate": RATES}),
    "GaussianNoise": _keeping(lambda _: {"stddev": st.sampled_from([1.0, 0.25, 0.0])}),
    "InputLayer": _keeping(lambda here: {"shape": st.just(here.input_shape)}),
    "Network": _network,
    "Normalization": _keeping(lambda _: {"invert": FLAGS}),
    "Rescaling": _keeping(
        lambda _: {"scale": st.sampled_from([2.0, 0.5, -1.0]), "offset": st.sampled_from([0.0, 1.0, -0.5])}
    ),
    "Permute": _permute,
    "RepeatVector": _repeat_vector,
    "Reshape": _reshape,
    "Residual": _residual,
}


@functools.lru_cache(maxsize=1024)
def layers_at(here: Place) -> st.SearchStrategy[Layer]:
    """Layers that fit this place."""
    return st.one_of([_at(here, choice) for choice in here.choices])


def _at(here: Place, choice: Choice) -> st.SearchStrategy[Layer]:
    if not isinstance(choice, type):
        return choice.filter(lambda layer: _stands(layer, here))
    row = next((ROWS[owner.__name__] for owner in choice.__mro__ if owner.__name__ in ROWS), None)
    arguments = row(here) if row else {}
    if arguments is None:
        return st.nothing()
    if here.first and "input_shape" in choice._argument_names() and choice is not Network:
        arguments = {**arguments, "input_shape": st.just(here.input_shape)}
    strategy = made(choice, arguments)
    if row is _dense and here.halving is not None:
        twice = arguments["units"].map(lambda units: 2 * units)
        strategy |= _handicapped(made(choice, {**arguments, "units": twice, "activation": here.halving}))
    if row is not _dense:
        strategy = _handicapped(strategy)
    # A class without a row says by itself what it takes: an example is tried once, not every one that is drawn.
    return strategy if row or _stands(choice(), here) else st.nothing()


@st.composite
def _handicapped(draw: st.DrawFn, strategy: st.SearchStrategy[Layer]) -> Layer:
    for _ in range(HANDICAP):
        draw(_stated(0))
    return draw(strategy)


def _stands(layer: Layer, here: Place) -> bool:
    """Whether a layer takes what comes at a place and returns what must come out."""
    try:
        trial = Network([InputLayer(here.input_shape), layer.copy()], rng=0)
    except ShapeError:
        return False
    return here.output_shape is None or trial.output_shape[1:] == here.output_shape


@st.composite
def _layer(draw: st.DrawFn, here: Place) -> Layer:
    """Layers at a place, as a span of choices with one name, so that shrinking can replace a layer by its inner one."""
    strategy = layers_at(here)
    return reject() if strategy.is_empty else draw(strategy)


Special: TypeAlias = Callable[[Place], Place]
#: Weights for a layer, counting on from so many entries.
Weigh: TypeAlias = Callable[[int, Layer], st.SearchStrategy[list[Array]]]


@st.composite
def _step(
    draw: st.DrawFn,
    here: Place,
    sizes: st.SearchStrategy[tuple[int, ...]],
    special: Special | None,
    weigh: Weigh | None,
    start: int,
) -> tuple[Layer, Network]:
    """A layer, and beside it a network of a twin, with the weights that it shall have.

    The shape that comes, the layer and its weights are one span of choices, which shrinking can take out whole.
    """
    here = replace(here, input_shape=draw(sizes))
    layer = draw(_layer(special(here) if special else here))
    twin = Network([InputLayer(here.input_shape), layer.copy()], rng=0)
    if weigh:
        twin.set_weights(draw(weigh(start, twin)))
    return layer, twin


@st.composite
def stacks(
    draw: st.DrawFn,
    here: Place,
    counts: st.SearchStrategy[int],
    sizes: st.SearchStrategy[tuple[int, ...]],
    last: Special | None = None,
    weigh: Weigh | None = None,
) -> tuple[tuple[int, ...], list[Layer], list[Array]]:
    """An input shape, layers that fit each other up to the shape that must come out, and their weights.

    ``last`` makes of the place of the last layer another one; ``weigh`` says what weights to draw.  The count comes first, and each layer states the
    shape that comes to it: so shrinking can take out any layer, the first one too, before it makes sizes smaller.
    """
    found: list[Layer] = []
    weights: list[Array] = []
    shape = here.input_shape
    for left in reversed(range(draw(counts))):
        there = replace(
            here, output_shape=None if left else here.output_shape, opens=here.opens and not found
        )
        start = sum(w.size for w in weights)
        special = None if left else last
        layer, twin = draw(_step(there, _shape(shape) if found else sizes, special, weigh, start))
        if not found:
            first = _row_shape(twin.input_shape)
        found.append(layer)
        weights += twin.get_weights()
        shape = _row_shape(twin.output_shape)
    return first, found, weights


def _row_shape(shape: tuple[int | None, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape[1:] if size is not None)


@st.composite
def _with_input(draw: st.DrawFn, here: Place) -> list[Layer]:
    """The layers of a network inside of another one."""
    _, found, _ = draw(stacks(here, st.integers(1, 2), _shape(here.input_shape)))
    return [draw(st.builds(InputLayer, st.just(here.input_shape))), *found]


@st.composite
def _small_shapes(draw: st.DrawFn, largest: int) -> tuple[int, ...]:
    width = draw(st.integers(1, largest))
    return (draw(st.integers(1, largest)), width) if draw(st.integers(0, 4)) == 4 else (width,)


@st.composite
def _shape(draw: st.DrawFn, known: tuple[int, ...]) -> tuple[int, ...]:
    """One certain shape, stated in the choices of `_small_shapes`."""
    draw(_stated(known[-1]))
    draw(_stated(4 * (len(known) > 1)))
    for size in known[:-1]:
        draw(_stated(size))
    return known


def shapes(given: Shapes, largest: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Shapes of one input row: those given, or one axis and sometimes two, of small sizes."""
    if given is None:
        return _small_shapes(largest)
    if isinstance(given, st.SearchStrategy):
        return given
    return st.sampled_from([tuple(shape) for shape in given])


def _by_shape(
    which: Only,
) -> tuple[st.SearchStrategy[Activation], st.SearchStrategy[Activation] | None]:
    """Strategies for the activations that keep the shape of what they are given, and for those that do not."""
    choices = chosen(ACTIVATIONS, which)
    halving = [choice for choice in choices if isinstance(choice, type) and choice.changes_shape]
    keeping = [
        choice if isinstance(choice, type) else choice.filter(lambda f: not f.changes_shape)
        for choice in choices
        if choice not in halving
    ]
    return activations(keeping) if keeping else st.nothing(), activations(halving) if halving else None


def place(only: Only, which: Only, max_units: int) -> Place:
    """A place of no shape yet, where these layers with these activations may stand.

    Raises
    ------
    UnknownNameError, ArgumentTypeError, ArgumentError
        If one of them is not understood, or a class needs arguments that nothing is known of.
    """
    checks.integer("max_units", max_units)
    keeping, halving = _by_shape(which)
    here = Place((1,), None, max_units, keeping, _simple_first(chosen(LAYERS, only)), halving)
    for choice in here.choices:
        _at(here, choice)
    return here


def layers(
    only: Only = None, *, input_shapes: Shapes = None, max_units: int = 4, activations: Only = None
) -> st.SearchStrategy[Layer]:
    """Layers by themselves, `Residual` and nested networks among them; the simplest is ``Dense(1)``.

    A layer knows the shape of its input, so that ``Network([layer])`` is complete, unless its constructor
    takes no ``input_shape``.

    Parameters
    ----------
    only : name, class, object or strategy, or a list of these, optional
        What may be drawn, also inside of others; every registered layer unless given.
    input_shapes : list of tuples or strategy of tuples, optional
        Shapes of one input row; small ones with one or two axes unless given.
    max_units : int, default 4
        The largest size, of inputs too unless ``input_shapes`` is given.
    activations : name, class, object or strategy, or a list of these, optional
        The activations that may be drawn; every registered one unless given.

    Returns
    -------
    SearchStrategy of Layer
        New layers that belong to no network.

    Raises
    ------
    UnknownNameError, ArgumentTypeError, ArgumentError
        If an argument is not understood, or a class needs arguments that nothing is known of.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10, deadline=None)
    ... @given(layers(input_shapes=[(3,)]))
    ... def takes_three_numbers(layer):
    ...     assert Network([layer]).input_shape == (None, 3)
    >>> takes_three_numbers()
    """
    if isinstance(only, type) and issubclass(only, Layer) and only.takes_several:
        return made(only, {"axes": st.just(-1)} if "axes" in only._argument_names() else {})
    return _layers(place(only, activations, max_units), shapes(input_shapes, max_units))


@st.composite
def _layers(draw: st.DrawFn, here: Place, sizes: st.SearchStrategy[tuple[int, ...]]) -> Layer:
    return draw(_layer(replace(here, input_shape=draw(sizes), first=True)))
