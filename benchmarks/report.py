"""The results as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.contenders import CALL, CONTENDERS, FLOOR, OURS, PREDICT, TRAIN
from benchmarks.teams import find
from benchmarks.timing import ratio
from benchmarks.workloads import ITERATIONS

Results = dict[str, Any]
NONE = "-"

#: What a prediction is called in the table.
CALLS = {
    (OURS, CALL): "`net(x)`",
    (OURS, PREDICT): "`net.predict(x)`",
    (FLOOR, CALL): "the expression itself",
    ("torch", CALL): "`model(x)` in `inference_mode`",
    ("torch-compiled", CALL): "`model(x)` in `inference_mode`",
    ("jax", CALL): "compiled call, NumPy out",
    ("onnxruntime", CALL): "`session.run`",
    ("sklearn", PREDICT): "`predict` or `predict_proba`",
}
METHOD = """\
Every contender runs in a process of its own and they take turns of about {piece:g} s within one run, so
what else the machine does reaches them all; a process that has not got the turn is stopped. Times are
medians with the middle half of all turns; ratios are medians of the ratios of turns in the same round, and
**above 1 mlp is the faster one**. All use float32 and Adam (0.001, epsilon 1e-7), shuffle each epoch and
report each epoch's loss. Each has the number of threads, of {threads}, that it is faster with. Before the
race, all train from the same weights and must lose the same as mlp (to 2 % of the first loss). mlp is used
through its public API alone: `compile`, `fit(verbose=0)`, `predict`, `net(x)`. The others get what suits
them best: their own arrays made beforehand, PyTorch its fused Adam. JAX comes in three ways: the usual loop
that calls the compiled step with each batch, a step that takes its batch from data that lie on the device, and
a whole epoch as one compiled call. The bare loop is a step written by hand in NumPy for the one network, `benchmarks/bare.py`."""


def write(results: Results, folder: Path) -> None:
    """Write results.md and results.json."""
    (folder / "results.md").write_text(markdown(results), encoding="utf-8")
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def markdown(results: Results) -> str:
    """Return the whole page."""
    parts = [
        head(results), targets(results), overview(results), training(results), prediction(results),
        minimization(results), together(results), imports(results), memory(results), growth(results),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


# Small parts.


def table(head: Iterable[str], rows: Iterable[Iterable[str]], left: int = 1) -> str:
    """Return a Markdown table, the first columns to the left and the others to the right."""
    head = list(head)
    rule = ["---"] * left + ["--:"] * (len(head) - left)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def figure(value: float | None) -> str:
    """Return a number with three digits that count."""
    if value is None:
        return NONE
    digits = max(0, 2 - len(f"{abs(value):.0f}")) + (abs(value) < 100)
    return f"{value:,.{digits + (abs(value) < 1)}f}"


def times(row: dict[str, Any], key: str = "us") -> list[str]:
    """Return the median and the middle half."""
    return [f"**{figure(row[key])}**", f"{figure(row['low'])} to {figure(row['high'])}"]


def title(name: str) -> str:
    """Return what a contender is called."""
    return CONTENDERS[name].title


def beside_ours(row: dict[str, Any], rows: list[dict[str, Any]], job: str) -> float | None:
    """Return how many times as long as mlp a contender takes."""
    ours = find(rows, OURS, job)
    return ratio(row["rounds"], ours["rounds"]) if ours else None


def remarks(*groups: dict[str, str]) -> str:
    """Return a line for each contender that failed or differs."""
    lines = {f"- {title(name)}: {text}" for group in groups for name, text in group.items()}
    return "\n".join(["", *sorted(lines)]) if lines else ""


# Sections.


def head(results: Results) -> str:
    """What was measured, where and when."""
    facts, plan = results["machine"], results["plan"]
    command = "`python -m benchmarks" + (" --quick" if plan["quick"] else "") + "`"
    warning = (
        "\n\n**A quick run: the figures show that it works, and nothing else.**" if plan["quick"] else ""
    )
    rows = [[row["title"], row["status"]] for row in results["contenders"].values()]
    where = f"Python {facts['python']}, NumPy {facts['numpy']}, {facts['processor']}, {facts['system']}"
    threads = " or ".join(map(str, plan["threads"]))
    method = METHOD.format(piece=plan["piece"], threads=threads)
    charts = "\n\n![Time of a training step beside mlp](results.png)" if results["charts"] else ""
    return (
        f"# Results of the benchmarks\n\nMade by {command} on {facts['date']}: {where}.{warning}\n\n"
        f"{method}{charts}\n\n" + table(["contender", "version"], rows, left=2)
    )


def targets(results: Results) -> str:
    """What should be reached, and what was."""
    words = {True: "met", False: "**not met**", None: "not measured"}
    rows = [
        [
            t["title"],
            t["bound"],
            figure(t["measured"]) + (t["unit"] if t["measured"] else ""),
            words[t["met"]],
        ]
        for t in results["targets"]
    ]
    return "## Targets\n\n" + table(["", "target", "measured", ""], rows)


def overview(results: Results) -> str:
    """One row for each workload, one column for each contender."""
    works = results["training"]
    if not works:
        return ""
    names = [n for n in CONTENDERS if any(find(work["rows"], n) for work in works.values())]
    rows = []
    for name, work in works.items():
        found = {row["contender"]: row for row in work["rows"]}
        others = [
            figure(beside_ours(found[n], work["rows"], TRAIN)) if n in found else NONE for n in names[1:]
        ]
        rows.append([name, figure(found[OURS]["us"]) if OURS in found else NONE, *others])
    return (
        "## A training step at a glance\n\nMicroseconds of mlp, and how many times as long others take.\n\n"
        + table(["", "mlp, µs", *(title(n) for n in names[1:])], rows)
    )


def training(results: Results) -> str:
    """One table for each workload."""
    parts = []
    columns = ["", "threads", "µs a step", "middle half", "/ mlp", "loss", "apart from mlp's", "peak, MB"]
    for name, work in results["training"].items():
        rows = [training_row(row, work["rows"]) for row in work["rows"]]
        what = f"{work['title']}; losses of the first and the last of {work['epochs']} epochs."
        parts.append(
            f"### {name}\n\n{what}\n\n{table(columns, rows)}\n{remarks(work['failures'], work['notes'])}"
        )
    return "## Training\n\n" + "\n\n".join(part.strip() for part in parts) if parts else ""


def training_row(row: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    """Return the cells of a contender."""
    apart = row["apart"] if row["contender"] != OURS else None
    return [
        title(row["contender"]), str(row["threads"]), *times(row), figure(beside_ours(row, rows, TRAIN)),
        f"{row['first_loss']:.4f} to {row['last_loss']:.4f}", NONE if apart is None else f"{apart:.0e}",
        figure(row["megabytes"]),
    ]  # fmt: skip


def prediction(results: Results) -> str:
    """One table for each kind of prediction."""
    parts = []
    for race in results["prediction"]:
        rows = [
            [
                title(row["contender"]), CALLS.get((row["contender"], row["job"]), "`predict`"),
                str(row["threads"]), *times(row), figure(beside_ours(row, race["rows"], CALL)),
            ]
            for row in race["rows"]
        ]  # fmt: skip
        columns = ["", "", "threads", "µs a call", "middle half", "/ `net(x)`"]
        notes = remarks(race["failures"], race["notes"])
        parts.append(f"### {race['title']}\n\n{table(columns, rows, left=2)}\n{notes}".strip())
    return "## Prediction\n\n" + "\n\n".join(parts) if parts else ""


def minimization(results: Results) -> str:
    """One table for each network."""
    parts = []
    columns = ["", "threads", "µs an iteration", "middle half", "iterations", "evaluations", "last loss"]
    for work in results["minimization"].values():
        rows = [
            [
                title(row["contender"]), str(row["threads"]), *times(row), str(row["iterations"]),
                str(row["evaluations"] or NONE), f"{row['loss']:.5f}",
            ]
            for row in work["rows"]
        ]  # fmt: skip
        text = f"{work['title']}\n\n{table(columns, rows)}\n{remarks(work['failures'])}"
        parts.append(text.strip())
    explained = (
        f"{ITERATIONS} iterations with all rows at once, from the same weights, in float64 by SciPy on both "
        "sides. mlp also records the loss after each iteration; scikit-learn does not tell its evaluations."
    )
    return f"## L-BFGS\n\n{explained}\n\n" + "\n\n".join(parts) if parts else ""


def together(results: Results) -> str:
    """One row for each number of networks."""
    if not results["together"]:
        return ""
    keys = ("alone", "together", "ratio", "each")
    rows = [
        [
            f"{r['members']} of {r['work']}",
            *(figure({**r, "each": r["together"] / r["members"]}[key]) for key in keys),
        ]
        for r in results["together"]
    ]
    words = "Microseconds a step of one network with `fit`, and of many at once with `Ensemble.fit`."
    columns = ["", "one", "all", "ratio", "each"]
    return f"## Many networks at once\n\n{words}\n\n" + table(columns, rows)


def imports(results: Results) -> str:
    """Milliseconds of an import."""
    if not results["imports"]:
        return ""
    rows = [[f"`import {row['module']}`", *times(row, "ms")] for row in results["imports"]]
    words = (
        "In fresh processes that take turns, each after `import numpy`, whose time is not counted but in its "
        "own row."
    )
    return f"## Import\n\n{words}\n\n" + table(["", "ms", "middle half"], rows)


def memory(results: Results) -> str:
    """Memory that Python and NumPy hold in mlp's ``fit``."""
    traced = {name: work["traced"] for name, work in results["training"].items() if work["traced"]}
    if not traced:
        return ""
    columns = next(iter(traced.values()))
    rows = [[name, *(f"{kb:,.1f}" for kb in figures.values())] for name, figures in traced.items()]
    words = (
        "kB that Python and NumPy hold while `fit` of mlp runs, by `tracemalloc`. The peaks of the "
        "processes are in the tables of training: how far the process went above what library and "
        "data had taken, compilation included."
    )
    return f"## Memory\n\n{words}\n\n" + table(["kB", *columns], rows)


