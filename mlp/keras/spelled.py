"""Classes that also take the arguments of older Keras; what they make are objects of `mlp`'s own classes."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from mlp.callbacks import Callback
from mlp.configurable import Configurable
from mlp.keras.translation import kind_of, may_need, understood

__all__ = ["Spelled", "spelled"]


class Spelled:
    """Stands for a class, and differs from it in the arguments that it takes alone.

    It is equal to the class, isinstance, issubclass and subclassing see the class, and what it makes is of the
    class, not of one of its own: the library looks at exact types where it is fast.

    Examples
    --------
    >>> import warnings
    >>> from mlp import layers
    >>> from mlp.keras.layers import Dense
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     layer = Dense(output_dim=3, init="normal")
    >>> type(layer) is layers.Dense, isinstance(layer, Dense), Dense == layers.Dense, layer.units
    (True, True, True, 3)
    """

    def __init__(self, cls: type) -> None:
        #: What registries take it for, as they do for a function that is the plain form of a class.
        self.configurable = cls
        self.__wrapped__ = cls
        self.__doc__ = cls.__doc__
        self.__name__ = cls.__name__
        self.__qualname__ = cls.__qualname__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """An object of the class."""
        cls = self.configurable
        names = argument_names(cls)
        return cls(**understood(kind_of(cls), cls.__name__, names, args, kwargs))

    def __getattr__(self, name: str) -> Any:
        if name == "configurable":  # not yet there, as while it is being copied
            raise AttributeError(name)
        return getattr(self.configurable, name)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self.configurable)

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(getattr(subclass, "configurable", subclass), self.configurable)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type]:
        return (self.configurable,)

    def __eq__(self, other: object) -> bool:
        return self.configurable is getattr(other, "configurable", other)

    def __hash__(self) -> int:
        return hash(self.configurable)

    def __or__(self, other: Any) -> Any:
        return self.configurable | other

    def __ror__(self, other: Any) -> Any:
        return other | self.configurable

    def __reduce__(self) -> tuple[Any, ...]:
        return spelled, (self.configurable,)

    def __repr__(self) -> str:
        return repr(self.configurable)


@functools.cache
def _spelled(cls: type) -> Any:
    return Spelled(cls) if may_need(kind_of(cls), argument_names(cls)) else cls


def spelled(value: Any) -> Any:
    """What stands for ``value`` in `mlp.keras`: a `Spelled` where it is a class that older Keras spelled otherwise."""
    if not isinstance(value, type) or inspect.isabstract(value):
        return value
    return _spelled(value) if issubclass(value, Configurable | Callback) else value  # type: ignore[arg-type]


@functools.cache
def argument_names(cls: type) -> tuple[str, ...]:
    """The names of a constructor's arguments, positional ones first."""
    if issubclass(cls, Configurable):
        return cls._argument_names()
    return tuple(inspect.signature(cls).parameters)
