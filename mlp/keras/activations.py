"""`keras.activations`: activation functions, those of `mlp.activations`."""

from typing import TYPE_CHECKING

from mlp import activations
from mlp.keras.namespace import lay_out

if TYPE_CHECKING:  # what `lay_out` shows, for those who check types
    from mlp.activations import *

lay_out(__name__, activations, registry=activations.ACTIVATIONS)
