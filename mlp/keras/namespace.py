"""How a module of this package shows what `mlp` has, and how its old and its missing names are answered.

A module says where its names come from, and they are looked up when they are asked for: what is new in
``mlp.layers.__all__`` is new in `mlp.keras.layers`.
"""

from __future__ import annotations

import difflib
import importlib
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

from mlp.configurable import encode
from mlp.errors import MissingNameError
from mlp.keras.paths import ABSENT, OLD_PATHS
from mlp.keras.spelled import spelled
from mlp.names import snake_case
from mlp.registry import Registry

__all__ = ["Namespace", "SameModule", "lay_out", "part"]

ROOT = "mlp.keras"

#: What every module with a registry has besides: to a description and back.
FORMS: dict[str, Callable[[Registry[Any]], Any]] = {
    "deserialize": lambda registry: registry.get,
    "serialize": lambda registry: encode,
}


class Namespace(types.ModuleType):
    """A module whose names come from elsewhere; see `lay_out`."""

    _sources: Sequence[types.ModuleType]
    _registry: Registry[Any] | None
    _own: Sequence[str]
    _aliases: Mapping[str, str]

    @property
    def __all__(self) -> list[str]:
        listed = {name for source in self._sources for name in source.__all__}
        return sorted({*listed, *self._own, *self._aliases})

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *self.__all__})

    def __getattr__(self, name: str) -> Any:
        if f"{self.__name__}.{name}".removeprefix(f"{ROOT}.") in OLD_PATHS:
            return importlib.import_module(f"{self.__name__}.{name}")
        found = None if name.startswith("__") else self._found(self._aliases.get(name, name))
        if found is None:
            raise MissingNameError(missing(self, name))
        return spelled(found)

    def _found(self, name: str) -> Any:
        """What ``name`` means in the sources, else in the registry, whose functions go before their classes."""
        for source in self._sources:
            if name in source.__all__:
                return getattr(source, name)
        if self._registry is not None and (cls := self._registry.names.get(name)) is not None:
            function = snake_case(cls.__name__)
            for source in self._sources:
                if function in source.__all__ and name != cls.__name__:
                    return getattr(source, function)
            return cls
        if self._registry is not None and name in FORMS:
            return FORMS[name](self._registry)
        if name in self._own:  # a module of this package that nobody has imported yet
            return importlib.import_module(f"{self.__name__}.{name}")
        return None


def lay_out(
    name: str,
    *sources: types.ModuleType,
    registry: Registry[Any] | None = None,
    own: Iterable[str] = (),
    aliases: Mapping[str, str] | None = None,
) -> None:
    """Make a module of this package a `Namespace`.

    Parameters
    ----------
    name : str
        The module's ``__name__``.
    *sources : module
        Whose public lists it shows.
    registry : Registry, optional
        Whose other names it knows too, ``mse`` or ``he_normal`` say.
    own : iterable of str, optional
        What it defines itself, and its submodules.
    aliases : dict of str to str, optional
        Further names, and what they mean.

    Examples
    --------
    >>> from mlp.keras import layers, losses
    >>> import mlp
    >>> layers.Add is mlp.layers.Add, losses.mse is mlp.losses.mean_squared_error
    (True, True)
    >>> layers.Dens
    Traceback (most recent call last):
    mlp.errors.MissingNameError: mlp.keras.layers has no 'Dens'; there is: Dense, ...
    """
    module = sys.modules[name]
    module.__class__ = Namespace
    vars(module).update(
        _sources=sources, _registry=registry, _own=tuple(own), _aliases=dict(aliases or {}),
        __path__=vars(module).get("__path__", []),
    )  # fmt: skip


def part(
    name: str,
    *sources: types.ModuleType,
    registry: Registry[Any] | None = None,
    aliases: Mapping[str, str] | None = None,
    **own: Any,
) -> types.ModuleType:
    """A new module of this package that needs no file of its own; ``own`` is what it holds beside its sources."""
    module = types.ModuleType(name, f"`{name.removeprefix('mlp.')}`.")
    vars(module).update(own)
    sys.modules[name] = module
    lay_out(name, *sources, registry=registry, own=own, aliases=aliases)
    return module


def missing(module: Namespace, name: str) -> str:
    """What to say of a name that a module does not have: the cure, or what there is, the likeliest first."""
    full = f"{module.__name__}.{name}"
    if full.removeprefix(f"{ROOT}.") in ABSENT:
        return f"{full} is not there: {ABSENT[full.removeprefix(f'{ROOT}.')]}"

    def likeness(known: str) -> float:
        return difflib.SequenceMatcher(None, name.lower(), known.lower()).ratio()

    public = [known for known in module.__all__ if not known.startswith("_")]
    return f"{module.__name__} has no {name!r}; there is: {', '.join(sorted(public, key=likeness, reverse=True))}"


class SameModule(Loader):
    """Loads a module under another name: the very object, so that there are never two of a class."""

    def __init__(self, target: str) -> None:
        self.target = target

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        """The module itself."""
        module = importlib.import_module(self.target)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing but giving it back its own specification, which the import system has replaced."""
        module.__spec__ = self._spec


class _Answers(MetaPathFinder):
    """Answers ``import mlp.keras.layers.core`` and other old paths, and refuses by name what is not there.

    Python asks it also for ``from mlp.keras.layers import LSTM``, once the module has said that it has none such.
    """

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The specification of an old path; an ImportError for anything else below `mlp.keras`."""
        inside = fullname.removeprefix(f"{ROOT}.")
        if inside == fullname:
            return None
        if inside in OLD_PATHS:
            return ModuleSpec(
                fullname, SameModule(f"{ROOT}.{OLD_PATHS[inside]}".rstrip(".")), is_package=True
            )
        parent, _, name = fullname.rpartition(".")
        module = sys.modules.get(parent)
        if not isinstance(module, Namespace):
            return None
        raise ImportError(missing(module, name), name=fullname)


sys.meta_path.append(_Answers())
