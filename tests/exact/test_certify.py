"""`certify` is sound: what it proves no point contradicts, and what it refutes a point of the box does."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import Input, Network, datasets
from mlp.activations import Activation as Function
from mlp.activations import Relu
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError
from mlp.exact import certify
from mlp.exact.proof import profiles, rules, search
from mlp.exact.proof.enclosure import Enclosure
from mlp.exact.proof.profiles import PROFILES
from mlp.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    LayerNormalization,
    Maximum,
    Minimum,
    Multiply,
    Residual,
)
from mlp.losses import BinaryCrossentropy
from mlp.testing.strategies import networks

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
LABELS = [False, True, True, False]


def around(point, radius):
    return np.stack([np.subtract(point, radius), np.add(point, radius)], axis=-1)


def line(weights=(1.0, 1.0), bias=-0.5, activation=None, **kwargs):
    """One unit: the class changes at ``w x + b = 0``."""
    net = Network([Dense(1, activation=activation, input_dim=len(weights))], **kwargs)
    net.set_weights([np.reshape(weights, (-1, 1)), [bias]])
    return net


def xor(activation="tanh", units=4, **kwargs):
    net = Network(
        [Dense(units, activation=activation, input_dim=2), Dense(1, activation="sigmoid")], rng=1, **kwargs
    )
    net.compile(loss="binary_crossentropy")
    net.minimize(CORNERS, np.array(LABELS, float), options={"maxiter": 30})
    assert ((net(CORNERS)[:, 0] > 0.5) == LABELS).all()
    return net


def of_class(net, x, label, threshold=0.5):
    """What the network says, by a rule that is written here once more."""
    y = net(x)
    if y.shape[1] == 1:
        return (y[:, 0] > threshold) == label
    return np.array([row[label] > max(v for i, v in enumerate(row) if i != label) for row in y.tolist()])


def sampled(box, rng, n=200):
    """Corners, edges and points inside."""
    low, high = np.moveaxis(np.asarray(box, float), -1, 0)
    share = rng.random((n, *low.shape))
    share[: n // 2] = np.round(share[: n // 2])
    return np.clip(low + share * (high - low), low, high)


def is_true(certificate, net, box, label, threshold=0.5):
    """Whether points of the box agree with what was found."""
    low, high = np.moveaxis(np.asarray(box, float), -1, 0)
    if certificate.proven:
        assert certificate.remaining == 0.0
        return of_class(net, sampled(box, np.random.default_rng(0)), label, threshold).all()
    if certificate.proven is False:
        point = certificate.counterexample
        inside = ((low <= point) & (point <= high)).all()
        return inside and point.dtype == net.dtype and not of_class(net, point[None], label, threshold)[0]
    return (
        0.0 < certificate.remaining <= 1.0
        and ((low <= certificate.undecided[..., 0]) & (certificate.undecided[..., 1] <= high)).all()
    )


RULED = sorted(rules.LAYER_RULES, key=lambda cls: cls.__name__)
FUNCTIONS = sorted(PROFILES | rules.ROW_FUNCTIONS, key=lambda cls: cls.__name__)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_is_found_about_random_networks_is_true(data):
    dtype = data.draw(st.sampled_from(["float64", "float32"]))
    net = data.draw(networks(layers=[*RULED, Dropout, Residual], activations=FUNCTIONS, dtype=dtype))
    if len(net.output_shape) != 2:
        return
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    middle = rng.normal(0, 2, net.input_shape[1:]).astype(dtype).astype(float)
    box = around(middle, data.draw(st.sampled_from([0.0, 1e-9, 0.1, 1.0])))
    with np.errstate(all="ignore"):
        label = (
            bool(net(middle[None])[0, 0] > 0.5)
            if net.output_shape[1] == 1
            else int(net(middle[None]).argmax())
        )
        threshold = 0.5 if net.output_shape[1] == 1 else None
        found = certify(net, box, label, threshold=threshold, max_boxes=30)
        assert is_true(found, net, box, label)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_layer_of_a_random_network_is_enclosed(data):
    """All outputs, where certify looks at a class alone."""
    dtype = data.draw(st.sampled_from(["float64", "float32"]))
    net = data.draw(networks(layers=[*RULED, Dropout, Residual], activations=FUNCTIONS, dtype=dtype))
    program = search.program_of(net)
    rng = np.random.default_rng(0)
    low, high = np.moveaxis(
        around(
            rng.normal(0, 2, (3, *net.input_shape[1:])), data.draw(st.sampled_from([0.0, 1e-9, 0.1, 1.0]))
        ),
        -1,
        0,
    )
    with np.errstate(all="ignore"):
        x = Enclosure.of_box(low, high, net.dtype)
        y = rules.enclosures(program.steps, {program.inputs[0]: x})[program.outputs[0]]
        for share in (0.0, 1.0, rng.random(low.shape), np.round(rng.random(low.shape))):
            values = net(np.clip(low + share * (high - low), low, high))
            finite = np.isfinite(values)
            assert ((y.low <= values) & (values <= y.high))[finite].all()


def test_a_line_through_the_square():
    net = line()
    assert certify(net, [(0.6, 1.0), (0.6, 1.0)], True)
    assert certify(net, [(0.0, 0.2), (0.0, 0.2)], False)
    found = certify(net, [(0.0, 1.0), (0.0, 1.0)], True)
    assert found.proven is False
    assert found.exact
    assert found.counterexample.sum() <= 0.5


@pytest.mark.parametrize("corner", list(itertools.product([0, 1], repeat=2)))
def test_a_border_that_touches_a_corner_counts_for_the_class_that_includes_it(corner):
    """The box meets the line in one point, which is not greater than zero."""
    sign = 1 - 2 * np.array(corner)
    net = line(weights=tuple(sign * 1.0), bias=-float(sign @ [0.25, 0.25]))
    box = np.stack([np.where(sign > 0, 0.25, -0.75), np.where(sign > 0, 1.25, 0.25)], axis=-1)
    found = certify(net, box, True)
    assert found.counterexample.tolist() == [0.25, 0.25]
    assert found.exact


def test_a_border_through_the_inside_is_found_wherever_it_is():
    """A thin wedge of the other class, away from corners and middle: slopes lead there."""
    net = Network([Dense(2, activation="relu", input_dim=2), Dense(1)])
    net.set_weights([[[1.0, -1.0], [0.0, 0.0]], [-0.7131, 0.7129], [[1.0], [1.0]], [-1e-5]])
    found = certify(net, [(0.0, 1.0), (0.0, 1.0)], True)
    assert found.proven is False
    assert abs(found.counterexample[0] - 0.713) < 2e-4


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "gelu", "silu", "softplus"])
def test_trained_xor_is_proven_around_its_corners(activation):
    net = xor(activation)
    for point, label in zip(CORNERS, LABELS, strict=True):
        found = certify(net, around(point, 0.02), label)
        assert found.proven is True
        assert is_true(found, net, around(point, 0.02), label)
        assert certify(net, around(point, 0.02), not label).proven is False
        assert certify(net, [(-0.1, 1.1)] * 2, label).proven is False


def test_iris_is_decided_everywhere():
    x, t = datasets.load_iris()
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    net = Network([Dense(6, activation="tanh", input_dim=4), Dense(3, activation="softmax")], rng=0)
    net.compile(loss="sparse_categorical_crossentropy")
    net.minimize(x, t, options={"maxiter": 20})
    found = [certify(net, around(row, 0.1), int(label)) for row, label in zip(x[::10], t[::10], strict=True)]
    assert all(one.proven is not None for one in found)
    assert sum(map(bool, found)) >= 12
    assert all(
        is_true(one, net, around(row, 0.1), label)
        for one, row, label in zip(found, x[::10], t[::10], strict=True)
    )


def test_pictures_in_64_dimensions_take_one_box():
    x, t = datasets.load_digits()
    net = Network(
        [Flatten(input_shape=(8, 8)), Dense(16, activation="relu"), Dense(10, activation="softmax")], rng=0
    )
    net.compile(loss="sparse_categorical_crossentropy")
    x = x.reshape(-1, 8, 8) / 16
    net.minimize(x[:400], t[:400], options={"maxiter": 30})
    found = [
        certify(net, around(row, 0.01), int(label), max_boxes=1)
        for row, label in zip(x[:20], t[:20], strict=True)
    ]
    assert sum(map(bool, found)) >= 17


def saturated(scale):
    net = Network([Dense(2, input_dim=1, activation="softmax")])
    net.set_weights([[[scale, -scale]], [0.0, 0.0]])
    return net


def test_saturation_hides_nothing():
    assert certify(saturated(1e5), [(1e-12, 1.0)], 0).proven
    assert certify(saturated(1e5), [(-1e-3, 1.0)], 0).proven is False
    assert certify(line((1e6,), 0.0, "sigmoid"), [(1e-9, 1.0)], True)
    assert certify(line((1e6,), 0.0, "tanh"), [(-1.0, -1e-9)], False)
    assert certify(line((1.0,), 0.0, "sigmoid"), [(-9.0, 2.0)], False, threshold=0.9).proven
    assert certify(line((1.0,), 0.0, "sigmoid"), [(-9.0, 3.0)], False, threshold=0.9).proven is False


def test_ties_of_outputs_are_of_no_class():
    net = Network([Dense(2, input_dim=1)])
    net.set_weights([[[1.0, 1.0]], [0.0, 0.0]])
    for label in (0, 1):
        found = certify(net, [(0.0, 1.0)], label)
        assert found.proven is False
        assert found.exact


def test_a_counterexample_may_be_one_by_rounding_alone():
    """1e16 + 1 - 1e16 is 0 as computed."""
    net = Network([Dense(1, input_dim=1), Dense(1)])
    net.set_weights([[[1.0]], [1e16], [[1.0]], [-1e16]])
    found = certify(net, [(1.0, 1.0)], True)
    assert found.proven is False
    assert found.exact is False
    assert "rounding" in str(found)


def test_a_point_is_decided_where_rounding_leaves_room_and_exactly_where_it_does_not():
    net = line()
    assert certify(net, [(0.3, 0.3), (0.3, 0.3)], True).proven
    assert certify(net, [(0.25, 0.25), (0.25, 0.25)], True).proven is False
    assert certify(net, [(0.25, 0.25), (0.25, 0.25)], False).proven
    assert certify(line(activation="tanh"), [(0.25, 0.25), (0.25, 0.25)], False).proven is None


@pytest.mark.parametrize("seed", range(12))
def test_a_point_is_not_proven_where_the_order_of_a_sum_decides(seed):
    """One row and several are added up in different orders, and a border lies between what they come to."""
    rng = np.random.default_rng(seed)
    kernel, x = rng.normal(size=(60, 1)), rng.normal(size=60)
    exact = sum(Fraction(a) * Fraction(b) for a, b in zip(kernel[:, 0], x, strict=True))
    bias = float(-exact)
    net = line(kernel, bias if bias + exact > 0 else np.nextafter(bias, np.inf), "step")
    found = certify(net, around(x, 0.0), True)
    assert found.proven is not True
    tied = line(np.round(8 * kernel) / 8, 1 / 64, "step")
    assert certify(tied, around(np.round(8 * x) / 8, 0.0), tied(np.round(8 * x[None]) / 8)[0, 0] > 0).proven


def test_points_of_graphs_are_decided_exactly():
    """Merges that choose, move and add; numbers are halves, and ties are everywhere."""
    net = graph_of_halves()
    for point in itertools.product([-0.5, 0.0, 0.5], repeat=2):
        assert certify(net, around(point, 0.0), bool(net([point])[0, 0] > 0.5)).proven is True, point


def test_what_is_left_is_said():
    net = xor()
    box = [(0.0, 0.3), (0.0, 0.25)]
    found = certify(line((1.0, 1.0), -0.5, "tanh"), [(-1.0, 0.25)] * 2, False, max_boxes=40)
    assert found.proven is None
    assert not found
    assert found.boxes == 40
    assert 0 < found.remaining < 0.1
    assert found.undecided.shape == (2, 2)
    assert found.counterexample is None
    assert "left after 40 boxes" in repr(found)
    assert "proven" in str(certify(net, around([0, 1], 0.01), True))
    assert "refuted" in repr(certify(net, box, True))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_single_precision_has_its_own_rounding(dtype):
    """The margin is far above what rounding takes in double precision, and below it in single."""
    found = certify(line((1.0, 1.0), -0.5, dtype=dtype), [(0.25, 0.25), (0.25 + 1e-8, 0.5)], True)
    assert found.proven is (dtype == "float64")
    assert certify(xor(dtype=dtype), around([0, 1], 0.02), True)


def test_a_point_that_is_rounded_at_the_door_is_not_proven_without_rounding():
    """The point itself is of the class, and what the network takes for it is on the border."""
    net = line(dtype="float32")
    assert certify(net, [(0.25 + 1e-9, 0.25 + 1e-9), (0.25, 0.25)], True).proven is None


def spike(height, behind, weights, dtype="float64"):
    """A hat as high as ``height`` at 0.7321, narrower than any point tried first is near to, and layers behind it."""
    x, at, radius = Input(shape=(1,)), 0.7321, 1e-3
    hat = Dense(1, activation="relu")(Dense(3, activation="relu")(x))
    net = Network(inputs=x, outputs=behind(hat), dtype=dtype)
    slope = height / radius
    places = [radius - at, -at, -radius - at]
    net.set_weights([[[1.0, 1.0, 1.0]], places, [[slope], [-2 * slope], [slope]], [-height / 2], *weights])
    return net


OVERFLOWS = {
    "NaN, flattened": (
        lambda name: spike(
            1e200, lambda hat: Dense(1)(Activation(name)(Dense(1)(Dense(2)(hat)))),
            [[[1e200, 1e200]], [0.0, 0.0], [[1.0], [-1.0]], [0.0], [[1.0]], [5.0]],
        ), ["tanh", "relu6", "sigmoid"], {},
    ),
    "in single precision": (
        lambda merge: spike(
            3e20, lambda hat: Dense(1)(merge()([hat, hat])), [[[1e-30]], [0.0]], "float32",
        ), [Multiply], {"label": False, "threshold": 1e12},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", OVERFLOWS)
def test_overflow_inside_of_the_box_is_not_proven_away(what):
    """Where the hat is high the network's output is infinite or no number, which is of no class."""
    make, variants, options = OVERFLOWS[what]
    options = {"label": True, **options}
    for variant in variants:
        net = make(variant)
        with np.errstate(all="ignore"):
            assert not np.isfinite(net([[0.7321]])).any()
        assert certify(net, [(0.0, 1.0)], **options).proven is not True


