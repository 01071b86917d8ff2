"""The floor: the benchmark's networks trained by loops written by hand in NumPy, and nothing else.

Each of `tanh_hinge`, `relu_absolute` and `chain` makes the function ``step(x, t) -> loss`` of one network at
one batch size: forward, loss value, gradient, Adam. What makes them fast: flat vectors with views,
``a.dot(b, out)``, ``ones.dot`` for a bias gradient, constants as 0-d arrays of the right dtype, buffers made
once, softmax and cross-entropy differentiated together, and no ``dx`` for the first layer.
"""

import math
from itertools import pairwise

import numpy as np

DTYPE = np.float32
ZERO, HALF, ONE = (np.array(c, DTYPE) for c in (0, 0.5, 1))  # faster in a ufunc than Python floats
BLOCK = 16_384  # elements: an optimizer's five sweeps over a block stay in the cache
GATHER = 256 * 1024  # bytes: shuffled rows are gathered this many at a time


def constant(value):
    """Return `value` as a 0-d array."""
    return np.array(value, DTYPE)


def cut(vector, sizes):
    """Return views ``[kernel, bias, kernel, bias, ...]`` of a flat vector, in the order of Keras."""
    views, start = [], 0
    for n_in, n_out in pairwise(sizes):
        for shape in ((n_in, n_out), (n_out,)):
            stop = start + math.prod(shape)
            views.append(vector[start:stop].reshape(shape))
            start = stop
    return views


def flat(weights):
    """Return the parameter vector made of `weights`, and a gradient of its size."""
    parameters = np.concatenate([w.ravel() for w in weights]).astype(DTYPE)
    return parameters, np.zeros_like(parameters)


