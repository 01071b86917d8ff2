"""`keras.config`: the settings of `mlp.keras.backend`."""

from mlp.keras.backend import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from mlp.keras.namespace import lay_out

__all__ = [
    "backend", "disable_interactive_logging", "enable_interactive_logging", "epsilon", "floatx", "image_data_format",
    "set_epsilon", "set_floatx", "set_image_data_format",
]  # fmt: skip


def disable_interactive_logging() -> None:
    """Nothing: progress is shown on stderr, and is no log."""


def enable_interactive_logging() -> None:
    """Nothing: progress is shown on stderr, and is no log."""


lay_out(__name__, own=__all__)
