"""A script as articles of 2016 and 2017 have it."""

import sys

import numpy as np
from keras import backend as K
from keras.layers.core import Activation, Dense, Dropout
from keras.models import Sequential
from keras.optimizers import SGD
from keras.regularizers import l2
from keras.utils import np_utils

start = np.load("start.npz")
X, labels = start["x"], (start["y"] > 0).astype(int)
Y = np_utils.to_categorical(labels, 2)

model = Sequential()
model.add(Dense(output_dim=6, input_dim=5, init="uniform", W_regularizer=l2(0.001)))
model.add(Activation("relu"))
model.add(Dropout(p=0.2))
model.add(Dense(output_dim=2, init="glorot_normal", bias=True))
model.add(Activation("softmax"))
model.compile(
    loss="categorical_crossentropy", optimizer=SGD(lr=0.1, decay=1e-3, momentum=0.9), class_mode="categorical"
)
history = model.fit(X, Y, nb_epoch=4, batch_size=20, verbose=0, show_accuracy=True, validation_split=0.2)
print("keys", sorted(history.history))
print("acc", history.history["acc"] == history.history["accuracy"], len(history.history["val_acc"]))
print("classes", sorted(set(model.predict_classes(X[:3], verbose=0)) | {0, 1}))
print("rows", model.predict_proba(X).shape, K.floatx())
print("decay", model.optimizer.current_rate() < 0.1)
np.savez(sys.argv[1] + "/old_article.npz", y=model.predict(X))
