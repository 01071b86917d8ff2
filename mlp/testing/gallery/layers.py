"""Mistakes in layers: in the products of back-propagation, in what is remembered, and in whose memory it is.

Every wrong class is a right one with a single method written over.  ``n`` is the number of rows.
"""

# NumPy calls the result of arithmetic Any; converting it in each line would bury the mistakes.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.layers import Dropout, Layer
from mlp.testing.gallery.exhibits import Exhibit
from mlp.testing.gallery.inputs import ForLayer

__all__ = [
    "AddedGradient", "Affine", "AllOfTheLargest", "AveragedOverFeatures", "AveragedOverRows",
    "BiasAlongTheWrongAxis", "BiasAveraged", "Centred", "CentredOverTheBatch", "ClippedBackward",
    "CutOffWeight", "DroppedInInference", "Filter", "FilterTurnedWrong", "Flattened",
    "FlattenedAsStored", "ForgottenBias", "GlobalRandomNumbers", "IgnoredDy", "InnerProduct", "LAYERS",
    "Largest", "LastRowOnly", "Lookup", "LookupWrittenOver", "MaskDrawnAgain", "MaskNotScaled",
    "MeanMoves", "MeanMovesInInference", "MissingOutputDerivative", "Noise", "OneEntryOff",
    "ReshapedKernel", "RoundedInside", "Scale", "ScaledDyInPlace", "ScaledXInPlace", "SharedBuffer",
    "SharedMemory", "SqueezedOutput", "StaleCache", "Standardized", "StandardizedByConstants",
    "TanhUnits", "TransposedKernel", "Turned", "TurnedByReshape", "TwiceScaled",
    "TwiceScaledOnceCounted", "UnwrittenRow", "UpdatedTooEarly", "WideConstant",
]  # fmt: skip

# --- Right: the twins ---------------------------------------------------------------------------------------


