"""The functions that a file may need, in the operations of the layers and activations of this library: so the bits are the same."""
# mypy: ignore-errors
# ruff: noqa: D403

import math

import numpy as np


def rows(x, shape, dtype=np.float64):
    """x as an array of rows of this shape; a row may come by itself."""
    x = np.array(x, dtype)
    if x.shape == shape:
        x = x[None]
    if x.shape[1:] != shape or x.ndim == 0:
        raise ValueError(f"x must have shape (n, {', '.join(map(str, shape))}), got {x.shape}")
    return x


def together(*inputs):
    """Refuse inputs that have not as many rows each."""
    if len({len(x) for x in inputs}) > 1:
        raise ValueError(f"all inputs must have as many rows, got {', '.join(str(len(x)) for x in inputs)}")


def numbers(text, shape, dtype=np.float64):
    """The numbers in a text, as an array of this shape."""
    return np.array([float(v) for v in text.split()], dtype).reshape(shape)


def table(arguments, lines, size):
    """Rows of numbers from the command line, or from lines."""
    lines = [" ".join(arguments)] if arguments else lines
    found = [[float(v) for v in line.replace(",", " ").split()] for line in lines if line.strip()]
    for row in found:
        if len(row) != size:
            raise ValueError(f"a row must have {size} number(s), got {len(row)}")
    return np.array(found).reshape(-1, size)


def whole(x, limit):
    """x as integers to choose by, from 0 to limit - 1."""
    if not ((x >= 0) & (x < limit) & (np.rint(x) == x)).all():
        raise ValueError(f"x must hold whole numbers from 0 to {limit - 1}")
    return x.astype(int)


def one_hot(numbers, depth, dtype=np.float64):
    """A one at the place that each number says, among zeros."""
    return (numbers[..., None] == np.arange(depth)).astype(dtype)


def mean(x, axes):
    """The mean along axes, which are kept with size 1."""
    return x.sum(axis=axes, keepdims=True) / math.prod(x.shape[axis] for axis in axes)


def lengths(x, axes, least):
    """The lengths of vectors along axes, which are kept with size 1."""
    return np.maximum(np.sqrt((x * x).sum(axis=axes, keepdims=True)), least)


def directions(x):
    """Vectors along the last axis, divided by their lengths."""
    return x / np.sqrt(np.maximum((x * x).sum(axis=-1, keepdims=True), 1e-12))


def sigmoid(x):
    """1 / (1 + exp(-x)); beyond 40 it is 1 to all digits."""
    e = np.exp(np.minimum(x, 40))
    return e / (e + 1)


def log_sigmoid(x):
    """log(1 / (1 + exp(-x))), where nothing overflows."""
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def softplus(x):
    """log(1 + exp(x)), where nothing overflows."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def squareplus(x, b):
    """(x + sqrt(x^2 + b)) / 2, where nothing cancels."""
    larger = 0.5 * np.hypot(x, math.sqrt(b)) + 0.5 * np.abs(x)
    return np.where(x > 0, larger, 0.25 * b / larger)


def sparse_sigmoid(x):
    """(x + 1) / 2, cut off at 0 and 1."""
    return (np.minimum(np.maximum(x, -1), 1) + 1) / 2


def sparse_plus(x):
    """0 up to -1, (x + 1)^2 / 4 up to 1, then x."""
    s = sparse_sigmoid(x)
    return np.where(x >= 1, x, s * s)


def hard_sigmoid(x, limit):
    """From 0 to 1 in a straight line between -limit and limit."""
    return (np.minimum(np.maximum(x, -limit), limit) + limit) / (2 * limit)


def relu(x, negative_slope, max_value, threshold):
    """x above the threshold, but from 0 to max_value, and a slope below."""
    above = x if max_value is None else np.minimum(np.maximum(x, 0), max_value)
    return np.where(x > threshold, above, negative_slope * (x - threshold))


def leaky_relu(x, negative_slope):
    """x above 0, and a slope below; the slope may be one for each feature."""
    return np.where(x > 0, x, negative_slope * x)


def elu(x, alpha):
    """x above 0, alpha (exp(x) - 1) below."""
    return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))


def celu(x, alpha):
    """x above 0, alpha (exp(x / alpha) - 1) below."""
    below = np.maximum(np.minimum(x, 0), -800 * alpha) / alpha
    return np.where(x >= 0, x, alpha * np.expm1(below))


def mish(x):
    """x tanh(log(1 + exp(x))), where nothing overflows."""
    e = np.exp(np.minimum(np.maximum(x, -1000), 40))
    n = e * (e + 2)
    return x * (n / (n + 2))


def tanh_shrink(x):
    """x - tanh(x); near 0 by Lambert's continued fraction, where the difference would cancel."""
    near = np.minimum(np.maximum(x, -1), 1)
    square = near * near
    q = square / 19
    for odd in (17, 15, 13, 11, 9, 7, 5, 3):
        q = square / (odd + q)
    return np.where(np.abs(x) < 1, near * (q / (1 + q)), x - np.tanh(x))


