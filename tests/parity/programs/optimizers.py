"""Ten steps of every optimizer from one point with one sequence of gradients, for every option."""

import numpy as np

from parity.data import numbers
from parity.programs import called

#: The options that each optimizer has for itself.
OWN = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
    "RMSprop": [
        {},
        {"rho": 0.6, "epsilon": 1e-3},
        {"momentum": 0.8},
        {"centered": True},
        {"momentum": 0.8, "centered": True},
    ],
    "Adam": [{}, {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 1e-3}, {"amsgrad": True}],
    "AdamW": [{}, {"weight_decay": 0.3}, {"amsgrad": True}],
    "Adamax": [{}, {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 1e-3}],
    "Nadam": [{}, {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 1e-3}],
    "Adagrad": [{}, {"initial_accumulator_value": 0.5, "epsilon": 1e-3}],
    "Adadelta": [{}, {"rho": 0.5, "epsilon": 1e-3}],
    "Ftrl": [
        {},
        {"learning_rate_power": -0.8, "initial_accumulator_value": 0.4, "beta": 0.3},
        {"l1_regularization_strength": 0.3, "l2_regularization_strength": 0.2},
        {"l2_shrinkage_regularization_strength": 0.25},
        {"l1_regularization_strength": 0.1, "l2_shrinkage_regularization_strength": 0.1, "learning_rate_power": -0.4},
    ],
    "Lion": [{}, {"beta_1": 0.5, "beta_2": 0.8}],
    "Lamb": [{}, {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 1e-3}],
}  # fmt: skip

#: The options that all have.
COMMON = [
    {"weight_decay": 0.05},
    {"clipnorm": 0.5},
    {"clipvalue": 0.3},
    {"global_clipnorm": 0.5},
    {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 3},
    {"use_ema": True},
    {"gradient_accumulation_steps": 3},
    {"loss_scale_factor": 4.0},
    {
        "weight_decay": 0.05,
        "global_clipnorm": 0.6,
        "use_ema": True,
        "ema_momentum": 0.6,
        "ema_overwrite_frequency": 4,
        "gradient_accumulation_steps": 2,
    },
]

START = numbers(5, seed=1, low=-2, high=2)
#: Large, small, alternating, rare and vanishing entries.
GRADIENTS = numbers(10, 5, seed=2, low=-1, high=1) * np.array([3.0, 1e-2, 1.0, 0.5, 1.0])
GRADIENTS[:, 2] = np.abs(GRADIENTS[:, 2]) * (-1.0) ** np.arange(10)
GRADIENTS[1:7, 4] = 0.0


def _descent(name, arguments, rate=0.05):
    def program(k):
        optimizer = getattr(k.optimizers, name)(learning_rate=rate, **arguments)
        return k.descend(optimizer, START, GRADIENTS)

    return program


def _with_defaults(name):
    """The default learning rate too."""
    return lambda k: k.descend(getattr(k.optimizers, name)(), START, GRADIENTS)


def _scheduled(name):
    def program(k):
        schedule = k.optimizers.schedules.ExponentialDecay(0.1, decay_steps=2, decay_rate=0.5, staircase=True)
        return k.descend(getattr(k.optimizers, name)(learning_rate=schedule), START, GRADIENTS)

    return program


def _by_name(name):
    return lambda k: k.descend(k.optimizers.get(name.lower()), START, GRADIENTS)


PROGRAMS = {
    **{called(name, {}): _with_defaults(name) for name in OWN},
    **{
        called(name, {"learning_rate": 0.05, **arguments}): _descent(name, arguments)
        for name, variants in OWN.items()
        for arguments in [*variants, *COMMON]
    },
    **{f"{name} with a schedule": _scheduled(name) for name in OWN},
    # Keras has no name for Lamb, by an oversight.
    **{f"get({name.lower()!r})": _by_name(name) for name in OWN if name != "Lamb"},
}
