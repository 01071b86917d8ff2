"""The strategies: what they draw fits, what they draw is everything, and what they shrink to can be done by hand."""

import inspect
import math
import random
import re
import subprocess
import sys

import hypothesis
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mlp import Network, activations, errors, layers, losses, optimizers, schedules
from mlp.layers.base import LAYERS
from mlp.targets import KINDS
from mlp.testing import strategies as drawn
from mlp.testing.strategies.data import TARGETS
from mlp.testing.strategies.objects import ARGUMENTS
from mlp.testing.strategies.stack import ROWS

REGISTRIES = {
    "activations": activations.ACTIVATIONS,
    "layers": LAYERS,
    "losses": losses.LOSSES,
    "optimizers": optimizers.OPTIMIZERS,
}
CLASSES = [(name, cls) for name, registry in REGISTRIES.items() for cls in registry.classes.values()]
CLASS_IDS = [f"{name} {cls.__name__}" for name, cls in CLASSES]
PUBLIC = [getattr(drawn, name) for name in drawn.__all__]

some = settings(max_examples=25, deadline=None)
repeatable = settings(
    max_examples=2000, deadline=None, database=None, derandomize=True, phases=(Phase.generate, Phase.shrink)
)
shrunk = settings(repeatable, derandomize=False)
unshrunk = settings(repeatable, phases=(Phase.generate,))


def simplest(strategy, condition=lambda _: True):
    return hypothesis.find(strategy, condition, settings=repeatable)


def one(strategy, condition=lambda _: True):
    return hypothesis.find(strategy, condition, settings=unshrunk)


@st.composite
def networks_and_batches(draw, **kwargs):
    net = draw(drawn.networks(**kwargs))
    return net, *draw(drawn.batches(net))


# --- Shrinking ----------------------------------------------------------------------------------------------


def test_the_simplest_network_is_one_linear_unit():
    net, x, dy = simplest(networks_and_batches())
    (dense,) = net.layers
    assert type(dense) is layers.Dense
    assert type(dense.activation) is activations.Linear
    assert [w.tolist() for w in net.get_weights()] == [[[1.0]]]
    assert (x.tolist(), dy.tolist()) == ([[1.0]], [[2.0]])


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (drawn.activations, "Linear()"),
        (drawn.losses, "MeanSquaredError(name='mean_squared_error')"),
        (drawn.optimizers, "SGD(learning_rate=0.1, name='sgd')"),
        (drawn.layers, "<Dense 'dense'>"),
        (drawn.datasets, "(array([[1.],\n       [2.]]), array([3., 4.]))"),
        (lambda: drawn.datasets("classification"), "(array([[1.],\n       [2.]]), array([0, 1]))"),
        (lambda: drawn.networks(min_layers=2), "<Network 1 -> dense -> dense_1: 2 parameters, float64>"),
        (lambda: drawn.networks(compiled=True), "<Network 1 -> dense: 1 parameters, float64>"),
    ],
)
def test_the_simplest_of_each(make, shown):
    assert repr(simplest(make())) == shown


def test_the_simplest_weights_are_small_integers_that_differ():
    net = Network([layers.Dense(3, input_dim=2), layers.Normalization()])
    weights = simplest(drawn.weights_for(net))
    assert [w.tolist() for w in weights] == [[[1, 2, 3], [4, 5, 1]], [2, 3, 4], [5, 1, 2], [3, 4, 5], 1]


class InputByReshape(layers.Dense):
    """Has the right shapes, whatever they are."""

    def backward(self, dy):
        super().backward(dy)
        dz = self.activation.backward(dy, self._z, self._y)
        return dz.dot(self.kernel.reshape(self.units, -1))


class InputUntransposed(layers.Dense):
    """Only fails in a square layer without an error."""

    def backward(self, dy):
        super().backward(dy)
        dz = self.activation.backward(dy, self._z, self._y)
        return dz.dot(self.kernel)


class KernelByReshape(layers.Dense):
    """Has the gradient's numbers in the wrong order."""

    def backward(self, dy):
        dx = super().backward(dy)
        gradient = self.gradient_of("kernel")
        gradient[...] = gradient.T.reshape(gradient.shape).copy()
        return dx


