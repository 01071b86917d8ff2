"""The table that `summary` prints, letter for letter as Keras prints it."""

import pytest

from mlp import Input, Network
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.layers import Activation, Add, Dense, Dropout, Normalization, Residual


def text(net, **arguments):
    printed = []
    net.summary(print_fn=printed.append, **arguments)
    return "\n".join(printed)


PLAIN = """\
Model: "table"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense (Dense)                   │ (None, 20)             │           100 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ activation (Activation)         │ (None, 20)             │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_1 (Dense)                 │ (None, 100)            │         2,100 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ last (Dense)                    │ (None, 1)              │           101 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 2,301 (17.98 KB)
 Trainable params: 201 (1.57 KB)
 Non-trainable params: 2,100 (16.41 KB)"""


def plain():
    layers = [Dense(20, input_dim=4), Activation("relu"), Dense(100, trainable=False), Dense(1, name="last")]
    return Network(layers, name="table")


def test_a_plain_network():
    assert text(plain()) == PLAIN


def test_print_is_used_unless_told_otherwise(capsys):
    assert plain().summary() is None
    assert capsys.readouterr() == (PLAIN + "\n", "")


FUNCTIONAL = """\
Model: "network"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ input_layer (InputLayer)        │ (None, 8, 8)           │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 8, 3)           │            27 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 27 (108.00 B)
 Trainable params: 27 (108.00 B)
 Non-trainable params: 0 (0.00 B)"""


def test_a_functional_network_begins_with_its_input():
    x = Input(shape=(8, 8))
    assert text(Network(inputs=x, outputs=Dense(3)(x), dtype="float32")) == FUNCTIONAL


def nested():
    inner = Network([Dense(3, input_dim=2), Residual(Dense(3))], name="inner")
    return Network([Normalization(input_dim=2), inner, Dropout(0.5), Dense(1)], name="outer")


NESTED = """\
Model: "outer"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ normalization (Normalization)   │ (None, 2)              │             5 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ inner (Network)                 │ (None, 3)              │            21 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dropout (Dropout)               │ (None, 3)              │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 1)              │             4 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 30 (240.00 B)
 Trainable params: 25 (200.00 B)
 Non-trainable params: 5 (40.00 B)"""


def test_a_nested_network_is_one_row():
    assert text(nested()) == NESTED


def test_a_nested_network_may_be_shown_inside():
    rows = [
        line.split("│")[1:4] for line in text(nested(), expand_nested=True).splitlines() if line[0] == "│"
    ]
    assert [[row[0][1:].rstrip(), row[2].strip()] for row in rows[1:5]] == [
        ["inner (Network)", "21"],
        ["  dense (Dense)", "9"],
        ["  residual (Residual)", "12"],
        ["    dense (Dense)", "12"],
    ]


FREEZE = {
    "all": (lambda net: net, 0),
    "a nested network": (lambda net: net.get_layer("inner"), 4),
    "a layer of one": (lambda net: net.get_layer("inner").layers[0], 16),
}


@pytest.mark.parametrize(("part", "trained"), FREEZE.values(), ids=FREEZE)
def test_frozen_weights_are_counted_apart(part, trained):
    net = nested()
    part(net).trainable = False
    assert text(net).splitlines()[-3:] == [
        " Total params: 30 (240.00 B)",
        f" Trainable params: {trained} ({8 * trained:.2f} B)",
        f" Non-trainable params: {30 - trained} ({8 * (30 - trained):.2f} B)",
    ]


@pytest.mark.parametrize("width", [60, 100])
def test_the_width_can_be_given(width):
    lines = text(plain(), line_length=width).splitlines()[1:-3]
    assert {len(line) for line in lines} == {width}


@pytest.mark.parametrize("wrong", [{"line_length": "a"}, {"print_fn": 3}, {"expand_nested": "yes"}])
def test_wrong_arguments_are_named(wrong):
    (name,) = wrong
    with pytest.raises(ArgumentTypeError, match=f"{name} must be"):
        plain().summary(**wrong)


def test_long_names_widen_their_column():
    net = Network([Dense(1, name="n" * 50, input_dim=1)])
    lines = text(net).splitlines()
    assert f"│ {'n' * 50} (Dense) │" in lines[4]
    assert len({len(line) for line in lines[1:6]}) == 1


def test_a_network_without_layers_is_an_empty_table():
    lines = text(Network(name="nothing")).splitlines()
    assert lines[0] == 'Model: "nothing"'
    assert lines[-3] == " Total params: 0 (0.00 B)"


