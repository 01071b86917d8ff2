"""A worked calculation: what is said, as blocks; the numbers, as events; and how it looks, as text, LaTeX or HTML."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mlp import checks
from mlp.explain.calls import Call
from mlp.explain.event import Event
from mlp.explain.formula import Block, Equation
from mlp.explain.telling.dense import dense_backward, dense_forward
from mlp.explain.telling.losses import loss_told, total_told
from mlp.explain.telling.names import numbers
from mlp.explain.telling.others import function_backward, function_forward, other_backward, other_forward
from mlp.explain.telling.teller import Teller
from mlp.explain.telling.updates import updates_told
from mlp.explain.telling.words import LANGUAGES
from mlp.explain.walk import Walk, numbered
from mlp.explain.watching import has_function, is_dense
from mlp.explain.writing.numbers import checked_digits
from mlp.joint import losses_of
from mlp.several import parts

__all__ = ["Calculation", "explained"]

Telling = Callable[[Teller, Call], Iterator[Block]]


class Calculation:
    """The calculation of a network for some rows, forward and back; what `Network.explain` returns.

    Attributes
    ----------
    blocks : list of Block
        Headings, sentences and equations, see ``mlp.explain.formula``.
    steps : list of Event
        The numbers, see `Network.steps`.
    digits : int
        How many digits are written behind the decimal point.
    language : {"en", "ja"}
        In which language.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=2)])
    >>> calculation = net.explain([1.0, 2.0])
    >>> calculation
    <Calculation: 1 forward; print() shows it>
    >>> calculation.steps[0]["z"]
    array([[3.]])
    """

    def __init__(
        self, blocks: list[Block], steps: list[Event], digits: int = 4, language: str = "en"
    ) -> None:
        self.blocks, self.steps, self.digits, self.language = blocks, steps, digits, language

    def text(self) -> str:
        """Monospaced, for a terminal.

        Returns
        -------
        str
            Lines, with a row of a matrix in each.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=2)])
        >>> print(net.explain([1.0, 2.0]).text())
        The calculation, step by step
        =============================
        <BLANKLINE>
        Forward propagation
        -------------------
        <BLANKLINE>
        The input:
        <BLANKLINE>
        x = [1  2]
        <BLANKLINE>
        Layer 1: dense (Dense, 2 → 1)
        <BLANKLINE>
        z_1 = x W_1 + b_1 = [1  2] ⎡1⎤ + 0 = 3 + 0 = 3
                                   ⎣1⎦
        <BLANKLINE>
        a_1 = z_1 = 3
        """
        from mlp.explain.writing.text import text

        return text(self.blocks, self.digits)

    def latex(self, document: bool = False) -> str:
        """LaTeX with amsmath: a fragment to put into a document, or a whole one.

        Parameters
        ----------
        document : bool, default False
            Write all that is needed to compile it.

        Returns
        -------
        str
            The source.
        """
        from mlp.explain.writing.latex import latex, latex_document

        if checks.flag("document", document):
            return latex_document(self.blocks, self.digits, self.language)
        return latex(self.blocks, self.digits)

    def html(self) -> str:
        """A fragment of HTML that brings its style along."""
        from mlp.explain.writing.html import html

        return html(self.blocks, self.digits, self.language)

    def _repr_html_(self) -> str:
        return self.html()

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        ways = Counter(event.direction for event in self.steps)
        return f"<Calculation: {', '.join(f'{n} {way}' for way, n in ways.items())}; print() shows it>"


def explained(network: Any, x: Any, y: Any, optimizer: Any, digits: Any, language: Any) -> Calculation:
    """A network's calculation; see `Network.explain`."""
    digits = checked_digits(digits)
    checks.one_of("language", language, LANGUAGES)
    walk = Walk.prepared(network, x, y, optimizer)
    before = copy.deepcopy(walk.twin.optimizer)
    events = list(walk.events())
    teller = Teller(walk.calls, events, language)
    with np.errstate(all="ignore"):
        blocks = list(_told(teller, walk, before))
    return Calculation(blocks, events, digits, language)


def _told(teller: Teller, walk: Walk, optimizer: Any) -> Iterator[Block]:
    """All blocks."""
    yield teller.heading("title", 1)
    yield from _forward(teller, walk)
    if walk.samples is None:
        return
    yield from _loss(teller, walk)
    directions = {event.direction for event in teller.events}
    if "backward" not in directions:
        yield teller.say("not finite")
        return
    yield teller.heading("backward", 2)
    yield from _by_layer(teller, reversed(walk.calls.listed), "backward")
    yield teller.heading("update", 2)
    if "update" in directions:
        yield from updates_told(teller, optimizer)
    else:
        yield teller.say("no step" if any(call.is_trained for call in walk.calls) else "nothing")


def _forward(teller: Teller, walk: Walk) -> Iterator[Block]:
    yield teller.heading("forward", 2)
    given = list(numbered("x", parts(walk.x)).values())
    yield teller.say("input" if len(given) == 1 else "inputs")
    for value, array in zip(walk.calls.inputs, given, strict=True):
        if array.ndim > 2:
            yield teller.say("axes", what=teller.names.value(value).name, shape=array.shape)
        yield Equation((teller.names.value(value), numbers(array)))
    if len(walk.x) > 1:
        yield teller.say("rows", n=len(walk.x))
    yield from _by_layer(teller, walk.calls.listed, "forward")


def _loss(teller: Teller, walk: Walk) -> Iterator[Block]:
    yield teller.heading("loss", 2)
    losses = losses_of(walk.twin.compiled.needed_loss())
    for event in teller.losses:
        if len(losses) > 1:
            yield teller.heading("output", 3, number=int(event["output"]) + 1)
        loss = losses[int(event["output"])]
        assert loss is not None  # noqa: S101 - or there would be no event
        yield from loss_told(teller, loss, event)
    yield from total_told(teller)


def _by_layer(teller: Teller, calls: Any, direction: str) -> Iterator[Block]:
    """What each layer says, under its name; a layer that has nothing to say is not named."""
    for call in calls:
        if not teller.has(direction, call):
            continue
        tell = (_TELL_FORWARD if direction == "forward" else _TELL_BACKWARD)[_kind(call)]
        said = list(tell(teller, call))
        if direction == "backward" and call.is_first and _is_frozen(call):
            said.append(teller.say("frozen"))
        if said:
            yield teller.layer_heading(call)
            yield from said


def _kind(call: Call) -> str:
    """Which functions tell of a layer."""
    return "dense" if is_dense(call.layer) else "function" if has_function(call.layer) else "other"


def _is_frozen(call: Call) -> bool:
    return call.layer.n_parameters > 0 and not call.is_trained


_TELL_FORWARD: dict[str, Telling] = {
    "dense": dense_forward,
    "function": function_forward,
    "other": other_forward,
}
_TELL_BACKWARD: dict[str, Telling] = {
    "dense": dense_backward,
    "function": function_backward,
    "other": other_backward,
}
