"""JAX with optax: a compiled call for each batch, the same with the data on the device, or for a whole epoch."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.contenders.base import EPSILON, LEARNING_RATE, Trained
from benchmarks.workloads import Workload

ACTIVATIONS = {
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "sigmoid": jax.nn.sigmoid,
    "softmax": jax.nn.softmax,
    "linear": lambda z: z,
}
LOSSES = {
    "hinge": lambda y, t: jnp.maximum(0, 1 - t * y).mean(),
    "mean_absolute_error": lambda y, t: jnp.abs(y - t).mean(),
    "mean_squared_error": lambda y, t: jnp.square(y - t).mean(),
    "sparse_categorical_crossentropy": lambda z, t: optax.softmax_cross_entropy_with_integer_labels(
        z, t
    ).mean(),
}


class Functions:
    """The functions of a network that are compiled."""

    def __init__(self, work: Workload) -> None:
        self.work = work
        self.optimizer = optax.adam(LEARNING_RATE, eps=EPSILON)

    def outputs(self, weights: list[Any], x: Any, activations: list[str]) -> Any:
        """Forward pass."""
        for w, b, activation in zip(weights[::2], weights[1::2], activations, strict=True):
            x = ACTIVATIONS[activation](x @ w + b)
        return x

    def loss(self, weights: list[Any], x: Any, t: Any) -> Any:
        """The loss of a batch; a softmax is part of its cross-entropy."""
        activations = ["linear" if a == "softmax" else a for a in self.work.activations]
        return LOSSES[self.work.loss](self.outputs(weights, x, activations), t)

    def update(self, state: Any, x: Any, t: Any) -> Any:
        """One step of Adam."""
        weights, moments = state
        loss, gradient = jax.value_and_grad(self.loss)(weights, x, t)
        changes, moments = self.optimizer.update(gradient, moments)
        return (optax.apply_updates(weights, changes), moments), loss

    def step(self, carry: Any, x: Any, y: Any, order: Any) -> Any:
        """Take the batch that is due, so that a step is a single call from Python."""
        state, total, start = carry
        rows = jax.lax.dynamic_slice_in_dim(order, start, self.work.batch_size)
        state, loss = self.update(state, x[rows], y[rows])
        return state, total + loss, start + self.work.batch_size

    def epoch(self, state: Any, x: Any, y: Any, order: Any) -> Any:
        """All steps over the shuffled batches."""
        batches = order.reshape(-1, self.work.batch_size)
        state, losses = jax.lax.scan(lambda state, rows: self.update(state, x[rows], y[rows]), state, batches)
        return state, losses.mean()


class Loop(Trained):
    """The usual loop: a compiled step, called with each batch; old weights are given away for new ones."""

    def __init__(self, work: Workload, weights: list[Any]) -> None:
        super().__init__(work, weights)
        self.functions = Functions(work)
        self.compiled = self.compile()
        weights = [jnp.array(w) for w in weights]
        self.state = weights, self.functions.optimizer.init(weights)
        self.rng = np.random.default_rng(0)
        forward = jax.jit(partial(self.functions.outputs, activations=work.activations))
        self.call = lambda x: np.asarray(forward(self.state[0], x).block_until_ready())

    def compile(self) -> Any:
        """Return what is called."""
        return jax.jit(self.functions.update, donate_argnums=0)

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        """Shuffle the numbers of the rows and train an epoch, again and again."""
        losses, order = [], np.arange(self.work.rows, dtype=np.int32)
        for _ in range(epochs):
            if shuffle:
                self.rng.shuffle(order)
            losses.append(self.train_epoch(order))
        return losses

    def train_epoch(self, order: Any) -> float:
        """Call the step with one batch after the other; the losses are fetched at the end."""
        x, y, size, losses = self.x[order], self.y[order], self.work.batch_size, []
        for start in range(0, len(order), size):
            self.state, loss = self.compiled(self.state, x[start : start + size], y[start : start + size])
            losses.append(loss)
        return sum(map(float, losses)) / len(losses)


class Step(Loop):
    """Data and order on the device; a step takes its batch itself and counts on."""

    def compile(self) -> Any:
        """Return what is called."""
        return jax.jit(self.functions.step, donate_argnums=0)

    def load(self, x: Any, y: Any) -> None:
        """Make arrays of JAX."""
        super().load(jnp.asarray(x), jnp.asarray(y))

    def train_epoch(self, order: Any) -> float:
        """Call the step; the loss is fetched once, at the end."""
        carry = self.state, jnp.float32(0), jnp.int32(0)
        step, x, y, order = self.compiled, self.x, self.y, jnp.array(order)
        for _ in range(self.work.steps):
            carry = step(carry, x, y, order)
        self.state, total, _ = carry
        return float(total) / self.work.steps


class Epoch(Step):
    """One compiled call an epoch."""

    def compile(self) -> Any:
        """Return what is called."""
        return jax.jit(self.functions.epoch, donate_argnums=0)

    def train_epoch(self, order: Any) -> float:
        """Call the epoch."""
        self.state, loss = self.compiled(self.state, self.x, self.y, jnp.array(order))
        return float(loss)
