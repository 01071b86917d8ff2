"""Microseconds of a step of many networks of mlp at once, beside those of one."""

from __future__ import annotations

from typing import Any

from benchmarks.contenders import CONTENDERS, OURS
from benchmarks.plan import Plan
from benchmarks.timing import Pace, ratio, spread, take_turns
from benchmarks.workers import Worker

#: Networks, and how many of them.
TOGETHER = (("2-5-1", 4), ("2-5-1", 16), ("2-5-1", 64), ("2-5-1", 256), ("4-20-10-1", 64))


def measure(plan: Plan) -> list[dict[str, Any]]:
    """Measure each number of networks that is wanted."""
    wanted = [(name, members) for name, members in TOGETHER if plan.wants(name)]
    return [one(name, members, plan) for name, members in wanted[: 1 if plan.quick else None]]


def one(name: str, members: int, plan: Plan) -> dict[str, Any]:
    """Train one and many in turns, in one process with one thread."""
    plan.say(f"{members} networks at once: {name}")
    with Worker(CONTENDERS[OURS], 1) as worker:
        worker.ask("open", work=name)
        pace = Pace(0, plan.pace.seconds, plan.pace.rounds)
        turns = take_turns({name: lambda: worker.ask("together", members=members)}, pace)[name]
    alone, together = zip(*turns, strict=True)
    return {
        "work": name, "members": members, "alone": spread(alone)[0], "together": spread(together)[0],
        "ratio": ratio(together, alone),
    }  # fmt: skip
