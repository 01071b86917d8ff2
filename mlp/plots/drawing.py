"""What all pictures share: axes to draw on, colours that everybody can tell apart, and where a legend goes.

Colours are mixed from two that the axes have already, the *paper* behind a picture and the *ink* of its labels, so that
a picture fits the style that it is drawn in, light or dark, and no setting of Matplotlib is changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.extras import needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "MARKERS", "ON_DARK", "ON_LIGHT", "blended", "colourbar", "colours", "contrast", "diverging", "few_ticks", "ink", "legend",
    "legend_beside", "luminance", "new_axes", "paper", "pixels", "require_axes", "row_of_axes", "sequential", "span", "texts", "whole_numbers",
]  # fmt: skip

#: Told apart by colour-blind readers too (Okabe and Ito 2008, "Color universal design"): those first that stand out on white,
#: and those that stand out on black.
ON_LIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
ON_DARK = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00", "#0072B2")

#: A paper below this luminance is dark: white stands out on it more than black does.
DARK = 0.179

#: What goes with each colour, so that no picture hangs on colours alone.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "p", "h")

#: Ticks are at multiples of these times a power of ten.
ROUND = [1, 2, 5, 10]

#: How much of a class's colour is in the region where it is certain: points of the full colour show on it.
DEPTH = 0.55


def require_axes(ax: Any, what: str, count: int | None = None) -> None:
    """Refuse to go on without Matplotlib, or with an ``ax`` that is none; with ``count``, an array of so many.

    Raises
    ------
    MissingExtraError, ArgumentTypeError, ArgumentError
        If so.
    """
    axes = needed("matplotlib.axes", "plot", f"mlp.plots.{what}")
    if ax is None:
        return
    if count is None:
        if not isinstance(ax, axes.Axes):
            raise ArgumentTypeError(
                f"ax must be Matplotlib's Axes, as of fig, ax = plt.subplots(), got {ax!r:.80}"
            )
        _require_plane([ax])
        return
    given = np.asarray(ax, dtype=object).ravel()
    if not all(isinstance(one, axes.Axes) for one in given):
        raise ArgumentTypeError(
            f"ax must be an array of Axes, as of fig, ax = plt.subplots(1, {count}), got {ax!r:.80}"
        )
    if given.size != count:
        raise ArgumentError(
            f"ax must be {count} Axes, one for each panel, as of plt.subplots(1, {count}); got {given.size}"
        )
    _require_plane(given)


def _require_plane(axes: Iterable[Axes]) -> None:
    for ax in axes:
        if ax.name != "rectilinear":
            raise ArgumentError(
                f"ax must have straight axes, as of fig, ax = plt.subplots(), got the projection {ax.name!r}"
            )


def new_axes(ax: Axes | None, width: float = 6.4, height: float = 4.8, layout: str = "constrained") -> Axes:
    """``ax``, or that of a new figure of so many inches, which a notebook shows."""
    return ax if ax is not None else row_of_axes(None, 1, width, height, layout)[0]


def row_of_axes(
    ax: Any, count: int, width: float = 6.4, height: float = 4.8, layout: str = "constrained"
) -> Any:
    """The given axes as an array of shape (count,), or those of a new figure, side by side."""
    if ax is not None:
        return np.asarray(ax, dtype=object).ravel()
    plt = needed("matplotlib.pyplot", "plot", "mlp.plots")
    _, axes = plt.subplots(1, count, squeeze=False, layout=layout, figsize=(width * count, height))
    return axes[0]


def ink(ax: Axes) -> Array:
    """The colour of the labels."""
    return _rgb(ax.xaxis.label.get_color())


def paper(ax: Axes) -> Array:
    """The colour behind the picture."""
    from matplotlib.colors import to_rgba

    figure = ax.get_figure()
    behind = [ax.get_facecolor(), "none" if figure is None else figure.get_facecolor()]
    opaque = [colour for colour in behind if to_rgba(colour)[3] > 0]
    return _rgb(opaque[0] if opaque else "white")


def _rgb(colour: Any) -> Array:
    from matplotlib.colors import to_rgb

    return np.array(to_rgb(colour))


def blended(background: Array, colour: Any, share: float) -> Array:
    """``share`` of a colour on a background."""
    mixed: Array = (1 - share) * background + share * _rgb(colour)
    return mixed


def luminance(colour: Any) -> float:
    """How bright a colour is, 0 to 1 (WCAG 2.2, "relative luminance")."""
    value = _rgb(colour)
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: Any, other: Any) -> float:
    """How well one colour stands out on another, 1 to 21 (WCAG 2.2, "contrast ratio"); text wants 4.5."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours(ax: Axes, count: int) -> list[Any]:
    """So many colours: those of the palette for the paper, and beyond them steps of a scale."""
    palette = ON_DARK if luminance(paper(ax)) < DARK else ON_LIGHT
    if count <= len(palette):
        return list(palette[:count])
    import matplotlib as mpl

    return list(mpl.colormaps["viridis"](np.linspace(0, 1, count)))


