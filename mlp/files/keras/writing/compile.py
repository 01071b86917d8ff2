"""From what `Network.compile` has fixed to Keras's arguments of ``compile``."""

from __future__ import annotations

from typing import Any

from mlp.compiled import Compiled
from mlp.errors import ArgumentError
from mlp.files.description import require_current
from mlp.files.keras.slots import TURNS
from mlp.files.keras.writing.objects import keras_object, not_in_keras
from mlp.joint import JointLoss, losses_of
from mlp.losses import Loss
from mlp.losses.choosing import Crossentropy
from mlp.metrics import BinaryAccuracy, Metric, accuracy_for
from mlp.network import Network
from mlp.optimizers import Optimizer

__all__ = ["compile_config"]


def compile_config(network: Network) -> dict[str, Any]:
    """Keras's ``compile_config``.

    Raises
    ------
    ArgumentError
        If optimizer, loss or metrics are none of Keras's.
    StateError
        If layers have come or gone since the optimizer made steps.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=2)])
    >>> net.compile("sgd", "mse", metrics=["accuracy"])
    >>> compile_config(net)["metrics"], compile_config(net)["loss"]["class_name"]
    (['accuracy'], 'MeanSquaredError')
    """
    compiled = network.compiled
    return {
        "optimizer": _optimizer(compiled.optimizer),
        "loss": _losses(compiled),
        "loss_weights": list(compiled.loss.weights) if isinstance(compiled.loss, JointLoss) else None,
        "metrics": _metrics(network, compiled.metrics),
        "weighted_metrics": _metrics(network, compiled.weighted_metrics),
    }


def _optimizer(optimizer: Optimizer) -> dict[str, Any]:
    require_current(optimizer)
    where = "the optimizer: "
    if type(optimizer).__name__ not in TURNS:
        raise not_in_keras(where, type(optimizer).__name__, "compile with another one")
    if optimizer._undecayed:
        raise ArgumentError(
            f"{where}Keras files do not keep which weights are excluded from weight decay, here {optimizer._undecayed}: "
            "compile with an optimizer without them, or save as .npz, which does"
        )
    return keras_object(optimizer, where)


def _losses(compiled: Compiled) -> Any:
    if compiled.loss is None:
        return None
    found = [_loss(loss) for loss in losses_of(compiled.loss)]
    return found if len(found) > 1 else found[0]


def _loss(loss: Loss | None) -> Any:
    if loss is None:
        return None
    return "crossentropy" if isinstance(loss, Crossentropy) else keras_object(loss, "the loss: ")


def _metrics(network: Network, metrics: list[list[Metric | str]]) -> Any:
    loss, shapes = network.compiled.loss, network.output_shapes
    of_outputs = [None] * len(shapes) if loss is None else losses_of(loss)
    found = [
        [_metric(metric, of_outputs[i], shapes[i][-1]) for metric in listed] or None
        for i, listed in enumerate(metrics)
    ]
    if not any(found):
        return None
    return found if len(found) > 1 else found[0]


def _metric(metric: Metric | str, loss: Loss | None, outputs: int) -> Any:
    if isinstance(metric, Metric):
        return keras_object(metric, "the metrics: ")
    meant = accuracy_for(loss, outputs, metric)
    # Keras means the same by the name, but where a decision does not change at 0.5.
    plain = not isinstance(meant, BinaryAccuracy) or meant.threshold == 0.5
    found = keras_object(meant, f"the metrics: beside this loss {metric!r} means SignAccuracy; ")
    return metric if plain else found
