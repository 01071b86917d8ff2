"""Classes by name: one mechanism for activations, losses, layers and everything else that has a name."""

from __future__ import annotations

import contextlib
import contextvars
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from mlp.configurable import Configurable
from mlp.errors import ArgumentTypeError, UnknownNameError
from mlp.names import nearest, snake_case

__all__ = ["Registry", "custom_object_scope"]

T = TypeVar("T", bound=Configurable)

_custom_objects: contextvars.ContextVar[Mapping[str, type]] = contextvars.ContextVar(
    "custom_objects", default=types.MappingProxyType({})
)


@contextlib.contextmanager
def custom_object_scope(custom_objects: Mapping[str, type] | None) -> Iterator[None]:
    """Within this context, names also mean the classes of ``custom_objects``.

    Examples
    --------
    >>> from mlp import activations
    >>> from mlp.registry import custom_object_scope
    >>> class Square(activations.Activation):
    ...     def forward(self, x, out=None):
    ...         return x * x
    >>> with custom_object_scope({"Square": Square}):
    ...     activations.get("Square")
    Square()
    """
    token = _custom_objects.set({**_custom_objects.get(), **(custom_objects or {})})
    try:
        yield
    finally:
        _custom_objects.reset(token)


def _made(cls: type[T], argument: str) -> T:
    """An object with all defaults."""
    needed = [name for name, p in cls._arguments().items() if p.default is p.empty]
    if needed:
        raise ArgumentTypeError(
            f"{argument}: {cls.__name__} needs {' and '.join(needed)}, so a name is not enough; give an object, "
            f"{cls.__name__}({', '.join(f'{name}=...' for name in needed)})"
        )
    return cls()


class Registry(Generic[T]):
    """The classes of one kind, by class name, snake_case name, lower-case name and alias."""

    def __init__(self, kind: str, base: type[T], spell: Callable[[str], str] = snake_case) -> None:
        self.kind = kind
        self.base = base
        self.spell = spell
        self.classes: dict[str, type[T]] = {}
        self.names: dict[str, type[T]] = {}

    def add(self, *aliases: str) -> Callable[[type[T]], type[T]]:
        """A class decorator that enters a class under its names and ``aliases``."""

        def enter(cls: type[T]) -> type[T]:
            self.classes[cls.__name__] = cls
            for name in (cls.__name__, cls.__name__.lower(), snake_case(cls.__name__), *aliases):
                self.names[name] = cls
            return cls

        return enter

    def get(self, identifier: object, argument: str = "") -> T:
        """The object that ``identifier`` means.

        Parameters
        ----------
        identifier : str, object, class, function of this library, or dict
            A dict is a stored description, ``{"class_name": ..., "config": {...}}``.
        argument : str, optional
            What the caller calls it, for messages.

        Raises
        ------
        UnknownNameError
            If the name is not known; the nearest known one is suggested.
        ArgumentTypeError
            If it is none of these.
        """
        argument = argument or self.kind
        if isinstance(identifier, self.base):
            return identifier
        if isinstance(identifier, str):
            return _made(self.find(identifier, argument), argument)
        if isinstance(identifier, Mapping) and isinstance(identifier.get("class_name"), str):
            config = identifier.get("config", {})
            if not isinstance(config, Mapping):
                raise ArgumentTypeError(
                    f"{argument}: the config of {identifier['class_name']!r} must be a dict"
                )
            return self.find(identifier["class_name"], argument).from_config(config)
        made_by = getattr(identifier, "configurable", identifier)
        if isinstance(made_by, type) and issubclass(made_by, self.base):
            return _made(made_by, argument)
        raise ArgumentTypeError(
            f"{argument} must be a name such as {self.known()[0]!r}, or an object of a subclass of "
            f"{self.base.__module__.removesuffix('.base')}.{self.base.__name__}; got {identifier!r}"
        )

    def known(self) -> list[str]:
        """The names as this registry spells them."""
        return sorted(self.spell(name) for name in self.classes)

    def knows(self, name: str) -> bool:
        """Whether ``name`` is a class of this registry, or a custom one of its kind."""
        own = _custom_objects.get().get(name)
        return issubclass(own, self.base) if own is not None else name in self.names

    def unknown(self, name: str, argument: str, also: Iterable[str] = ()) -> UnknownNameError:
        """The error for a name that is none of this registry's, nor of ``also``."""
        known = sorted({*also, *self.known()})
        other_spellings = {spelling for cls in self.classes for spelling in (cls.lower(), snake_case(cls))}
        hint = nearest(name, [*(alias for alias in self.names if alias not in other_spellings), *known])
        place = "" if argument == self.kind else f"{argument}: "
        return UnknownNameError(f"{place}unknown {self.kind} {name!r}{hint} Known: {', '.join(known)}")

    def find(self, name: str, argument: str) -> type[T]:
        """The class that a name means.

        Raises
        ------
        UnknownNameError, ArgumentTypeError
            If it means none of this kind.
        """
        own = _custom_objects.get().get(name)
        if own is not None:
            if not issubclass(own, self.base):
                raise ArgumentTypeError(
                    f"{argument}: custom object {name!r} is no subclass of {self.base.__name__}"
                )
            return own
        found = self.names.get(name) or self.names.get(name.lower())
        if found is None:
            raise self.unknown(name, argument)
        return found
