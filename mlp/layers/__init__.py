"""Layers: functions with trainable parameters, each with its gradient beside it."""

from mlp.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from mlp.layers.base import Layer
from mlp.layers.composite import Composite
from mlp.layers.dense import Dense
from mlp.layers.dropout import AlphaDropout, Dropout
from mlp.layers.embedding import Embedding
from mlp.layers.merging import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from mlp.layers.noise import GaussianDropout, GaussianNoise
from mlp.layers.normalization import (
    BatchNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from mlp.layers.penalty import ActivityRegularization
from mlp.layers.prelu import PReLU
from mlp.layers.preprocessing import CategoryEncoding, Discretization, Normalization, Rescaling
from mlp.layers.reshaping import Flatten, Identity, Input, InputLayer, Permute, RepeatVector, Reshape
from mlp.layers.residual import Residual

__all__ = [
    "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average", "BatchNormalization",
    "CategoryEncoding", "Composite", "Concatenate", "Dense", "Discretization", "Dot", "Dropout", "ELU",
    "Embedding", "Flatten", "GaussianDropout", "GaussianNoise", "Identity", "Input", "InputLayer", "Layer",
    "LayerNormalization", "LeakyReLU", "Maximum", "Minimum", "Multiply", "Normalization", "PReLU", "Permute",
    "RMSNormalization", "ReLU", "RepeatVector", "Rescaling", "Reshape", "Residual", "Softmax", "Subtract",
    "UnitNormalization", "add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract",
]  # fmt: skip
