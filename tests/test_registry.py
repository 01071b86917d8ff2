"""What all classes with names have in common; and that each of them has its row in the tables."""

import inspect
import json
import sys

import numpy as np
import pytest
from tables import TABLES

import mlp
from mlp import activations, losses
from mlp.configurable import Configurable, encode
from mlp.errors import ArgumentTypeError, MLPError, StateError, UnknownNameError
from mlp.names import nearest, snake_case
from mlp.registry import Registry, custom_object_scope

ROWS = [(kind, row) for kind, (_, table) in TABLES.items() for row in table]
ROW_IDS = [f"{kind} {row.name or row.make()!r}" for kind, row in ROWS]
CLASSES = [(kind, cls) for kind, (registry, _) in TABLES.items() for cls in registry.classes.values()]
CLASS_IDS = [f"{kind} {cls.__name__}" for kind, cls in CLASSES]


def registries():
    """Every registry of the library, found among its modules."""
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == "mlp"]
    found = {id(v): v for module in modules for v in vars(module).values() if isinstance(v, Registry)}
    return sorted(found.values(), key=lambda registry: registry.kind)


@pytest.mark.parametrize("registry", registries(), ids=lambda registry: registry.kind)
def test_every_registered_class_has_a_row(registry):
    assert registry.kind in TABLES, f"tests/tables has no table of the {registry.kind} registry"
    listed, table = TABLES[registry.kind]
    assert listed is registry
    rows = {type(row.make()) for row in table}
    # Only the library's own: a test may register a class of its own.
    own = {cls for cls in registry.classes.values() if cls.__module__.split(".")[0] == "mlp"}
    missing = sorted(cls.__name__ for cls in own - rows)
    assert not missing, f"tests/tables has no row for {', '.join(missing)}"


@pytest.mark.parametrize(("kind", "cls"), CLASSES, ids=CLASS_IDS)
def test_every_class_is_public_where_its_base_is(kind, cls):
    module = mlp if cls is mlp.Network else sys.modules[".".join(cls.__module__.split(".")[:2])]
    assert cls.__name__ in module.__all__
    assert issubclass(cls, TABLES[kind][0].base)
    assert inspect.getdoc(cls)


@pytest.mark.parametrize(("kind", "cls"), CLASSES, ids=CLASS_IDS)
def test_a_class_is_meant_by_all_its_names(kind, cls):
    registry = TABLES[kind][0]
    names = {cls.__name__, cls.__name__.lower(), snake_case(cls.__name__)}
    names |= {name for name, meant in registry.names.items() if meant is cls}
    required = [p for p in cls._arguments().values() if p.default is p.empty]
    for name in names:
        assert registry.knows(name)
        assert registry.names[name] is cls
        if required:
            with pytest.raises(
                ArgumentTypeError, match=f"what_it_is: {cls.__name__} needs {required[0].name}"
            ):
                registry.get(name, "what_it_is")
        elif cls is not mlp.Network:
            assert type(registry.get(name)) is cls
            assert type(registry.get(cls)) is cls


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=ROW_IDS)
def test_an_object_means_itself(kind, row):
    one = row.make()
    assert TABLES[kind][0].get(one) is one


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=ROW_IDS)
def test_configuration_goes_through_json_and_back(kind, row):
    one = row.make()
    config = json.loads(json.dumps(one.get_config()))
    twin = type(one).from_config(config)
    assert type(twin) is type(one)
    assert json.loads(json.dumps(twin.get_config())) == config
    assert repr(twin) == repr(one)


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=ROW_IDS)
def test_a_description_means_an_equal_object(kind, row):
    """What stands in the configuration of whatever contains the object."""
    one = row.make()
    described = json.loads(json.dumps(one.describe()))
    twin = TABLES[kind][0].get(described)
    assert type(twin) is type(one)
    assert encode(twin) == encode(one)
    long = {"class_name": type(one).__name__, "config": one.get_config()}
    assert encode(TABLES[kind][0].get(long)) == encode(one)


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=ROW_IDS)
def test_a_configuration_is_the_callers_own(kind, row):
    one = row.make()
    config = one.get_config()
    kept = json.dumps(config)
    for name, value in config.items():
        if isinstance(value, list):
            value.append(0)
        config[name] = None
    assert json.dumps(one.get_config()) == kept


@pytest.mark.parametrize(
    ("kind", "row"), [r for r in ROWS if r[0] != "layer"], ids=lambda v: getattr(v, "name", v)
)
def test_repr_is_the_call_that_makes_it(kind, row):
    one = row.make()
    names = {**vars(sys.modules[type(one).__module__]), "array": np.array}
    assert encode(eval(repr(one), names)) == encode(one)  # noqa: S307 - that is the property


@pytest.mark.parametrize(("kind", "cls"), CLASSES, ids=CLASS_IDS)
def test_unknown_arguments_are_refused_with_the_known_ones(kind, cls):
    with pytest.raises(ArgumentTypeError, match="frobnicate") as caught:
        cls(frobnicate=1)
    for name in cls._arguments():
        assert name in str(caught.value)
    with pytest.raises(MLPError):
        cls.from_config({"frobnicate": 1})


