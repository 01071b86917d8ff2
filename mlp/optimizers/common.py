"""What every optimizer can do beside its rule: clip gradients, gather them, decay weights and average them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.configurable import Configurable
from mlp.errors import ArgumentError
from mlp.optimizers.plan import Piece, Plan

__all__ = ["Common"]


class Common(Configurable):
    """The arguments that all optimizers share, and what they do; see `mlp.optimizers.Optimizer`."""

    # On the class too, so that a subclass may leave out super().__init__().
    weight_decay: float | None = None
    clipnorm: float | None = None
    clipvalue: float | None = None
    global_clipnorm: float | None = None
    use_ema: bool = False
    ema_momentum: float = 0.99
    ema_overwrite_frequency: int | None = None
    loss_scale_factor: float | None = None
    gradient_accumulation_steps: int | None = None
    name: str

    couples_entries: bool = False
    decays_weights: bool = False

    _plan: Plan | None = None
    #: Weights of these names are left out of weight decay.
    _undecayed: tuple[str, ...] = ()
    #: Parameters shrink by ``weight_decay``, here and not in a rule of one's own that has an argument of that name.
    _decays: bool = False
    #: Something is done with gradients before the rule, or with parameters after it.
    _has_more_to_do: bool = False

    def __init__(
        self,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
    ) -> None:
        clips = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = [clip for clip, value in clips.items() if value is not None]
        if len(given) > 1:
            raise ArgumentError(
                f"give one of clipnorm, clipvalue and global_clipnorm, got {' and '.join(given)}"
            )
        self.weight_decay = None if weight_decay is None else checks.real("weight_decay", weight_decay, 0.0)
        self.clipnorm, self.clipvalue, self.global_clipnorm = (
            None if value is None else checks.real(clip, value, above=0.0) for clip, value in clips.items()
        )
        self.use_ema = checks.flag("use_ema", use_ema)
        self.ema_momentum = checks.real("ema_momentum", ema_momentum, 0.0, 1.0)
        self.ema_overwrite_frequency = _count("ema_overwrite_frequency", ema_overwrite_frequency, 1)
        self.loss_scale_factor = (
            None
            if loss_scale_factor is None
            else checks.real("loss_scale_factor", loss_scale_factor, above=0.0)
        )
        self.gradient_accumulation_steps = _count(
            "gradient_accumulation_steps", gradient_accumulation_steps, 2
        )
        self.name = type(self).__name__.lower() if name is None else checks.text("name", name)
        self._decays = bool(self.weight_decay)
        self._has_more_to_do = bool(
            given or self.use_ema or self.gradient_accumulation_steps or self.loss_scale_factor
        )
        if self._decays:
            self.decays_weights = True
        if self.clipnorm or self.global_clipnorm:
            self.couples_entries = True

    @property
    def common_slots(self) -> tuple[str, ...]:
        """The names of the state that these arguments need, after that of the rule."""
        return (
            *["average"] * self.use_ema,
            *["gradient_accumulator"] * bool(self.gradient_accumulation_steps),
        )

    def exclude_from_weight_decay(self, *, var_names: Iterable[str]) -> None:
        """Leave weights out of weight decay whose name contains one of these words.

        Parameters
        ----------
        var_names : iterable of str
            Such as ``["bias"]``, for all biases of a network.

        Raises
        ------
        ArgumentTypeError
            If one of them is no text.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> from mlp.optimizers import AdamW
        >>> adamw = AdamW(weight_decay=0.1)
        >>> adamw.exclude_from_weight_decay(var_names=["bias"])
        >>> Network([Dense(1, input_dim=1)]).compile(adamw, "mse")
        """
        names = [var_names] if isinstance(var_names, str) else var_names
        self._undecayed = tuple(checks.text("var_names", name) for name in names)
        self._plan = None

    def scale_loss(self, loss: Any) -> Any:
        """``loss_scale_factor loss``, whose gradient is the one that ``step`` takes; the loss itself without a factor.

        Parameters
        ----------
        loss : float
            The loss.

        Returns
        -------
        float
            The loss to differentiate.

        Examples
        --------
        >>> from mlp.optimizers import SGD
        >>> SGD(loss_scale_factor=1024.0).scale_loss(0.5), SGD().scale_loss(0.5)
        (512.0, 0.5)
        """
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def _unscaled(self, g: Array) -> Array:
        """The gradient of the loss, where that of the scaled loss is given."""
        return g if self.loss_scale_factor is None else g / self.loss_scale_factor

    def _is_decayed(self, piece: Piece) -> bool:
        return not any(word in piece.name for word in self._undecayed)

    def _clipped(self, g: Array, pieces: tuple[Piece, ...]) -> Array:
        """The gradient within its limits, as a new array where there are any."""
        if self.clipvalue is not None:
            return np.clip(g, -self.clipvalue, self.clipvalue)
        if self.global_clipnorm is not None:
            return g * _shrinkage(g, self.global_clipnorm)
        if self.clipnorm is not None:
            return np.concatenate([g[p.part] * _shrinkage(g[p.part], self.clipnorm) for p in pieces])
        return g

    def _average(self, average: Array, w: Array, iterations: int) -> None:
        """``average = ema_momentum average + (1 - ema_momentum) w``, and now and then the other way round."""
        average += (w - average) * (1 - self.ema_momentum if iterations else 1.0)
        every = self.ema_overwrite_frequency
        if every and (iterations + 1) % every == 0:
            w[...] = average


def _count(name: str, value: Any, low: int) -> int | None:
    return None if value is None else checks.integer(name, value, low)


def _shrinkage(g: Array, limit: float) -> float:
    """By what ``g`` becomes as long as ``limit``; 1 if it is shorter."""
    largest = float(np.abs(g).max(initial=0.0))
    # The squares of what is as large as 1 neither over- nor underflow.
    length = largest * float(np.linalg.norm(g / largest)) if largest else 0.0
    return limit / max(length, limit)
