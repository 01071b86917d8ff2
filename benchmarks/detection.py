"""The smallest fault that a gradient check sees: ``python -m benchmarks.detection``.

One entry of one parameter's gradient is scaled by ``1 + d``, for every layer and every loss of the registries; the
table shows the smallest ``d`` that ``check_gradients(full=True)`` catches, for the entry where that is hardest.
Entries of less than a thousandth of their array's largest are left out, for rounding in the others hides them.
Where PyTorch and JAX are installed, their checkers get the same fault in a dense layer.
"""

from __future__ import annotations

import importlib
import math
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import mlp
from mlp import Network, losses
from mlp.layers import Composite, Dense, Layer
from mlp.layers import __name__ as layers_name
from mlp.layers.base import LAYERS
from mlp.testing import GradientError, check_gradients

#: Layers whose constructor asks for something; of the others the class alone will do.
EXAMPLES: dict[str, Callable[[], Layer]] = {
    "Activation": lambda: mlp.layers.Activation("softplus"),
    "Dense": lambda: Dense(3, activation="tanh"),
    "Dropout": lambda: mlp.layers.Dropout(0.3),
    "InputLayer": lambda: mlp.layers.InputLayer((4,)),
    "Network": lambda: Network([Dense(3, activation="tanh", input_dim=4), Dense(2)], rng=0),
    "Normalization": lambda: mlp.layers.Normalization(
        mean=[1.0, -2.0, 0.5, 3.0], variance=[4.0, 0.25, 1.0, 9.0]
    ),
    "Rescaling": lambda: mlp.layers.Rescaling(0.5, offset=-1.0),
    "Residual": lambda: mlp.layers.Residual(Dense(4, activation="tanh")),
}
LARGEST, SMALLEST, PARTS = 1e-2, 1e-16, 4
COUNTS = 1e-3


class Scaled(Composite):
    """A layer, one entry of whose gradient is ``1 + fault`` times what it should be."""

    def __init__(self, inner: Layer, **kwargs: Any) -> None:
        super().__init__([inner], **kwargs)
        self.inner = inner
        self.entry = 0
        self.fault = 0.0

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The inner layer's weights."""
        return self.build_layer(self.inner, input_shape)

    def forward(self, x: Any, training: bool = False) -> Any:
        """The inner layer's result."""
        return self.inner.forward(x, training)

    def backward(self, dy: Any) -> Any:
        """The inner layer's, with the fault."""
        dx = self.inner.backward(dy)
        entry = self.entry
        for gradient in (layer._gradients[name] for layer, name in self.inner._trained()):
            if entry < gradient.size:
                gradient.reshape(-1)[entry] *= 1 + self.fault
                break
            entry -= gradient.size
        return dx


def smallest(caught: Callable[[float], bool]) -> float:
    """The smallest fault that is caught, in quarters of a decade; infinity if none is."""
    low, high = 0, round(PARTS * math.log10(LARGEST / SMALLEST))
    if not caught(LARGEST):
        return math.inf
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if caught(LARGEST * 10 ** (-middle / PARTS)) else (low, middle)
    return float(LARGEST * 10 ** (-low / PARTS))


def hardest(net: Network, scaled: Scaled, x: Any, y: Any) -> tuple[float, int]:
    """The smallest fault that is caught in the entry where that is hardest, and how many entries were tried."""
    net.value_and_gradient(x, y)
    found = []
    entry = 0
    for gradient in scaled.gradients:
        counts = np.abs(gradient.ravel()) >= COUNTS * np.abs(gradient).max(initial=0.0)
        for counted, value in zip(counts, gradient.ravel(), strict=True):
            if counted and value != 0:
                scaled.entry = entry
                found.append(smallest(lambda fault: _caught(net, scaled, x, y, fault)))
            entry += 1
    scaled.fault = 0.0
    check_gradients(net, x, y, full=True)  # and what is right passes
    return max(found), len(found)


def _caught(net: Network, scaled: Scaled, x: Any, y: Any, fault: float) -> bool:
    scaled.fault = fault
    try:
        check_gradients(net, x, y, full=True)
    except GradientError:
        return True
    return False


def of_layers() -> Iterator[tuple[str, float, int]]:
    """Every layer of the registry: its own parameters, or those of a dense layer before it."""
    rng = np.random.default_rng(1)
    for name in sorted(LAYERS.classes):
        make = EXAMPLES.get(name, getattr(importlib.import_module(layers_name), name, None))
        if make is None:
            raise SystemExit(f"benchmarks.detection: give an example of the layer {name} in EXAMPLES")
        scaled = Scaled(make())
        inner = [scaled] if any(True for _ in _trial(make)) else [(scaled := Scaled(Dense(4))), make()]
        net = Network([mlp.layers.InputLayer((4,)), *inner, mlp.layers.Flatten(), Dense(2)], rng=1)
        net.parameters = rng.normal(size=net.n_parameters)
        net.compile(loss="mse")
        yield name, *hardest(net, scaled, rng.normal(size=(5, 4)), rng.normal(size=(5, 2)))


