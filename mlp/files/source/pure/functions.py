"""The functions that a file without NumPy may need."""
# mypy: ignore-errors
# ruff: noqa: B905, D403

import math


def shape_of(x):
    """The shape of nested lists."""
    return (len(x), *shape_of(x[0])) if isinstance(x, (list, tuple)) and x else ()


def flat(x):
    """The numbers in nested lists."""
    return [v for part in x for v in flat(part)] if isinstance(x, (list, tuple)) else [float(x)]


def rows(x, shape):
    """The rows in x, each of this shape, as flat lists; a row may come by itself."""
    x = [x] if shape_of(x) == shape else x
    found = [flat(row) for row in x]
    for row, numbers in zip(x, found):
        if shape_of(row) != shape or len(numbers) != math.prod(shape):
            raise ValueError(f"a row must have shape {shape}, got {shape_of(row)}")
    return found


def together(*inputs):
    """The rows of several inputs that belong together."""
    if len({len(x) for x in inputs}) > 1:
        raise ValueError(f"all inputs must have as many rows, got {', '.join(str(len(x)) for x in inputs)}")
    return zip(*inputs)


def nested(y, shape):
    """A flat list as lists of this shape."""
    if len(shape) == 1:
        return y
    size = len(y) // shape[0]
    return [nested(y[i : i + size], shape[1:]) for i in range(0, len(y), size)]


def numbers(text, shape):
    """The numbers in a text, as lists of this shape."""
    return nested([float(v) for v in text.split()], shape)


def table(arguments, lines, size):
    """Rows of numbers from the command line, or from lines."""
    for line in [" ".join(arguments)] if arguments else lines:
        row = [float(v) for v in line.replace(",", " ").split()]
        if row and len(row) != size:
            raise ValueError(f"a row must have {size} number(s), got {len(row)}")
        if row:
            yield row


def each(x, size, f):
    """f of each block of so many numbers."""
    return [v for i in range(0, len(x), size) for v in f(x[i : i + size])]


def along(x, n, step, f):
    """f of each group of n numbers that stand so many steps apart."""
    y = list(x)
    for start in range(0, len(x), n * step):
        for i in range(start, start + step):
            group = slice(i, i + n * step, step)
            y[group] = f(x[group])
    return y


def dense(x, kernel, bias):
    """x W + b, row by row of W."""
    z = bias
    for x_i, row in zip(x, kernel):
        z = [z_j + x_i * w_ij for z_j, w_ij in zip(z, row)]
    return z


def products(a, b, size):
    """The products of each vector of so many numbers in a with each in b."""
    return [
        sum(u * v for u, v in zip(a[i : i + size], b[j : j + size]))
        for i in range(0, len(a), size)
        for j in range(0, len(b), size)
    ]


