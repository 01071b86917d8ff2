"""Layers: outputs, and gradients for inputs and weights, in inference and in training where nothing is drawn."""

import numpy as np

from parity.data import classes, numbers
from parity.programs import called

X = numbers(6, 4, seed=1, low=-2, high=2)
CUBE = numbers(5, 3, 2, seed=2, low=-2, high=2)


def give_weights(net, seed=7):
    """Weights that no initializer would have given; moving variances are positive."""
    for layer in net.layers:
        arrays = [numbers(*np.shape(w), seed=(seed := seed + 1)) for w in layer.get_weights()]
        if type(layer).__name__ == "BatchNormalization":
            arrays[-1] = np.abs(arrays[-1]) + 0.2
        if arrays:
            layer.set_weights(arrays)


def _alone(name, arguments, x=X, training=(False, True)):
    """The layer by itself, pulled back in inference and in training."""

    def program(k):
        found = {}
        for mode in training:
            net = k.Sequential([k.Input(x.shape[1:]), getattr(k.layers, name)(**arguments)])
            give_weights(net)
            like = np.shape(net.predict(x, verbose=0))
            found["training" if mode else "inference"] = k.pull_back(net, x, numbers(*like, seed=3), mode)
        return found

    return program


def _between(name, arguments, x=X):
    """The layer between two dense ones, so that gradients must come through it."""

    def program(k):
        layer = getattr(k.layers, name)(**arguments)
        net = k.Sequential([k.Input(x.shape[1:]), k.layers.Dense(4), layer, k.layers.Dense(2)])
        give_weights(net)
        return k.pull_back(net, x, numbers(len(x), 2, seed=3), True)

    return program


SINGLE = {
    "Dense": [{"units": 3}, {"units": 2, "use_bias": False}]
    + [{"units": 3, "activation": name} for name in ("relu", "tanh", "sigmoid", "softmax", "gelu", "hard_silu")],
    "Activation": [{"activation": name} for name in ("tanh", "softmax", "mish", "linear")],
    "ReLU": [{}, {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.25}],
    "LeakyReLU": [{}, {"negative_slope": 0.05}],
    "PReLU": [{}],
    "ELU": [{}, {"alpha": 0.4}],
    "Softmax": [{}],
    "BatchNormalization": [{}, {"center": False}, {"scale": False}, {"epsilon": 0.1, "momentum": 0.5}],
    "LayerNormalization": [{}, {"center": False, "scale": False}, {"epsilon": 0.1}],
    "RMSNormalization": [{}, {"epsilon": 0.1}],
    "UnitNormalization": [{}],
    "Flatten": [{}],
    "Reshape": [{"target_shape": (2, 2)}, {"target_shape": (-1, 1)}],
    "Rescaling": [{"scale": 0.5}, {"scale": 2.0, "offset": -1.0}],
    "Identity": [{}],
    "ActivityRegularization": [{"l1": 0.1, "l2": 0.2}],
}  # fmt: skip

#: With rows of shape (3, 2).
DEEP = {
    "Dense": [{"units": 3, "activation": "tanh"}],
    "Flatten": [{}],
    "Reshape": [{"target_shape": (6,)}, {"target_shape": (2, -1)}],
    "PReLU": [{}, {"shared_axes": [1]}],
    "Softmax": [{}, {"axis": 1}],
    "BatchNormalization": [{}, {"axis": 1}],
    "LayerNormalization": [{}, {"axis": 1}, {"axis": [1, 2]}],
    "RMSNormalization": [{}, {"axis": [1, 2]}],
    "UnitNormalization": [{}, {"axis": 1}],
}

#: Layers that draw in training, and leave inputs as they are in inference.
DRAWING = {
    "Dropout": {"rate": 0.3},
    "AlphaDropout": {"rate": 0.3},
    "GaussianDropout": {"rate": 0.3},
    "GaussianNoise": {"stddev": 0.5},
}


def _initialized(k):
    """Weights as the initializers gave them, and outputs."""
    net = k.Sequential(
        [
            k.Input((4,)),
            k.layers.Dense(3, kernel_initializer=k.initializers.Constant(0.25), bias_initializer="ones"),
            k.layers.Dense(3, kernel_initializer="identity", bias_initializer=k.initializers.Constant(-1.5)),
            k.layers.Dense(2, kernel_initializer="ones", use_bias=False),
        ]
    )
    return {"weights": net.get_weights(), "y": net.predict(X, verbose=0)}


def _moving_averages(arguments):
    """Weights and outputs after each of three batches in training, and the outputs in inference then."""

    def program(k):
        net = k.Sequential([k.Input((4,)), k.layers.BatchNormalization(**arguments)])
        give_weights(net)
        after = []
        for batch in range(3):
            k.run(net, numbers(5, 4, seed=10 + batch, low=-3, high=3), training=True)
            after.append([np.array(w) for w in net.get_weights()])
        return {"weights": after, "inference": net.predict(X, verbose=0)}

    return program


def _embedding(k):
    """Rows of a table; only the rows that were looked up have a gradient."""
    net = k.Sequential([k.Input((3,)), k.layers.Embedding(5, 2), k.layers.Flatten(), k.layers.Dense(2)])
    give_weights(net)
    indices = classes(12, 5, seed=4).reshape(4, 3)
    found = k.pull_back(net, indices * 1.0, numbers(4, 2, seed=3))
    return {"y": found["y"], "dweights": found["dweights"]}


