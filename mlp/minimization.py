"""Training on all rows at once by ``scipy.optimize.minimize``."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.callbacks import CallbackList, History, as_callbacks
from mlp.errors import ArgumentError, ArgumentTypeError, NonFiniteError, StateError, UnknownNameError
from mlp.evaluation import Tally, evaluate_samples
from mlp.interrupt import Interrupt
from mlp.names import nearest
from mlp.passes import Pass
from mlp.samples import Samples

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

    from mlp.trainable import Trainable

__all__ = ["minimize"]

WITHOUT_GRADIENT = ("nelder-mead", "powell", "cobyla", "cobyqa")
METHODS = (
    "Nelder-Mead", "Powell", "CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "COBYLA", "COBYQA", "SLSQP",
    "trust-constr", "dogleg", "trust-ncg", "trust-exact", "trust-krylov",
)  # fmt: skip


def minimize(
    network: Trainable,
    x: Any,
    y: Any,
    method: Any = "L-BFGS-B",
    *,
    sample_weight: Any = None,
    callbacks: Any = None,
    verbose: int | str = 0,
    **options: Any,
) -> OptimizeResult:
    """Train on all rows at once; see `Network.minimize`.

    SciPy works in double precision, so a float32 network is minimized as its float64 copy and takes over
    the rounded result.  Frozen weights are no variables.
    """
    if not isinstance(method, str) or method.lower() not in [known.lower() for known in METHODS]:
        raise UnknownNameError(
            f"unknown method {method!r}{nearest(str(method), METHODS)} Known: {', '.join(METHODS)}"
        )
    checks.one_of("verbose", verbose, ("auto", 0, 1, 2))
    arguments = _scipy_arguments(options)
    for layer, name in network._trained():
        if layer._specs[name].constraint is not None:
            raise ArgumentError(
                f"minimize: {layer._label}{name} has a constraint, which SciPy's methods do not know; use fit, or bounds="
            )
    Samples.checked(network, x, y, sample_weight)
    if not any(True for _ in network._trained()):
        raise StateError("minimize: there is nothing to train, for no layer has weights that are not frozen")
    problem = _Problem(network, x, y, sample_weight)
    params = {**problem.params(arguments["options"]), "verbose": verbose}
    told = CallbackList(as_callbacks(callbacks), add_progbar=True, model=network, **params)
    problem.told = told
    kept = network.parameters.copy()
    with Interrupt() as problem.interrupt, np.errstate(all="ignore"):
        try:
            told.on_train_begin()
            result = _run_scipy(problem, method, arguments)
            end = problem.full(result.x)
            if not np.isfinite(result.fun) or not np.isfinite(end).all():
                raise NonFiniteError(
                    f"minimize: {method} ended where the loss is not finite ({result.fun}); the weights are as before"
                )
            network.parameters = end
        except KeyboardInterrupt:
            network.parameters = problem.full(problem.best)
            raise
        except BaseException:
            network.parameters = kept
            raise
        finally:
            told.on_train_end()
    result.update(history=problem.history.history or {"loss": []}, epoch=problem.history.epoch)
    found: OptimizeResult = result
    return found


def _scipy_arguments(options: dict[str, Any]) -> dict[str, Any]:
    """What ``scipy.optimize.minimize`` takes by name, the method's own options gathered in one dict."""
    for taken in ("args", "jac", "fun", "x0", "callback"):
        if taken in options:
            raise ArgumentError(
                f"minimize: {taken} is given by the network itself (callbacks= takes callbacks)"
            )
    given = options.get("options", {})
    if not isinstance(given, dict):
        raise ArgumentTypeError(f"minimize: options must be a dict, got {given!r}")
    names = ("tol", "bounds", "constraints", "hess", "hessp")
    own: dict[str, Any] = {name: options[name] for name in names if name in options}
    rest = {name: value for name, value in options.items() if name not in own and name != "options"}
    return {**own, "options": {**given, **rest}}


