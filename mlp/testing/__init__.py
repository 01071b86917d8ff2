"""Proof of gradients: what a layer or a network computes backwards, held against what it computes forwards."""

from mlp.testing.activations import check_activation
from mlp.testing.layers import check_layer
from mlp.testing.losses import check_loss
from mlp.testing.networks import check_gradients
from mlp.testing.numerical import numerical_gradient
from mlp.testing.report import GradientError, Report

__all__ = [
    "GradientError", "Report", "check_activation", "check_gradients", "check_layer", "check_loss",
    "numerical_gradient",
]  # fmt: skip
