"""Networks as scikit-learn's multi-layer perceptrons."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import activations, checks, layers, optimizers, regularizers
from mlp.activations import Activation
from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.exchange.from_sklearn import ACTIVATIONS, AUTO_BATCH
from mlp.extras import other_library
from mlp.files.program import program_of

if TYPE_CHECKING:
    from mlp.layers import Layer
    from mlp.trainable import Trainable

__all__ = ["to_sklearn"]

#: The functions of an output whose loss scikit-learn has.
OUTPUTS = ("identity", "logistic", "softmax", "exp")

#: What scikit-learn calls the functions that it has.
NAMES = {name: theirs for theirs, name in ACTIVATIONS.items()}


def to_sklearn(network: Trainable, n_samples: int | None = None) -> Any:
    """A fitted ``MLPClassifier`` or ``MLPRegressor`` of the same weights.

    An output of softmax or sigmoid makes a classifier, with the classes that ``metadata["classes"]`` (or the ``"labels"`` of
    a table that ``mlp train`` was given) name, else 0, 1, ...; several sigmoids stand for several labels, a softmax over two
    classes becomes one sigmoid.  Any other output makes a regressor.

    ``partial_fit`` goes on with the optimizer's settings, moments included, as far as scikit-learn has them; ``fit`` begins
    anew.  ``L2(l2)`` of all kernels becomes ``alpha = 2 n l2``, n being the number of rows in a batch.  Dropout is left out.

    Parameters
    ----------
    network : Network
        A chain of `Dense` layers, those but the last with one activation: linear, sigmoid, tanh or relu; a `Normalization`
        may stand in front.
    n_samples : int, optional
        How many rows it is to be trained on there, if these are less than the 200 of a batch.

    Returns
    -------
    MLPClassifier, MLPRegressor or Pipeline
        A ``Pipeline`` with a ``StandardScaler`` if there is a `Normalization`.

    Raises
    ------
    ArgumentError
        If scikit-learn has no such network; the message says which layer stands in the way.
    MissingExtraError
        If scikit-learn is not installed.

    Examples
    --------
    ::

        estimator = net.to_sklearn()
        estimator.predict(x), estimator.score(x, y)
        sklearn.calibration.CalibratedClassifierCV(sklearn.frozen.FrozenEstimator(estimator))
    """
    if n_samples is not None:
        checks.integer("n_samples", n_samples)
    module = other_library("sklearn.neural_network", "scikit-learn", "to_sklearn")
    chain = _chain(network)
    arguments = {
        "hidden_layer_sizes": tuple(bias.size for bias in chain.intercepts[:-1]),
        "activation": _hidden_activation(chain),
        "alpha": _alpha(chain) * 2 * min(n_samples or AUTO_BATCH, AUTO_BATCH),
        **_solver(network),
    }
    labels = None
    if chain.out in ("softmax", "logistic"):
        estimator = module.MLPClassifier(**arguments, random_state=0)
        labels = _rearranged(chain, _labels(network, chain))
    elif chain.out == "exp":
        estimator = _poisson_regressor(module, arguments)
    else:
        estimator = module.MLPRegressor(**arguments, random_state=0)
    _fit(estimator, chain, labels)
    _set_optimizer_state(estimator, network, chain)
    return estimator if chain.scaling is None else _behind_scaler(estimator, chain.scaling)


@dataclass
class _Chain:
    """What scikit-learn knows of a network."""

    scaling: layers.Normalization | None = None
    dense: list[layers.Dense] = field(default_factory=list)
    functions: list[Activation] = field(default_factory=list)
    coefs: list[Array] = field(default_factory=list)
    intercepts: list[Array] = field(default_factory=list)
    #: Whether the weights of the output are others than those of the network, so that moments do not fit them.
    rearranged: bool = False

    @property
    def out(self) -> str:
        """scikit-learn's name of the output's activation."""
        return _name(self.functions[-1]) or ""

    @property
    def several_labels(self) -> bool:
        """Whether the outputs are labels of which a row may have several."""
        return self.out == "logistic" and self.intercepts[-1].size > 1

    def set_output(self, coefs: Array, intercepts: Array) -> None:
        """Other weights for the last layer."""
        self.coefs[-1], self.intercepts[-1], self.rearranged = coefs, intercepts, True


def _refusal(layer: Layer | None, why: str) -> ArgumentError:
    label = "" if layer is None else layer._label
    return ArgumentError(f"{label}scikit-learn has no such network: {why}")


def _name(function: Activation) -> str | None:
    """What scikit-learn calls a function; None if it does not have it."""
    known = ACTIVATIONS.values()
    return next(
        (NAMES[name] for name in known if activations.get(name).describe() == function.describe()), None
    )


def _chain(network: Trainable) -> _Chain:
    """The layers that count, in order."""
    program = program_of(network)  # type: ignore[arg-type]
    before, chain = program.inputs, _Chain()
    if len(before) != 1 or len(program.shapes[before[0]]) != 1:
        raise _refusal(None, f"it takes rows that are vectors, this one takes {network.input_shape}")
    for step in program.steps:
        layer = step.layer
        if list(step.takes) != before:
            raise _refusal(layer, "it is a chain, in which each layer takes what the one before makes")
        before = [step.makes]
        if (
            type(layer) is layers.Normalization
            and not chain.dense
            and chain.scaling is None
            and not layer.invert
        ):
            chain.scaling = layer
        elif type(layer) is layers.Dense:
            chain.dense.append(layer)
            chain.functions.append(layer.activation)
            chain.coefs.append(layer.kernel.copy())
            chain.intercepts.append(
                layer.bias.copy() if layer.use_bias else np.zeros(layer.units, network.dtype)
            )
        elif type(layer) in FUNCTIONS and chain.dense and type(chain.functions[-1]) is activations.Linear:
            chain.functions[-1] = layer.activation  # type: ignore[attr-defined]
        else:
            raise _refusal(layer, "it has Dense layers with their activations, and nothing else")
    if program.outputs != before or not chain.dense:
        raise _refusal(None, "it is a chain that ends in a Dense layer")
    if chain.out not in OUTPUTS:
        raise _refusal(
            chain.dense[-1],
            f"its output is one of {', '.join(ACTIVATIONS[name] for name in OUTPUTS)}, not {chain.functions[-1]!r}",
        )
    return chain


#: Layers that are an activation and nothing else.
FUNCTIONS = {layers.Activation, layers.ReLU, layers.Softmax}


def _hidden_activation(chain: _Chain) -> str:
    """The one activation of all layers but the last."""
    names = {_name(function) for function in chain.functions[:-1]} or {"relu"}
    found = names.pop()
    if names or found not in ("identity", "logistic", "tanh", "relu"):
        raise _refusal(
            None,
            f"all hidden layers have one activation, linear, sigmoid, tanh or relu; here are {chain.functions[:-1]}",
        )
    return found


def _alpha(chain: _Chain) -> float:
    """The factor of the penalty of all kernels."""
    penalties = [layer.kernel_regularizer for layer in chain.dense]
    factors = {penalty.l2 if isinstance(penalty, regularizers.L2) else 0.0 for penalty in penalties}
    return factors.pop() if len(factors) == 1 else 0.0


def _solver(network: Trainable) -> dict[str, Any]:
    """The settings of an optimizer that is there too."""
    optimizer = network.optimizer
    if type(optimizer) is optimizers.Adam and not optimizer.amsgrad:
        rates = {"beta_1": optimizer.beta_1, "beta_2": optimizer.beta_2, "epsilon": optimizer.epsilon}
        return {"solver": "adam", "learning_rate_init": optimizer.current_rate(), **rates}
    if type(optimizer) is optimizers.SGD:
        motion = {"momentum": optimizer.momentum, "nesterovs_momentum": optimizer.nesterov}
        return {"solver": "sgd", "learning_rate_init": optimizer.current_rate(), **motion}
    return {}


def _poisson_regressor(module: Any, arguments: dict[str, Any]) -> Any:
    try:
        return module.MLPRegressor(loss="poisson", **arguments, random_state=0)
    except TypeError:
        raise ArgumentError(
            "an exponential output needs scikit-learn 1.7 or newer: pip install -U scikit-learn"
        ) from None


def _labels(network: Trainable, chain: _Chain) -> Array:
    """The classes in the order of the outputs."""
    units = chain.dense[-1].units
    if chain.out == "softmax" and units == 1:
        raise _refusal(chain.dense[-1], "a softmax over one unit is 1 whatever comes")
    count = units if chain.several_labels else max(units, 2)
    found = network.metadata.get("classes", network.metadata.get("labels"))
    if chain.several_labels or not isinstance(found, list) or len(found) != count:
        return np.arange(count)
    labels = np.array(found)
    amounts = labels.dtype.kind == "f" and (labels % 1 != 0).any()
    if labels.ndim != 1 or labels.dtype.kind not in "biufU" or amounts or len(np.unique(labels)) != count:
        raise ArgumentError(
            f"metadata['classes'] must be {count} different words or whole numbers, got {found}"
        )
    return labels


def _rearranged(chain: _Chain, labels: Array) -> Array:
    """The classes in ascending order, as scikit-learn has them, and the output's weights for them, one output for two."""
    coefs, intercepts, order = chain.coefs[-1], chain.intercepts[-1], np.argsort(labels)
    if chain.out == "softmax":
        coefs, intercepts = coefs[:, order], intercepts[order]
        if len(labels) == 2:  # a softmax over two is a sigmoid of the difference
            coefs, intercepts = coefs[:, 1:] - coefs[:, :1], intercepts[1:] - intercepts[:1]
            chain.set_output(coefs, intercepts)
        elif order[0] > 0 or (np.diff(order) < 0).any():
            chain.set_output(coefs, intercepts)
    elif not chain.several_labels and order[0] == 1:
        chain.set_output(-coefs, -intercepts)
    return labels[order]


