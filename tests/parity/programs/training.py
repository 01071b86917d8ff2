"""Whole trainings on fixed data without shuffling: what history says after every epoch, and where the weights end."""

import numpy as np

from parity.data import classes, numbers, one_hot, shares

N = 30
X = numbers(N, 4, seed=1, low=-2, high=2)
OTHER = numbers(N, 3, seed=2, low=-2, high=2)
REAL = np.stack([X[:, 0] * X[:, 1], np.sin(X[:, 2])], axis=1).round(3)
BINARY = (X[:, 0] + X[:, 1] * X[:, 2] > 0.2) * 1.0
LABELS = classes(N, 3, seed=3)
WEIGHT = numbers(N, seed=4, low=0.2, high=2.0)


def give_weights(net, seed=11):
    """Small weights; what begins as ones stays near them, as gains and variances must."""
    net.set_weights(
        [
            numbers(*np.shape(w), seed=seed + i, low=-0.7, high=0.7) + np.all(np.array(w) == 1)
            for i, w in enumerate(net.get_weights())
        ]
    )


def outcome(net, history):
    """Names, numbers and weights."""
    return {
        "names": sorted(history.history),
        "epochs": list(history.epoch),
        "history": history.history,
        "weights": net.get_weights(),
    }


def chain(k, *layers, inputs=4):
    """A network with weights of our own."""
    net = k.Sequential([k.Input((inputs,)), *layers])
    give_weights(net)
    return net


def regression(k):
    """The last quarter validates; batches of 8 do not divide 22 rows."""
    net = chain(k, k.layers.Dense(5, activation="tanh"), k.layers.Dense(2))
    net.compile(optimizer=k.optimizers.SGD(0.1, momentum=0.9), loss="mse", metrics=["mae", "mse"])
    return outcome(
        net, net.fit(X, REAL, epochs=5, batch_size=8, validation_split=0.25, shuffle=False, verbose=0)
    )


def regression_weighted(k):
    """Weights of rows, and of the rows that validate; metrics that look at them."""
    net = chain(k, k.layers.Dense(5, activation="relu"), k.layers.Dense(2))
    net.compile(
        optimizer=k.optimizers.RMSprop(0.02),
        loss=k.losses.Huber(0.5),
        metrics=["mae"],
        weighted_metrics=["mse", k.metrics.RootMeanSquaredError()],
    )
    history = net.fit(
        X[:20], REAL[:20], sample_weight=WEIGHT[:20], validation_data=(X[20:], REAL[20:], WEIGHT[20:]),
        epochs=4, batch_size=6, validation_batch_size=4, shuffle=False, verbose=0,
    )  # fmt: skip
    return outcome(net, history)


def binary(k):
    """One sigmoid; several metrics with state of their own."""
    net = chain(k, k.layers.Dense(6, activation="tanh"), k.layers.Dense(1, activation="sigmoid"))
    net.compile(
        optimizer=k.optimizers.Adam(0.03),
        loss="binary_crossentropy",
        metrics=["accuracy", "auc", k.metrics.Precision(), k.metrics.Recall(thresholds=0.4, name="found")],
    )
    history = net.fit(
        X, BINARY, epochs=6, batch_size=7, validation_split=0.2, class_weight={0: 0.5, 1: 2.0},
        shuffle=False, verbose=0,
    )  # fmt: skip
    return outcome(net, history)


def binary_logits(k):
    """The same without the sigmoid."""
    net = chain(k, k.layers.Dense(6, activation="softsign"), k.layers.Dense(1))
    net.compile(
        optimizer=k.optimizers.Nadam(0.03),
        loss=k.losses.BinaryCrossentropy(from_logits=True),
        metrics=[k.metrics.BinaryAccuracy(threshold=0.0), k.metrics.AUC(from_logits=True)],
    )
    return outcome(net, net.fit(X, BINARY, epochs=4, batch_size=16, shuffle=False, verbose=0))


