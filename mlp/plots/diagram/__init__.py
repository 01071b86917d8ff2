"""Pictures of networks.

A network is laid out once, as plain marks (``mlp.plots.diagram.marks``), and painted by whoever can: as SVG, which needs nothing, or in Matplotlib.
"""

from mlp.plots.diagram.network import network, network_svg

__all__ = ["network", "network_svg"]
