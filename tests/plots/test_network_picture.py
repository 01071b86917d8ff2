"""Pictures of networks: what is drawn is what is there, nothing covers anything, and both painters draw the same."""

import itertools
import math
import re
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings

import mlp
from mlp import Input, Network
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, MissingExtraError
from mlp.layers import (
    Activation,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    Residual,
    Subtract,
)
from mlp.plots import network, network_svg
from mlp.plots.diagram.boxes import Place, spread
from mlp.plots.diagram.columns import picture_of_columns
from mlp.plots.diagram.layout import laid_out
from mlp.plots.diagram.letters import width_of, written
from mlp.plots.diagram.marks import COLOURS, Box, Disc, Label, Stroke
from mlp.plots.diagram.stack import Column
from mlp.testing.strategies import networks

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "a<b>&\"c'</title><script>\0\x1b\ud800"


def stack(*sizes, seed=0, **arguments):
    layers = [Dense(size, "tanh", **arguments) for size in sizes[1:]]
    layers[0] = Dense(sizes[1], "tanh", input_dim=sizes[0], **arguments)
    net = Network(layers, rng=seed)
    net.parameters = np.random.default_rng(seed).normal(size=net.parameters.size)
    return net


def with_functions():
    layers = [Dense(20, input_dim=4), Activation("relu"), Dense(10), Activation("relu"), Dense(1)]
    return Network(layers, rng=0)


def two_in_two_out():
    a, b = Input(shape=(3,), name="a"), Input(shape=(2,), name="b")
    both = Concatenate()([Dense(8, "relu")(a), b])
    return Network(inputs=[a, b], outputs=[Dense(1, name="p")(both), Dense(4, "softmax", name="q")(both)])


def shared():
    a, b = Input(shape=(3,)), Input(shape=(3,))
    twice = Dense(4)
    return Network(inputs=[a, b], outputs=Dense(1)(Subtract()([twice(a), twice(b)])))


def of_all_kinds():
    inner = Network([Dense(3, input_dim=3), Residual(Dense(3))], name="inner")
    layers = [Flatten(input_shape=(3, 2)), Dense(3), BatchNormalization(), Dropout(0.5), Residual(inner)]
    return Network([*layers, Dense(2, "softmax")], rng=0)


def with_its_own_forward():
    class Own(Network):
        def forward(self, x, training=False):
            return 2 * super().forward(x, training)

    return Own([Dense(2, input_dim=3)])


#: Networks that are drawn neuron by neuron, and those that are drawn as boxes.
STACKS = {
    "one neuron": lambda: stack(2, 1),
    "2-5-1": lambda: stack(2, 5, 1),
    "without bias": lambda: stack(3, 3, 3, use_bias=False),
    "functions between": with_functions,
    "functional": lambda: Network(inputs=(x := Input(shape=(2,))), outputs=Dense(1)(Dense(3)(x))),
    "zeros": lambda: Network([Dense(2, kernel_initializer="zeros", input_dim=2)]),
    "float32": lambda: stack(2, 3, 1).astype("float32"),
    "no numbers": lambda: broken(),
}
BOXES = {
    "two in, two out": two_in_two_out,
    "shared": shared,
    "all kinds": of_all_kinds,
    "embedding": lambda: Network([Embedding(9, 2, input_shape=(3,)), Flatten(), Dense(1)]),
    "two axes": lambda: Network([Dense(2, input_shape=(3, 4))]),
    "an own forward": with_its_own_forward,
    "deep": lambda: stack(*[2] * 10),
    "nasty": lambda: Network([Dropout(0.5, name=NASTY, input_dim=2)], name=NASTY),
}
EMPTY = {"empty": Network}
ALL = STACKS | BOXES | EMPTY


def broken():
    net = stack(2, 2, 1)
    net.layers[0].kernel[...] = [[math.nan, math.inf], [-math.inf, 5e-324]]
    return net


def each(table):
    return pytest.mark.parametrize("make", table.values(), ids=table)


def parsed(text):
    return ElementTree.fromstring(text)  # noqa: S314 - made by this library


