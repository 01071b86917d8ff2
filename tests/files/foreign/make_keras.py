"""Make the folders `keras-2.12.0` ... `keras-3.15.1`: files as Keras has written them since there is `.keras`.

    KERAS_BACKEND=jax python tests/files/foreign/make_keras.py
    KERAS_BACKEND=jax python tests/files/foreign/make_keras.py --full --to=FOLDER

The first makes what is committed for this version, and no version has everything: HDF5 is large. The second makes
everything, for some 3 MB. README.md has the versions of Python and of the packages.

`record` is told what can be saved: "k" `.keras`, "h" `.h5`, "w" `.weights.h5`, "l" the weights file of Keras 1 and 2.
Not one of the models is in its initial state: they are trained for two epochs, or their weights are moved by random
numbers.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np
from recording import Folder, classes, data, vector

NUMBER = keras.__version__
if NUMBER.startswith("2."):
    from tensorflow import keras
layers = keras.layers

FULL = "--full" in sys.argv
VERSION = tuple(int(part) for part in NUMBER.split(".")[:2])
THREE = VERSION >= (3, 0)
SUFFIXES = {"k": ".keras", "h": ".h5", "w": ".weights.h5", "l": ".legacy.h5"}
KINDS = {"k": "model", "h": "model", "w": "weights", "l": "legacy weights"}


def backend():
    if THREE:
        return keras.backend.backend() + " " + __import__(keras.backend.backend()).__version__
    return "tensorflow " + __import__("tensorflow").__version__


COMMITTED = {
    "3.15.1": """
        sequential.keras sequential.h5 sequential.weights.h5 frozen.keras activations.h5 normalizations.keras
        preprocessing.keras shapes.h5 dictionaries.keras sequential-in-functional.keras arguments.keras
        optimizer-adam.keras optimizer-adam.weights.h5 optimizer-lamb.keras optimizer-combined.keras float64.keras
        mixed-float16.keras refused-lambda.keras refused-lambda.h5
        refused-own-class.keras refused-subclass.keras refused-conv2d.keras refused-int8.keras
    """,
    "3.10.0": "merges.h5 refused-operation.keras",
    "3.6.0": "activation-layers.h5 optimizer-adadelta.keras",
    "3.3.3": "shared.keras optimizer-nadam.keras",
    "3.0.5": "sequential.keras optimizer-adam.keras",
    "2.15.0": "sequential.keras sequential.h5 sequential.legacy.h5 preprocessing.keras",
    "2.12.0": "optimizer-adam.keras hdf5.keras",
}.get(NUMBER, "").split()
FOLDER = Folder("keras-" + NUMBER, keras=NUMBER, backend=backend(), h5py=h5py.__version__)


# --- Recording ----------------------------------------------------------------------------------------------


def stirred(model, seed=3):
    """The model with all its weights moved; what preprocessing layers have learned stays."""
    rng = np.random.RandomState(seed)
    for layer in model.layers:
        if hasattr(layer, "layers"):
            stirred(layer, seed + 1)
        if hasattr(layer, "layers") or type(layer).__name__ in ("Normalization", "Discretization"):
            continue
        for weight in layer.weights:
            value = np.asarray(weight)
            move = (
                rng.uniform(0.5, 2, value.shape)
                if "variance" in weight.name
                else rng.uniform(-0.4, 0.4, value.shape)
            )
            weight.assign(np.asarray(move if "variance" in weight.name else value + move, value.dtype))
    return model


def write(model, path, form):
    """Save the model; whether Keras could: in `.h5` it may stop at two variables of an optimizer with one name."""
    if VERSION == (2, 12) and form == "k" and "hdf5" not in path:
        model.save(path, save_format="keras_v3")
        return True
    try:
        (model.save if KINDS[form] == "model" else model.save_weights)(path)
    except ValueError as error:
        if "name already exists" not in str(error):
            raise
        Path(path).unlink()
        return False
    return True


def record(name, model, saved, tests, x, train=None, refused=None):
    """Save the model in each form; beside it what it predicts, and what one more epoch makes of it."""
    forms = [
        one for one in saved if (FULL and (one != "l" or not THREE)) or name + SUFFIXES[one] in COMMITTED
    ]
    if not forms:
        return
    if train:
        model.fit(*train, epochs=2, batch_size=8, verbose=0, shuffle=False)
    truth = {"x": x, "y": model.predict(x, verbose=0), "w": vector(model)}
    rows = {}
    for form in forms:
        file = name + SUFFIXES[form]
        if write(model, FOLDER.place(file), form):
            rows[file] = {"kind": KINDS[form], "truth": name + ".npz", "trained": bool(train)}
    if train:
        history = model.fit(*train, epochs=1, batch_size=16, verbose=0, shuffle=False)
        truth.update(x_train=train[0], y_train=train[1], loss=history.history["loss"][0])
        truth.update(y_after=model.predict(x, verbose=0), w_after=vector(model))
    for file, row in rows.items():
        if row["kind"] == "model" and not refused:
            row.update(reopened(FOLDER.place(file), truth, train, x))
        FOLDER.add(file, tests, refused=refused, **row)
    FOLDER.truth(name, **truth)


def reopened(path, truth, train, x):
    """Whether Keras itself gets the same out of the file, in prediction and in going on with training."""
    row = {"reopens": False}
    try:
        again = keras.models.load_model(path)
        row["reopens"] = same(vector(again), truth["w"]) and same(again.predict(x, verbose=0), truth["y"])
        if train:
            row["resumes"] = False
            again.fit(*train, epochs=1, batch_size=16, verbose=0, shuffle=False)
            row["resumes"] = same(vector(again), truth["w_after"])
    except Exception as error:  # noqa: BLE001 (whatever hinders Keras)
        row["why"] = str(error)[:100]
    return row


def same(a, b):
    if isinstance(b, dict):
        return all(same(a[key], b[key]) for key in b)
    if isinstance(b, (list, tuple)):
        return all(map(same, a, b))
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-5, atol=1e-6))


def small(optimizer="adam", loss="mse", **settings):
    """2-1, compiled."""
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, activation="tanh")])
    model.compile(optimizer=optimizer, loss=loss, **settings)
    return stirred(model)


X2, X4 = data(7, 2), data(7, 4)
T2 = (data(16, 2, seed=1), data(16, 1, seed=2))
T4 = (data(16, 4, seed=1), classes(16, 3))


# --- Plain models -------------------------------------------------------------------------------------------


def plain():
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(3, activation="softmax")]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    record("sequential", stirred(model), "khwl", "Sequential with Input, compiled, trained", X4, T4)

    model = keras.Sequential([layers.Dense(3, activation="relu"), layers.Dense(1)])
    model.build((None, 2))
    record("no-input", stirred(model), "kh", "Sequential without Input, built by build(); not compiled", X2)

    model = keras.Sequential(
        [layers.Dense(3, activation="relu", input_shape=(2,)), layers.Dense(1, use_bias=False)], name="net"
    )
    record("input-shape", stirred(model), "k", "Sequential with input_shape=, a layer without bias", X2)

    blank = "-" if "tensorflow" in backend() else " "  # TensorFlow refuses blanks
    x = keras.Input((2,), name="features")
    y = layers.Dense(1, name="output" + blank + "layer")(
        layers.Dense(3, "sigmoid", name="my" + blank + "layer")(x)
    )
    model = keras.Model(x, y, name="odd" + blank + "name")
    model.compile("sgd", "mse")
    record("names", stirred(model), "khw", "layer names with a blank", X2, T2)

    hidden = layers.Dense(3, "relu", trainable=False, name="fixed")
    model = keras.Sequential(
        [keras.Input((2,)), hidden, layers.BatchNormalization(trainable=False), layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(0.05), "mse")
    record("frozen", stirred(model), "khwl", "frozen layers; the optimizer knows the others alone", X2, T2)

    if VERSION == (2, 12):
        model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
        record("hdf5", stirred(model), "k", "HDF5 in spite of its suffix, the default of this version", X2)


def activations():
    names = [
        "relu", "leaky_relu", "relu6", "softmax", "celu", "elu", "selu", "softplus", "softsign", "squareplus", "soft_shrink",
        "sparse_plus", "silu", "swish", "gelu", "glu", "tanh", "tanh_shrink", "sigmoid", "sparse_sigmoid", "exponential",
        "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "hard_shrink", "linear", "mish", "log_softmax", "log_sigmoid", "sparsemax",
    ]  # fmt: skip
    known = [name for name in names if _known(name)]
    for part, some in {
        "activations": known[::3],
        "more-activations": known[1::3],
        "last-activations": known[2::3],
    }.items():
        x = keras.Input((2,))
        hidden = layers.Dense(4)(x)
        y = layers.Concatenate()([layers.Activation(name)(hidden) for name in some])
        record(part, stirred(keras.Model(x, y)), "kh", "Activation layers: " + " ".join(some), X2)

    model = keras.Sequential([keras.Input((2,))])
    for name in ("relu", "gelu", "silu", "hard_sigmoid"):
        model.add(layers.Dense(2, activation=name))
    record("dense-activations", stirred(model), "k", "activations as arguments of Dense", X2)

    x = keras.Input((3,))
    hidden = layers.Dense(4, name="hidden")(x)
    alpha = {"negative_slope": 0.2} if THREE else {"alpha": 0.2}
    parts = [
        layers.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.2)(hidden),
        layers.ReLU()(hidden),
        layers.LeakyReLU(**alpha)(hidden),
        layers.PReLU(alpha_initializer="random_normal")(hidden),
        layers.ELU(alpha=0.7)(hidden),
        layers.Softmax()(hidden),
        layers.Reshape((4,))(layers.Softmax(axis=1)(layers.Reshape((2, 2))(hidden))),
        layers.Reshape((4,))(layers.PReLU(shared_axes=[1])(layers.Reshape((2, 2))(hidden))),
    ]
    record(
        "activation-layers",
        stirred(keras.Model(x, layers.Concatenate()(parts))),
        "khwl",
        "ReLU LeakyReLU PReLU ELU Softmax",
        data(7, 3),
    )


def _known(name):
    try:
        keras.activations.get(name)
    except ValueError:
        return False
    return True


def normalizations():
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(3),
            layers.BatchNormalization(momentum=0.9, epsilon=0.01),
            layers.BatchNormalization(scale=False),
            layers.LayerNormalization(axis=-1, epsilon=0.1, center=False),
            layers.UnitNormalization(),
            *([layers.RMSNormalization(epsilon=1e-3)] if hasattr(layers, "RMSNormalization") else []),
            layers.Dense(3, "softmax"),
        ]
    )
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    record("normalizations", stirred(model), "khwl", "Batch, Layer, Unit, RMSNormalization; trained", X4, T4)


def preprocessing():
    x = data(7, 3)
    columns = data(30, 3, seed=4) * [1, 3, 9] + [0, 1, -5]
    adapted = layers.Normalization(name="adapted_normalization")
    adapted.adapt(columns)
    given = layers.Normalization(mean=[0.5, -1.0, 2.0], variance=[1.0, 4.0, 0.25], name="given_normalization")
    inverse = layers.Normalization(
        mean=[0.5] * 3, variance=[2.0, 1.0, 0.5], invert=True, name="given_inverse"
    )
    bins = layers.Discretization(num_bins=4, name="adapted_bins")
    bins.adapt(columns.ravel())
    borders = layers.Discretization([-0.5, 0.0, 0.5], name="given_borders")
    hot = layers.Discretization([-0.5, 0.5], output_mode="multi_hot", name="given_hot")

    inputs = keras.Input((3,))
    number = layers.Discretization([0.0, 0.7], name="given_number")
    parts = [
        adapted(inputs),
        given(inputs),
        inverse(inputs),
        layers.Rescaling(0.5, offset=-1.0)(inputs),
        layers.Rescaling(2.0)(inputs),
        hot(inputs),
    ]
    ints = [bins(inputs), borders(inputs)]
    if VERSION == (3, 0):  # its bins are numbers in float32, which those who need integers refuse
        parts += ints
    else:
        parts += [layers.Flatten()(layers.Embedding(5, 2)(one)) for one in ints]
        parts += [
            layers.CategoryEncoding(3, output_mode=mode)(number(inputs)) for mode in ("multi_hot", "count")
        ]
    y = layers.Dense(2)(layers.Concatenate()(parts))
    record(
        "preprocessing",
        stirred(keras.Model(inputs, y)),
        "khwl",
        "Normalization Rescaling Discretization CategoryEncoding",
        x,
    )

    whole = layers.Normalization(axis=None)
    whole.adapt(columns)
    model = keras.Sequential(
        [keras.Input((3,)), whole, layers.Normalization(axis=None, mean=0.5, variance=2.0)]
    )
    record("normalization-axes", model, "kh", "Normalization with one mean for all: adapted, given", x)

    model = keras.Sequential([keras.Input((3,)), adapted, layers.Dense(1)])
    model.compile("adam", "mse")
    record(
        "normalized",
        stirred(model),
        "khw",
        "adapted Normalization first, trained",
        x,
        (data(16, 3, seed=1), T2[1]),
    )


def shapes():
    indices = np.random.RandomState(0).randint(0, 6, (7, 4)).astype("int32")
    model = keras.Sequential(
        [
            keras.Input((4,), dtype="int32"),
            layers.Embedding(6, 3, embeddings_regularizer="l2"),
            layers.Permute((2, 1)),
            layers.Reshape((2, -1)),
            layers.Dense(2, "relu"),
            layers.Flatten(),
            layers.RepeatVector(2),
            layers.Flatten(),
            *([layers.Identity()] if hasattr(layers, "Identity") else []),
            layers.Dropout(0.3),
            layers.GaussianNoise(0.1),
            layers.GaussianDropout(0.2),
            *([layers.AlphaDropout(0.1)] if hasattr(layers, "AlphaDropout") else []),
            layers.ActivityRegularization(l1=0.01, l2=0.02),
            layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    record(
        "shapes", stirred(model), "khwl", "Embedding, reshaping, noise layers with and without seed", indices
    )

    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(4, "relu"),
            layers.Dropout(0.5, seed=1),
            layers.GaussianNoise(0.1, seed=2),
            layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    model.fit(*T2, epochs=1, verbose=0)
    record("seeds", stirred(model), "k", "random layers with seeds; the seed generators have been used", X2)


def merges():
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    p, q = layers.Dense(3, "tanh", name="p")(a), layers.Dense(3, "tanh", name="q")(b)
    parts = [
        layers.Add()([p, q, p]),
        layers.Subtract()([p, q]),
        layers.Multiply()([p, q]),
        layers.Average()([p, q]),
    ]
    parts += [layers.Maximum()([p, q]), layers.Minimum()([p, q]), layers.Concatenate(axis=1)([p, q])]
    parts += [layers.Dot(axes=1)([p, q]), layers.Dot(axes=(1, 1), normalize=True)([p, q])]
    model = stirred(keras.Model([a, b], layers.Concatenate()(parts)))
    record("merges", model, "kh", "every merge, two inputs", [data(7, 3), data(7, 3, seed=8)])


def graphs():
    def inputs():
        return keras.Input((2,), name="left"), keras.Input((3,), name="right")

    x = [data(7, 2), data(7, 3)]
    named_x = {"left": x[0], "right": x[1]}
    xs = [data(16, 2, seed=1), data(16, 3, seed=1)]
    ys = [data(16, 1, seed=2), classes(16, 2)]

    left, right = inputs()
    hidden = layers.Concatenate()(
        [layers.Dense(3, "relu", name="l")(left), layers.Dense(2, "tanh", name="r")(right)]
    )
    value, kind = layers.Dense(1, name="value")(hidden), layers.Dense(2, "softmax", name="kind")(hidden)
    model = keras.Model([left, right], [value, kind])
    model.compile("adam", ["mse", "categorical_crossentropy"], loss_weights=[1.0, 0.5])
    record(
        "lists",
        stirred(model),
        "khwl",
        "two inputs and outputs as lists; a list of losses and weights",
        x,
        (xs, ys),
    )

    left, right = inputs()
    hidden = layers.Concatenate()(
        [layers.Dense(3, "relu", name="l")(left), layers.Dense(2, "tanh", name="r")(right)]
    )
    value, kind = layers.Dense(1, name="value")(hidden), layers.Dense(2, "softmax", name="kind")(hidden)
    model = keras.Model({"left": left, "right": right}, {"value": value, "kind": kind})
    model.compile(
        "sgd",
        {"value": "mse", "kind": keras.losses.CategoricalCrossentropy(label_smoothing=0.1)},
        loss_weights={"value": 2.0, "kind": 0.3},
        metrics={"value": ["mae"], "kind": ["accuracy"]},
    )
    named_train = ({"left": xs[0], "right": xs[1]}, {"value": ys[0], "kind": ys[1]})
    record(
        "dictionaries",
        stirred(model),
        "kh",
        "inputs, outputs, losses, weights and metrics by name",
        named_x,
        named_train,
    )

    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    shared = layers.Dense(3, "relu", name="shared")
    y = layers.Dense(1)(layers.Subtract()([shared(a), shared(b)]))
    model = keras.Model([a, b], y)
    model.compile("adam", "mse")
    record(
        "shared",
        stirred(model),
        "kh",
        "a layer called twice",
        [X2, data(7, 2, seed=8)],
        ([T2[0], data(16, 2, seed=8)], T2[1]),
    )

    x = keras.Input((2,))
    inner = keras.Sequential([keras.Input((2,)), layers.Dense(3, "relu"), layers.Dense(2)], name="inner")
    y = layers.Dense(1)(layers.Add()([inner(x), x]))
    model = keras.Model(x, y)
    model.compile("adam", "mse")
    record(
        "sequential-in-functional",
        stirred(model),
        "khwl",
        "a Sequential as a layer of a graph, a residual",
        X2,
        T2,
    )

    x = keras.Input((3,))
    h = layers.Dense(3, "relu")(x)
    inner = keras.Model(x, layers.Add()([h, x]), name="residual")
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, "tanh"), inner, layers.Dense(1)])
    model.compile("sgd", "mse")
    record("functional-in-sequential", stirred(model), "khwl", "a graph as a layer of a Sequential", X2, T2)


# --- Settings -----------------------------------------------------------------------------------------------


def arguments():
    seeded = {"seed": 1}
    i, r, c = keras.initializers, keras.regularizers, keras.constraints
    rows = [
        (i.Orthogonal(gain=1.1), r.L1(0.01), c.NonNeg()),
        (i.Ones(), r.L2(0.01), c.UnitNorm()),
        (i.Constant(0.3), r.L1L2(0.01, 0.02), c.MaxNorm(2.0)),
        (i.Identity(gain=0.5), None, c.MinMaxNorm(0.5, 1.5, rate=0.9)),
        (i.RandomNormal(0.1, 0.2, **seeded), getattr(r, "OrthogonalRegularizer", lambda: None)(), None),
        (i.RandomUniform(-0.1, 0.2, **seeded), None, None),
        (i.TruncatedNormal(0.1, 0.2), None, None),
        (i.VarianceScaling(2.0, "fan_avg", "uniform"), None, None),
    ]
    names = [
        "ones",
        "glorot_normal",
        "he_normal",
        "he_uniform",
        "lecun_normal",
        "lecun_uniform",
        i.Constant(0.1),
        i.Zeros(),
    ]
    inputs = keras.Input((2,))
    parts = []
    for number, (initializer, regularizer, constraint) in enumerate(rows if FULL else rows[:4]):
        dense = layers.Dense(
            2, kernel_initializer=initializer, kernel_regularizer=regularizer, kernel_constraint=constraint, use_bias=True,
            bias_initializer=names[number], bias_regularizer="l1" if number == 0 else None, bias_constraint="non_neg" if number == 1 else None,
            activity_regularizer=r.L2(0.01) if number == 0 else None,
        )  # fmt: skip
        parts.append(dense(inputs))
    model = keras.Model(inputs, layers.Dense(1)(layers.Add()(parts)))
    model.compile("sgd", "mse")
    record("arguments", stirred(model), "kh", "initializers, regularizers, constraints", X2)


def optimizers():
    o = keras.optimizers
    table = {
        "sgd": lambda: o.SGD(0.05),
        "momentum": lambda: o.SGD(0.05, momentum=0.9),
        "nesterov": lambda: o.SGD(0.05, momentum=0.9, nesterov=True),
        "rmsprop": lambda: o.RMSprop(0.01),
        "rmsprop-centered": lambda: o.RMSprop(0.01, momentum=0.5, centered=True),
        "adam": lambda: o.Adam(0.05),
        "amsgrad": lambda: o.Adam(0.05, amsgrad=True, beta_1=0.8, epsilon=1e-5),
        "adamw": lambda: o.AdamW(0.05, weight_decay=0.01),
        "adagrad": lambda: o.Adagrad(0.05),
        "adadelta": lambda: o.Adadelta(0.5),
        "adamax": lambda: o.Adamax(0.05),
        "nadam": lambda: o.Nadam(0.05),
        "ftrl": lambda: o.Ftrl(0.05, l1_regularization_strength=0.01, beta=0.1),
        "lion": lambda: o.Lion(0.01),
        "lamb": lambda: o.Lamb(0.05),
        "clipnorm": lambda: o.SGD(0.05, momentum=0.9, clipnorm=0.1),
        "clipvalue": lambda: o.Adam(0.05, clipvalue=0.01),
        "global-clipnorm": lambda: o.Adam(0.05, global_clipnorm=0.1),
        "weight-decay": lambda: o.SGD(0.05, weight_decay=0.1),
        "combined": lambda: o.Adam(
            o.schedules.ExponentialDecay(0.05, 3, 0.7, staircase=True),
            amsgrad=True,
            weight_decay=0.01,
            clipnorm=0.1,
        ),
        "average": lambda: o.Adam(
            0.05, **({} if "jax" in backend() else {"use_ema": True, "ema_momentum": 0.9})
        ),
        "adafactor": lambda: o.Adafactor(0.05),
        "muon": lambda: o.Muon(0.05) if VERSION >= (3, 15) else o.Absent(),
        "accumulation": lambda: o.SGD(0.05, gradient_accumulation_steps=3),
        "loss-scale": lambda: o.LossScaleOptimizer(o.SGD(0.05)),
    }
    refused = {"adafactor": "optimizer Adafactor", "muon": "optimizer Muon"}
    for name, make in table.items():
        try:
            optimizer = make()
        except (AttributeError, TypeError, ValueError) as error:
            print("no", name, error)  # noqa: T201
            continue
        record("optimizer-" + name, small(optimizer), "khwl", "optimizer " + name, X2, T2, refused.get(name))


def schedules():
    s = keras.optimizers.schedules
    table = {
        "exponential": s.ExponentialDecay(0.05, 3, 0.7, staircase=True),
        "inverse-time": s.InverseTimeDecay(0.05, 3, 0.7),
        "piecewise": s.PiecewiseConstantDecay([2, 4], [0.05, 0.02, 0.01]),
        "polynomial": s.PolynomialDecay(0.05, 6, 0.001, power=2.0, cycle=True),
        "cosine": s.CosineDecay(
            0.01, 6, alpha=0.1, **({"warmup_target": 0.05, "warmup_steps": 3} if VERSION >= (2, 13) else {})
        ),
        "cosine-restarts": s.CosineDecayRestarts(0.05, 3, t_mul=1.5, m_mul=0.9),
    }
    for name, schedule in table.items():
        model = small(optimizer=keras.optimizers.SGD(schedule))
        record("schedule-" + name, model, "kh", "learning rate schedule " + name, X2, T2)


def compiled():
    m, losses = keras.metrics, keras.losses
    model = small(
        loss=losses.Huber(delta=0.5),
        metrics=["mae", m.MeanSquaredError(name="mine"), m.RootMeanSquaredError()],
        weighted_metrics=["mse"],
    )
    record("metrics", model, "kh", "metrics as names and objects; a loss with an argument", X2, T2)

    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, "relu"), layers.Dense(1, "sigmoid")])
    model.compile(
        keras.optimizers.Adam(0.02),
        losses.BinaryCrossentropy(),
        metrics=["accuracy", m.AUC(num_thresholds=20)],
    )
    record("binary", stirred(model), "k", "binary classes, AUC", X2, (T2[0], (T2[1] > 0).astype("float32")))

    model = keras.Sequential([keras.Input((4,)), layers.Dense(5, "relu"), layers.Dense(3)])
    model.compile("rmsprop", losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    record(
        "logits",
        stirred(model),
        "k",
        "integer labels, from_logits",
        X4,
        (T4[0], T4[1].argmax(1).astype("int32")),
    )


def dtypes():
    policy = keras.mixed_precision.Policy if not THREE else keras.DTypePolicy
    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(3, "relu", dtype=policy("mixed_float16")),
            layers.Dense(1, dtype="float32"),
        ]
    )
    record("mixed-float16", stirred(model), "k", "a layer in mixed_float16; may be refused", X2)

    set_floatx = keras.config.set_floatx if THREE else keras.backend.set_floatx
    set_floatx("float64")
    if THREE and hasattr(keras.config, "set_dtype_policy"):
        keras.config.set_dtype_policy("float64")
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, "tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    train = tuple(one.astype("float64") for one in T2)
    record("float64", stirred(model), "khw", "floatx float64", X2.astype("float64"), train)
    set_floatx("float32")
    if THREE and hasattr(keras.config, "set_dtype_policy"):
        keras.config.set_dtype_policy("float32")


# --- What must be refused -----------------------------------------------------------------------------------

register = keras.saving.register_keras_serializable


@register(package="theirs")
class Own(layers.Layer):
    def call(self, x):
        return 2 * x


@register(package="theirs")
class Subclassed(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden, self.output_layer = layers.Dense(3, "relu"), layers.Dense(1)

    def call(self, x):
        return self.output_layer(self.hidden(x))

    def get_config(self):
        return {}


@register(package="theirs")
def own_activation(x):
    return x * 2


@register(package="theirs")
def own_loss(y_true, y_pred):
    return (y_true - y_pred) ** 2


def refused():
    def tail(*middle, shape=(2,)):
        return keras.Sequential([keras.Input(shape), *middle])

    record(
        "refused-lambda", tail(layers.Lambda(lambda x: x * 2)), "kh", "a Lambda layer", X2, refused="Lambda"
    )
    record("refused-own-class", tail(Own()), "kh", "a registered class", X2, refused="Own")
    record(
        "refused-own-activation",
        tail(layers.Dense(2, own_activation)),
        "k",
        "a registered function",
        X2,
        refused="own_activation",
    )
    model = tail(layers.Dense(1))
    model.compile("sgd", own_loss)
    record("own-loss", model, "kh", "a registered loss: the network can be read, compiled it cannot be", X2)
    if THREE:
        model = Subclassed()
        model(X2)
        record("refused-subclass", model, "k", "a subclassed Model", X2, refused="Subclassed")
    convolution = tail(layers.Conv2D(2, 2), layers.Flatten(), shape=(3, 3, 1))
    record("refused-conv2d", convolution, "kh", "Conv2D", data(7, 3, 3, 1), refused="Conv2D")
    if THREE:
        record("refused-lstm", tail(layers.LSTM(2), shape=(3, 2)), "k", "LSTM", data(7, 3, 2), refused="LSTM")
        quantized = tail(layers.Dense(2))
        if hasattr(quantized, "quantize"):
            quantized.quantize("int8")
            record("refused-int8", quantized, "k", "Dense in int8", X2, refused="int8")
            x = keras.Input((2,))
            model = keras.Model(x, layers.Dense(1)(keras.ops.sin(x) + 1))
            record("refused-operation", model, "k", "operations between the layers", X2, refused="Sin")


for family in (
    plain,
    activations,
    normalizations,
    preprocessing,
    shapes,
    merges,
    graphs,
    arguments,
    optimizers,
    schedules,
    compiled,
    dtypes,
    refused,
):
    keras.backend.clear_session() if hasattr(keras.backend, "clear_session") else keras.utils.clear_session()
    (keras.utils.set_random_seed)(1)
    family()
FOLDER.close()
