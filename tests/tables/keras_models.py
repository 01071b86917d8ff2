"""Models as programs for Keras, which both libraries run: what one of them writes can be held against the other's file."""


def chain(keras):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(5, activation="relu", kernel_regularizer=keras.regularizers.L2(0.5), name="first"),
            layers.BatchNormalization(name="second", trainable=False),
            layers.Dropout(0.25, seed=3, name="third"),
            layers.PReLU(name="fourth"),
            layers.Dense(
                3, activation="softmax", kernel_constraint=keras.constraints.MaxNorm(2.0), name="fifth"
            ),
        ],
        name="chain",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.5, amsgrad=True, use_ema=True),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.25),
        metrics=["accuracy", keras.metrics.AUC(name="area")],
    )
    return model


def graph(keras):
    layers = keras.layers
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    inner = keras.Sequential(
        [keras.Input((3,)), layers.Dense(3, activation="tanh", name="deep")], name="inner"
    )
    shared = layers.Dense(3, name="shared")
    a, b = shared(left), shared(inner(right))
    joined = layers.Concatenate(name="joined")([a, b, layers.Subtract(name="difference")([a, b])])
    outputs = [layers.Dense(1, name="price")(joined), layers.Dense(2, name="place")(joined)]
    model = keras.Model([left, right], outputs, name="graph")
    model.compile(
        optimizer=keras.optimizers.Nadam(keras.optimizers.schedules.CosineDecay(0.5, 100)),
        loss=[keras.losses.MeanSquaredError(), keras.losses.Huber()],
        loss_weights=[1.0, 0.5],
        metrics=[[keras.metrics.MeanAbsoluteError()], None],
    )
    return model


def nested(keras):
    layers = keras.layers
    x = keras.Input((2, 3), name="x")
    i = keras.Input((6,), name="i")
    inner = keras.Model(i, layers.Dense(2, activation="gelu", name="d")(i), name="inner")
    flat = layers.Flatten(name="flat")(layers.LayerNormalization(axis=-1, name="even")(x))
    once = inner(flat)
    again = inner(layers.Dense(6, use_bias=False, name="six")(once))
    return keras.Model(x, [layers.Add(name="sum")([once, again]), once, again], name="nested")


MODELS = {function.__name__: function for function in (chain, graph, nested)}