def sparse(k):
    """Three classes by number, weighted by class."""
    net = chain(k, k.layers.Dense(6, activation="gelu"), k.layers.Dense(3, activation="softmax"))
    net.compile(
        optimizer=k.optimizers.Adam(0.03),
        loss="sparse_categorical_crossentropy",
        metrics=["acc", k.metrics.SparseTopKCategoricalAccuracy(k=2), "sparse_categorical_crossentropy"],
    )
    history = net.fit(
        X, LABELS, epochs=5, batch_size=8, validation_split=0.3, class_weight={0: 2.0, 2: 0.5}, shuffle=False, verbose=0
    )  # fmt: skip
    return outcome(net, history)


def categorical(k):
    """One-hot targets, smoothed; class weights and weights of rows together."""
    net = chain(k, k.layers.Dense(6, activation="silu"), k.layers.Dense(3, activation="softmax"))
    net.compile(
        optimizer=k.optimizers.AdamW(0.03, weight_decay=0.05),
        loss=k.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy", k.metrics.F1Score(average="macro"), "categorical_crossentropy"],
    )
    history = net.fit(
        X, one_hot(LABELS, 3), epochs=4, batch_size=9, sample_weight=WEIGHT, shuffle=False, verbose=0
    )
    return outcome(net, history)


def chosen_by_shape(k):
    """The loss that "crossentropy" or "ce" means, three times over."""
    found = {}
    for name, loss, outputs, activation, targets in (
        ("binary", "crossentropy", 1, "sigmoid", BINARY),
        ("sparse", "ce", 3, "softmax", LABELS),
        ("categorical", "crossentropy", 3, "softmax", one_hot(LABELS, 3)),
    ):
        net = chain(k, k.layers.Dense(outputs, activation=activation))
        net.compile(optimizer="sgd", loss=loss, metrics=["accuracy"])
        found[name] = outcome(net, net.fit(X, targets, epochs=2, batch_size=10, shuffle=False, verbose=0))
    return found


def focal(k):
    """A loss that no activation is joined with."""
    net = chain(k, k.layers.Dense(5, activation="mish"), k.layers.Dense(3, activation="softmax"))
    net.compile(
        optimizer=k.optimizers.Adamax(0.05), loss="categorical_focal_crossentropy", metrics=["accuracy"]
    )
    return outcome(net, net.fit(X, one_hot(LABELS, 3), epochs=3, batch_size=10, shuffle=False, verbose=0))


def distributions(k):
    """Shares as targets."""
    net = chain(k, k.layers.Dense(5, activation="elu"), k.layers.Dense(3, activation="softmax"))
    net.compile(optimizer="adagrad", loss="kl_divergence", metrics=["cosine_similarity"])
    return outcome(net, net.fit(X, shares(N, 3, seed=5), epochs=3, batch_size=10, shuffle=False, verbose=0))


def penalties(k):
    """Regularizers of weights and outputs, a layer that does nothing else, and constraints."""
    layers = k.layers
    net = chain(
        k,
        layers.Dense(5, activation="tanh", kernel_regularizer="l2", bias_regularizer=k.regularizers.L1(0.02)),
        layers.ActivityRegularization(l1=0.01, l2=0.02),
        layers.Dense(
            4,
            activation="relu",
            activity_regularizer=k.regularizers.L2(0.03),
            kernel_constraint=k.constraints.MaxNorm(0.8),
            bias_constraint="non_neg",
        ),
        layers.Dense(2, kernel_regularizer=k.regularizers.L1L2(0.01, 0.02)),
    )
    net.compile(optimizer=k.optimizers.SGD(0.1), loss="mse", metrics=["mse"])
    return outcome(
        net, net.fit(X, REAL, epochs=4, batch_size=8, validation_split=0.2, shuffle=False, verbose=0)
    )