@pytest.mark.parametrize("box", [[(-1.7e308, 1.7e308)], [(-1e308, 1.7e308)]])
def test_boxes_wider_than_the_largest_float(box):
    assert certify(line((1.0,), 0.0), box, True).proven is False
    assert certify(line((1e-10,), 1e299), box, True).proven


def graph():
    x = Input(shape=(2,))
    a, b = Dense(2, activation="tanh")(x), Dense(2, activation="relu")(x)
    parts = [Add()([a, b]), Multiply()([a, b]), Maximum()([a, b]), Minimum()([a, b])]
    return Network(inputs=x, outputs=Dense(3, activation="softmax")(Concatenate()(parts)), rng=2)


def nested():
    inner = Network([Dense(3, activation="tanh", input_dim=3), Dropout(0.5), Dense(3)])
    return Network([BatchNormalization(input_dim=3), Residual(inner), Activation("mish"), Dense(2)], rng=3)


@pytest.mark.parametrize("make", [graph, nested], ids=lambda make: make.__name__)
def test_graphs_and_networks_in_networks_are_decided(make):
    net = make()
    rng = np.random.default_rng(0)
    for point in rng.normal(size=(5, *net.input_shape[1:])):
        label = int(net(point[None]).argmax())
        box = around(point, 0.05)
        found = certify(net, box, label)
        assert found.proven is not None
        assert is_true(found, net, box, label)


