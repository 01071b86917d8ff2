"""The loss of a network with several outputs: a weighted sum of one for each; or of one, with a weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlp.arrays import Array
from mlp.configurable import encode
from mlp.losses import Loss
from mlp.several import joined, parts

__all__ = ["JointLoss", "losses_of"]


class JointLoss:
    """``L = sum_i weight_i L_i``, ``L_i`` being the loss of output ``i``.

    Parameters
    ----------
    losses : sequence of Loss or None
        One for each output; an output with none does not count.
    weights : sequence of float
        Their weights.

    Attributes
    ----------
    values : list
        The losses of the outputs at the last `reduced`, without their weights.
    """

    reduction = "sum_over_batch_size"

    def __init__(self, losses: Sequence[Loss | None], weights: Sequence[float]) -> None:
        self.losses, self.weights = tuple(losses), tuple(weights)
        self.values: list[Any] = []

    def describe(self) -> Any:
        """What JSON can hold of the losses; `mlp.compiled.compile_settings` takes it back, with the weights."""
        return [encode(loss) for loss in self.losses]

    def trains_by(self) -> Any:
        """What training calls at each batch."""
        measures = [None if loss is None else loss.trains_by() for loss in self.losses]

        def reduced(t: Any, y: Any, weight: Any) -> tuple[Any, Any]:
            value: Any = 0.0
            slopes: list[Array] = []
            self.values = []
            of_each = parts(weight) if len(parts(weight)) > 1 else (weight,) * len(measures)
            for measure, factor, t_i, y_i, w_i in zip(
                measures, self.weights, parts(t), parts(y), of_each, strict=True
            ):
                if measure is None:
                    slopes.append(y_i * 0.0)
                    continue
                value_i, slopes_i = measure(t_i, y_i, w_i)
                self.values.append(value_i)
                value = value + factor * value_i
                slopes.append(slopes_i if factor == 1.0 else slopes_i * factor)
            return value, joined(slopes)

        return reduced


def losses_of(loss: Loss | JointLoss) -> tuple[Loss | None, ...]:
    """The loss of each output."""
    return loss.losses if isinstance(loss, JointLoss) else (loss,)