def normalized(k):
    """Layers with state and with gains, in networks that are validated."""
    layers = k.layers
    net = chain(
        k,
        layers.Dense(5, use_bias=False),
        layers.BatchNormalization(momentum=0.8),
        layers.Activation("tanh"),
        layers.LayerNormalization(),
        layers.Dense(4),
        layers.PReLU(),
        layers.RMSNormalization(),
        layers.Dense(2),
    )
    net.compile(optimizer=k.optimizers.Adam(0.02), loss="mae")
    return outcome(
        net, net.fit(X, REAL, epochs=3, batch_size=8, validation_split=0.2, shuffle=False, verbose=0)
    )


def frozen(k):
    """A layer that is not trained, and a normalization that then infers."""
    layers = k.layers
    net = chain(
        k,
        layers.Dense(5, activation="tanh", name="still"),
        layers.BatchNormalization(name="still_too"),
        layers.Dense(2),
    )
    net.get_layer("still").trainable = False
    net.get_layer("still_too").trainable = False
    net.compile(optimizer=k.optimizers.AdamW(0.05, weight_decay=0.1), loss="mse")
    return outcome(net, net.fit(X, REAL, epochs=3, batch_size=10, shuffle=False, verbose=0))


def scheduled(k):
    """A rate that falls with the steps."""
    net = chain(k, k.layers.Dense(5, activation="tanh"), k.layers.Dense(2))
    rate = k.optimizers.schedules.CosineDecay(0.2, decay_steps=12)
    net.compile(optimizer=k.optimizers.SGD(rate, nesterov=True, momentum=0.8), loss="log_cosh")
    return outcome(net, net.fit(X, REAL, epochs=4, batch_size=8, shuffle=False, verbose=0))


def _stopped(k, **arguments):
    net = chain(k, k.layers.Dense(8, activation="tanh"), k.layers.Dense(2))
    net.compile(optimizer=k.optimizers.SGD(0.2, momentum=0.8), loss="mse", metrics=["mae"])
    stopping = k.callbacks.EarlyStopping(**arguments)
    history = net.fit(
        X, REAL, epochs=20, batch_size=8, validation_split=0.4, shuffle=False, verbose=0, callbacks=[stopping]
    )
    return {
        **outcome(net, history),
        "stopped_epoch": stopping.stopped_epoch,
        "best_epoch": stopping.best_epoch,
        "best": stopping.best,
    }


STOPPING = {
    "EarlyStopping()": {},
    "EarlyStopping(patience=3)": {"patience": 3},
    "EarlyStopping(patience=3, restore_best_weights=True)": {"patience": 3, "restore_best_weights": True},
    "EarlyStopping(min_delta=0.05)": {"patience": 2, "min_delta": 0.05, "restore_best_weights": True},
    "EarlyStopping(monitor='val_mae', mode='max')": {"monitor": "val_mae", "mode": "max", "patience": 2},
    "EarlyStopping(baseline=0.01)": {"baseline": 0.01, "patience": 2, "restore_best_weights": True},
    "EarlyStopping(start_from_epoch=6)": {"start_from_epoch": 6, "patience": 1, "restore_best_weights": True},
    "EarlyStopping(never stops)": {"patience": 50, "restore_best_weights": True},
}


def plateau(k):
    """The rate falls where the validation loss does not."""
    net = chain(k, k.layers.Dense(8, activation="tanh"), k.layers.Dense(2))
    net.compile(optimizer=k.optimizers.SGD(0.25, momentum=0.8), loss="mse")
    fall = k.callbacks.ReduceLROnPlateau(factor=0.5, patience=1, cooldown=1, min_lr=0.03, min_delta=0.01)
    history = net.fit(
        X, REAL, epochs=14, batch_size=8, validation_split=0.4, shuffle=False, verbose=0, callbacks=[fall]
    )
    return {**outcome(net, history), "rate": float(np.asarray(net.optimizer.learning_rate))}


