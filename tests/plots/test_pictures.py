"""What all pictures have in common: where they are drawn, labels, styles, errors, and that nothing else is touched."""

import copy
import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from plots.pictures import PICTURES, REFUSED

from mlp import plots
from mlp.errors import ArgumentError, ArgumentTypeError, MissingExtraError
from mlp.plots.drawing import ON_DARK, ON_LIGHT, contrast

pictures = pytest.mark.parametrize(("draw", "net"), PICTURES.values(), ids=PICTURES)


@pytest.fixture(scope="module")
def bare():
    """Axes that pyplot does not know, for what never gets so far as to draw on them."""
    return Figure().subplots()


def test_every_picture_is_in_the_table():
    assert {name.split()[0] for name in PICTURES} >= {*plots.__all__} - {"network", "network_svg"}


@pictures
def test_without_axes_there_is_one_new_figure_on_which_everything_has_room(draw, net):
    ax = draw()
    assert isinstance(ax, Axes)
    assert [plt.figure(n) for n in plt.get_fignums()] == [ax.figure]
    assert ax.get_xlabel()
    assert ax.get_ylabel()

    ax.figure.canvas.draw()
    drawn = ax.figure.get_tightbbox()  # in inches
    assert min(drawn.x0, drawn.y0) > -0.02
    assert drawn.x1 < ax.figure.get_figwidth() + 0.02
    assert drawn.y1 < ax.figure.get_figheight() + 0.02
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        every = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        ticks = [tick.label1 for tick in every if low <= tick.get_loc() <= high]
        boxes = [text.get_window_extent() for text in [*ticks, axis.label] if text.get_text()]
        assert len(boxes) > 2
        assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


@pictures
def test_the_axes_given_are_drawn_on_in_their_style(draw, net):
    with plt.style.context("dark_background"):
        given = Figure().subplots()
        settings = dict(mpl.rcParams)
        ax = draw(given)
        assert dict(mpl.rcParams) == settings
    assert ax is given
    assert ax.has_data()
    assert plt.get_fignums() == []
    assert to_rgb(ax.get_facecolor()) == (0, 0, 0)
    assert to_rgb(ax.xaxis.label.get_color()) == (1, 1, 1)
    on_pictures = {"white", "black"} if "loss_surface" in draw.__code__.co_names else {"white"}
    for line in ax.get_lines():
        colour = line.get_color()
        assert colour in ON_DARK or to_rgb(colour) in set(map(to_rgb, on_pictures))
    for text in [*ax.get_xticklabels(), *ax.get_yticklabels()]:
        assert to_rgb(text.get_color()) == (1, 1, 1)


@pytest.mark.parametrize("name", [name for name, (_, net) in PICTURES.items() if net is not None])
def test_the_network_is_left_as_it_was(name):
    draw, made = PICTURES[name]
    net = made()
    net.gradient[...] = np.arange(net.gradient.size)
    before, gradient, history, names = copy.deepcopy(net), net.gradient.copy(), net.history, set(vars(net))
    draw(Figure().subplots())
    for one, other in zip(net.get_weights(), before.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(net.gradient, gradient)
    assert net.rng.bit_generator.state == before.rng.bit_generator.state
    assert net.optimizer.get_config() == before.optimizer.get_config()
    assert net.history is history
    assert set(vars(net)) == names


@pictures
def test_without_matplotlib(draw, net, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        MissingExtraError, match=r"mlp\.plots\.\w+ needs matplotlib: pip install 'numpy-mlp\[plot\]'$"
    ):
        draw()


@pictures
@pytest.mark.parametrize("ax", ["axes", []])
def test_what_is_no_axes(draw, net, ax):
    with pytest.raises(ArgumentTypeError, match=r"^ax must be .*subplots"):
        draw(ax)
    assert plt.get_fignums() == []


@pytest.mark.parametrize(("draw", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_leaves_no_trace(draw, error, message, bare):
    before = len(bare.get_children()), bare.get_xlabel(), bare.axis()
    with pytest.raises(error, match=message):
        draw(bare)
    assert (len(bare.get_children()), bare.get_xlabel(), bare.axis()) == before
    assert len(bare.figure.axes) == 1
    with pytest.raises(error, match=message):
        draw(None)
    assert plt.get_fignums() == []


def test_importing_brings_no_matplotlib():
    program = "import sys, mlp; mlp.plots.history, mlp.plots.weights; print('matplotlib' in sys.modules, 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(("palette", "paper"), [(ON_LIGHT, "white"), (ON_DARK, "black")])
def test_lines_stand_out(palette, paper):
    assert all(contrast(colour, paper) > 2.9 for colour in palette[:4])
    assert sorted(palette) == sorted(ON_LIGHT)


def test_several_panels_take_and_return_an_array():
    run = {"loss": [1.0, 0.5], "mae": [2.0, 1.0]}
    panels = plots.history(run, metric=["loss", "mae"])
    assert [ax.get_ylabel() for ax in panels] == ["loss", "mae"]
    assert len(plt.get_fignums()) == 1
    given = Figure().subplots(1, 2)
    assert [*plots.history(run, metric=["loss", "mae"], ax=given)] == [*given]
    with pytest.raises(ArgumentError, match="2 Axes, one for each panel"):
        plots.history(run, metric=["loss", "mae"], ax=given[:1])
    with pytest.raises(ArgumentTypeError, match="an array of Axes"):
        plots.history(run, metric=["loss", "mae"], ax=[given[0], 3])


@pictures
def test_axes_that_are_not_straight_are_refused(draw, net):
    ax = Figure().add_subplot(projection="polar")
    before = len(ax.get_children())
    with pytest.raises(ArgumentError, match=r"ax must have straight axes.*'polar'"):
        draw(ax)
    assert len(ax.get_children()) == before