def slopes(f, v, h=1e-5):
    """The derivative of a number by differences."""
    steps = h * np.eye(v.size).reshape(v.size, *v.shape)
    return np.array([f(v + step) - f(v - step) for step in steps]).reshape(v.shape) / (2 * h)


def is_wrong(example):
    """Whether ``backward`` fails, or is not the derivative of ``forward``."""
    net, x, dy = example
    net.forward(x)
    try:
        dx, gradient = net.backward(dy), net.gradient.copy()
    except ValueError:
        return True
    start = net.parameters.copy()

    def at(parameters):
        net.parameters = parameters
        return (dy * net(x)).sum()

    by_parameters = slopes(at, start)
    net.parameters = start
    by_x = slopes(lambda v: (dy * net(v)).sum(), x)
    pairs = [(dx, by_x), (gradient, by_parameters)]
    return any(np.abs(a - b).max(initial=0) > 1e-3 * max(1, np.abs(b).max(initial=0)) for a, b in pairs)


def has_no_square(example):
    inside = [layer for layer in example[0].walk() if isinstance(layer, layers.Dense)]
    return all(layer.input_shape[-1] != layer.units for layer in inside)


@pytest.mark.parametrize(
    ("fault", "wanted", "sizes"),
    [
        (InputByReshape, bool, [(2, 2)]),
        (InputByReshape, has_no_square, [(2, 3), (3, 2)]),
        (InputUntransposed, bool, [(1, 2), (2, 1)]),
        (KernelByReshape, bool, [(2, 2)]),
    ],
    ids=["reshape", "reshape, not square", "no transpose", "gradient"],
)
def test_a_missing_transpose_shrinks_to_a_network_for_pencil_and_paper(fault, wanted, sizes):
    choices = ["Dense", "Activation", "Flatten", "Residual", fault]
    networks = networks_and_batches(layers=choices, activations=["linear", "tanh"])
    # Shrinking is a greedy search, which may end beside the simplest example: once in some forty searches here.
    for seed in range(3):
        net, x, dy = hypothesis.find(
            networks,
            lambda e: wanted(e) and is_wrong(e),
            settings=shrunk,
            random=random.Random(seed),  # noqa: S311
        )
        if len(net.layers) == 1:
            break
    (layer,) = net.layers
    assert type(layer) is fault
    assert type(layer.activation) is activations.Linear
    (kernel,) = net.get_weights()
    assert kernel.shape in sizes
    assert len(x) == len(dy) == 1
    assert kernel.ravel().tolist() == [1, 2, 3, 4, 5, 1][: kernel.size]
    assert [*x.ravel(), *dy.ravel()] == [1, 2, 3, 4, 5, 1][: x.size + dy.size]


def test_what_is_printed_makes_the_network_again():
    found = []

    nested = drawn.networks(
        layers=["Dense", "Residual", "Network"], compiled=True, losses="scce", dtype="float32"
    )

    @settings(unshrunk, print_blob=False)
    @given(net=nested)
    def fails(net):
        inner = [layer for layer in net.layers if isinstance(layer, layers.Residual)]
        if inner and isinstance(inner[0].inner, Network):
            found.append(net)
            raise ArithmeticError

    with pytest.raises(ArithmeticError) as caught:
        fails()
    (text,) = (note for note in caught.value.__notes__ if "assemble(" in note)
    names = {**vars(layers), **vars(activations), **vars(losses), **vars(optimizers)}
    names |= vars(schedules)
    names |= {"Network": Network, "assemble": drawn.assemble, "array": np.array, "float32": np.float32}
    net = eval(f"dict{text[text.index('(') :]}", names)["net"]  # noqa: S307 - the text is our own
    assert net.get_config() == found[-1].get_config()
    assert net.compiled.get_config() == found[-1].compiled.get_config()
    assert all(np.array_equal(a, b) for a, b in zip(net.get_weights(), found[-1].get_weights(), strict=True))


# --- What is drawn fits -------------------------------------------------------------------------------------


@some
@given(st.data(), drawn.networks(compiled=True, dtype=st.sampled_from(["float64", "float32"])))
def test_a_compiled_network_learns_from_its_batches(data, net):
    x, y = data.draw(drawn.batches(net, max_rows=3))
    assert x.shape[1:] == net.input_shape[1:]
    assert x.dtype == net.dtype
    assert 1 <= len(x) == len(y) <= 3
    value, gradient = net.value_and_gradient(x, y)
    assert math.isfinite(value)
    assert np.isfinite(gradient).all()
    net.train_on_batch(x, y)


