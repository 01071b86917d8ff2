"""Pictures of networks, their training and their data; needs Matplotlib, the extra ``plot``, but for `network_svg`.

Every function draws on ``ax``, or on a new figure where none is given, and returns the axes; one that draws several panels
takes and returns an array of axes.  Arguments are checked before anything is drawn, networks are left as they were, and
Matplotlib's settings too: a picture takes its colours from the style that its axes were made in.  Scales and legends stand
beside a picture, so a figure of one's own is best made with room for them: ``plt.subplots(1, 2, layout="constrained")``.

>>> from mlp import plots
>>> from matplotlib.figure import Figure
>>> plots.activation("relu", ax=Figure().subplots()).get_xlabel()
'x'
"""

from __future__ import annotations

from mlp.plots.confusion import confusion_matrix
from mlp.plots.curves import history
from mlp.plots.diagram import network, network_svg
from mlp.plots.functions import activation
from mlp.plots.kernels import weights
from mlp.plots.landscape import loss_surface
from mlp.plots.regions import decision_boundary
from mlp.plots.scatter import parity
from mlp.plots.steps import gradient_check

__all__ = [
    "activation", "confusion_matrix", "decision_boundary", "gradient_check", "history", "loss_surface", "network", "network_svg",
    "parity", "weights",
]  # fmt: skip
