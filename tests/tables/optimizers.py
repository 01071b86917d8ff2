"""Optimizers and their truth."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mlp import optimizers as opt
from mlp.testing import rules
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
    OptimizerRow(partial(opt.SGD, momentum=0.8, weight_decay=0.5), sgd(0.8, weight_decay=0.5)),
    OptimizerRow(opt.AdamW, adam(weight_decay=0.004)),
    OptimizerRow(partial(opt.AdamW, weight_decay=0.5, amsgrad=True), adam(amsgrad=True, weight_decay=0.5)),
    OptimizerRow(opt.Adamax, rules.adamax()),
    OptimizerRow(partial(opt.Adamax, beta_1=0.5, beta_2=0.6, epsilon=0.1), rules.adamax(0.5, 0.6, 0.1)),
    OptimizerRow(opt.Nadam, rules.nadam()),
    OptimizerRow(partial(opt.Nadam, beta_1=0.5, beta_2=0.6, epsilon=0.1), rules.nadam(0.5, 0.6, 0.1)),
    OptimizerRow(opt.Adagrad, rules.adagrad()),
    OptimizerRow(partial(opt.Adagrad, initial_accumulator_value=0.5, epsilon=0.01), rules.adagrad(0.5, 0.01)),
    OptimizerRow(opt.Adadelta, rules.adadelta()),
    OptimizerRow(partial(opt.Adadelta, rho=0.6, epsilon=0.01), rules.adadelta(0.6, 0.01)),
    OptimizerRow(opt.Ftrl, rules.ftrl()),
    OptimizerRow(
        partial(
            opt.Ftrl,
            learning_rate_power=-0.7,
            initial_accumulator_value=0.2,
            l1_regularization_strength=0.5,
            l2_regularization_strength=0.25,
            l2_shrinkage_regularization_strength=0.125,
            beta=1.0,
        ),
        rules.ftrl(-0.7, 0.2, 0.5, 0.25, 0.125, 1.0),
        name="Ftrl with all",
    ),
    OptimizerRow(opt.Lion, rules.lion()),
    OptimizerRow(partial(opt.Lion, beta_1=0.5, beta_2=0.6, weight_decay=0.25), rules.lion(0.5, 0.6, 0.25)),
    OptimizerRow(opt.Lamb, rules.lamb()),
    OptimizerRow(partial(opt.Lamb, beta_1=0.5, beta_2=0.6, epsilon=0.1), rules.lamb(0.5, 0.6, 0.1)),
    OptimizerRow(opt.Rprop, rules.rprop()),
    OptimizerRow(
        partial(opt.Rprop, etas=(0.25, 1.5), step_sizes=(0.05, 0.2)), rules.rprop((0.25, 1.5), (0.05, 0.2))
    ),
    OptimizerRow(opt.LBFGS, rules.lbfgs()),
    OptimizerRow(partial(opt.LBFGS, history_size=2), rules.lbfgs(2)),
]
