"""All exhibits, and the page that shows them."""

from __future__ import annotations

import inspect
import textwrap
from types import ModuleType

from mlp.errors import UnknownNameError
from mlp.names import nearest
from mlp.testing.gallery import activations, layers, losses, networks, optimizers
from mlp.testing.gallery.exhibits import Exhibit, source

__all__ = ["COMMAND", "EXHIBITS", "describe", "exhibit", "page"]

#: What writes the page.
COMMAND = "python -m mlp.testing.gallery > docs/gallery.md"

#: In the order in which they are shown.
FAMILIES: tuple[tuple[str, ModuleType, tuple[Exhibit, ...]], ...] = (
    ("Layers", layers, layers.LAYERS),
    ("Networks", networks, networks.NETWORKS),
    ("Activations", activations, activations.ACTIVATIONS),
    ("Losses", losses, losses.LOSSES),
    ("Update rules", optimizers, optimizers.OPTIMIZERS),
)

EXHIBITS: tuple[Exhibit, ...] = tuple(one for _, _, table in FAMILIES for one in table)

TOP = f"""\
<!-- Written by `{COMMAND}`; a test holds it to the code. -->

# A gallery of wrong back-propagations

{{count}} classic mistakes.  Each is a class that is as short as the mistake allows, beside a right twin from which it
mostly differs in one method; with it stand a sentence that says what is wrong and why it matters, the check that catches
it, and the smallest input that shows it, for pencil and paper.

```python
from mlp.testing import gallery

wrong = gallery.exhibit("transposed kernel")
print(wrong)           # what stands below
wrong.check_right()    # a report
wrong.check()          # raises GradientError, and says what is wrong and where
```

In the last row of an exhibit stand weights and inputs, what is looked at (`y` is the result of forward, `dx` that of
backward), and what the wrong and the right class make of it.  `np` is NumPy, `n` the number of rows."""


def exhibit(name: str) -> Exhibit:
    """The exhibit of this name.

    Parameters
    ----------
    name : str
        Such as ``"transposed kernel"``.

    Returns
    -------
    Exhibit
        The exhibit.

    Raises
    ------
    UnknownNameError
        If there is none; the nearest name is suggested.

    Examples
    --------
    >>> exhibit("1/n missing").check_name
    'gradient'
    """
    for one in EXHIBITS:
        if one.name == name:
            return one
    raise UnknownNameError(f"unknown exhibit {name!r}{nearest(name, [one.name for one in EXHIBITS])}")


def describe(one: Exhibit | str) -> str:
    """What there is to read about an exhibit, in Markdown.

    Parameters
    ----------
    one : Exhibit or str
        An exhibit, or its name.

    Returns
    -------
    str
        Its sentence, its source, its check, and the smallest input.

    Examples
    --------
    >>> print(describe("1/n missing").splitlines()[0])
    ### 1/n missing
    """
    return str(exhibit(one) if isinstance(one, str) else one)


def page() -> str:
    """The whole gallery, in Markdown."""
    parts = [TOP.format(count=len(EXHIBITS))]
    for title, module, table in FAMILIES:
        parts += [f"## {title}", textwrap.fill(inspect.getdoc(module) or "", 110, break_on_hyphens=False)]
        twins = _twins(module, table)
        if twins:
            parts += ["Right twins:", "```python\n" + "\n\n\n".join(source(twin) for twin in twins) + "\n```"]
        parts += map(str, table)
    return "\n\n".join(parts) + "\n"


def _twins(module: ModuleType, table: tuple[Exhibit, ...]) -> list[type]:
    """The right classes of a file and what they are derived from there, in the file's order."""
    used = {base for one in table for base in inspect.getmro(one.right)}
    here = [thing for thing in vars(module).values() if isinstance(thing, type)]
    return [cls for cls in here if cls in used and cls.__module__ == module.__name__]
