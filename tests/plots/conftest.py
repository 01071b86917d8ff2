"""Pictures are drawn in memory, and none is left behind."""

import matplotlib as mpl
import pytest


@pytest.fixture(autouse=True)
def _no_display_and_no_figure_left():
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    plt.close("all")
    yield
    plt.close("all")
