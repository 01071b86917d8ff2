"""How fast mlp is beside its peers: ``python -m benchmarks`` writes tables and charts."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import charts, machine, report, targets
from benchmarks.contenders import CONTENDERS, OURS
from benchmarks.measurements import growth, imports, minimization, prediction, together, training
from benchmarks.plan import Plan
from benchmarks.timing import Pace
from benchmarks.workloads import GROWTH, MINIMIZATION, TRAINING

IMPORT = "import"
QUICK = Pace(piece=0.02, seconds=0.1, rounds=2)
NAMES = (*TRAINING, *MINIMIZATION, IMPORT, *GROWTH)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line; a mistyped name is answered with the names there are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    peers = [name for name in CONTENDERS if name != OURS]
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it works")
    parser.add_argument("--seconds", type=float, default=Pace.seconds, help="for each contender and workload")
    parser.add_argument("--only", action="append", metavar="WORKLOAD", default=[], help=", ".join(NAMES))
    parser.add_argument("--peer", action="append", metavar="NAME", default=[], help=", ".join(peers))
    parser.add_argument("--output", type=Path, metavar="FOLDER", default=Path(__file__).parent)
    options = parser.parse_args(arguments)
    for option, given, known in (("--only", options.only, NAMES), ("--peer", options.peer, peers)):
        for name in given:
            if name not in known:
                sys.exit(f"{option}: there is no {name!r}; choose from {', '.join(known)}")
    if not options.seconds > 0:
        sys.exit(f"--seconds must be positive, got {options.seconds:g}")
    return options


class Diary:
    """Prints what is going on, and how many seconds into the run."""

    def __init__(self) -> None:
        self.start = time.perf_counter()

    def __call__(self, text: str) -> None:
        """Print."""
        print(f"{time.perf_counter() - self.start:5.0f} s  {text}", flush=True)


def plan_for(options: argparse.Namespace) -> Plan:
    """Return the plan for the contenders that are installed."""
    wanted = [name for name in CONTENDERS if name == OURS or not options.peer or name in options.peer]
    pace = QUICK if options.quick else Pace(seconds=options.seconds)
    installed = tuple(name for name in wanted if name == OURS or not CONTENDERS[name].missing())
    say = Diary()
    for name in wanted:
        if name not in installed:
            say(f"{CONTENDERS[name].title}: {status(name)}")
    return Plan(installed, frozenset(options.only), pace, options.quick, say)


def status(name: str) -> str:
    """Return the versions of a contender, or what is missing."""
    missing = CONTENDERS[name].missing()
    return f"not installed: {', '.join(missing)}" if missing else CONTENDERS[name].versions()


def measure(plan: Plan) -> dict[str, Any]:
    """Measure everything that is wanted."""
    return {
        "machine": machine.describe(),
        "plan": {
            "quick": plan.quick, "piece": plan.pace.piece, "seconds": plan.pace.seconds,
            "threads": plan.threads,
        },
        "contenders": {
            name: {"title": row.title, "status": status(name)} for name, row in CONTENDERS.items()
        },
        "training": training.measure(plan),
        "prediction": prediction.measure(plan),
        "minimization": minimization.measure(plan),
        "together": together.measure(plan),
        "imports": imports.measure(plan) if plan.wants(IMPORT) else [],
        "growth": growth.measure(plan),
    }  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Measure, judge, write and draw."""
    options = parse(arguments)
    plan = plan_for(options)
    options.output.mkdir(parents=True, exist_ok=True)
    results = measure(plan)
    results["targets"] = targets.judge(results)
    results["charts"] = charts.can_draw()
    report.write(results, options.output)
    if results["charts"]:
        charts.draw(results, options.output)
    else:
        plan.say("no charts: matplotlib is not installed")
    print(*report.lines(results), f"written to {options.output}", sep="\n")


if __name__ == "__main__":
    main()