def _fit(estimator: Any, chain: _Chain, labels: Array | None) -> None:
    """Make it fitted: by one step on rows of zeros scikit-learn sets up all that it keeps, and the weights are put there."""
    x = np.zeros((2, len(chain.coefs[0])), chain.coefs[0].dtype)
    outputs = chain.intercepts[-1].size
    if labels is None:
        estimator.partial_fit(x, np.zeros((2, outputs)) if outputs > 1 else np.zeros(2))
    elif chain.several_labels:
        estimator.partial_fit(x, np.arange(2)[:, None] * np.ones((1, outputs), int), classes=labels)
    else:
        estimator.partial_fit(x, labels[:2], classes=labels)
    pairs = zip([*estimator.coefs_, *estimator.intercepts_], [*chain.coefs, *chain.intercepts], strict=True)
    for array, values in pairs:  # in place: the optimizer of older versions keeps these very arrays
        array[...] = values
    estimator.n_iter_ = estimator.t_ = 0
    estimator.loss_curve_, estimator.best_loss_, estimator.loss_ = [], math.inf, math.inf
    estimator.set_params(random_state=None)
    del estimator._random_state


def _set_optimizer_state(estimator: Any, network: Trainable, chain: _Chain) -> None:
    """The moments, with which ``partial_fit`` goes on; without any, scikit-learn makes new ones."""
    state, slots = estimator._optimizer, {} if network.optimizer is None else network.optimizer.slots
    if chain.rearranged or not slots or any(not layer.use_bias for layer in chain.dense):
        del estimator._optimizer
    elif estimator.solver == "adam" and {"momentum", "velocity"} <= slots.keys():
        # Those of `Adam` here lack a factor.
        state.ms = _arrays(slots["momentum"] * (1 - estimator.beta_1), chain)
        state.vs = _arrays(slots["velocity"] * (1 - estimator.beta_2), chain)
        state.t = network.optimizer.iterations
    elif estimator.solver == "sgd" and "momentum" in slots:
        state.velocities = _arrays(slots["momentum"], chain)
    else:
        del estimator._optimizer


