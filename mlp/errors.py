"""The errors of this library: one small hierarchy, each also the error Python itself would raise; and its warnings.

A message says which layer or argument, what was expected, what came, and the likely cure.
Catch `MLPError` for all of them, or `ValueError`, `TypeError`, `RuntimeError` as usual.  A warning is about what
can be done, but is hardly what was meant; each has its own class, so that each can be silenced by itself.
"""

from __future__ import annotations

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "DataError",
    "DatasetError",
    "HingeOnProbabilitiesWarning",
    "MLPError",
    "MLPWarning",
    "MissingExtraError",
    "MissingNameError",
    "ModelFileError",
    "NonFiniteError",
    "NumericalDerivativeWarning",
    "OldSpellingWarning",
    "OneClassValidationWarning",
    "OneUnitSoftmaxWarning",
    "OutOfDataWarning",
    "ShapeError",
    "SignLabelsError",
    "StateError",
    "UnknownNameError",
    "UnsafeModelError",
    "UnscaledInputWarning",
]


class MLPError(Exception):
    """The base of every error that this library raises on purpose.

    Examples
    --------
    >>> from mlp import activations
    >>> from mlp.errors import MLPError
    >>> try:
    ...     activations.get("rellu")
    ... except MLPError as error:
    ...     print(type(error).__name__, isinstance(error, ValueError))
    UnknownNameError True
    """


class ShapeError(MLPError, ValueError):
    """An array does not have the shape that its place asks for.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)])
    >>> net([[1.0, 2.0, 3.0]])
    Traceback (most recent call last):
    ...
    mlp.errors.ShapeError: layer 0 'dense' (Dense, 1 -> 1): x must have shape (n, 1), got (1, 3)
    """


class DataError(MLPError, ValueError):
    """Data hold what cannot be used: NaN, infinity, text, labels that do not fit the loss.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)])
    >>> net.compile("sgd", "mse")
    >>> net.fit([[float("nan")]], [1.0], verbose=0)
    Traceback (most recent call last):
    ...
    mlp.errors.DataError: x must be finite, got nan at x[0, 0] (1 such value); remove or replace them
    """


class SignLabelsError(DataError):
    """Labels -1 and +1 came to a cross-entropy, which wants 0 and 1.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, activation="sigmoid", input_dim=1)])
    >>> net.compile("sgd", "binary_crossentropy")
    >>> net.fit([[1.0], [2.0]], [-1, 1], verbose=0)
    Traceback (most recent call last):
    ...
    mlp.errors.SignLabelsError: y holds labels -1 and +1, got -1 at y[0, 0], and a cross-entropy wants 0 and 1: turn them into these with (y + 1) / 2, or use a hinge loss
    """


class ArgumentError(MLPError, ValueError):
    """An argument has a value outside its range.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> Dense(-1)
    Traceback (most recent call last):
    ...
    mlp.errors.ArgumentError: units must be an integer from 1 to 2147483647, got -1
    """


class ArgumentTypeError(MLPError, TypeError):
    """An argument is of the wrong type, or is not an argument at all.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> Dense("five")
    Traceback (most recent call last):
    ...
    mlp.errors.ArgumentTypeError: units must be an integer, got 'five'
    """


class UnknownNameError(MLPError, ValueError):
    """A name such as ``"relu"`` or ``"adam"`` is not known.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> Dense(5, activation="rellu")
    Traceback (most recent call last):
    ...
    mlp.errors.UnknownNameError: unknown activation 'rellu'; did you mean 'relu'? Known: ...
    """


class StateError(MLPError, RuntimeError):
    """A call came too early: fit before compile, backward before forward, a network without layers.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)])
    >>> net.fit([[1.0]], [1.0])
    Traceback (most recent call last):
    ...
    mlp.errors.StateError: the network is not compiled: net.compile(optimizer="adam", loss="mse")
    """


