"""Above which number a network of one output says yes."""

from __future__ import annotations

from typing import Any

from mlp import metrics
from mlp.activations import Activation, HardSigmoid, HardTanh, Sigmoid, Softsign, SparseSigmoid, Step, Tanh
from mlp.files.program import IDLE
from mlp.layers.again import own_layer
from mlp.network import Network
from mlp.trainable import Trainable

__all__ = ["threshold_of"]

#: Where no loss speaks of classes: what ends in one of these says yes above the middle of its values.
MIDDLES: dict[type[Activation], float] = {
    HardSigmoid: 0.5, Sigmoid: 0.5, SparseSigmoid: 0.5, Step: 0.5, HardTanh: 0.0, Softsign: 0.0, Tanh: 0.0,
}  # fmt: skip


def threshold_of(net: Trainable) -> float | None:
    """The threshold that "accuracy" goes by; without a loss for two classes, that of the last activation.

    Parameters
    ----------
    net : Trainable
        Of one output, which is one number.

    Returns
    -------
    float or None
        None of a network whose output is an amount.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> from mlp.losses import BinaryCrossentropy
    >>> net = Network([Dense(1, activation="sigmoid", input_dim=2)])
    >>> threshold_of(net)
    0.5
    >>> net = Network([Dense(1, input_dim=2)])
    >>> net.compile("sgd", BinaryCrossentropy(from_logits=True))
    >>> threshold_of(net)
    0.0
    """
    if getattr(net.loss, "targets", "real") in ("sign", "binary"):
        accuracy: Any = metrics.accuracy_for(net.loss, 1)
        return float(accuracy.threshold)
    last: Any = net
    while isinstance(last, Network):
        last = _last_layer(last)
    function: Any = getattr(last, "activation", None)
    return MIDDLES.get(type(function))


def _last_layer(network: Network) -> Any:
    """The last layer that does something in prediction, where there is just one."""
    last = reversed(network._layers) if network.is_chain else network.last_layers()
    owners = (own_layer(layer) for layer in last if layer is not None)
    return next((layer for layer in owners if type(layer) not in IDLE), None)
