"""Calculations worked out in front of the reader: every number of a forward and a backward pass, typeset.

`Network.explain` makes a `Calculation`, `Network.steps` walks through its numbers as `Event` objects.  What is said stands in
``mlp.explain.formula``, without a digit rounded or a letter set; how it looks is up to the writers beside it.
"""

from mlp.explain.calculation import Calculation
from mlp.explain.event import Event

__all__ = ["Calculation", "Event"]
