"""Functions of one's own as losses: their derivatives, found or given, and what may not go wrong unseen."""

import copy
import pickle
import warnings

import numpy as np
import pytest

from mlp import Network, losses
from mlp.errors import ArgumentTypeError, DataError, NumericalDerivativeWarning, ShapeError, StateError
from mlp.layers import Dense
from mlp.testing import GradientError, check_loss

RNG = np.random.default_rng(0)
T, Y = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3))
W = np.array([1.0, 0.0, 2.0, 0.5, 3.0])
QUIET = pytest.mark.filterwarnings("ignore::mlp.errors.NumericalDerivativeWarning")


def squares(t, y):
    return (y - t) ** 2


def squares_and_slopes(t, y):
    return squares(t, y), 2 * (y - t)


def wrong_slopes(t, y):
    return squares(t, y), y - t


#: A function, the loss of this library that it is, and how well its slopes must agree.
FUNCTIONS = {
    "an element": (squares, losses.MeanSquaredError, 1e-14),
    "a row": (lambda t, y: np.mean(squares(t, y), axis=-1), losses.MeanSquaredError, 1e-14),
    "a row, kept axis": (lambda t, y: np.mean(squares(t, y), axis=-1, keepdims=True), losses.MeanSquaredError, 1e-14),
    "the batch": (lambda t, y: np.mean(squares(t, y)), losses.MeanSquaredError, 1e-14),
    "with abs": (lambda t, y: np.abs(y - t), losses.MeanAbsoluteError, 1e-9),
    "with abs in part": (lambda t, y: np.abs(y - t) + 0 * y, losses.MeanAbsoluteError, 1e-9),
    "real part alone": (lambda t, y: np.real(y - t) ** 2 + 0 * y, losses.MeanSquaredError, 1e-9),
    "a comparison": (lambda t, y: np.where(np.abs(y - t) <= 1, (y - t) ** 2 / 2, np.abs(y - t) - 0.5), losses.Huber, 1e-9),
    "coupled within the row": (
        lambda t, y: -np.sum(t * y, -1) / np.sqrt(np.sum(t * t, -1) * np.sum(y * y, -1)), losses.CosineSimilarity, 1e-13,
    ),
}  # fmt: skip


def over_functions(test):
    return pytest.mark.parametrize(("fn", "cls", "accuracy"), FUNCTIONS.values(), ids=FUNCTIONS)(test)


@QUIET
@over_functions
@pytest.mark.parametrize("weight", [None, W], ids=["", "weighted"])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_a_function_is_the_loss_that_it_computes(fn, cls, accuracy, weight, reduction):
    if np.ndim(fn(T, Y)) == 0 and (weight is not None or reduction == "sum"):
        return  # one number for the batch: the rows of which cannot be weighed
    value, slopes = losses.FunctionLoss(fn, reduction).value_and_gradient(T, Y, weight)
    right, gradient = cls(reduction=reduction).value_and_gradient(T, Y, weight)
    assert value.real == pytest.approx(right, rel=1e-14)
    np.testing.assert_allclose(slopes, gradient, rtol=0, atol=accuracy * np.abs(gradient).max())
    assert slopes.dtype == np.float64
    assert losses.FunctionLoss(fn, reduction)(T, Y, weight) == value


@QUIET
def test_rows_that_are_coupled_are_seen():
    """Values a row that hang on other rows: the derivative is that of the sum of all."""

    def centred(t, y):
        return np.sum((y - np.mean(y, axis=0)) ** 2 * t, axis=-1)

    def coupled_with_abs(t, y):
        return np.sum(np.abs(y - np.mean(y, axis=0)) ** 3 * t, axis=-1)

    for fn, power, accuracy in ((centred, 2, 1e-13), (coupled_with_abs, 3, 1e-8)):
        slopes = losses.FunctionLoss(fn, "sum").value_and_gradient(T, Y)[1]
        d = Y - Y.mean(axis=0)
        each = power * np.abs(d) ** (power - 1) * np.sign(d) * T
        np.testing.assert_allclose(
            slopes, each - each.mean(axis=0), rtol=0, atol=accuracy * np.abs(each).max()
        )


@QUIET
def test_a_single_value_is_weighed_as_in_keras():
    loss = losses.FunctionLoss(lambda t, y: np.sum((y - t) ** 2))
    value, slopes = loss.value_and_gradient(T, Y)
    weighed, turned = loss.value_and_gradient(T, Y, W)
    assert weighed == pytest.approx(value * W.mean())
    np.testing.assert_allclose(turned, slopes * W.mean())
    np.testing.assert_allclose(slopes, 2 * (Y - T), rtol=1e-13)


@QUIET
def test_a_step_has_the_slope_zero_and_a_kink_the_middle():
    assert not losses.FunctionLoss(lambda t, y: (y > t) * 1.0).value_and_gradient(T, Y)[1].any()
    assert losses.FunctionLoss(lambda t, y: np.abs(y - t)).value_and_gradient(T, T)[1].max() < 1e-12


