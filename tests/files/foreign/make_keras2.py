"""Make the folders `keras-2.2.4` and `keras-2.3.1`: HDF5 files of Keras 2 before it moved into TensorFlow.

    KERAS_BACKEND=theano python tests/files/foreign/make_keras2.py
    KERAS_BACKEND=tensorflow python tests/files/foreign/make_keras2.py --full --to=FOLDER

The first makes what is committed for this version, the second everything. README.md has the versions of Python and
of the packages.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np
from keras import backend as K
from keras import constraints, initializers, layers, optimizers, regularizers
from recording import Folder, classes, data, vector

FULL = "--full" in sys.argv
COMMITTED = {
    "2.2.4": "sequential.h5 sequential.weights.h5 batch-normalization.h5 optimizer-adam.h5 refused-lambda.h5",
    "2.3.1": "nested.h5 activation-layers.h5",
}.get(keras.__version__, "").split()
BACKEND = K.backend() + " " + __import__(K.backend()).__version__
FOLDER = Folder("keras-" + keras.__version__, keras=keras.__version__, backend=BACKEND, h5py=h5py.__version__)


def stirred(model, seed=3):
    """The model with all its weights moved."""
    rng = np.random.RandomState(seed)
    for layer in model.layers:
        if hasattr(layer, "layers"):
            stirred(layer, seed + 1)
            continue
        moved = [
            np.asarray(value + rng.uniform(-0.4, 0.4, value.shape), value.dtype)
            for value in layer.get_weights()
        ]
        if isinstance(layer, layers.BatchNormalization):
            moved[-1] = np.abs(moved[-1]) + 0.5
        layer.set_weights(moved)
    return model


def record(name, model, tests, x, train=None, refused=None):
    """Save the model and its weights; beside them what it predicts, and what one more epoch makes of it."""
    files = [name + suffix for suffix in (".h5", ".weights.h5") if FULL or name + suffix in COMMITTED]
    if not files:
        return
    if train:
        model.fit(*train, epochs=2, batch_size=8, verbose=0, shuffle=False)
    truth = {"x": x, "y": model.predict(x), "w": vector(model)}
    rows = {}
    for file in files:
        weights = file.endswith(".weights.h5")
        (model.save_weights if weights else model.save)(FOLDER.place(file))
        rows[file] = {
            "kind": "legacy weights" if weights else "model",
            "truth": name + ".npz",
            "trained": bool(train),
        }
    if train:
        history = model.fit(*train, epochs=1, batch_size=16, verbose=0, shuffle=False)
        truth.update(x_train=train[0], y_train=train[1], loss=history.history["loss"][0])
        truth.update(y_after=model.predict(x), w_after=vector(model))
    for file, row in sorted(rows.items()):
        if row["kind"] == "model" and not refused:
            row.update(reopened(FOLDER.place(file), truth, train))
        FOLDER.add(file, tests, refused=refused, **row)
    FOLDER.truth(name, **truth)


def reopened(path, truth, train):
    """Whether Keras itself gets the same out of the file, and goes on with training in the same way."""
    try:
        again = keras.models.load_model(path)
    except Exception as error:  # noqa: BLE001 (whatever hinders Keras)
        return {"reopens": False, "why": repr(error)[:60]}
    row = {"reopens": bool(np.allclose(vector(again), truth["w"], rtol=1e-6))}
    if train:
        again.fit(*train, epochs=1, batch_size=16, verbose=0, shuffle=False)
        row["resumes"] = bool(np.allclose(vector(again), truth["w_after"], rtol=1e-5, atol=1e-6))
    return row


X2, X4 = data(7, 2), data(7, 4)
T2 = (data(16, 2, seed=1), data(16, 1, seed=2))
T4 = (data(16, 4, seed=1), classes(16, 3))


def plain():
    model = keras.Sequential(
        [layers.Dense(5, activation="relu", input_dim=4), layers.Dense(3, activation="softmax")]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    record("sequential", stirred(model), "Sequential, compiled, trained", X4, T4)

    model = keras.Sequential(
        [
            layers.Dense(3, input_shape=(4,), use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.Activation("tanh"),
            layers.BatchNormalization(scale=False, epsilon=0.01),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizers.SGD(lr=0.05, decay=0.01), "categorical_crossentropy")
    record("batch-normalization", stirred(model), "BatchNormalization; SGD with decay", X4, T4)

    model = keras.Sequential([layers.Dense(3, input_dim=2, trainable=False), layers.Dense(1)])
    model.compile("adam", "mse")
    record("frozen", stirred(model), "a frozen layer", X2, T2)

    model = keras.Sequential([layers.Dense(3, input_dim=2), layers.Dense(1)])
    record("uncompiled", stirred(model), "not compiled", X2)

    K.set_floatx("float64")
    model = keras.Sequential([layers.Dense(3, activation="tanh", input_dim=2), layers.Dense(1)])
    model.compile(optimizers.Adam(0.05), "mse")
    record(
        "float64",
        stirred(model),
        "floatx float64",
        X2.astype("float64"),
        [one.astype("float64") for one in T2],
    )
    K.set_floatx("float32")


def activations():
    names = [
        "softmax",
        "elu",
        "selu",
        "softplus",
        "softsign",
        "relu",
        "tanh",
        "sigmoid",
        "hard_sigmoid",
        "exponential",
        "linear",
    ]
    x = keras.Input((2,))
    hidden = layers.Dense(3)(x)
    y = layers.concatenate([layers.Activation(name)(hidden) for name in names])
    record("activations", stirred(keras.Model(x, y)), "Activation layers: " + " ".join(names), X2)

    x = keras.Input((3,))
    hidden = layers.Dense(4)(x)
    parts = [
        layers.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.2)(hidden),
        layers.LeakyReLU(alpha=0.2)(hidden),
        layers.PReLU()(hidden),
        layers.ELU(alpha=0.7)(hidden),
        layers.ThresholdedReLU(theta=0.5)(hidden),
        layers.Softmax()(hidden),
    ]
    y = layers.concatenate(parts)
    record(
        "activation-layers",
        stirred(keras.Model(x, y)),
        "ReLU LeakyReLU PReLU ELU ThresholdedReLU Softmax",
        data(7, 3),
    )


def shapes():
    model = keras.Sequential(
        [
            layers.Embedding(6, 3, input_length=4),
            layers.Permute((2, 1)),
            layers.Reshape((2, -1)),
            layers.Dense(2, activation="relu"),
            layers.Flatten(),
            layers.RepeatVector(2),
            layers.Flatten(),
            layers.Dropout(0.3, seed=1),
            layers.GaussianNoise(0.1),
            layers.GaussianDropout(0.2),
            layers.AlphaDropout(0.1),
            layers.ActivityRegularization(l1=0.01, l2=0.02),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    record(
        "shapes",
        stirred(model),
        "Embedding, reshaping, noise",
        np.random.RandomState(0).randint(0, 6, (7, 4)),
    )


def graphs():
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    p, q = layers.Dense(3, activation="tanh", name="p")(a), layers.Dense(3, activation="tanh", name="q")(b)
    parts = [
        layers.Add()([p, q, p]),
        layers.Subtract()([p, q]),
        layers.Multiply()([p, q]),
        layers.Average()([p, q]),
    ]
    parts += [layers.Maximum()([p, q]), layers.Minimum()([p, q]), layers.Concatenate(axis=1)([p, q])]
    parts += [layers.Dot(axes=1)([p, q]), layers.Dot(axes=(1, 1), normalize=True)([p, q])]
    model = stirred(keras.Model([a, b], layers.Concatenate()(parts)))
    record("merges", model, "every merge, two inputs", [data(7, 3), data(7, 3, seed=8)])

    left, right = keras.Input((2,), name="left"), keras.Input((3,), name="right")
    hidden = layers.concatenate(
        [layers.Dense(3, activation="relu")(left), layers.Dense(2, activation="tanh")(right)]
    )
    value, kind = (
        layers.Dense(1, name="value")(hidden),
        layers.Dense(2, activation="softmax", name="kind")(hidden),
    )
    model = keras.Model(inputs=[left, right], outputs=[value, kind])
    losses = {"value": "mse", "kind": "categorical_crossentropy"}
    model.compile("adam", losses, loss_weights={"value": 1.0, "kind": 0.5}, metrics={"kind": "accuracy"})
    train = ([data(16, 2, seed=1), data(16, 3, seed=1)], [data(16, 1, seed=2), classes(16, 2)])
    record("lists", stirred(model), "two inputs and outputs; losses by name", [data(7, 2), data(7, 3)], train)

    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    shared = layers.Dense(3, activation="relu", name="shared")
    model = keras.Model([a, b], layers.Dense(1)(layers.subtract([shared(a), shared(b)])))
    model.compile("adam", "mse")
    train = ([T2[0], data(16, 2, seed=8)], T2[1])
    record("shared", stirred(model), "a layer called twice", [X2, data(7, 2, seed=8)], train)

    x = keras.Input((3,))
    inner = keras.Model(x, layers.add([layers.Dense(3, activation="relu")(x), x]), name="residual")
    first = keras.Sequential(
        [layers.Dense(3, activation="tanh", input_dim=2), layers.BatchNormalization()], name="first"
    )
    model = keras.Sequential([first, inner, layers.Dense(1)])
    model.compile("adam", "mse")
    record("nested", stirred(model), "a Sequential and a graph in a Sequential", X2, T2)


def arguments():
    i, r, c = initializers, regularizers, constraints
    rows = [
        (i.Zeros(), r.l1(0.01), c.NonNeg()),
        (i.Constant(0.3), r.l2(0.01), c.UnitNorm()),
        (i.Identity(gain=0.5), r.l1_l2(0.01, 0.02), c.MaxNorm(2.0)),
        (i.RandomNormal(0.1, 0.2, seed=1), None, c.MinMaxNorm(0.5, 1.5, rate=0.9)),
        (i.RandomUniform(-0.1, 0.2), None, None),
        (i.TruncatedNormal(0.1, 0.2), None, None),
        (i.VarianceScaling(2.0, "fan_avg", "uniform"), None, None),
        (i.Orthogonal(gain=1.1), None, None),
    ]
    names = [
        "ones",
        "glorot_normal",
        "he_normal",
        "he_uniform",
        "lecun_normal",
        "lecun_uniform",
        "zeros",
        "ones",
    ]
    x = keras.Input((2,))
    parts = []
    for name, (initializer, regularizer, constraint) in zip(names, rows):  # noqa: B905 (not in these Pythons)
        dense = layers.Dense(
            2,
            kernel_initializer=initializer,
            kernel_regularizer=regularizer,
            kernel_constraint=constraint,
            bias_initializer=name,
            activity_regularizer=regularizer,
        )
        parts.append(dense(x))
    model = keras.Model(x, layers.Dense(1)(layers.add(parts)))
    model.compile("sgd", "mse")
    record("arguments", stirred(model), "initializers, regularizers, constraints", X2)


def training():
    o = optimizers
    table = {
        "sgd": o.SGD(lr=0.05),
        "momentum": o.SGD(lr=0.05, momentum=0.9),
        "nesterov": o.SGD(lr=0.05, momentum=0.9, nesterov=True, decay=0.01, clipnorm=0.5),
        "rmsprop": o.RMSprop(lr=0.01),
        "adam": o.Adam(lr=0.05),
        "amsgrad": o.Adam(lr=0.05, amsgrad=True),
        "adagrad": o.Adagrad(lr=0.05),
        "adadelta": o.Adadelta(lr=0.5),
        "adamax": o.Adamax(lr=0.05),
        "nadam": o.Nadam(lr=0.05),
    }
    for name, optimizer in sorted(table.items()):
        model = keras.Sequential([layers.Dense(1, activation="tanh", input_dim=2)])
        model.compile(optimizer, "mse", metrics=["mae"])
        record("optimizer-" + name, stirred(model), "optimizer " + name, X2, T2)


class Own(layers.Layer):
    """A class of the writer's own."""

    def call(self, x):
        """``y = 2 x``."""
        return 2 * x


def refused():
    table = {
        "lambda": [layers.Lambda(lambda x: x * 2, input_shape=(2,))],
        "own-class": [layers.Dense(2, input_dim=2), Own()],
    }
    for name, some in sorted(table.items()):
        model = keras.Sequential(some)
        record(
            "refused-" + name,
            model,
            "a layer of class " + type(some[-1]).__name__,
            X2,
            refused=type(some[-1]).__name__,
        )
    model = keras.Sequential([layers.Conv2D(2, 2, input_shape=(3, 3, 1))])
    record("refused-conv2d", model, "Conv2D", data(7, 3, 3, 1), refused="Conv2D")


for family in (plain, activations, shapes, graphs, arguments, training, refused):
    np.random.seed(1)  # noqa: NPY002 (what Keras draws from)
    family()
FOLDER.close()