def of_kind(root, kind):
    return [element for element in root.iter() if element.get("class") == kind]


def tip(element):
    return element.find(f"{SVG}title").text


# What is there.


@each(ALL)
def test_it_is_one_xml_element_that_needs_nothing_else(make):
    text = network_svg(make())
    root = parsed(text)
    assert (root.tag, root.get("role")) == (f"{SVG}svg", "img")
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert all(child.text for child in root[:2])
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert not re.search(r"href|url\(|@import|<script|<image", text)
    assert text.count("://") == 1  # the name of the language


@each(STACKS)
def test_every_weight_is_a_line_and_every_bias_a_ring(make):
    net = make()
    root = parsed(network_svg(net))
    said = [tip(e) for kind in ("weight", "node") for e in of_kind(root, kind)]
    found = dict(re.findall(r"(\S+\[[\d, ]+\]) = (\S+?)(?:;|$)", "\n".join(said), re.MULTILINE))
    expected = {
        f"{layer.name}.{name}[{', '.join(map(str, index))}]": value
        for layer, name in net.named_weights()
        for index, value in np.ndenumerate(getattr(layer, name))
    }
    assert found.keys() == expected.keys()
    assert len(of_kind(root, "weight")) == sum(w.size for w in net.get_weights() if w.ndim == 2)
    for name, value in expected.items():
        np.testing.assert_equal(type(value)(found[name]), value)


@each(STACKS)
def test_size_is_width_and_sign_is_colour(make):
    """Of lines and rings alike, for the whole network; what is 0 or no number has the colour of the ink."""
    marks = []
    for e in parsed(network_svg(make())).iter():
        if e.get("class") in ("weight", "node") and " = " in tip(e):
            number = float(tip(e).split(" = ")[1].split(";")[0])
            marks.append((number, float(e.get("stroke-width")), e.get("stroke")))
    assert marks
    for number, width, colour in marks:
        sign = "positive" if number > 0 else "negative" if number < 0 else "ink"
        assert colour == (COLOURS[sign] or "currentColor")
        assert width > 0
    finite = sorted((abs(number), width) for number, width, _ in marks if math.isfinite(number))
    for (small, thin), (large, thick) in itertools.pairwise(finite):
        assert thin <= thick
        assert thin < thick or large - small <= 0.01 * finite[-1][0]


@pytest.mark.parametrize(
    ("size", "max_units", "drawn"),
    [
        (20, None, [*range(20)]), (21, None, [0, 1, 2, 3, 17, 18, 19, 20]), (784, None, [0, 1, 2, 3, 780, 781, 782, 783]),
        (784, 784, [*range(784)]), (5, 4, [0, 1, 3, 4]), (5, 3, [0, 1, 4]), (3, 2, [0, 2]), (2, 2, [0, 1]),
    ],
)  # fmt: skip
def test_of_large_layers_the_ends_are_drawn(size, max_units, drawn):
    marks = laid_out(stack(size, 1), max_units=max_units).marks
    tips = [mark.tip for mark in marks if mark.kind == "weight"]
    assert sorted(int(re.search(r"\[(\d+), 0\]", tip)[1]) for tip in tips) == drawn
    assert sum(mark.kind == "dot" for mark in marks) == (0 if len(drawn) == size else 3)
    assert any(f"{size} input" in mark.text for mark in marks if mark.kind == "caption")


def test_a_network_for_digits_stays_small():
    assert len(network_svg(stack(784, 50, 100, 10))) < 60_000


def test_functions_belong_to_the_layer_before():
    captions = [mark.text for mark in laid_out(with_functions()).marks if mark.kind == "caption"]
    assert captions == [
        "input", "4 inputs", "dense", "20 units, relu", "dense_1", "10 units, relu", "dense_2", "1 output",
    ]  # fmt: skip


def test_functions_one_after_another():
    net = Network([Dense(2, "tanh", input_dim=2), Activation("relu"), Activation("linear")])
    assert "2 outputs, tanh, relu" in [mark.text for mark in laid_out(net).marks if mark.kind == "caption"]


