"""`check_loss`: every loss passes, at its kinks too; every planted fault is caught."""

import numpy as np
import pytest
from tables import LOSSES, over

from mlp import losses
from mlp.errors import ArgumentError
from mlp.losses import Loss
from mlp.testing import GradientError, check_loss


@over(LOSSES)
def test_every_loss_of_the_library_passes(row):
    for seed in range(2):
        report = check_loss(row.make, rng=seed)
        assert report.method == "complex"
        assert report.error < 1e-12


def test_kinks_are_counted():
    assert check_loss("mae", [[1.0, 2.0]], [[1.0, 3.0]]).kinks == 1
    assert check_loss("hinge", [[1.0], [-1.0], [1.0]], [[1.0], [-1.0], [0.5]]).kinks == 2
    assert check_loss("mean_absolute_error").kinks > 0


def test_what_a_loss_can_be_given_as():
    for given in ("mse", losses.mean_squared_error, losses.MeanSquaredError, losses.MeanSquaredError()):
        assert check_loss(given).method == "complex"
    with pytest.raises(ArgumentError, match="neither"):
        check_loss("mse", y_true=[[1.0]])


class Huber(Loss):
    """Right: quadratic near the target, linear far from it."""

    def measure(self, t, y):
        d = y - t
        near = np.abs(d.real) <= 1
        return np.where(near, d * d / 2, d * np.sign(d.real) - 0.5), np.where(near, d, np.sign(d.real))


class WrongFar(Huber):
    def measure(self, t, y):
        values, slopes = super().measure(t, y)
        return values, np.where(np.abs(y.real - t) <= 1, slopes, y - t)


class WrongSign(Huber):
    def measure(self, t, y):
        values, slopes = super().measure(t, y)
        return values, -slopes


class Halved(Huber):
    def measure(self, t, y):
        values, slopes = super().measure(t, y)
        return values, 0.5 * slopes


class Steep(Loss):
    """The absolute error, with the derivative 2 at the target."""

    def measure(self, t, y):
        d = y - t
        sign = np.sign(d.real)
        return d * sign, np.where(d.real == 0, 2.0, sign)


class WholeGradient(Loss):
    """Right, and by `value_and_gradient` alone."""

    def value_and_gradient(self, y_true, y_pred, sample_weight=None):
        t, y = np.asarray(y_true), np.asarray(y_pred)
        t = t.reshape(y.shape)
        w = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight)
        w = (w / y.size).astype(y.real.dtype).reshape(-1, *[1] * (y.ndim - 1))
        return (w * (y - t) ** 4).sum(), 4 * w * (y - t) ** 3


class NotDividedByRows(WholeGradient):
    def value_and_gradient(self, y_true, y_pred, sample_weight=None):
        value, gradient = super().value_and_gradient(y_true, y_pred, sample_weight)
        return value, gradient * len(y_pred)


class IgnoresWeights(WholeGradient):
    def value_and_gradient(self, y_true, y_pred, sample_weight=None):
        return super().value_and_gradient(y_true, y_pred)


class WeighsTheValueAlone(WholeGradient):
    def value_and_gradient(self, y_true, y_pred, sample_weight=None):
        return super().value_and_gradient(y_true, y_pred, sample_weight)[0], super().value_and_gradient(
            y_true, y_pred
        )[1]


class Broadcasts(WholeGradient):
    """Targets (n,) beside outputs (n, 1) become a table."""

    def value_and_gradient(self, y_true, y_pred, sample_weight=None):
        t, y = np.asarray(y_true), np.asarray(y_pred)
        d = y - t
        gradient = 2 * d / d.size
        return (d * d).mean(), gradient if d.shape == y.shape else gradient.sum(axis=1, keepdims=True)


class WritesOutputs(WholeGradient):
    def value_and_gradient(self, y_true, y_pred, sample_weight=None):
        result = super().value_and_gradient(y_true, y_pred.copy(), sample_weight)
        y_pred -= 1.0
        return result


class OneBuffer(WholeGradient):
    def value_and_gradient(self, y_true, y_pred, sample_weight=None):
        value, gradient = super().value_and_gradient(y_true, y_pred, sample_weight)
        buffers = vars(self).setdefault("buffers", {})
        own = buffers.setdefault((gradient.shape, gradient.dtype), np.empty_like(gradient))
        own[...] = gradient
        return value, own


class OtherValue(Huber):
    def __call__(self, y_true, y_pred, sample_weight=None):
        return 2 * super().__call__(y_true, y_pred, sample_weight)


class OrderMatters(WholeGradient):
    def value_and_gradient(self, y_true, y_pred, sample_weight=None):
        rising = np.arange(1, len(y_pred) + 1)[:, None].astype(np.asarray(y_pred).real.dtype)
        t = np.asarray(y_true).reshape(y_pred.shape)
        return (rising * (y_pred - t) ** 2).sum(), 2 * rising * (y_pred - t)


class ForOneHotRows(Loss):
    """Softmax and cross-entropy; ``p - t`` is right for targets whose rows sum to 1."""

    def measure(self, t, y):
        shifted = y - y.real.max(axis=-1, keepdims=True)
        e = np.exp(shifted)
        total = e.sum(axis=-1, keepdims=True)
        return -(t * (shifted - np.log(total))).sum(axis=-1), e / total - t


class Declared(ForOneHotRows):
    targets = "one-hot"


FAULTS = {
    WrongFar: "gradient", WrongSign: "gradient", Halved: "gradient", Steep: "gradient", NotDividedByRows: "gradient",
    IgnoresWeights: "weights", WeighsTheValueAlone: "weights", Broadcasts: "columns", WritesOutputs: "arguments kept",
    OneBuffer: "arguments kept", OtherValue: "value", OrderMatters: "rows", ForOneHotRows: "gradient",
}  # fmt: skip


@pytest.mark.parametrize("cls", [Huber, WholeGradient, Declared])
def test_right_losses_pass(cls):
    for seed in range(5):
        assert check_loss(cls, rng=seed).error < 1e-12


@pytest.mark.parametrize("cls", FAULTS)
def test_planted_faults_are_caught_by_name(cls):
    for seed in range(3):
        with pytest.raises(GradientError) as caught:
            check_loss(cls, rng=seed)
        assert FAULTS[cls] in caught.value.failures


def test_what_to_declare_is_told():
    with pytest.raises(GradientError, match='targets = "one-hot"'):
        check_loss(ForOneHotRows)