def growth(results: Results) -> str:
    """One table for each series."""
    parts = [f"### {axis}\n\n{series_table(axis, series)}" for axis, series in results["growth"].items()]
    words = (
        "Microseconds a step of 32-64-64-1, relu, mean squared error, batch 64, as one size grows (depth: "
        "layers of 32). The slope is that of a plot with logarithmic axes at the large end; a step cannot "
        "grow more slowly than its arithmetic for long."
    )
    return f"## Growth\n\n{words}\n\n" + "\n\n".join(parts) if parts else ""


def series_table(axis: str, series: dict[str, Any]) -> str:
    """Return the table of a series, the slopes in its last row."""
    names = list(series["rows"][-1]["us"])
    rows = [
        [f"{row['size']:,}", f"{row['flops'] / 1e6:,.3f}", *(figure(row["us"].get(name)) for name in names)]
        for row in series["rows"]
    ]
    slopes = series["slopes"]
    rows.append(["slope", figure(slopes["flops"]), *(figure(slopes[name]) for name in names)])
    return table([axis, "million operations", *(title(name) for name in names)], rows)


def lines(results: Results) -> Iterator[str]:
    """Return what the terminal shows at the end: the targets."""
    for t in results["targets"]:
        if t["met"] is not None:
            word = "met    " if t["met"] else "NOT MET"
            yield f"{word}  {t['title']}: {figure(t['measured'])}{t['unit']} ({t['bound']})"
