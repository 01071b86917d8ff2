"""Networks of fractions: what they compute is what Python's fractions give, and floats are its rounding."""

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from tables import ACTIVATIONS, LAYER_ROWS, MERGES

from mlp import Input, Network, layers, rationals
from mlp import activations as act
from mlp.errors import ArgumentError, DataError, ShapeError, StateError
from mlp.layers import Activation, Concatenate, Dense, Dropout, Flatten, Layer, Residual
from mlp.testing import strategies

HALF, SIXTH = Fraction(1, 2), Fraction(1, 6)


def clip(x, low, high):
    return low if x < low else min(x, high)


def sparse_plus(x):
    return Fraction(0) if x <= -1 else x if x >= 1 else (x + 1) ** 2 / 4


#: Every activation that has fractions for fractions, and what it is, in Python's numbers.
RATIONAL = {
    "linear": (act.Linear(), lambda x: x),
    "relu": (act.Relu(), lambda x: max(0, x)),
    "relu in general": (
        act.Relu(0.1, 6.0, 0.3),
        lambda x: min(x, 6) if x > Fraction(0.3) else Fraction(0.1) * (x - Fraction(0.3)),
    ),
    "relu with a slope": (act.Relu(0.1), lambda x: x if x > 0 else Fraction(0.1) * x),
    "leaky relu": (act.LeakyRelu(), lambda x: x if x > 0 else Fraction(0.2) * x),
    "relu6": (act.Relu6(), lambda x: clip(x, 0, 6)),
    "threshold": (act.Threshold(0.1, 0.7), lambda x: x if x > Fraction(0.1) else Fraction(0.7)),
    "step": (act.Step(), lambda x: 1 if x > 0 else 0),
    "hard sigmoid": (act.HardSigmoid(), lambda x: clip(x * SIXTH + HALF, 0, 1)),
    "sparse sigmoid": (act.SparseSigmoid(), lambda x: clip((x + 1) / 2, 0, 1)),
    "hard tanh": (act.HardTanh(), lambda x: clip(x, -1, 1)),
    "softsign": (act.Softsign(), lambda x: x / (1 + abs(x))),
    "soft shrink": (act.SoftShrink(), lambda x: x - clip(x, -HALF, HALF)),
    "hard shrink": (act.HardShrink(), lambda x: x if abs(x) > HALF else 0),
    "hard silu": (act.HardSilu(), lambda x: x * clip(x * SIXTH + HALF, 0, 1)),
    "sparse plus": (act.SparsePlus(), sparse_plus),
}  # fmt: skip
RATIONAL_LAYERS = {
    "InputLayer", "Dense", "Activation", "ReLU", "LeakyReLU", "PReLU", "Flatten", "Reshape", "Permute", "RepeatVector",
    "Identity", "Residual", "Rescaling", "Dropout", "AlphaDropout", "ActivityRegularization", "Add", "Subtract", "Multiply",
    "Average", "Maximum", "Minimum", "Concatenate", "Network",
}  # fmt: skip

fractions = st.fractions(-8, 8) | st.sampled_from([Fraction(k, 2) for k in range(-12, 13)])


def all_fractions(array):
    """Of Python's own integers; an integer of NumPy inside of one would overflow."""
    parts = {(type(v), type(v.numerator), type(v.denominator)) for v in array.ravel()}
    return array.dtype == object and parts <= {(Fraction, int, int)}


def relu_net(seed=0, units=(3, 4, 2), activation="relu"):
    net = Network(rng=seed)
    for i, n in enumerate(units[1:]):
        last = i == len(units) - 2
        net.add(
            Dense(
                n,
                None if last else activation,
                bias_initializer="normal",
                **({} if i else {"input_dim": units[0]}),
            )
        )
    return net


@pytest.mark.parametrize("name", RATIONAL)
@settings(max_examples=30, deadline=None)
@given(x=fractions)
def test_an_activation_is_what_its_definition_says(name, x):
    function, right = RATIONAL[name]
    h, near = Fraction(1, 2**100), Fraction(1, 2**90)
    slopes = [(right(x + h) - right(x)) / h, (right(x) - right(x - h)) / h]
    alone = Activation(function, input_dim=1)
    for layer in (alone, Dense(1, function, kernel_initializer="ones", input_dim=1)):
        net = Network([layer]).astype(object)
        y = net([[x]])
        assert (net.forward([[x]]) == y).all()
        dx = net.backward([[1]])
        assert all_fractions(y)
        assert all_fractions(dx)
        assert y.item() == right(x)
        assert any(abs(dx.item() - slope) < near for slope in slopes)  # at a kink that of one side


