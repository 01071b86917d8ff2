"""What a notebook shows of a network."""

from __future__ import annotations

from mlp.errors import MLPError
from mlp.joint import JointLoss
from mlp.markup import escaped
from mlp.network import Network
from mlp.pages.elements import details, page, paragraph, picture, table
from mlp.plots.diagram.layout import laid_out
from mlp.summary import summary_rows, totals

__all__ = ["network_page"]

#: Larger layers are drawn in part, for a page is no poster.
MAX_UNITS = 12

#: A picture of more marks is left out, and a higher one is folded up.
MAX_MARKS, HIGH = 500, 520.0

#: How much of a configuration is shown, in letters.
LONGEST = 20_000


def network_page(net: Network) -> str:
    """The summary, the picture if it is of use, and, folded up, how the network is compiled and configured.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> text = network_page(Network([Dense(1, input_dim=2)]))
    >>> "Total params: 3 (24.00 B)" in text, "<svg" in text
    (True, True)
    """
    titles, *rows = summary_rows(net, show_trainable=any(not layer.trainable for layer in net.walk()))
    kind = type(net).__name__
    parts = [paragraph(f"of {net.dtype} numbers", f"{kind} {net.name}" if net.name else kind)]
    if not rows:
        return page(*parts, paragraph("It has no layers yet: net.add(Dense(1, input_dim=4))."))
    parts += [table(titles, rows, numbers=["Param #"]), paragraph("; ".join(totals(net)) + ".")]
    shown = laid_out(net, max_units=MAX_UNITS)
    if len(shown.marks) <= MAX_MARKS:
        parts.append(details("Picture", picture(shown), opened=shown.height <= HIGH))
    return page(*parts, _compiled(net), details("Configuration", _config(net)))


def _compiled(net: Network) -> str:
    if net._compiled is None:
        return paragraph("Not compiled.")
    settings = net._compiled
    loss = settings.loss
    each = loss.losses if isinstance(loss, JointLoss) else [loss]
    rows = [["optimizer", repr(settings.optimizer)], ["loss", ", ".join(map(repr, each))]]
    for name in ("metrics", "weighted_metrics"):
        listed = [repr(metric) for of_output in getattr(settings, name) for metric in of_output]
        if listed:
            rows.append([name, ", ".join(listed)])
    return details("Compiled", table(["Setting", "Value"], rows))


def _config(net: Network) -> str:
    try:
        text = net.to_json(indent=1)
    except (MLPError, TypeError, ValueError) as error:  # a class of one's own may keep what JSON cannot hold
        text = str(error)
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}\n…"
    return f'<pre style="max-height:24em;overflow:auto;margin:.4em 0;font-size:.85em">{escaped(text)}</pre>'
