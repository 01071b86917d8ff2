"""`check_layer`: every layer of the library passes; every planted fault is caught, by the check that is named for it."""

import numpy as np
import pytest
from tables import LAYER_ROWS

from mlp import Network
from mlp.activations import Activation as Function
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError
from mlp.layers import Composite, Dense, InputLayer, Layer
from mlp.testing import GradientError, check_gradients, check_layer
from mlp.testing.layer_checks import LAYER_CHECKS

CASES = [(row, shape) for row in LAYER_ROWS for shape in row.shapes]


@pytest.mark.parametrize(
    ("row", "shape"), CASES, ids=[f"{row.name or repr(row.make())} {shape}" for row, shape in CASES]
)
def test_every_layer_of_the_library_keeps_every_promise(row, shape):
    report = check_layer(row.make, shape, n=2, rng=11)
    assert list(report.results) == [check.name for check in LAYER_CHECKS]
    assert report.error < 1e-12 or report.method == "ridders"
    assert report.method == "complex"


# --- Planted faults -----------------------------------------------------------------------------------------


class Affine(Layer):
    """y = x W + b, right; the layers below have one fault each."""

    def build(self, input_shape):
        self.add_weight("kernel", (input_shape[-1], 4))
        self.add_weight("bias", (4,), "zeros")
        return (*input_shape[:-1], 4)

    def forward(self, x, training=False):
        self._x = x
        return x @ self.kernel + self.bias

    def backward(self, dy):
        self.gradient_of("kernel")[...] = self._x.T @ dy
        self.gradient_of("bias")[...] = dy.sum(axis=0)
        return dy @ self.kernel.T


class TransposedKernel(Affine):
    def backward(self, dy):
        super().backward(dy)
        return dy @ self.kernel


class TransposedGradient(Affine):
    def backward(self, dy):
        dx = super().backward(dy)
        self.gradient_of("kernel")[...] = dy.T @ self._x
        return dx


class MissingBiasGradient(Affine):
    def backward(self, dy):
        self.gradient_of("kernel")[...] = self._x.T @ dy
        return dy @ self.kernel.T


class MeanOverTheBatch(Affine):
    def backward(self, dy):
        dx = super().backward(dy)
        self.gradient_of("bias")[...] /= len(dy)
        return dx


class Accumulating(Affine):
    def backward(self, dy):
        self.gradient_of("kernel")[...] += self._x.T @ dy
        self.gradient_of("bias")[...] += dy.sum(axis=0)
        return dy @ self.kernel.T


class WrongSign(Affine):
    def backward(self, dy):
        return -super().backward(dy)


class ZeroInputGradient(Affine):
    def backward(self, dy):
        return 0.0 * super().backward(dy)


class SlightlyWrong(Affine):
    def backward(self, dy):
        return (1 + 1e-5) * super().backward(dy)


class FirstRowOnly(Affine):
    def backward(self, dy):
        dx = super().backward(dy)
        self.gradient_of("bias")[...] = dy[0]
        return dx


class WritesIntoInput(Affine):
    def forward(self, x, training=False):
        y = super().forward(x, training)
        self._x = x.copy()
        x *= 2.0
        return y


class WritesIntoDirection(Affine):
    def backward(self, dy):
        dx = super().backward(dy)
        dy *= 2.0
        return dx


class NotANumber(Affine):
    def backward(self, dy):
        return np.nan * super().backward(dy)


class ForgottenFactor(Layer):
    def forward(self, x, training=False):
        return 3.0 * x

    def backward(self, dy):
        return dy


class AnswersOnce(Layer):
    def forward(self, x, training=False):
        self._factor = 3.0
        return 3.0 * x

    def backward(self, dy):
        dx = self._factor * dy
        self._factor = 0.0
        return dx


class ForgottenScale(Layer):
    """At the usual beginning, a scale of ones, the fault does not show."""

    def build(self, input_shape):
        self.add_weight("s", input_shape, "ones")

    def forward(self, x, training=False):
        self._x = x
        return self.s * x

    def backward(self, dy):
        self.gradient_of("s")[...] = (dy * self._x).sum(axis=0)
        return dy


class FromOutput(Function):
    """A function of its own for each fault: forward, and the derivative from x and y."""

    def __init__(self, f, df):
        self.f, self.df = f, df

    def forward(self, x, out=None):
        return self.f(x)

    def backward(self, dy, x, y, out=None):
        return self.df(dy, x, y)


