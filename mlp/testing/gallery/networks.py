"""Mistakes where layers meet: branches, detours, penalties, and the order of things."""

# NumPy calls the result of arithmetic Any; converting it in each line would bury the mistakes.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.layers import Activation, Composite, Dense, Layer, Residual
from mlp.network import Network
from mlp.regularizers import L1, L2
from mlp.testing.gallery.exhibits import Exhibit
from mlp.testing.gallery.inputs import ForLayer, ForPenalty
from mlp.testing.gallery.layers import Affine

__all__ = [
    "BranchAddedInPlace", "BranchWrittenOver", "Branches", "DetourForgotten", "FirstLayerFirst",
    "HalvedPenalty", "NETWORKS", "PenaltyCountedTwice", "PenaltyWithoutGradient", "PenaltyWithoutSign",
    "PenaltyWithoutValue", "Shrunk",
]  # fmt: skip

# --- Right: the twins ---------------------------------------------------------------------------------------


class Branches(Composite):
    """``y = a(x) + b(x)``: the input goes two ways, and the results are added."""

    def __init__(self, a: Layer, b: Layer, **kwargs: Any) -> None:
        super().__init__([a, b], **kwargs)
        self.a, self.b = a, b

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The weights of both."""
        self.build_layer(self.a, input_shape)
        return self.build_layer(self.b, input_shape)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = a(x) + b(x)``."""
        return self.a.forward(x, training) + self.b.forward(x, training)

    def backward(self, dy: Array) -> Array:
        """``dx = J_a^T dy + J_b^T dy``."""
        return self.a.backward(dy) + self.b.backward(dy)


class Shrunk(Affine):
    """``y = x W + b`` with the penalty ``sum W^2 / 2``."""

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """W, with its penalty, and b."""
        self.add_weight("kernel", (input_shape[0], self.units), regularizer=L2(0.5))
        self.add_weight("bias", (self.units,), "zeros")
        return (self.units,)


# --- Wrong: layers of layers --------------------------------------------------------------------------------


class DetourForgotten(Residual):
    """The gradient goes through the inner layer only."""

    def backward(self, dy: Array) -> Array:
        """``dx = J^T dy``."""
        return self.inner.backward(dy)


class BranchWrittenOver(Branches):
    """The gradient of the second branch replaces that of the first."""

    def backward(self, dy: Array) -> Array:
        """``dx = J_a^T dy``, then ``dx = J_b^T dy``."""
        for branch in (self.a, self.b):
            dx = branch.backward(dy)
        return dx


class BranchAddedInPlace(Branches):
    """The second branch is added into the array that the first has returned."""

    def backward(self, dy: Array) -> Array:
        """``dx = J_a^T dy``, ``dx += J_b^T dy``."""
        dx = self.a.backward(dy)
        dx += self.b.backward(dy)
        return dx


class FirstLayerFirst(Network):
    """Backwards in the order of forwards."""

    def backward(self, dy: Any) -> Array:
        """``dx = J_n^T ... J_1^T dy``."""
        for layer in self.layers:
            dy = layer.backward(dy)
        return np.asarray(dy)


class PenaltyCountedTwice(Shrunk):
    """The layer adds the gradient of its penalty, which the network adds as well."""

    def backward(self, dy: Array) -> Array:
        """``dW = x^T dy + W``."""
        dx = super().backward(dy)
        self.gradient_of("kernel")[...] += self.kernel
        return dx


# --- Wrong: penalties ---------------------------------------------------------------------------------------


class HalvedPenalty(L2):
    """The factor two of the square is missing."""

    def value_and_gradient(self, w: Array) -> tuple[Any, Array]:
        """``l2 sum w^2`` and ``l2 w``."""
        return self.l2 * np.sum(w * w), self.l2 * w


class PenaltyWithoutGradient(L2):
    """The penalty is reported and does nothing."""

    def value_and_gradient(self, w: Array) -> tuple[Any, Array]:
        """``l2 sum w^2`` and 0."""
        return self.l2 * np.sum(w * w), np.zeros_like(w)


class PenaltyWithoutValue(L2):
    """The weights shrink and the loss does not know."""

    def value_and_gradient(self, w: Array) -> tuple[Any, Array]:
        """0 and ``2 l2 w``."""
        return 0.0, 2 * self.l2 * w


class PenaltyWithoutSign(L1):
    """All weights are pushed down, the negative ones away from zero."""

    def value_and_gradient(self, w: Array) -> tuple[Any, Array]:
        """``l1 sum |w|`` and ``l1``."""
        return super().value_and_gradient(w)[0], np.full_like(w, self.l1)