class _Stopped(Exception):
    """A callback asked to stop."""


class _Problem:
    """The loss as a function of the trained parameters, and the record of the way."""

    told: CallbackList
    interrupt: Interrupt
    #: What went wrong in code that is not SciPy's.
    failure: BaseException | None = None

    def __init__(self, network: Trainable, x: Any, y: Any, sample_weight: Any) -> None:
        self.network = network
        self.copy = network.astype("float64")
        self.samples = Samples.checked(self.copy, x, y, sample_weight)
        self.one = Pass(self.copy, self.copy.compiled.needed_loss(), reuse=True)
        self.copy.gradient[:] = 0
        for layer, name in self.copy._trained():
            layer._gradients[name][...] = 1
        marks = self.copy.gradient == 1
        self.free = np.flatnonzero(marks)
        self.start = self.copy.parameters[self.free].copy()
        self.best = self.start.copy()
        self.latest = self.start.copy(), math.nan
        self.history = network.history = History()
        network.stop_training = False

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"epochs": options.get("maxiter"), "steps": 1, **Tally(self.copy).names()}

    def full(self, free: Array) -> Array:
        """All parameters, given the trained ones."""
        parameters = self.copy.parameters.copy()
        parameters[self.free] = free
        return parameters

    def value(self, free: Array) -> float:
        return self.value_and_gradient(free)[0]

    def value_and_gradient(self, free: Array) -> tuple[float, Array]:
        try:
            self.copy._parameters[self.free] = free
            value = float(
                self.one.forward(self.samples.x, self.samples.t, self.samples.weight, training=False)
            )
            self.one.backward()
        except BaseException as error:
            self.failure = error
            raise
        self.latest = free.copy(), value
        return value, self.copy._gradient[self.free]  # a copy: SciPy keeps the gradient it is given

    def note(self, *state: Any) -> None:
        """After each iteration: history, callbacks, Ctrl-C."""
        try:
            self._note(np.array(state[0], np.float64))
        except BaseException as error:
            self.failure = error
            raise

    def _note(self, free: Array) -> None:
        self.copy._parameters[self.free] = free
        full = self.full(free)
        if np.isfinite(full).all():
            self.best, self.network.parameters = free, full
        epoch = len(self.history.epoch)
        self.told.on_epoch_begin(epoch)
        logs = self._logs(free)
        self.history.on_epoch_end(epoch, logs)
        self.told.on_epoch_end(epoch, logs)
        self.interrupt.take_effect()
        if self.network.stop_training:
            raise _Stopped

    def _logs(self, free: Array) -> dict[str, float]:
        """Loss and metrics; the loss alone is known already where the last evaluation was here, as it mostly is."""
        known, value = self.latest
        if np.array_equal(known, free) and not self.network.compiled.metric_names():
            return {"loss": value}
        return evaluate_samples(self.copy, self.samples)


def _run_scipy(problem: _Problem, method: str, arguments: dict[str, Any]) -> Any:
    from scipy import optimize

    scipy_minimize: Any = optimize.minimize
    without = method.lower() in WITHOUT_GRADIENT
    with warnings.catch_warnings():
        warnings.simplefilter("error", optimize.OptimizeWarning)
        warnings.filterwarnings("error", message=r"Method .* (cannot handle|does not use)")
        try:
            return scipy_minimize(
                problem.value if without else problem.value_and_gradient,
                problem.start.copy(),
                jac=None if without else True,
                method=method,
                callback=problem.note,
                **arguments,
            )
        except _Stopped:
            value = problem.value(problem.best)
            message = "a callback asked to stop"
            stopped: Any = optimize.OptimizeResult()
            stopped.update(x=problem.best, fun=value, success=False, status=99, message=message)
            return stopped
        except (optimize.OptimizeWarning, RuntimeWarning, TypeError, ValueError) as error:
            if error is problem.failure:
                raise
            raise ArgumentError(f"minimize: SciPy refuses this for method {method!r}: {error}") from error