class Affine(Layer):
    """``y = x W + b``."""

    kernel: Array
    bias: Array

    def __init__(self, units: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """W and b."""
        self.add_weight("kernel", (input_shape[0], self.units))
        self.add_weight("bias", (self.units,), "zeros")
        return (self.units,)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x W + b``."""
        self._x = x
        return x @ self.kernel + self.bias

    def backward(self, dy: Array) -> Array:
        """``dW = x^T dy``, ``db = sum_n dy``, ``dx = dy W^T``."""
        np.dot(self._x.T, dy, out=self.gradient_of("kernel"))
        np.sum(dy, axis=0, out=self.gradient_of("bias"))
        return dy @ self.kernel.T


class TanhUnits(Affine):
    """``y = tanh(x W + b)``."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = tanh(x W + b)``."""
        self._y = np.tanh(super().forward(x))
        return self._y

    def backward(self, dy: Array) -> Array:
        """``dz = (1 - y^2) dy``, and so on as for ``z = x W + b``."""
        return super().backward(dy * (1 - self._y**2))


class Scale(Layer):
    """``y = s x``, one factor per feature."""

    s: Array

    def build(self, input_shape: tuple[int, ...]) -> None:
        """The factors."""
        self.add_weight("s", input_shape, "ones")

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = s x``."""
        self._x = x
        return self.s * x

    def backward(self, dy: Array) -> Array:
        """``ds = sum_n dy x``, ``dx = dy s``."""
        np.sum(dy * self._x, axis=0, out=self.gradient_of("s"))
        return dy * self.s


class TwiceScaled(Scale):
    """``y = s (s x)``: one weight, used twice."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = s h``, ``h = s x``."""
        self._x, self._h = x, self.s * x
        return self.s * self._h

    def backward(self, dy: Array) -> Array:
        """``dh = dy s``, ``ds = sum_n (dy h + dh x)``, ``dx = dh s``."""
        dh = dy * self.s
        np.sum(dy * self._h + dh * self._x, axis=0, out=self.gradient_of("s"))
        return dh * self.s


class Centred(Layer):
    """``y = x - mean(x)``, row by row."""

    axis = 1

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x - mean(x)``."""
        return x - x.mean(axis=self.axis, keepdims=True)

    def backward(self, dy: Array) -> Array:
        """``dx = dy - mean(dy)``: the function is linear and symmetric."""
        return dy - dy.mean(axis=self.axis, keepdims=True)


class Standardized(Layer):
    """``y = (x - mean(x)) / s``, ``s^2 = var(x) + epsilon``, row by row: layer normalization without weights."""

    def __init__(self, epsilon: float = 0.001, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = (x - mean(x)) / s``."""
        difference = x - x.mean(axis=1, keepdims=True)
        self._s = np.sqrt((difference * difference).mean(axis=1, keepdims=True) + self.epsilon)
        self._y = difference / self._s
        return self._y

    def backward(self, dy: Array) -> Array:
        """``dx = (dy - mean(dy) - y mean(dy y)) / s``."""
        along = self._y * (dy * self._y).mean(axis=1, keepdims=True)
        return (dy - dy.mean(axis=1, keepdims=True) - along) / self._s


class MeanMoves(Layer):
    """``y = x - m``; in training the state ``m`` moves halfway to the mean of the batch."""

    m: Array

    def build(self, input_shape: tuple[int, ...]) -> None:
        """The mean so far."""
        self.add_weight("m", input_shape, "zeros", trainable=False)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x - m``."""
        y = x - self.m
        if training:
            self.m[...] = (self.m + x.mean(axis=0)) / 2
        return y

    def backward(self, dy: Array) -> Array:
        """``dx = dy``."""
        return dy


class Filter(Layer):
    """``y_i = k_0 x_i + k_1 x_(i+1)``: a convolution with a kernel of two."""

    k: Array

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The two numbers of the kernel."""
        self.add_weight("k", (2,))
        return (input_shape[0] - 1,)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y_i = k_0 x_i + k_1 x_(i+1)``."""
        self._x = x
        return self.k[0] * x[:, :-1] + self.k[1] * x[:, 1:]

    def backward(self, dy: Array) -> Array:
        """``dk_j = sum dy_i x_(i+j)``, ``dx_i = k_0 dy_i + k_1 dy_(i-1)``."""
        x = self._x
        self.gradient_of("k")[...] = np.sum(dy * x[:, :-1]), np.sum(dy * x[:, 1:])
        dx = np.zeros_like(x)
        dx[:, :-1] += self.k[0] * dy
        dx[:, 1:] += self.k[1] * dy
        return dx


class Lookup(Layer):
    """``y = table[x]``: each input is a place in a table of three numbers, as in an embedding."""

    table: Array

    def build(self, input_shape: tuple[int, ...]) -> None:
        """A table of three numbers."""
        self.add_weight("table", (3,))

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = table[x]``."""
        self._i = np.rint(x.real).astype(int) % 3
        return self.table[self._i]

    def backward(self, dy: Array) -> Array:
        """``dtable_i = sum of dy wherever x = i``, ``dx = 0``."""
        gradient = self.gradient_of("table")
        gradient[...] = 0
        np.add.at(gradient, self._i, dy)
        return np.zeros_like(dy)


class Turned(Layer):
    """Each row is a matrix, which is transposed."""

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """No weights."""
        return input_shape[::-1]

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y_ij = x_ji``."""
        return x.transpose(0, 2, 1)

    def backward(self, dy: Array) -> Array:
        """``dx_ij = dy_ji``."""
        return dy.transpose(0, 2, 1)


class Flattened(Layer):
    """Each row becomes a vector, in the order of its indices."""

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """No weights."""
        return (int(np.prod(input_shape)),)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x`` in another shape."""
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy: Array) -> Array:
        """``dx = dy`` in the shape of ``x``."""
        return dy.reshape(self._shape)


class Largest(Layer):
    """``y = max(x)``, row by row."""

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """No weights."""
        return (1,)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = max(x)``."""
        self._x, self._i = x, x.real.argmax(axis=1)[:, None]
        return np.take_along_axis(x, self._i, axis=1)

    def backward(self, dy: Array) -> Array:
        """``dx = dy`` at the largest, the first of them, else 0."""
        dx = np.zeros_like(self._x)
        np.put_along_axis(dx, self._i, dy, axis=1)
        return dx


class Noise(Layer):
    """``y = x + e`` with random ``e`` in training, else ``y = x``."""

    differs_in_training = True

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x + e``."""
        return x + self.rng.standard_normal(x.shape).astype(x.dtype) if training else x

    def backward(self, dy: Array) -> Array:
        """``dx = dy``."""
        return dy


# --- Wrong: products and sums -------------------------------------------------------------------------------


class InnerProduct(Affine):
    """``dW`` is one number."""

    def backward(self, dy: Array) -> Array:
        """``dW = x . dy``."""
        dx = super().backward(dy)
        self.gradient_of("kernel")[...] = np.vdot(self._x, dy)
        return dx


class TransposedKernel(Affine):
    """``dx`` goes through the kernel forwards."""

    def backward(self, dy: Array) -> Array:
        """``dx = dy W``."""
        super().backward(dy)
        return dy @ self.kernel


