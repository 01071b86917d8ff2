"""Layers of one's own that several tests use."""

import numpy as np

from mlp.layers import Layer


class Average(Layer):
    """Subtracts a moving average: state that no optimizer moves, and that each network has to get back."""

    replayable = differs_in_training = True

    def build(self, input_shape):
        self.add_weight("m", input_shape, "zeros", trainable=False)

    def forward(self, x, training=False):
        if training:
            self.m *= 0.9
            self.m += 0.1 * np.add.reduce(x, axis=0) / len(x)
        return x - self.m

    def backward(self, dy):
        return dy + 0.0
