"""The benchmark program: what it writes, and the arithmetic of its tables."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
if not (ROOT / "benchmarks").is_dir():
    pytest.skip("the benchmarks are only in a checkout", allow_module_level=True)
sys.path.append(str(ROOT))

from benchmarks import charts, targets, timing
from benchmarks.__main__ import main
from benchmarks.contenders import CONTENDERS
from benchmarks.teams import Entry, Team, better, row
from benchmarks.workloads import TRAINING, WORKLOADS


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder of a quick run with one workload and one peer."""
    folder = tmp_path_factory.mktemp("results")
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "2-5-1", "--peer", "bare"]
    subprocess.run([*command, "--output", str(folder)], cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture
def results(written):
    return json.loads((written / "results.json").read_text(encoding="utf-8"))


def test_the_page_has_the_tables(written):
    page = (written / "results.md").read_text(encoding="utf-8")
    for part in ("# Results", "## Targets", "### 2-5-1", "| bare NumPy | 1 | **", "Python 3.", "quick run"):
        assert part in page
    assert "not measured" in page  # the targets of other workloads


def test_times_are_positive_and_the_losses_agree(results):
    rows = results["training"]["2-5-1"]["rows"]
    assert [r["contender"] for r in rows] == ["mlp", "bare"]
    for r in rows:
        assert 0 < r["low"] <= r["us"] <= r["high"]
        assert len(r["rounds"]) >= 2
        assert r["last_loss"] < r["first_loss"]
        assert r["apart"] < 1e-5


def test_one_row_is_predicted_in_every_way(results):
    race = results["prediction"][0]
    ways = [(r["contender"], r["job"]) for r in race["rows"]]
    assert ways == [("mlp", "call"), ("bare", "call"), ("mlp", "predict")]


def test_every_contender_is_listed(results):
    assert set(results["contenders"]) == set(CONTENDERS)
    for name, listed in results["contenders"].items():
        assert ("not installed" in listed["status"]) == bool(CONTENDERS[name].missing())


@pytest.mark.skipif(not charts.can_draw(), reason="Matplotlib is not installed")
def test_charts_are_drawn(written):
    assert (written / "results.png").stat().st_size > 10_000
    assert "<svg" in (written / "results.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(("option", "known"), [("--only", "784-50-100-10"), ("--peer", "torch")])
def test_a_mistyped_name_is_answered_with_the_choices(option, known):
    with pytest.raises(SystemExit) as error:
        main([option, "tprch"])
    message = str(error.value)
    assert message.startswith(f"{option}: there is no 'tprch'; choose from ")
    assert known in message
    assert "\n" not in message


@pytest.mark.parametrize(("quick", "met"), [(18.0, True), (30.0, False)])
def test_targets_are_judged_by_the_ratio_of_neighbours(quick, met):
    times = {"mlp": [quick, 2 * quick, 1.0], "bare": [15.0, 30.0, 9.0]}
    rows = [row(Entry(name, "train", 1), rounds) for name, rounds in times.items()]
    judged = {t["title"]: t for t in targets.judge({"training": {"2-5-1": {"rows": rows}}})}
    target = judged.pop("2-5-1: mlp / bare loop, a step")
    assert target["bound"] == "≤ 1.25"
    assert target["measured"] == pytest.approx(quick / 15)
    assert target["met"] is met
    assert all(other["met"] is None for other in judged.values())


def test_a_disturbance_of_one_round_leaves_the_ratio_alone():
    assert timing.ratio([2.0, 200.0, 2.0], [1.0, 100.0, 1.0]) == 2
    assert timing.ratio([2.0, 200.0, 2.0], [1.0, 1.0, 1.0]) == 2


def test_the_spread_is_the_middle_half():
    assert timing.spread([5, 1, 2, 4, 3]) == (3, 2, 4)


def test_the_slope_is_that_of_the_large_end():
    assert timing.slope([1, 10, 100], [7, 7, 700]) == pytest.approx(2)


def test_turns_rotate_and_everyone_gets_as_many():
    order = []

    def piece(name):
        order.append(name)
        return float(len(order))

    pieces = {name: lambda name=name: piece(name) for name in "abc"}
    taken = timing.take_turns(pieces, timing.Pace(seconds=0, rounds=3))
    assert "".join(order) == "abcbcacab"
    assert taken == {"a": [1, 6, 8], "b": [2, 4, 9], "c": [3, 5, 7]}


def test_the_better_number_of_threads_is_kept():
    trials = {Entry("mlp", "train", 1): [2.0, 2.0, 9.0], Entry("mlp", "train", 2): [3.0, 3.0, 3.0]}
    assert better(trials) == [Entry("mlp", "train", 1)]


def test_a_contender_that_fails_is_named_with_the_reason_and_the_others_go_on():
    with Team(["mlp", "onnxruntime" if CONTENDERS["onnxruntime"].missing() else "bare"], [1]) as team:
        team.open("2-5-1")
        peer = team.workers[-1]
        if len(team.workers) == 2:
            team.everyone("no such thing", [peer])
        assert [worker.contender.name for worker in team.workers] == ["mlp"]
        (reason,) = team.failures.values()
        assert "Error" in reason
        assert "\n" not in reason
        assert team.race(["train"], timing.Pace(0.01, 0, 2))


@pytest.mark.parametrize("name", [*(n for n in TRAINING if n != "wide"), "width-32", "depth-4"])
def test_the_bare_loop_trains_like_mlp(name):
    work = WORKLOADS[name]
    x, y = work.arrays()
    losses = []
    for contender in ("mlp", "bare"):
        network = CONTENDERS[contender].load()(work, work.weights())
        network.load(x, y)
        losses.append(network.fit(2, shuffle=False))
    np.testing.assert_allclose(*losses, rtol=1e-4)
    assert losses[0][1] < losses[0][0]
