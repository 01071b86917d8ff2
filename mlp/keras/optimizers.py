"""`keras.optimizers`: how the gradient moves the weights, the classes of `mlp.optimizers`."""

from typing import TYPE_CHECKING

from mlp import optimizers
from mlp import schedules as _schedules
from mlp.keras.namespace import lay_out, part

if TYPE_CHECKING:  # what `lay_out` shows, for those who check types
    from mlp.optimizers import *

__all__ = ["schedules"]

schedules = part(f"{__name__}.schedules", _schedules, registry=_schedules.SCHEDULES)

lay_out(__name__, optimizers, registry=optimizers.OPTIMIZERS, own=__all__)
