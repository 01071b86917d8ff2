"""Optimizers and their truth."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mlp import optimizers as opt
from mlp.testing.rules import adam, rmsprop, sgd


@dataclass(frozen=True)
class OptimizerRow:
    """An optimizer: ``truth`` moves one number by a list of gradients at a list of rates."""

    make: Callable[..., opt.Optimizer]  # takes learning_rate
    truth: Callable[[float, list[float], list[float]], list[float]]
    name: str = ""


OPTIMIZERS = [
    OptimizerRow(opt.SGD, sgd()),
    OptimizerRow(partial(opt.SGD, momentum=0.9), sgd(0.9)),
    OptimizerRow(partial(opt.SGD, momentum=0.8, nesterov=True), sgd(0.8, nesterov=True)),
    OptimizerRow(partial(opt.SGD, nesterov=True), sgd()),
    OptimizerRow(opt.RMSprop, rmsprop()),
    OptimizerRow(partial(opt.RMSprop, rho=0.8, momentum=0.7), rmsprop(0.8, 0.7)),
    OptimizerRow(partial(opt.RMSprop, centered=True, epsilon=1e-3), rmsprop(epsilon=1e-3, centered=True)),
    OptimizerRow(partial(opt.RMSprop, momentum=0.5, centered=True), rmsprop(momentum=0.5, centered=True)),
    OptimizerRow(opt.Adam, adam()),
    OptimizerRow(partial(opt.Adam, beta_1=0.5, beta_2=0.6, epsilon=0.1), adam(0.5, 0.6, 0.1)),
    OptimizerRow(partial(opt.Adam, beta_2=0.5, amsgrad=True), adam(beta_2=0.5, amsgrad=True)),
]
