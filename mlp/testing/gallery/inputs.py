"""The smallest inputs: for a layer, an activation, a loss, a penalty and an optimizer.

Each class holds the numbers of one input, knows what to do with them, and what is looked at afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlp.layers import Dense, InputLayer
from mlp.network import Network
from mlp.testing.activations import check_activation
from mlp.testing.gallery.exhibits import shown
from mlp.testing.layers import check_layer
from mlp.testing.losses import check_loss
from mlp.testing.networks import check_gradients
from mlp.testing.optimizers import check_optimizer
from mlp.testing.report import Report

__all__ = ["ForActivation", "ForLayer", "ForLoss", "ForOptimizer", "ForPenalty"]


def _code(value: Any) -> str:
    return f"`{shown(value)}`"


def _plain(value: Any) -> Any:
    """As Python's numbers and lists."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


@dataclass(frozen=True)
class ForLayer:
    """For a layer: ``forward(x)``, then ``backward(dy)``.

    Attributes
    ----------
    x, dy : list
        Rows, and the gradient that comes from behind.
    look_at : str
        ``"y"``, ``"dx"``, ``"x"`` or ``"dy"`` as they are in the end, ``"y and dx"``, a weight's name for its gradient,
        ``"new m"`` for the value of a weight m, ``"dtype of y"``, or ``"same y twice"``: whether two new layers with
        one seed agree.
    weights : dict
        All weights.
    before : tuple
        Pairs of ``x`` and ``dy`` that the layer has seen before.
    between : list, optional
        Rows that another layer of the same class sees between forward and backward.
    after : list, optional
        Rows that the layer sees after backward.
    training : bool
        Whether it is training.
    dtype : str
        The type of the network.
    order : str
        ``"F"`` for rows in Fortran order.
    arguments : dict
        What the layer is made with, where that is less than the checker takes.
    """

    x: list[Any]
    dy: list[Any] | None
    look_at: str
    weights: Mapping[str, Any] | None = None
    before: tuple[tuple[list[Any], list[Any]], ...] = ()
    between: list[Any] | None = None
    after: list[Any] | None = None
    training: bool = False
    dtype: str = "float64"
    order: Any = "C"
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def checker(self) -> str:
        """The checker's name."""
        return "check_layer"

    def check(self, make: Callable[..., Any], rng: Any, options: Mapping[str, Any]) -> Report:
        """Check such a layer."""
        return check_layer(make, **{"input_shape": (3,), **options}, rng=rng)

    def result(self, make: Callable[..., Any]) -> Any:
        """What a layer makes of it."""
        layer = self._layer(make)
        if self.look_at == "same y twice":
            one, other = (self._layer(make).forward(self._rows(self.x), self.training) for _ in range(2))
            return bool(np.array_equal(one, other))
        for x, dy in self.before:
            layer.forward(self._rows(x), self.training)
            layer.backward(self._rows(dy))
        given = {"x": self._rows(self.x), "dy": self._rows(self.dy)}
        found = {**given, "y": layer.forward(given["x"], self.training)}
        if self.between is not None:
            self._layer(make).forward(self._rows(self.between), self.training)
        if self.dy is not None:
            found["dx"] = layer.backward(given["dy"])
        if self.after is not None:
            layer.forward(self._rows(self.after), self.training)
        if self.look_at == "dtype of y":
            return str(found["y"].dtype)
        found.update(layer._gradients, **{f"new {name}": value for name, value in layer._values.items()})
        looked_at = [_plain(found[name]) for name in self.look_at.split(" and ")]
        return looked_at if len(looked_at) > 1 else looked_at[0]

    def _layer(self, make: Callable[..., Any]) -> Any:
        layer = make(**self.arguments)
        net = Network([InputLayer(np.shape(self.x)[1:]), layer], dtype=self.dtype, rng=0)
        net.set_weights(list((self.weights or {}).values()))
        return layer

    def _rows(self, x: Any) -> Any:
        return np.array(x, self.dtype, order=self.order)

    def table(self) -> dict[str, str]:
        """The input as the columns of a table."""
        first = {f"earlier {name}": [pair[i] for pair in self.before] for i, name in enumerate(("x", "dy"))}
        columns = {
            **{name: _code(value) for name, value in (self.weights or {}).items()},
            **{name: ", ".join(map(_code, value)) for name, value in first.items() if value},
            "x": _code(self.x) + (" in Fortran order" if self.order == "F" else ""),
            "x of another such layer": _code(self.between) if self.between else "",
            "dy": _code(self.dy) if self.dy is not None else "",
            "x of a later forward": _code(self.after) if self.after else "",
            "mode": "training" if self.training else "",
            "network": self.dtype if self.dtype != "float64" else "",
        }
        what = f"gradient of {self.look_at}" if self.look_at in (self.weights or {}) else self.look_at
        return {**{name: value for name, value in columns.items() if value}, "looked at": what}


