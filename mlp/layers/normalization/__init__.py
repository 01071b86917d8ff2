"""Layers that put numbers on one scale: that of their batch, of their row, or of all rows seen in training."""

from mlp.layers.normalization.batch import BatchNormalization
from mlp.layers.normalization.row import LayerNormalization, RMSNormalization
from mlp.layers.normalization.unit import UnitNormalization

__all__ = ["BatchNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"]
