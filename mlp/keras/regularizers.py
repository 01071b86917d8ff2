"""`keras.regularizers`: penalties of weights, those of `mlp.regularizers`."""

from typing import TYPE_CHECKING

from mlp import regularizers
from mlp.keras.namespace import lay_out

if TYPE_CHECKING:  # what `lay_out` shows, for those who check types
    from mlp.regularizers import *

lay_out(__name__, regularizers, registry=regularizers.REGULARIZERS, aliases={"l1_l2": "L1L2", "l1l2": "L1L2"})
