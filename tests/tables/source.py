"""Networks to be written as source code: one for each layer, activation and merge, and some that are put together."""

import functools

import numpy as np

from mlp import Input, Network
from mlp import activations as act
from mlp import layers as lay
from tables.layers import LAYER_ROWS
from tables.merges import MERGES


def weighted(net, rng):
    """The same network with random weights; what is a variance is not negative."""
    weights = [
        np.abs(rng.normal(1, 0.5, w.shape)) if name.endswith("variance") else rng.normal(0, 0.7, w.shape)
        for w, (_, name) in zip(net.get_weights(), net.named_weights(), strict=True)
    ]
    net.set_weights([w.astype(net.dtype) for w in weights])
    return net


def of_layer(row, shape, dtype):
    """A network of one layer, and rows for it that single precision holds."""
    rng = np.random.default_rng(7)
    x = row.draw(rng, (9, *shape), 2.0).astype("float32")
    if row.below is None:
        x[0, ..., :3] = [-0.0, 0.0, 1.0][: shape[-1]]
        x[1] = 0.0
        x[2] *= 25  # the ends of sigmoids
    net = Network([lay.InputLayer(shape), row.make()], dtype=dtype, rng=0)
    return weighted(net, rng), [x.astype(dtype)]


def of_merge(row, dtype):
    """A network of one merge."""
    rng = np.random.default_rng(8)
    inputs = [Input(shape=shape) for shape in row.shapes]
    net = Network(inputs=inputs, outputs=row.make()(inputs), dtype=dtype)
    return net, [rng.normal(size=(9, *shape)).astype("float32").astype(dtype) for shape in row.shapes]


def drawn(make):
    """A network with random weights and rows."""

    def subject(dtype):
        rng = np.random.default_rng(9)
        net = weighted(make(dtype), rng)
        shapes = net.input_shape if net.takes_several else [net.input_shape]
        return net, [rng.normal(size=(9, *shape[1:])).astype("float32").astype(dtype) for shape in shapes]

    return subject


def branched(dtype):
    a, b = Input(shape=(3,)), Input(shape=(2, 3))
    tower = Network([lay.Dense(4, activation="tanh", input_dim=3), lay.Residual(lay.Dense(4))])
    flat = lay.Dense(3)(lay.Flatten()(b))
    both = lay.Concatenate()([tower(a), tower(flat)])
    outputs = [lay.Dense(2, activation="softmax")(lay.Dropout(0.5)(both)), flat, a, b, flat]
    return Network(inputs=[a, b], outputs=outputs, dtype=dtype, rng=0)


def cosines(dtype):
    inputs = [Input(shape=(3, 2)), Input(shape=(3, 4))]
    return Network(inputs=inputs, outputs=lay.Dot((1, 1), normalize=True)(inputs), dtype=dtype)


def stack(*layers):
    return drawn(lambda dtype: Network([make() for make in layers], dtype=dtype, rng=0))


COMPOSED = {
    "2-5-1": stack(lambda: lay.Dense(5, "tanh", input_dim=2), lambda: lay.Dense(1, "tanh")),
    "one to one": stack(lambda: lay.Dense(1, input_dim=1)),
    "wide": stack(lambda: lay.Dense(80, "relu", input_dim=130), lambda: lay.Dense(10, "softmax")),
    "separate activations": stack(
        lambda: lay.Dense(20, input_dim=4), lambda: lay.Activation("relu"), lambda: lay.Dense(1)
    ),
    "nothing": stack(lambda: lay.Identity(input_dim=3)),
    "a halving activation in a layer": stack(lambda: lay.Dense(6, "glu", input_shape=(2, 3))),
    "matrices": stack(
        lambda: lay.Dense(4, "sigmoid", input_shape=(3, 2)),
        lambda: lay.Permute((2, 1)),
        lambda: lay.Dense(2, "relu"),
        lambda: lay.Softmax(axis=1),
        lambda: lay.Flatten(),
    ),
    "sums along an axis that was another": stack(
        lambda: lay.Permute((2, 1), input_shape=(40, 30)),
        lambda: lay.Softmax(),
        lambda: lay.LayerNormalization(),
    ),
    "several inputs and outputs": drawn(branched),
    "softmax along two axes": stack(
        lambda: lay.Activation(act.Softmax(axis=(1, 2)), input_shape=(2, 3)), lambda: lay.Reshape((3, 2))
    ),
    "other axes": stack(
        lambda: lay.Activation(act.LogSoftmax(axis=1), input_shape=(4, 3)),
        lambda: lay.Activation(act.Sparsemax(axis=1)),
        lambda: lay.Activation(act.Glu(axis=1)),
    ),
    "dot of other axes": drawn(cosines),
}

