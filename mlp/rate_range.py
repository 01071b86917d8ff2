"""Which learning rate to take: a short training in which it grows until the loss does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.errors import ArgumentError
from mlp.evaluation import evaluate_samples
from mlp.samples import Samples
from mlp.training import Trainer

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["RateRange", "lr_range_test"]

#: So many rows tell what the loss is after a step; a batch alone would tell more of itself than of the step.
JUDGES = 1000

#: Where the loss is above its least by so many times that, larger rates need not be tried.
TOO_FAR = 3.0


@dataclass(frozen=True)
class RateRange:
    """The rates that were tried and what became of the loss.

    Attributes
    ----------
    rates, losses : list of float
        A rate and the loss after the step that was made with it, on up to 1,000 rows, always the same.
    suggestion : float
        The rate at which the loss fell fastest, on the way to its least value.
    """

    rates: list[float]
    losses: list[float]
    suggestion: float


def lr_range_test(
    net: Trainable,
    x: Any,
    y: Any,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 100,
    batch_size: int = 32,
    sample_weight: Any = None,
) -> RateRange:
    """Train a copy with a learning rate that grows from step to step by a factor, and see where the loss falls fastest.

    Smith 2017, "Cyclical learning rates for training neural networks", arXiv:1506.01186, section 3.3; the factor
    instead of a constant increment is common practice.

    Parameters
    ----------
    net : Network
        Compiled; it is not changed.
    x, y : array_like
        Rows and targets.
    lowest, highest : float, defaults 1e-06 and 10
        The first and the last rate; it ends earlier where the loss explodes.
    steps : int, default 100
        How many rates.
    batch_size : int, default 32
        Rows in a step.
    sample_weight : array_like, shape (n,), optional
        Weights of the rows.

    Returns
    -------
    RateRange
        Rates, losses and a suggestion.

    Raises
    ------
    StateError, ShapeError, DataError, ArgumentError
        If the network is not compiled, or something does not fit.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(8, "tanh", input_dim=1), Dense(1)], rng=0)
    >>> net.compile("sgd", "mse")
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> found = lr_range_test(net, x, x * x, steps=50)
    >>> 1e-3 < found.suggestion < 10
    True
    """
    low, high = checks.real("lowest", lowest, above=0.0), checks.real("highest", highest, above=0.0)
    count, size = checks.integer("steps", steps, 2), checks.integer("batch_size", batch_size)
    if not low < high:
        raise ArgumentError(f"lowest must be below highest, got {low:g} and {high:g}")
    samples = Samples.checked(net, x, y, sample_weight)
    twin = net.copy()
    trainer = Trainer(twin, records=False)
    judges = samples.subset(twin.rng.permutation(len(samples))[:JUDGES])
    rates: list[float] = []
    losses = [evaluate_samples(twin, judges)["loss"]]
    with np.errstate(all="ignore"):
        for rate in np.geomspace(low, high, count).tolist():
            twin.optimizer.learning_rate = rate
            batch = samples.subset(twin.rng.permutation(len(samples))[:size])
            *_, finite = trainer.step(batch.x, batch.t, batch.weight)
            loss = evaluate_samples(twin, judges)["loss"]
            if not (finite and math.isfinite(loss)):
                break
            rates.append(rate)
            losses.append(loss)
            least = min(losses)
            if loss - least > TOO_FAR * abs(least):  # a loss may be negative
                break
    if not rates:
        raise ArgumentError(
            f"the loss is not finite at the lowest rate, {low:g}; take a lower one, or scale the data"
        )
    # Behind its least value the loss leaps up and falls back, which says nothing of a rate to train with.
    falling = losses[: max(2, int(np.argmin(losses)) + 1)]
    return RateRange(rates, losses[1:], rates[int(np.argmin(np.diff(falling)))])