# --- The table ----------------------------------------------------------------------------------------------

#: Layers to connect: one for the smallest input and one for the checker's.
NARROW, WIDE = Dense(1, use_bias=False), Dense(3, use_bias=False)

NETWORKS = (
    Exhibit(
        "residual connection that forgets the detour",
        DetourForgotten,
        Residual,
        "The output is x + inner(x), so the gradient has two ways back; without the direct one the layers before get next to "
        "nothing, which is just what the connection was made against.",
        "gradient",
        ForLayer([[1.0]], [[1.0]], "dx", {"kernel": [[0.5]]}, arguments={"inner": NARROW}),
        [[0.5]],
        [[1.5]],
        {"inner": WIDE},
    ),
    Exhibit(
        "gradient at a fan-out written over",
        BranchWrittenOver,
        Branches,
        "What goes several ways gets the sum of the gradients that come back; a second assignment to the same name keeps the "
        "last, and the first branch trains nothing before it.",
        "gradient",
        ForLayer(
            [[1.0]],
            [[1.0]],
            "dx",
            {"kernel of a": [[2.0]], "kernel of b": [[3.0]]},
            arguments={"a": NARROW, "b": NARROW},
        ),
        [[3.0]],
        [[5.0]],
        {"a": WIDE, "b": WIDE},
    ),
    Exhibit(
        "gradient at a fan-out added in place",
        BranchAddedInPlace,
        Branches,
        "A layer may return dy itself, as the identity does, so the array to add into is the gradient that is still needed; the "
        "buffer for a sum must be one's own.",
        "arguments kept",
        ForLayer([[1.0]], [[1.0]], "dy", {"kernel of b": [[3.0]]}, arguments={"b": NARROW}),
        [[4.0]],
        [[1.0]],
        {"a": Activation("linear"), "b": WIDE},
    ),
    Exhibit(
        "first layer first",
        FirstLayerFirst,
        Network,
        "Backwards means the last layer first; the other way round nothing complains as long as all layers have one size, and "
        "each of them gets the gradient of another.",
        "gradient",
        ForLayer(
            [[0.0, 0.0]],
            [[0.0, 1.0]],
            "dx",
            {"first kernel": [[1.0, 0.0], [0.0, 2.0]], "second kernel": [[0.0, 1.0], [0.0, 0.0]]},
        ),
        [[2.0, 0.0]],
        [[1.0, 0.0]],
        {"layers": [Dense(2, use_bias=False, input_dim=2), Dense(2, use_bias=False)]},
        {"input_shape": (2,)},
    ),
    Exhibit(
        "penalty counted twice",
        PenaltyCountedTwice,
        Shrunk,
        "A penalty belongs to the loss and enters in one place; a layer that adds its gradient in backward as well shrinks the "
        "weights twice as fast as the reported loss says.",
        "gradient",
        ForLayer([[0.0]], [[0.0]], "kernel", {"kernel": [[3.0]], "bias": [0.0]}, arguments={"units": 1}),
        [[3.0]],
        [[0.0]],
    ),
    Exhibit(
        "regularizer's factor two",
        HalvedPenalty,
        L2,
        "The derivative of l2 w^2 is 2 l2 w; texts that write l2 w^2 / 2 have it without the two, and with the value of one "
        "and the gradient of the other no minimizer ever finds its minimum.",
        "gradient",
        ForPenalty([3.0]),
        [1.5],
        [3.0],
        {"l2": 0.5},
    ),
    Exhibit(
        "weight decay in the value only",
        PenaltyWithoutGradient,
        L2,
        "A penalty that is added to the loss and not to the gradient makes the reported numbers larger and the weights not a "
        "bit smaller.",
        "gradient",
        ForPenalty([3.0]),
        [0.0],
        [3.0],
        {"l2": 0.5},
    ),
    Exhibit(
        "weight decay in the gradient only",
        PenaltyWithoutValue,
        L2,
        "The other way round it trains as it should, and every method that looks at the value, line searches first of all, is "
        "led astray.",
        "gradient",
        ForPenalty([3.0], "value"),
        0.0,
        4.5,
        {"l2": 0.5},
    ),
    Exhibit(
        "penalty on absolute values without the sign",
        PenaltyWithoutSign,
        L1,
        "The derivative of |w| is the sign of w; without it positive weights shrink as they should, negative ones grow, and "
        "half of the weights look fine.",
        "gradient",
        ForPenalty([-2.0]),
        [0.5],
        [-0.5],
        {"l1": 0.5},
    ),
)