@pytest.mark.parametrize("row", ACTIVATIONS, ids=lambda row: f"{row.name or type(row.make()).__name__}")
def test_every_other_activation_is_refused_by_name(row):
    function = row.make()
    net = Network([Dense(4, function, input_dim=2)], name="net")
    if type(function) in {type(f) for f, _ in RATIONAL.values()}:
        assert net.astype(object).dtype == object
    else:
        with pytest.raises(
            ArgumentError,
            match=rf"layer 0 'dense' .*{type(function).__name__}.*no fractions.*take linear, relu",
        ):
            net.astype(object)


@pytest.mark.parametrize("row", LAYER_ROWS, ids=lambda row: f"{row.name or type(row.make()).__name__}")
def test_a_layer_of_fractions_gives_what_the_floats_round(row):
    for shape in row.shapes:
        net = Network([layers.InputLayer(shape), row.make()], rng=0)
        name = type(net.layers[0]).__name__ if net.layers else "InputLayer"
        has_exact_parts = all(
            type(f) in {type(g) for g, _ in RATIONAL.values()}
            for layer in net.walk()
            if isinstance(f := vars(layer).get("activation"), act.Activation)
        )
        if name not in RATIONAL_LAYERS or not has_exact_parts:
            with pytest.raises(ArgumentError, match="as dtype object needs"):
                net.astype(object)
            continue
        x = row.draw(np.random.default_rng(1), (3, *shape))
        _same(net, x)


@pytest.mark.parametrize("row", MERGES, ids=lambda row: f"{row.name or type(row.make()).__name__}")
def test_a_merge_of_fractions_gives_what_the_floats_round(row):
    values = [Input(shape=shape) for shape in row.shapes]
    net = Network(inputs=values, outputs=row.make()(values))
    if type(row.make()).__name__ not in RATIONAL_LAYERS:
        with pytest.raises(ArgumentError, match="Dot gives no fractions for fractions"):
            net.astype(object)
        return
    rng = np.random.default_rng(2)
    x = [rng.normal(size=(3, *shape)) for shape in row.shapes]
    _same(net, x if len(x) > 1 else x[0])


def _same(net, x):
    """Forward and backward in fractions and in floats: the first are fractions all through, the second near them."""
    exact = net.astype(object)
    y, right = net.forward(x), exact.forward(x)
    assert all_fractions(right)
    assert (right == exact(x)).all()
    assert (right == exact.predict(x, batch_size=2)).all()
    np.testing.assert_allclose(y, right.astype(float), rtol=1e-13, atol=1e-13)
    dy = np.random.default_rng(3).normal(size=y.shape)
    both = zip(_listed(net.backward(dy)), _listed(exact.backward(dy)), strict=True)
    for dx, right_dx in [*both, (net.gradient, exact.gradient)]:
        assert all_fractions(right_dx)
        np.testing.assert_allclose(dx, right_dx.astype(float), rtol=1e-13, atol=1e-13)


def _listed(value):
    return value if isinstance(value, list) else [value]


PIECEWISE = [
    act.Linear(),
    act.Relu(),
    act.LeakyRelu(0.25),
    act.Relu6(),
    act.Step(),
    act.HardTanh(),
    act.SoftShrink(),
]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_small_integers_are_not_rounded_so_floats_give_the_same(data):
    whole = st.integers(-4, 4).map(float)
    net = data.draw(
        strategies.networks(
            layers=[
                Dense,
                Activation,
                Flatten,
                Residual,
                layers.Permute,
                layers.Reshape,
                layers.PReLU,
                Dropout,
            ],
            activations=PIECEWISE,
            elements=whole,
        )
    )
    x, dy = data.draw(strategies.batches(net, elements=whole))
    exact = net.astype(object)
    y, right = net.forward(x), exact.forward(x)
    assert (y == right).all()
    assert all_fractions(right)
    assert (net.backward(dy) == exact.backward(dy)).all()
    assert (net.gradient == exact.gradient).all()


