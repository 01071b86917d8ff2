"""`check_activation`: every activation passes, at its kinks too; every planted fault is caught."""

import re

import numpy as np
import pytest
from tables import ACTIVATIONS, over

from mlp import activations
from mlp.activations import Activation, TanhShrink
from mlp.errors import DataError, UnknownNameError
from mlp.testing import GradientError, check_activation


@over(ACTIVATIONS)
def test_every_activation_of_the_library_passes(row):
    for seed in range(3):
        report = check_activation(row.make(), rng=seed)
        assert report.method == "complex"
        assert report.error < 1e-12


@over([row for row in ACTIVATIONS if row.kinks])
def test_kinks_are_counted(row):
    at = list(row.kinks)
    if "Step" in repr(row.make()):  # jumps, and has the derivative zero on both sides
        at = []
    report = check_activation(row.make(), x=[*at, 0.123])
    smooth = {v for v in at if _smooth(row.make(), v)}
    assert report.kinks == len(at) - len(smooth)


def _smooth(f, x):
    """elu with alpha = 1 has no kink at 0, though its formula changes there."""
    h = 1e-6
    below, at, above = f([x - h, x, x + h])
    return abs((above - at) - (at - below)) < 1e-9


def test_step_is_reported_as_declared():
    assert "declared" in check_activation("step").results["gradient"].note


def test_names_classes_functions_and_objects_mean_the_same():
    for given in ("tanh", activations.tanh, activations.Tanh, activations.Tanh()):
        assert check_activation(given).subject == "Tanh()"
    with pytest.raises(UnknownNameError, match="did you mean"):
        check_activation("tahn")
    with pytest.raises(DataError, match="finite"):
        check_activation("tanh", x=[np.nan])


class Leaky(Activation):
    """max(x, 0) + slope min(x, 0), with a derivative for each of the three cases."""

    def __init__(self, below=0.0, at=0.5, above=1.0):
        self.below, self.at, self.above = below, at, above

    def forward(self, x, out=None):
        return np.where(x.real > 0, x, 0 * x)

    def backward(self, dy, x, y, out=None):
        slope = np.where(x > 0, self.above, np.where(x < 0, self.below, self.at))
        return (dy * slope).astype(dy.dtype)


@pytest.mark.parametrize("at", [0.0, 0.3, 0.7, 1.0])
def test_any_subgradient_is_right_at_a_kink(at):
    assert check_activation(Leaky(at=at), x=[0.0]).kinks == 1
    assert check_activation(Leaky(at=at)).kinks == 2  # at 0.0 and -0.0


@pytest.mark.parametrize(
    "wrong", [{"at": -0.1}, {"at": 1.1}, {"above": 0.7}, {"below": 0.01}, {"above": 1 + 1e-9}], ids=str
)
def test_wrong_slopes_are_caught(wrong):
    with pytest.raises(GradientError) as caught:
        check_activation(Leaky(**wrong))
    assert caught.value.check == "gradient"


def test_at_a_kink_both_sides_are_told():
    with pytest.raises(GradientError, match="0 from the left and 1 from the right"):
        check_activation(Leaky(at=-0.1), x=[0.0])


class RealRelu(Leaky):
    """Takes no complex numbers."""

    def forward(self, x, out=None):
        return np.maximum(np.asarray(x, np.result_type(x.real)), 0) if x.dtype.kind == "f" else x.real


def test_a_real_function_is_differentiated_by_ridders():
    assert check_activation(RealRelu(), x=[0.0, 1.0, -2.0]).kinks == 1
    assert check_activation(RealRelu()).method == "ridders"
    for wrong in ({"at": 1.5}, {"above": 0.7}, {"below": 1e-6}):
        with pytest.raises(GradientError):
            check_activation(RealRelu(**wrong))


class Tanh(Activation):
    """Right; the classes below have one fault each."""

    def forward(self, x, out=None):
        return np.tanh(x)

    def backward(self, dy, x, y, out=None):
        return dy * (1 - y * y)


class OfInput(Tanh):
    def backward(self, dy, x, y, out=None):
        return dy * (1 - x * x)


class IgnoresDirection(Tanh):
    def backward(self, dy, x, y, out=None):
        return 1 - y * y


class WritesInput(Tanh):
    def forward(self, x, out=None):
        y = np.tanh(x)
        x *= 2
        return y


