"""``mlp evaluate``: how good a model is on a table that has the target."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from mlp.arrays import Array, shown
from mlp.commands.card import Card
from mlp.commands.outputs import choices, targets_for
from mlp.commands.paths import load_model
from mlp.commands.report import classification_report, regression_report
from mlp.commands.rows import plain_rows
from mlp.commands.split import fingerprint, unpacked
from mlp.commands.table import Table, read_table
from mlp.commands.target import CLASSIFICATION, amounts, class_numbers
from mlp.errors import ArgumentError
from mlp.network import Network

__all__ = ["evaluate", "results"]


def evaluate(options: argparse.Namespace) -> Iterator[str]:
    """Loss and metrics on all rows, or apart for those held out and trained on where it is that very table.

    Raises
    ------
    MLPError, OSError
        If model and data do not fit together.
    """
    network = load_model(options.model)
    card = Card.of(network, options.model)
    if card is not None:
        table = read_table(options.data, card.features, options.target or card.target)
        known = card.task == CLASSIFICATION
        yield from results(
            network, card, table, class_numbers(table, card.labels) if known else amounts(table)
        )
        return
    if options.target is None:
        raise ArgumentError(f"--target is missing: {options.model} does not say which column it predicts")
    x, table = plain_rows(network, options.data, options.target)
    yield f"rows: {len(x)}"
    yield from _numbers(network, x, amounts(table), "")


def results(network: Network, card: Card, table: Table, y: Array) -> Iterator[str]:
    """What there is to say about predictions for a table.

    Parameters
    ----------
    network, card
        The model.
    table : Table
        With the card's features.
    y : ndarray, shape (n,)
        Its amounts or class numbers.
    """
    parts = {"": (np.ones(len(y), bool), "")}
    if card.data.get("fingerprint") == fingerprint(table):
        held_out = unpacked(card.data["held_out"], len(y))
        parts = {"test ": (held_out, ", held out from training"), "training ": (~held_out, "")}
    for prefix, (rows, remark) in parts.items():
        if not rows.any():
            continue
        yield f"{prefix}rows: {int(rows.sum())}{remark}"
        x, t = table.x[rows], y[rows]
        outputs = network.predict(x)
        if card.task == CLASSIFICATION:
            lines = classification_report(t, choices(outputs), card.labels)
            t = targets_for(t, outputs.shape[1], network.loss) if network.loss is not None else t
        else:
            lines = regression_report(t, outputs[:, 0], card.target)
        yield from (prefix + line for line in lines)
        if network.loss is not None:
            value = network.evaluate(x, t, return_dict=True)["loss"]
            smoothing = getattr(network.loss, "label_smoothing", 0)
            smoothed = f" with label smoothing {smoothing:g}" if smoothing else ""
            yield f"{prefix}loss ({network.loss.name}{smoothed}): {value:.4g}"


def _numbers(network: Network, x: Array, y: Array, prefix: str) -> Iterator[str]:
    """Loss and metrics by the names under which the network was compiled."""
    for name, value in network.evaluate(x, y, return_dict=True).items():
        yield f"{prefix}{name}: {shown(value)}"
