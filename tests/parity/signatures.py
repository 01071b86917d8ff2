"""Names, orders and defaults of arguments, of Keras and of this library."""


def of_keras():
    return {}
