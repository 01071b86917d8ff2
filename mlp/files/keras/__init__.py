"""The formats of Keras 3: a network as a ``.keras`` archive, weights as ``.weights.h5``."""
