"""What the loss says about one output."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp.arrays import Array
from mlp.joint import JointLoss, losses_of
from mlp.losses import BinaryCrossentropy, CategoricalCrossentropy, Loss, SparseCategoricalCrossentropy
from mlp.several import parts

if TYPE_CHECKING:
    from mlp.network import Network
    from mlp.passes import Pass
    from mlp.samples import Samples

__all__ = ["judged"]


def judged(network: Network, one: Pass, i: int, samples: Samples, a: Array, total: float) -> dict[str, Array]:
    """The quantities of a loss event, for output ``i`` with the numbers ``a``; see `Network.steps`."""
    own: Any = losses_of(network.compiled.needed_loss())[i]
    used: Any = losses_of(one.loss)[i]  # the one of logits, where the last activation is joined with it
    y, t = parts(one.last)[i], parts(samples.t)[i]
    weight = one.loss.weights[i] if isinstance(one.loss, JointLoss) else 1.0
    with np.errstate(all="ignore"):
        found: dict[str, Any]
        value, slopes = used.trains_by()(t, y, None)
        found = {"output": np.array(i), "a": a, "t": t, "loss": value, "weight": weight, "L": total}
        if one.penalties or one.taps:
            of_weights = sum(regularizer.value_and_gradient(w)[0] for w, _, regularizer in one.penalties)
            found["penalty"] = of_weights + sum(tap.penalty for tap in one.taps)
        rows = _by_row(used, t, y)
        if rows is not None:
            found["rows"] = rows
        slopes = slopes * weight
        if one.finals[i] is None:
            found["da"] = slopes
            found |= _terms(own, a, t, weight)
        else:
            found["dz"] = slopes
            found |= _joined(own, a, t, slopes, weight)
    return {name: np.array(quantity) for name, quantity in found.items()}


def _by_row(loss: Loss, t: Array, y: Array) -> Array | None:
    """A value for each row; None of a loss that gives its value in another way."""
    if (
        type(loss).value_and_gradient is not Loss.value_and_gradient
        or loss.axis != -1
        or loss.ignore_class is not None
    ):
        return None
    twin = copy.copy(loss)
    vars(twin)["reduction"] = "none"
    values: Array = np.asarray(twin.measure(t, y)[0])
    return values.reshape(len(values), -1).mean(axis=1) if values.ndim > 1 else values


def _terms(loss: Loss, p: Array, t: Array, weight: float) -> dict[str, Any]:
    """Of a cross-entropy: the targets as a row of numbers each, and the factor that comes from mean and weight."""
    if type(loss) is BinaryCrossentropy:
        targets, each = loss.smoothed(t, 2), p.shape[-1]
    elif type(loss) is CategoricalCrossentropy:
        targets, each = loss.smoothed(t, p.shape[-1]), 1
    elif type(loss) is SparseCategoricalCrossentropy and loss.ignore_class is None:
        targets, each = np.eye(p.shape[-1], dtype=p.dtype)[t], 1
    else:
        return {}
    values = 1 if loss.reduction == "sum" else p.size // p.shape[-1]
    return {"target": targets, "factor": weight / each / values} if loss.axis == -1 else {}


def _joined(loss: Loss, p: Array, t: Array, slopes: Array, weight: float) -> dict[str, Any]:
    """The terms of ``dL/dz = factor (p - target)``, and ``dL/dp`` where that is finite."""
    found = _terms(loss, p, t, weight)
    if not found:
        return {}
    targets, factor = found["target"], found["factor"]
    if not np.allclose(factor * (p - targets), slopes, rtol=1e-5, atol=factor * 100 * np.finfo(p.dtype).eps):
        return {}
    if type(loss) is BinaryCrossentropy:
        by_p = factor * (p - targets) / (p * (1 - p))
    else:
        by_p = np.where(targets == 0, 0, -factor * targets / p)
    return found | {"da": by_p} if np.isfinite(by_p).all() else found