def rates_by_epoch(k):
    """A function of the epoch and the rate before."""
    net = chain(k, k.layers.Dense(5, activation="tanh"), k.layers.Dense(2))
    net.compile(optimizer=k.optimizers.Adam(0.1), loss="mse")
    fall = k.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch % 2 else rate)
    return outcome(net, net.fit(X, REAL, epochs=5, batch_size=16, shuffle=False, verbose=0, callbacks=[fall]))


def parts_of_fit(k):
    """Where counting begins, how often is validated, how many batches make an epoch."""
    net = chain(k, k.layers.Dense(5, activation="tanh"), k.layers.Dense(2))
    net.compile(optimizer="sgd", loss="mse")
    validation = {"validation_data": (X[20:], REAL[20:]), "shuffle": False, "verbose": 0}
    first = net.fit(
        X[:20], REAL[:20], epochs=5, initial_epoch=2, batch_size=6, validation_freq=2, **validation
    )
    second = net.fit(X[:20], REAL[:20], epochs=4, batch_size=6, validation_freq=[1, 4], **validation)
    third = net.fit(X[:20], REAL[:20], epochs=2, batch_size=4, steps_per_epoch=2, shuffle=False, verbose=0)
    return {"first": outcome(net, first), "second": outcome(net, second), "third": outcome(net, third)}


def by_batches(k):
    """train_on_batch, test_on_batch, predict_on_batch, evaluate, predict."""
    net = chain(k, k.layers.Dense(5, activation="tanh"), k.layers.Dense(2))
    net.compile(optimizer=k.optimizers.SGD(0.1), loss="mse", metrics=["mae"], weighted_metrics=["mse"])
    return {
        "train": [net.train_on_batch(X[:8], REAL[:8]), net.train_on_batch(X[8:16], REAL[8:16], WEIGHT[8:16])],
        "as dict": net.train_on_batch(X[:8], REAL[:8], return_dict=True),
        "test": net.test_on_batch(X[16:], REAL[16:]),
        "predict": net.predict_on_batch(X[:3]),
        "evaluate": net.evaluate(X, REAL, batch_size=7, verbose=0),
        "evaluate weighted": net.evaluate(X, REAL, sample_weight=WEIGHT, verbose=0, return_dict=True),
        "names": sorted(net.evaluate(X, REAL, verbose=0, return_dict=True)),
        "predictions": net.predict(X[:5], batch_size=2, verbose=0),
        "weights": net.get_weights(),
    }


def _two_and_two(k):
    left, right = k.Input((4,), name="left"), k.Input((3,), name="right")
    a = k.layers.Dense(4, activation="tanh", name="a")(left)
    b = k.layers.Dense(4, activation="tanh", name="b")(right)
    both = k.layers.Concatenate(name="both")([a, b])
    number = k.layers.Dense(2, name="number")(both)
    kind = k.layers.Dense(3, activation="softmax", name="kind")(k.layers.Add(name="sum")([a, b]))
    net = k.Model(inputs=[left, right], outputs=[number, kind])
    give_weights(net)
    return net


def two_and_two_lists(k):
    """Two inputs, two outputs, everything in lists."""
    net = _two_and_two(k)
    net.compile(
        optimizer=k.optimizers.Adam(0.03),
        loss=["mse", "sparse_categorical_crossentropy"],
        loss_weights=[0.3, 1.5],
        metrics=[["mae"], ["accuracy"]],
    )
    history = net.fit(
        [X, OTHER], [REAL, LABELS], epochs=3, batch_size=8, validation_split=0.2, shuffle=False, verbose=0
    )
    return {
        **outcome(net, history),
        "layers": [layer.name for layer in net.layers],
        "evaluate": net.evaluate([X, OTHER], [REAL, LABELS], verbose=0),
        "predict": net.predict([X[:3], OTHER[:3]], verbose=0),
    }


