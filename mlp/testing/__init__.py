"""Proof of gradients: what a layer or a network computes backwards, held against what it computes forwards."""

from mlp.testing.gradients import GradientError, Report, check_gradients, check_layer
from mlp.testing.numerical import numerical_gradient

__all__ = ["GradientError", "Report", "check_gradients", "check_layer", "numerical_gradient"]
