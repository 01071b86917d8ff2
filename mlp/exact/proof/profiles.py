"""What has to be known of an activation to enclose it: where it turns, where its slope does, how exactly it is computed.

Between its turning points a function is monotone, so over an interval it takes its extremes at the ends, or at a turning
point inside.  The same holds for its slope, which bounds how far the function is from a straight line.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mlp import activations as act
from mlp.activations import Activation

__all__ = ["PROFILES", "Profile", "Turn"]


@dataclass(frozen=True)
class Turn:
    """Near ``at``, to a millionth, something turns or jumps; around it all values are from ``low`` to ``high``."""

    at: float
    low: float
    high: float


@dataclass(frozen=True)
class Profile:
    """What is known of a function of one number.

    Attributes
    ----------
    turns : tuple of Turn
        Between these the function is monotone.
    kinks : tuple of float or None
        Between these it is straight, and it is continuous; None if it is not so.
    slope_turns : tuple of Turn or None
        Between these the slope is monotone; None if there are jumps, or if ``kinks`` say more.
    ulps : float
        The computed value is right to so many units of its last place, and ...
    offset : float
        ... of this number, where numbers of its size are added or subtracted.
    """

    turns: tuple[Turn, ...] = ()
    kinks: tuple[float, ...] | None = None
    slope_turns: tuple[Turn, ...] | None = None
    ulps: float = 4.0
    offset: float = 0.0


def _near(at: float, value: float, doubt: float) -> Turn:
    return Turn(at, value - doubt, value + doubt)


def _smooth(*slope_turns: Turn, turns: tuple[Turn, ...] = (), ulps: float = 4.0) -> Callable[[Any], Profile]:
    profile = Profile(turns=turns, slope_turns=slope_turns, ulps=ulps)
    return lambda f: profile


def _dip(at: float, value: float) -> tuple[Turn, ...]:
    return (_near(at, value, 1e-12),)


def _straight(kinks: tuple[float, ...], ulps: float = 4.0) -> Profile:
    return Profile(kinks=kinks, ulps=ulps, offset=max(map(abs, kinks), default=0.0) if ulps else 0.0)


def _jump(*turns: Turn, ulps: float = 4.0) -> Profile:
    return Profile(turns=turns, ulps=ulps)


def _exponential(f: Any) -> Profile:
    """Elu and selu: exponential below 0, straight above; it turns at 0 where ``alpha`` is negative."""
    slopes = f.scale, f.scale * f.alpha
    return Profile(turns=(Turn(0.0, 0.0, 0.0),), slope_turns=(Turn(0.0, min(slopes), max(slopes)),))


def _relu(f: act.Relu) -> Profile:
    if f.from_output:
        return _straight((0.0,), ulps=0.0)
    above = f.threshold if f.max_value is None else min(max(f.threshold, 0.0), f.max_value)
    if above != 0.0:
        return Profile(turns=(Turn(f.threshold, min(above, 0.0), max(above, 0.0)),), offset=abs(f.threshold))
    return _straight((f.threshold, 0.0, *(() if f.max_value is None else (f.max_value,))))


def _threshold(f: act.Threshold) -> Profile:
    return _jump(Turn(f.threshold, *sorted((f.threshold, f.default_value))))


#: Straight lines below and above, and a half-sigmoid between: the slope is greatest and least where its own slope is 0.
_GELU = _smooth(
    _near(-math.sqrt(2), -0.12890414515, 1e-6), _near(math.sqrt(2), 1.12890414515, 1e-6),
    turns=_dip(-0.7517915246935644, -0.16997120747990366), ulps=1600.0,
)  # fmt: skip
_GELU_BY_TANH = _smooth(
    _near(-1.41850, -0.12899306866, 1e-6), _near(1.41850, 1.12899306866, 1e-6),
    turns=_dip(-0.7524614220710163, -0.17004075057125403), ulps=1600.0,
)  # fmt: skip

#: For each class, what an object of it is like; `Glu`, `Softmax` and `LogSoftmax` are functions of rows and have rules of their own.
PROFILES: dict[type[Activation], Callable[[Any], Profile]] = {
    act.Linear: lambda f: _straight((), ulps=0.0),
    act.Relu: _relu,
    act.Relu6: lambda f: _straight((0.0, 6.0), ulps=0.0),
    act.LeakyRelu: lambda f: _straight((0.0,)),
    act.Threshold: _threshold,
    act.Step: lambda f: _jump(ulps=0.0),
    act.HardTanh: lambda f: _straight((-1.0, 1.0), ulps=0.0),
    act.HardSigmoid: lambda f: _straight((-f.limit, f.limit)),
    act.SparseSigmoid: lambda f: _straight((-f.limit, f.limit)),
    act.SoftShrink: lambda f: _straight((-f.threshold, f.threshold)),
    act.HardShrink: lambda f: _jump(Turn(-f.threshold, -f.threshold, 0.0), Turn(f.threshold, 0.0, f.threshold)),
    act.Sigmoid: _smooth(Turn(0.0, 0.25, 0.25)),
    act.Tanh: _smooth(Turn(0.0, 1.0, 1.0)),
    act.Softsign: _smooth(Turn(0.0, 1.0, 1.0)),
    act.TanhShrink: _smooth(Turn(0.0, 0.0, 0.0)),
    act.LogSigmoid: _smooth(),
    act.Softplus: _smooth(),
    act.Squareplus: _smooth(),
    act.SparsePlus: _smooth(),
    act.Exponential: _smooth(),
    act.Celu: _smooth(),
    act.Elu: _exponential,
    act.Selu: _exponential,
    act.Gelu: lambda f: (_GELU_BY_TANH if f.approximate else _GELU)(f),
    act.Silu: _smooth(
        _near(-2.39936, -0.09983932013, 1e-6), _near(2.39936, 1.09983932013, 1e-6),
        turns=_dip(-1.2784645427610737, -0.2784645427610738),
    ),
    act.HardSilu: _smooth(Turn(-3.0, -0.5, 0.0), Turn(3.0, 1.0, 1.5), turns=_dip(-1.5, -0.375)),
    act.Mish: _smooth(
        _near(-2.25640, -0.11252612236, 1e-6), _near(1.49060, 1.08849816116, 1e-6),
        turns=_dip(-1.1924312145154952, -0.30884341301725043),
    ),
}  # fmt: skip
