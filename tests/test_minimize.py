"""`minimize`: training on all rows at once by `scipy.optimize.minimize`."""

import contextlib
import copy
import math
import signal

import numpy as np
import pytest

from mlp import Network, callbacks, losses, regularizers
from mlp.callbacks import EarlyStopping, LambdaCallback
from mlp.errors import (
    ArgumentError,
    ArgumentTypeError,
    MLPError,
    NonFiniteError,
    StateError,
    UnknownNameError,
)
from mlp.layers import Dense, Dropout, Layer, Normalization, Residual

RNG = np.random.default_rng(8)
X = RNG.normal(size=(30, 2))
Y = np.tanh(X[:, :1] - 0.5 * X[:, 1:]) + 0.1 * RNG.normal(size=(30, 1))
W = RNG.uniform(0.2, 2.0, size=30)
PADDED = np.hstack([X, np.ones((30, 1))])


def compiled(*layers, loss="mse", dtype="float64", **settings):
    layers = layers or (Dense(3, activation="tanh", input_dim=2), Dense(1))
    net = Network(list(layers), rng=0, dtype=dtype)
    net.compile("adam", loss, **settings)
    return net


def linear(**options):
    return compiled(Dense(1, input_dim=2, **options))


def same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)


def least_squares(weight=None, l2=0.0):
    """Kernel and bias by the normal equations; the penalty is on the kernel alone."""
    w = np.ones(30) if weight is None else weight
    left = PADDED.T @ (w[:, None] * PADDED) / 30 + l2 * np.diag([1.0, 1.0, 0.0])
    return np.linalg.solve(left, PADDED.T @ (w * Y[:, 0]) / 30)


# --- Where it arrives ---------------------------------------------------------------------------------------


def test_least_squares_are_those_of_lstsq():
    net = linear()
    net.minimize(X, Y, gtol=1e-12, ftol=1e-16)
    np.testing.assert_allclose(net.parameters, np.linalg.lstsq(PADDED, Y[:, 0])[0], rtol=1e-7)


def test_penalties_and_weights_of_rows_count():
    net = linear(kernel_regularizer=regularizers.L2(0.1))
    net.minimize(X, Y, sample_weight=W, gtol=1e-12, ftol=1e-16)
    np.testing.assert_allclose(net.parameters, least_squares(W, 0.1), rtol=1e-7)


METHODS = {  # method, options, how near it comes
    "Nelder-Mead": ({"xatol": 1e-9, "fatol": 1e-14, "maxiter": 2000}, 1e-6),
    "Powell": ({"xtol": 1e-9, "ftol": 1e-14}, 1e-6),
    "CG": ({"gtol": 1e-9}, 1e-7),
    "BFGS": ({"gtol": 1e-9}, 1e-7),
    "bfgs": ({"gtol": 1e-9}, 1e-7),
    "Newton-CG": ({"xtol": 1e-12}, 1e-6),
    "L-BFGS-B": ({"gtol": 1e-10, "ftol": 1e-16}, 1e-7),
    "TNC": ({"gtol": 1e-10, "ftol": 1e-16, "xtol": 1e-12}, 1e-5),
    "COBYLA": ({"tol": 1e-9, "maxiter": 5000}, 1e-4),
    "COBYQA": ({"final_tr_radius": 1e-9}, 1e-6),
    "SLSQP": ({"ftol": 1e-16}, 1e-6),
    "trust-constr": ({"gtol": 1e-10, "xtol": 1e-12}, 1e-6),
}


@pytest.mark.parametrize(
    ("method", "options", "near"), [(m, *row) for m, row in METHODS.items()], ids=METHODS
)
def test_every_method_reaches_the_minimum(method, options, near):
    net = linear()
    result = net.minimize(X, Y, method=method, **options)
    np.testing.assert_allclose(net.parameters, least_squares(), rtol=near, atol=near)
    np.testing.assert_array_equal(result.x, net.parameters)
    assert result.fun == pytest.approx(net.evaluate(X, Y), rel=1e-12)


def test_a_method_may_be_given_second_derivatives():
    """The trust-region methods need them; of a linear network they are constant."""
    hessian = 2 * PADDED.T @ PADDED / 30
    for method in ("dogleg", "trust-ncg", "trust-exact", "trust-krylov"):
        net = linear()
        net.minimize(X, Y, method=method, hess=lambda x: hessian, gtol=1e-10)
        np.testing.assert_allclose(net.parameters, least_squares(), rtol=1e-6)


