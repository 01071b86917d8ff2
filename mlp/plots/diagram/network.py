"""`network`: what a network looks like, in Matplotlib and as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlp.plots.diagram.layout import laid_out

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlp.network import Network

__all__ = ["network", "network_svg"]


def network(
    net: Network,
    ax: Axes | None = None,
    *,
    x: Any = None,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    max_units: int | None = None,
    digits: int = 4,
) -> Axes:
    """A network in Matplotlib: neuron by neuron, or layer by layer.

    A stack of up to eight `Dense` layers is drawn with every weight as a line, blue where it is positive and orange where
    it is negative, the wider the larger; the ring around a node is its bias, on the same scale.  Activation functions
    belong to the layer before them.  All other networks are drawn as boxes with arrows.

    Parameters
    ----------
    net : Network
        The network, which stays as it is.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure of the picture's size unless given.
    x : array_like, shape input_shape, optional
        One row, or a list with one for each input: what every node gives for it is written into the node.
    input_names, output_names : list of str, optional
        What the inputs and outputs mean, where each is drawn.
    max_units : int, optional
        Of a layer with more units, the first four and the last four are drawn, and dots between them (fewer if
        ``max_units`` is less than eight).  Unless given, 20, or 10 if there are values in the nodes.
    digits : int, default 4
        Decimals of the values in the nodes.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn in.

    Raises
    ------
    MissingExtraError
        If Matplotlib is not installed.
    ArgumentError, ArgumentTypeError, ShapeError, DataError
        If ``net`` is no network, or ``x`` or the names do not fit it.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(5, activation="tanh", input_dim=2), Dense(1)], rng=0)
    >>> ax = network(net, Figure().subplots(), x=[0.3, 0.1], input_names=["x1", "x2"])
    >>> sum("x1" in text.get_text() for text in ax.texts)
    1
    """
    from mlp.plots.diagram.painter import painted

    return painted(laid_out(net, x, input_names, output_names, max_units, digits), ax)


def network_svg(
    net: Network,
    *,
    x: Any = None,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    max_units: int | None = None,
    digits: int = 4,
) -> str:
    """The picture of `network` as SVG, which needs no Matplotlib and nothing from outside.

    It may be written into a file or put into a page.  In a page it takes the colour of the text around it, alone it
    follows the reader's screen, dark or light.  Where the mouse rests on a line or a node, its exact numbers are shown.

    Parameters
    ----------
    net : Network
        The network, which stays as it is.
    x, input_names, output_names, max_units, digits
        See `network`.

    Returns
    -------
    str
        One ``<svg>`` element.  A notebook shows it as a picture.

    Raises
    ------
    ArgumentError, ArgumentTypeError, ShapeError, DataError
        If ``net`` is no network, or ``x`` or the names do not fit it.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, activation="tanh", input_dim=2)])
    >>> net.set_weights([[[1.0], [1.0]], [-0.5]])
    >>> text = network_svg(net, x=[0.3, 0.1])
    >>> text[:4], "<title>dense.kernel[1, 0] = 1.0</title>" in text
    ('<svg', True)
    """
    from mlp.plots.diagram.svg import svg

    return svg(laid_out(net, x, input_names, output_names, max_units, digits))
