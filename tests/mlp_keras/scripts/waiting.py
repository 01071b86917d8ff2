"""A network that learns the size of its input from its first data, for two classes."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(1)
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 3))
y = (x[:, 0] * x[:, 1] > 0).astype("float32")

model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=40, batch_size=32, validation_split=0.2, verbose=0)
print("learned", history.history["accuracy"][-1] > 0.9, sorted(history.history))
print("shapes", [w.shape for w in model.get_weights()])
twin = keras.models.clone_model(model)
if not twin.built:
    twin.build((None, 3))
twin.set_weights(model.get_weights())
print("twin", np.allclose(twin.predict(x, verbose=0), model.predict(x, verbose=0)))