def test_bounds_hold():
    """The kernel between 0 and 0.2: the second weight, which would be negative, ends at its bound."""
    net = linear()
    net.parameters = [0.1, 0.1, 0.0]
    net.minimize(X, Y, bounds=[(0.0, 0.2), (0.0, 0.2), (None, None)])
    np.testing.assert_array_equal(net.parameters[:2], [0.2, 0.0])


def test_constraints_of_scipy_hold():
    net = linear()
    net.minimize(X, Y, method="SLSQP", constraints={"type": "eq", "fun": lambda w: w.sum() - 1})
    assert net.parameters.sum() == pytest.approx(1.0)


def test_the_constraint_of_a_weight_is_obeyed_or_refused():
    """It must not be passed over in silence: the second weight of the least squares is negative."""
    net = linear(kernel_constraint="non_neg")
    net.parameters = [0.5, 0.5, 0.0]
    with contextlib.suppress(MLPError):
        net.minimize(X, Y)
    assert (net.parameters[:2] >= 0).all()


# --- What is varied -----------------------------------------------------------------------------------------


def test_a_network_without_anything_to_train_is_refused():
    net = Network([Dense(1, input_dim=1, trainable=False)])
    net.compile("sgd", "mse")
    with pytest.raises(StateError, match="nothing to train"):
        net.minimize([[1.0], [2.0]], [1.0, 2.0])


def test_frozen_weights_are_no_variables():
    """In nested networks and residuals too; with bounds for the others alone."""
    inner = Network([Dense(2, input_dim=2, name="still"), Dense(2)], rng=1)
    detour = Dense(2, trainable=False)
    net = compiled(inner, Residual(detour), Dense(1))
    inner.layers[0].trainable = False
    still = [*inner.layers[0].get_weights(), *detour.get_weights()]
    size = sum(w.size for w in net.trainable_weights)
    before = [w.copy() for w in net.trainable_weights]
    result = net.minimize(X, Y, bounds=[(-5, 5)] * size, maxiter=20)
    assert result.x.shape == (size,) == (9,)
    same([*inner.layers[0].get_weights(), *detour.get_weights()], still)
    assert all(np.any(w != old) for w, old in zip(net.trainable_weights, before, strict=True))


def test_untrained_state_is_no_variable():
    scale = Normalization()
    scale.adapt(X)
    net = compiled(scale, Dense(1))
    before = scale.get_weights()
    assert net.minimize(X, Y).x.shape == (3,)
    same(scale.get_weights(), before)


def test_a_network_in_single_precision_is_minimized_in_double_precision():
    """It takes over the rounded result, and stays what it was."""
    net, double = compiled(dtype="float32"), compiled()
    double.parameters = net.parameters.astype(float)
    result = net.minimize(X, Y, maxiter=30)
    expected = double.minimize(X, Y, maxiter=30)
    assert result.x.dtype == np.float64
    same([result.x], [expected.x])
    assert net.parameters.dtype == np.float32
    same([net.parameters], [expected.x.astype(np.float32)])
    assert net.predict(X).dtype == np.float32


def test_it_computes_in_inference_and_draws_nothing():
    """Dropout does not act, whether it draws from the network's generator or from one of its own."""
    net = compiled(Dropout(0.5, input_dim=2), Dense(1), Dropout(0.5, seed=3))
    own = net.layers[2].generator
    before = copy.deepcopy((net.rng.bit_generator.state, own.bit_generator.state))
    net.minimize(X, Y, gtol=1e-12, ftol=1e-16)
    np.testing.assert_allclose(net.parameters, least_squares(), rtol=1e-7)
    assert (net.rng.bit_generator.state, own.bit_generator.state) == before


def test_the_optimizer_is_left_alone():
    net = compiled()
    net.fit(X, Y, verbose=0)
    before = net.optimizer.get_state()
    net.minimize(X, Y, maxiter=5)
    after = net.optimizer.get_state()
    assert after["iterations"] == before["iterations"]
    same(list(after["slots"].values()), list(before["slots"].values()))


# --- History and callbacks ----------------------------------------------------------------------------------


