"""Layers: functions with trainable parameters, each with its gradient beside it."""

from mlp.layers.activation import Activation
from mlp.layers.base import Layer
from mlp.layers.composite import Composite
from mlp.layers.dense import Dense
from mlp.layers.dropout import Dropout
from mlp.layers.merging import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract
from mlp.layers.normalization import Normalization, Rescaling
from mlp.layers.reshaping import Flatten, Input, InputLayer
from mlp.layers.residual import Residual

__all__ = [
    "Activation", "Add", "Average", "Composite", "Concatenate", "Dense", "Dot", "Dropout", "Flatten", "Input", "InputLayer",
    "Layer", "Maximum", "Minimum", "Multiply", "Normalization", "Rescaling", "Residual", "Subtract",
]  # fmt: skip