@pytest.mark.parametrize(("units", "size"), [(10**3, "7.81 KB"), (10**6, "7.63 MB"), (127, "1016.00 B")])
def test_sizes_are_written_in_their_unit(units, size):
    net = Network([Dense(units, use_bias=False, input_dim=1)])
    assert text(net).splitlines()[-3] == f" Total params: {units:,} ({size})"


TRAINED = """\
Model: "table"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┳━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃ Trainable ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━╇━━━━━━━━━━━┩
│ dense (Dense)                   │ (None, 20)             │           100 │     Y     │
├─────────────────────────────────┼────────────────────────┼───────────────┼───────────┤
│ activation (Activation)         │ (None, 20)             │             0 │     -     │
├─────────────────────────────────┼────────────────────────┼───────────────┼───────────┤
│ dense_1 (Dense)                 │ (None, 100)            │         2,100 │     N     │
├─────────────────────────────────┼────────────────────────┼───────────────┼───────────┤
│ last (Dense)                    │ (None, 1)              │           101 │     Y     │
└─────────────────────────────────┴────────────────────────┴───────────────┴───────────┘
"""


def test_what_is_trained_is_shown():
    assert text(plain(), show_trainable=True).startswith(TRAINED)


def branched():
    x = Input(shape=(2,), name="in")
    inner = Network([Dense(2, input_dim=2, name="in")], name="inner")
    return Network(inputs=x, outputs=Add(name="sum")([Dense(2, name="a")(x), inner(x)]))


def cells(lines):
    return [tuple(cell.strip() for cell in line[1:-1].split("│")) for line in lines if line.startswith("│")]


def test_all_columns_of_a_graph_with_a_network_inside():
    rows = cells(text(branched(), expand_nested=True, show_trainable=True).splitlines())
    assert [(name, *rest) for name, _, _, *rest in rows] == [
        ("in (InputLayer)", "-", "-"),
        ("a (Dense)", "in", "Y"),
        ("inner (Network)", "in", "Y"),
        ("in (Dense)", "", "Y"),
        ("sum (Add)", "a, inner", "-"),
    ]


@pytest.mark.parametrize(
    ("layer_range", "shown"),
    [
        (["dense", "last"], ["dense", "activation", "dense_1", "last"]),
        (("activation", "dense_1"), ["activation", "dense_1"]),
        (["d", "dense"], ["dense", "activation", "dense_1"]),
        ([".*_1", ".*"], ["dense_1", "last"]),
        (["last", "act"], ["activation", "dense_1", "last"]),
    ],
    ids=str,
)
def test_a_range_of_layers(layer_range, shown):
    lines = text(plain(), layer_range=layer_range).splitlines()
    assert [name.split()[0] for name, *_ in cells(lines)] == shown
    assert lines[-3:] == PLAIN.splitlines()[-3:]


def borders(line):
    return [i for i, letter in enumerate(line) if letter in "┏┳┓"]


@pytest.mark.parametrize(
    ("arguments", "ends"),
    [
        ({"positions": [0.5, 0.75, 1.0], "line_length": 101}, [0, 50, 75, 100]),
        ({"positions": [50, 75, 100]}, [0, 50, 75, 100]),
        ({"positions": [50, 75, 100], "show_trainable": True}, [0, 50, 75, 100, 112]),
        ({"positions": [0.5, 0.75, 1.0], "line_length": 113, "show_trainable": True}, [0, 50, 75, 100, 112]),
        ({"positions": [0.4, 0.8, 1.0]}, [0, 30, 60, 75]),
        ({"positions": [1, 2, 100]}, [0, 26, 41, 100]),
    ],
    ids=str,
)
def test_columns_end_where_they_are_told_to(arguments, ends):
    assert borders(text(plain(), **arguments).splitlines()[1]) == ends


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"positions": [0.5, 1.0]},
            r"3 ascending numbers, where the columns Layer \(type\), Output Shape, Param # end",
        ),
        ({"positions": [0.5, 0.4, 1.0]}, "ascending"),
        ({"layer_range": ["dense"]}, "two names of layers"),
        ({"layer_range": "dense"}, "two names of layers"),
        ({"layer_range": ["dense", "lost"]}, "no layer is called 'lost'; did you mean 'last'"),
    ],
    ids=str,
)
def test_what_fits_no_table_is_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        text(plain(), **arguments)
