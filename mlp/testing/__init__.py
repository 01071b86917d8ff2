"""Proof of gradients: what a layer or a network computes backwards, held against what it computes forwards.

One line in a test suite tests one thing of one's own: `check_layer`, `check_activation`, `check_loss`,
`check_optimizer`, `check_metric`; `check_gradients` tests a compiled network.  Each returns a `Report` or raises a
`GradientError` that shows the smallest failing case found.

Besides: `check_taylor`, `hessian` and `hessian_vector_product` for second derivatives; `mlp.testing.metamorphic`,
what must not change a network; `mlp.testing.rules`, the textbook's optimizers in plain Python;
`mlp.testing.strategies` for Hypothesis; and `mlp.testing.gallery`, wrong back-propagations to learn from.
"""

from mlp.testing.activations import check_activation
from mlp.testing.layers import check_layer
from mlp.testing.losses import check_loss
from mlp.testing.metrics import check_metric
from mlp.testing.networks import check_gradients
from mlp.testing.numerical import numerical_gradient
from mlp.testing.optimizers import check_optimizer
from mlp.testing.report import GradientError, Report
from mlp.testing.second_order import check_taylor, hessian, hessian_vector_product

__all__ = [
    "GradientError", "Report", "check_activation", "check_gradients", "check_layer", "check_loss", "check_metric",
    "check_optimizer", "check_taylor", "hessian", "hessian_vector_product", "numerical_gradient",
]  # fmt: skip
