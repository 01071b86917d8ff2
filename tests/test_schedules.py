"""Learning rates step by step, against exact fractions and other forms of the cosine."""

import json
import math

import pytest
from tables import SCHEDULES, over

from mlp import optimizers, schedules


@over(SCHEDULES)
def test_every_step(row):
    schedule = row.make()
    for step in row.steps:
        assert schedule(step) == pytest.approx(float(row.truth(step)), rel=1e-12, abs=1e-16), step


@over(SCHEDULES)
def test_rates_are_floats_an_optimizer_takes(row):
    schedule = row.make()
    optimizer = optimizers.SGD(schedule)
    for step in (*row.steps, 10**6):
        assert type(schedule(step)) is float
        assert math.isfinite(schedule(step))
        optimizer.iterations = step
        assert optimizer.current_rate() == schedule(step) >= 0


@over(SCHEDULES)
def test_an_optimizer_with_it_travels(row):
    described = json.loads(json.dumps(optimizers.Adam(row.make()).get_config()))
    twin = optimizers.Adam.from_config(described)
    assert type(twin.learning_rate) is type(row.make())
    assert [twin.learning_rate(step) for step in row.steps] == [row.make()(step) for step in row.steps]


@pytest.mark.parametrize(
    "make",
    [
        lambda: schedules.ExponentialDecay(-0.1, 10, 0.5),
        lambda: schedules.ExponentialDecay(0.1, 0, 0.5),
        lambda: schedules.ExponentialDecay(0.1, 10, math.nan),
        lambda: schedules.InverseTimeDecay(0.1, 10, -1),
        lambda: schedules.PiecewiseConstantDecay([10], [0.1]),
        lambda: schedules.PiecewiseConstantDecay([20, 10], [0.1, 0.2, 0.3]),
        lambda: schedules.PiecewiseConstantDecay([10], [0.1, -0.1]),
        lambda: schedules.PolynomialDecay(0.1, -5),
        lambda: schedules.CosineDecay(0.1, 10, alpha=-0.5),
        lambda: schedules.CosineDecay(0.1, 10, warmup_target=0.1, warmup_steps=-1),
        lambda: schedules.CosineDecayRestarts(0.1, 10, t_mul=0.5),
        lambda: schedules.WarmUp(0.0, 5),
        lambda: schedules.WarmUp(0.1, 0),
        lambda: schedules.WarmUp(0.1, 5, -0.1),
        lambda: schedules.WarmUp("cosine", 5),
        lambda: schedules.get("cosine"),
        lambda: schedules.get({"class_name": "Cosine", "config": {}}),
    ],
)
def test_wrong_arguments_are_refused(make):
    with pytest.raises((TypeError, ValueError), match=r"must|schedule"):
        make()


def test_a_warm_up_may_be_followed_by_a_function_of_the_step():
    schedule = schedules.WarmUp(lambda step: 1.0 / (step + 1), 4)
    assert [schedule(step) for step in range(7)] == [0.0, 0.25, 0.5, 0.75, 1.0, 0.5, 1 / 3]


def test_a_warm_up_before_a_cosine_is_that_of_the_cosine():
    own = schedules.CosineDecay(0.01, 20, 0.1, warmup_target=0.2, warmup_steps=5)
    ours = schedules.WarmUp(schedules.CosineDecay(0.2, 20, 0.1), 5, 0.01)
    assert [ours(step) for step in range(40)] == pytest.approx([own(step) for step in range(40)], rel=1e-15)


@over(SCHEDULES)
def test_names_are_those_of_keras(row):
    own = {"PiecewiseConstantDecay": "PiecewiseConstant", "CosineDecayRestarts": "SGDRDecay", "WarmUp": None}
    schedule = row.make()
    kind = type(schedule).__name__
    assert schedule.get_config().get("name") == own.get(kind, kind)
