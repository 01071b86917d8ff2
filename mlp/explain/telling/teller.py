"""Who tells a calculation: what has been computed, what it is called, and in which language to speak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from mlp.activations import Linear
from mlp.activations.callables import function_name
from mlp.arrays import Array
from mlp.explain.calls import Call, Calls
from mlp.explain.event import Event
from mlp.explain.formula import Block, Derivative, Equation, Expression, Heading, Paragraph, Sum
from mlp.explain.telling.names import Names, derivative_by, numbers
from mlp.explain.telling.words import Words
from mlp.layers import Dense
from mlp.layers.base import shape_text

__all__ = ["Teller", "same"]


class Teller:
    """The events of a walk, with names for their numbers and words to speak of them.

    Parameters
    ----------
    calls : Calls
        What was called.
    events : iterable of Event
        All that was computed.
    language : str
        One of `mlp.explain.telling.words.LANGUAGES`.
    """

    def __init__(self, calls: Calls, events: Iterable[Event], language: str) -> None:
        self.calls, self.names, self.words = calls, Names(calls), Words(language)
        self.events = list(events)
        self.losses = [event for event in self.events if event.direction == "loss"]
        self.moved = calls.moved()
        self._by_place = {(event.direction, event.number): event for event in self.events}

    def event(self, direction: str, call: Call) -> Event:
        """What a call computed in a direction."""
        return self._by_place[direction, call.number]

    def has(self, direction: str, call: Call) -> bool:
        """Whether the walk came there."""
        return (direction, call.number) in self._by_place

    def say(self, about: str, **details: Any) -> Paragraph:
        """A sentence."""
        return Paragraph(self.words(about, **details))

    def heading(self, about: str, level: int, **details: Any) -> Heading:
        """The name of a part."""
        return Heading(self.words(about, **details), level)

    def slope(self, value: int) -> Derivative:
        """``dL/d...`` of something that flows between layers."""
        return derivative_by(self.names.value(value))

    def layer_heading(self, call: Call) -> Heading:
        """The name of a layer, with its kind and sizes."""
        layer = call.layer
        sizes = " → ".join(map(shape_text, layer._built_shapes()))
        function = vars(layer).get("activation") if isinstance(layer, Dense) else None
        plain = function is None or isinstance(function, Linear)
        end = "" if plain else f", {function_name(function)}"  # type: ignore[arg-type]
        what = f"{layer.name} ({type(layer).__name__}, {sizes}{end})"
        if call.is_first:
            return self.heading("layer", 3, number=call.number, what=what)
        return self.heading("again", 3, number=call.number, what=what, first=call.first)

    # What comes back to a value, and from where.

    def judges(self, value: int) -> list[Event]:
        """The losses of a value."""
        return [event for event in self.losses if self.calls.outputs[int(event["output"])] == value]

    def joined_with(self, call: Call) -> Event | None:
        """The cross-entropy that is differentiated together with the activation in which a call ends."""
        return next((e for value in call.makes for e in self.judges(value) if "dz" in e), None)

    def parts(self, value: int) -> list[Array]:
        """What comes back to a value through those that took it, and from its loss."""
        found = []
        for call in self.calls:
            event = self._by_place.get(("backward", call.number))
            for i, taken in enumerate(call.takes, 1):
                if taken == value and event is not None:
                    found.append(event["dx" if len(call.takes) == 1 else f"dx_{i}"])
        return found + [event["da"] for event in self.judges(value) if "da" in event and "dz" not in event]

    def is_sole(self, value: int) -> bool:
        """Whether all that comes back to a value comes from one place."""
        maker = self.calls.maker(value)
        penalised = maker is not None and getattr(maker.layer, "activity_regularizer", None) is not None
        return len(self.calls.takers(value)) + len(self.judges(value)) == 1 and not penalised

    def received(self, call: Call) -> Iterator[Block]:
        """The sum of what comes back to each of a call's outputs, where it is one."""
        event = self.event("backward", call)
        for i, value in enumerate(call.makes, 1):
            name = "da" if len(call.makes) == 1 else f"da_{i}"
            if name in event and not self.is_sole(value):
                yield from self._sum_of_parts(call, value, event[name])

    def _sum_of_parts(self, call: Call, value: int, whole: Array) -> Iterator[Block]:
        together = self.parts(value)
        regularizer = getattr(call.layer, "activity_regularizer", None)
        if regularizer is not None:
            a = self.event("forward", call)["a"]
            together.append(np.asarray(regularizer.value_and_gradient(a)[1] / len(a)))
        if not together:
            yield self.say("unjudged")
            yield Equation((self.slope(value), numbers(whole)))
            return
        yield self.say("comes together", n=len(together))
        yield Equation((self.slope(value), Sum(tuple(map(numbers, together))), numbers(whole)))
        if regularizer is not None:
            yield self.say("output penalty")

    def handed_on(self, value: int, sides: Sequence[Expression]) -> Iterator[Block]:
        """What comes back to a value through a layer, if anybody needs it: all of it, or a part."""
        if value not in self.moved:
            return
        if self.is_sole(value):
            yield Equation((self.slope(value), *sides))
            return
        yield self.say("part")
        yield Equation(tuple(sides))


def same(a: Array, b: Array) -> bool:
    """Whether two results agree up to rounding."""
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return False
    digits = 1e-4 if np.float32 in (a.dtype, b.dtype) else 1e-9
    return bool(np.allclose(a, b, rtol=digits, atol=digits * float(np.abs(b).max(initial=0.0))))
