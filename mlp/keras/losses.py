"""`keras.losses`: what training makes small, the classes and functions of `mlp.losses`."""

from typing import TYPE_CHECKING

from mlp import losses
from mlp.keras.namespace import lay_out

if TYPE_CHECKING:  # what `lay_out` shows, for those who check types
    from mlp.losses import *

__all__ = ["Reduction"]


class Reduction:
    """How the losses of rows become one number, as Keras 2 names it."""

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"


lay_out(__name__, losses, registry=losses.LOSSES, own=__all__)
