"""The arguments of rules that follow the gradients and their sizes, each by a mean that forgets."""

from __future__ import annotations

from typing import Any

from mlp import checks
from mlp.optimizers.base import Optimizer

__all__ = ["TwoMoments"]


class TwoMoments(Optimizer):
    """What `Adam` and its kin share: how slowly two moments change, and what keeps a denominator from zero."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = checks.fraction("beta_1", beta_1)
        self.beta_2 = checks.fraction("beta_2", beta_2)
        self.epsilon = checks.real("epsilon", epsilon, 0.0)
