"""Which weights a layer has, told by its class and arguments alone: readers know it before anything is built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["WEIGHTS", "weight_names"]

#: The weights of each class in the order of ``get_weights()``; one that an argument switches off stands with its name.
WEIGHTS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "BatchNormalization": (
        ("gamma", "scale"),
        ("beta", "center"),
        ("moving_mean", None),
        ("moving_variance", None),
    ),
    "Dense": (("kernel", None), ("bias", "use_bias")),
    "Embedding": (("embeddings", None),),
    "LayerNormalization": (("gamma", "scale"), ("beta", "center")),
    "Normalization": (("mean", None), ("variance", None), ("count", None)),
    "PReLU": (("alpha", None),),
    "RMSNormalization": (("scale", None),),
}


def weight_names(class_name: str, config: Mapping[str, Any]) -> list[str]:
    """The names of a layer's weights; none of a class that has none.

    Examples
    --------
    >>> weight_names("Dense", {"units": 3}), weight_names("Dense", {"units": 3, "use_bias": False})
    (['kernel', 'bias'], ['kernel'])
    """
    return [
        name for name, switch in WEIGHTS.get(class_name, ()) if switch is None or config.get(switch, True)
    ]