try:  # SciPy's error function gives the very bits of mlp; where it is missing, math's differs in the last of them
    from scipy.special import erfc, erfcx

    def normal_distribution(x):
        """The share of normally distributed numbers that are below x."""
        phi = 0.5 * erfc(-x * math.sqrt(0.5))
        far = x < -37
        z = np.where(far, x, -37)
        return np.where(far, 0.5 * erfcx(-z * math.sqrt(0.5)) * np.exp(-0.5 * z * z), phi)

except ImportError:

    def normal_distribution(x):
        """The share of normally distributed numbers that are below x."""
        shares = [0.5 * math.erfc(-v * math.sqrt(0.5)) for v in x.ravel().tolist()]
        return np.array(shares, x.dtype).reshape(x.shape)


def gelu(x):
    """x times the normal distribution function."""
    return x * normal_distribution(np.minimum(np.maximum(x, -40), 40))


def gelu_by_tanh(x):
    """x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2."""
    near = np.minimum(np.maximum(x, -40), 40)
    return x * sigmoid(2 * math.sqrt(2 / math.pi) * (near + 0.044715 * near * near * near))


def glu(x, axis):
    """The first half of x, times the sigmoid of the second."""
    a, b = np.split(x, 2, axis=axis)
    return a * sigmoid(b)


def softmax(x, axis):
    """exp(x) divided by its sum along axis."""
    y = np.exp(x - x.max(axis=axis, keepdims=True))
    return y / y.sum(axis=axis, keepdims=True)


def log_softmax(x, axis):
    """The logarithm of softmax, which has all its digits where that is near 1."""
    d = x - x.max(axis=axis, keepdims=True)
    largest = d == 0
    count = largest.sum(axis=axis, keepdims=True, dtype=x.dtype)
    rest = np.where(largest, 0, np.exp(d)).sum(axis=axis, keepdims=True)
    return d - (np.log(count) + np.log1p(rest / count))


def sparsemax(x, axis):
    """max(x - t, 0), with t such that the sum along axis is 1."""
    z = np.moveaxis(x - x.max(axis=axis, keepdims=True), axis, -1)
    falling = np.sort(z)[..., ::-1]
    k = np.arange(1, z.shape[-1] + 1, dtype=x.dtype)
    positive = 1 + k * falling > falling.cumsum(axis=-1)
    size = positive.sum(axis=-1, keepdims=True, dtype=x.dtype)
    t = (np.where(positive, falling, 0).sum(axis=-1, keepdims=True) - 1) / size
    y = np.where(z > t, z - t, 0)
    y = y - np.where(y > 0, (y.sum(axis=-1, keepdims=True) - 1) / size, 0)
    return np.moveaxis(np.where(y > 0, y, 0), -1, axis) + 0
