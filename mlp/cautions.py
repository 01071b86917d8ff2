"""What can be done but was hardly meant: each is told by a warning of its own class, with the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlp.activations import Activation, Linear, Sigmoid, Softmax, Tanh
from mlp.errors import HingeOnProbabilitiesWarning, OneUnitSoftmaxWarning, UnscaledInputWarning
from mlp.joint import losses_of
from mlp.layers import Composite, Dense, Dropout, Flatten, Identity, InputLayer, Layer, Reshape
from mlp.notices import warn_caller

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["of_compiling", "of_data"]

#: Inputs from here on drive a sigmoid or tanh into its flat ends at once; grey values go up to 255.
LARGE = 100.0

#: Layers that give the numbers that they take.
HANDING_ON = (InputLayer, Flatten, Reshape, Identity, Dropout)


def of_compiling(network: Trainable, loss: Any) -> None:
    """Warn of outputs that do not go with the loss."""
    if loss is None:
        return
    for last, own in zip(network.last_layers(), losses_of(loss), strict=True):
        function = None if last is None else _activation(last)
        if last is None or own is None or not isinstance(function, Sigmoid | Softmax):
            continue
        if isinstance(function, Softmax) and last.output_shape[-1] == 1:
            warn_caller(
                f"{last._label}a softmax over one unit is always 1; use activation='sigmoid' with "
                "loss='binary_crossentropy', or two units",
                OneUnitSoftmaxWarning,
            )
        if own.targets == "sign":
            name = type(function).__name__.lower()
            warn_caller(
                f"{last._label}a hinge loss wants outputs on both sides of 0, and those of {name} are between 0 and 1; "
                "use activation='tanh' or none, or loss='binary_crossentropy'",
                HingeOnProbabilitiesWarning,
            )


def of_data(network: Trainable, x: Any) -> None:
    """Warn of inputs that saturate the first activation."""
    first = _saturable(network)
    if first is None or type(x) is not np.ndarray or not x.size:
        return
    largest = max(float(x.max()), -float(x.min()))
    if largest >= LARGE:
        warn_caller(
            f"{first._label}x holds numbers up to {largest:g}, at which a sigmoid or tanh is flat and its gradient nothing; "
            "scale them, x / 255 for grey values, or put Rescaling(1 / 255) or an adapted Normalization() in front",
            UnscaledInputWarning,
        )


def _activation(layer: Layer) -> Activation | None:
    """The activation function of the last layer in a layer."""
    while isinstance(layer, Composite) and layer.is_chain and layer._layers:
        layer = layer._layers[-1]
    found = vars(layer).get("activation")
    return found if isinstance(found, Activation) else None


def _saturable(network: Composite) -> Layer | None:
    """The first dense layer of a chain, where it takes the very inputs and what comes next is a sigmoid or tanh."""
    if not network.is_chain:
        return None
    computing = [layer for layer in network._layers if not isinstance(layer, HANDING_ON)]
    if not computing or not isinstance(computing[0], Dense):
        return None
    functions = (vars(layer).get("activation") for layer in computing[:2])
    first = next((function for function in functions if not isinstance(function, Linear)), None)
    return computing[0] if isinstance(first, Sigmoid | Tanh) else None
