"""This library as a program sees it."""

import numpy as np

import mlp


class MlpLibrary:
    """The module, and the words that Keras says otherwise."""

    name = "mlp"

    def __getattr__(self, name):
        return getattr(mlp if hasattr(mlp, name) else mlp.keras, name)

    def array(self, x):
        """What functions of this library take."""
        return x

    def derivative(self, name, arguments, x, dy):
        """``J^T dy`` of an activation at ``x``."""
        activation = getattr(mlp.activations, name).configurable(**arguments)
        return activation.backward(dy, x, activation.forward(x.copy()))

    def loss_gradient(self, loss, t, y, weight=None):
        """The value of a loss and its derivative with respect to ``y``."""
        return loss.value_and_gradient(t, y, weight)

    def penalty_gradient(self, regularizer, w):
        """The derivative of a penalty."""
        return regularizer.value_and_gradient(w)[1]

    def descend(self, optimizer, w, gradients):
        """The parameters after each step."""
        w, steps = w.copy(), []
        for gradient in gradients:
            optimizer.step(w, gradient.copy())
            steps.append(w.copy())
        return steps

    def pull_back(self, net, x, dy, training=False):
        """Outputs, and ``J^T dy`` for the inputs and the trainable weights."""
        y = net.forward(x, training=training)
        dx = net.backward(dy)
        return {"y": y, "dx": dx, "dweights": [np.array(g) for g in net.gradients]}

    def run(self, net, x, training):
        """Outputs; the network's state moves on, as its layers will have it."""
        return net.forward(x, training=training)
