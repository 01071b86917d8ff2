"""Tells Hypothesis of the strategies for this library's classes, as soon as both are imported.

Nothing is to be done before both are there, and either may come first.  Whichever comes second calls `register`:
``mlp/__init__.py`` in its last line, Hypothesis by way of ``_mlp_hypothesis.py``.  The strategies themselves are
imported when one is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

__all__ = ["register"]


def register() -> None:
    """Make ``st.from_type`` know the classes of this library, if it and Hypothesis are both imported.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from mlp.losses import Loss
    >>> @settings(max_examples=5, deadline=None)
    ... @given(...)
    ... def has_a_name(loss: Loss):
    ...     assert loss.name
    >>> has_a_name()
    """
    mlp = sys.modules.get("mlp")
    # Without its last name mlp is still being imported, and will call here itself.
    if sys.modules.get("hypothesis") is None or not hasattr(mlp, "__version__"):
        return
    from hypothesis import strategies as st

    from mlp.activations import ACTIVATIONS
    from mlp.layers.base import LAYERS
    from mlp.losses import LOSSES
    from mlp.optimizers import OPTIMIZERS

    for registry, name in (
        (ACTIVATIONS, "activations"),
        (LAYERS, "layers"),
        (LOSSES, "losses"),
        (OPTIMIZERS, "optimizers"),
    ):
        st.register_type_strategy(registry.base, _strategy(name))
        for cls in registry.classes.values():
            st.register_type_strategy(cls, _strategy(name, cls))
    st.register_type_strategy(LAYERS.classes["Network"], _strategy("networks"))


def _strategy(name: str, *only: Any) -> Callable[[type], Any]:
    """What makes a strategy when one is asked for: the module that has them is not imported before."""

    def make(_: type) -> Any:
        from mlp.testing import strategies

        return getattr(strategies, name)(*only)

    return make
