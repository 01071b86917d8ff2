"""Which names the reference shows: those that a module makes public, and their methods and properties."""

from __future__ import annotations

import importlib
import inspect
import re
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlp

REFERENCE = Path(__file__).parents[1] / "reference" / "index.md"

#: Classes to be subclassed: what they give to all of a kind is said with them, and not again with each subclass.
BASES = (
    mlp.activations.Activation, mlp.callbacks.Callback, mlp.constraints.Constraint, mlp.initializers.Initializer,
    mlp.layers.Composite, mlp.layers.Layer, mlp.losses.Loss, mlp.metrics.Metric, mlp.optimizers.Optimizer,
    mlp.regularizers.Regularizer, mlp.schedules.LearningRateSchedule, Exception, tuple,
)  # fmt: skip


@dataclass
class Public:
    """A public name: what it is, and its methods and attributes that are shown; or the name of which it is another."""

    name: str
    kind: str
    members: list[str]
    other_name_of: str | None = None


def public_modules() -> list[str]:
    """The modules that have a page of the reference, in its order."""
    return re.findall(r"^   (mlp[\w.]*)$", REFERENCE.read_text("utf-8"), re.MULTILINE)


def public_names(module: str) -> list[Public]:
    """The names in the module's ``__all__`` that are no modules themselves."""
    found = importlib.import_module(module)
    values = {name: getattr(found, name) for name in found.__all__}
    return [
        Public(name, "data", [], value.__name__) if is_second(name, value, values) else described(name, value)
        for name, value in values.items()
        if not isinstance(value, types.ModuleType)
    ]


def is_second(name: str, value: Any, values: dict[str, Any]) -> bool:
    """Whether a class or function has another name in the same module, which is its own."""
    own = getattr(value, "__name__", name)
    return own != name and values.get(own) is value


def described(name: str, value: Any) -> Public:
    """One name."""
    if inspect.isclass(value):
        return Public(name, "exception" if issubclass(value, Exception) else "class", members(value))
    return Public(name, "function" if inspect.isroutine(value) else "data", [])


def members(cls: type) -> list[str]:
    """The public methods and attributes that have a docstring, without those that its base tells of already."""
    bases = [base for base in BASES if issubclass(cls, base) and cls not in (base, mlp.Network)]
    told = {name for base in bases for name in dir(base)} | set(dir(object))
    return [
        name
        for name in dir(cls)
        if not name.startswith("_") and name not in told and is_method(inspect.getattr_static(cls, name))
    ]


def parameters(value: Any) -> list[inspect.Parameter]:
    """What a function or class is called with: a class's own, where ``__new__`` takes whatever comes."""
    found = list(inspect.signature(value).parameters.values())
    if not inspect.isclass(value) or [str(p).partition(":")[0] for p in found] != ["*args", "**kwargs"]:
        return found
    if isinstance(value.__init__, types.WrapperDescriptorType):  # that of object
        return []
    return list(inspect.signature(value.__init__).parameters.values())[1:]


def is_method(value: Any) -> bool:
    """Whether it is a method or property that says what it does."""
    return (inspect.isroutine(value) or isinstance(value, property)) and bool(inspect.getdoc(value))