class ReshapedKernel(Affine):
    """``dx`` goes through a kernel that only has the shape of the transpose."""

    def backward(self, dy: Array) -> Array:
        """``dx = dy reshape(W)``."""
        super().backward(dy)
        return dy @ self.kernel.reshape(self.kernel.T.shape)


class MissingOutputDerivative(TanhUnits):
    """``dx`` is made of ``dy`` where it should be of ``dz``."""

    def backward(self, dy: Array) -> Array:
        """``dx = dy W^T``."""
        super().backward(dy)
        return dy @ self.kernel.T


class UpdatedTooEarly(Affine):
    """The weights learn inside ``backward``, before ``dx`` is computed."""

    def backward(self, dy: Array) -> Array:
        """``W -= dW / 2``, then ``dx = dy W^T``."""
        super().backward(dy)
        self.kernel[...] -= 0.5 * self.gradient_of("kernel")
        return dy @ self.kernel.T


class ForgottenBias(Affine):
    """``db`` is missing."""

    def backward(self, dy: Array) -> Array:
        """``dW = x^T dy``, ``dx = dy W^T``."""
        np.dot(self._x.T, dy, out=self.gradient_of("kernel"))
        return dy @ self.kernel.T


class BiasAveraged(Affine):
    """``db`` is a mean."""

    def backward(self, dy: Array) -> Array:
        """``db = mean_n dy``."""
        dx = super().backward(dy)
        np.mean(dy, axis=0, out=self.gradient_of("bias"))
        return dx


class BiasAlongTheWrongAxis(Affine):
    """``db`` sums over the outputs."""

    def backward(self, dy: Array) -> Array:
        """``db = sum_k dy``, which fits where there are as many rows as outputs."""
        dx = super().backward(dy)
        np.sum(dy, axis=1, out=self.gradient_of("bias"))
        return dx


class AveragedOverRows(Affine):
    """The layer divides by ``n``, as the loss has done already."""

    def backward(self, dy: Array) -> Array:
        """``dW = x^T dy / n``."""
        dx = super().backward(dy)
        self.gradient_of("kernel")[...] /= len(dy)
        return dx


class LastRowOnly(Affine):
    """``dW`` is that of one row."""

    def backward(self, dy: Array) -> Array:
        """``dW = x_n^T dy_n``."""
        dx = super().backward(dy)
        np.outer(self._x[-1], dy[-1], out=self.gradient_of("kernel"))
        return dx


class AveragedOverFeatures(Affine):
    """All features get the mean of their gradients."""

    def backward(self, dy: Array) -> Array:
        """``dx = mean(dy W^T)``."""
        dx = super().backward(dy)
        return np.zeros_like(dx) + dx.mean(axis=1, keepdims=True)


class TwiceScaledOnceCounted(TwiceScaled):
    """The weight's second use writes over the gradient of the first."""

    def backward(self, dy: Array) -> Array:
        """``ds = sum_n dh x``."""
        dh = dy * self.s
        np.sum(dy * self._h, axis=0, out=self.gradient_of("s"))
        np.sum(dh * self._x, axis=0, out=self.gradient_of("s"))
        return dh * self.s


class LookupWrittenOver(Lookup):
    """A row that is looked up twice gets the gradient of the last time."""

    def backward(self, dy: Array) -> Array:
        """``dtable[x] = dy``."""
        dx = super().backward(dy)
        self.gradient_of("table")[self._i] = dy
        return dx


class FilterTurnedWrong(Filter):
    """``dx`` runs the kernel the way of the forward pass."""

    def backward(self, dy: Array) -> Array:
        """``dx_i = k_1 dy_i + k_0 dy_(i-1)``."""
        dx = np.zeros_like(self._x)
        super().backward(dy)
        dx[:, :-1] += self.k[1] * dy
        dx[:, 1:] += self.k[0] * dy
        return dx


class TurnedByReshape(Turned):
    """``dx`` has the right shape and the wrong order."""

    def backward(self, dy: Array) -> Array:
        """``dx = reshape(dy)``."""
        return dy.reshape(len(dy), dy.shape[2], dy.shape[1])


class AllOfTheLargest(Largest):
    """All that are as large as the largest get the whole gradient."""

    def backward(self, dy: Array) -> Array:
        """``dx = dy`` where ``x = y``, else 0."""
        return dy * (self._x == self._x.max(axis=1, keepdims=True))


class StandardizedByConstants(Standardized):
    """Mean and deviation are taken for constants."""

    def backward(self, dy: Array) -> Array:
        """``dx = dy / s``."""
        return dy / self._s


