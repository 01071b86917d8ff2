"""A picture in the axes of Matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlp.extras import needed
from mlp.plots.diagram.marks import COLOURS, Box, Disc, Label, Mark, Picture

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["painted"]

POINTS_PER_INCH = 72

#: The part of an inch that stands for a unit of the picture, where it has a figure to itself.
SCALE = 1.25 / POINTS_PER_INCH


def painted(picture: Picture, ax: Axes | None = None) -> Axes:
    """The axes with the picture; a new figure of its size unless ``ax`` is given.

    Raises
    ------
    MissingExtraError
        If Matplotlib is not installed.
    """
    pyplot = needed("matplotlib.pyplot", "plot", "drawing")
    if ax is None:
        figure = pyplot.figure(figsize=(picture.width * SCALE, picture.height * SCALE))
        ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_aspect("equal")
    ax.set_xlim(0, picture.width)
    ax.set_ylim(picture.height, 0)
    place = ax.get_window_extent()
    scale = min(place.width / picture.width, place.height / picture.height) * POINTS_PER_INCH / ax.figure.dpi
    for mark in picture.marks:
        artist = _artist(mark, scale, pyplot.rcParams["text.color"])
        artist.set_gid(mark.kind)
        ax.add_artist(artist)
    return ax


def _artist(mark: Mark, scale: float, ink: Any) -> Artist:
    """What Matplotlib draws for a mark; ``scale`` is the size of a unit in points."""
    from matplotlib.patches import Circle, FancyBboxPatch, PathPatch
    from matplotlib.path import Path
    from matplotlib.text import Text

    def colour(name: str, opacity: float) -> tuple[Any, float]:
        return COLOURS[name] or ink, opacity

    if isinstance(mark, Label):
        side = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
        return Text(
            mark.x, mark.y, mark.text, color=ink, alpha=mark.opacity, fontsize=mark.size * scale, parse_math=False,
            ha=side, va="center_baseline", fontweight="bold" if mark.bold else "normal",
        )  # fmt: skip
    if isinstance(mark, Disc):
        return Circle(
            (mark.x, mark.y), mark.radius, linewidth=mark.width * scale,
            facecolor=colour(mark.fill, mark.tint), edgecolor=colour(mark.colour, mark.opacity),
        )  # fmt: skip
    if isinstance(mark, Box):
        return FancyBboxPatch(
            (mark.x, mark.y), mark.width, mark.height, f"round,pad=0,rounding_size={mark.corner}", linewidth=scale,
            linestyle=(0, (4, 3)) if mark.dashed else "solid",
            facecolor=colour("ink", mark.tint), edgecolor=colour("ink", mark.opacity),
        )  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4 if mark.curved else Path.LINETO] * (len(mark.points) - 1)]
    return PathPatch(
        Path(mark.points, codes), facecolor="none", edgecolor=colour(mark.colour, mark.opacity),
        linewidth=mark.width * scale, capstyle="butt", joinstyle="round",
    )  # fmt: skip
