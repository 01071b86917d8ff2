"""`mlp.keras` lays out `mlp`: the same objects under Keras's paths, and what is not there is refused by name."""

import importlib
import inspect
import pickle
import sys

import numpy as np
import pytest

import mlp
from mlp import keras
from mlp.errors import MissingNameError
from mlp.keras.paths import OLD_PATHS
from mlp.keras.spelled import Spelled

MODULES = (
    "activations", "callbacks", "constraints", "initializers", "layers", "losses", "metrics", "optimizers", "regularizers",
    "utils",
)  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_of_mlp_is_there_and_is_the_same(module):
    ours, theirs = getattr(mlp, module), importlib.import_module(f"mlp.keras.{module}")
    for name in ours.__all__:
        if name in ("Input", "clone_model", "schedules"):  # which have a form of their own there
            continue
        found = getattr(theirs, name)
        if isinstance(found, Spelled):
            assert found.configurable is getattr(ours, name)
        else:
            assert found is getattr(ours, name)
        assert name in dir(theirs)
        assert name in theirs.__all__


def test_a_name_that_comes_later_is_there_too(monkeypatch):
    monkeypatch.setattr(mlp.layers, "Later", mlp.layers.Add, raising=False)
    monkeypatch.setattr(mlp.layers, "__all__", [*mlp.layers.__all__, "Later"])
    assert keras.layers.Later is mlp.layers.Add
    assert "Later" in keras.layers.__all__


def test_what_old_keras_spelled_no_otherwise_is_the_class_itself():
    assert keras.layers.Add is mlp.layers.Add
    assert keras.callbacks.History is mlp.callbacks.History
    assert keras.initializers.he_normal is mlp.initializers.HeNormal
    assert keras.activations.relu is mlp.activations.relu
    assert keras.losses.MSE is mlp.losses.mean_squared_error
    assert keras.losses.mse is mlp.losses.mean_squared_error
    assert keras.optimizers.schedules.CosineDecay is mlp.schedules.CosineDecay


@pytest.mark.parametrize("name", [n for n in mlp.layers.__all__ if isinstance(getattr(mlp.layers, n), type)])
def test_what_stands_for_a_class_behaves_like_it(name):
    ours, theirs = getattr(mlp.layers, name), getattr(keras.layers, name)
    assert theirs == ours
    assert ours == theirs
    assert hash(theirs) == hash(ours)
    assert theirs.__name__ == name
    assert theirs.__doc__ == ours.__doc__
    assert issubclass(ours, theirs)
    assert not issubclass(int, theirs)
    assert pickle.loads(pickle.dumps(theirs)) == ours  # noqa: S301 - what was pickled the line before
    assert inspect.signature(theirs) == inspect.signature(ours)


def test_objects_are_of_the_classes_of_mlp():
    layer, optimizer = keras.layers.Dense(3, name="d"), keras.optimizers.Adam(0.1)
    assert type(layer) is mlp.layers.Dense
    assert type(optimizer) is mlp.optimizers.Adam
    assert isinstance(layer, keras.layers.Dense)
    assert not isinstance(layer, keras.layers.Dropout)
    assert isinstance(layer, keras.layers.Layer)
    assert isinstance(layer, keras.layers.Dense | None)
    assert isinstance(layer, str | keras.layers.Dense)
    assert keras.layers.Dense.from_config({"units": 2}).units == 2
    assert repr(keras.layers.Dense) == repr(mlp.layers.Dense)


def test_a_class_goes_where_an_object_may():
    net = keras.Sequential([keras.layers.Dense(1, input_dim=2, kernel_initializer=keras.initializers.Zeros)])
    net.compile(
        keras.optimizers.Adam, keras.losses.MeanSquaredError, metrics=[keras.metrics.MeanAbsoluteError]
    )
    assert type(net.optimizer) is mlp.optimizers.Adam
    assert type(net.loss) is mlp.losses.MeanSquaredError


def test_subclasses_are_of_the_class_itself():
    class Twice(keras.layers.Dense):
        def __init__(self, units, **kwargs):
            super().__init__(2 * units, **kwargs)

    assert Twice.__mro__[1] is mlp.layers.Dense
    assert keras.Sequential([Twice(2, input_dim=1)]).output_shape == (None, 4)
    assert isinstance(Twice(1), keras.layers.Dense)


@pytest.mark.parametrize("path", OLD_PATHS)
def test_old_paths_lead_to_the_same_module(path):
    found = importlib.import_module(f"mlp.keras.{path}")
    today = f"mlp.keras.{OLD_PATHS[path]}".rstrip(".")
    assert found is sys.modules[today]
    assert found.__name__ == found.__spec__.name == today
    by_attributes = keras
    for step in path.split("."):
        by_attributes = getattr(by_attributes, step)
    assert by_attributes is found


def test_names_by_old_paths():
    from mlp.keras.layers.advanced_activations import Layer
    from mlp.keras.layers.core import Dense
    from mlp.keras.optimizers.legacy import SGD
    from mlp.keras.utils.np_utils import to_categorical

    assert (Layer, Dense, SGD) == (mlp.layers.Layer, mlp.layers.Dense, mlp.optimizers.SGD)
    assert to_categorical is mlp.utils.to_categorical


