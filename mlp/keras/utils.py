"""`keras.utils`: helps around data and randomness, those of `mlp.utils`."""

from typing import TYPE_CHECKING

from mlp import utils
from mlp.keras.namespace import lay_out
from mlp.registry import custom_object_scope

if TYPE_CHECKING:  # what `lay_out` shows, for those who check types
    from mlp.utils import *

__all__ = ["CustomObjectScope", "custom_object_scope"]

CustomObjectScope = custom_object_scope

lay_out(__name__, utils, own=__all__, aliases={"Sequence": "PyDataset"})
