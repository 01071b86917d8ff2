"""``mlp summary``: what a model file holds."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from mlp.commands.card import Card
from mlp.commands.paths import load_model
from mlp.network import Network

__all__ = ["summary", "summary_lines"]


def summary(options: argparse.Namespace) -> Iterator[str]:
    """The layers, how they were trained, and what they were trained on."""
    network = load_model(options.model)
    yield from summary_lines(network)
    if network.loss is not None:
        yield f"Loss: {network.loss.name}, optimizer: {network.optimizer.name}"
    card = Card.of(network, options.model)
    if card is None:
        yield "Nothing is known about the table it was trained on"
        return
    yield f"Task: {card.task} of {card.target!r}"
    if card.labels:
        yield f"Classes, in the order of the outputs: {', '.join(map(str, card.labels))}"
    yield f"Features, in the order of the inputs: {', '.join(card.features)}"


def summary_lines(network: Network) -> list[str]:
    """The table of layers."""
    lines: list[str] = []
    network.summary(print_fn=lines.append)
    return lines
