"""Fuel use from a table: normalization, callbacks, a metric of one's own, and the weights in a file."""

import sys

import numpy as np
import tensorflow as tf
from tensorflow.keras.callbacks import Callback, EarlyStopping
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

start = np.load("start.npz")
x, y = start["x"], start["y"][:, None]
tf.keras.backend.set_floatx("float64")


class Losses(Callback):
    def on_train_begin(self, logs=None):
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(logs.get("val_loss"))


def largest(y_true, y_pred):
    return tf.keras.ops.max(tf.keras.ops.abs(y_true - y_pred), axis=-1)


def build():
    model = Sequential([Dense(16, activation="tanh", input_shape=[x.shape[1]]), Dense(1)])
    model.set_weights([start[name] for name in ("w0", "b0", "w1", "b1")])
    model.compile(optimizer=tf.keras.optimizers.RMSprop(0.01), loss="mse", metrics=["mae", largest])
    return model


model = build()
seen = Losses()
stop = EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
history = model.fit(
    x, y, batch_size=16, epochs=60, validation_split=0.25, shuffle=False, verbose=0, callbacks=[seen, stop]
)
assert seen.seen == history.history["val_loss"]
weights = sys.argv[1] + "/best." + sys.argv[2]
model.save_weights(weights)
other = build()
other.load_weights(weights)
assert np.allclose(other.predict(x, verbose=0), model.predict(x, verbose=0))
np.savez(
    sys.argv[1] + "/regression.npz",
    loss=history.history["loss"], val_loss=history.history["val_loss"], largest=history.history["largest"],
    y=model.predict(x, verbose=0),
)  # fmt: skip
print("epochs", len(history.history["loss"]))
