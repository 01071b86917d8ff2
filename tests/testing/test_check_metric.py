"""`check_metric` passes what is right, means or not, and names what is wrong, with a few rows that show it."""

import copy
import math

import numpy as np
import pytest
from tables import METRICS, over

from mlp import losses, metrics
from mlp.errors import ArgumentError, ArgumentTypeError, ShapeError
from mlp.metrics import Metric
from mlp.testing.metrics import METRIC_CHECKS, check_metric
from mlp.testing.report import GradientError

# --- What is right ------------------------------------------------------------------------------------------


def notes(report):
    """What a report notes but for the kinds of targets and a reference that there is none of."""
    return [note for note in report.notes if not note.startswith(("construction:", "reference: none"))]


def required(cls):
    """The arguments that a metric must be given."""
    return [p.name for p in cls._arguments().values() if p.default is p.empty]


def declared(metric):
    """What the report notes about how a metric looks at weights."""
    scaled = ["adds_up"] * metric.adds_up + ["not scale_free"] * (not metric.scale_free)
    return [f"weight scale: declared: {what}" for what in scaled]


@over(METRICS)
@pytest.mark.parametrize("seed", range(2))
def test_every_registered_metric_passes(row, seed):
    report = check_metric(row.make, rng=seed)
    assert list(report.results) == [check.name for check in METRIC_CHECKS]
    assert notes(report) == declared(row.make())


@over(METRICS)
def test_with_rows_and_a_reference_of_ones_own(row):
    t, y = row.draw(0, 5)
    report = check_metric(row.make, lambda t, y: row.result(t, y), y_true=t, y_pred=y)
    assert report.notes == declared(row.make())


@pytest.mark.parametrize("cls", [cls for cls in metrics.METRICS.classes.values() if not required(cls)])
def test_every_class_of_the_registry_passes(cls):
    assert check_metric(cls).subject == f"{cls.__name__}()"


@pytest.mark.parametrize("name", losses.LOSSES.known())
def test_the_name_of_a_loss_passes(name):
    assert notes(check_metric(lambda: metrics.get(name))) == []


def test_an_object_stands_for_copies_of_itself():
    metric = metrics.BinaryAccuracy(threshold=0.25)
    assert check_metric(metric).subject == "BinaryAccuracy(threshold=0.25)"
    assert metric.result() == 0.0


def test_a_function_of_ones_own():
    def largest(t, y):
        return np.abs(t - y).max(axis=-1)

    report = check_metric(lambda: metrics.get(largest), lambda t, y: np.abs(t - y).max(axis=-1).mean())
    assert [note.split(":")[0] for note in notes(report)] == ["pickle", "config"]
    report = check_metric(lambda: metrics.get(losses.mean_squared_error))
    assert notes(report) == []


class Sums(Metric):
    """Sums over rows: what most metrics come down to."""

    names = ()

    def __init__(self, name=None, dtype=None):
        super().__init__(name, dtype)
        self.reset_state()

    def rows(self, y_true, y_pred, sample_weight):
        t, y = np.asarray(y_true, float), np.asarray(y_pred, float)
        t, y = t.reshape(len(t), -1), y.reshape(len(y), -1)
        if t.shape != y.shape:
            raise ShapeError(f"{t.shape} and {y.shape}")
        w = np.ones(len(t)) if sample_weight is None else np.asarray(sample_weight, float)
        return t, y, np.repeat(w[:, None], t.shape[1], axis=1)

    def reset_state(self):
        self.sums = np.zeros(4)

    def update_state(self, y_true, y_pred, sample_weight=None):
        t, y, w = self.rows(y_true, y_pred, sample_weight)
        self.sums = np.add(self.sums, [w.sum(), (w * t).sum(), (w * t * t).sum(), (w * (t - y) ** 2).sum()])


class R2(Sums):
    """The share of the variance that is explained."""

    direction = "up"

    def result(self):
        n, t, tt, e = self.sums
        spread = tt - t * t / n if n else 0.0
        return float(1 - e / spread) if spread > 0 else 0.0


class Count(Sums):
    """How many numbers there were."""

    adds_up = True

    def result(self):
        return float(self.sums[0])


class RootMeanSquare(Sums):
    def result(self):
        return math.sqrt(self.sums[3] / self.sums[0]) if self.sums[0] else 0.0


class Lists(Sums):
    """All rows are kept, as for what is no sum."""

    def reset_state(self):
        self.kept = []

    def update_state(self, y_true, y_pred, sample_weight=None):
        rows = self.rows(y_true, y_pred, sample_weight)
        self.kept = [*self.kept, np.stack([a.ravel() for a in rows])]


