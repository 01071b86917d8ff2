"""What metrics that are the mean of a loss have in common."""

from __future__ import annotations

from typing import Any

from mlp import losses
from mlp.arrays import Array
from mlp.metrics.base import Metric

__all__ = ["LossMetric"]


class LossMetric(Metric):
    """The mean of a loss; a subclass names the loss's function, and has the arguments of that one and no others."""

    loss: str

    def values(self, t: Array, y: Array) -> Any:
        """The loss of each row."""
        options = {
            name: getattr(self, name) for name in self._argument_names() if name not in ("name", "dtype")
        }
        return getattr(losses, self.loss)(t, y, **options)
