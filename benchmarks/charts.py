"""The results as pictures: the time of a training step beside mlp's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS, OURS, version
from benchmarks.teams import find
from benchmarks.timing import ratio

#: The colours of Okabe and Ito, which the colour-blind tell apart; the names at the bars tell the same.
COLOURS = {
    "bare": "#999999", "torch": "#D55E00", "torch-compiled": "#E69F00", "jax": "#0072B2",
    "jax-device": "#8C564B", "jax-epoch": "#56B4E9", "sklearn": "#009E73", "keras-jax": "#CC79A7", "keras-tensorflow": "#000000",
}  # fmt: skip
COLUMNS, PANEL = 2, (6.0, 2.6)  # inches
TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)


def can_draw() -> bool:
    """Whether Matplotlib is installed."""
    return version("matplotlib") is not None


def draw(results: dict[str, Any], folder: Path) -> None:
    """Draw results.png and results.svg: a panel for each workload of training."""
    from matplotlib.figure import Figure  # only here: it need not be installed

    works = [work for work in results["training"].values() if find(work["rows"]) and len(work["rows"]) > 1]
    if not works:
        return
    panel_rows = -(-len(works) // COLUMNS)
    size = (PANEL[0] * COLUMNS, PANEL[1] * panel_rows + 0.6)
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(
        "Time of a training step beside mlp (bars to the left: faster than mlp, to the right: slower)"
    )
    panels = figure.subplots(panel_rows, COLUMNS, squeeze=False, sharex=True).ravel()
    limits = bounds(works)
    for axes, work in zip(panels, works, strict=False):
        draw_panel(axes, work, limits)
    for axes in panels[len(works) :]:
        axes.set_visible(False)
    for axes in panels[max(0, len(works) - COLUMNS) : len(works)]:
        axes.set_xlabel("time of a step / time of a step of mlp (logarithmic)")
        axes.tick_params(labelbottom=True)
    for kind in ("png", "svg"):
        figure.savefig(folder / f"results.{kind}", dpi=150)


def factors(work: dict[str, Any]) -> dict[str, float]:
    """Return how many times as long as mlp the others take."""
    ours = find(work["rows"])["rounds"]
    return {r["contender"]: ratio(r["rounds"], ours) for r in work["rows"] if r["contender"] != OURS}


def bounds(works: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the ends of the common axis, with room for a label at the right."""
    every = [factor for work in works for factor in factors(work).values()]
    return min(0.5, *every) / 1.3, max(2, *every) * 6


def draw_panel(axes: Any, work: dict[str, Any], limits: tuple[float, float]) -> None:
    """Draw the bars of one workload, from the line of mlp to the left or to the right."""
    bars = dict(reversed(factors(work).items()))
    titles = [CONTENDERS[name].title for name in bars]
    axes.set_xscale("log")
    axes.barh(titles, [f - 1 for f in bars.values()], left=1, color=[COLOURS[n] for n in bars], height=0.7)
    for i, (name, factor) in enumerate(bars.items()):
        text = f"{factor:.2g} x, {microseconds(find(work['rows'], name)['us'])}"
        place = {"textcoords": "offset points", "va": "center", "fontsize": 8}
        axes.annotate(text, (max(factor, 1), i), (4, 0), **place)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xlim(limits)
    axes.set_xticks([f for f in TICKS if limits[0] <= f <= limits[1]])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    ours = microseconds(find(work["rows"])["us"])
    axes.set_title(f"{work['title']}\nmlp: {ours} a step", fontsize=8, loc="left")
    axes.spines[["top", "right"]].set_visible(False)


def microseconds(us: float) -> str:
    """Write a time with its unit."""
    return f"{us:,.{1 if us < 10 else 0}f} µs"
