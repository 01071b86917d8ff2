"""What a notebook shows of networks and histories: right numbers in HTML that is well formed and harms no page."""

import math
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings

from mlp import Input, Network
from mlp.activations import Activation as Function
from mlp.callbacks import History
from mlp.layers import Activation, Concatenate, Dense, Dropout, Layer
from mlp.summary import summary_table
from mlp.testing.strategies import networks

NASTY = '"><script>alert(1)</script><b>&amp;\0\x1b[31m\u202e\ud800'

#: Elements that end by themselves.
EMPTY = {"path", "circle", "rect", "br"}


class Page(HTMLParser):
    """Reads a page and objects to what is not well formed; keeps tables as texts, and everything as text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.rows, self.attributes = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        assert tag in EMPTY
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)
        if {"th", "td"} & {*self.open}:
            self.rows[-1][-1] += data

    def table(self, first):
        """The rows below the title row that begins so."""
        start = next(i for i, row in enumerate(self.rows) if row[0] == first)
        width = len(self.rows[start])
        rows = self.rows[start:]
        end = next((i for i, row in enumerate(rows) if len(row) != width), len(rows))
        return rows[1:end]


def page(thing):
    text = thing._repr_html_()
    found = Page(text)
    assert not re.search(r"<(script|link|img|iframe|object)|href|url\(|@import", text)
    assert not [a for a in found.attributes if a[1].startswith("on") or a[1] == "id"]
    styles = [value for _, name, value in found.attributes if name == "style"]
    assert not any(re.search(r"background|(^|;)color", style) for style in styles)
    text.encode()
    return found


def small():
    return Network([Dense(5, "tanh", input_dim=2), Dense(1, "tanh", name="last")], name="small", rng=0)


def compiled():
    net = small()
    net.compile(optimizer="adam", loss="hinge", metrics=["accuracy"])
    return net


def two_outputs():
    a, b = Input(shape=(3,)), Input(shape=(2,))
    both = Concatenate()([Dense(4)(a), b])
    net = Network(inputs=[a, b], outputs=[Dense(1, name="p")(both), Dense(2, name="q")(both)])
    net.compile("adam", {"p": "mse"}, metrics={"p": ["mae"]})
    return net


class Cube(Function):
    def forward(self, x, out=None):
        return x**3


def forgetful():
    class Forgetful(Layer):
        def __init__(self, size, **kwargs):
            super().__init__(**kwargs)

    return Network([Forgetful(3, input_dim=2)])


NETWORKS = {
    "small": small,
    "compiled": compiled,
    "two outputs": two_outputs,
    "empty": Network,
    "nothing but a function": lambda: Network([Activation(Cube(), input_dim=2)]),
    "a layer that forgets its arguments": forgetful,
    "large": lambda: Network([Dense(50, input_dim=784), Dense(100), Dense(10)]),
    "many layers": lambda: Network([Dense(9, input_dim=9), *[Dense(12) for _ in range(7)]]),
    "long": lambda: Network([Dropout(0.1, input_dim=2), *[Dense(2) for _ in range(40)]]),
    "nasty": lambda: Network([Dense(1, name=NASTY, input_dim=1)], name=NASTY),
    "frozen": lambda: Network([Dense(3, trainable=False, input_dim=2)]),
}


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_the_table_is_that_of_summary(make):
    net = make()
    found = page(net)
    if not net.layers:
        assert "It has no layers yet: net.add(Dense(1, input_dim=4))." in found.text
        return
    printed = [line.split("│")[1:-1] for line in summary_table(net).splitlines() if line[0] == "│"]
    expected = [[cell.strip() for cell in row] for row in printed]
    shown = [row[: len(expected[0])] for row in found.table("Layer (type)")]
    if NASTY not in str(net.layers[0].name):
        assert shown == expected
    text = "".join(found.text)
    assert f"Total params: {net.count_params():,} (" in text
    assert len(net._repr_html_()) < 250_000


@settings(max_examples=25, deadline=None)
@given(networks(max_layers=4, compiled=True))
def test_any_network_is_shown_and_stays_as_it_is(net):
    before, state = net.get_weights(), net.rng.bit_generator.state
    page(net)
    assert net.rng.bit_generator.state == state
    for a, b in zip(before, net.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_how_it_is_compiled():
    assert "Not compiled." in page(small()).text
    assert page(compiled()).table("Setting") == [
        ["optimizer", "Adam(name='adam')"], ["loss", repr(compiled().loss)], ["metrics", "'accuracy'"],
    ]  # fmt: skip
    settings = dict(page(two_outputs()).table("Setting"))
    assert "MeanSquaredError" in settings["loss"]
    assert settings["metrics"] != ""


def test_a_frozen_layer_is_marked():
    assert page(NETWORKS["frozen"]()).table("Layer (type)") == [["dense (Dense)", "(None, 3)", "9", "N"]]
    assert len(page(small()).table("Layer (type)")[0]) == 3


def test_the_picture_is_there_and_open_where_it_is_small():
    pictures = {name: make()._repr_html_() for name, make in NETWORKS.items()}
    assert {name for name, text in pictures.items() if "<svg" not in text} == {"empty", "many layers"}
    folded = {name for name, text in pictures.items() if "open><summary" not in text}
    assert folded - {"empty", "many layers"} == {"long"}


def test_names_are_text_and_nothing_else():
    net = NETWORKS["nasty"]()
    text = "".join(page(net).text)
    assert '"><script>alert(1)</script><b>&amp;\\x00\\x1b[31m\\u202e\ufffd' in text


def trained():
    net = compiled()
    x = np.random.default_rng(0).uniform(size=(40, 2))
    y = np.where(x.sum(axis=1) > 0.5, 1, -1)
    return net.fit(x, y, epochs=12, verbose=0, validation_split=0.25)


def history(epochs, **named):
    made = History()
    made.epoch, made.history = list(epochs), named
    return made


def test_first_best_and_last():
    made = trained()
    rows = {name: cells for name, *cells in page(made).table("Name")}
    assert rows.keys() == made.history.keys() == {"loss", "accuracy", "val_loss", "val_accuracy"}
    for name, (first, best, epoch, last) in rows.items():
        values = made.history[name]
        chosen = min(values) if name.endswith("loss") else max(values)
        for text, value in ((first, values[0]), (best, chosen), (last, values[-1])):
            assert float(text) == pytest.approx(value, rel=5e-4)
        assert int(epoch) == made.epoch[values.index(chosen)]


def test_the_best_epoch_is_counted_as_in_the_history():
    assert page(history([5, 6, 7], loss=[3.0, 1.0, 2.0])).table("Name") == [["loss", "3", "1", "6", "2"]]
    assert page(history([5, 6], loss=[math.nan, 1.0])).table("Name") == [["loss", "nan", "1", "6", "1"]]


HISTORIES = {
    "new": History,
    "one epoch": lambda: history([0], loss=[0.5]),
    "broken off": lambda: history([0], loss=[0.5, 0.4], val_loss=[0.3]),
    "no loss": lambda: history([0, 1], accuracy=[0.5, 0.4]),
    "NaN": lambda: history([0, 1, 2, 3], loss=[math.nan, 1.0, math.inf, 2.0], val_loss=[math.nan] * 4),
    "nothing but NaN": lambda: history([0, 1], loss=[math.nan] * 2),
    "all the same": lambda: history([0, 1], loss=[0.0, 0.0]),
    "huge": lambda: history([0, 1, 2], loss=[1e308, -1e308, 5e-324]),
    "arrays": lambda: history([0, 1], loss=[1.0, 2.0], f1=[np.array([0.1, 0.2]), np.array([0.3, 0.4])]),
    "no numbers": lambda: history([0, 1], loss=[None, "x"], other=[[1, [2]], {}], none=[]),
    "nasty": lambda: history([0, 1], **{NASTY: [0.5, 0.4]}),
    "long": lambda: history(range(5000), loss=[1 / (i + 1) for i in range(5000)]),
    "trained": trained,
}


@pytest.mark.parametrize("make", HISTORIES.values(), ids=HISTORIES)
def test_any_history_is_shown(make):
    made = make()
    found = page(made)
    assert f"of {len(made.epoch)} epoch{'' if len(made.epoch) == 1 else 's'}" in "".join(found.text)
    assert len(made._repr_html_()) < 20_000


@pytest.mark.parametrize("make", HISTORIES.values(), ids=HISTORIES)
def test_the_curve_has_the_numbers_and_gaps_where_there_are_none(make):
    made = make()
    curves = [
        value
        for tag, name, value in page(made).attributes
        if tag == "path" and name == "d" and value.count(" ") >= 2
    ]
    losses = [made.history.get(name, []) for name in ("loss", "val_loss")]
    finite = [[isinstance(v, float) and math.isfinite(v) for v in values] for values in losses]
    assert bool(curves) == any(sum(known) > 1 for known in finite)
    assert all("n" not in curve.lower().replace("l", "") for curve in curves)


def test_a_lower_loss_is_drawn_lower():
    found = page(history(range(3), loss=[3.0, 1.0, 2.0]))
    curve = next(v for _, name, v in found.attributes if name == "d" and v.startswith("M60 24L"))
    numbers = [float(number) for number in re.findall(r"[\d.]+", curve)]
    x, y = numbers[::2], numbers[1::2]
    assert x == sorted(x)
    assert y[0] < y[2] < y[1]
    assert y[2] == pytest.approx((y[0] + y[1]) / 2, abs=0.1)


def test_showing_needs_no_matplotlib_and_comes_when_it_is_asked_for():
    program = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from mlp import Network; from mlp.layers import Dense; from mlp.callbacks import History\n"
        "net = Network([Dense(1, input_dim=2)])\n"
        "assert not [name for name in sys.modules if name.startswith(('mlp.pages', 'mlp.plots'))]\n"
        "print(net._repr_html_()[:4], History()._repr_html_()[:4])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "<div <div", done.stderr
