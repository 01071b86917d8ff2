"""Make the folders `keras-1.0.8` and `keras-1.2.2`: HDF5 files of Keras 1, with Theano and Python 2.7.

    KERAS_BACKEND=theano python tests/files/foreign/make_keras1.py
    KERAS_BACKEND=theano python tests/files/foreign/make_keras1.py --full --to=FOLDER

The first makes what is committed for this version, the second everything. README.md has the versions of Python and
of the packages.
"""

import sys

import h5py
import keras
import numpy as np
import theano
from keras import backend as K
from keras import layers, optimizers, regularizers
from keras.models import Model, Sequential
from recording import Folder, classes, data, vector

FULL = "--full" in sys.argv
COMMITTED = {
    "1.2.2": """
        sequential.h5 sequential.weights.h5 batch-normalization.h5 merge.h5 merge-in-sequential.h5 arguments.h5
        optimizer-adam.h5 refused-lambda.h5
    """,
    "1.0.8": "sequential.h5",
}.get(keras.__version__, "").split()
FOLDER = Folder(
    "keras-" + keras.__version__,
    keras=keras.__version__,
    backend="theano " + theano.__version__,
    h5py=h5py.__version__,
)


def stirred(model, seed=3):
    """The model with all its weights moved."""
    rng = np.random.RandomState(seed)
    for layer in model.layers:
        if hasattr(layer, "layers") and layer.layers:
            for one in layer.layers:
                if hasattr(one, "layers"):
                    stirred(one, seed + 1)
            continue
        moved = [
            np.asarray(value + rng.uniform(-0.4, 0.4, value.shape), value.dtype)
            for value in layer.get_weights()
        ]
        if type(layer).__name__ == "BatchNormalization":
            moved[-1] = np.abs(moved[-1]) + 0.5
        layer.set_weights(moved)
    return model


def record(name, model, tests, x, train=None, refused=None):
    """Save the model and its weights; beside them what it predicts, and what one more epoch makes of it."""
    files = [name + suffix for suffix in (".h5", ".weights.h5") if FULL or name + suffix in COMMITTED]
    if not files:
        return
    if train:
        model.fit(train[0], train[1], nb_epoch=2, batch_size=8, verbose=0, shuffle=False)
    truth = {"x": x, "y": model.predict(x), "w": vector(model)}
    rows = {}
    for file in files:
        weights = file.endswith(".weights.h5")
        (model.save_weights if weights else model.save)(FOLDER.place(file), overwrite=True)
        rows[file] = {
            "kind": "legacy weights" if weights else "model",
            "truth": name + ".npz",
            "trained": bool(train),
        }
    if train:
        history = model.fit(train[0], train[1], nb_epoch=1, batch_size=16, verbose=0, shuffle=False)
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
        again.fit(train[0], train[1], nb_epoch=1, batch_size=16, verbose=0, shuffle=False)
        row["resumes"] = bool(np.allclose(vector(again), truth["w_after"], rtol=1e-5, atol=1e-6))
    return row


X2, X4 = data(7, 2), data(7, 4)
T2 = (data(16, 2, seed=1), data(16, 1, seed=2))
T4 = (data(16, 4, seed=1), classes(16, 3))