def two_and_two_dicts(k):
    """The same by the outputs' names, with weights of rows for each."""
    net = _two_and_two(k)
    net.compile(
        optimizer=k.optimizers.SGD(0.1, momentum=0.5),
        loss={"number": "mae", "kind": "sparse_categorical_crossentropy"},
        loss_weights={"number": 2.0, "kind": 0.5},
        metrics={"number": ["mse", "mae"], "kind": "accuracy"},
    )
    history = net.fit(
        {"left": X, "right": OTHER},
        [REAL, LABELS],  # by name Keras takes targets only where the outputs were a dict
        sample_weight=[WEIGHT, WEIGHT[::-1].copy()],
        epochs=3,
        batch_size=8,
        shuffle=False,
        verbose=0,
    )
    return outcome(net, history)


def two_outputs_without_weights(k):
    """One loss for both outputs, and the total."""
    x = k.Input((4,))
    hidden = k.layers.Dense(4, activation="tanh", name="hidden")(x)
    net = k.Model(x, [k.layers.Dense(2, name="p")(hidden), k.layers.Dense(2, name="q")(hidden)])
    give_weights(net)
    net.compile(optimizer="sgd", loss="mse", metrics=["mae", "mse"])
    return outcome(net, net.fit(X, [REAL, -REAL], epochs=2, batch_size=8, shuffle=False, verbose=0))


def shared(k):
    """One layer in two places: its gradients add up."""
    x = k.Input((4,))
    layer = k.layers.Dense(4, activation="tanh", name="twice")
    first = layer(x)
    net = k.Model(x, k.layers.Dense(2, name="head")(k.layers.Add()([first, layer(first)])))
    give_weights(net)
    net.compile(optimizer=k.optimizers.SGD(0.1), loss="mse")
    return outcome(net, net.fit(X, REAL, epochs=3, batch_size=8, shuffle=False, verbose=0))


def twins(k):
    """One network over two inputs, compared."""
    left, right = k.Input((3,), name="left"), k.Input((3,), name="right")
    tower = k.Sequential(
        [k.Input((3,)), k.layers.Dense(4, activation="tanh"), k.layers.Dense(3)], name="tower"
    )
    closeness = k.layers.Dot(axes=1, normalize=True, name="closeness")([tower(left), tower(right)])
    net = k.Model([left, right], k.layers.Dense(1, activation="sigmoid", name="same")(closeness))
    give_weights(net)
    net.compile(optimizer=k.optimizers.Adam(0.02), loss="bce", metrics=["accuracy"])
    return outcome(net, net.fit([OTHER, X[:, :3]], BINARY, epochs=3, batch_size=8, shuffle=False, verbose=0))


def nested(k):
    """A network inside a network."""
    inner = k.Sequential(
        [k.Input((4,)), k.layers.Dense(5, activation="relu"), k.layers.Dense(3)], name="inner"
    )
    net = chain(k, inner, k.layers.Dense(2))
    net.compile(optimizer="rmsprop", loss="mse")
    return outcome(net, net.fit(X, REAL, epochs=3, batch_size=8, shuffle=False, verbose=0))


def table(k):
    """Words by number through a table."""
    indices = classes(N * 2, 6, seed=6).reshape(N, 2)
    net = k.Sequential([k.Input((2,)), k.layers.Embedding(6, 3), k.layers.Flatten(), k.layers.Dense(2)])
    give_weights(net)
    net.compile(optimizer=k.optimizers.Adam(0.05), loss="mse")
    return outcome(net, net.fit(indices, REAL, epochs=3, batch_size=8, shuffle=False, verbose=0))


PROGRAMS = {
    program.__name__: program
    for program in (
        regression, regression_weighted, binary, binary_logits, sparse, categorical, chosen_by_shape, focal, distributions,
        penalties, normalized, frozen, scheduled, plateau, rates_by_epoch, parts_of_fit, by_batches, two_and_two_lists,
        two_and_two_dicts, two_outputs_without_weights, shared, twins, nested, table,
    )
} | {
    name: (lambda k, arguments=arguments: _stopped(k, **arguments)) for name, arguments in STOPPING.items()
}  # fmt: skip