@some
@given(networks_and_batches(elements=st.sampled_from([0.25, -0.75])))
def test_without_a_loss_targets_are_like_outputs(example):
    net, x, y = example
    assert y.shape == net(x).shape
    for layer in net.walk():
        for name, spec in layer._specs.items():
            values = layer._values[name]
            assert np.isin(values, [0.25, -0.75]).all() if spec.trainable else (values > 0).all()


@some
@given(st.data(), drawn.layers())
def test_a_layer_knows_its_input_and_belongs_to_nobody(data, layer):
    net = Network([layers.Input(layer.shape), layer] if isinstance(layer, layers.InputLayer) else [layer])
    assert len(net.input_shape) in (2, 3)
    net.set_weights(data.draw(drawn.weights_for(layer)))
    x, dy = data.draw(drawn.batches(net))
    assert net.forward(x).shape == net(x).shape == dy.shape
    assert net.backward(dy).shape == x.shape


@some
@given(drawn.datasets(min_rows=3, max_rows=5, max_features=2, max_classes=2))
def test_a_dataset_is_a_small_table(dataset):
    x, y = dataset
    assert 3 <= len(x) <= 5
    assert y.shape == (len(x),)
    assert x.shape[1] <= 2
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()
    assert y.dtype.kind == "f" or set(y.tolist()) <= {0, 1}


def test_tasks():
    assert one(drawn.datasets("regression"))[1].dtype == float
    assert one(drawn.datasets("classification"), lambda d: len(set(d[1].tolist())) > 2)[1].dtype.kind == "i"
    assert {
        one(drawn.datasets(), lambda d, kind=kind: d[1].dtype.kind == kind)[1].dtype.kind for kind in "if"
    }


@some
@given(
    drawn.networks(
        min_layers=2,
        max_layers=2,
        max_units=3,
        input_shapes=[(5,), (2, 3)],
        layers=["Dense", "Residual"],
        activations="tanh",
        dtype="float32",
    )
)
def test_arguments_of_networks_hold(net):
    assert len(net.layers) == 2
    assert net.input_shape in ((None, 5), (None, 2, 3))
    assert net.dtype == np.float32
    inside = list(net.walk())[1:]
    assert {type(layer) for layer in inside} <= {layers.Dense, layers.Residual}
    for layer in inside:
        if type(layer) is layers.Dense:
            assert layer.units <= (5 if layer._owner is not net else 3)
            assert type(layer.activation) is activations.Tanh


@some
@given(networks_and_batches(compiled=True, losses=losses.Hinge(reduction="sum"), optimizers="adam"))
def test_arguments_of_compiling_hold(example):
    net, _, y = example
    assert (net.loss.name, net.loss.reduction) == ("hinge", "sum")
    assert type(net.optimizer) is optimizers.Adam
    assert np.isin(y, [-1, 1]).all()


@pytest.mark.parametrize("allowed", ["Dense", "Dropout"])
def test_probabilities_end_in_softmax_whatever_is_allowed(allowed):
    loss = losses.CategoricalCrossentropy()
    strategy = networks_and_batches(layers=allowed, activations="relu", compiled=True, losses=loss)
    net, x, y = one(strategy, lambda example: len(example[0].layers) == 3)
    assert type(net.layers[-1]) is (layers.Dense if allowed == "Dense" else layers.Activation)
    assert np.allclose(net(x).sum(axis=-1), 1)
    assert np.allclose(y.sum(axis=-1), 1)


def test_an_ignored_class_is_among_the_targets():
    net = Network([layers.Dense(2, input_dim=1)], rng=0)
    net.compile(loss=losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1))
    x, y = one(drawn.batches(net), lambda batch: {-1, 0, 1} <= set(batch[1].tolist()))
    assert math.isfinite(net.evaluate(x, y, verbose=0))


def test_nothing_that_was_handed_over_is_used_up():
    layer, optimizer = layers.Dense(1), optimizers.SGD()
    strategy = drawn.networks(layers=[layer], min_layers=2, compiled=True, optimizers=optimizer, losses="mse")
    first, second = one(strategy), one(strategy)
    assert layer._owner is None
    assert first.optimizer is not second.optimizer is not optimizer