def _arrays(vector: Array, chain: _Chain) -> list[Array]:
    """A vector of layers as kernels, then biases."""
    coefs, intercepts, start = [], [], 0
    for kernel, bias in zip(chain.coefs, chain.intercepts, strict=True):
        middle = start + kernel.size
        coefs.append(vector[start:middle].reshape(kernel.shape).copy())
        start = middle + bias.size
        intercepts.append(vector[middle:start].copy())
    return [*coefs, *intercepts]


def _behind_scaler(estimator: Any, scaling: layers.Normalization) -> Any:
    """A pipeline that scales first."""
    preprocessing = other_library("sklearn.preprocessing", "scikit-learn", "to_sklearn")
    pipeline = other_library("sklearn.pipeline", "scikit-learn", "to_sklearn")
    size = estimator.n_features_in_
    scaler = preprocessing.StandardScaler().fit(np.zeros((1, size)))
    mean, deviation = scaling.mean.reshape(scaling._fitting), scaling._deviation()
    scaler.mean_, scaler.scale_ = (
        np.broadcast_to(a, (1, size))[0].astype(np.float64) for a in (mean, deviation)
    )
    scaler.var_, scaler.n_samples_seen_ = scaler.scale_**2, int(scaling.count)
    return pipeline.make_pipeline(scaler, estimator)
