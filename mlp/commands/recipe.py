"""How a network is built and trained: what the options of ``mlp train`` say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from mlp import activations, losses, optimizers
from mlp.arrays import Array
from mlp.commands.shipped import SHIPPED
from mlp.errors import DataError, MLPError
from mlp.layers import Dense, Dropout, Input, Layer, Normalization, Rescaling
from mlp.layers.node import Node
from mlp.network import Network

__all__ = ["Recipe"]

#: Columns that spread less or more than this are brought to a spread of 1 first: the deviation that
#: `Normalization` divides by is at least 1e-7, and the square of a very large number overflows.
LEAST_SPREAD, LARGEST_SPREAD = 1e-4, 1e100


@dataclass(frozen=True)
class Recipe:
    """The options with their defaults; ``rescaling`` (scale and offset) takes the place of standardising."""

    hidden: Sequence[int] = (64, 32)
    activation: str = "relu"
    dropout: float = 0.0
    loss: str | None = None
    label_smoothing: float = 0.0
    optimizer: str = "adam"
    learning_rate: float | None = None
    epochs: int = 100
    batch_size: int = 32
    validation: float = 0.2
    seed: int = 0
    rescaling: tuple[float, float] | None = None

    @classmethod
    def of(cls, source: str, options: dict[str, Any]) -> Recipe:
        """The recipe of a data set, changed by what a person gave; all names in it are known.

        Raises
        ------
        UnknownNameError
            If an option names what there is not; the nearest known name is suggested.

        Examples
        --------
        >>> Recipe.of("digits", {"hidden": None, "epochs": 5}).hidden, Recipe.of("my.csv", {}).hidden
        ((128,), (64, 32))
        """
        shipped = SHIPPED.get(source)
        known = {field.name for field in fields(cls)}
        given = {name: value for name, value in options.items() if name in known and value is not None}
        recipe = cls() if shipped is None else cls(rescaling=shipped.rescaling)
        if (
            shipped
            and options.get("target") in (None, shipped.target)
            and options.get("task") != "regression"
        ):
            recipe = replace(recipe, **shipped.recipe)
            if "loss" in given:
                recipe = replace(recipe, label_smoothing=0.0)  # it may not go with another loss
        recipe = replace(recipe, **given)
        for option, module in (("activation", activations), ("loss", losses), ("optimizer", optimizers)):
            name = getattr(recipe, option)
            try:
                if name is not None:
                    module.get(name)
            except MLPError as error:
                raise type(error)(f"--{option}: {error}") from None
        return recipe

    def new_optimizer(self) -> optimizers.Optimizer:
        """The optimizer, as new."""
        config: dict[str, Any] = {} if self.learning_rate is None else {"learning_rate": self.learning_rate}
        return optimizers.get({"class_name": self.optimizer, "config": config})

    def build(
        self, x: Array, names: Sequence[str], units: int, activation: str, rng: np.random.Generator
    ) -> Network:
        """The network before training, its scales taken from the rows to train on.

        Parameters
        ----------
        x : ndarray, shape (n, n_in)
            Those rows.
        names : list of str
            What the columns are called, for messages.
        units : int
            How many outputs.
        activation : str
            That of the outputs.
        rng : Generator
            The source of randomness.

        Raises
        ------
        DataError
            If a column is beyond what can be scaled.
        """
        layers: list[Layer | Node] = [Input(shape=(x.shape[1],))]
        scaling = [Rescaling(*self.rescaling)] if self.rescaling is not None else _standardising(x, names)
        layers += scaling
        for size in self.hidden:
            layers.append(Dense(size, activation=self.activation))
            if self.dropout:
                layers.append(Dropout(self.dropout))
        layers.append(Dense(units, activation=activation))
        network = Network(layers, rng=rng)
        if self.rescaling is None:
            _adapt(network, x)
        return network


def _standardising(x: Array, names: Sequence[str]) -> list[Layer]:
    with np.errstate(over="ignore"):
        spread = np.ptp(x, axis=0)
        odd = (spread > 0) & ((spread < LEAST_SPREAD) | (spread > LARGEST_SPREAD))
        scale = 1 / np.where(odd, spread, 1.0)
    for name, factor in zip(names, scale, strict=True):
        if not np.isfinite(factor) or not factor:
            raise DataError(
                f"column {name!r} spreads too far or too little for a float; give it another unit"
            )
    return [Rescaling(scale), Normalization()] if odd.any() else [Normalization()]


def _adapt(network: Network, x: Array) -> None:
    """Give the `Normalization` mean and variance; a constant column, which tells nothing, is made to say nothing."""
    index = next(i for i, layer in enumerate(network.layers) if isinstance(layer, Normalization))
    for layer in network.layers[:index]:
        x = layer(x)
    normalization: Any = network.layers[index]
    normalization.adapt(x)
    constant = x.min(axis=0) == x.max(axis=0)
    # Exactly: a mean that is off by one rounding, divided by 1e-7, would be an input that moves weights.
    normalization.mean[constant], normalization.variance[constant] = x[0, constant], 1.0
    first: Any = next(layer for layer in network.layers if isinstance(layer, Dense))
    # Its inputs are zero in training, so these weights stay zero, and another value later changes no prediction.
    first.kernel[constant] = 0.0