# --- All there is can be drawn ------------------------------------------------------------------------------


def all_seen(strategy, wanted, types):
    """Draw until every class of ``wanted`` has been seen."""
    seen = set()

    def look(value):
        seen.update(types(value))
        return wanted <= seen

    one(strategy, look)


@pytest.mark.parametrize("name", REGISTRIES)
def test_every_registered_class_is_drawn(name):
    classes = {cls for cls in REGISTRIES[name].classes.values() if not getattr(cls, "takes_several", False)}
    all_seen(getattr(drawn, name)(), classes, lambda value: [type(value)])
    if name == "layers":
        all_seen(drawn.networks(), classes - {layers.InputLayer}, lambda net: map(type, net.layers))


@pytest.mark.parametrize("cls", [cls for cls in LAYERS.classes.values() if cls.takes_several])
def test_what_takes_several_values_has_no_place_in_a_sequence(cls):
    assert type(one(drawn.layers(cls))) is cls


@pytest.mark.parametrize(("name", "cls"), CLASSES, ids=CLASS_IDS)
def test_a_class_is_drawn_by_its_type(name, cls):
    base = REGISTRIES[name].base
    assert isinstance(one(st.from_type(base)), base)
    assert type(one(st.from_type(cls))) is cls


@given(...)
@settings(max_examples=5, deadline=None)
def test_annotations_are_enough(net: Network, loss: losses.Loss):
    assert net.layers
    assert loss.name


def test_tables_have_no_rows_for_nothing():
    names = {owner.__name__: owner for _, cls in CLASSES for owner in cls.__mro__}
    for name, arguments in ARGUMENTS.items():
        assert set(arguments) <= set(names[name]._argument_names())
    assert set(ROWS) <= set(LAYERS.classes)
    assert set(TARGETS) == set(KINDS)


@pytest.fixture
def registries():
    """The registries, which are afterwards as they were."""
    before = [(registry, dict(registry.classes), dict(registry.names)) for registry in REGISTRIES.values()]
    yield REGISTRIES
    for registry, classes, names in before:
        registry.classes, registry.names = classes, names


@pytest.mark.parametrize("name", REGISTRIES)
def test_a_new_class_joins_by_itself(registries, name):
    parent = {"activations": "Tanh", "layers": "Flatten", "losses": "Hinge", "optimizers": "SGD"}[name]
    own = type("Own", (registries[name].classes[parent],), {})
    registries[name].add()(own)
    assert type(one(getattr(drawn, name)(), lambda v: type(v) is own)) is own


@pytest.mark.parametrize("name", REGISTRIES)
def test_a_new_class_that_needs_arguments_is_refused_by_name(registries, name):
    class Needy(registries[name].base):
        def __init__(self, factor):
            self.factor = factor

    registries[name].add()(Needy)
    with pytest.raises(
        errors.ArgumentError, match=r"^Needy cannot be drawn: .* factor; .*st\.builds\(Needy, factor="
    ):
        getattr(drawn, name)()
    if name == "layers":
        with pytest.raises(errors.ArgumentError, match=r"^Needy cannot be drawn"):
            drawn.networks()
    assert one(getattr(drawn, name)(st.builds(Needy, st.just(2)))).factor == 2


class OnlyForThree(layers.Layer):
    """Has no row, needs an argument and takes one shape only."""

    def __init__(self, scale):
        self.scale = scale

    def build(self, input_shape):
        if input_shape != (3,):
            raise errors.ShapeError("three, please")

    def forward(self, x, training=False):
        return self.scale * x

    def backward(self, dy):
        return self.scale * dy


def test_a_strategy_is_drawn_where_its_layers_fit():
    own = st.builds(OnlyForThree, st.sampled_from([2.0, 3.0]))
    strategy = drawn.networks(layers=[own, "Dense"], min_layers=2)
    net = one(strategy, lambda net: isinstance(net.layers[1], OnlyForThree))
    assert net.layers[1].input_shape == (None, 3)


# --- Arguments that are wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize("item", ["relu", "Relu", activations.Relu, activations.relu, activations.Relu()])
def test_a_choice_is_a_name_a_class_a_function_or_an_object(item):
    assert type(one(drawn.activations(item))) is activations.Relu
    assert type(one(drawn.activations([item]))) is activations.Relu


