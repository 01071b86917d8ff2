"""What a layer is called in reports: names are unique beside each other only, so those around it belong to them."""

from __future__ import annotations

from mlp.layers import Layer

__all__ = ["label_of", "path_of"]


def path_of(layer: Layer) -> str:
    """``residual/dense``: the layer's name, with those of the layers that it is in, but for the network itself."""
    names = [str(layer.name)]
    owner = layer._owner
    while owner is not None and owner._owner is not None:
        names.append(str(owner.name))
        owner = owner._owner
    return "/".join(reversed(names))


def label_of(layer: Layer) -> str:
    """``layer 0 'dense' (Dense, 3 -> 4)`` and, where it is inside of another layer, ``in 'residual'``."""
    label = layer._label.strip().removesuffix(":")
    inside = path_of(layer).rpartition("/")[0]
    return f"{label} in {inside!r}" if inside else label