@dataclass(frozen=True)
class ForActivation:
    """For an activation: ``y = forward(x)``, ``dx = backward(dy, x, y)``.

    Attributes
    ----------
    x, dy : list
        Numbers, and the gradient that comes from behind.
    look_at : str
        ``"y"``, ``"dx"``, or ``"dy"`` as it is in the end.
    in_place : bool
        Let forward write ``y`` over ``x`` where the function says that it may.
    between : list, optional
        What forward is asked for between, by another layer with the same activation object.
    """

    x: list[Any]
    dy: list[Any]
    look_at: str = "dx"
    in_place: bool = False
    between: list[Any] | None = None

    @property
    def checker(self) -> str:
        """The checker's name."""
        return "check_activation"

    def check(self, make: Callable[..., Any], rng: Any, options: Mapping[str, Any]) -> Report:
        """Check such an activation."""
        return check_activation(make(), **options, rng=rng)

    def result(self, make: Callable[..., Any]) -> Any:
        """What an activation makes of it."""
        f, x, dy = make(), np.array(self.x), np.array(self.dy)
        with np.errstate(all="ignore"):
            y = f.forward(x, x if self.in_place and f.from_output else None)
            if self.between is not None:
                f.forward(np.array(self.between))
            return _plain({"y": y, "dx": f.backward(dy, x, y), "dy": dy}[self.look_at])

    def table(self) -> dict[str, str]:
        """The input as the columns of a table."""
        over = {"memory": "y may be written over x"} if self.in_place else {}
        between = {"x of a forward between": _code(self.between)} if self.between else {}
        return {"x": _code(self.x), **between, "dy": _code(self.dy), **over, "looked at": self.look_at}


@dataclass(frozen=True)
class ForLoss:
    """For a loss: ``value_and_gradient(t, y, weight)``.

    Attributes
    ----------
    t, y : list
        Targets and outputs.
    look_at : str
        ``"value"``, ``"gradient"``, or ``"y"`` as it is in the end.
    weight : list, optional
        Weights of the rows.
    before : list, optional
        Targets that the loss has seen before, with the same outputs.
    """

    t: list[Any]
    y: list[Any]
    look_at: str = "gradient"
    weight: list[float] | None = None
    before: list[Any] | None = None

    @property
    def checker(self) -> str:
        """The checker's name."""
        return "check_loss"

    def check(self, make: Callable[..., Any], rng: Any, options: Mapping[str, Any]) -> Report:
        """Check such a loss."""
        return check_loss(make, **options, rng=rng)

    def result(self, make: Callable[..., Any]) -> Any:
        """What a loss makes of it."""
        loss, y = make(), np.array(self.y)
        if self.before is not None:
            loss.value_and_gradient(np.array(self.before), y)
        with np.errstate(all="ignore"):
            value, gradient = loss.value_and_gradient(np.array(self.t), y, self.weight)
        return _plain({"value": value, "gradient": gradient, "y": y}[self.look_at])

    def table(self) -> dict[str, str]:
        """The input as the columns of a table."""
        weight = {} if self.weight is None else {"sample_weight": _code(self.weight)}
        before = {} if self.before is None else {"earlier t": _code(self.before)}
        return {**before, "t": _code(self.t), "y": _code(self.y), **weight, "looked at": self.look_at}


