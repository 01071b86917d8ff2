"""What the template of the reference asks: which names a module makes public, and which of their methods are shown."""

from __future__ import annotations

import importlib
import inspect
import types
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import mlp

#: Classes to be subclassed: what they give to all of a kind is said with them, and not again with each subclass.
BASES = (
    mlp.activations.Activation, mlp.callbacks.Callback, mlp.constraints.Constraint, mlp.initializers.Initializer,
    mlp.layers.Composite, mlp.layers.Layer, mlp.losses.Loss, mlp.metrics.Metric, mlp.optimizers.Optimizer,
    mlp.regularizers.Regularizer, mlp.schedules.LearningRateSchedule, Exception, tuple,
)  # fmt: skip


@dataclass
class Public:
    """A public name: what it is, and its methods and attributes that are shown."""

    name: str
    kind: str
    members: list[str]


def public_names(module: str) -> list[Public]:
    """The names in the module's ``__all__`` that are no modules themselves."""
    found = importlib.import_module(module)
    return [
        described(name, getattr(found, name))
        for name in found.__all__
        if not isinstance(getattr(found, name), types.ModuleType)
    ]


def described(name: str, value: Any) -> Public:
    """One name."""
    if inspect.isclass(value):
        kind = "exception" if issubclass(value, Exception) else "class"
        return Public(name, kind, [] if value.__name__ != name else members(value))
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


def is_method(value: Any) -> bool:
    """Whether it is a method or property that says what it does."""
    return (inspect.isroutine(value) or isinstance(value, property)) and bool(inspect.getdoc(value))


def of_the_constructor(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str] | None:
    """The arguments of ``__init__``, where ``__new__`` takes whatever comes."""
    if what != "class" or signature is None or not signature.startswith("(*args, **kwargs)"):
        return None
    found = inspect.signature(obj)
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in found.parameters.values()]
    return str(inspect.Signature(plain)), ""


def by_its_end(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement) -> Any:
    """A link from ``Network.fit``, wherever it is said, to the one public name that ends so."""
    if node.get("refdomain") != "py" or node.get("reftype") != "obj":
        return None
    domain = env.domains.python_domain
    end = f".{node['reftarget']}"
    ends = [name for name, entry in domain.objects.items() if name.endswith(end) and not entry.aliased]
    if len(ends) != 1:
        return None
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", ends[0], node, content)


def setup(app: Sphinx) -> dict[str, Any]:
    """Hand the function to the template, and find names by their ends."""
    app.config.autosummary_context = {"public_names": public_names}
    app.connect("autodoc-process-signature", of_the_constructor)
    app.connect("missing-reference", by_its_end)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