class AreaUnderCurve(Lists):
    """The chance that a positive stands above a negative; ties count half."""

    direction = "up"

    def result(self):
        t, y, w = np.concatenate([np.zeros((3, 0)), *self.kept], axis=1)
        above = (y[:, None] > y) + 0.5 * (y[:, None] == y)
        pairs = np.where((t[:, None] > 0) & (t <= 0), w[:, None] * w, 0.0)
        return float((above * pairs).sum() / pairs.sum()) if pairs.sum() else 0.0


class LargestError(Lists):
    def result(self):
        t, y, w = np.concatenate([np.zeros((3, 0)), *self.kept], axis=1)
        return float(np.abs(t - y)[w > 0].max(initial=0.0))


class Median(Lists):
    """The least error that half of the weight does not exceed."""

    def result(self):
        t, y, w = np.concatenate([np.zeros((3, 0)), *self.kept], axis=1)
        if not w.sum():
            return 0.0
        error, w = np.abs(t - y), w[np.argsort(np.abs(t - y))]
        return float(np.sort(error)[np.argmax(np.cumsum(w) >= w.sum() / 2)])


class EachOutput(Sums):
    """Several numbers: the mean error of each output."""

    def reset_state(self):
        self.sums, self.weight = 0.0, 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        t, y, w = self.rows(y_true, y_pred, sample_weight)
        self.sums, self.weight = self.sums + (w * np.abs(t - y)).sum(axis=0), self.weight + w.sum(axis=0)

    def result(self):
        if not np.ndim(self.sums):
            return 0.0
        return np.divide(self.sums, self.weight, out=np.zeros(len(self.sums)), where=self.weight > 0)


RIGHT = [R2, Count, RootMeanSquare, AreaUnderCurve, LargestError, Median, EachOutput]


@pytest.mark.parametrize("cls", RIGHT)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_no_mean_passes_too(cls, seed):
    report = check_metric(cls, rng=seed)
    assert notes(report) == (["weight scale: declared: adds_up"] if cls is Count else [])


def test_calls_that_make_no_sense():
    with pytest.raises(ArgumentTypeError, match="reference must be a function"):
        check_metric(R2, "mse")
    with pytest.raises(ArgumentError, match="give both"):
        check_metric(R2, y_true=[1.0])
    for t, y in ([[1.0], [1.0, 2.0]], [[], []], [1.0, 2.0]):
        with pytest.raises(ArgumentError, match="same number of rows"):
            check_metric(R2, y_true=t, y_pred=y)
    with pytest.raises(ArgumentTypeError, match="metric"):
        check_metric(3)
    with pytest.raises(ArgumentTypeError, match="metric"):
        check_metric(lambda: 3)
    one = R2()
    with pytest.raises(ArgumentError, match="must make a new one"):
        check_metric(lambda: one)


def test_an_exception_is_the_cause():
    class Broken(Metric):
        def values(self, t, y):
            raise KeyError("top")

    with pytest.raises(GradientError, match=r"one-hot rows: KeyError: 'top'") as caught:
        check_metric(Broken)
    assert caught.value.check == "construction"
    with pytest.raises(GradientError, match=r"KeyError was raised in .*values, line") as caught:
        check_metric(Broken, y_true=[1.0], y_pred=[2.0])
    assert isinstance(caught.value.__cause__, KeyError)


class Hits(metrics.BinaryAccuracy):
    """Right but for what callbacks read."""

    direction = "down"


def test_a_direction_that_looks_wrong_is_noted():
    (note,) = notes(check_metric(Hits))
    assert note.startswith("direction: outputs that hit their targets give 0.")
    assert 'is it really direction = "down"' in note


# --- Planted mistakes ---------------------------------------------------------------------------------------


MISTAKES = []


def planted(*checks, says=None, reference=None):
    """Enter a class with a mistake, the checks that must name it, and words of the message."""

    def enter(cls):
        MISTAKES.append(pytest.param(cls, checks, says, reference, id=cls.__name__))
        return cls

    return enter


class Mean(Sums):
    """A right mean absolute error, to be spoiled."""

    def reset_state(self):
        self.total = self.weight = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        t, y, w = self.rows(y_true, y_pred, sample_weight)
        self.total += float((w * np.abs(t - y)).sum())
        self.weight += float(w.sum())

    def result(self):
        return self.total / self.weight if self.weight else 0.0


def test_what_is_spoiled_below_was_right():
    assert notes(check_metric(Mean, lambda t, y: np.abs(t - y).mean())) == []


