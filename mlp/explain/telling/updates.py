"""What is said about the step of the optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mlp.explain.calls import Call, weights_of
from mlp.explain.event import Event
from mlp.explain.formula import Block, Equation, Matrix, Negative, Product, Renewed, Sum, Symbol
from mlp.explain.telling.names import derivative_by, numbers
from mlp.explain.telling.teller import Teller
from mlp.explain.telling.weights import trained_keys
from mlp.optimizers import SGD, Optimizer

__all__ = ["updates_told"]

RATE = Symbol("eta")

#: Arguments of all optimizers that change gradients or weights beside the rule.
BESIDE = (
    "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "loss_scale_factor",
    "gradient_accumulation_steps",
)  # fmt: skip


def is_plain(optimizer: Optimizer) -> bool:
    """Whether a step is ``w - eta g`` and nothing else."""
    return (
        type(optimizer) is SGD
        and not optimizer.momentum
        and not any(getattr(optimizer, argument) for argument in BESIDE)
    )


def updates_told(teller: Teller, optimizer: Optimizer) -> Iterator[Block]:
    """All of the step; ``optimizer`` is as it was before it."""
    found = [(call, teller.event("update", call)) for call in teller.calls if teller.has("update", call)]
    rates = {float(event[f"{key}_rate"]) for call, event in found for key in trained_keys(call)}
    several = len(rates) > 1
    yield from _rule(teller, optimizer)
    if not several:
        yield Equation((RATE, numbers(np.array(rates.pop()))))
    for call, event in found:
        yield teller.layer_heading(call)
        yield from _layer(teller, call, event, optimizer, has_own_rate=several)


def _rule(teller: Teller, optimizer: Optimizer) -> Iterator[Block]:
    """Which optimizer makes the step."""
    if is_plain(optimizer):
        yield teller.say("descent")
        return
    yield teller.say("optimizer", name=type(optimizer).__name__, step=optimizer.iterations + 1)
    used = [f"{a} = {getattr(optimizer, a)!r}" for a in BESIDE if getattr(optimizer, a)]
    if used:
        yield teller.say("clipped", what=", ".join(used))


def _layer(
    teller: Teller, call: Call, event: Event, optimizer: Optimizer, has_own_rate: bool
) -> Iterator[Block]:
    """The new weights of a layer."""
    constraints = {key: owner._specs[name].constraint for key, owner, name in weights_of(call.layer)}
    for key in trained_keys(call):
        if has_own_rate:
            yield teller.say("rate", what=_name(teller, call, key))
            yield Equation((RATE, numbers(event[f"{key}_rate"])))
        told = _descent if is_plain(optimizer) else _step
        yield from told(teller, call, key, event, constraints[key])
        for slot in _slots(event, key):
            yield teller.say("state", slot=slot, what=_name(teller, call, key))
            yield Equation((numbers(event[f"{key}_{slot}_after"]),))


def _slots(event: Event, key: str) -> list[str]:
    """What the optimizer remembers of a weight."""
    begin, end = f"{key}_", "_after"
    names = [name for name in event.quantities if name.startswith(begin) and name.endswith(end)]
    return [name[len(begin) : -len(end)] for name in names if name != f"{key}{end}"]


def _descent(teller: Teller, call: Call, key: str, event: Event, constraint: Any) -> Iterator[Block]:
    """``W - eta dL/dW``."""
    weight, rate = teller.names.weight(call, key), event[f"{key}_rate"]
    w, gradient, after = event[key], event[f"d{key}"], event[f"{key}_after"]
    step = gradient * rate.astype(gradient.dtype)
    yield Equation(
        (
            *((Renewed(weight),) if constraint is None else ()),
            Sum((weight, Negative(Product((RATE, derivative_by(weight)))))),
            Sum((numbers(w), Negative(Product((Matrix(rate), numbers(gradient)))))),
            numbers(w - step),
        )
    )
    if constraint is not None:
        yield from _constrained(teller, weight, constraint, after)


def _step(teller: Teller, call: Call, key: str, event: Event, constraint: Any) -> Iterator[Block]:
    """The weight, and by how much it moves."""
    weight, w, after = teller.names.weight(call, key), event[key], event[f"{key}_after"]
    yield Equation((derivative_by(weight), numbers(event[f"d{key}"])))
    moved = Sum((weight, Symbol("Delta"))), Sum((numbers(w), numbers(after - w)))
    yield Equation((Renewed(weight), *moved, numbers(after)))
    if constraint is not None:
        yield teller.say("constraint kept", name=type(constraint).__name__)


def _constrained(teller: Teller, weight: Symbol, constraint: Any, after: Any) -> Iterator[Block]:
    yield teller.say("constraint", name=type(constraint).__name__)
    yield Equation((Renewed(weight), numbers(after)))


def _name(teller: Teller, call: Call, key: str) -> str:
    symbol = teller.names.weight(call, key)
    return f"{symbol.name}_{symbol.index}"
