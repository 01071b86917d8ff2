"""``mlp train``: from a table to a model file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlp.arrays import Array
from mlp.commands.card import Card
from mlp.commands.evaluate import results
from mlp.commands.names import listing
from mlp.commands.outputs import loss_for, targets_for, units_and_activation
from mlp.commands.paths import model_path
from mlp.commands.recipe import Recipe
from mlp.commands.shipped import SHIPPED
from mlp.commands.split import fingerprint, hold_out, packed
from mlp.commands.summary import summary_lines
from mlp.commands.table import Table, column_names, read_table
from mlp.commands.target import CLASSIFICATION, REGRESSION, Target, decide
from mlp.errors import ArgumentError, DataError
from mlp.layers import Rescaling
from mlp.losses import Loss
from mlp.network import Network

__all__ = ["train"]


def train(options: argparse.Namespace) -> Iterator[str]:
    """Train on a table, say how good the result is, save it.

    Raises
    ------
    MLPError, OSError
        If an option or the data cannot be used; nothing is written then.
    """
    recipe = Recipe.of(options.data, vars(options))
    table = _table(options)
    path = model_path(options.output, options.data)
    target = decide(table, options.task)
    loss = loss_for(target.task, len(target.labels), recipe.loss, recipe.label_smoothing)
    yield from _introduction(table, target)

    split_rng, network_rng = np.random.default_rng(recipe.seed).spawn(2)
    classes = target.y if target.task == CLASSIFICATION else np.zeros(len(target.y), int)
    held_out = hold_out(classes, recipe.validation, split_rng)
    units, activation = units_and_activation(target.task, len(target.labels), loss)
    network = recipe.build(table.x[~held_out], table.features, units, activation, network_rng)
    yield f"Training on {int((~held_out).sum())} rows, {int(held_out.sum())} held out, {recipe.epochs} epochs"
    trained = _Training(network, recipe, loss, table.x, held_out, 0 if options.quiet else "auto")
    if target.task == CLASSIFICATION:
        yield from trained.on_classes(targets_for(target.y, units, loss))
    else:
        yield from trained.on_amounts(target)

    data = {"fingerprint": fingerprint(table), "held_out": packed(held_out)}
    card = Card(target.task, target.name, table.features, target.labels, data)
    network.metadata = card.to_metadata()
    yield from ("", *summary_lines(network), "")
    yield from results(network, card, table, target.y)
    network.save(path)
    yield f"\nSaved {path}. Next: mlp predict {path} {options.data if options.data in SHIPPED else 'DATA.csv'}"


def _table(options: argparse.Namespace) -> Table:
    shipped = SHIPPED.get(options.data)
    target = options.target or (shipped.target if shipped else None)
    if target is None:
        names = column_names(options.data)
        raise ArgumentError(
            f"--target is missing: which column of {options.data} is to be predicted? Columns: {listing(names)}"
        )
    cure = ", or leave the column out with --ignore '{}'"
    return read_table(options.data, target=target, ignored=options.ignore, cure=cure)


def _introduction(table: Table, target: Target) -> Iterator[str]:
    yield f"{table.source}: {len(table.lines)} rows, {len(table.features)} features, target {target.name!r}"
    if table.unnamed:
        yield f"Left out: {table.unnamed} column(s) without a name"
    other = CLASSIFICATION if target.task == REGRESSION else REGRESSION
    way = (
        "" if target.reason == "as asked for" or "text" in target.reason else f"; --task {other} changes that"
    )
    names = [str(label) for label in target.labels]
    into = f" into {len(names)} classes ({listing(names)})" if names else ""
    yield f"Task: {target.task} of {target.name!r}{into}, as {target.reason}{way}"


@dataclass(frozen=True)
class _Training:
    """What one training needs."""

    network: Network
    recipe: Recipe
    loss: Loss
    x: Array
    held_out: Array
    verbose: int | str

    def on_classes(self, y: Array) -> Iterator[str]:
        """Train on targets as the loss takes them."""
        yield from self._fit(y, "accuracy")

    def on_amounts(self, target: Target) -> Iterator[str]:
        """Train on the standardised target, then append the way back to its own units.

        Only so the learning rate means the same for prices in millions and for lengths in micrometres.
        """
        y = target.y[~self.held_out]
        with np.errstate(over="ignore", under="ignore"):
            mean, deviation = y.mean(), y.std() or float(y[0] == y.min() == y.max())
        if not np.isfinite(deviation) or not deviation:
            raise DataError(
                f"column {target.name!r} spreads too far or too little for a float; give it another unit"
            )
        yield f"The losses shown are in units of the target's standard deviation, {deviation:.4g}"
        yield from self._fit((target.y - mean) / deviation, "mae")
        self.network.add(Rescaling(deviation, mean))
        self.network.compile(self.recipe.new_optimizer(), self.loss, metrics=["mae"])

    def _fit(self, y: Array, metric: str) -> Iterator[str]:
        """Train, and tell where the loss on held-out rows was least if it rose much since."""
        rest, recipe = ~self.held_out, self.recipe
        self.network.compile(recipe.new_optimizer(), self.loss, metrics=[metric])
        history = self.network.fit(
            self.x[rest], y[rest], epochs=recipe.epochs, batch_size=recipe.batch_size, verbose=self.verbose,
            validation_data=None if rest.all() else (self.x[self.held_out], y[self.held_out]),
        )  # fmt: skip
        losses = history.history.get("val_loss", [])
        best = int(np.argmin(losses)) if losses else 0
        if losses and losses[-1] > 1.25 * losses[best]:
            yield (
                f"The loss on held-out rows was least after epoch {best + 1} ({losses[best]:.4g}) and rose to "
                f"{losses[-1]:.4g}: the network learns its rows by heart; try --epochs {best + 1} or --dropout 0.3"
            )
