"""Microseconds a step with ``fit``, the losses, and the memory."""

from __future__ import annotations

from typing import Any

from benchmarks.contenders import CONTENDERS, OURS, TRAIN
from benchmarks.plan import Plan
from benchmarks.teams import Team
from benchmarks.workloads import MAIN, TRAINING, Workload

#: Difference of the losses from mlp's, as a share of the first loss. Where a gradient is nothing but rounding
#: error, Adam makes a whole step of it all the same, so that wide networks soon differ in the third digit.
TOLERANCE = 0.02
FALL = 0.99  # of the first loss, at most, is the last


def measure(plan: Plan) -> dict[str, Any]:
    """Measure every workload of training."""
    return {work.name: one(work, plan) for work in TRAINING.values() if plan.wants(work.name)}


def one(work: Workload, plan: Plan) -> dict[str, Any]:
    """Measure one workload, with processes of its own."""
    plan.say(f"training: {work}")
    names = [name for name in plan.contenders if TRAIN in CONTENDERS[name].jobs]
    with Team(names, plan.threads) as team:
        team.open(work.name)
        losses = check(team)
        rows = team.race([TRAIN], plan.pace)
        memory = {(w.contender.name, w.threads): mb for w, mb in team.everyone("memory").items()}
        traced = traced_memory(team, work)
    for row in rows:
        row.update(losses.get(row["contender"], {}), megabytes=memory.get((row["contender"], row["threads"])))
    return {
        "title": str(work), "flops": work.flops, "epochs": work.checked_epochs, "rows": rows,
        "failures": team.failures, "notes": team.notes, "traced": traced,
    }  # fmt: skip


def check(team: Team) -> dict[str, dict[str, Any]]:
    """Have everyone train from the same start; who does not train like mlp is let go."""
    answers = team.everyone("losses")
    losses = {worker.contender.name: values for worker, values in answers.items()}
    found = {}
    for worker, values in answers.items():
        name = worker.contender.name
        comparable = team.comparable[name]
        apart = difference(values, losses.get(OURS, values)) if comparable else None
        if not values[-1] < FALL * values[0]:
            team.drop(worker, f"its loss does not fall: {values[0]:.4g} to {values[-1]:.4g}")
        elif apart is not None and not apart < TOLERANCE:
            team.drop(worker, f"it does not train like mlp: the losses are apart by {apart:.1e}")
        else:
            found[name] = {"first_loss": values[0], "last_loss": values[-1], "apart": apart}
    return found


def difference(values: list[float], others: list[float]) -> float:
    """Return the largest difference of the losses of an epoch, as a share of the first loss."""
    return max(abs(a - b) for a, b in zip(values, others, strict=True)) / abs(others[0])


def traced_memory(team: Team, work: Workload) -> dict[str, float] | None:
    """Return what mlp holds during ``fit``, for the main networks."""
    ours = [worker for worker in team.workers if worker.contender.name == OURS]
    return ours[0].ask("traced") if ours and work.name in MAIN else None
