"""Layers that prepare data, so that a network takes them as they are: nothing in them is trained by gradient."""

from mlp.layers.preprocessing.discretization import Discretization
from mlp.layers.preprocessing.encoding import CategoryEncoding
from mlp.layers.preprocessing.normalization import Normalization
from mlp.layers.preprocessing.rescaling import Rescaling

__all__ = ["CategoryEncoding", "Discretization", "Normalization", "Rescaling"]