SUBJECTS = {
    **{
        f"{row.name or repr(row.make())} {shape}": functools.partial(of_layer, row, shape)
        for row in LAYER_ROWS
        for shape in row.shapes
    },
    **{f"{row.name or repr(row.make())} {row.shapes}": functools.partial(of_merge, row) for row in MERGES},
    **COMPOSED,
}


def predicted(net, x):
    """All outputs of a network, as a list."""
    y = net.predict(x if net.takes_several else x[0])
    return y if net.n_outputs > 1 else [y]


def bound(net, x, eps):
    """What rounding may change in a chain of `Dense`: (n + 3) eps (|x| |W| + |b|) a layer, and what that does to the next.

    A sum of n products and a bias has n + 1 roundings of eps / 2 in any order (Higham 2002, Accuracy and Stability of
    Numerical Algorithms, section 3.1), and so has the one that it is compared with; weights may have been rounded too.
    The activations change no number by more than its own error, and add a few roundings of a number from -1 to 1.
    """
    error = np.zeros_like(x)
    for layer in net.layers:
        size = np.abs(x) @ np.abs(layer.kernel) + np.abs(layer.bias)
        error = error @ np.abs(layer.kernel) + (len(layer.kernel) + 3) * eps * size
        x = layer.activation(x @ layer.kernel + layer.bias)
        error += 4 * eps * np.abs(x)
    return error


def rows_for(row):
    """Numbers of all sizes for a row of the table of activations, and the activation as a network."""
    x = row.x.astype("float32").astype("float64")
    return Network([lay.Activation(row.make(), input_dim=x.shape[1])]), x


#: No error is larger for these: their slope is at most 1.
FLAT = ["tanh", "relu", "sigmoid", "softmax", "linear", "hard_sigmoid", "softsign", "hard_tanh", "relu6"]


class Own(lay.Dense):
    """A class of one's own, which may compute anything."""


def with_own_forward():
    net = Network([lay.Activation("tanh", input_dim=2)])
    net.layers[0].forward = lambda x, training=False: x
    return net


def ours(x):
    return x


ours.derivative = np.ones_like

#: What is refused everywhere, by which words.
REFUSED = {
    "a class of one's own": (lambda: Network([Own(2, input_dim=2)]), "Own"),
    "an object with a forward of its own": (with_own_forward, "Activation"),
    "a function": (lambda: Network([lay.Dense(2, ours, input_dim=2)]), "FunctionActivation"),
    "no boundaries yet": (lambda: Network([lay.Discretization(num_bins=3, input_dim=2)]), "adapt"),
    "no layers": (Network, "no layers"),
}


def far_axes():
    return Network([lay.Activation(act.Softmax(axis=(1, 3)), input_shape=(2, 3, 2))])


#: Names that would end a comment, a string or a line, or be words of a language.
HOSTILE = [
    '*/ int main(void) { return system("touch injected"); } /*',
    '"""\nimport os\nos.system("touch injected")\n"""',
    "x\nimport os",
    "x\r__import__('os')",
    "x\u2028import os",
    "x\x0cimport os",
    "??/\nint injected;",
    "\\\nint injected;",
    "\\u002a/",
    "# -*- coding: utf-7 -*-",
    "{x}",
    "%s%n",
    "class",
    "int",
    "größe",
    "\ud800",
    "a" * 1000,
    " ",
]


def with_names(names):
    """A network whose layers are called so."""
    layers = [lay.Dense(2, "tanh", name=name) for name in names]
    return Network([lay.InputLayer((2,)), *layers], rng=0)