class CentredOverTheBatch(Centred):
    """The mean runs along the wrong axis."""

    axis = 0


# --- Wrong: what comes from behind --------------------------------------------------------------------------


class IgnoredDy(Scale):
    """``dy`` is taken to be all ones."""

    def backward(self, dy: Array) -> Array:
        """``ds = sum_n x``, ``dx = s``."""
        np.sum(self._x, axis=0, out=self.gradient_of("s"))
        return np.zeros_like(dy) + self.s


class ClippedBackward(Scale):
    """``dy`` is cut off at -1 and 1."""

    def backward(self, dy: Array) -> Array:
        """As of ``min(max(dy, -1), 1)``."""
        return super().backward(np.clip(dy, -1, 1))


class OneEntryOff(Scale):
    """One entry of the gradient is a billionth too large."""

    def backward(self, dy: Array) -> Array:
        """``ds_0 (1 + 1e-9)``."""
        dx = super().backward(dy)
        self.gradient_of("s")[0] *= 1 + 1e-9
        return dx


class UnwrittenRow(Affine):
    """The first row of ``dW`` is left as it was."""

    def backward(self, dy: Array) -> Array:
        """``dW_i = x_i^T dy`` for i = 1, 2, ..."""
        np.dot(self._x[:, 1:].T, dy, out=self.gradient_of("kernel")[1:])
        np.sum(dy, axis=0, out=self.gradient_of("bias"))
        return dy @ self.kernel.T


# --- Wrong: what is remembered ------------------------------------------------------------------------------


class AddedGradient(Scale):
    """The gradient is added to that of the last time."""

    def backward(self, dy: Array) -> Array:
        """``ds += sum_n dy x``."""
        self.gradient_of("s")[...] += np.sum(dy * self._x, axis=0)
        return dy * self.s


class StaleCache(TanhUnits):
    """The slope is computed at the first rows and kept."""

    _slope: Array | None = None

    def backward(self, dy: Array) -> Array:
        """``dz = (1 - y_first^2) dy``."""
        if self._slope is None or len(self._slope) != len(dy):
            self._slope = 1 - self._y**2
        return Affine.backward(self, dy * self._slope)


class SharedMemory(Scale):
    """``x`` is remembered by the class, for all its layers together."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = s x``."""
        type(self)._x = x
        return self.s * x


class SharedBuffer(Scale):
    """All results are the same array."""

    _y: Array | None = None

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = s x``, written where the last one was."""
        self._x = x
        if self._y is None or self._y.shape != x.shape or self._y.dtype != x.dtype:
            self._y = np.empty_like(x)
        return np.multiply(self.s, x, out=self._y)


class CutOffWeight(Affine):
    """The layer computes with a copy of its bias."""

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """W and b, and another b."""
        shape = super().build(input_shape)
        self.b = self.bias.copy()
        return shape

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x W + copy of b``."""
        self._x = x
        return x @ self.kernel + self.b


class MeanMovesInInference(MeanMoves):
    """The moving mean moves whenever somebody looks."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x - m``, and ``m`` moves."""
        return super().forward(x, True)


# --- Wrong: whose memory it is ------------------------------------------------------------------------------


class ScaledXInPlace(Scale):
    """The caller's rows are changed."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """``x *= s``."""
        self._x = x.copy()
        x *= self.s
        return x


class ScaledDyInPlace(Scale):
    """The gradient of somebody else is changed."""

    def backward(self, dy: Array) -> Array:
        """``dy *= s``."""
        np.sum(dy * self._x, axis=0, out=self.gradient_of("s"))
        dy *= self.s
        return dy


class FlattenedAsStored(Flattened):
    """The order is that of memory, not that of the indices."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x`` in another shape."""
        self._shape = x.shape
        return x.ravel(order="K").reshape(len(x), -1)


class SqueezedOutput(Affine):
    """Axes of length 1 fall away, a batch of one row among them."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = squeeze(x W + b)``."""
        return np.squeeze(super().forward(x))


# --- Wrong: numbers -----------------------------------------------------------------------------------------


class RoundedInside(Scale):
    """The forward pass goes through single precision, whatever comes."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = float32(s x)``."""
        y = super().forward(x)
        return y.astype(np.float32).astype(x.dtype)


class WideConstant(Scale):
    """A constant of its own turns everything into double precision."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = s x 1``."""
        return super().forward(x) * np.ones(1)


class GlobalRandomNumbers(Noise):
    """The noise comes from NumPy's global generator."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x + e``."""
        return x + np.random.randn(*x.shape).astype(x.dtype) if training else x  # noqa: NPY002