class NonFiniteError(MLPError, RuntimeError):
    """Training met a loss or a gradient that is NaN or infinite; the weights were not touched by it.

    Attributes
    ----------
    layer, array : str or None
        Where it arose, as far as that is known: ``"layer 0 'dense' (Dense, 2 -> 3)"``; ``"output"``, ``"gradient of kernel"``, a
        weight's name, or ``"loss"``, which belongs to no layer.
    epoch, batch : int or None
        When, counted from 0.
    loss : float or None
        The loss of that batch.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.errors import NonFiniteError
    >>> from mlp.layers import Dense
    >>> from mlp.optimizers import SGD
    >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=1)])
    >>> net.compile(SGD(1e200), "mse")
    >>> try:
    ...     net.fit([[1.0]], [2.0], epochs=5, verbose=0)
    ... except NonFiniteError as error:
    ...     print(error.array, error.epoch, error.batch, error.loss)
    loss 1 0 inf
    """

    layer: str | None = None
    array: str | None = None
    epoch: int | None = None
    batch: int | None = None
    loss: float | None = None


class ModelFileError(MLPError, ValueError):
    """A model file is damaged, of another format, or does not fit the network.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import mlp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     damaged = Path(folder, "model.npz")
    ...     _ = damaged.write_bytes(b"nothing")
    ...     mlp.load(damaged)
    Traceback (most recent call last):
    ...
    mlp.errors.ModelFileError: .../model.npz is in no known format, or its beginning is damaged; known: .npz, .keras, .h5, .weights.h5, .safetensors, .onnx
    """


class UnsafeModelError(ModelFileError):
    """A model file wants what no network needs: to run code, to open other files, or more memory than it can fill.

    Examples
    --------
    >>> import numpy as np
    >>> import tempfile
    >>> from pathlib import Path
    >>> import mlp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     harmful = Path(folder, "model.npz")
    ...     np.savez(harmful, allow_pickle=True, architecture=np.array([print]))
    ...     mlp.load(harmful)
    Traceback (most recent call last):
    ...
    mlp.errors.UnsafeModelError: .../model.npz: 'architecture.npy' holds pickled Python objects, which run code when they are read
    """


class DatasetError(MLPError, RuntimeError):
    """A data set is not on this machine and could not be fetched.

    Examples
    --------
    >>> import tempfile
    >>> from mlp.datasets import load_mnist
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load_mnist(folder)
    Traceback (most recent call last):
    ...
    mlp.errors.DatasetError: ... has neither mnist.npz nor train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte (plain or with .gz)
    """


class MissingExtraError(MLPError, RuntimeError):
    """A feature needs a package that is not installed; the message says which extra brings it.

    Examples
    --------
    >>> from mlp.extras import other_library
    >>> other_library("no_such_library", "no-such-library", "this")
    Traceback (most recent call last):
    ...
    mlp.errors.MissingExtraError: this needs no_such_library: pip install no-such-library
    """


class MissingNameError(MLPError, AttributeError):
    """Something has no attribute of this name; the message says what there is instead.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)])
    >>> net.predict_classes
    Traceback (most recent call last):
    ...
    mlp.errors.MissingNameError: Network has no 'predict_classes'; write predict(x).argmax(axis=-1), or predict(x) > 0.5 for one sigmoid output instead
    """


class MLPWarning(UserWarning):
    """The base of every warning of this library.

    Examples
    --------
    >>> import warnings
    >>> from mlp import Network
    >>> from mlp.errors import MLPWarning
    >>> from mlp.layers import Dense
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", MLPWarning)
    ...     net = Network([Dense(2, activation=lambda x: x**3, input_dim=1)])
    """


class NumericalDerivativeWarning(MLPWarning):
    """A function of one's own came without its derivative, which is computed numerically: slower, and less exact.

    Examples
    --------
    >>> import warnings
    >>> from mlp import activations
    >>> from mlp.errors import NumericalDerivativeWarning
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", NumericalDerivativeWarning)
    ...     activations.get(lambda x: x**3)
    Traceback (most recent call last):
    ...
    mlp.errors.NumericalDerivativeWarning: activation <lambda> brings no derivative: it is computed by complex steps, exact to rounding, at the price of 1 more call(s); to give one, set the function's attribute derivative = lambda x: ..., or subclass mlp.activations.Activation, giving forward and backward
    """


