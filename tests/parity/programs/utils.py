"""Helpers for data; Keras splits data sets with TensorFlow only."""

from parity.data import classes, numbers
from parity.programs import called

X = numbers(4, 3, 2, seed=1)
LABELS = classes(6, 3, seed=2)


PROGRAMS = {
    "to_categorical(labels)": lambda k: k.utils.to_categorical(LABELS),
    "to_categorical(labels, 5)": lambda k: k.utils.to_categorical(LABELS, 5),
    "to_categorical(column)": lambda k: k.utils.to_categorical(LABELS[:, None], num_classes=3),
    **{
        called("normalize", arguments): lambda k, arguments=arguments: k.utils.normalize(X, **arguments)
        for arguments in ({}, {"axis": 1}, {"order": 1}, {"axis": 1, "order": 3})
    },
    "epsilon()": lambda k: k.config.epsilon(),
}
