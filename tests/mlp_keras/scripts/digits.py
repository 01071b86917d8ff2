"""Handwritten digits with dropout, as in the first chapter of any course."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(3)

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data(path="mnist.npz")
x_train, x_test = x_train.astype("float32") / 255, x_test.astype("float32") / 255
t_train = keras.utils.to_categorical(y_train, 10)
t_test = keras.utils.to_categorical(y_test, 10)

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.1),
        layers.Dense(10, activation="softmax"),
    ],
    name="digits",
)
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.summary()
history = model.fit(x_train, t_train, batch_size=32, epochs=8, validation_split=0.1, verbose=0)
score = model.evaluate(x_test, t_test, verbose=0)
print("epochs", len(history.epoch), "keys", sorted(history.history))
print("learned", score[1] > 0.6, "falls", history.history["loss"][-1] < history.history["loss"][0])
print("classes", np.unique(np.argmax(model.predict(x_test, verbose=0), axis=1)).size > 5)