def plain():
    model = Sequential()
    model.add(layers.Dense(5, input_dim=4, init="uniform"))
    model.add(layers.Activation("relu"))
    model.add(layers.Dense(output_dim=3, activation="softmax"))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    record("sequential", stirred(model), "Sequential, compiled, trained", X4, T4)

    model = Sequential(
        [
            layers.Dense(3, input_shape=(4,), bias=False),
            layers.BatchNormalization(mode=0, momentum=0.9),
            layers.Activation("tanh"),
            layers.BatchNormalization(epsilon=0.01),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizers.SGD(lr=0.05, decay=0.01), "categorical_crossentropy")
    record("batch-normalization", stirred(model), "BatchNormalization with mode; SGD with decay", X4, T4)

    model = Sequential([layers.Dense(3, input_dim=4), layers.BatchNormalization(mode=2)])
    tests = "mode 2: statistics of the batch even in prediction"
    record("batch-normalization-mode-2", stirred(model), tests, X4, refused="mode")

    model = Sequential(
        [
            layers.Embedding(6, 3, input_length=4),
            layers.Permute((2, 1)),
            layers.Reshape((2, 6)),
            layers.Flatten(),
            layers.RepeatVector(2),
            layers.Flatten(),
            layers.Dropout(p=0.3),
            layers.GaussianNoise(sigma=0.1),
            layers.GaussianDropout(p=0.2),
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

    if keras.__version__ >= "1.2":  # Keras 1.0 does not get as far in float64
        K.set_floatx("float64")
        theano.config.floatX = "float64"
        model = Sequential([layers.Dense(3, activation="tanh", input_dim=2), layers.Dense(1)])
        model.compile(optimizers.Adam(0.05), "mse")
        record(
            "float64",
            stirred(model),
            "floatx float64",
            X2.astype("float64"),
            [one.astype("float64") for one in T2],
        )
        K.set_floatx("float32")
        theano.config.floatX = "float32"


def activations():
    model = Sequential([layers.Dense(3, input_dim=2)])
    for name in ("softplus", "softsign", "relu", "tanh", "sigmoid", "hard_sigmoid", "linear"):
        model.add(layers.Dense(3, activation=name))
    some = layers.advanced_activations
    for layer in (some.LeakyReLU(0.2), some.PReLU(), some.ELU(0.7), some.ThresholdedReLU(0.1)):
        model.add(layer)
    record("activations", stirred(model), "activations and their layers", X2)


def arguments():
    model = Sequential(
        [
            layers.Dense(
                3,
                input_dim=2,
                init="he_normal",
                activation="relu",
                W_regularizer=regularizers.l1l2(0.01, 0.02),
                b_regularizer="l2",
                activity_regularizer="activity_l2",
                W_constraint="maxnorm",
                b_constraint="nonneg",
            ),
            layers.Dropout(p=0.25),
            layers.Dense(2, init="lecun_uniform", W_constraint="unitnorm"),
            layers.Dense(2, init="orthogonal", trainable=False),
            layers.Dense(1, init="glorot_normal", W_regularizer="l1"),
        ]
    )
    model.compile("sgd", "mse")
    record("arguments", stirred(model), "names of Keras 1: init, W_regularizer, b_constraint, p, bias", X2)


def graphs():
    left, right = layers.Input(shape=(2,), name="left"), layers.Input(shape=(3,), name="right")
    p, q = (
        layers.Dense(3, activation="relu", name="p")(left),
        layers.Dense(3, activation="tanh", name="q")(right),
    )
    parts = [layers.merge([p, q], mode=mode) for mode in ("sum", "mul", "ave", "max")]
    parts += [layers.merge([p, q], mode="concat", concat_axis=1)]
    parts += [
        layers.merge([p, q], mode=mode, dot_axes=1)
        for mode in ("dot", "cos")[: 1 if "1.0" in keras.__version__ else 2]
    ]
    parts[6:] = [layers.Reshape((1,))(one) for one in parts[6:]]
    hidden = layers.merge(parts, mode="concat")
    value = layers.Dense(1, name="value")(hidden)
    kind = layers.Dense(2, activation="softmax", name="kind")(hidden)
    model = Model(input=[left, right], output=[value, kind])
    model.compile(
        "adam", {"value": "mse", "kind": "categorical_crossentropy"}, loss_weights={"value": 1.0, "kind": 0.5}
    )
    train = ([data(16, 2, seed=1), data(16, 3, seed=1)], [data(16, 1, seed=2), classes(16, 2)])
    record("merge", stirred(model), "Model with merge in all modes", [data(7, 2), data(7, 3)], train)

    left = Sequential([layers.Dense(3, input_dim=2)])
    right = Sequential([layers.Dense(3, input_dim=3)])
    model = Sequential([layers.Merge([left, right], mode="concat"), layers.Dense(1)])
    model.compile("sgd", "mse")
    record(
        "merge-in-sequential",
        stirred(model),
        "Merge as the first layer of a Sequential",
        [data(7, 2), data(7, 3)],
    )

    inner = Sequential([layers.Dense(3, activation="tanh", input_dim=2), layers.Dense(2)])
    x = layers.Input(shape=(2,))
    model = Model(x, layers.Dense(1)(layers.merge([inner(x), x], mode="sum")))
    model.compile("adam", "mse")
    record("nested", stirred(model), "a Sequential as a layer", X2, T2)


def training():
    o = optimizers
    table = {
        "sgd": o.SGD(lr=0.05),
        "momentum": o.SGD(lr=0.05, momentum=0.9),
        "nesterov": o.SGD(lr=0.05, momentum=0.9, nesterov=True, decay=0.01, clipnorm=0.5),
        "rmsprop": o.RMSprop(lr=0.01),
        "adam": o.Adam(lr=0.05),
        "adagrad": o.Adagrad(lr=0.05),
        "adadelta": o.Adadelta(lr=0.5),
        "adamax": o.Adamax(lr=0.05),
        "nadam": o.Nadam(lr=0.05),
    }
    for name, optimizer in sorted(table.items()):
        model = Sequential([layers.Dense(1, activation="tanh", input_dim=2)])
        model.compile(optimizer, "mse")
        record("optimizer-" + name, stirred(model), "optimizer " + name, X2, T2)


def refused():
    table = {
        "lambda": [layers.Lambda(lambda x: x * 2, input_shape=(2,))],
        "highway": [layers.Highway(input_dim=2)],
        "maxout": [layers.MaxoutDense(2, input_dim=2)],
    }
    for name, some in sorted(table.items()):
        kind = type(some[0]).__name__
        record("refused-" + name, Sequential(some), "a layer of class " + kind, X2, refused=kind)


for family in (plain, activations, arguments, graphs, training, refused):
    np.random.seed(1)  # noqa: NPY002 (what Keras draws from)
    family()
FOLDER.close()
