"""Two inputs that are joined, two outputs with losses of their own."""

import sys

import keras
import numpy as np
from keras.layers import Dense, Input, concatenate
from keras.models import Model

start = np.load("start.npz")
a, b, y = start["x"][:, :2], start["x"][:, 2:], start["y"][:, None]
keras.config.set_floatx("float64")

left, right = Input(shape=(2,), name="left"), Input(shape=(3,), name="right", dtype="float64")
hidden = Dense(4, activation="sigmoid", name="hidden")(left)
both = concatenate([hidden, right])
price = Dense(1, name="price")(both)
dear = Dense(1, activation="sigmoid", name="dear")(both)
model = Model(inputs=[left, right], outputs=[price, dear], name="shop")
model.set_weights([start[name] for name in ("v0", "c0", "v1", "c1", "v2", "c2")])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
    loss={"price": "mse", "dear": "binary_crossentropy"},
    loss_weights={"price": 1.0, "dear": 0.5},
    metrics={"dear": "accuracy"},
)
history = model.fit([a, b], [y, y > 0], epochs=5, batch_size=20, shuffle=False, verbose=0)
price_of, dear_of = model.predict([a, b], verbose=0)
np.savez(sys.argv[1] + "/two_inputs.npz", loss=history.history["loss"], price=price_of, dear=dear_of)
