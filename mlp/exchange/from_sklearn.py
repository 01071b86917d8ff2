"""Networks from scikit-learn's multi-layer perceptrons, alone or behind a scaler in a pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks, layers, optimizers, regularizers
from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError, MLPError
from mlp.layers.preprocessing.normalization import EPSILON

if TYPE_CHECKING:
    from mlp.layers import Layer
    from mlp.network import Network

__all__ = ["ACTIVATIONS", "AUTO_BATCH", "from_sklearn"]

#: scikit-learn's names of activation functions, and ours.
ACTIVATIONS = {
    "identity": "linear", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "softmax": "softmax", "exp": "exponential",
}  # fmt: skip

#: The rows of a batch where scikit-learn is left to choose, and there are so many.
AUTO_BATCH = 200


def from_sklearn(estimator: Any, n_samples: int | None = None) -> Network:
    """A network of the weights and settings of a fitted ``MLPClassifier`` or ``MLPRegressor``.

    It is compiled so that a step of training changes the weights as one of scikit-learn does, the optimizer's moments
    included:

    - the loss is the one that scikit-learn differentiates: cross-entropy, half the *sum* of squared errors of a row, or
      Poisson; for several labels or counts times their number, for here these are means.
    - ``alpha`` becomes ``L2(alpha / (2 n))`` of the kernels, where n is the number of rows in a batch.
    - solver "adam" and "sgd" become `Adam` and `SGD` with the present rate ("invscaling" and "adaptive" stay there);
      "lbfgs" becomes `LBFGS`, and `Network.minimize` is what scikit-learn does.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor or Pipeline
        Fitted.  Before the last step of a pipeline there may be ``StandardScaler``, ``MinMaxScaler`` and ``MaxAbsScaler``.
    n_samples : int, optional
        How many rows it was fitted on, where it does not tell (solver "lbfgs"): n of the penalty, 200 unless given.

    Returns
    -------
    Network
        It predicts what ``predict_proba`` gives, for two classes the probability of the second one; of regressors what
        ``predict`` gives, as columns.  ``metadata["classes"]`` are the classes in the order of the outputs,
        ``metadata["features"]`` the names of the columns if it knows them.

    Raises
    ------
    ArgumentTypeError
        If it is another kind of object.
    ArgumentError
        If it is not fitted, or does what no layer here does.

    Examples
    --------
    ::

        estimator = sklearn.neural_network.MLPClassifier((20,)).fit(x, y)
        net = mlp.from_sklearn(estimator)
        net.predict(x)
        net.save("model.py")            # which needs NumPy alone
    """
    from mlp.network import Network

    if n_samples is not None:
        checks.integer("n_samples", n_samples)
    scalers, mlp = _parts(estimator)
    if not hasattr(mlp, "coefs_"):
        raise ArgumentError(f"{type(mlp).__name__} is not fitted: call fit(x, y) first")
    try:
        coefs, intercepts = [np.asarray(a) for a in mlp.coefs_], [np.asarray(a) for a in mlp.intercepts_]
        first = [_scaling(scaler) for scaler in scalers]
        dense = [
            layers.Dense(kernel.shape[1], activation, kernel_regularizer=_penalty(mlp, n_samples))
            for kernel, activation in zip(coefs, _activations(mlp, len(coefs)), strict=True)
        ]
        # The input is named in front, for not every layer takes its size as an argument.
        network = Network([layers.Input((coefs[0].shape[0],)), *first, *dense], dtype=coefs[0].dtype)
        for layer, kernel, bias in zip(dense, coefs, intercepts, strict=True):
            layer.set_weights([kernel, bias])
        _compile(network, mlp, scale=coefs[-1].shape[1])
        _set_optimizer_state(network, getattr(mlp, "_optimizer", None))
        network.metadata = _metadata(estimator, mlp)
    except MLPError as error:
        raise ArgumentError(f"{type(mlp).__name__}: {error}") from error
    except (AttributeError, KeyError, TypeError, IndexError, ValueError) as error:
        raise ArgumentError(f"{type(mlp).__name__} is not as fit leaves it: {error!r}") from error
    return network


def _kind(estimator: Any) -> str:
    """The class of scikit-learn that an object is of."""
    names = [cls.__name__ for cls in type(estimator).__mro__ if cls.__module__.partition(".")[0] == "sklearn"]
    return names[0] if names else ""


def _parts(estimator: Any) -> tuple[list[Any], Any]:
    """The scalers, and the perceptron behind them."""
    if _kind(estimator) == "Pipeline":
        *before, last = [step for _, step in estimator.steps if step not in (None, "passthrough")]
        return before, _parts(last)[1]
    if _kind(estimator) not in ("MLPClassifier", "MLPRegressor"):
        raise ArgumentTypeError(
            "estimator must be an MLPClassifier, an MLPRegressor or a Pipeline that ends in one, got "
            f"{type(estimator).__name__}"
        )
    return [], estimator


def _scaling(scaler: Any) -> Layer:
    """A layer that scales as a scaler does."""
    kind = _kind(scaler)
    if kind == "StandardScaler":
        size = scaler.n_features_in_
        mean = np.zeros(size) if scaler.mean_ is None or not scaler.with_mean else scaler.mean_
        scale = np.ones(size) if scaler.scale_ is None else scaler.scale_
        if (scale > EPSILON).all():
            return layers.Normalization(mean=mean, variance=scale**2)
        return layers.Rescaling(1 / scale, -mean / scale)
    if kind == "MinMaxScaler" and not scaler.clip:
        return layers.Rescaling(scaler.scale_, scaler.min_)
    if kind == "MaxAbsScaler" and not getattr(scaler, "clip", False):
        return layers.Rescaling(1 / scaler.scale_)
    raise ArgumentError(
        f"a step {type(scaler).__name__} is no layer here; known: StandardScaler, MinMaxScaler and MaxAbsScaler without clip"
    )


def _activations(mlp: Any, count: int) -> list[str]:
    return [*[ACTIVATIONS[mlp.activation]] * (count - 1), ACTIVATIONS[mlp.out_activation_]]


def _penalty(mlp: Any, n_samples: int | None) -> regularizers.L2 | None:
    """``alpha / 2n`` times the squares, n being the rows of a batch."""
    return regularizers.L2(float(mlp.alpha / (2 * _rows(mlp, n_samples)))) if mlp.alpha else None


def _rows(mlp: Any, n_samples: int | None) -> int:
    """The rows of a batch, as far as the estimator tells: it counts the rows that it has seen, and the epochs."""
    seen, epochs = getattr(mlp, "t_", 0), getattr(mlp, "n_iter_", 0)
    if n_samples is None and seen and epochs:
        n_samples = seen // epochs
    if mlp.solver == "lbfgs":
        return n_samples or AUTO_BATCH
    batch = AUTO_BATCH if mlp.batch_size == "auto" else int(mlp.batch_size)
    return min(batch, n_samples or batch)


def _compile(network: Network, mlp: Any, scale: int) -> None:
    """The loss that is differentiated there; a mean here is a sum there."""
    out = mlp.out_activation_
    loss = {
        "identity": "sum_squared_error", "softmax": "categorical_crossentropy", "logistic": "binary_crossentropy", "exp": "poisson",
    }[out]  # fmt: skip
    weight = scale if out in ("logistic", "exp") and scale > 1 else None
    metrics = ["accuracy"] if hasattr(mlp, "classes_") else None
    network.compile(_optimizer(mlp), loss, metrics=metrics, loss_weights=weight)


def _optimizer(mlp: Any) -> optimizers.Optimizer:
    if mlp.solver == "adam":
        return optimizers.Adam(mlp.learning_rate_init, mlp.beta_1, mlp.beta_2, mlp.epsilon)
    if mlp.solver == "sgd":
        rate = getattr(getattr(mlp, "_optimizer", None), "learning_rate", mlp.learning_rate_init)
        return optimizers.SGD(float(rate), mlp.momentum, mlp.nesterovs_momentum and mlp.momentum > 0)
    return optimizers.LBFGS()


def _set_optimizer_state(network: Network, state: Any) -> None:
    """The moments; they are kept there as lists of kernels, then biases."""
    optimizer = network.optimizer
    if hasattr(state, "ms") and isinstance(optimizer, optimizers.Adam):
        # Ours lack a factor (see `Adam`).
        slots = {
            "momentum": _vector(state.ms) / (1 - optimizer.beta_1),
            "velocity": _vector(state.vs) / (1 - optimizer.beta_2),
        }
        steps = int(state.t)
    elif hasattr(state, "velocities") and optimizer.slot_names == ("momentum",):
        slots, steps = {"momentum": _vector(state.velocities)}, 0
    else:
        return
    if any(slot.shape != network.parameters.shape for slot in slots.values()):
        raise ArgumentError("its optimizer's moments do not fit its weights")
    slots = {name: slot.astype(network.dtype) for name, slot in slots.items()}
    optimizer.set_state({**optimizer.get_state(), "iterations": steps, "slots": slots})


def _vector(arrays: Sequence[Array]) -> Array:
    """Kernels, then biases, as one vector of layers."""
    half = len(arrays) // 2
    pairs = zip(arrays[:half], arrays[half:], strict=True)
    return np.concatenate([np.ravel(array) for pair in pairs for array in pair])


def _metadata(estimator: Any, mlp: Any) -> dict[str, Any]:
    """Classes and names of features."""
    known: dict[str, Any] = {}
    if hasattr(mlp, "classes_"):
        known["classes"] = np.asarray(mlp.classes_).tolist()
    if getattr(estimator, "feature_names_in_", None) is not None:
        known["features"] = np.asarray(estimator.feature_names_in_).tolist()
    return known
