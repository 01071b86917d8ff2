"""The words of the library, read from its source: what a page may name."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

import mlp

ROOT = Path(mlp.__file__).parent
MODULES = (
    "activations", "callbacks", "constraints", "datasets", "errors", "exact", "explain", "initializers", "keras", "layers", "losses", "metrics",
    "optimizers", "plots", "regularizers", "schedules", "testing", "utils",
)  # fmt: skip
WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@cache
def words() -> frozenset[str]:
    """Modules, classes, functions, arguments, attributes, and the names that stand in strings by themselves, as "mse"."""
    found = {part for path in ROOT.rglob("*") for part in (path.stem, path.name)}
    for path in ROOT.rglob("*.py"):
        found |= of_code(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(found)


def of_code(tree: ast.AST) -> set[str]:
    """The names that a piece of code makes or calls by name."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                found.add(name)
            case ast.arg(arg=str(name)) | ast.keyword(arg=str(name)) | ast.alias(name=name, asname=None):
                found.update(name.split("."))
            case ast.alias(asname=str(name)):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                found.add(name)
            case ast.Constant(value=str(name)) if WORD.fullmatch(name):
                found.add(name)
    return found


@cache
def public() -> dict[str, Any]:
    """The public names without the modules they are in, and the modules."""
    modules = {name: importlib.import_module(f"mlp.{name}") for name in MODULES}
    ours = [mlp, *(module for name, module in modules.items() if name != "keras")]
    return {name: getattr(module, name) for module in ours for name in module.__all__} | modules


def attribute(value: Any, name: str) -> Any:
    """An attribute of a module or a class, also one that its objects get when they are made; `LookupError` if there is none."""
    if hasattr(value, name):
        return getattr(value, name)
    if inspect.isclass(value) and name in of_objects(value):
        return None
    if inspect.ismodule(value):
        try:
            return importlib.import_module(f"{value.__name__}.{name}")
        except ImportError:
            pass
    raise LookupError(f"{getattr(value, '__name__', value)} has no {name}")


@cache
def of_objects(cls: type) -> frozenset[str]:
    """What the methods of a class and of its bases write to ``self``, and what they declare."""
    found = set()
    for base in cls.__mro__:
        found |= set(vars(base).get("__annotations__", ()))
        if base.__module__.startswith("mlp"):
            tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(base)))
            found |= {
                node.attr
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and is_self(node.value)
            }
    return frozenset(found)


def is_self(node: ast.expr) -> bool:
    """Whether it is the object itself."""
    return isinstance(node, ast.Name) and node.id == "self"


def takes(value: Any, keyword: str) -> bool:
    """Whether a function or class takes an argument of this name, as far as signatures tell: what is left goes to the base."""
    makers = [vars(base).get("__init__") for base in value.__mro__] if inspect.isclass(value) else [value]
    for maker in filter(None, makers):
        try:
            parameters = inspect.signature(maker).parameters
        except (TypeError, ValueError):
            return True
        if keyword in parameters:
            return True
        if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            return False
    return True
