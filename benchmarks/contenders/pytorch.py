"""PyTorch: modules run eagerly, and the same after ``torch.compile``."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import nn

from benchmarks.contenders.base import EPSILON, LEARNING_RATE, Trained
from benchmarks.workloads import Workload

ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}


def hinge(y: Any, t: Any) -> Any:
    """PyTorch has this loss only for classes by number."""
    return torch.relu(1 - t * y).mean()


LOSSES = {
    "hinge": hinge,
    "mean_absolute_error": nn.L1Loss(),
    "mean_squared_error": nn.MSELoss(),
    "sparse_categorical_crossentropy": nn.CrossEntropyLoss(),
}


def module(work: Workload, weights: list[Any]) -> nn.Sequential:
    """Return the layers; a softmax is left to the loss, as PyTorch advises."""
    layers: list[nn.Module] = []
    for (n_in, n_out), activation in zip(pairwise(work.sizes), work.activations, strict=True):
        layers.append(nn.Linear(n_in, n_out))
        if activation in ACTIVATIONS:
            layers.append(ACTIVATIONS[activation]())
    model = nn.Sequential(*layers)
    with torch.no_grad():
        for parameter, w in zip(model.parameters(), weights, strict=True):
            parameter.copy_(torch.from_numpy(w.T if w.ndim == 2 else w))
    return model


class Eager(Trained):
    """One operation after the other, with the fused Adam, which is the fastest."""

    def __init__(self, work: Workload, weights: list[Any]) -> None:
        super().__init__(work, weights)
        self.model = self.prepared(module(work, weights))
        self.loss = self.prepared_loss()
        self.optimizer = torch.optim.Adam(self.model.parameters(), LEARNING_RATE, eps=EPSILON, fused=True)
        self.softmax = work.output == "softmax"

    def prepared(self, model: nn.Module) -> Any:
        """Return what is called for predictions."""
        return model

    def prepared_loss(self) -> Any:
        """Return ``loss(x, t)`` of a batch."""
        model, loss = self.model, LOSSES[self.work.loss]
        return lambda x, t: loss(model(x), t)

    def load(self, x: Any, y: Any) -> None:
        """Make tensors."""
        super().load(torch.from_numpy(x), torch.from_numpy(y))

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        """Run the usual loop; the losses of an epoch are fetched together at its end."""
        loss, optimizer, size, losses = self.loss, self.optimizer, self.work.batch_size, []
        x, y = self.x, self.y
        for _ in range(epochs):
            if shuffle:
                order = torch.randperm(len(self.x))
                x, y = self.x[order], self.y[order]
            values = []
            for xb, yb in zip(x.split(size), y.split(size), strict=True):
                optimizer.zero_grad()
                value = loss(xb, yb)
                value.backward()
                optimizer.step()
                values.append(value.detach())
            losses.append(torch.stack(values).mean().item())
        return losses

    def call(self, x: Any) -> Any:
        """Rows in, NumPy out."""
        with torch.inference_mode():
            y = self.model(torch.from_numpy(x))
            return (torch.softmax(y, 1) if self.softmax else y).numpy()


class Compiled(Eager):
    """Forward pass, loss and their derivative compiled; the fused optimizer is one call already."""

    def prepared(self, model: nn.Module) -> Any:
        """Compile what predicts."""
        return torch.compile(model)

    def prepared_loss(self) -> Any:
        """Compile forward pass and loss as one."""
        return torch.compile(super().prepared_loss())