class MaskDrawnAgain(Dropout):
    """``backward`` drops other entries than ``forward``."""

    def backward(self, dy: Array) -> Array:
        """``dx = dy mask / (1 - rate)``, the mask a new one."""
        return self.forward(dy, training=self._mask is not None)


class MaskNotScaled(Dropout):
    """``backward`` forgets to divide by ``1 - rate``."""

    def backward(self, dy: Array) -> Array:
        """``dx = dy mask``."""
        return dy if self._mask is None else dy * np.sign(self._mask)


class DroppedInInference(Dropout):
    """Predictions are dropped too."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x mask / (1 - rate)``, always."""
        return super().forward(x, training=True)


# --- The table ----------------------------------------------------------------------------------------------

#: A kernel of one number, and of four; tanh of HALF is 1/2.
ONE = {"kernel": [[1.0]], "bias": [0.0]}
FOUR = {"kernel": [[1.0, 2.0], [3.0, 4.0]], "bias": [0.0, 0.0]}
HALF = 0.5493061443340548
UNIT = {"units": 1}

LAYERS = (
    Exhibit(
        "inner for outer product",
        InnerProduct,
        Affine,
        "The gradient of a kernel is the outer product of inputs and output gradients; the inner product is a single "
        "number, which broadcasting writes into every entry without a word.",
        "gradient",
        ForLayer([[1.0, 2.0]], [[3.0, 0.0]], "kernel", FOUR),
        [[3.0, 3.0], [3.0, 3.0]],
        [[3.0, 0.0], [6.0, 0.0]],
        options={"input_shape": (2,)},
    ),
    Exhibit(
        "transposed kernel",
        TransposedKernel,
        Affine,
        "What comes forwards through W goes back through its transpose; W itself fits wherever a layer has as many outputs "
        "as inputs, and is even right where the kernel is symmetric, as the identity is.",
        "gradient",
        ForLayer([[0.0, 0.0]], [[1.0, 0.0]], "dx", FOUR),
        [[1.0, 2.0]],
        [[1.0, 3.0]],
        options={"input_shape": (2,)},
    ),
    Exhibit(
        "reshape for transpose",
        ReshapedKernel,
        Affine,
        "A reshape silences the complaint about shapes that a forgotten transpose raises, and is right only for a kernel "
        "with a single row or column, the one that a first test tends to have.",
        "gradient",
        ForLayer(
            [[0.0, 0.0]],
            [[0.0, 1.0, 0.0]],
            "dx",
            {"kernel": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "bias": [0.0, 0.0, 0.0]},
        ),
        [[3.0, 4.0]],
        [[2.0, 5.0]],
        {"units": 3},
        {"input_shape": (2,)},
    ),
    Exhibit(
        "missing output derivative in the hidden error",
        MissingOutputDerivative,
        TanhUnits,
        "The error of a hidden layer is made of the delta behind it, dz = f'(z) dy; made of dy itself it lacks the "
        "derivative of the output, and the hidden weights learn something else than the output weights.",
        "gradient",
        ForLayer([[HALF]], [[1.0]], "dx", ONE, arguments=UNIT),
        [[1.0]],
        [[0.75]],
    ),
    Exhibit(
        "weights updated before the hidden delta is computed",
        UpdatedTooEarly,
        Affine,
        "The gradient belongs to the weights of the forward pass; an update in the middle of the backward pass hands the "
        "layers before an error that has gone through other weights.",
        "arguments kept",
        ForLayer([[1.0]], [[1.0]], "dx", ONE, arguments=UNIT),
        [[0.5]],
        [[1.0]],
    ),
    Exhibit(
        "forgotten bias",
        ForgottenBias,
        Affine,
        "The bias has a gradient like every weight, the sum of dy over the rows; without it the network learns, but never "
        "moves its thresholds.",
        "shapes",
        ForLayer([[0.0]], [[1.0]], "bias", ONE, arguments=UNIT),
        [0.0],
        [1.0],
    ),
    Exhibit(
        "bias gradient averaged",
        BiasAveraged,
        Affine,
        "A bias is added to every row, so its gradient is the sum over the rows; a mean is right for a batch of one and n "
        "times too small for all others.",
        "gradient",
        ForLayer([[0.0], [0.0]], [[1.0], [3.0]], "bias", ONE, arguments=UNIT),
        [2.0],
        [4.0],
    ),
    Exhibit(
        "bias gradient summed along the wrong axis",
        BiasAlongTheWrongAxis,
        Affine,
        "The sum over the outputs instead of the rows has the right shape wherever there are as many rows as outputs, and "
        "then nothing complains.",
        "gradient",
        ForLayer(
            [[0.0], [0.0]],
            [[1.0, 2.0], [3.0, 4.0]],
            "bias",
            {"kernel": [[0.0, 0.0]], "bias": [0.0, 0.0]},
            arguments={"units": 2},
        ),
        [3.0, 7.0],
        [4.0, 6.0],
        {"units": 3},
        {"n": 3},
    ),
    Exhibit(
        "mean over the batch in the layer",
        AveragedOverRows,
        Affine,
        "The mean over the batch is the loss's to take, and what comes from it is divided by n already; a layer that "
        "divides once more learns n times too slowly beside those that do not.",
        "gradient",
        ForLayer([[1.0], [1.0]], [[1.0], [1.0]], "kernel", ONE, arguments=UNIT),
        [[1.0]],
        [[2.0]],
    ),
    Exhibit(
        "right for a batch of one",
        LastRowOnly,
        Affine,
        "Code that was written for a single row and was handed a batch uses one row of it, here the last, and no shape is "
        "wrong.",
        "gradient",
        ForLayer([[1.0], [2.0]], [[1.0], [1.0]], "kernel", ONE, arguments=UNIT),
        [[2.0]],
        [[3.0]],
    ),
    Exhibit(
        "mean of gradients over features",
        AveragedOverFeatures,
        Affine,
        "Every feature has a gradient of its own; their mean, broadcast to all of them, has the right shape and the right "
        "sum, so that neither a shape nor a checksum tells.",
        "gradient",
        ForLayer([[0.0, 0.0]], [[1.0]], "dx", {"kernel": [[1.0], [3.0]], "bias": [0.0]}, arguments=UNIT),
        [[2.0, 2.0]],
        [[1.0, 3.0]],
    ),
    Exhibit(
        "a weight used twice, counted once",
        TwiceScaledOnceCounted,
        TwiceScaled,
        "A weight that is used in two places gets the sum of two gradients; where the second is written over the first, "
        "shared weights learn from one of their uses only.",
        "gradient",
        ForLayer([[1.0]], [[1.0]], "s", {"s": [3.0]}),
        [3.0],
        [6.0],
    ),
    Exhibit(
        "repeated places in a table written over",
        LookupWrittenOver,
        Lookup,
        "Assignment to a list of places keeps the last value for a place that comes twice; a gradient needs the sum, which "
        "in NumPy is np.add.at and not gradient[i] += dy.",
        "gradient",
        ForLayer([[0.0, 0.0]], [[1.0, 1.0]], "table", {"table": [0.0, 0.0, 0.0]}),
        [1.0, 0.0, 0.0],
        [2.0, 0.0, 0.0],
        options={"x": [[0.0, 0.0], [2.0, 1.0]], "input_shape": (2,)},
    ),
    Exhibit(
        "filter not turned round",
        FilterTurnedWrong,
        Filter,
        "The transpose of a correlation with a kernel is a convolution with it, in which the kernel runs the other way; the "
        "forward kernel is right only if it is symmetric, as blurring kernels are.",
        "gradient",
        ForLayer([[0.0, 0.0]], [[1.0]], "dx", {"k": [1.0, 2.0]}),
        [[2.0, 1.0]],
        [[1.0, 2.0]],
    ),
    Exhibit(
        "a transpose undone by a reshape",
        TurnedByReshape,
        Turned,
        "A reshape gives back the shape that a transpose has changed but not the order, so every gradient arrives, at "
        "somebody else's place.",
        "gradient",
        ForLayer([[[0.0, 0.0], [0.0, 0.0]]], [[[1.0, 2.0], [3.0, 4.0]]], "dx"),
        [[[1.0, 2.0], [3.0, 4.0]]],
        [[[1.0, 3.0], [2.0, 4.0]]],
        options={"input_shape": (2, 3)},
    ),
    Exhibit(
        "ties in a maximum",
        AllOfTheLargest,
        Largest,
        "Where several inputs are the largest, moving all of them by one moves the output by one, so their gradients sum to dy; a "
        "comparison with the result gives each the whole, and ties are common among pixels and zeros.",
        "kinks",
        ForLayer([[1.0, 1.0]], [[1.0]], "dx"),
        [[1.0, 1.0]],
        [[1.0, 0.0]],
    ),
    Exhibit(
        "normalization by constants",
        StandardizedByConstants,
        Standardized,
        "Mean and deviation depend on the input and have derivatives of their own; taken for constants, the gradient points "
        "along directions in which a normalized output cannot move at all.",
        "gradient",
        ForLayer([[1.0, -1.0]], [[1.0, 0.0]], "dx"),
        [[0.5, 0.0]],
        [[0.1875, -0.1875]],
        {"epsilon": 3.0},
    ),
    Exhibit(
        "mean along the wrong axis",
        CentredOverTheBatch,
        Centred,
        "Along axis 0 a layer mixes the rows of a batch, so that a prediction hangs on what else is predicted with it; the "
        "gradient is exact all the same, and no gradient check can tell.",
        "rows",
        ForLayer([[1.0], [3.0]], None, "y"),
        [[-1.0], [1.0]],
        [[0.0], [0.0]],
    ),
    Exhibit(
        "backward that knows all-ones only",
        IgnoredDy,
        Scale,
        "Several teaching libraries feed all ones from behind when they check a layer, and one whose backward never "
        "looks at dy passes; the direction in a check must be random.",
        "gradient",
        ForLayer([[1.0]], [[0.0]], "dx", {"s": [1.0]}),
        [[1.0]],
        [[0.0]],
    ),
    Exhibit(
        "clipped on the way back",
        ClippedBackward,
        Scale,
        "A backward pass is linear in dy whatever the layer does; clipping belongs to the finished gradient, once, and not "
        "into each layer, where it makes the gradient of something that nobody has defined.",
        "linear",
        ForLayer([[1.0]], [[3.0]], "dx", {"s": [1.0]}),
        [[1.0]],
        [[3.0]],
    ),
    Exhibit(
        "one entry a billionth too large",
        OneEntryOff,
        Scale,
        "Central differences with a fixed step and a tolerance of 1e-5 let a relative error of 1e-9 pass, and with it "
        "whatever is as small at the point of the test; the complex step has no error but rounding.",
        "gradient",
        ForLayer([[1.0]], [[1.0]], "s", {"s": [1.0]}),
        [1.000000001],
        [1.0],
    ),
    Exhibit(
        "a row left unwritten",
        UnwrittenRow,
        Affine,
        "What backward does not write stays as it was, zero in a new network and the last gradient in an old one; so the "
        "checkers fill the gradient with NaN before they ask for it.",
        "gradient",
        ForLayer([[1.0, 2.0]], [[1.0]], "kernel", {"kernel": [[0.0], [0.0]], "bias": [0.0]}, arguments=UNIT),
        [[0.0], [2.0]],
        [[1.0], [2.0]],
    ),
    Exhibit(
        "gradient added to instead of overwritten",
        AddedGradient,
        Scale,
        "Adding is right for whoever sets the gradient to zero before each pass; where backward overwrites by contract, the "
        "first step is right and all later ones carry the past along.",
        "repeatable",
        ForLayer([[1.0]], [[1.0]], "s", {"s": [1.0]}, before=(([[1.0]], [[1.0]]),)),
        [2.0],
        [1.0],
    ),
    Exhibit(
        "stale cache",
        StaleCache,
        TanhUnits,
        "What forward computes for backward belongs to one batch; a cache that is not renewed gives the slopes of the first "
        "batch for ever, which a test with a single batch cannot see.",
        "repeatable",
        ForLayer([[HALF]], [[1.0]], "dx", ONE, arguments=UNIT, before=(([[0.0]], [[1.0]]),)),
        [[1.0]],
        [[0.75]],
    ),
    Exhibit(
        "memory shared by a class",
        SharedMemory,
        Scale,
        "An attribute of the class is one for all its layers, so two layers in one network remember each other's input, as "
        "two threads with a layer each do.",
        "repeatable",
        ForLayer([[1.0]], [[1.0]], "s", {"s": [1.0]}, between=[[5.0]]),
        [5.0],
        [1.0],
    ),
    Exhibit(
        "one buffer for all results",
        SharedBuffer,
        Scale,
        "Memory that is used again saves time and changes results that somebody still holds: two predictions that are "
        "compared are always equal.",
        "results kept",
        ForLayer([[1.0]], None, "y", {"s": [1.0]}, after=[[5.0]]),
        [[5.0]],
        [[1.0]],
    ),
    Exhibit(
        "a weight cut off",
        CutOffWeight,
        Affine,
        "A layer that computes with a copy of a weight, or rebinds its name, has two of them: the optimizer moves one and the "
        "outputs come from the other, so the loss stands still while all gradients look sound.",
        "gradient",
        ForLayer([[1.0]], None, "y", {"kernel": [[0.0]], "bias": [5.0]}, arguments=UNIT),
        [[0.0]],
        [[5.0]],
    ),
    Exhibit(
        "moving mean moved by looking",
        MeanMovesInInference,
        MeanMoves,
        "Inference must leave no trace; a state that moves with every prediction makes the same rows give another answer each "
        "time, and the test data leak into the model.",
        "modes",
        ForLayer([[2.0]], None, "new m", {"m": [0.0]}),
        [1.0],
        [0.0],
    ),
    Exhibit(
        "input modified in place",
        ScaledXInPlace,
        Scale,
        "x belongs to the caller and perhaps to a second branch; a layer that computes into it spoils the data, a little more "
        "in every epoch.",
        "arguments kept",
        ForLayer([[1.0]], None, "x", {"s": [2.0]}),
        [[2.0]],
        [[1.0]],
    ),
    Exhibit(
        "dy modified in place",
        ScaledDyInPlace,
        Scale,
        "dy may be somebody else's array, for a sum hands the same one to all of its branches; whoever scales it in place "
        "changes the gradient of his neighbour.",
        "arguments kept",
        ForLayer([[1.0]], [[1.0]], "dy", {"s": [2.0]}),
        [[2.0]],
        [[1.0]],
    ),
    Exhibit(
        "flattened in the order of memory",
        FlattenedAsStored,
        Flattened,
        "Equal arrays may lie in memory in different orders, as slices, transposes and columns of tables do; what reads "
        "memory instead of indices mixes rows and features of those.",
        "memory",
        ForLayer([[1.0, 2.0], [3.0, 4.0]], None, "y", order="F"),
        [[1.0, 3.0], [2.0, 4.0]],
        [[1.0, 2.0], [3.0, 4.0]],
    ),
    Exhibit(
        "batch axis squeezed away",
        SqueezedOutput,
        Affine,
        "squeeze removes every axis of length 1, and so the batch axis of a single row: training works, the first prediction "
        "for one customer does not.",
        "one row",
        ForLayer([[1.0, 0.0]], None, "y", FOUR),
        [1.0, 2.0],
        [[1.0, 2.0]],
    ),
    Exhibit(
        "single precision inside",
        RoundedInside,
        Scale,
        "One conversion to float32 inside, a constant or a stored table, takes nine digits from a double-precision network, "
        "and makes of the function a staircase that no difference quotient can climb.",
        "gradient",
        ForLayer([[0.1]], None, "y", {"s": [1.0]}),
        [[0.10000000149011612]],
        [[0.1]],
    ),
    Exhibit(
        "double precision inside",
        WideConstant,
        Scale,
        "An array of float64 makes float64 of all that it meets, so a float32 network computes behind this layer at half the "
        "speed and in twice the memory, with right results and nobody to notice.",
        "float32",
        ForLayer([[1.0]], None, "dtype of y", {"s": [1.0]}, dtype="float32"),
        "float64",
        "float32",
    ),
    Exhibit(
        "numbers from the global generator",
        GlobalRandomNumbers,
        Noise,
        "What is drawn from NumPy's global generator hangs on everything else that draws from it, so the same seed of the "
        "network does not give the same training twice.",
        "random numbers",
        ForLayer([[0.0]], None, "same y twice", training=True),
        False,
        True,
    ),
    Exhibit(
        "dropout mask drawn again in backward",
        MaskDrawnAgain,
        Dropout,
        "The gradient flows through the units that were kept; another mask trains units that had no part in the output and "
        "spares some that had, so that learning is noisy and slow for no visible reason.",
        "training gradient",
        ForLayer([[1.0, 1.0]], [[1.0, 1.0]], "y and dx", training=True),
        [[[2.0, 2.0]], [[2.0, 0.0]]],
        [[[2.0, 2.0]], [[2.0, 2.0]]],
        {"rate": 0.5},
    ),
    Exhibit(
        "dropout scaled forwards only",
        MaskNotScaled,
        Dropout,
        "The factor 1 / (1 - rate) that keeps the mean is a factor of the function and so of its gradient; without it all "
        "layers before learn with another rate than those behind.",
        "training gradient",
        ForLayer([[1.0, 1.0]], [[1.0, 1.0]], "y and dx", training=True),
        [[[2.0, 2.0]], [[1.0, 1.0]]],
        [[[2.0, 2.0]], [[2.0, 2.0]]],
        {"rate": 0.5},
    ),
    Exhibit(
        "dropout while predicting",
        DroppedInInference,
        Dropout,
        "Dropout acts in training alone; a layer that does not look at the mode drops in predictions too, which are then "
        "random and get worse for no reason that the loss would show.",
        "repeatable",
        ForLayer([[1.0, 1.0]], None, "y"),
        [[2.0, 2.0]],
        [[1.0, 1.0]],
        {"rate": 0.5},
    ),
)
