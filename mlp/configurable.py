"""Objects that can tell the arguments they were made with.

`Configurable` keeps each argument of its constructor as an attribute of the same name, so that
``get_config``, ``from_config``, ``repr`` and files need no code of their own in any class.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self, TypeVar

import numpy as np

from mlp.errors import ArgumentTypeError, StateError
from mlp.names import snake_case
from mlp.old_spellings import unknown_argument

__all__ = ["Configurable", "encode", "function_of"]


class Configurable:
    """An object that is described by its constructor's arguments, kept as attributes of the same names."""

    #: Of layers, activations, losses, regularizers and optimizers: the same NumPy calls are made for every batch of one
    #: size, on memory from `Layer.empty` or new results.  No value is looked at, no random number drawn but by
    #: `Layer.draw`, nothing kept but weights and what ``backward`` needs.  `fit` then makes the calls from memory
    #: (`mlp.recording`).  Every class speaks for itself: it is not inherited.
    replayable: bool = False
    #: Of layers and activations: ``forward`` and ``backward`` do nothing but add, multiply, divide, compare and choose, and
    #: take the constants for it from `mlp.arrays.constant`, so that fractions give fractions (`mlp.rationals`).  A
    #: subclass with a ``forward`` of its own says it again.
    rational: bool = False

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: D102
        cls._refuse_unknown(kwargs)
        return super().__new__(cls)

    @classmethod
    def _refuse_unknown(cls, given: Iterable[str]) -> None:
        """Say which arguments the class has, where one is given by another name."""
        known = cls._argument_names()
        for name in given:
            if name not in known:
                raise unknown_argument(cls.__name__, name, known)

    @classmethod
    @functools.cache
    def _argument_names(cls) -> tuple[str, ...]:
        return tuple(cls._arguments())

    @classmethod
    def _stored_arguments(cls) -> tuple[str, ...]:
        return cls._argument_names()

    @classmethod
    def _arguments(cls) -> dict[str, inspect.Parameter]:
        """The constructor's parameters; ``**kwargs`` stands for those of the next class."""
        arguments: dict[str, inspect.Parameter] = {}
        for owner in cls.__mro__:
            if owner is object or "__init__" not in vars(owner):
                continue
            parameters = list(inspect.signature(vars(owner)["__init__"]).parameters.values())[1:]
            for parameter in parameters:
                if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                    arguments.setdefault(parameter.name, parameter)
            if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
                break
        return arguments

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON can hold them.

        Returns
        -------
        dict
            Name and value of every argument; ``type(self).from_config`` makes an equal object of it.

        Raises
        ------
        StateError
            If the class did not keep an argument under its own name.

        Examples
        --------
        >>> from mlp.initializers import RandomNormal
        >>> RandomNormal(stddev=0.1).get_config()
        {'mean': 0.0, 'stddev': 0.1, 'seed': None}
        """
        config = {}
        for name in self._stored_arguments():
            try:
                config[name] = encode(getattr(self, name))
            except AttributeError:
                raise StateError(
                    f"{type(self).__name__} does not keep its argument {name!r}: write self.{name} = {name} "
                    "in __init__, or define get_config"
                ) from None
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """An object made with the arguments of ``config``.

        Parameters
        ----------
        config : dict
            What `get_config` returned.

        Raises
        ------
        ArgumentTypeError
            If it names an argument that the class does not have.
        """
        return cls(**config)

    def describe(self) -> Any:
        """What JSON can hold of this object, for the configuration of whatever contains it."""
        return {"class_name": type(self).__name__, "config": self.get_config()}

    def __repr__(self) -> str:
        shown = []
        for name, parameter in self._arguments().items():
            value = getattr(self, name, parameter.default)
            if not _same(value, parameter.default):
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, Configurable) and isinstance(default, str):
        return value.describe() == default or snake_case(type(value).__name__) == default
    return type(value) is type(default) and not isinstance(value, np.ndarray) and bool(value == default)


F = TypeVar("F", bound=Callable[..., Any])


def function_of(
    cls: type[Configurable], leading: Mapping[str, str], returns: str, without: Iterable[str] = ()
) -> Callable[[F], F]:
    """A decorator that makes a function the plain form of a class: its name, text and signature.

    Parameters
    ----------
    cls : type
        The class; `Registry.get` takes the function for it.
    leading : dict of str to str
        The function's own parameters, with what the text says of them; those of the constructor follow.
    returns : str
        What the text says of the result.
    without : iterable of str, optional
        Parameters of the constructor that the function does not have.
    """

    def decorate(function: F) -> F:
        own = [parameter for name, parameter in cls._arguments().items() if name not in without]
        first = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in leading]
        function.__name__ = function.__qualname__ = snake_case(cls.__name__)
        function.__module__ = ".".join(
            cls.__module__.split(".")[:2]
        )  # where it is public, and pickle looks for it
        function.__doc__ = cls.__doc__ and _of_the_function(cls.__doc__, leading, returns, set(without))
        vars(function).update(configurable=cls, __signature__=inspect.Signature([*first, *own]))
        return function

    return decorate


def _of_the_function(text: str, leading: Mapping[str, str], returns: str, without: set[str]) -> str:
    """The text of a class, with other parameters and a result."""
    head, *parts = re.split(r"\n\n(?=[A-Z]\w+\n---)", inspect.cleandoc(text))
    sections = dict(part.split("\n", 1) for part in parts)
    _, *entries = re.split(r"\n(?=\S)", sections.pop("Parameters", ""))
    told = [f"{name} : {about}" for name, about in leading.items()]
    for entry in entries:
        names, rest = re.fullmatch(r"([\w, *]+?)((?: : |\n).*)", entry, re.DOTALL).groups()  # type: ignore[union-attr]
        if own := [name for name in names.split(", ") if name not in without]:
            told.append(", ".join(own) + rest)
    rule = "-" * len("Parameters")
    sections = {
        "Parameters": "\n".join([rule, *told]),
        "Returns": f"{rule[:7]}\n{returns}",
    } | sections
    return "\n\n".join([head, *(f"{title}\n{body}" for title, body in sections.items())])


def encode(value: Any) -> Any:
    """``value`` as JSON can hold it.

    Raises
    ------
    ArgumentTypeError
        If JSON cannot, as with a function.
    """
    if hasattr(value, "describe"):
        return value.describe()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "configurable"):
        return snake_case(value.configurable.__name__)
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {str(key): encode(item) for key, item in value.items()}
    raise ArgumentTypeError(
        f"{value!r} cannot be stored in a configuration; use an object of a class of this library, or of a subclass of "
        "your own, which load then takes in custom_objects"
    )