def test_the_history_has_an_entry_per_iteration():
    net = compiled(metrics=["mae"])
    result = net.minimize(X, Y, maxiter=7)
    assert result.nit == 7
    assert net.history.epoch == result.epoch == list(range(7))
    assert net.history.history == result.history
    assert list(result.history) == ["loss", "mae"]
    assert result.history["loss"][-1] == pytest.approx(result.fun, rel=1e-12)
    assert list(map(float, result.history["loss"])) == sorted(result.history["loss"], reverse=True)
    assert [values[-1] for values in result.history.values()] == pytest.approx(net.evaluate(X, Y), rel=1e-12)


def test_callbacks_see_the_network_at_every_iteration():
    net, told = compiled(), []
    note = {
        name: lambda *arguments, name=name: told.append((name, *arguments[:-1]))
        for name in ("on_train_begin", "on_epoch_begin", "on_epoch_end", "on_train_end")
    }
    look = LambdaCallback(on_epoch_end=lambda epoch, logs: told.append((logs["loss"], net.evaluate(X, Y))))
    net.minimize(X, Y, maxiter=2, callbacks=[LambdaCallback(**note), look])
    values = [event for event in told if not isinstance(event[0], str)]
    assert [event for event in told if isinstance(event[0], str)] == [
        ("on_train_begin",), ("on_epoch_begin", 0), ("on_epoch_end", 0), ("on_epoch_begin", 1), ("on_epoch_end", 1),
        ("on_train_end",),
    ]  # fmt: skip
    assert all(value == pytest.approx(evaluated, rel=1e-12) for value, evaluated in values)


@pytest.mark.parametrize("method", METHODS)
def test_a_callback_may_stop_every_method(method):
    net, seen = compiled(), []

    def stop(epoch, logs):
        seen.append(net.parameters.copy())
        net.stop_training = True

    result = net.minimize(X, Y, method=method, callbacks=[LambdaCallback(on_epoch_end=stop)])
    assert result.epoch == [0]
    np.testing.assert_array_equal(net.parameters, seen[0])


def test_early_stopping_watches_iterations():
    """And restores the weights of the best one, here the first."""
    net, kept = compiled(), []
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(net.get_weights()))
    stop = EarlyStopping("loss", mode="max", patience=3, restore_best_weights=True)
    assert net.minimize(X, Y, callbacks=[keep, stop]).epoch == [0, 1, 2, 3]
    same(net.get_weights(), kept[0])


def test_an_unknown_quantity_is_refused():
    net = compiled()
    before = net.get_weights()
    with pytest.raises(UnknownNameError, match="val_loss"):
        net.minimize(X, Y, callbacks=[EarlyStopping()])
    same(net.get_weights(), before)


def test_a_result_without_iterations_can_be_shown():
    """Training on what is already a minimum ends before the first iteration."""
    net = linear()
    net.minimize(X, Y, gtol=1e-10, ftol=1e-16)
    result = net.minimize(X, Y, gtol=1e-3)
    assert result.epoch == []
    assert "message" in repr(result)


# --- Options ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{"maxiter": 3}, {"options": {"maxiter": 3}}], ids=["directly", "as options="]
)
@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "CG", "SLSQP", "trust-constr"])
def test_options_reach_the_method(method, options):
    assert compiled().minimize(X, Y, method=method, **options).nit == 3