def concatenated(parts, blocks):
    """The parts, one after another in each of so many blocks."""
    sizes = [len(x) // blocks for x in parts]
    return [v for i in range(blocks) for x, n in zip(parts, sizes) for v in x[i * n : (i + 1) * n]]


def whole(v, limit):
    """v as an integer to choose by, from 0 to limit - 1."""
    if not (0 <= v < limit and v == int(v)):
        raise ValueError(f"x must hold whole numbers from 0 to {limit - 1}, got {v}")
    return int(v)


def counts(numbers, depth):
    """How often each number below depth is there."""
    return [float(numbers.count(i)) for i in range(depth)]


def multi_hot(numbers, depth):
    """Whether each number below depth is there."""
    return [float(i in numbers) for i in range(depth)]


def standardized(x, epsilon):
    """(x - mean) / sqrt(variance + epsilon)."""
    mean = sum(x) / len(x)
    d = [v - mean for v in x]
    deviation = math.sqrt(sum(v * v for v in d) / len(x) + epsilon)
    return [v / deviation for v in d]


def by_root_mean_square(x, epsilon):
    """x / sqrt(mean x^2 + epsilon)."""
    root = math.sqrt(sum(v * v for v in x) / len(x) + epsilon)
    return [v / root for v in x]


def direction(x, least):
    """x divided by its length."""
    length = max(math.sqrt(sum(v * v for v in x)), least)
    return [v / length for v in x]


def exp(v):
    """The exponential function; infinite where it is too large for a number."""
    return math.inf if v > 709.782712893384 else math.exp(v)


def sigmoid(v):
    """1 / (1 + exp(-v)); beyond 40 it is 1 to all digits."""
    e = math.exp(min(v, 40.0))
    return e / (e + 1.0)


def log_sigmoid(v):
    """log(1 / (1 + exp(-v))), where nothing overflows."""
    return min(v, 0.0) - math.log1p(math.exp(-abs(v)))


def softplus(v):
    """log(1 + exp(v)), where nothing overflows."""
    return max(v, 0.0) + math.log1p(math.exp(-abs(v)))


def squareplus(v, b):
    """(v + sqrt(v^2 + b)) / 2, where nothing cancels."""
    larger = 0.5 * math.hypot(v, math.sqrt(b)) + 0.5 * abs(v)
    return larger if v > 0 else 0.25 * b / larger


def sparse_sigmoid(v):
    """(v + 1) / 2, cut off at 0 and 1."""
    return (min(max(v, -1.0), 1.0) + 1.0) / 2.0


def sparse_plus(v):
    """0 up to -1, (v + 1)^2 / 4 up to 1, then v."""
    s = sparse_sigmoid(v)
    return v if v >= 1 else s * s


def hard_sigmoid(v, limit):
    """From 0 to 1 in a straight line between -limit and limit."""
    return (min(max(v, -limit), limit) + limit) / (2.0 * limit)


def relu(v, negative_slope, max_value, threshold):
    """v above the threshold, but from 0 to max_value, and a slope below."""
    above = v if max_value is None else min(max(v, 0.0), max_value)
    return above if v > threshold else negative_slope * (v - threshold)


def leaky_relu(v, negative_slope):
    """v above 0, and a slope below."""
    return v if v > 0 else negative_slope * v


def elu(v, alpha):
    """v above 0, alpha (exp(v) - 1) below."""
    return v if v >= 0 else alpha * math.expm1(v)


def celu(v, alpha):
    """v above 0, alpha (exp(v / alpha) - 1) below."""
    return v if v >= 0 else alpha * math.expm1(max(v, -800 * alpha) / alpha)


def mish(v):
    """v tanh(log(1 + exp(v))), where nothing overflows."""
    e = math.exp(min(max(v, -1000.0), 40.0))
    n = e * (e + 2.0)
    return v * (n / (n + 2.0))


def tanh_shrink(v):
    """v - tanh(v); near 0 by Lambert's continued fraction, where the difference would cancel."""
    if abs(v) >= 1:
        return v - math.tanh(v)
    square = v * v
    q = square / 19
    for odd in (17, 15, 13, 11, 9, 7, 5, 3):
        q = square / (odd + q)
    return v * (q / (1 + q))


def gelu(v):
    """v times the normal distribution function."""
    return v * 0.5 * math.erfc(-max(v, -40.0) * math.sqrt(0.5))


def gelu_by_tanh(v):
    """v (1 + tanh(sqrt(2 / pi) (v + 0.044715 v^3))) / 2."""
    near = min(max(v, -40.0), 40.0)
    return v * sigmoid(2 * math.sqrt(2 / math.pi) * (near + 0.044715 * near * near * near))


def glu(x, size):
    """Of each block of so many numbers the first half, times the sigmoid of the second."""
    half = size // 2
    return [x[i + j] * sigmoid(x[i + half + j]) for i in range(0, len(x), size) for j in range(half)]


def softmax(x):
    """exp(x) divided by its sum."""
    largest = max(x)
    e = [math.exp(v - largest) for v in x]
    total = sum(e)
    return [v / total for v in e]


def log_softmax(x):
    """The logarithm of softmax, which has all its digits where that is near 1."""
    largest = max(x)
    count = x.count(largest)
    rest = sum(math.exp(v - largest) for v in x if v != largest)
    return [v - largest - (math.log(count) + math.log1p(rest / count)) for v in x]


def sparsemax(x):
    """max(x - t, 0), with t such that the sum is 1."""
    largest = max(x)
    z = [v - largest for v in x]
    falling = sorted(z, reverse=True)
    size = sum(1 + k * v > sum(falling[:k]) for k, v in enumerate(falling, start=1))
    t = (sum(falling[:size]) - 1) / size
    return [max(v - t, 0.0) for v in z]