#: Functions that never stretch a distance, so that an error grows by products and sums alone.
CONTRACTIONS = [
    act.Linear(),
    act.Relu(),
    act.LeakyRelu(),
    act.Relu6(),
    act.HardTanh(),
    act.HardSigmoid(),
    act.SoftShrink(),
]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_floats_are_as_near_as_rounding_allows(data):
    elements = st.floats(-100, 100)
    net = data.draw(
        strategies.networks(layers=[Dense], activations=CONTRACTIONS, max_units=5, elements=elements)
    )
    x, _ = data.draw(strategies.batches(net, elements=elements))
    exact = net.astype(object)
    outputs = [exact.rows_in(x), *exact.activations(x).values()]
    error = np.full(x.shape, Fraction(0))
    for layer, taken in zip(exact.layers, outputs, strict=False):
        # Higham 2002, section 3.1: a sum of n products is off by n units of the sum of their sizes at most; here are some
        # more, for the bias and the function, and again as many for products of small terms.  Subnormal ones lose all.
        weights = np.abs(layer.kernel)
        size = (np.abs(taken) + error).dot(weights) + (np.abs(layer.bias) if layer.use_bias else 0)
        error = (
            error.dot(weights)
            + 2 * (len(weights) + 6) * Fraction(2) ** -53 * (size + 6)
            + Fraction(2) ** -1000
        )
    assert (np.abs(rationals.as_fractions("y", net(x)) - outputs[-1]) <= error).all()
    assert all_fractions(outputs[-1])


def test_gradients_by_hand():
    net = Network([Dense(2, "relu", input_dim=2), Dense(1)]).astype(object)
    third = Fraction(1, 3)
    net.set_weights([[[third, 1], [2, -1]], [0, third], [[3], [5]], [Fraction(1, 7)]])
    # z = (1/3 + 2 1/5, 1 - 1/5 + 1/3) = (11/15, 17/15), both above 0; y = 3 z_1 + 5 z_2 + 1/7
    assert net.forward([[1, Fraction(1, 5)]]).tolist() == [[Fraction(33 + 85, 15) + Fraction(1, 7)]]
    # dz = (3, 5); dx = dz W^T
    assert net.backward([[1]]).tolist() == [[3 * third + 5, 3 * 2 - 5]]
    fifth = Fraction(1, 5)
    # dW_1 = x^T dz, db_1 = dz, dW_2 = z^T, db_2 = 1
    assert net.gradient.tolist() == [3, 5, 3 * fifth, 1, 3, 5, Fraction(11, 15), Fraction(17, 15), 1]


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "hard_sigmoid", "hard_tanh"])
def test_a_gradient_is_the_difference_quotient_itself(name):
    net = relu_net(5, (2, 4, 3, 1), name).astype(object)
    x, h = [[0.3, -0.7], [1.1, 0.2]], Fraction(1, 2**300)

    def total():
        return sum(net(x).ravel())

    net.forward(x)
    net.backward([[1], [1]])
    gradient, value = net.gradient.copy(), total()
    for i in range(net.parameters.size):
        net.parameters[i] += h
        above = total()
        net.parameters[i] -= h
        # Between the kinks the output is a straight line in each parameter by itself, so there is no remainder.
        assert (above - value) / h == gradient[i]