def test_a_tolerance_ends_the_search():
    assert compiled().minimize(X, Y, tol=1e-1).nit < compiled().minimize(X, Y, tol=1e-6).nit


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_option_is_named(method):
    net = compiled()
    before = net.get_weights()
    with pytest.raises(ArgumentError, match=f"{method}.*nonsense"):
        net.minimize(X, Y, method=method, nonsense=3)
    same(net.get_weights(), before)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"method": "L-BFGS"}, UnknownNameError, "unknown method 'L-BFGS'.*Known: .*L-BFGS-B"),
        ({"method": 3}, UnknownNameError, "unknown method 3"),
        ({"method": "dogleg"}, ArgumentError, "dogleg.*Hessian"),
        ({"jac": True}, ArgumentError, "jac"),
        ({"args": (1,)}, ArgumentError, "args"),
        ({"bounds": [(0, 1)] * 2}, ArgumentError, "bounds"),
        ({"method": "BFGS", "bounds": [(0, 1)] * 13}, ArgumentError, "bounds"),
        ({"constraints": {"type": "eq", "fun": sum}}, ArgumentError, "constraints"),
        ({"verbose": 7}, ArgumentError, "verbose"),
        ({"options": 3}, ArgumentTypeError, "options"),
        ({"callbacks": [print]}, ArgumentTypeError, "callbacks"),
        ({"sample_weight": [1.0]}, MLPError, "sample_weight"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_named_and_changes_nothing(arguments, error, message):
    net = compiled()
    before = net.get_weights()
    with pytest.raises(error, match=message):
        net.minimize(X, Y, **arguments)
    same(net.get_weights(), before)


# --- When it goes wrong -------------------------------------------------------------------------------------


class Failure(Exception):
    pass


@pytest.mark.parametrize("kind", [Failure, LookupError, ValueError, TypeError, NonFiniteError])
@pytest.mark.parametrize("hook", ["on_train_begin", "on_epoch_begin", "on_epoch_end"])
def test_the_error_of_a_callback_comes_through_and_nothing_is_changed(hook, kind):
    told, left = [], [1 if hook == "on_train_begin" else 3]

    def fail(*_):
        left[0] -= 1
        if left[0] == 0:
            raise kind("mine")

    net = compiled()
    before = net.get_weights()
    watch = LambdaCallback(**{hook: fail}, on_train_end=lambda logs: told.append("end"))
    with pytest.raises(kind, match=r"^mine$") as caught:
        net.minimize(X, Y, callbacks=[watch])
    assert type(caught.value) is kind
    same(net.get_weights(), before)
    assert told == ["end"]


class Bottomless(losses.Loss):
    """The sum of cubes of the outputs: it has no minimum."""

    def measure(self, t, y):
        return y**3, 3 * y**2


class Undefined(losses.Loss):
    """No number at all."""

    def measure(self, t, y):
        return np.full_like(y, np.nan), np.full_like(y, np.nan)


@pytest.mark.parametrize(
    ("loss", "method"),
    [(Bottomless(), "L-BFGS-B"), (Bottomless(), "SLSQP"), (Undefined(), "CG"), (Undefined(), "Nelder-Mead"),
     (Undefined(), "trust-constr"), (Undefined(), "Powell")],
    ids=["bottomless-L-BFGS-B", "bottomless-SLSQP", "CG", "Nelder-Mead", "trust-constr", "Powell"],
)  # fmt: skip
def test_an_end_that_is_not_finite_changes_nothing(loss, method):
    net = compiled(Dense(1, input_dim=2), loss=loss)
    before = net.get_weights()
    with pytest.raises(NonFiniteError, match=f"minimize: {method}.*the weights are as before"):
        net.minimize(X, Y, method=method)
    same(net.get_weights(), before)


class Refusing(Layer):
    """y = x, until it has seen too much."""

    def __init__(self, calls=5, **kwargs):
        super().__init__(**kwargs)
        self.calls = [calls]

    def forward(self, x, training=False):
        self.calls[0] -= 1
        if self.calls[0] < 0:
            raise Failure
        return x

    def backward(self, dy):
        return dy


def test_the_error_of_a_layer_comes_through_and_nothing_is_changed():
    net = compiled(Refusing(input_dim=2), Dense(1))
    before = net.get_weights()
    with pytest.raises(Failure):
        net.minimize(X, Y)
    same(net.get_weights(), before)


@pytest.fixture
def python_answers_ctrl_c():
    """As at a prompt, whatever runs the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("python_answers_ctrl_c")
@pytest.mark.parametrize(
    "method", ["L-BFGS-B", "BFGS", "CG", "Nelder-Mead", "SLSQP", "TNC", "COBYLA", "trust-constr"]
)
def test_ctrl_c_leaves_the_weights_of_the_last_iteration(method):
    net, kept = compiled(), []

    def press(epoch, logs):
        kept.append(net.get_weights())
        if epoch == 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        net.minimize(X, Y, method=method, callbacks=[LambdaCallback(on_epoch_end=press)])
    assert net.history.epoch == [0, 1, 2]
    same(net.get_weights(), kept[2])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert math.isfinite(net.minimize(X, Y, maxiter=2).fun)


def test_the_history_given_as_callback_is_the_same():
    own = callbacks.History()
    result = compiled().minimize(X, Y, maxiter=3, callbacks=[own])
    assert (own.epoch, own.history) == (result.epoch, result.history)