def test_given_derivatives_are_taken():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for fn, cls in (
            (lambda t, y: (squares(t, y), 2 * (y - t)), losses.MeanSquaredError),
            (lambda t, y: (np.sum(squares(t, y), -1) / 2, y - t), losses.SumSquaredError),
        ):
            for reduction in ("sum_over_batch_size", "sum", "none"):
                value, slopes = losses.FunctionLoss(fn, reduction).value_and_gradient(T, Y, W)
                right, gradient = cls(reduction=reduction).value_and_gradient(T, Y, W)
                np.testing.assert_allclose(value, right, rtol=1e-14)
                np.testing.assert_allclose(slopes, gradient, rtol=1e-14)


def test_what_was_given_is_not_written_into():
    kept = np.ones_like(Y)
    losses.FunctionLoss(lambda t, y: (np.sum(y, -1), kept), "sum_over_batch_size").value_and_gradient(T, Y, W)
    assert (kept == 1).all()


def test_it_is_told_once_how_the_derivative_was_found():
    loss = losses.get(lambda t, y: np.mean((y - t) ** 2, axis=-1))
    with pytest.warns(NumericalDerivativeWarning, match=r"complex steps.*\(values, derivatives\)"):
        loss(T, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss(T, Y)
        copy.deepcopy(loss)(T, Y)
    with pytest.warns(NumericalDerivativeWarning, match="Ridders"):
        losses.get(lambda t, y: np.abs(y - t))(T, Y)


@QUIET
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_trains_a_network_as_the_loss_that_it_is(dtype):
    x = RNG.normal(size=(40, 2)).astype(dtype)
    y = np.sum(x, axis=1)
    weights = RNG.uniform(0.5, 2.0, 40)
    found = []
    for loss in ("mse", lambda t, y: np.mean((y - t) ** 2, axis=-1)):
        net = Network([Dense(4, "tanh", input_dim=2), Dense(1)], rng=0, dtype=dtype)
        net.compile("sgd", loss)
        net.fit(x, y, epochs=3, verbose=0, sample_weight=weights)
        found.append((net.parameters.copy(), net.evaluate(x, y), net.value_and_gradient(x, y)[1]))
    accuracy = 1e-12 if dtype == "float64" else 1e-5
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=accuracy, atol=accuracy)
    assert net.parameters.dtype == dtype


@QUIET
def test_class_numbers_come_through():
    """Targets are whatever the function wants."""
    t, y = np.array([0, 2, 1, 1, 0]), np.exp(Y)

    def sparse(t, y):
        p = y / np.sum(y, axis=-1, keepdims=True)
        return -np.log(p[np.arange(len(t)), t.astype(int)])

    value, slopes = losses.get(sparse).value_and_gradient(t, y)
    right, gradient = losses.SparseCategoricalCrossentropy().value_and_gradient(t, y)
    assert value == pytest.approx(right, rel=1e-14)
    np.testing.assert_allclose(slopes, gradient, rtol=1e-12, atol=1e-15)


@QUIET
def test_flat_targets_beside_one_output_are_a_column():
    loss = losses.get(lambda t, y: (y - t) ** 2)
    assert loss(T[:, 0], Y[:, :1]) == loss(T[:, :1], Y[:, :1]) == loss(T[:, 0], Y[:, 0])


def test_what_cannot_be_a_loss_is_refused():
    for wrong in (lambda y: y, lambda a, b, c: a, int):
        with pytest.raises(ArgumentTypeError, match="loss must be"):
            losses.get(wrong)
    with pytest.raises(ArgumentTypeError, match="fn must be a function"):
        losses.FunctionLoss(3)
    for fn, error, match in (
        (lambda t, y: y[:2, 0], ShapeError, r"one number, or values of shape \(5,\) or \(5, 3\), got \(2,\)"),
        (lambda t, y: (y, y[0]), ShapeError, r"derivatives of the shape of y_pred, \(5, 3\), got \(3,\)"),
        (lambda t, y: y * 1j, DataError, "must return real numbers"),
        (lambda t, y: "much", DataError, "must return real numbers, got 'much'"),
    ):
        with pytest.raises(error, match=match):
            losses.FunctionLoss(fn)(T, Y)
    with pytest.raises(ShapeError, match="as many rows"):
        losses.FunctionLoss(squares)(T[:3], Y)
    with pytest.raises(DataError, match="finite"):
        losses.FunctionLoss(squares)(T * np.nan, Y)


def test_it_is_named_after_its_function():
    assert losses.get(squares).name == "squares"
    assert losses.FunctionLoss(squares, name="mine").name == "mine"


def test_no_file_can_hold_it(tmp_path):
    net = Network([Dense(1, input_dim=2)], rng=0)
    net.compile("sgd", squares)
    with pytest.raises(StateError, match=r"the loss 'squares' is a function.*save_weights"):
        net.save(tmp_path / "net.npz")
    net.save_weights(tmp_path / "weights.npz")
    assert net.copy().loss.fn is squares
    assert pickle.loads(pickle.dumps(net.loss)).fn is squares  # noqa: S301 - made here


def test_the_checker_takes_it_and_finds_a_wrong_derivative():
    assert check_loss(losses.FunctionLoss(squares_and_slopes)).method == "complex"
    with pytest.raises(GradientError):
        check_loss(losses.FunctionLoss(wrong_slopes), y_true=T, y_pred=Y)