class Own(Dense):
    """A layer of one's own, which may do anything."""


class Square(Function):
    """An activation of one's own."""

    def forward(self, x, out=None):
        return x * x


NET = line()
BOX = [(0.0, 1.0), (0.0, 1.0)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((NET, [(1.0, 0.0), (0.0, 1.0)], True), DataError, r"low <= high, got \(1, 0\) for input 0"),
        ((NET, [(0.0, np.inf), (0.0, 1.0)], True), DataError, "box"),
        ((NET, [0.0, 1.0], True), ShapeError, r"shape \(2, 2\).*np.stack"),
        ((NET, BOX, 2), ArgumentError, "label must be True or 1"),
        ((NET, BOX, "yes"), ArgumentTypeError, "label"),
        ((saturated(1.0), [(0.0, 1.0)], 2), ArgumentError, "label must be an integer from 0 to 1"),
        ((saturated(1.0), [(0.0, 1.0)], True), ArgumentTypeError, "label must be an integer"),
        (("net", BOX, True), ArgumentTypeError, "net must be a Network"),
        ((Network([LayerNormalization(input_dim=2)]), BOX, 0), ArgumentError, r"LayerNormalization.*no rule.*use layers of"),
        ((Network([Own(1, input_dim=2)]), BOX, 0), ArgumentError, "no rule"),
        ((Network([Dense(2, activation="sparsemax", input_dim=2)]), BOX, 0), ArgumentError, r"activation Sparsemax\(\)"),
        ((Network([Dense(2, activation=Square(), input_dim=2)]), BOX, 0), ArgumentError, "no rule that encloses the activation"),
        ((Network([Dense(2, input_shape=(2, 2))]), BOX, 0), ArgumentError, "one output that is a vector"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        certify(*arguments)


def test_arguments_are_checked():
    with pytest.raises(ArgumentError, match="threshold is for networks of one output"):
        certify(saturated(1.0), [(0.0, 1.0)], 0, threshold=0.5)
    with pytest.raises(ArgumentError, match="max_boxes"):
        certify(NET, BOX, True, max_boxes=0)
    f = Relu()
    f.forward = lambda x, out=None: x
    with pytest.raises(ArgumentError, match="its activation has a forward of its own"):
        certify(Network([Dense(1, activation=f, input_dim=2)]), BOX, True)
    net = line()
    net.layers[0].forward = lambda x, training=False: x
    with pytest.raises(ArgumentError, match="forward of its own"):
        certify(net, BOX, True)


def test_threshold_is_that_of_accuracy():
    """1/2 behind a sigmoid, 0 behind tanh and a straight line."""
    for name, at in (("sigmoid", 0.5), ("step", 0.5), ("tanh", 0.0), (None, 0.0)):
        net = line((1.0,), 0.0, name)
        assert certify(net, [(0.1, 1.0)], True)
        assert certify(net, [(-1.0, -0.1)], False)
        for label in (1, True, np.int64(1), np.bool_(True)):
            assert certify(net, [(0.1, 1.0)], label, threshold=at)
        for label in (0, -1, False):
            assert certify(net, [(0.1, 1.0)], label).proven is False


@pytest.mark.parametrize("loss", ["hinge", "binary_crossentropy", BinaryCrossentropy(from_logits=True)])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", None])
@pytest.mark.filterwarnings("ignore::mlp.errors.HingeOnProbabilitiesWarning")
def test_the_loss_says_where_the_decision_changes(activation, loss):
    """What a network is counted right for is what is proven of it."""
    net = line((1.0,), 0.0, activation)
    net.compile("sgd", loss, metrics=["accuracy"])
    for x in ([[0.3]], [[-0.3]], [[0.7]]):
        right = net.evaluate(x, [1], return_dict=True)["accuracy"] == 1
        assert certify(net, [(x[0][0], x[0][0])], True).proven is right


def test_what_does_nothing_in_prediction_does_not_hide_the_last_activation():
    net = Network([Dense(1, activation="sigmoid", input_dim=1), Dropout(0.5)])
    net.set_weights([[[1.0]], [0.0]])
    assert certify(net, [(-1.0, -0.1)], False).proven


def test_nothing_is_changed():
    net = xor()
    weights = [w.copy() for w in net.get_weights()]
    box = around([0.0, 1.0], 0.1)
    before = box.copy()
    certify(net, box, True)
    np.testing.assert_array_equal(box, before)
    for was, is_ in zip(weights, net.get_weights(), strict=True):
        np.testing.assert_array_equal(was, is_)


def dip():
    """Positive but near -1.28, where silu is least; counterexamples are not looked for elsewhere."""
    net = Network([Dense(1, activation="silu", input_dim=1), Dense(1)])
    net.set_weights([[[1.0]], [0.0], [[1.0]], [0.27]])
    return net


def test_an_extreme_that_is_forgotten_proves_what_is_wrong(monkeypatch):
    """The tests above would see it: no point tried first is near the dip."""
    monkeypatch.setattr(search, "STARTS", 0)
    monkeypatch.setattr(search, "DESCENTS", 1)
    box = [(-30.0, -0.9)]
    right = certify(dip(), box, True)
    assert right.proven is False
    silu = next(cls for cls in PROFILES if cls.__name__ == "Silu")
    planted = profiles.Profile(slope_turns=None)
    monkeypatch.setitem(PROFILES, silu, lambda f: planted)
    monkeypatch.setattr(search._Search, "_counterexample", lambda self, points, low, high: None)
    wrong = certify(dip(), box, True)
    assert wrong.proven
    assert not is_true(wrong, dip(), box, True, threshold=0.0)


@pytest.mark.parametrize("dtype", [object, "complex128"])
def test_a_network_of_other_numbers_is_refused(dtype):
    """Its weights may be no floating-point numbers, and the proof would be one of others."""
    net = Network([Dense(1, input_dim=2)]).astype(dtype)
    with pytest.raises(ArgumentError, match=r'certify\(net.astype\("float64"\)'):
        certify(net, [(0, 1), (0, 1)], True)


def graph_of_halves():
    """As many units as sums that are 0 on lines through the points."""
    x = Input(shape=(2,))
    parts = [Dense(2, activation=name)(x) for name in ("relu", "relu6", "hard_tanh", "step")]
    parts += [Maximum()(parts[:2]), Minimum()(parts[1:3]), Add()(parts[2:4]), Activation("linear")(x)]
    net = Network(inputs=x, outputs=Dense(1, activation="step")(Concatenate()(parts)), rng=1)
    net.parameters = np.round(2 * net.parameters) / 2
    return net


def test_the_last_dense_layer_is_taken_as_differences():
    """What outputs have in common cancels: a large common term decides nothing."""
    net = Network([Dense(3, activation="tanh", input_dim=2), Dense(2)])
    common = [[1000.0, 1000.0]] * 3
    net.set_weights([np.eye(2, 3), np.zeros(3), np.add(common, [[0, 1.0], [0, 0], [0, 0]]), [1.0, 0.0]])
    assert certify(net, [(-1.0, 0.5), (-1.0, 1.0)], 0).boxes == 1