def softmax(x):
    e = np.exp(x - x.real.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def relu(x):
    return np.where(x.real > 0, x, 0)


FUNCTIONS = {  # forward, right derivative, wrong ones
    "softmax": (
        softmax,
        lambda dy, x, y: y * (dy - (dy * y).sum(axis=-1, keepdims=True)),
        {
            "diagonal": lambda dy, x, y: dy * y * (1 - y),
            "zero": lambda dy, x, y: 0 * dy,
            "sum over rows": lambda dy, x, y: y * (dy - (dy * y).sum(axis=0, keepdims=True)),
            "without y": lambda dy, x, y: dy - (dy * y).sum(axis=-1, keepdims=True),
        },
    ),
    "relu": (
        relu,
        lambda dy, x, y: dy * (x > 0),
        {
            "one at negatives": lambda dy, x, y: dy,
            "turned round": lambda dy, x, y: dy * (x <= 0),
            "of dy": lambda dy, x, y: np.maximum(dy, 0) * (x > 0),
            "leaky": lambda dy, x, y: np.where(x > 0, dy, 0.01 * dy),
        },
    ),
    "tanh": (
        np.tanh,
        lambda dy, x, y: dy * (1 - y**2),
        {
            "of x": lambda dy, x, y: dy * (1 - x**2),
            "without dy": lambda dy, x, y: 1 - y**2,
            "not squared": lambda dy, x, y: dy * (1 - y),
        },
    ),
}


class Apply(Layer):
    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def forward(self, x, training=False):
        self._x = x
        self._y = self.function.forward(x)
        return self._y

    def backward(self, dy):
        return self.function.backward(dy, self._x, self._y)


WRONG = [TransposedKernel, TransposedGradient, MissingBiasGradient, MeanOverTheBatch, Accumulating, WrongSign]
WRONG += [ZeroInputGradient, SlightlyWrong, FirstRowOnly, WritesIntoInput, WritesIntoDirection, NotANumber]
WRONG += [ForgottenFactor, ForgottenScale, AnswersOnce]
WRONG_FUNCTIONS = [(name, fault) for name, (_, _, wrong) in FUNCTIONS.items() for fault in wrong]


@pytest.mark.parametrize("seed", range(3))
def test_the_checker_passes_what_is_right(seed):
    assert check_layer(Affine, (4,), rng=seed).error < 1e-12
    for f, right, _ in FUNCTIONS.values():
        assert (
            check_layer(lambda f=f, right=right: Apply(FromOutput(f, right)), (4,), rng=seed).method
            == "complex"
        )


@pytest.mark.parametrize("cls", WRONG)
@pytest.mark.parametrize("seed", range(3))
def test_the_checker_catches_planted_faults(cls, seed):
    with pytest.raises(GradientError, match=cls.__name__):
        check_layer(cls, (4,), rng=seed)


@pytest.mark.parametrize(("name", "fault"), WRONG_FUNCTIONS)
@pytest.mark.parametrize("seed", range(3))
def test_the_checker_catches_wrong_derivatives(name, fault, seed):
    f, _, wrong = FUNCTIONS[name]
    with pytest.raises(GradientError, match="Apply"):
        check_layer(lambda: Apply(FromOutput(f, wrong[fault])), (4,), n=16, rng=seed)


class RealOnly(Affine):
    """Takes no complex numbers, so that differences must do."""

    def forward(self, x, training=False):
        return super().forward(x.real if x.dtype.kind == "c" else x, training)


class RealOnlyWrong(RealOnly):
    def backward(self, dy):
        return 1.001 * super().backward(dy)


def test_the_checker_falls_back_on_differences():
    assert check_layer(RealOnly, (4,)).method == "ridders"
    with pytest.raises(GradientError, match="RealOnlyWrong"):
        check_layer(RealOnlyWrong, (4,))


def test_the_checker_leaves_a_given_layer_alone():
    layer = Dense(3, activation="tanh")
    net = Network([InputLayer((4,)), layer], rng=0)
    before = net.parameters.copy()
    check_layer(layer, (4,))
    np.testing.assert_array_equal(net.parameters, before)
    assert net.layers[-1] is layer


# --- One fault for each promise -----------------------------------------------------------------------------


class WrongShape(Affine):
    """Says that the shape stays as it is."""

    def build(self, input_shape):
        super().build(input_shape)


class NeverWritten(Affine):
    def backward(self, dy):
        self.gradient_of("kernel")[...] = self._x.T @ dy
        return dy @ self.kernel.T


class GlobalNumbers(Layer):
    """Draws from a source that no seed of the network reaches."""

    differs_in_training = True
    source = np.random.default_rng(3)

    def forward(self, x, training=False):
        self._mask = self.source.integers(0, 2, x.shape) if training else np.ones(x.shape)
        return x * self._mask

    def backward(self, dy):
        return dy * self._mask


class StaleCache(Affine):
    """Remembers the first input for good."""

    def forward(self, x, training=False):
        y = super().forward(x, training)
        self._first = getattr(self, "_first", x)
        self._x = self._first if self._first.shape == x.shape else x
        return y


class WrongInTrainingAlone(Layer):
    def forward(self, x, training=False):
        self._factor = 2.0 if training else 3.0
        return 3.0 * x

    def backward(self, dy):
        return self._factor * dy


class SteepAtZero(Layer):
    """relu with the derivative 5 at 0, which is no subgradient."""

    def forward(self, x, training=False):
        self._x = x
        return np.where(x.real > 0, x, 0 * x)

    def backward(self, dy):
        return dy * np.where(self._x > 0, 1.0, np.where(self._x == 0, 5.0, 0.0))


class Clipped(Affine):
    """Clips the gradient that goes back."""

    def backward(self, dy):
        return super().backward(np.clip(dy, -0.5, 0.5))


class OwnBuffer(Layer):
    """Returns the same array again and again."""

    def forward(self, x, training=False):
        if getattr(self, "_y", None) is None or self._y.shape != x.shape or self._y.dtype != x.dtype:
            self._y = np.empty_like(x)
        np.multiply(x, 2.0, out=self._y)
        return self._y

    def backward(self, dy):
        return 2.0 * dy


class MeanOverRows(Layer):
    """Takes the mean of the batch off, and does not say so."""

    def forward(self, x, training=False):
        return x - x.mean(axis=0)

    def backward(self, dy):
        return dy - dy.mean(axis=0)


class DeclaredMeanOverRows(MeanOverRows):
    couples_rows = True


class DividesByRowsLessOne(Layer):
    couples_rows = True

    def forward(self, x, training=False):
        self._n = len(x)
        return x / (self._n - 1)

    def backward(self, dy):
        return dy / (self._n - 1)


class Noisy(Layer):
    """Differs in training, and does not say so."""

    def forward(self, x, training=False):
        self._factor = self.rng.uniform(0.5, 2.0) if training else 1.0
        return self._factor * x

    def backward(self, dy):
        return self._factor * dy


class DeclaredNoisy(Noisy):
    differs_in_training = True


class MovesInInference(Layer):
    """Updates its average in inference too."""

    def build(self, input_shape):
        self.add_weight("average", input_shape, "zeros", trainable=False)

    def forward(self, x, training=False):
        if x.dtype.kind == "f":
            self.average[...] += 0.1 * (x.mean(axis=0) - self.average)
        return x.copy()

    def backward(self, dy):
        return dy.copy()


class NeedsRowsInARow(Layer):
    """Reads memory as if it were in C order."""

    def forward(self, x, training=False):
        return np.ndarray(
            x.shape, x.dtype, np.ascontiguousarray(x) if x.flags.c_contiguous else x.tobytes("A")
        ).copy()

    def backward(self, dy):
        return dy.copy()


class WritesToReadOnly(Layer):
    def forward(self, x, training=False):
        x += 0.0  # changes no number, but a read-only array
        return 2.0 * x

    def backward(self, dy):
        return 2.0 * dy


class DoubleConstant(Layer):
    def forward(self, x, training=False):
        return x * np.array([2.0])

    def backward(self, dy):
        return dy * np.array([2.0])


class LosesDigits(Layer):
    """Right in float64; in float32 it goes through a much too coarse intermediate result."""

    def forward(self, x, training=False):
        big = 1e6 if x.dtype == np.float32 else 0.0
        return (x + x.dtype.type(big)) - x.dtype.type(big)

    def backward(self, dy):
        return dy.copy()


class HiddenNumber(Layer):
    """Keeps what counts outside of the weights."""

    def build(self, input_shape):
        self.add_weight("s", input_shape, "ones")
        self._hidden = None

    def forward(self, x, training=False):
        if self._hidden is None:
            self._hidden = self.s.real.copy()
        self._x = x
        return self._hidden * x

    def backward(self, dy):
        self.gradient_of("s")[...] = 0.0
        return self._hidden * dy


class ForgetsItsArgument(Layer):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def get_config(self):
        return {"name": self.name}

    def forward(self, x, training=False):
        return self.factor * x

    def backward(self, dy):
        return self.factor * dy


class CopiesShareMemory(Layer):
    """Its copy steals the weight's array."""

    shared = np.array([2.0])

    def __deepcopy__(self, memo):
        twin = type(self)()
        twin._stolen = self.shared
        return twin

    def forward(self, x, training=False):
        if not getattr(self, "_running", False) or not x.size:
            return x * 1.0
        return x * 1.0 + (0.0 if getattr(self, "_stolen", None) is None else 1.0)

    def backward(self, dy):
        return dy.copy()


class InfersOtherwise(Layer):
    """Its short way to an inference is another function."""

    def forward(self, x, training=False):
        return 2.0 * x

    def infer(self, x):
        return 2.0 * np.abs(x)

    def backward(self, dy):
        return 2.0 * dy


class InfersAndRemembers(InfersOtherwise):
    """What is kept at an inference would be mixed up between threads."""

    def infer(self, x):
        self.seen = x
        return self.forward(x)


class UnseenSum(Layer):
    """The sum of the factors is a number that a recording takes for a constant, as it does not see it made."""

    replayable = True

    def build(self, input_shape):
        self.add_weight("s", input_shape, "ones")

    def forward(self, x, training=False):
        self._x = x
        return x * np.asarray(self.s).sum()

    def backward(self, dy):
        self.gradient_of("s")[...] = np.sum(dy * self._x)
        return dy * np.asarray(self.s).sum()


class UnseenState(Layer):
    """What is counted in Python is not counted from memory."""

    replayable = differs_in_training = True
    steps = 0

    def forward(self, x, training=False):
        self.steps += training
        self.factor = 1.0 + 0.5 * (self.steps % 3) if training else 1.0
        return x * self.factor

    def backward(self, dy):
        return dy * self.factor


class HalvesInFloats(Layer):
    """A constant that is a float makes floats of fractions."""

    rational = True

    def forward(self, x, training=False):
        return x / 2

    def backward(self, dy):
        return 0.5 * dy


class HalvesAndRounds(HalvesInFloats):
    rational = True

    def forward(self, x, training=False):
        return x * 0.5


class SharedBetweenThreads(Layer):
    """Computes in an array of the class."""

    memory = np.zeros((64, 64))

    def forward(self, x, training=False):
        if x.dtype.kind == "c":
            return 2.0 * x
        place = self.memory[: x.shape[0], : x.shape[1]]
        place[...] = x
        for _ in range(40):
            place += x
            place -= x
        return (place + x).astype(x.dtype)

    def backward(self, dy):
        return 2.0 * dy


class Raises(Affine):
    def backward(self, dy):
        raise ZeroDivisionError("by nothing")


class OneEntryABit(Affine):
    """One entry of one gradient is wrong in the eleventh digit."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.gradient_of("kernel")[1, 2] *= 1 + 1e-11
        return dx


PROMISES = {
    "shapes": [WrongShape, NeverWritten],
    "arguments kept": [WritesIntoInput, WritesIntoDirection],
    "random numbers": [GlobalNumbers],
    "repeatable": [Accumulating, AnswersOnce, StaleCache],
    "gradient": [TransposedKernel, ForgottenFactor, OneEntryABit, Raises],
    "training gradient": [WrongInTrainingAlone],
    "kinks": [SteepAtZero],
    "linear": [Clipped],
    "results kept": [OwnBuffer],
    "rows": [MeanOverRows],
    "one row": [DividesByRowsLessOne],
    "modes": [Noisy, MovesInInference],
    "memory": [WritesToReadOnly],
    "float32": [DoubleConstant, LosesDigits],
    "fractions": [HalvesInFloats, HalvesAndRounds],
    "weights": [HiddenNumber],
    "config": [ForgetsItsArgument],
    "inference": [InfersOtherwise, InfersAndRemembers],
    "recorded": [UnseenSum, UnseenState],
    "threads": [SharedBetweenThreads],
}
ARGUMENTS = {ForgetsItsArgument: (2.0,)}


@pytest.mark.parametrize(("promise", "cls"), [(p, cls) for p, classes in PROMISES.items() for cls in classes])
@pytest.mark.parametrize("seed", range(2))
def test_a_broken_promise_is_told_by_name(promise, cls, seed):
    with pytest.raises(GradientError) as caught:
        check_layer(lambda: cls(*ARGUMENTS.get(cls, ())), (3,), rng=seed)
    assert promise in caught.value.failures
    assert cls.__name__ in str(caught.value)


def test_what_is_declared_is_no_fault():
    for cls in (DeclaredMeanOverRows, DeclaredNoisy):
        assert any("declared" in note for note in check_layer(cls, (3,)).notes)
    check_layer(MeanOverRows, (3,), couples_rows=True)
    check_layer(Noisy, (3,), differs_in_training=True)


def test_an_exception_of_the_layer_is_the_cause():
    with pytest.raises(GradientError, match=r"ZeroDivisionError was raised in Raises\.backward") as caught:
        check_layer(Raises, (4,))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_layer_that_cannot_be_built_is_told():
    class NoBuild(Layer):
        def build(self, input_shape):
            raise KeyError("units")

    with pytest.raises(GradientError, match="NoBuild cannot be built: KeyError"):
        check_layer(NoBuild, (4,))


def test_calls_that_make_no_sense_are_refused():
    with pytest.raises(ArgumentTypeError, match="layer class"):
        check_layer(3, (4,))
    with pytest.raises(ArgumentTypeError, match="should give a layer"):
        check_layer(lambda: 3, (4,))
    one = Dense(3)
    with pytest.raises(ArgumentError, match="same layer each time"):
        check_layer(lambda: one, (4,))
    with pytest.raises(ArgumentError, match="input_shape"):
        check_layer(lambda: Dense(3))


def test_the_shape_is_known_from_the_layer_or_the_rows():
    assert check_layer(lambda: Dense(3, input_dim=2)).method == "complex"
    assert check_layer(Affine, x=[[1.0, 2.0], [0.0, -1.0]]).method == "complex"


def test_single_precision_inside_proves_nothing():
    class Coarse(Layer):
        def forward(self, x, training=False):
            return np.tanh(x.real.astype(np.float32)).astype(x.real.dtype)

        def backward(self, dy):
            return dy

    with pytest.raises(GradientError, match=r"not provable at this precision|is wrong"):
        check_layer(Coarse, (4,))


class StraightThrough(Layer):
    """Rounds forwards, and lets the gradient pass."""

    surrogate_gradient = True

    def forward(self, x, training=False):
        return np.round(x.real) + 0 * x

    def backward(self, dy):
        return dy.copy()


def test_a_surrogate_is_reported_as_declared():
    report = check_layer(StraightThrough, (4,))
    assert "surrogate" in report.results["gradient"].note
    StraightThrough.surrogate_gradient = False
    try:
        with pytest.raises(GradientError):
            check_layer(StraightThrough, (4,))
    finally:
        StraightThrough.surrogate_gradient = True


class Detour(Composite):
    """y = x + inner(x), and what comes back through the detour is lost."""

    def __init__(self, inner, **kwargs):
        super().__init__([inner], **kwargs)
        self.inner = inner

    def build(self, input_shape):
        return self.build_layer(self.inner, input_shape)

    def forward(self, x, training=False):
        return x + self.inner.forward(x, training)

    def backward(self, dy):
        return self.inner.backward(dy)


def test_composites_are_layers():
    with pytest.raises(GradientError, match=r"x\["):
        check_layer(lambda: Detour(Dense(3)), (3,))


def test_a_large_layer_is_looked_at_in_random_directions_and_its_culprit_found():
    class Big(Affine):
        def build(self, input_shape):
            self.add_weight("kernel", (input_shape[-1], 60))
            self.add_weight("bias", (60,), "zeros")
            return (60,)

    class BigWrong(Big):
        def backward(self, dy):
            dx = super().backward(dy)
            self.gradient_of("kernel")[17, 31] *= 1 + 1e-7
            return dx

    assert check_layer(Big, (40,)).method == "complex"
    with pytest.raises(GradientError, match=r"kernel\[17, 31\]"):
        check_layer(BigWrong, (40,))


def test_the_message_is_one_screen_and_its_code_runs():
    with pytest.raises(GradientError) as caught:
        check_layer(MeanOverTheBatch, (4,), rng=3)
    message = str(caught.value)
    assert len(message.splitlines()) <= 40
    assert "bias" in message
    assert "2 is the number of rows" in message
    code = message.split("To see it again:")[1]
    lines = [line.strip() for line in code.splitlines()]
    names = {"MeanOverTheBatch": MeanOverTheBatch}
    exec("\n".join(lines), names)  # noqa: S102 - the code that a reader is told to run
    assert names["dx"].shape == names["x"].shape


def test_the_smallest_input_is_shown():
    with pytest.raises(GradientError) as caught:
        check_layer(ForgottenFactor, (4, 3), n=5)
    assert "x = np.array([[[" in str(caught.value)
    assert "(1, 1)" in str(caught.value)


def test_a_network_that_has_a_faulty_layer_names_it():
    net = Network(
        [InputLayer((3,)), Dense(4, activation="tanh"), TransposedGradient(name="faulty"), Dense(2)], rng=0
    )
    net.compile(loss="mse")
    with pytest.raises(GradientError, match=r"'faulty'.*kernel\["):
        check_gradients(net, np.ones((2, 3)), np.zeros((2, 2)))


# --- What is refused loudly, and what is no fault -----------------------------------------------------------


class FreesItsCache(Affine):
    """Lets go of what it remembered, so that a second backward is refused."""

    def backward(self, dy):
        dx = super().backward(dy)
        del self._x
        return dx


def test_a_second_backward_may_be_refused_but_not_answered_otherwise():
    assert "refused" in check_layer(FreesItsCache, (3,)).results["repeatable"].note


class MaskOnce(Layer):
    """Dropout that draws its mask at the first call and never again."""

    differs_in_training = True

    def forward(self, x, training=False):
        if training and getattr(self, "_mask", np.zeros(0)).shape != x.shape:
            self._mask = (self.rng.random(x.shape) < 0.5).astype(x.real.dtype)
        self._used = self._mask if training else np.ones_like(x)
        return x * self._used

    def backward(self, dy):
        return dy * self._used


def test_random_numbers_are_drawn_anew():
    with pytest.raises(GradientError, match="draw them anew") as caught:
        check_layer(MaskOnce, (3,))
    assert caught.value.check == "random numbers"


class AllOfTheLargest(Layer):
    """The maximum of a row; at a tie its gradient goes whole to each of the largest."""

    def build(self, input_shape):
        return (1,)

    def forward(self, x, training=False):
        y = x.max(axis=1, keepdims=True)
        self._mask = x == y
        return y

    def backward(self, dy):
        return dy * self._mask


def test_a_tie_is_noted_in_a_layer_of_ones_own():
    assert "tie" in check_layer(AllOfTheLargest, (3,)).results["kinks"].note


class SaturatedAttention(Layer):
    """Attention of three places, right; where softmax is saturated its gradient is all rounding."""

    def build(self, input_shape):
        for name in ("q", "k", "v"):
            self.add_weight(name, (input_shape[-1], 3))
        return (input_shape[0], 3)

    def forward(self, x, training=False):
        q, k, v = x @ self.q, x @ self.k, x @ self.v
        scores = q @ k.swapaxes(1, 2)
        e = np.exp(scores - scores.real.max(axis=-1, keepdims=True))
        a = e / e.sum(axis=-1, keepdims=True)
        self._kept = x, q, k, v, a
        return a @ v

    def backward(self, dy):
        x, q, k, v, a = self._kept
        da = dy @ v.swapaxes(1, 2)
        ds = a * (da - (da * a).sum(axis=-1, keepdims=True))
        grads = {"q": ds @ k, "k": ds.swapaxes(1, 2) @ q, "v": a.swapaxes(1, 2) @ dy}
        for name, d in grads.items():
            self.gradient_of(name)[...] = np.einsum("nti,ntj->ij", x, d)
        return sum(d @ getattr(self, name).T for name, d in grads.items())


@pytest.mark.parametrize("seed", range(20))
def test_rounding_is_not_taken_for_a_fault(seed):
    check_layer(SaturatedAttention, (3, 4), rng=seed)


def test_rows_that_make_no_sense_are_refused():
    for x, error in (
        (np.ones((2, 3)), ShapeError), (np.ones(4), ShapeError), (np.ones((0, 4)), ShapeError),
        (np.full((2, 4), np.nan), DataError),
    ):  # fmt: skip
        with pytest.raises(error, match="x"):
            check_layer(lambda: Dense(3), (4,), x=x)
    with pytest.raises(ArgumentTypeError, match="needs arguments"):
        check_layer(Dense, (4,))


def test_a_weight_that_is_not_there_is_told():
    class WrongName(Affine):
        def backward(self, dy):
            self.gradient_of("krenel")[...] = 0
            return dy

    with pytest.raises(GradientError, match="no trainable weight 'krenel'; there are: 'kernel', 'bias'"):
        check_layer(WrongName, (4,))