def adam(parameters, gradient, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Make ``update()``: one step of Adam on the whole vector, in the form of Keras."""
    m, v, scratch = (np.zeros_like(parameters) for _ in range(3))
    parts = [slice(i, i + BLOCK) for i in range(0, parameters.size, BLOCK)]
    blocks = [(parameters[p], gradient[p], m[p], v[p], scratch[: m[p].size]) for p in parts]
    b1, c1, b2, c2 = (constant(c) for c in (beta_1, 1 - beta_1, beta_2, 1 - beta_2))
    eps, alpha = constant(epsilon), constant(0)
    t = 0

    def update():
        nonlocal t
        t += 1
        alpha[()] = learning_rate * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        for w, g, m, v, s in blocks:
            np.multiply(m, b1, m)
            np.multiply(g, c1, s)
            np.add(m, s, m)
            np.multiply(v, b2, v)
            np.multiply(g, g, s)
            np.multiply(s, c2, s)
            np.add(v, s, v)
            np.sqrt(v, s)
            np.add(s, eps, s)
            np.divide(m, s, s)
            np.multiply(s, alpha, s)
            np.subtract(w, s, w)
        if t % 128 == 0:  # moments on their way to denormal numbers, which make a step three times as long
            for _, _, m, v, _ in blocks:
                m[np.abs(m) < 1e-30] = 0
                v[v < 1e-30] = 0

    return update


def tanh_hinge(weights, sizes, n):
    """Make the step of a network with one hidden layer, tanh twice, and the hinge loss."""
    parameters, gradient = flat(weights)
    w1, b1, w2, b2 = cut(parameters, sizes)
    dw1, db1, dw2, db2 = cut(gradient, sizes)
    update = adam(parameters, gradient)
    h, dh, s = (np.empty((n, sizes[1]), DTYPE) for _ in range(3))
    y, dy, m = (np.empty((n, 1), DTYPE) for _ in range(3))
    ones, row, minus = np.ones(n, DTYPE), m[:, 0], constant(-1 / n)
    ht, w2t = h.T, w2.T

    def step(x, t):
        x.dot(w1, h)
        np.add(h, b1, h)
        np.tanh(h, h)
        h.dot(w2, y)
        np.add(y, b2, y)
        np.tanh(y, y)

        np.multiply(t, y, m)
        np.subtract(ONE, m, m)
        np.maximum(m, ZERO, out=m)
        loss = float(ones.dot(row)) / n

        np.sign(m, dy)  # d max(0, 1 - t y) / dy = -t where the margin is missed
        np.multiply(dy, t, dy)
        np.multiply(dy, minus, dy)
        np.multiply(y, y, y)
        np.subtract(ONE, y, y)
        np.multiply(dy, y, dy)
        ht.dot(dy, dw2)
        ones.dot(dy, db2)
        dy.dot(w2t, dh)
        np.multiply(h, h, s)
        np.subtract(ONE, s, s)
        np.multiply(dh, s, dh)
        x.T.dot(dh, dw1)
        ones.dot(dh, db1)
        update()
        return loss

    return step


def relu_absolute(weights, sizes, n):
    """Make the step of a network with two relu layers, a linear output and the mean absolute error."""
    parameters, gradient = flat(weights)
    w1, b1, w2, b2, w3, b3 = cut(parameters, sizes)
    dw1, db1, dw2, db2, dw3, db3 = cut(gradient, sizes)
    update = adam(parameters, gradient)
    g, dg, sg = (np.empty((n, sizes[1]), DTYPE) for _ in range(3))
    h, dh, sh = (np.empty((n, sizes[2]), DTYPE) for _ in range(3))
    y, m = (np.empty((n, 1), DTYPE) for _ in range(2))
    ones, row, share = np.ones(n, DTYPE), m[:, 0], constant(1 / n)
    gt, ht, w2t, w3t = g.T, h.T, w2.T, w3.T

    def step(x, t):
        x.dot(w1, g)
        np.add(g, b1, g)
        np.maximum(g, ZERO, out=g)
        g.dot(w2, h)
        np.add(h, b2, h)
        np.maximum(h, ZERO, out=h)
        h.dot(w3, y)
        np.add(y, b3, y)

        np.subtract(y, t, y)
        np.absolute(y, m)
        loss = float(ones.dot(row)) / n

        np.sign(y, y)
        np.multiply(y, share, y)
        ht.dot(y, dw3)
        ones.dot(y, db3)
        y.dot(w3t, dh)
        np.sign(h, sh)  # relu's outputs are never negative: their sign is its derivative
        np.multiply(dh, sh, dh)
        gt.dot(dh, dw2)
        ones.dot(dh, db2)
        dh.dot(w2t, dg)
        np.sign(g, sg)
        np.multiply(dg, sg, dg)
        x.T.dot(dg, dw1)
        ones.dot(dg, db1)
        update()
        return loss

    return step


def sigmoid(z):
    """Replace ``z`` by ``1 / (1 + exp(-z)) = (1 + tanh(z / 2)) / 2``, the faster form in float32."""
    np.multiply(z, HALF, z)
    np.tanh(z, z)
    np.multiply(z, HALF, z)
    np.add(z, HALF, z)


def sigmoid_back(dy, y, s):
    """Replace ``dy`` by ``dy y (1 - y)``, with `s` for scratch."""
    np.multiply(y, y, s)
    np.subtract(y, s, s)
    np.multiply(dy, s, dy)


def relu(z):
    """Replace ``z`` by ``max(z, 0)``."""
    np.maximum(z, ZERO, out=z)


def relu_back(dy, y, s):
    """Set ``dy`` to zero where ``y`` is zero, with `s` for scratch."""
    np.sign(y, s)
    np.multiply(dy, s, dy)


def squared_error(n, width):
    """Make ``finish(z, t)``: the mean squared error of linear outputs, whose gradient replaces `z`."""
    ones, squares = np.ones(n, DTYPE), np.empty((n, width), DTYPE)
    sums, share = np.empty(width, DTYPE), constant(2 / (n * width))

    def finish(z, t):
        np.subtract(z, t, z)
        np.multiply(z, z, squares)
        ones.dot(squares, sums)
        np.multiply(z, share, z)
        return float(sums.sum()) / (n * width)

    return finish


def cross_entropy(n, width):
    """Make ``finish(z, t)``: softmax and cross-entropy for one-hot targets, whose gradient replaces `z`."""
    p, top, total = np.empty((n, width), DTYPE), np.empty((n, 1), DTYPE), np.empty((n, 1), DTYPE)
    logs, ones, classes = np.empty(n, DTYPE), np.ones(n, DTYPE), np.ones((width, 1), DTYPE)
    share = constant(1 / n)

    def finish(z, t):
        z.max(axis=1, keepdims=True, out=top)
        np.subtract(z, top, z)
        np.exp(z, p)
        p.dot(classes, total)
        np.log(total[:, 0], logs)
        loss = float(ones.dot(logs) - np.vdot(t, z)) / n  # -sum t log p = log sum exp z - t z
        np.divide(p, total, p)
        np.subtract(p, t, z)
        np.multiply(z, share, z)
        return loss

    return finish


ACTIVATIONS = {"sigmoid": (sigmoid, sigmoid_back), "relu": (relu, relu_back)}
LOSSES = {"mean_squared_error": squared_error, "sparse_categorical_crossentropy": cross_entropy}


def chain(weights, sizes, n, activation, loss):
    """Make the step of a network with any number of hidden layers of one activation."""
    parameters, gradient = flat(weights)
    update = adam(parameters, gradient)
    activate, back = ACTIVATIONS[activation]
    finish = LOSSES[loss](n, sizes[-1])
    kernels, slopes = cut(parameters, sizes), cut(gradient, sizes)
    outs, backs, scratch = ([np.empty((n, size), DTYPE) for size in sizes[1:]] for _ in range(3))
    ones = np.ones(n, DTYPE)
    *hidden, (w_last, b_last, z) = zip(kernels[::2], kernels[1::2], outs, strict=True)
    dw_first, db_first = slopes[:2]
    upper = list(zip(
        [w.T for w in kernels[2::2]], slopes[2::2], slopes[3::2],
        [a.T for a in outs[:-1]], outs[:-1], backs[:-1], scratch[:-1], strict=True,
    ))[::-1]  # fmt: skip

    def step(x, t):
        a = x
        for w, b, out in hidden:
            a.dot(w, out)
            np.add(out, b, out)
            activate(out)
            a = out
        a.dot(w_last, z)
        np.add(z, b_last, z)
        value = finish(z, t)

        dz = z
        for w_t, dw, db, a_t, a, da, s in upper:
            a_t.dot(dz, dw)
            ones.dot(dz, db)
            dz.dot(w_t, da)
            back(da, a, s)
            dz = da
        x.T.dot(dz, dw_first)
        ones.dot(dz, db_first)
        update()
        return value

    return step


def classify(x, *weights):
    """Return the classes' probabilities, after layers of sigmoid."""
    *kernels, w = weights[::2]
    *biases, b = weights[1::2]
    for w_hidden, b_hidden in zip(kernels, biases, strict=True):
        x = x @ w_hidden
        x += b_hidden
        sigmoid(x)
    z = x @ w
    z += b
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, z)
    z /= z.sum(axis=1, keepdims=True)
    return z


def fit(step, x, y, batch_size, epochs, rng=None):
    """Train for some epochs and return the mean loss of each; shuffle where there is an `rng`.

    The number of rows must be a multiple of `batch_size`.
    """
    rows = len(x)
    gathered = min(rows, batch_size * max(1, GATHER // (batch_size * x[0].nbytes)))
    if rng is None:
        order, gathered, xs, ys = None, rows, x, y
    else:
        order, xs, ys = np.arange(rows), np.empty_like(x[:gathered]), np.empty_like(y[:gathered])
    batches = [(xs[i : i + batch_size], ys[i : i + batch_size]) for i in range(0, gathered, batch_size)]
    losses = []
    for _ in range(epochs):
        total = 0.0
        if rng is not None:
            rng.shuffle(order)
        for start in range(0, rows, gathered):
            stop = min(start + gathered, rows)
            if rng is not None:
                x.take(order[start:stop], 0, xs[: stop - start], mode="clip")
                y.take(order[start:stop], 0, ys[: stop - start], mode="clip")
            for xb, yb in batches[: (stop - start) // batch_size]:
                total += step(xb, yb)
        losses.append(total * batch_size / rows)
    return losses