class OneUnitSoftmaxWarning(MLPWarning):
    """A softmax over one unit is 1 whatever the network computes.

    Examples
    --------
    >>> import warnings
    >>> from mlp import Network
    >>> from mlp.errors import OneUnitSoftmaxWarning
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, activation="softmax", input_dim=2)])
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", OneUnitSoftmaxWarning)
    ...     net.compile("sgd", "categorical_crossentropy")
    Traceback (most recent call last):
    ...
    mlp.errors.OneUnitSoftmaxWarning: layer 0 'dense' (Dense, 2 -> 1): a softmax over one unit is always 1; use activation='sigmoid' with loss='binary_crossentropy', or two units
    """


class HingeOnProbabilitiesWarning(MLPWarning):
    """A hinge loss wants outputs on both sides of 0, and gets those of a sigmoid or softmax.

    Examples
    --------
    >>> import warnings
    >>> from mlp import Network
    >>> from mlp.errors import HingeOnProbabilitiesWarning
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, activation="sigmoid", input_dim=2)])
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", HingeOnProbabilitiesWarning)
    ...     net.compile("sgd", "hinge")
    Traceback (most recent call last):
    ...
    mlp.errors.HingeOnProbabilitiesWarning: layer 0 'dense' (Dense, 2 -> 1): a hinge loss wants outputs on both sides of 0, and those of sigmoid are between 0 and 1; use activation='tanh' or none, or loss='binary_crossentropy'
    """


class UnscaledInputWarning(MLPWarning):
    """Inputs as large as the grey values of a picture saturate a sigmoid or tanh.

    Examples
    --------
    >>> import numpy as np
    >>> import warnings
    >>> from mlp import Network
    >>> from mlp.errors import UnscaledInputWarning
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, activation="sigmoid", input_dim=1)])
    >>> net.compile("sgd", "mse")
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", UnscaledInputWarning)
    ...     net.fit(np.array([[0.0], [255.0]]), [0, 1], verbose=0)
    Traceback (most recent call last):
    ...
    mlp.errors.UnscaledInputWarning: layer 0 'dense' (Dense, 1 -> 1): x holds numbers up to 255, at which a sigmoid or tanh is flat and its gradient nothing; scale them, x / 255 for grey values, or put Rescaling(1 / 255) or an adapted Normalization() in front
    """


class OneClassValidationWarning(MLPWarning):
    """The rows held out for validation are all of one class, as at the end of sorted data.

    Examples
    --------
    >>> import warnings
    >>> from mlp import Network
    >>> from mlp.errors import OneClassValidationWarning
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, activation="sigmoid", input_dim=1)])
    >>> net.compile("sgd", "binary_crossentropy")
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", OneClassValidationWarning)
    ...     net.fit([[1.0]] * 4, [0, 0, 1, 1], validation_split=0.5, verbose=0)
    Traceback (most recent call last):
    ...
    mlp.errors.OneClassValidationWarning: the 2 rows held out for validation are all of one class, and those to train on are not: validation_split takes the last rows as they are; use mlp.Split(0.5, stratify=True)
    """


class OutOfDataWarning(MLPWarning):
    """Fewer batches came than the epochs and steps that were asked for.

    Examples
    --------
    >>> import warnings
    >>> from mlp import Network
    >>> from mlp.errors import OutOfDataWarning
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)])
    >>> net.compile("sgd", "mse")
    >>> batches = (([[1.0]], [1.0]) for _ in range(3))
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", OutOfDataWarning)
    ...     net.fit(batches, steps_per_epoch=2, epochs=2, verbose=0)
    Traceback (most recent call last):
    ...
    mlp.errors.OutOfDataWarning: the data ran out, 1 batches where 2 were asked for; give an iterator that goes on, a sequence of batches, or fewer steps and epochs
    """


class OldSpellingWarning(MLPWarning):
    """A name of an older Keras was understood; the message says today's.

    Examples
    --------
    >>> import warnings
    >>> from mlp import keras
    >>> from mlp.errors import OldSpellingWarning
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", OldSpellingWarning)
    ...     keras.optimizers.SGD(lr=0.1)
    Traceback (most recent call last):
    ...
    mlp.errors.OldSpellingWarning: SGD: lr is called learning_rate today
    """
