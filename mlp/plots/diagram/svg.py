"""A picture as SVG: text that stands by itself, or in a page, whose colour of text it then takes."""

from __future__ import annotations

from collections.abc import Iterable

from mlp.markup import escaped
from mlp.plots.diagram.marks import COLOURS, Box, Disc, Label, Mark, Picture, Stroke

__all__ = ["SVG", "svg"]

#: Alone, as a file or an image, it has no page to take its ink from: dark, or light where the reader's screen is dark.
STYLE = (
    "svg.mlp:root{color:#1f2328}@media(prefers-color-scheme:dark){svg.mlp:root{color:#e6edf3}}"
    ".mlp .weight:hover,.mlp .arrow:hover{stroke-opacity:1}"
)

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Helvetica,Arial,sans-serif"


class SVG(str):
    """The text of an ``<svg>`` element, which a notebook shows as the picture that it is."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)


def svg(picture: Picture) -> SVG:
    """The picture as one ``<svg>`` element.

    Examples
    --------
    >>> text = svg(Picture(9, 9, (Label(4, 4, "a < b"),), "One label", "It says something."))
    >>> text.endswith(">a &lt; b</text></svg>")
    True
    """
    w, h = _number(picture.width), _number(picture.height)
    return SVG(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mlp" role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        f'style="max-width:100%;height:auto" fill="none" stroke="none" font-family="{escaped(FONT)}" '
        'font-size="11" text-anchor="middle">'
        f"<title>{escaped(picture.title)}</title><desc>{escaped(picture.description)}</desc><style>{STYLE}</style>"
        f"{''.join(map(_element, picture.marks))}</svg>"
    )


def _element(mark: Mark) -> str:
    if isinstance(mark, Label):
        return _label(mark)
    name, given = (
        _stroke(mark) if isinstance(mark, Stroke) else _disc(mark) if isinstance(mark, Disc) else _box(mark)
    )
    listed = " ".join(f'{key}="{value}"' for key, value in given if value != "")
    tip = f"<title>{escaped(mark.tip)}</title>" if mark.tip else ""
    return (
        f'<{name} class="{mark.kind}" {listed}>{tip}</{name}>'
        if tip
        else f'<{name} class="{mark.kind}" {listed}/>'
    )


def _stroke(mark: Stroke) -> tuple[str, Iterable[tuple[str, str]]]:
    first, *others = [f"{_number(x)} {_number(y)}" for x, y in mark.points]
    line = f"M{first}{'C' if mark.curved else 'L'}{' '.join(others)}"
    return "path", [
        ("d", line),
        ("stroke", _colour(mark.colour)),
        ("stroke-width", _number(mark.width, 3)),
        ("stroke-opacity", _share(mark.opacity)),
    ]


def _disc(mark: Disc) -> tuple[str, Iterable[tuple[str, str]]]:
    return "circle", [
        ("cx", _number(mark.x)),
        ("cy", _number(mark.y)),
        ("r", _number(mark.radius)),
        (
            "fill",
            _colour(mark.fill),
        ),  # also where nothing of it is seen, so that the whole node tells its numbers
        ("fill-opacity", _number(mark.tint, 3)),
        ("stroke", _colour(mark.colour) if mark.width else ""),
        ("stroke-width", _number(mark.width, 3) if mark.width else ""),
        ("stroke-opacity", _share(mark.opacity)),
    ]


def _box(mark: Box) -> tuple[str, Iterable[tuple[str, str]]]:
    return "rect", [
        ("x", _number(mark.x)),
        ("y", _number(mark.y)),
        ("width", _number(mark.width)),
        ("height", _number(mark.height)),
        ("rx", _number(mark.corner)),
        ("fill", "currentColor"),
        ("fill-opacity", _number(mark.tint, 3)),
        ("stroke", "currentColor"),
        ("stroke-opacity", _share(mark.opacity)),
        ("stroke-dasharray", "4 3" if mark.dashed else ""),
    ]


def _label(mark: Label) -> str:
    given = [
        ("class", mark.kind),
        ("x", _number(mark.x)),
        ("y", _number(mark.y + 0.35 * mark.size)),
        ("font-size", "" if mark.size == 11 else _number(mark.size)),
        ("font-weight", "600" if mark.bold else ""),
        ("text-anchor", "" if mark.anchor == "middle" else mark.anchor),
        ("fill-opacity", _share(mark.opacity)),
    ]
    listed = " ".join(f'{key}="{value}"' for key, value in given if value != "")
    return f'<text {listed} fill="currentColor">{escaped(mark.text)}</text>'


def _colour(name: str) -> str:
    return COLOURS[name] or "currentColor"


def _share(share: float) -> str:
    return "" if share == 1 else _number(share, 3)


def _number(value: float, decimals: int = 1) -> str:
    return f"{round(value, decimals):g}"