def _normalization(x, arguments):
    def program(k):
        layer = k.layers.Normalization(**arguments)
        if "mean" not in arguments:
            layer.adapt(x)
        net = k.Sequential([k.Input(x.shape[1:]), layer])
        return net.predict(x[:2], verbose=0)

    return program


def _encoding(mode):
    def program(k):
        indices = np.array([[0, 2, 2], [1, 3, 0], [3, 3, 3]])
        if mode == "one_hot":
            indices = indices[:, :1]
        layer = k.layers.CategoryEncoding(num_tokens=4, output_mode=mode)
        return k.Sequential([k.Input(indices.shape[1:]), layer]).predict(indices, verbose=0)

    return program


def _discretization(arguments):
    def program(k):
        layer = k.layers.Discretization(**arguments)
        if "bin_boundaries" not in arguments:
            layer.adapt(X)
        return k.Sequential([k.Input((4,)), layer]).predict(X, verbose=0)

    return program


def _merge(name, arguments, branches=2):
    """The layer over branches that come from one input, which is merged in itself as well."""

    def program(k):
        x = k.Input((4,))
        merged = [k.layers.Dense(4, activation="tanh", name=f"branch{i}")(x) for i in range(branches)]
        inputs = merged if branches == 2 else [x, *merged]
        y = getattr(k.layers, name)(**arguments)(inputs)
        net = k.Model(inputs=x, outputs=k.layers.Dense(2, name="head")(y))
        give_weights(net)
        return k.pull_back(net, X, numbers(len(X), 2, seed=3))

    return program


def _merge_alone(name, arguments):
    """Nothing after the layer, and inputs of three axes."""

    def program(k):
        x = k.Input((3, 2))
        branch = k.layers.Dense(2, activation="tanh", name="branch")(x)
        net = k.Model(inputs=x, outputs=getattr(k.layers, name)(**arguments)([x, branch]))
        give_weights(net)
        like = np.shape(net.predict(CUBE, verbose=0))
        return k.pull_back(net, CUBE, numbers(*like, seed=3))

    return program


def _statistics(name, arguments):
    """Mean, deviation and share of zeros of what a layer makes of ones."""

    def program(k):
        net = k.Sequential([k.Input((100,)), getattr(k.layers, name)(**arguments, seed=1)])
        y = np.asarray(k.run(net, np.ones((2000, 100)), training=True))
        kept = y[y != y.min()] if name == "AlphaDropout" else y
        return {"mean": y.mean(), "std": y.std(), "zeros": np.mean(y == 0), "largest": np.median(kept)}

    return program


MERGES = {
    "Add": [{}],
    "Multiply": [{}],
    "Average": [{}],
    "Maximum": [{}],
    "Minimum": [{}],
    "Concatenate": [{}],
}

PROGRAMS = {
    **{
        called(name, arguments): _alone(name, arguments)
        for name, variants in SINGLE.items()
        for arguments in variants
    },
    **{
        f"{called(name, arguments)}, three axes": _alone(name, arguments, CUBE)
        for name, variants in DEEP.items()
        for arguments in variants
    },
    **{
        f"{called(name, arguments)} between others": _between(name, arguments)
        for name, variants in SINGLE.items()
        for arguments in variants[:1]
        if name not in ("Dense", "Reshape", "ActivityRegularization")
    },
    **{
        f"{called(name, arguments)} in inference": _alone(name, arguments, training=(False,))
        for name, arguments in DRAWING.items()
    },
    **{
        f"statistics of {called(name, arguments)}": _statistics(name, arguments)
        for name, arguments in DRAWING.items()
    },
    "Dense() as initialized": _initialized,
    "BatchNormalization() over three batches": _moving_averages({}),
    "BatchNormalization(momentum=0.6) over three batches": _moving_averages({"momentum": 0.6}),
    "Embedding(5, 2)": _embedding,
    "Normalization() adapted": _normalization(X, {}),
    "Normalization() adapted, three axes": _normalization(CUBE, {}),
    "Normalization(axis=None) adapted": _normalization(X, {"axis": None}),
    "Normalization(invert=True) adapted": _normalization(X, {"invert": True}),
    "Normalization(mean, variance)": _normalization(
        X, {"mean": [0.0, 1.0, 2.0, 3.0], "variance": [1.0, 4.0, 0.25, 2.0]}
    ),
    **{
        f"CategoryEncoding(output_mode={mode!r})": _encoding(mode)
        for mode in ("multi_hot", "one_hot", "count")
    },
    "Discretization(bin_boundaries)": _discretization({"bin_boundaries": [-1.0, 0.0, 0.5]}),
    "Discretization(bin_boundaries, output_mode='count')": _discretization(
        {"bin_boundaries": [-1.0, 0.0, 0.5], "output_mode": "count"}
    ),
    **{
        f"{called(name, arguments)} of {branches + (branches > 2)}": _merge(name, arguments, branches)
        for name, variants in MERGES.items()
        for arguments in variants
        for branches in (2, 3)
    },
    "Subtract()": _merge("Subtract", {}),
    "Dot(axes=1)": _merge("Dot", {"axes": 1}),
    "Dot(axes=-1, normalize=True)": _merge("Dot", {"axes": -1, "normalize": True}),
    **{
        f"{called(name, arguments)}, three axes": _merge_alone(name, arguments)
        for name, arguments in (
            ("Add", {}),
            ("Concatenate", {"axis": 1}),
            ("Concatenate", {"axis": -1}),
            ("Dot", {"axes": 2}),
            ("Dot", {"axes": (1, 1)}),
            ("Dot", {"axes": (2, 2), "normalize": True}),
        )
    },
}
