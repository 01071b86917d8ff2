"""`keras.initializers`: initial values of weights, those of `mlp.initializers`."""

from typing import TYPE_CHECKING

from mlp import initializers
from mlp.keras.namespace import lay_out

if TYPE_CHECKING:  # what `lay_out` shows, for those who check types
    from mlp.initializers import *

lay_out(__name__, initializers, registry=initializers.INITIALIZERS)