def test_names_of_inputs_and_outputs():
    marks = laid_out(stack(2, 2), input_names=["x1", "<x2>"], output_names=["y", "z"]).marks
    assert [mark.text for mark in marks if mark.kind == "name"] == ["x1", "<x2>", "y", "z"]


def test_values_stand_in_the_nodes():
    net, x = with_functions(), [5.1, 3.5, 1.4, 0.2]
    given = net.activations([x])
    marks = laid_out(net, x, max_units=20).marks
    values = [*x, *given["activation"][0], *given["activation_1"][0], *given["dense_2"][0]]
    assert [mark.text for mark in marks if mark.kind == "value"] == [written(v, 4) for v in values]
    tips = [float(mark.tip.split(" gives ")[1]) for mark in marks if mark.kind == "node"]
    np.testing.assert_allclose(tips, values, rtol=1e-7)
    assert laid_out(net, [x], max_units=20).marks == marks  # a batch of one row is one row


def test_values_stand_in_the_boxes():
    net = two_in_two_out()
    rows = [[1.0, 2.0, 3.0], [0.5, 0.25]]
    made = net.activations([[row] for row in rows])
    texts = {mark.text for mark in laid_out(net, rows, digits=3).marks if isinstance(mark, Label)}
    assert f"gives ({written(made['p'][0, 0], 3)})" in texts
    assert f"gives ({', '.join(written(v, 3) for v in made['q'][0])})" in texts


@each(BOXES)
def test_boxes_are_connected_as_the_layers_are(make):
    """There is an arrow for everything that is taken, from the lower edge of a box to the upper edge of another."""
    picture = laid_out(make())
    boxes = [mark for mark in picture.marks if isinstance(mark, Box) and mark.kind != "legend"]
    arrows = [mark for mark in picture.marks if mark.kind == "arrow"]
    for arrow in arrows:
        (x0, y0), (x1, y1) = arrow.points[0], arrow.points[-1]
        assert sum(b.y + b.height == y0 and b.x < x0 < b.x + b.width for b in boxes) == 1
        assert sum(b.y == y1 and b.x < x1 < b.x + b.width for b in boxes) == 1
    taken = picture.description.count(" takes ") + len(re.findall(r" takes [^.]* and ", picture.description))
    assert len(arrows) == taken >= 2


WIRED = {
    "two in, two out": (two_in_two_out, {"dense": ["a"], "concatenate": ["dense", "b"], "p": ["concatenate"],
                        "q": ["concatenate"], "output p": ["p"], "output q": ["q"]}),
    "a residual": (lambda: Network([Residual(Dense(2), input_dim=2)]),
                   {"dense": ["input"], "residual": ["input", "dense"], "output": ["residual"]}),
    "an own forward": (with_its_own_forward, {"network": ["input"], "output": ["network"]}),
    "a function that halves": (lambda: Network([Dense(4, input_dim=2), Activation("glu")]),
                               {"dense": ["input"], "activation": ["dense"], "output": ["activation"]}),
}  # fmt: skip


@pytest.mark.parametrize(("make", "expected"), WIRED.values(), ids=WIRED)
def test_who_takes_what_from_whom(make, expected):
    said = laid_out(make()).description.split(". ")
    found = [re.fullmatch(r"(.*?)(?: \(.*\))? takes (.*?)\.?", sentence) for sentence in said]
    assert {match[1]: match[2].split(" and ") for match in found if match} == expected


def test_a_layer_that_is_called_twice_has_no_one_value():
    rows = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    texts = [mark.text for mark in laid_out(shared(), rows).marks if isinstance(mark, Label)]
    assert sum(text.startswith("gives") for text in texts) == 2
    assert texts.count("the same weights again") == 1


# What it looks like.