class WritesDirection(Tanh):
    def backward(self, dy, x, y, out=None):
        dy *= 1 - y * y
        return dy


class SaysFromOutput(Tanh):
    """Promises to need the output alone, and looks at the input."""

    from_output = True

    def backward(self, dy, x, y, out=None):
        return dy * (1 - np.tanh(x) ** 2)


class Doubles(Tanh):
    def forward(self, x, out=None):
        return np.tanh(x) * np.array([1.0])


class WrongShape(Tanh):
    def forward(self, x, out=None):
        return np.tanh(x).ravel()


class Remembers(Tanh):
    def backward(self, dy, x, y, out=None):
        self.calls = getattr(self, "calls", 0) + 1
        return dy * (1 - y * y) * (1 if self.calls % 2 else 2)


FAULTS = {
    OfInput: "gradient", IgnoresDirection: "gradient", WritesInput: "arguments kept", WritesDirection: "arguments kept",
    SaysFromOutput: "memory", WrongShape: "shapes", Remembers: "arguments kept",
}  # fmt: skip


@pytest.mark.parametrize("cls", FAULTS)
def test_planted_faults_are_caught_by_name(cls):
    assert check_activation(Tanh).error < 1e-12
    for seed in range(3):
        with pytest.raises(GradientError) as caught:
            check_activation(cls, rng=seed)
        assert FAULTS[cls] in caught.value.failures


def test_double_precision_inside_is_noted():
    assert any("float64 for float32" in note for note in check_activation(Doubles).notes)


def test_flat_regions_are_no_false_alarm():
    for name in ("tanh", "sigmoid", "softplus", "gelu", "silu", "elu"):
        for x in ([9.0], [20.0], [-20.0], [40.0], [-40.0], [300.0], [-300.0]):
            check_activation(name, x=x)


def test_the_smallest_number_is_shown():
    with pytest.raises(GradientError) as caught:
        check_activation(OfInput)
    assert re.search(r"x = np\.array\(\[\[-?\d\.\d\]\]\)", str(caught.value))


@over([row for row in ACTIVATIONS if not row.couples and all(_smooth(row.make(), at) for at in row.kinks)])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_the_complex_step_is_right_where_a_formula_changes(row, side):
    """Smooth functions carry complex numbers rightly at 0 too, along either direction."""
    f = row.make()
    x = np.zeros((1, 1))
    slope = f.forward(x + 1e-20j * side).imag / 1e-20
    right = side * f.backward(np.ones((1, 1)), x, f.forward(x))
    third_power = isinstance(f, TanhShrink)  # of which a step leaves its square
    np.testing.assert_allclose(slope, right, rtol=1e-14, atol=1e-20**2 if third_power else 0.0)


class Half(Tanh):
    """Every second entry, and says so."""

    changes_shape = True

    def output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] // 2)

    def forward(self, x, out=None):
        return np.tanh(x[..., ::2])

    def backward(self, dy, x, y, out=None):
        dx = np.zeros_like(x)
        dx[..., ::2] = dy * (1 - y * y)
        return dx


class HalfUnsaid(Half):
    changes_shape = False


class HalfMisplaced(Half):
    def backward(self, dy, x, y, out=None):
        return super().backward(dy, x, y)[..., ::-1].copy()


def test_a_function_may_change_the_shape_if_it_says_so():
    assert check_activation(Half()).method == "complex"
    with pytest.raises(GradientError, match="changes_shape is False"):
        check_activation(HalfUnsaid())
    with pytest.raises(GradientError) as caught:
        check_activation(HalfMisplaced())
    assert caught.value.check == "gradient"


class AlongTheBatch(Tanh):
    """A softmax over the wrong axis, consistently."""

    def forward(self, x, out=None):
        e = np.exp(x - x.real.max(axis=0))
        return e / e.sum(axis=0)

    def backward(self, dy, x, y, out=None):
        return y * (dy - (y * dy).sum(axis=0))


def test_an_activation_works_row_by_row():
    with pytest.raises(GradientError, match="in a batch") as caught:
        check_activation(AlongTheBatch)
    assert caught.value.check == "rows"


def test_numbers_beyond_single_precision_are_welcome():
    check_activation("relu", x=[1e39, 1.0])
    check_activation("sigmoid", x=[1e300, -1e300])
