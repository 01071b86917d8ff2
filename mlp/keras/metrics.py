"""`keras.metrics`: what is reported beside the loss, those of `mlp.metrics`."""

from typing import TYPE_CHECKING

from mlp import metrics
from mlp.keras.namespace import lay_out
from mlp.metrics.base import METRICS

if TYPE_CHECKING:  # what `lay_out` shows, for those who check types
    from mlp.metrics import *

lay_out(__name__, metrics, registry=METRICS)
