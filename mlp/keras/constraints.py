"""`keras.constraints`: rules that hold after each step, those of `mlp.constraints`."""

from typing import TYPE_CHECKING

from mlp import constraints
from mlp.keras.namespace import lay_out

if TYPE_CHECKING:  # what `lay_out` shows, for those who check types
    from mlp.constraints import *

lay_out(
    __name__, constraints, registry=constraints.CONSTRAINTS,
    aliases={"maxnorm": "MaxNorm", "nonneg": "NonNeg", "unitnorm": "UnitNorm"},
)  # fmt: skip