def _trial(make: Callable[[], Layer]) -> Iterator[Any]:
    """The trainable weights of one example."""
    return Network([mlp.layers.InputLayer((4,)), make()], rng=0)._trained()


def of_losses() -> Iterator[tuple[str, float, int]]:
    """Every loss of the registry, on logits and on probabilities where it knows both."""
    rng = np.random.default_rng(2)
    for name in sorted(losses.LOSSES.classes):
        cls = losses.LOSSES.classes[name]
        for logits in (False, True) if "from_logits" in cls._argument_names() else (None,):
            loss = cls() if logits is None else cls(from_logits=logits)  # type: ignore[call-arg]
            final = {
                "binary": "sigmoid",
                "positive": "sigmoid",
                "one-hot": "softmax",
                "index": "softmax",
            }.get(loss.targets)
            scaled = Scaled(Dense(3, activation="tanh"))
            last = Dense(3, activation=None if logits else final)
            net = Network([mlp.layers.InputLayer((4,)), scaled, last], rng=2)
            net.parameters = rng.normal(size=net.n_parameters)
            net.compile(loss=loss)
            label = name if logits is None else f"{name} of {'logits' if logits else 'probabilities'}"
            yield label, *hardest(net, scaled, rng.normal(size=(5, 4)), _targets(loss.targets, rng))


def _targets(kind: str, rng: np.random.Generator) -> Any:
    if kind == "index":
        return rng.integers(0, 3, 5)
    if kind == "one-hot":
        return np.eye(3)[rng.integers(0, 3, 5)]
    if kind == "binary":
        return rng.integers(0, 2, (5, 3)).astype(float)
    if kind == "positive":
        return rng.uniform(size=(5, 3))
    return rng.choice([-1.0, 1.0], (5, 3)) if kind == "sign" else rng.normal(size=(5, 3))


def of_torch() -> Iterator[tuple[str, float, int]]:
    """PyTorch's `gradcheck` on a dense layer whose kernel's gradient has the fault."""
    try:
        import torch
    except ImportError:
        return

    class Linear(torch.autograd.Function):
        fault = 0.0

        @staticmethod
        def forward(ctx: Any, x: Any, kernel: Any) -> Any:
            ctx.save_for_backward(x, kernel)
            return x @ kernel

        @staticmethod
        def backward(ctx: Any, dy: Any) -> Any:
            x, kernel = ctx.saved_tensors
            slope = x.T @ dy
            slope[1, 1] *= 1 + Linear.fault
            return dy @ kernel.T, slope

    generator = torch.Generator().manual_seed(0)
    x, kernel = (
        torch.randn(*s, dtype=torch.float64, generator=generator, requires_grad=True)
        for s in ((5, 4), (4, 3))
    )
    for fast in (False, True):

        def caught(fault: float, fast: bool = fast) -> bool:
            Linear.fault = fault
            return not torch.autograd.gradcheck(
                Linear.apply, (x, kernel), fast_mode=fast, raise_exception=False
            )

        yield f"PyTorch {torch.__version__} gradcheck{', fast mode' if fast else ''}", smallest(caught), 1


def of_jax() -> Iterator[tuple[str, float, int]]:
    """JAX's `check_grads` on the same."""
    try:
        import jax
        from jax.test_util import check_grads
    except ImportError:
        return
    jax.config.update("jax_enable_x64", True)
    fault = [0.0]

    @jax.custom_vjp
    def linear(x: Any, kernel: Any) -> Any:
        return x @ kernel

    def backward(kept: Any, dy: Any) -> Any:
        x, kernel = kept
        slope = jax.numpy.asarray(x.T @ dy)
        return dy @ kernel.T, slope.at[1, 1].multiply(1 + fault[0])

    linear.defvjp(lambda x, kernel: (x @ kernel, (x, kernel)), backward)
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(5, 4)), rng.normal(size=(4, 3))

    def caught(d: float) -> bool:
        fault[0] = d
        try:
            check_grads(linear, (x, kernel), order=1, modes=["rev"])
        except AssertionError:
            return True
        return False

    yield f"JAX {jax.__version__} check_grads", smallest(caught), 1


def main() -> int:
    """Print the table; fail if a layer or a loss is worse than the target."""
    target, worst = 1e-11, 0.0
    print(
        f"mlp {mlp.__version__}, NumPy {np.__version__}: smallest fault caught, at the entry where that is hardest"
    )
    for title, rows in (("layer", of_layers()), ("loss", of_losses())):
        print(f"\n{title:<52} {'d':>8}  entries")
        for name, d, count in rows:
            worst = max(worst, d)
            print(f"{name:<52} {d:>8.1e}  {count:>7}")
    print(f"\n{'beside it, a dense layer in':<52} {'d':>8}")
    for rows in (of_torch(), of_jax()):
        for name, d, _ in rows:
            print(f"{name:<52} {d:>8.1e}")
    print(f"\nthe worst of mlp is {worst:.1e}; the target is {target:.0e}")
    return int(worst > target)


if __name__ == "__main__":
    warnings.simplefilter("error")
    sys.exit(main())