@pytest.mark.parametrize(("kind", "cls"), CLASSES, ids=CLASS_IDS)
def test_a_slip_of_the_pen_is_told_the_right_name(kind, cls):
    registry = TABLES[kind][0]
    (name,) = [name for name in registry.known() if registry.names[name] is cls]
    if len(name) < 5:
        return
    slip = name[:2] + name[3] + name[2] + name[4:] if name[2] != name[3] else name[:-1]
    if registry.knows(slip):
        return
    with pytest.raises(UnknownNameError, match=f"unknown {kind} '{slip}'; did you mean '{name}'"):
        registry.get(slip)


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize(
    "wrong", [3, 1.5, object(), lambda x: x, int, {}, {"class_name": 3}, ["relu"]], ids=repr
)
def test_what_means_nothing_is_refused_by_name(kind, wrong):
    with pytest.raises(ArgumentTypeError, match="what_it_is"):
        TABLES[kind][0].get(wrong, "what_it_is")


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        (mlp.activations, "activation"),
        (mlp.losses, "loss"),
        (mlp.optimizers, "optimizer"),
        (mlp.initializers, "initializer"),
        (mlp.regularizers, "regularizer"),
        (mlp.constraints, "constraint"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_means_nothing_is_refused_by_the_name_that_the_caller_has_for_it(module, kind):
    with pytest.raises(ArgumentTypeError, match=r"^what_it_is must be a name"):
        module.get(3, "what_it_is")
    with pytest.raises(ArgumentTypeError, match=f"^{kind} must be a name"):
        module.get(3)


@pytest.mark.parametrize("kind", TABLES)
def test_a_wrong_description_is_refused(kind):
    registry = TABLES[kind][0]
    with pytest.raises(UnknownNameError, match="Nonesuch"):
        registry.get({"class_name": "Nonesuch", "config": {}})
    with pytest.raises(ArgumentTypeError, match="config"):
        registry.get({"class_name": next(iter(registry.classes)), "config": 3})


@pytest.mark.parametrize("kind", TABLES)
def test_base_classes_say_what_to_define(kind):
    registry = TABLES[kind][0]

    class Unfinished(registry.base):
        pass

    arguments = {
        "activation": ("forward", [0.0]),
        "loss": ("__call__", [0.0], [0.0]),
        "metric": ("__call__", [0.0], [0.0]),
        "initializer": ("__call__", (2,)),
        "optimizer": ("step", np.zeros(1), np.zeros(1)),
        "schedule": ("__call__", 0),
        "regularizer": ("__call__", [0.0]),
        "constraint": ("__call__", [0.0]),
        "layer": ("forward", np.zeros((1, 1))),
    }[kind]
    with pytest.raises(NotImplementedError, match="Unfinished must define"):
        getattr(Unfinished(), arguments[0])(*arguments[1:])


class Half(activations.Activation):
    def __init__(self, factor=0.5):
        self.factor = factor

    def forward(self, x, out=None):
        return self.factor * x


def test_classes_of_ones_own_have_names_within_a_scope():
    described = Half(0.25).describe()
    assert described == {"class_name": "Half", "config": {"factor": 0.25}}
    with pytest.raises(UnknownNameError):
        activations.get(described)
    with custom_object_scope({"Half": Half}):
        assert activations.get(described).factor == 0.25
        assert activations.get("Half").factor == 0.5
        assert activations.ACTIVATIONS.knows("Half")
        assert not losses.LOSSES.knows("Half")
        with pytest.raises(ArgumentTypeError, match="Half"):
            losses.get("Half")
        with custom_object_scope({"relu": Half}):
            assert type(activations.get("relu")) is Half
            assert type(activations.get("Half")) is Half
        assert type(activations.get("relu")) is activations.Relu
    with pytest.raises(UnknownNameError):
        activations.get("Half")


def test_an_argument_that_was_not_kept_is_named():
    class Forgetful(Configurable):
        def __init__(self, size=3):
            pass

    with pytest.raises(StateError, match=r"self\.size = size"):
        Forgetful().get_config()


def test_encode_makes_plain_values():
    given = {"a": np.float32(0.5), "b": (np.int64(2), [None, True]), 3: np.arange(2), "f": activations.Relu()}
    assert encode(given) == {"a": 0.5, "b": [2, [None, True]], "3": [0, 1], "f": "relu"}
    assert json.dumps(encode(given))
    with pytest.raises(ArgumentTypeError, match="cannot be stored"):
        encode(lambda x: x)


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("MeanSquaredError", "mean_squared_error"),
        ("L1L2", "l1l2"),
        ("F1Score", "f1_score"),
        ("SGD", "sgd"),
        ("Relu", "relu"),
    ],
)
def test_snake_case(name, snake):
    assert snake_case(name) == snake


def test_optimizers_are_called_in_lower_case_as_in_keras():
    assert mlp.optimizers.get("RMSprop").name == "rmsprop"
    assert "rmsprop" in mlp.optimizers.OPTIMIZERS.known()


def test_nearest():
    assert nearest("rleu", ["relu", "tanh"]) == "; did you mean 'relu'?"
    assert nearest("quux", ["relu", "tanh"]) == "."
    assert nearest("x", []) == "."