def test_descriptions_and_back():
    described = keras.optimizers.serialize(keras.optimizers.SGD(0.5))
    assert described["class_name"] == "SGD"
    again = keras.optimizers.deserialize(described)
    assert (type(again), again.learning_rate) == (mlp.optimizers.SGD, 0.5)


def test_star_imports_bring_all():
    names = {}
    exec("from mlp.keras.layers import *", names)  # noqa: S102 - the statement itself is tested
    assert set(mlp.layers.__all__) <= set(names)


@pytest.mark.parametrize(
    ("path", "name", "message"),
    [
        ("layers", "Dens", r"mlp\.keras\.layers has no 'Dens'; there is: Dense, "),
        ("layers", "LSTM", r"mlp\.keras\.layers has no 'LSTM'; there is: "),
        ("losses", "mean_square_error", r"there is: mean_squared_error, "),
        ("optimizers", "Adm", r"there is: Adam"),
        ("utils", "plot_model", r"mlp\.keras\.utils\.plot_model is not there: print model\.summary\(\)"),
        ("layers", "Lambda", r"layers\.Lambda is not there: write a layer with forward and backward"),
        ("saving", "register_keras_serializable", r"give load_model custom_objects="),
        ("callbacks", "TensorBoard", r"CSVLogger"),
        ("backend", "set_value", r"write model\.optimizer\.learning_rate = value"),
        ("datasets", "imdb", r"mlp\.keras\.datasets\.imdb is not there: a data set of texts"),
        ("datasets", "california_housing", r"fetch_california_housing"),
    ],
)
def test_what_is_not_there_is_refused_by_name(path, name, message):
    module = importlib.import_module(f"mlp.keras.{path}")
    with pytest.raises(MissingNameError, match=message):
        getattr(module, name)
    with pytest.raises(ImportError, match=message):
        exec(f"from mlp.keras.{path} import {name}", {})  # noqa: S102 - the statement itself is tested
    assert not hasattr(module, name)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("applications", r"mlp\.keras\.applications is not there: these are networks of convolutions"),
        ("wrappers.scikit_learn", r"mlp\.keras\.wrappers is not there: scikit-learn's classes"),
        ("layers.convolutional", r"mlp\.keras\.layers has no 'convolutional'; there is: "),
        ("datasets.reuters", r"mlp\.keras\.datasets\.reuters is not there"),
    ],
)
def test_modules_that_are_not_there_are_refused_by_name(path, message):
    with pytest.raises(ImportError, match=message):
        importlib.import_module(f"mlp.keras.{path}")


def test_fashion_mnist_is_read_from_its_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MLP_DATA_DIR", str(tmp_path))
    with pytest.raises(
        mlp.errors.DatasetError, match=r"Fashion-MNIST is not in .*fashion-mnist: put its four files"
    ):
        keras.datasets.fashion_mnist.load_data()
    (tmp_path / "fashion-mnist").mkdir()
    pictures, labels = np.full((2, 28, 28), 7, np.uint8), np.array([9, 0], np.uint8)
    np.savez(
        tmp_path / "fashion-mnist" / "mnist.npz",
        x_train=pictures,
        y_train=labels,
        x_test=pictures[:1],
        y_test=labels[:1],
    )
    (x, y), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
    np.testing.assert_array_equal(x, pictures)
    assert (y.tolist(), x_test.shape, y_test.tolist()) == ([9, 0], (1, 28, 28), [9])


def test_merging_functions():
    a, b = keras.Input(shape=(2,)), keras.layers.Input((2,), batch_size=5, dtype="float32")
    outputs = [keras.layers.add([a, b]), keras.layers.concatenate([a, b], axis=-1)]
    net = keras.Model([a, b], outputs)
    assert net.output_shape == [(None, 2), (None, 4)]
    assert [y.tolist() for y in net.predict([[[1.0, 2.0]], [[3.0, 4.0]]])] == [
        [[4.0, 6.0]],
        [[1.0, 2.0, 3.0, 4.0]],
    ]


def test_input_refuses_what_would_change_numbers():
    with pytest.raises(mlp.errors.ArgumentTypeError, match=r"Input: sparse=True is not supported here"):
        keras.Input(shape=(2,), sparse=True)
    assert keras.Input(batch_shape=(None, 3), name="x").layer.shape == (3,)


def test_own_metrics_are_written_with_functions_of_the_backend():
    K = keras.backend

    def rmse(y_true, y_pred):
        return K.sqrt(K.mean(K.pow(y_pred - y_true, 2), axis=-1))

    net = keras.Sequential([keras.layers.Dense(1, input_dim=1, kernel_initializer="ones")])
    net.compile("sgd", "mse", metrics=[rmse])
    assert net.evaluate([[1.0], [2.0]], [[2.0], [5.0]], return_dict=True) == {"loss": 5.0, "rmse": 2.0}