def apart(picture):
    """No node or box touches another, no line or arrow crosses one, and nothing stands outside."""
    legend = [mark for mark in picture.marks if mark.kind == "legend"]
    marks = [mark for mark in picture.marks if mark.kind != "legend"]
    discs = [mark for mark in marks if isinstance(mark, Disc)]
    for a, b in itertools.combinations(discs, 2):
        assert math.dist((a.x, a.y), (b.x, b.y)) > a.radius + b.radius + (a.width + b.width) / 2
    for line in marks:
        if line.kind == "weight":
            for disc in discs:
                near, passes = distance(disc, *line.points)
                assert near >= disc.radius + (disc.width + passes * line.width) / 2 - 1e-9
    boxes = [mark for mark in marks if isinstance(mark, Box)]
    for a, b in itertools.combinations(boxes, 2):
        assert a.x + a.width < b.x or b.x + b.width < a.x or a.y + a.height < b.y or b.y + b.height < a.y
    for arrow in marks:
        if arrow.kind == "arrow":
            for x, y in curve(arrow.points):
                assert not any(
                    b.x < x < b.x + b.width and b.y + 1e-9 < y < b.y + b.height - 1e-9 for b in boxes
                )
    for left, top, right, bottom in map(frame, [*marks, *legend]):
        assert 0 <= left <= right <= picture.width
        assert 0 <= top <= bottom <= picture.height
    texts = [mark for mark in marks if isinstance(mark, Label)]
    for a, b in itertools.combinations(map(frame, texts), 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    for text in texts:
        left, top, right, bottom = frame(text)
        around = [
            f
            for f in map(frame, [*discs, *boxes])
            if f[0] < right and left < f[2] and f[1] < bottom and top < f[3]
        ]
        assert all(f[0] < left and right < f[2] and f[1] < top and bottom < f[3] for f in around)
    lowest = max((frame(mark)[3] for mark in marks), default=0.0)
    assert all(frame(mark)[1] >= lowest - 1e-9 for mark in legend if isinstance(mark, Label))


def distance(disc, start, end):
    """From a disc's centre to the nearest point of a line, and whether that is none of its ends."""
    (x0, y0), (x1, y1) = start, end
    t = ((disc.x - x0) * (x1 - x0) + (disc.y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
    inside = 0.0 < t < 1.0
    t = min(max(t, 0.0), 1.0)
    return math.dist((disc.x, disc.y), (x0 + t * (x1 - x0), y0 + t * (y1 - y0))), inside


def curve(points):
    """Points along a curve made of cubic Bézier pieces."""
    for i in range(0, len(points) - 1, 3):
        a, b, c, d = np.array(points[i : i + 4])
        for t in np.linspace(0, 1, 12):
            s = 1 - t
            yield s**3 * a + 3 * s * s * t * b + 3 * s * t * t * c + t**3 * d


def frame(mark):
    if isinstance(mark, Stroke):
        xs, ys = zip(*mark.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)
    if isinstance(mark, Disc):
        return mark.x - mark.radius, mark.y - mark.radius, mark.x + mark.radius, mark.y + mark.radius
    if isinstance(mark, Box):
        return mark.x, mark.y, mark.x + mark.width, mark.y + mark.height
    wide = width_of(mark.text, mark.size, mark.bold)
    left = mark.x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[mark.anchor]
    return left, mark.y - mark.size / 2, left + wide, mark.y + mark.size / 2


PLAIN = networks(
    layers=["Dense", "Activation", "ReLU"], input_shapes=[(1,), (3,), (8,)], max_units=8, max_layers=4
)


@settings(max_examples=40, deadline=None)
@given(networks(max_layers=4) | PLAIN)
def test_nothing_covers_anything_and_the_network_stays_as_it_is(net):
    before, config = net.get_weights(), net.get_config()
    apart(laid_out(net))
    parsed(network_svg(net, max_units=3))
    for a, b in zip(before, net.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert net.get_config() == config


@each(ALL | {"tall": lambda: stack(20, 3, 20), "digits": lambda: stack(784, 50, 100, 10)})
def test_nothing_covers_anything(make):
    apart(laid_out(make()))


def test_nor_where_there_are_values_and_names():
    net = stack(4, 20, 10, 1)
    names = ["sepal length", "sepal width", "petal length", "花弁の幅"]
    apart(laid_out(net, [5.1, -3.5, 1e-9, 12345.678], names, ["a long name of an output"], 20))


def residuals_in_residuals():
    layer = Dense(2)
    for _ in range(4):
        layer = Residual(layer)
    return Network([Dense(2, input_dim=2), layer])


def each_takes_all_before():
    values = [Input(shape=(2,))]
    for size in range(1, 6):
        values.append(Dense(size)(Concatenate()(values) if len(values) > 1 else values[0]))
    return Network(inputs=values[0], outputs=[values[2], values[4], values[5]])


@each({"residuals": residuals_in_residuals, "all before": each_takes_all_before})
def test_nor_where_detours_go_round_detours(make):
    apart(laid_out(make()))


def test_outputs_stand_in_one_row():
    ends = [mark for mark in laid_out(each_takes_all_before()).marks if mark.kind == "end"]
    assert len({round(mark.y + mark.height / 2, 6) for mark in ends[1:]}) == 1


def test_what_is_narrow_stands_in_the_middle():
    picture = laid_out(stack(2, 1))
    frames = [frame(mark) for mark in picture.marks if mark.kind != "legend"]
    assert min(f[0] for f in frames) == pytest.approx(picture.width - max(f[2] for f in frames))


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ([0, 0, 0], [-28, 0, 28]), ([0, 50, 100], [0, 50, 100]), ([50, 0, 100], [11, 39, 100]), ([9, 9, 60], [-5, 23, 60]),
        ([0, 28, 28], [-28 / 3, 56 / 3, 140 / 3]),
    ],
)  # fmt: skip
def test_boxes_that_want_one_place_share_what_they_miss(wanted, given):
    row = [Place(0, None, 10.0, 10.0) for _ in wanted]
    spread(row, wanted)
    assert [place.x for place in row] == pytest.approx(given)


def test_fractions_are_numbers_too():
    weights = np.array([[Fraction(1, 3)], [Fraction(-(10**400), 1)], [Fraction(0)]])
    columns = [Column("input", 3), Column("dense", 1, kernel=weights)]
    marks = picture_of_columns(columns, "", 20, 4, None, None).marks
    found = {
        mark.tip.split(" = ")[1][:4]: (mark.colour, mark.width) for mark in marks if mark.kind == "weight"
    }
    assert found["1/3"] == ("positive", 5.0)  # the largest of those that are finite as floats
    assert found["-100"] == ("negative", 5.0)
    assert found["0"][0] == "ink"


def test_names_are_text_and_nothing_else():
    net = Network([Dense(1, name=NASTY, input_dim=1)], name=NASTY)
    text = network_svg(net, input_names=[NASTY])
    root = parsed(text)
    assert "<script" not in text
    assert NASTY[:-3] in root.find(f"{SVG}title").text
    assert [e.text for e in of_kind(root, "name")] == [NASTY[:-3] + "\\x00\\x1b\ufffd"]


# Both painters.


@each(ALL)
def test_both_painters_draw_the_same(make):
    from matplotlib import pyplot
    from matplotlib.path import Path

    net = make()
    picture = laid_out(net)
    ax = network(net)
    assert (*ax.get_xlim(), *ax.get_ylim()) == (0, picture.width, picture.height, 0)
    artists = [artist for artist in ax.get_children() if artist.get_gid()]
    elements = [e for e in parsed(network_svg(net)).iter() if e.get("class") not in (None, "mlp")]
    kinds = [mark.kind for mark in picture.marks]
    assert [artist.get_gid() for artist in artists] == kinds == [e.get("class") for e in elements]
    texts = [mark.text for mark in picture.marks if isinstance(mark, Label)]
    assert texts == [artist.get_text() for artist in artists if hasattr(artist, "get_text")]
    for artist, element, mark in zip(artists, elements, picture.marks, strict=True):
        if isinstance(mark, Label):
            assert artist.get_fontsize() == pytest.approx(1.25 * mark.size)
        if isinstance(mark, Disc):
            assert (artist.center, artist.radius) == ((mark.x, mark.y), mark.radius)
            assert math.dist((float(element.get("cx")), float(element.get("cy"))), artist.center) < 0.1
        if isinstance(mark, Stroke):
            np.testing.assert_array_equal(artist.get_path().vertices, mark.points)
            assert (Path.CURVE4 in artist.get_path().codes) == ("C" in element.get("d")) == mark.curved
            assert artist.get_linewidth() == pytest.approx(1.25 * mark.width)
            numbers = [float(number) for number in re.findall(r"[-\d.]+", element.get("d"))]
            np.testing.assert_allclose(numbers, np.ravel(mark.points), rtol=0, atol=0.06)
    pyplot.close(ax.figure)


def test_the_axes_that_were_given_are_drawn_in():
    from matplotlib import pyplot

    figure, ax = pyplot.subplots(figsize=(2, 2))
    assert network(stack(2, 1), ax) is ax
    figure.canvas.draw()
    assert all(text.get_fontsize() < 6 for text in ax.texts)  # letters shrink with the picture
    assert Counter(artist.get_gid() for artist in ax.patches)["weight"] == 2
    pyplot.close(figure)


def test_matplotlib_is_asked_for_by_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(
        MissingExtraError, match=r"^drawing needs matplotlib: pip install 'numpy-mlp\[plot\]'$"
    ):
        network(stack(2, 1))


def test_svg_needs_no_matplotlib():
    program = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from mlp import Network; from mlp.layers import Dense; from mlp.plots import network_svg\n"
        "print(network_svg(Network([Dense(1, input_dim=2)]))[:4])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "<svg", done.stderr


# What is refused.


REFUSED = {
    "no network": (lambda: laid_out(Dense(1)), ArgumentTypeError, r"^net must be a Network, got <Dense"),
    "two rows": (lambda: laid_out(stack(2, 1), np.zeros((2, 2))), ArgumentError,
                 r"^x must be one row, of shape \(2,\), .* got shape \(2, 2\)$"),
    "a longer row": (lambda: laid_out(stack(2, 1), [1.0, 2.0, 3.0]), ArgumentError, r"got shape \(3,\)$"),
    "no number": (lambda: laid_out(stack(2, 1), [1.0, math.nan]), DataError, "x"),
    "one row for two inputs": (lambda: laid_out(two_in_two_out(), [[1.0, 2.0, 3.0]]), ArgumentError,
                               r"^x must be a list of 2 rows, one for each input, got \[\[1"),
    "a number for two inputs": (lambda: laid_out(two_in_two_out(), 5), ArgumentError, "^x must be a list of 2 rows"),
    "no row": (lambda: laid_out(stack(2, 1), [1.0, [2.0]]), DataError, "x"),
    "text": (lambda: laid_out(stack(2, 1), "ab"), DataError, "x"),
    "too few names": (lambda: laid_out(stack(2, 1), input_names=["a"]), ArgumentError,
                      r"^input_names must be a list of 2 names, got \['a'\]$"),
    "a name is no list": (lambda: laid_out(stack(2, 2), output_names="ab"), ArgumentError, "^output_names must be a list"),
    "names in boxes": (lambda: laid_out(shared(), input_names=["a"]), ArgumentError, "^input_names is for networks whose"),
    "one unit": (lambda: laid_out(stack(2, 1), max_units=1), ArgumentError, "^max_units must be"),
    "digits": (lambda: laid_out(stack(2, 1), digits=-1), ArgumentError, "^digits must be"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_layer_of_ones_own():
    class Scale(Layer):
        def build(self, input_shape):
            self.add_weight("s", input_shape)

    picture = laid_out(Network([Scale(input_dim=2)]))
    assert "scale (Scale, 2 → 2, 2 parameters) takes input." in picture.description


def test_the_pictures_are_reached_from_the_package():
    assert mlp.plots.network is network


def test_a_notebook_shows_the_text_as_a_picture():
    text = network_svg(stack(2, 1))
    assert isinstance(text, str)
    assert text._repr_html_() == text
