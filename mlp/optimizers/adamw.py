"""AdamW: Adam with weight decay that does not pass through the moments."""

from __future__ import annotations

from typing import Any

from mlp import checks
from mlp.optimizers.adam import Adam
from mlp.optimizers.base import OPTIMIZERS

__all__ = ["AdamW"]


@OPTIMIZERS.add()
class AdamW(Adam):
    """``w -= learning_rate weight_decay w``, then a step of `Adam` (Loshchilov and Hutter 2019, arXiv:1711.05101).

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate.
    weight_decay : float, default 0.004
        How fast parameters shrink.
    beta_1, beta_2, epsilon, amsgrad
        See `Adam`.
    **kwargs
        What all optimizers share: see `Optimizer`.

    Examples
    --------
    >>> import numpy as np
    >>> w = np.array([1.0])
    >>> AdamW(0.1, weight_decay=0.5).step(w, np.array([2.0]))
    >>> w.round(4)
    array([0.85])
    """

    replayable = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **kwargs: Any,
    ) -> None:
        decay = checks.real("weight_decay", weight_decay, 0.0)
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=decay, **kwargs)
