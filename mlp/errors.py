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
    """The base of every error that this library raises on purpose."""


class ShapeError(MLPError, ValueError):
    """An array does not have the shape that its place asks for."""


class DataError(MLPError, ValueError):
    """Data hold what cannot be used: NaN, infinity, text, labels that do not fit the loss."""


class SignLabelsError(DataError):
    """Labels -1 and +1 came to a cross-entropy, which wants 0 and 1."""


class ArgumentError(MLPError, ValueError):
    """An argument has a value outside its range."""


class ArgumentTypeError(MLPError, TypeError):
    """An argument is of the wrong type, or is not an argument at all."""


class UnknownNameError(MLPError, ValueError):
    """A name such as ``"relu"`` or ``"adam"`` is not known."""


class StateError(MLPError, RuntimeError):
    """A call came too early: fit before compile, backward before forward, a network without layers."""


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
    """

    layer: str | None = None
    array: str | None = None
    epoch: int | None = None
    batch: int | None = None
    loss: float | None = None


class ModelFileError(MLPError, ValueError):
    """A model file is damaged, of another format, or does not fit the network."""


class UnsafeModelError(ModelFileError):
    """A model file wants what no network needs: to run code, to open other files, or more memory than it can fill."""


class DatasetError(MLPError, RuntimeError):
    """A data set is not on this machine and could not be fetched."""


class MissingExtraError(MLPError, RuntimeError):
    """A feature needs a package that is not installed; the message says which extra brings it."""


class MissingNameError(MLPError, AttributeError):
    """Something has no attribute of this name; the message says what there is instead."""


class MLPWarning(UserWarning):
    """The base of every warning of this library."""


class NumericalDerivativeWarning(MLPWarning):
    """A function of one's own came without its derivative, which is computed numerically: slower, and less exact."""


class OneUnitSoftmaxWarning(MLPWarning):
    """A softmax over one unit is 1 whatever the network computes."""


class HingeOnProbabilitiesWarning(MLPWarning):
    """A hinge loss wants outputs on both sides of 0, and gets those of a sigmoid or softmax."""


class UnscaledInputWarning(MLPWarning):
    """Inputs as large as the grey values of a picture saturate a sigmoid or tanh."""


class OneClassValidationWarning(MLPWarning):
    """The rows held out for validation are all of one class, as at the end of sorted data."""


class OutOfDataWarning(MLPWarning):
    """Fewer batches came than the epochs and steps that were asked for."""


class OldSpellingWarning(MLPWarning):
    """A name of an older Keras was understood; the message says today's."""