@planted("batches", says="the mean of batch means")
class MeanOfBatchMeans(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        t, y, w = self.rows(y_true, y_pred, sample_weight)
        if w.sum():
            self.total += float((w * np.abs(t - y)).sum() / w.sum())
            self.weight += 1


@planted("batches")
class OnlyTheLastBatch(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.reset_state()
        super().update_state(y_true, y_pred, sample_weight)


@planted("batches")
class WholeNumbersInTheState(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, y_pred, sample_weight)
        self.total = int(self.total)


@planted("reference", says="the reference  0.5|the reference", reference=lambda t, y: np.abs(t - y).mean())
class WholeNumberDivision(Mean):
    def result(self):
        return float(self.total // self.weight) if self.weight else 0.0


@planted("batches", "weight scale")
class WeightsScaledInTheBatch(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        t, y, w = self.rows(y_true, y_pred, sample_weight)
        self.total += float((w / max(w.max(), 1e-9) * np.abs(t - y)).sum())
        self.weight += float(w.sum())


@planted("order")
class MovingAverage(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        t, y, w = self.rows(y_true, y_pred, sample_weight)
        for error, weight in zip(np.abs(t - y).ravel(), w.ravel(), strict=True):
            self.total += float((0.5 * (error - self.total)) * (weight > 0))
        self.weight = 1.0


@planted("repeated rows", "weight zero")
class IgnoresWeights(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, y_pred)


@planted("repeated rows", "weight scale", says="of weight 2 counts as two rows")
class DividesByTheNumberOfRows(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        before = self.weight
        super().update_state(y_true, y_pred, sample_weight)
        self.weight = before + np.size(y_pred)


@planted("weight zero")
class ZeroIsNoWeight(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        w = None if sample_weight is None else np.asarray(sample_weight, float)
        super().update_state(y_true, y_pred, w if w is None else np.where(w == 0, 1.0, w))


@planted("weights of one")
class OtherWithoutWeights(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, y_pred, sample_weight)
        if sample_weight is None:
            self.total += float(np.abs(np.subtract(y_true, np.reshape(y_pred, np.shape(y_true)))).sum())


@planted("weight scale", says="adds_up = True")
class UndeclaredSum(Mean):
    def result(self):
        return self.total


@planted("reset")
class ForgetsNothing(Mean):
    def __init__(self, name=None, dtype=None):
        super().__init__(name, dtype)
        self.total = self.weight = 0.0

    def reset_state(self):
        vars(self).setdefault("total", 0.0)
        vars(self).setdefault("weight", 0.0)


@planted("reset", says="after other rows and reset_state")
class ForgetsTheTotalOnly(Mean):
    def reset_state(self):
        self.total = 0.0
        self.weight = vars(self).get("weight", 0.0)


@planted("repeatable", says="asked between|the second time")
class ResultResets(Mean):
    def result(self):
        value = super().result()
        self.reset_state()
        return value


@planted("repeatable", says="asked between")
class ResultForgetsOnlyLater(Mean):
    def result(self):
        value = super().result()
        self.total, self.weight = value, float(self.weight > 0)
        return value


@planted("instances")
class StateInTheClass(Lists):
    everything: list = []  # noqa: RUF012 - the mistake

    def reset_state(self):
        self.everything.clear()

    def update_state(self, y_true, y_pred, sample_weight=None):
        t, y, w = self.rows(y_true, y_pred, sample_weight)
        self.everything += [(w * np.abs(t - y)).sum(), w.sum()]

    def result(self):
        weight = sum(self.everything[1::2])
        return float(sum(self.everything[::2]) / weight) if weight else 0.0


@planted("columns", says="a vector beside a column")
class BroadcastsToASquare(Mean):
    def rows(self, y_true, y_pred, sample_weight):
        t, y = np.asarray(y_true, float), np.asarray(y_pred, float)
        error = np.abs(t - y)
        w = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, float)
        return 0.0, error, np.broadcast_to(w.reshape(-1, *[1] * (error.ndim - 1)), error.shape)


@planted("arguments", says="made .* of it")
class WritesIntoOutputs(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        if isinstance(y_pred, np.ndarray) and y_pred.shape == np.shape(y_true):
            y_pred -= y_true
            y_true = 0 * y_pred
        super().update_state(y_true, y_pred, sample_weight)


@planted("arguments", says="sample_weight")
class WritesIntoWeights(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, y_pred, sample_weight)
        if isinstance(sample_weight, np.ndarray):
            sample_weight /= 2


@planted("python float", says=r"return float\(")
class NumPyFloat(Mean):
    def result(self):
        return np.float32(super().result())


@planted("python float", says="of type float64")
class NumPyDouble(Mean):
    def result(self):
        return np.float64(super().result())


@planted("python float", says="of type ndarray")
class SinglePrecisionOfEachOutput(EachOutput):
    def result(self):
        return np.asarray(super().result(), np.float32)


@planted("batches", says="all at once")
class ForgetsAnOutput(EachOutput):
    """Only the first of several numbers is right."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        first = np.ndim(self.sums) == 0
        super().update_state(y_true, y_pred, sample_weight)
        self.sums = self.sums * np.where(np.arange(len(self.sums)) > 0, first, 1)


@planted("no data", says="result before any data raises ZeroDivisionError")
class DividesByZero(Mean):
    def result(self):
        return self.total / self.weight


@planted("no data", says="result of rows of weight 0 only is nan")
class NoWeightAtAll(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, y_pred, sample_weight)
        self.seen = True

    def reset_state(self):
        super().reset_state()
        self.seen = False

    def result(self):
        return float(np.divide(self.total, self.weight)) if self.seen else 0.0


@planted("array likes", says="TypeError|AttributeError")
class WantsArrays(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.shape = y_pred.shape
        super().update_state(y_true, y_pred, sample_weight)


@planted("array likes", says="of targets of type uint8")
class WrapsAround(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        t = np.asarray(y_true)
        super().update_state(-t, -np.asarray(y_pred), sample_weight)


@planted("float32")
class HalfPrecision(Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        y = np.asarray(y_pred)
        super().update_state(y_true, y + 0.25 if y.dtype == np.float32 else y, sample_weight)


@planted("call", says="calling it")
class CallGivesTheBatch(Mean):
    def __call__(self, y_true, y_pred, sample_weight=None):
        self.update_state(y_true, y_pred, sample_weight)
        one = type(self)()
        one.update_state(y_true, y_pred, sample_weight)
        return one.result()


@planted("copy")
class ACopyStartsAnew(Mean):
    def __copy__(self):
        return type(self)()

    def __deepcopy__(self, memo):
        twin = type(self)()
        vars(twin).update(vars(self))
        return twin


@planted("deepcopy")
class DeepCopiesShareTheList(Mean):
    def reset_state(self):
        self.sums = [0.0, 0.0]

    def update_state(self, y_true, y_pred, sample_weight=None):
        t, y, w = self.rows(y_true, y_pred, sample_weight)
        self.sums[0] += float((w * np.abs(t - y)).sum())
        self.sums[1] += float(w.sum())

    def result(self):
        return self.sums[0] / self.sums[1] if self.sums[1] else 0.0

    def __deepcopy__(self, memo):
        return copy.copy(self)


@planted("pickle")
class PickleForgets(Mean):
    def __getstate__(self):
        return {**vars(self), "total": 0.0}

    def __deepcopy__(self, memo):
        twin = type(self)()
        vars(twin).update(vars(self))
        return twin

    def __copy__(self):
        return self.__deepcopy__({})


@planted("config", says="does not keep its argument 'power'")
class KeepsNoArgument(Mean):
    def __init__(self, power=1.0, name=None, dtype=None):
        super().__init__(name, dtype)


@planted("config", says="the configuration is")
class ForgetsAnArgument(Mean):
    def __init__(self, factor=2.0, name=None, dtype=None):
        super().__init__(name, dtype)
        self.factor = factor

    def get_config(self):
        return {**super().get_config(), "factor": 1.0}

    def result(self):
        return self.factor * super().result()

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@planted("reference", says="the reference", reference=lambda t, y: np.sqrt(np.square(t - y).mean()))
class NoRoot(Sums):
    def result(self):
        return float(self.sums[3] / self.sums[0]) if self.sums[0] else 0.0


@planted("direction", says='must be "up" or "down"')
class OtherDirection(Mean):
    direction = "max"


@pytest.mark.parametrize(("cls", "checks", "says", "reference"), MISTAKES)
def test_a_planted_mistake_is_named(cls, checks, says, reference):
    with pytest.raises(GradientError, match=says) as caught:
        check_metric(cls, reference)
    error = caught.value
    assert error.check == next(iter(error.failures))
    assert set(checks) <= set(error.failures)
    assert len(str(error).splitlines()) < 40, "more than a screen"


def test_a_counterexample_is_small_and_its_code_runs(capsys):
    with pytest.raises(GradientError) as caught:
        check_metric(
            MeanOfBatchMeans,
            y_true=[[0.0], [0.0], [0.0], [0.0], [0.0]],
            y_pred=[[0.0], [2.0], [0.0], [0.0], [0.0]],
        )
    text = str(caught.value)
    assert text.startswith(
        "MeanOfBatchMeans() fails 'batches': rows in batches, of any sizes, are rows at once"
    )
    code = text.split("To see it again:")[1]
    lines = "\n".join(line.removeprefix("  ") for line in code.splitlines())
    exec(lines, {"MeanOfBatchMeans": MeanOfBatchMeans})  # noqa: S102 - the message's own lines
    got, right = capsys.readouterr().out.split()
    assert got != right
    assert text.splitlines()[2:6] == [
        f"  in batches of 1 and 1, with the weights [1.0, 2.0]  {got}",
        f"  all at once                                         {right}",
        "  y_true = [[0.0], [0.0]]",
        "  y_pred = [[2.0], [0.0]]",
    ]
