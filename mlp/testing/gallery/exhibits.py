"""An exhibit: a classic mistake beside its right twin, the check that catches it, and the smallest input that shows it."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mlp.testing.report import Report

__all__ = ["Exhibit", "Smallest", "source"]


class Smallest(Protocol):
    """The smallest input that shows a mistake; there is one class of them for each kind of thing."""

    @property
    def checker(self) -> str:
        """The function that checks such a thing."""

    def check(self, make: Callable[..., Any], rng: Any, options: Mapping[str, Any]) -> Report:
        """Run that function."""

    def result(self, make: Callable[..., Any]) -> Any:
        """What the thing makes of this input."""

    def table(self) -> dict[str, str]:
        """The input in words and numbers; the last entry says what is looked at."""


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A mistake.

    Attributes
    ----------
    name : str
        What it is called.
    wrong, right : type
        The class with the mistake, and its twin without it.
    sentence : str
        What is wrong and why it matters.
    check_name : str
        The check that catches it.
    smallest : Smallest
        The smallest input that shows it.
    gives, should_give : float, list or bool
        What the two make of this input.
    arguments : dict
        What both are made with; a copy for each.
    options : dict
        What the checker is told, beside the thing to check.

    Examples
    --------
    >>> from mlp.testing.gallery import Exhibit, exhibit
    >>> transposed: Exhibit = exhibit("transposed kernel")
    >>> transposed.gives, transposed.should_give
    ([[1.0, 2.0]], [[1.0, 3.0]])
    >>> transposed.check()
    Traceback (most recent call last):
    ...
    mlp.testing.report.GradientError: TransposedKernel fails 'gradient': backward is the derivative of forward
    ...
    >>> len(transposed.check_right().results) > 10
    True
    """

    name: str
    wrong: type
    right: type
    sentence: str
    check_name: str
    smallest: Smallest
    gives: Any
    should_give: Any
    arguments: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def make(self, **changes: Any) -> Any:
        """A new one with the mistake; ``changes`` are arguments of its constructor."""
        return self.wrong(**_copies({**self.arguments, **changes}))

    def make_right(self, **changes: Any) -> Any:
        """A new one without it; ``changes`` are arguments of its constructor."""
        return self.right(**_copies({**self.arguments, **changes}))

    def check(self, rng: Any = 0) -> Report:
        """Check the wrong one.

        Parameters
        ----------
        rng : int, SeedSequence, Generator or None, default 0
            The source of the checker's random numbers.

        Returns
        -------
        Report
            Never, unless the checker has become blind.

        Raises
        ------
        GradientError
            With ``check_name`` among its failures.
        """
        return self.smallest.check(self.make, rng, self.options)

    def check_right(self, rng: Any = 0) -> Report:
        """Check the right twin, which passes.

        Parameters
        ----------
        rng : int, SeedSequence, Generator or None, default 0
            The source of the checker's random numbers.

        Returns
        -------
        Report
            Every check by name.
        """
        return self.smallest.check(self.make_right, rng, self.options)

    def shown(self) -> tuple[Any, Any]:
        """What the wrong and the right one really make of the smallest input."""
        return self.smallest.result(self.make), self.smallest.result(self.make_right)

    def __str__(self) -> str:
        told = [f"`{k}={v!r}`" for k, v in self.arguments.items() if isinstance(v, bool | int | float | str)]
        made = f" with {' and '.join(told)}" if told else ""
        head = [*self.smallest.table(), "wrong", "right"]
        row = [*self.smallest.table().values(), f"**`{shown(self.gives)}`**", f"`{shown(self.should_give)}`"]
        return "\n".join(
            [
                f"### {self.name[0].upper()}{self.name[1:]}",
                "",
                textwrap.fill(self.sentence, 110, break_long_words=False, break_on_hyphens=False),
                "",
                "```python",
                source(self.wrong),
                "```",
                "",
                f"Right is `{_name(self.right)}`.  Caught by `{self.smallest.checker}`{made}: the check `{self.check_name}`.",
                "",
                f"| {' | '.join(head)} |",
                f"|{'---|' * len(head)}",
                f"| {' | '.join(row)} |",
            ]
        )


def _copies(arguments: dict[str, Any]) -> dict[str, Any]:
    """Each copied by itself, or what comes twice would be one object."""
    return {name: copy.deepcopy(value) for name, value in arguments.items()}


def source(of: type) -> str:
    """The lines of a class of this gallery."""
    return _sources(of.__module__)[of.__name__]


@functools.cache
def _sources(module: str) -> dict[str, str]:
    """The lines of each class of a module, by its name: read once, where inspect would read for each."""
    text = inspect.getsource(sys.modules[module])
    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    return {node.name: ast.get_source_segment(text, node) or "" for node in classes}


def _name(of: type) -> str:
    """A class of this gallery by its name, one of the library with its module."""
    name, module = of.__qualname__, of.__module__
    parts = module.split(".")
    return name if "gallery" in parts else f"{'.'.join(p for p in parts[:2])}.{name}"


def shown(value: Any) -> str:
    """Numbers as a person writes them, long ones cut off."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(v) for v in value)}]"
    digits = value if isinstance(value, str) else repr(value)
    number, e, power = digits.partition("e")
    return f"{number[:12]}...{e}{power}" if isinstance(value, float) and len(number) > 14 else digits
