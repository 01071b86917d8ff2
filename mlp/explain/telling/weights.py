"""What is said about the gradient of a weight, which may come together from several places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlp.explain.calls import Call, weights_of
from mlp.explain.formula import Block, Equation, Expression, Sum
from mlp.explain.telling.names import derivative_by, numbers
from mlp.explain.telling.teller import Teller

__all__ = ["trained_keys", "weight_gradient"]


def trained_keys(call: Call) -> list[str]:
    """What the weights are called that training moves."""
    trained = {(id(owner), name) for owner, name in call.layer._trained()} if call.is_trained else set()
    return [key for key, owner, name in weights_of(call.layer) if (id(owner), name) in trained]


def weight_gradient(
    teller: Teller, call: Call, key: str, sides: Sequence[Expression] = ()
) -> Iterator[Block]:
    """``dL/dW = sides = numbers``; then what other calls of the layer and a penalty add to it."""
    if key not in trained_keys(call):
        return
    event, by_weight = teller.event("backward", call), derivative_by(teller.names.weight(call, key))
    whole, own = event[f"d{key}"], f"d{key}_own"
    if call.is_first and own not in event:
        yield Equation((by_weight, *sides, numbers(whole)))
        return
    calls = teller.calls.of_layer(call)
    yield teller.say("weight part" if len(calls) > 1 else "loss alone")
    yield Equation((*sides, numbers(event[own] if call.is_first else whole)))
    if not call.is_first:
        return
    others = [other for other in calls if other is not call and teller.has("backward", other)]
    together = [event[own], *(teller.event("backward", other)[f"d{key}"] for other in others)]
    if len(calls) > 1:
        yield teller.say("weight parts")
    if f"d{key}_penalty" in event:
        together.append(event[f"d{key}_penalty"])
        yield teller.say("weight penalty")
    yield Equation((by_weight, Sum(tuple(map(numbers, together))), numbers(whole)))
