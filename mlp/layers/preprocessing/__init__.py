"""Layers that prepare data, so that a network takes them as they are: nothing in them is trained by gradient."""

from mlp.layers.preprocessing.normalization import Normalization
from mlp.layers.preprocessing.rescaling import Rescaling

__all__ = ["Normalization", "Rescaling"]
