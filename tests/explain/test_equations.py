"""Every equation of a calculation is true: its sides are computed again, by NumPy, and agree."""

import numpy as np
import pytest
from explain.evaluation import Reader, read_all
from explain.subjects import SUBJECTS, chain
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import mlp
from mlp import Network
from mlp.explain.formula import Derivative, Equation, Matrix, Paragraph, Product, Sum, Symbol
from mlp.layers import Dense
from mlp.losses import LOSSES
from mlp.testing.strategies import batches, networks

DATA = np.array([[0.3, -0.1, 1.2], [-1.0, 2.0, 0.4]])


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_all_equations_are_true(subject):
    net, x, y = subject()
    read_all(net, net.explain(x, y))
    read_all(net, net.explain(x))


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("name", mlp.activations.ACTIVATIONS.classes)
def test_all_of_a_dense_layer_is_computed_with_any_activation(name, rows):
    """No side of an equation is beyond the reader, so that none escapes him."""
    units = 2 if name == "Glu" else 3
    arguments = {"Threshold": (0.2, -1.0), "FunctionActivation": (_cubes,)}.get(name, ())
    function = mlp.activations.ACTIVATIONS.classes[name](*arguments)
    net = chain(Dense(2 * units, function, input_dim=3), Dense(1, "tanh"))
    net.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in net.get_weights()])
    x, y = DATA[:rows], [1.0, -1.0][:rows]
    calculation = net.explain(x, y)
    assert read_all(net, calculation) == []
    named = {block.sides[0] for block in calculation.blocks if isinstance(block, Equation)}
    assert {Derivative(Symbol("L"), Symbol(*what)) for what in ALL} <= named


#: What the loss of a network of two dense layers is derived by.
ALL = [("a", 2), ("z", 2), ("W", 2), ("b", 2), ("a", 1), ("z", 1), ("W", 1), ("b", 1)]


def _cubes(x):
    return x**3


_cubes.derivative = lambda x: 3 * x**2


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
@pytest.mark.parametrize("name", [name for name in LOSSES.classes if name != "FunctionLoss"])
def test_what_is_said_of_any_loss_is_true(name, reduction, rows):
    loss = LOSSES.classes[name](reduction=reduction)
    last = {"binary": "sigmoid", "one-hot": "softmax", "index": "softmax", "positive": "softplus"}
    net = chain(Dense(3, last.get(loss.targets), input_dim=3), loss=loss)
    targets = {"index": [2, 0], "one-hot": np.eye(3)[:2], "sign": [[1, -1, 1], [-1, -1, 1]]}
    y = targets.get(loss.targets, [[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    calculation = net.explain(DATA[:rows], y[:rows])
    missed = read_all(net, calculation)
    if name in WITH_FORMULA:
        assert missed == []
        by = "a" if loss.targets in ("real", "sign") else "z"
        assert name == "Hinge" or sides_of(calculation, by) > 2
    else:  # it is called by its name
        assert [side.function for side in missed] == [net.loss.name]


def sides_of(calculation, by):
    """How many sides the first equation of ``dL/d...`` has."""
    first = Derivative(Symbol("L"), Symbol(by, 1))
    return next(len(b.sides) for b in calculation.blocks if isinstance(b, Equation) and b.sides[0] == first)


@pytest.mark.parametrize(
    ("last", "loss", "by"),
    [("sigmoid", "bce", "z"), ("softmax", "scce", "z"), (None, "mse", "a"), (None, "mae", "a")],
)
def test_the_weight_of_a_loss_is_in_its_derivative(last, loss, by):
    net = Network([Dense(1 if loss != "scce" else 3, last, input_dim=3)], rng=0)
    net.compile("sgd", loss, loss_weights=3.0)
    calculation = net.explain(DATA, [1, 0])
    assert read_all(net, calculation) == []
    assert sides_of(calculation, by) > 2


@pytest.mark.parametrize(("last", "loss"), [("sigmoid", "bce"), ("softmax", "cce"), ("softmax", "scce")])
def test_a_cross_entropy_by_itself_has_its_formula_too(last, loss):
    apart = type(mlp.losses.get(loss))(keras_compat=True)
    net = chain(Dense(3, last, input_dim=3), loss=apart)
    calculation = net.explain(DATA, [2, 0] if loss == "scce" else np.eye(3)[:2])
    assert read_all(net, calculation) == []
    assert sides_of(calculation, "a") == 2


#: Losses that are shown as a formula.
WITH_FORMULA = (
    "MeanSquaredError", "SumSquaredError", "MeanAbsoluteError", "Hinge", "BinaryCrossentropy",
    "CategoricalCrossentropy", "SparseCategoricalCrossentropy",
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_equations_of_any_network_are_true(data):
    net = data.draw(networks(layers=["Dense", "Activation", "Dropout", "Flatten", "Residual"], compiled=True))
    functions = [layer.activation for layer in net.walk() if "activation" in vars(layer)]
    assume(len(functions) == len({type(function) for function in functions}))  # for they are called alike
    x, y = data.draw(batches(net))
    read_all(net, net.explain(x, y))


def test_arguments_of_a_function_are_told():
    net = chain(Dense(1, mlp.activations.Elu(2.0), input_dim=3))
    texts = [block.text for block in net.explain(DATA).blocks if isinstance(block, Paragraph)]
    assert "The activation function is Elu(alpha=2.0)." in texts


# The reader himself.


def test_the_reader_objects_to_what_is_not_true():
    z, two, three = Symbol("z", 1), Matrix(np.array([[2.0]])), Matrix(np.array(3.0))
    reader = Reader()
    assert reader.read(Equation((z, Product((three, two)), Matrix(np.array([[6.0]]))))) == []
    assert reader.read(Equation((Symbol("y"), Sum((z, two)), Matrix(np.array([[8.0]]))))) == []
    for wrong in ((Symbol("y"), Sum((z, two)), Matrix(np.array([[8.1]]))), (z, Matrix(np.array([[6.1]])))):
        with pytest.raises(AssertionError):
            reader.read(Equation(wrong))
