"""The step, which has no derivative to learn by, and what may stand for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlp import checks
from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.activations.sigmoids import Sigmoid, Softsign
from mlp.arrays import Array, constant, real_sign

__all__ = ["Step", "step"]


#: What stands for the derivative of the step: ``dx``, from ``dy`` and ``x``.
SURROGATES: dict[str, Callable[[Array, Array], Array]] = {
    "straight_through": lambda dy, x: dy,
    "clipped": lambda dy, x: np.multiply(dy, np.abs(x.real) <= 1),
    "sigmoid": lambda dy, x: dy * Sigmoid().forward(x) * Sigmoid().forward(-x),
    "triangle": lambda dy, x: dy * np.maximum(1 - real_sign(x) * x, constant(0.0, x.dtype)),
    "superspike": lambda dy, x: Softsign().backward(dy, x, x),
}


@ACTIVATIONS.add()
class Step(Activation):
    """``y = 1 if x > 0 else 0``; the derivative is zero wherever there is one, and is declared zero at 0.

    Parameters
    ----------
    surrogate : str, optional
        What stands for the derivative in ``backward``, so that there is something to learn by:
        ``"straight_through"``, 1 (Bengio, Leonard and Courville 2013, arXiv:1308.3432, section 4);
        ``"clipped"``, 1 where ``|x| <= 1``, else 0 (Hubara et al. 2016, arXiv:1602.02830, equation 4);
        ``"sigmoid"``, that of the sigmoid, ``s (1 - s)``;
        ``"triangle"``, ``max(1 - |x|, 0)`` (Esser et al. 2016, arXiv:1603.08270);
        ``"superspike"``, ``1 / (1 + |x|)^2`` (Zenke and Ganguli 2018, arXiv:1705.11146).

    Examples
    --------
    >>> step([-1.0, 0.0, 2.0])
    array([0., 0., 1.])
    >>> Step(surrogate="triangle").derivative([-1.0, 0.0, 0.25])
    array([0.  , 1.  , 0.75])
    """

    replayable = True
    rational = True
    surrogate_gradient = True

    def __init__(self, surrogate: str | None = None) -> None:
        self.surrogate = checks.one_of("surrogate", surrogate, (None, *SURROGATES))
        self.from_output = surrogate in (None, "straight_through")
        self.rational = surrogate != "sigmoid"

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = 1 if x > 0 else 0``."""
        if x.dtype.kind != "f":
            return np.where(x.real > 0, constant(1.0, x.dtype), constant(0.0, x.dtype))
        y: Array = np.heaviside(x.real, 0.0, out=out)
        return y

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = 0``, or ``dy`` times the surrogate."""
        if self.surrogate is not None:
            return SURROGATES[self.surrogate](dy, x)
        dx: Array = np.zeros_like(dy) if dy.dtype.kind != "O" else dy - dy  # whose zeros are fractions too
        return dx


step = function(Step)
