"""What ``import tensorflow`` means to a script that uses it for `keras` alone."""

from __future__ import annotations

import logging
from typing import Any

from mlp import activations, keras, utils
from mlp.keras import ops
from mlp.keras.namespace import lay_out, part

__all__ = ["config", "constant", "get_logger", "keras", "math", "nn", "random"]

__version__ = "2.20.0+mlp"

#: TensorFlow's names of functions of NumPy.
REDUCTIONS = {f"reduce_{name}": name for name in ("all", "any", "max", "mean", "min", "prod", "sum")}

nn = part(f"{__name__}.nn", activations)
math = part(f"{__name__}.math", ops, aliases={**REDUCTIONS, "pow": "power"})
random = part(f"{__name__}.random", set_seed=utils.set_random_seed)
config = part(f"{__name__}.config", list_physical_devices=lambda device_type=None: [])


def constant(value: Any, dtype: Any = None) -> Any:
    """``value`` as an array."""
    return ops.convert_to_tensor(value, dtype)


def get_logger() -> logging.Logger:
    """TensorFlow's logger, to which nothing is logged here."""
    return logging.getLogger("tensorflow")


lay_out(__name__, ops, own=__all__, aliases={**REDUCTIONS, "pow": "power"})