@pytest.mark.parametrize("name", REGISTRIES)
@pytest.mark.parametrize(
    ("only", "error", "message"),
    [
        ("nonsense", errors.UnknownNameError, "unknown .* 'nonsense'"),
        ([7], errors.ArgumentTypeError, "must be names, classes, objects or strategies of the kind .* got 7"),
        (7, errors.ArgumentTypeError, "got 7"),
        (Network.fit, errors.ArgumentTypeError, "got <function"),
        ([], errors.ArgumentError, r"at least one .* to draw, got \[\]"),
    ],
)
def test_what_is_no_choice_is_refused(name, only, error, message):
    with pytest.raises(error, match=message):
        getattr(drawn, name)(only)
    with pytest.raises(error, match=message):
        drawn.networks(**{name: only}, compiled=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: drawn.networks(min_layers=3, max_layers=2),
            "max_layers must be at least min_layers, 3, got 2",
        ),
        (lambda: drawn.networks(min_layers=0), "min_layers must be an integer from 1"),
        (lambda: drawn.networks(compiled="yes"), "compiled must be True or False"),
        (lambda: drawn.networks(max_units=0), "max_units must be an integer from 1"),
        (lambda: drawn.layers(max_units=0), "max_units must be an integer from 1"),
        (lambda: drawn.datasets("clustering"), "task must be one of 'regression', 'classification', None"),
        (lambda: drawn.datasets(min_rows=9, max_rows=8), "max_rows must be at least min_rows, 9, got 8"),
        (lambda: drawn.datasets(max_classes=1), "max_classes must be an integer from 2"),
        (lambda: drawn.datasets(max_features=0), "max_features must be an integer from 1"),
        (lambda: drawn.batches(Network()), "not built yet"),
        (lambda: drawn.weights_for(layers.Dense(2)), "not built yet"),
        (
            lambda: drawn.batches(ranked()),
            "targets of the kind 'rank' cannot be drawn; those of real, sign, ",
        ),
    ],
)
def test_wrong_arguments_are_refused_at_once(call, message):
    with pytest.raises(errors.MLPError, match=message):
        call()


def ranked():
    class Ranking(losses.Loss):
        targets = "rank"

    net = Network([layers.Dense(1, input_dim=1)])
    net.compile(loss=Ranking())
    return net


@pytest.mark.parametrize("function", PUBLIC, ids=lambda function: function.__name__)
def test_every_function_is_documented(function):
    text = inspect.getdoc(function)
    for section in ("Parameters", "Returns", "Raises", "Examples"):
        assert f"\n{section}\n---" in text
    for parameter in inspect.signature(function).parameters:
        assert re.search(rf"^[\w, ]*\b{parameter}\b[\w, ]* : ", text, re.MULTILINE), parameter


# --- Imports ------------------------------------------------------------------------------------------------


def run(code):
    """What a fresh interpreter prints, told to mind warnings."""
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


FIND = """
print(type(hypothesis.find(
    hypothesis.strategies.from_type(mlp.Network),
    lambda _: True,
    settings=hypothesis.settings(phases=[hypothesis.Phase.generate], deadline=None, database=None),
)).__name__)
"""
IMPORTED = "; import sys; print(*{name.split('.')[0] for name in sys.modules})"


@pytest.mark.parametrize(
    "order",
    [
        "import hypothesis, mlp",
        "import mlp, hypothesis",
        "import mlp.testing.strategies, hypothesis",
    ],
)
def test_either_may_be_imported_first(order):
    assert run(order + FIND) == ["Network"]


def test_neither_imports_the_other():
    assert not {"mlp", "numpy"} & set(run("import hypothesis" + IMPORTED))
    assert "hypothesis" not in run("import mlp" + IMPORTED)


def test_without_hypothesis_the_error_says_what_to_install():
    code = """
import sys
sys.modules["hypothesis"] = None
try:
    import mlp.testing.strategies
except RuntimeError as error:
    print(type(error).__name__, error)
"""
    assert " ".join(run(code)) == (
        'MissingExtraError mlp.testing.strategies needs the package hypothesis: pip install "numpy-mlp[testing]"'
    )
