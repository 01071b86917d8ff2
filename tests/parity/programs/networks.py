"""Optimizers in networks of several arrays, where norms are taken array by array: weights after each of ten epochs."""

import numpy as np

from parity.data import numbers
from parity.programs import called
from parity.programs.optimizers import COMMON, OWN

X, T = numbers(8, 3, seed=1, low=-2, high=2), numbers(8, 2, seed=2, low=-3, high=3)
START = [numbers(3, 4, seed=3), numbers(4, seed=4), numbers(4, 2, seed=5), numbers(2, seed=6)]


def train(k, optimizer, epochs=10, batch_size=8):
    """Weights after each epoch and after all, where a moving average may take their place."""

    after = []

    class Weights(k.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            after.append(np.concatenate([np.ravel(w) for w in self.model.get_weights()]))

    net = k.Sequential([k.Input((3,)), k.layers.Dense(4, activation="tanh"), k.layers.Dense(2)])
    net.set_weights(START)
    net.compile(optimizer=optimizer, loss="mean_squared_error")
    net.fit(X, T, batch_size=batch_size, epochs=epochs, shuffle=False, verbose=0, callbacks=[Weights()])
    return {"epochs": after, "end": np.concatenate([np.ravel(w) for w in net.get_weights()])}


def _program(name, arguments, **how):
    return lambda k: train(k, getattr(k.optimizers, name)(learning_rate=0.05, **arguments), **how)


PROGRAMS = {
    **{called(name, {}): _program(name, {}) for name in OWN},
    **{
        called(name, arguments): _program(name, arguments)
        for name in ("SGD", "Adam", "Lamb")
        for arguments in COMMON
    },
    **{
        f"{called('Adam', arguments)} over batches of 3": _program("Adam", arguments, epochs=3, batch_size=3)
        for arguments in COMMON
        if "use_ema" in arguments or "gradient_accumulation_steps" in arguments
    },
}
