"""What a model's file says about the table it was trained on, in ``net.metadata``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mlp.commands.target import CLASSIFICATION, TASKS, Label
from mlp.errors import ModelFileError
from mlp.network import Network

__all__ = ["Card"]


@dataclass(frozen=True)
class Card:
    """Task, target, features in the order of the inputs, and the classes' labels in that of the outputs.

    ``data`` holds the fingerprint of the table and which rows of it were held out.
    """

    task: str
    target: str
    features: Sequence[str]
    labels: Sequence[Label] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)

    def to_metadata(self) -> dict[str, Any]:
        """What to keep in the file."""
        return asdict(self)

    @classmethod
    def of(cls, network: Network, source: str) -> Card | None:
        """The card in a network's metadata, or None if it has none, as a network that was not trained by ``mlp train``.

        Raises
        ------
        ModelFileError
            If there is one that does not fit the network.
        """
        page = network.metadata
        if not {"task", "target", "features"} <= page.keys():
            return None
        task, target, features, labels = (page.get(name) for name in ("task", "target", "features", "labels"))
        data = page.get("data", {})
        classes = max(2, network.output_shape[-1] or 0) if task == CLASSIFICATION else 0
        fits = (
            task in TASKS and isinstance(target, str) and len(network.output_shape) == 2
            and isinstance(features, list) and network.input_shape == (None, len(features))
            and isinstance(data, dict) and isinstance(labels, list) and len(labels) == classes
        )  # fmt: skip
        if not fits:
            raise ModelFileError(
                f"{source}: what its metadata say about features and labels does not fit the network "
                f"{network.input_shape} -> {network.output_shape}"
            )
        return cls(page["task"], page["target"], page["features"], page["labels"], data)
