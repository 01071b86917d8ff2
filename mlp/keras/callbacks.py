"""`keras.callbacks`: what is told about the progress of training, those of `mlp.callbacks`."""

from typing import TYPE_CHECKING

from mlp import callbacks
from mlp.keras.namespace import lay_out

if TYPE_CHECKING:  # what `lay_out` shows, for those who check types
    from mlp.callbacks import *

lay_out(__name__, callbacks)