@dataclass(frozen=True)
class ForPenalty:
    """For a regularizer: its value and its gradient.

    Attributes
    ----------
    w : list
        A weight.
    look_at : str
        ``"value"`` or ``"gradient"``.
    """

    w: list[Any]
    look_at: str = "gradient"

    @property
    def checker(self) -> str:
        """The checker's name."""
        return "check_gradients"

    def check(self, make: Callable[..., Any], rng: Any, options: Mapping[str, Any]) -> Report:
        """Check a small network with such a penalty."""
        net = Network([Dense(2, "tanh", kernel_regularizer=make(), input_dim=2), Dense(1)], rng=0)
        net.compile(loss="mse")
        return check_gradients(net, [[0.5, -1.0], [2.0, 0.25]], [1.0, 0.0], rng=rng)

    def result(self, make: Callable[..., Any]) -> Any:
        """The penalty, or its gradient."""
        value, gradient = make().value_and_gradient(np.array(self.w))
        return float(value) if self.look_at == "value" else gradient.tolist()

    def table(self) -> dict[str, str]:
        """The input as the columns of a table."""
        return {"w": _code(self.w), "looked at": self.look_at}


@dataclass(frozen=True)
class ForOptimizer:
    """For an optimizer: a number that takes some steps.

    Attributes
    ----------
    w : float
        Where it starts.
    g : tuple of float
        Its gradients.
    rates : tuple of float, optional
        The learning rate is set to these, one before each step.
    others : int
        So many steps another optimizer of the same class makes before the last step.
    look_at : str
        ``"w"`` or ``"g"``: the last gradient's array as it is in the end.
    renewed : bool
        Whether the number is copied into another array before each step.
    arguments : dict
        What the optimizer is made with, where that are rounder numbers than the checker takes.
    """

    w: float
    g: tuple[float, ...]
    rates: tuple[float, ...] = ()
    others: int = 0
    look_at: str = "w"
    renewed: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def checker(self) -> str:
        """The checker's name."""
        return "check_optimizer"

    def check(self, make: Callable[..., Any], rng: Any, options: Mapping[str, Any]) -> Report:
        """Check such an optimizer."""
        return check_optimizer(make, **options, rng=rng)

    def result(self, make: Callable[..., Any]) -> Any:
        """Where the number is in the end."""
        optimizer, w, g = make(**self.arguments), np.array([self.w]), np.zeros(1)
        for i, slope in enumerate(self.g):
            if self.others and i == len(self.g) - 1:
                other = make(**self.arguments)
                for _ in range(self.others):
                    other.step(np.zeros(1), np.ones(1))
            if self.rates:
                optimizer.learning_rate = self.rates[i]
            if self.renewed:
                w = w.copy()
            g = np.array([slope])
            optimizer.step(w, g)
        return float((w if self.look_at == "w" else g)[0])

    def table(self) -> dict[str, str]:
        """The input as the columns of a table."""
        columns = {name: _code(value) for name, value in self.arguments.items()}
        columns |= {"w": _code(self.w), "gradients": ", ".join(map(_code, self.g))}
        if self.rates:
            columns["learning rates"] = ", ".join(map(_code, self.rates))
        if self.others:
            columns["between"] = f"another optimizer makes {self.others} step{'s' * (self.others > 1)}"
        if self.renewed:
            columns["memory"] = "a copy of w at each step"
        return {
            **columns,
            "looked at": "w after the last step" if self.look_at == "w" else "the last gradient's array",
        }