def test_a_graph_with_fan_out_and_shared_layers():
    a, b = Input(shape=(2,)), Input(shape=(2,))
    shared = Dense(2, "relu", name="shared")
    both = Concatenate()([shared(a), shared(b), a])
    out = layers.Average()([Dense(2)(both), layers.Maximum()([a, b]), shared(b)])
    net = Network(inputs=[a, b], outputs=[out, layers.Subtract()([a, b])], rng=3)
    exact, rng = net.astype(object), np.random.default_rng(0)
    x, dy = [rng.normal(size=(4, 2)) for _ in "ab"], [rng.normal(size=(4, 2)) for _ in "ab"]
    for y, right in zip(net.forward(x), exact.forward(x), strict=True):
        assert all_fractions(right)
        np.testing.assert_allclose(y, right.astype(float), rtol=1e-14, atol=1e-14)
    for dx, right in zip(net.backward(dy), exact.backward(dy), strict=True):
        assert all_fractions(right)
        np.testing.assert_allclose(dx, right.astype(float), rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(net.gradient, exact.gradient.astype(float), rtol=1e-14, atol=1e-14)


def test_an_output_that_nobody_asks_for_has_fractions_too():
    a = Input(shape=(2,))
    split = Network(inputs=(v := Input(shape=(2,))), outputs=[Dense(1)(v), Dense(1)(v)])
    first, _ = split(a)
    net = Network(inputs=a, outputs=layers.Average()([first, Dense(1)(a)])).astype(object)
    net.forward([[1, 2]])
    assert all_fractions(net.backward([[1]]))
    assert all_fractions(net.gradient)


def test_the_sum_of_tenths_is_not_rounded():
    net = Network([Dense(1, kernel_initializer="ones", input_dim=3)])
    tenth = Fraction(1, 10)
    assert net([[0.1, 0.1, 0.1]]).item() != 0.3
    assert net.astype(object)([[tenth] * 3]).item() == 3 * tenth
    assert net.astype(object)([[0.1] * 3]).item() == 3 * Fraction(0.1)


FORMS = {
    "floats": [[0.5, -1.25]],
    "a float array": np.array([[0.5, -1.25]]),
    "single precision": np.array([[0.5, -1.25]], np.float32),
    "half precision": np.array([[0.5, -1.25]], np.float16),
    "extended precision": np.array([[0.5, -1.25]], np.longdouble),
    "fractions": [[Fraction(1, 2), Fraction(-5, 4)]],
    "an array of fractions": np.array([[Fraction(1, 2), Fraction(-5, 4)]]),
    "scalars of NumPy": [[np.float32(0.5), np.float64(-1.25)]],
    "halves of integers of NumPy": [
        [Fraction(np.int64(1), np.int64(2)), Fraction(np.int64(-5), np.int64(4))]
    ],
    "a Fortran array": np.asfortranarray(np.array([[0.5, -1.25]])),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_kinds_of_numbers_come_in_as_they_are(form):
    y = Network([layers.Identity(input_dim=2)]).astype(object)(FORMS[form])
    assert all_fractions(y)
    assert y.tolist() == [[HALF, Fraction(-5, 4)]]


@pytest.mark.parametrize(
    "x",
    [
        [[2**80 + 1, -(2**63)]],
        [[2**63, -1]],
        np.array([[2**63 + 1, 1]], np.uint64),
        [[True, np.bool_(False)]],
    ],
)
def test_integers_of_any_size_and_bools_are_kept(x):
    y = Network([layers.Identity(input_dim=2)]).astype(object)(x)
    assert y.tolist() == [[int(v) for v in row] for row in x]
    assert all_fractions(y)


BAD = {
    "text": ([["1", "2"]], DataError, r"fractions, integers or floats, got '1' \(str\) at x\[0, 0\]"),
    "complex": ([[1j, 2]], DataError, r"got 1j \(complex\) at x\[0, 0\]"),
    "nothing": ([[1, None]], DataError, r"got None .*x\[0, 1\]"),
    "ragged": ([[1], [2, 3]], (DataError, ShapeError), "x "),
    "nan": ([[1, float("nan")]], DataError, r"x must be finite, got nan at x\[0, 1\]"),
    "infinity": (np.array([[1, -np.inf]]), DataError, r"x must be finite, got -inf at x\[0, 1\]"),
    "another width": ([[1, 2, 3]], ShapeError, r"x must have shape \(n, 2\), got \(1, 3\)"),
    "sparse": (csr_array([[1.0, 2.0]]), DataError, r"sparse matrix; use x.toarray\(\)"),
    "masked": (np.ma.array([[1, 2]], mask=[[1, 0]]), DataError, "masked"),
    "text in an array of objects": (np.array([["a", 1]], object), DataError, "got 'a'"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("method", ["__call__", "predict", "forward"])
def test_what_is_no_number_is_refused(case, method):
    x, error, message = BAD[case]
    with pytest.raises(error, match=message):
        getattr(Network([layers.Identity(input_dim=2)]).astype(object), method)(x)


def test_rows_in_a_file_are_converted(tmp_path):
    rows = np.memmap(tmp_path / "x", mode="w+", shape=(3, 2))
    rows[:] = [[1, 2], [3, 4], [5, 6]]
    y = Network([layers.Identity(input_dim=2)]).astype(object).predict(rows, batch_size=2)
    assert all_fractions(y)
    assert (y == rows).all()


def test_weights_go_in_and_out_as_fractions():
    net = Network([Dense(1, input_dim=2)]).astype(object)
    net.set_weights([[[Fraction(1, 3)], [2]], [0.5]])
    kernel, bias = net.get_weights()
    assert all_fractions(kernel)
    assert all_fractions(bias)
    assert kernel.tolist() == [[Fraction(1, 3)], [2]]
    net.parameters = [1, 2, Fraction(1, 9)]
    net.layers[0].bias = [Fraction(2, 9)]
    assert net.parameters.tolist() == [1, 2, Fraction(2, 9)]
    for bad in ([[["1"], [2]], [0]], [[[np.nan], [2]], [0]], [[[1, 2]], [0]]):
        with pytest.raises((DataError, ShapeError), match=r"weights\[0\] \(kernel\)"):
            net.set_weights(bad)
    assert net.parameters.tolist() == [1, 2, Fraction(2, 9)]


@pytest.mark.parametrize("twin", [Network.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])  # noqa: S301
def test_a_copy_has_the_fractions_and_vectors_of_its_own(twin):
    net = relu_net().astype(object)
    net.parameters[0] = Fraction(1, 3)
    other = twin(net)
    assert (other.parameters == net.parameters).all()
    other.parameters[0] = Fraction(1, 7)
    assert net.layers[0].kernel[0, 0] == Fraction(1, 3)
    assert other.layers[0].kernel[0, 0] == Fraction(1, 7)


def test_there_and_back_nothing_has_changed():
    net = relu_net()
    net.compile("adam", "mse")
    exact = net.astype(object)
    assert exact.optimizer is None
    assert (exact.astype("float64").parameters == net.parameters).all()
    assert (
        net.astype("float32").astype(object).astype("float32").parameters == net.astype("float32").parameters
    ).all()
    assert (exact.astype("complex128").parameters == net.parameters).all()
    assert net.dtype == np.float64
    assert net.optimizer is not None


@given(value=st.fractions() | st.builds(Fraction, st.integers(), st.integers(1, 10**40)))
def test_the_way_back_takes_the_nearest_float(value):
    net = Network([Dense(1, use_bias=False, input_dim=1)]).astype(object)
    net.parameters = [value]
    assert net.astype("float64").parameters[0] == float(value)


@pytest.mark.parametrize(("dtype", "value"), [("float64", 10**400), ("float32", 10**39)])
def test_a_fraction_that_no_float_reaches_is_refused(dtype, value):
    net = Network([Dense(1, input_dim=1)]).astype(object)
    net.set_weights([[[1]], [value]])
    with pytest.raises(DataError, match=f"layer 0 'dense' .*: bias holds a fraction that overflows {dtype}"):
        net.astype(dtype)


def test_weights_that_are_no_numbers_are_refused():
    net = Network([Dense(1, input_dim=1)])
    net.parameters[0] = np.nan
    with pytest.raises(
        DataError, match=r"layer 0 'dense' .*: kernel must be finite, got nan at kernel\[0, 0\]"
    ):
        net.astype(object)


class Halved(Layer):
    """y = x / 2."""

    def forward(self, x, training=False):
        return x / 2

    def backward(self, dy):
        return dy / 2


class HalvedExactly(Halved):
    rational = True


class HalvedAnew(HalvedExactly):
    def forward(self, x, training=False):
        return x * 0.5


class NamedHalf(HalvedExactly):
    """Another name for it."""


@pytest.mark.parametrize(
    ("cls", "takes"), [(Halved, False), (HalvedExactly, True), (HalvedAnew, False), (NamedHalf, True)]
)
def test_a_layer_of_ones_own_says_it_in_its_class(cls, takes):
    net = Network([cls(input_dim=1)])
    if takes:
        assert net.astype(object)([[1]]).item() == HALF
    else:
        with pytest.raises(
            ArgumentError, match=rf"{cls.__name__} does not say, by rational = True in its class"
        ):
            net.astype(object)


def test_a_layer_with_a_forward_of_its_own_object_is_refused():
    net = Network([Dense(1, input_dim=1)])
    net.layers[0].forward = lambda x, training=False: x
    with pytest.raises(ArgumentError, match="Dense gives no fractions"):
        net.astype(object)


def test_a_surrogate_that_is_no_fraction_is_refused():
    for surrogate in (None, "straight_through", "clipped", "triangle", "superspike"):
        net = Network([Dense(2, act.Step(surrogate), input_dim=1), Activation(act.Step(surrogate))]).astype(
            object
        )
        net.forward([[HALF]])
        assert all_fractions(net.backward([[1, 2]]))
        assert all_fractions(net.gradient)
    with pytest.raises(ArgumentError, match="sigmoid"):
        Network([Dense(2, act.Step("sigmoid"), input_dim=1)]).astype(object)


def test_nothing_is_drawn():
    net = Network([Dropout(0.5, input_dim=1)]).astype(object)
    assert net([[HALF]]).item() == HALF
    with pytest.raises(StateError, match=r"layer 0 'dropout' .*draws random numbers.*training=False"):
        net.forward([[HALF]], training=True)


X, Y = [[1.0, 2.0, 3.0]], [[1.0, 2.0]]
REFUSED = {
    "compile": lambda net, path: net.compile("sgd", "mse"),
    "fit": lambda net, path: net.fit(X, Y),
    "train_on_batch": lambda net, path: net.train_on_batch(X, Y),
    "evaluate": lambda net, path: net.evaluate(X, Y),
    "minimize": lambda net, path: net.minimize(X, Y),
    "value_and_gradient": lambda net, path: net.value_and_gradient(X, Y),
    "input_gradient": lambda net, path: net.input_gradient(X, Y),
    "health": lambda net, path: net.health(X, Y),
    "add": lambda net, path: net.add(Dense(1)),
    "to_keras": lambda net, path: net.to_keras(),
    "to_torch": lambda net, path: net.to_torch(),
    "to_sklearn": lambda net, path: net.to_sklearn(),
    "save_weights": lambda net, path: net.save_weights(path / "a.npz"),
    **{f"save {s}": lambda net, path, s=s: net.save(path / f"a{s}") for s in (".npz", ".safetensors", ".keras", ".onnx", ".py", ".c")},
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_wants_floats_is_refused_and_nothing_is_changed(what, tmp_path):
    net = relu_net().astype(object)
    before = net.parameters.copy()
    with pytest.raises(StateError, match=r"computes with fractions"):
        REFUSED[what](net, tmp_path)
    assert (net.parameters == before).all()
    assert net.optimizer is None
    assert len(net.layers) == 2
    assert not list(tmp_path.iterdir())


def test_looking_inside_is_exact():
    net = relu_net().astype(object)
    assert all(
        all_fractions(y) for y in [*net.activations(X).values(), *net.activations(X, before=True).values()]
    )
    jacobian = net.jacobian(X)
    assert all_fractions(jacobian)
    assert (jacobian.astype(float) == net.astype("float64").jacobian(X)).mean() > 0.5
    assert net.jacobian(X, wrt="parameters").shape == (1, 2, net.count_params())


def test_files_of_floats_can_be_read_into_it(tmp_path):
    net = relu_net()
    net.save_weights(tmp_path / "a.npz")
    exact = relu_net(9).astype(object)
    exact.load_weights(tmp_path / "a.npz")
    assert (exact.parameters == net.parameters).all()
    assert all_fractions(exact.parameters)


def test_inside_a_network_of_floats_it_has_floats():
    assert Network([relu_net().astype(object), Dense(1)]).parameters.dtype == np.float64


def written(name, value):
    net = Network([Dense(2, input_dim=1)]).astype(object)
    view = net.parameters if name == "parameters" else getattr(net.layers[0], name)
    view[(0,) * view.ndim] = value
    return net


@pytest.mark.parametrize("name", ["parameters", "kernel", "bias"])
@pytest.mark.parametrize("value", [0.5, np.float64(0.5), np.int64(1), "1"])
def test_what_is_no_fraction_is_not_computed_with(name, value):
    """Live views take what is written into them; one float in a sum would make a float of it."""
    net = written(name, value)
    for compute in (net, net.predict, net.forward):
        with pytest.raises(DataError, match=r"'dense'.*\[0.*must be a Fraction, got .*set_weights"):
            compute([[1]])
    net.set_weights([[[0.5, 1.0]], [0.0, 0.0]])
    assert net([[HALF]]).tolist() == [[Fraction(1, 4), HALF]]


def test_integers_written_into_views_are_exact():
    assert written("parameters", 2)([[HALF]])[0, 0] == 1


@pytest.mark.parametrize(
    "make", [lambda: Network(dtype=object), lambda: Network.from_config(written("bias", HALF).get_config())]
)
def test_a_new_network_is_one_of_floats(make):
    with pytest.raises(
        ArgumentError, match=r"one of 'float64', 'float32', got .*object.*net.astype\(object\)"
    ):
        make()


def test_a_number_by_itself_has_no_index():
    with pytest.raises(DataError, match=r"^t must be finite, got nan at t;"):
        rationals.as_fractions("t", np.array(np.nan))
