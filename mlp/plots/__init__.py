"""Pictures: of networks, in Matplotlib (the extra ``plot``) or as SVG, which needs nothing.

A picture is laid out once, as plain marks (`mlp.plots.marks`), and then painted by whoever can.
"""

from mlp.plots.network import network, network_svg

__all__ = ["network", "network_svg"]