def diverging(ax: Axes, depth: float = 1.0) -> Any:
    """From blue over the paper to vermillion or orange, for what lies on two sides of something."""
    from matplotlib.colors import LinearSegmentedColormap

    behind = paper(ax)
    below, above = (blended(behind, colour, depth) for colour in colours(ax, 2))
    ends: list[Any] = [below, behind, above]
    return LinearSegmentedColormap.from_list("diverging", ends)


def sequential(ax: Axes) -> Any:
    """From the paper to a dark blue, for amounts: nearly all of its upper half bears white text."""
    from matplotlib.colors import LinearSegmentedColormap

    ends: list[Any] = [paper(ax), blended(np.zeros(3), ON_LIGHT[0], 0.75)]
    return LinearSegmentedColormap.from_list("sequential", ends)


def legend(ax: Axes, handles: list[Any] | None = None) -> None:
    """A legend where it covers least."""
    ax.legend(handles=handles or ax.get_legend_handles_labels()[0], loc="best")


def legend_beside(ax: Axes, handles: list[Any], bar: Any = None) -> None:
    """A legend beside a picture that fills its axes, above the colourbar where there is one."""
    style: dict[str, Any] = {"handles": handles, "frameon": False, "borderaxespad": 0.0}
    if bar is None:
        ax.legend(loc="upper left", bbox_to_anchor=(1.03, 1.0), **style)
    else:
        bar.ax.legend(loc="lower left", bbox_to_anchor=(-0.3, 1.06), **style)


def colourbar(ax: Axes, picture: Any, label: str, shrink: float = 1.0) -> Any:
    """The scale of a picture, beside it; a shrunken one stands on the floor, below a legend."""
    return ax.figure.colorbar(picture, ax=ax, label=label, shrink=shrink, anchor=(0.0, 0.0))


def whole_numbers(axis: Any) -> None:
    """Ticks at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", integer=True, steps=ROUND))


def few_ticks(axis: Any) -> None:
    """So few ticks that their labels have room where the limits are not round numbers."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(6, steps=ROUND))


def pixels(low: float, high: float, count: int) -> Array:
    """The middles of ``count`` pixels between two limits."""
    return low + (np.arange(count) + 0.5) * ((high - low) / count)


def span(name: str, value: Any) -> tuple[float, float]:
    """``value`` as a lower and an upper limit.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is no pair of finite numbers, the first below the second.
    """
    if isinstance(value, str) or not isinstance(value, Sequence | np.ndarray) or len(value) != 2:
        raise ArgumentTypeError(f"{name} must be a pair (low, high), got {value!r}")
    low, high = (checks.real(f"{name}[{i}]", number) for i, number in enumerate(value))
    if not low < high:
        raise ArgumentError(f"{name} must be (low, high) with low below high, got ({low:g}, {high:g})")
    return low, high


def texts(name: str, value: Any, count: int | None = None) -> list[str]:
    """``value`` as a list of texts, ``count`` of them where that is given.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is none.
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ArgumentTypeError(f"{name} must be a list of texts, got {value!r}")
    found = [str(one) for one in value]
    if count is not None and len(found) != count:
        raise ArgumentError(f"{name} must have {count} entries, got {len(found)}: {', '.join(found)}")
    return found
