"""Old spellings: refused by `mlp` with the replacement, taken by `mlp.keras` with a warning."""

import copy
import inspect
import pickle
import re
import warnings
import zipfile

import numpy as np
import pytest

import mlp
from mlp import Network, keras, layers, optimizers
from mlp.errors import ArgumentTypeError, MissingNameError, OldSpellingWarning, StateError
from mlp.keras import backend
from mlp.old_spellings import METHODS

X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, :1] > 0).astype(float)

#: A class with old spellings of some of its arguments, and the same with today's.
CLASSES = [
    ("layers", "Dense", {"output_dim": 3}, {"units": 3}),
    ("layers", "Dense", {"units": 3, "init": "normal"}, {"units": 3, "kernel_initializer": "normal"}),
    ("layers", "Dense", {"units": 3, "bias": False}, {"units": 3, "use_bias": False}),
    ("layers", "Dense", {"units": 3, "W_regularizer": "l2"}, {"units": 3, "kernel_regularizer": "l2"}),
    ("layers", "Dense", {"units": 3, "b_regularizer": "l1"}, {"units": 3, "bias_regularizer": "l1"}),
    (
        "layers",
        "Dense",
        {"units": 3, "W_constraint": "max_norm"},
        {"units": 3, "kernel_constraint": "max_norm"},
    ),
    ("layers", "Dense", {"units": 3, "b_constraint": "non_neg"}, {"units": 3, "bias_constraint": "non_neg"}),
    ("layers", "Dropout", {"p": 0.25}, {"rate": 0.25}),
    ("optimizers", "SGD", {"lr": 0.5}, {"learning_rate": 0.5}),
    ("optimizers", "Adam", {"lr": 0.5, "beta_1": 0.8}, {"learning_rate": 0.5, "beta_1": 0.8}),
    ("constraints", "MaxNorm", {"m": 3}, {"max_value": 3}),
    ("regularizers", "L2", {"l": 0.5}, {"l2": 0.5}),
    ("regularizers", "L1", {"l": 0.5}, {"l1": 0.5}),
]


def names(row):
    return f"{row[1]}-{next(iter(set(row[2]) - set(row[3])))}"


def silently(call, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OldSpellingWarning)
        return call(*args, **kwargs)


@pytest.mark.parametrize(("module", "name", "old", "new"), CLASSES, ids=map(names, CLASSES))
def test_arguments_of_classes(module, name, old, new):
    (before,), (today,) = set(old) - set(new), set(new) - set(old)
    with pytest.raises(
        ArgumentTypeError, match=f"{name} has no argument '{before}'; it is called '{today}' here"
    ):
        getattr(getattr(mlp, module), name)(**old)
    cls = getattr(getattr(keras, module), name)
    with pytest.warns(OldSpellingWarning, match=f"^{name}: {before} is called {today} today$") as told:
        made = cls(**old)
    assert [one.filename for one in told] == [__file__]
    assert made.get_config() == cls(**new).get_config()
    both = {**old, **new}
    with pytest.raises(ArgumentTypeError, match=f"{before} and another argument both say {today}"):
        silently(cls, **both)


def test_an_argument_that_nobody_knows_is_refused_by_both():
    for cls in (layers.Dense, keras.layers.Dense):
        with pytest.raises(ArgumentTypeError, match="Dense has no argument 'unit'; did you mean 'units'"):
            cls(unit=3)
    with pytest.raises(ArgumentTypeError, match="Dense takes at most"):
        keras.layers.Dense(*range(20))


# --- What is converted, dropped, refused --------------------------------------------------------------------


@pytest.mark.parametrize("rate", [(), (0.5,)], ids=["default", "given"])
@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_decay_divides_the_rate(name, rate):
    with pytest.raises(
        ArgumentTypeError, match=r"no argument 'decay'; write learning_rate=schedules\.InverseTimeDecay"
    ):
        getattr(optimizers, name)(*rate, decay=0.1)
    with pytest.warns(OldSpellingWarning, match="decay is no argument today"):
        optimizer = getattr(keras.optimizers, name)(*rate, decay=0.1)
    first = (rate or (getattr(optimizers, name)().learning_rate,))[0]
    for iteration in (0, 1, 7):
        optimizer.iterations = iteration
        assert optimizer.current_rate() == pytest.approx(first / (1 + 0.1 * iteration), rel=1e-15)


def test_what_means_nothing_is_dropped_in_silence():
    assert keras.optimizers.Adam(epsilon=None, decay=0.0).get_config() == optimizers.Adam().get_config()
    assert keras.layers.Flatten(data_format="channels_last", dtype="float32").get_config()["name"] is None
    assert keras.layers.Dense(3, dtype=np.float64).units == 3


def test_shapes_with_the_batch_axis_become_those_without():
    with pytest.warns(OldSpellingWarning, match="batch_input_shape is no argument today; write input_shape"):
        layer = keras.layers.Dense(3, batch_input_shape=(None, 4))
    assert keras.Sequential([layer]).input_shape == (None, 4)
    with pytest.warns(OldSpellingWarning, match="input_length is no argument today"):
        layer = keras.layers.Dense(3, input_length=5)
    assert keras.Sequential([layer]).input_shape == (None, 5)


def test_what_a_network_is_warned_of_is_said_once_its_layers_are_there():
    made = keras.Sequential([keras.layers.Dense(1, activation="softmax")])
    made.compile("sgd", "mse")
    with pytest.warns(mlp.errors.OneUnitSoftmaxWarning):
        made.predict(X)


def test_layers_that_do_not_fit_wait_on():
    made = keras.Sequential([keras.layers.Dense(4), keras.layers.Dropout(0.5, noise_shape=(None, 3))])
    with pytest.raises(mlp.errors.ShapeError, match="noise_shape"):
        made.predict(X)
    assert (made.built, len(made.layers)) == (False, 2)
    with pytest.raises(mlp.errors.MLPError):
        made._extend([3])
    assert (made.built, len(made.layers)) == (False, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: keras.layers.Dense(3, dtype="float16"), r"Dense: dtype='float16' is not supported here"),
        (lambda: keras.layers.Dense(3, weights=[1]), r"Dense: weights=\[1\] is not supported here"),
        (
            lambda: keras.layers.Flatten(data_format="channels_first"),
            r"data_format='channels_first' is not supp",
        ),
        (
            lambda: keras.optimizers.SGD(mlp.schedules.CosineDecay(1.0, 5), decay=0.1),
            r"decay goes with a learning rate that is a number",
        ),
        (lambda: keras.layers.Add(dtype="float32"), r"Add has no argument 'dtype'"),
        (lambda: keras.backend.set_epsilon(1e-5), r"epsilon is 1e-07 throughout mlp"),
    ],
)
def test_what_would_mean_something_is_refused(make, message):
    with pytest.raises(mlp.errors.MLPError, match=message):
        silently(make)


def test_reduction_auto():
    with pytest.warns(OldSpellingWarning, match="reduction='auto' is called 'sum_over_batch_size' today"):
        loss = keras.losses.MeanSquaredError(reduction=keras.losses.Reduction.AUTO)
    assert loss.reduction == "sum_over_batch_size"


# --- Methods ------------------------------------------------------------------------------------------------


def net(make=keras.Sequential, **how):
    made = make([layers.Dense(4, "tanh", input_dim=3), layers.Dense(1, "sigmoid")], rng=1, **how)
    made.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return made


def test_arguments_of_methods():
    with pytest.raises(ArgumentTypeError, match="fit has no argument 'nb_epoch'; it is called 'epochs' here"):
        net(Network).fit(X, Y, nb_epoch=2)
    with pytest.raises(ArgumentTypeError, match="fit has no argument 'epoch'; did you mean 'epochs'"):
        net(Network).fit(X, Y, epoch=2)
    with pytest.raises(
        ArgumentTypeError, match=r"show_accuracy'; write compile\(metrics=\[\"accuracy\"\]\) instead"
    ):
        net(Network).evaluate(X, Y, show_accuracy=True)
    with pytest.warns(OldSpellingWarning, match="^fit: nb_epoch is called epochs today$") as told:
        history = net().fit(X, Y, nb_epoch=2, verbose=0)
    assert [one.filename for one in told] == [__file__]
    assert history.history == net(Network).fit(X, Y, epochs=2, verbose=0).history


def test_signatures_stay_those_of_the_methods():
    for name in ("fit", "evaluate", "predict", "compile", "train_on_batch", "save"):
        signature = inspect.signature(getattr(Network, name))
        assert next(iter(signature.parameters)) == "self"
        assert not any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in signature.parameters.values())
        assert inspect.signature(getattr(keras.Model, name)) == signature


@pytest.mark.parametrize("name", METHODS)
def test_methods_that_are_gone(name):
    plain = net(Network)
    with pytest.raises(
        MissingNameError, match=re.escape(f"Network has no '{name}'; write {METHODS[name]} instead")
    ):
        getattr(plain, name)
    assert not hasattr(plain, name)
    arguments = (X, Y) if "predict" not in name else (X,)
    with pytest.warns(OldSpellingWarning, match=f"^{name} is"):
        found = getattr(net(), name)(*arguments)
    if name == "predict_classes":
        np.testing.assert_array_equal(found, plain.predict(X) > 0.5)
    elif name != "fit_generator":
        np.testing.assert_array_equal(found, getattr(plain, name.split("_")[0])(*arguments))


def test_an_attribute_that_nobody_knows():
    with pytest.raises(MissingNameError, match="'Network' object has no attribute 'fitt'"):
        net(Network).fitt  # noqa: B018 - asking is the test


def test_classes_of_several_outputs():
    made = keras.Sequential([keras.layers.Dense(3, activation="softmax", input_dim=3)], rng=0)
    np.testing.assert_array_equal(silently(made.predict_classes, X), made.predict(X).argmax(axis=1))


def test_arguments_that_mean_nothing_to_methods():
    made = net()
    made.compile("sgd", "mse", run_eagerly=True, jit_compile="auto", steps_per_execution=4)
    first = made.get_weights()
    made.fit(X, Y, workers=4, use_multiprocessing=True, max_queue_size=3, verbose=0)
    made.set_weights(first)
    assert made.predict(X, workers=2).shape == (40, 1)
    with pytest.raises(
        ArgumentTypeError, match=r"load_weights: by_name=True is not supported here; leave by_name out"
    ):
        made.load_weights("w.npz", by_name=True)


def test_old_model_arguments():
    x = keras.Input(shape=(3,))
    y = keras.layers.Dense(2)(x)
    with pytest.raises(
        ArgumentTypeError, match="Network has no argument 'input'; it is called 'inputs' here"
    ):
        Network(input=x, output=y)
    with pytest.warns(OldSpellingWarning, match="Model: (input|output) is called") as told:
        made = keras.Model(input=x, output=y)
    assert (len(told), made.output_shape) == (2, (None, 2))


def test_accuracy_of_old_logs():
    made = net()
    stop = keras.callbacks.EarlyStopping(monitor="val_acc", patience=50)
    with pytest.warns(OldSpellingWarning, match="EarlyStopping: val_acc is called val_accuracy today"):
        history = made.fit(X, Y, epochs=2, validation_split=0.5, callbacks=[stop], verbose=0)
    with pytest.warns(OldSpellingWarning, match="history: acc is called accuracy today"):
        assert history.history["acc"] == history.history["accuracy"]
    assert "acc" not in history.history
    with pytest.raises(KeyError):
        history.history["mae"]
    made.compile("sgd", "mse", metrics=["acc"])
    stop = keras.callbacks.EarlyStopping(monitor="acc")
    assert sorted(made.fit(X, Y, verbose=0, callbacks=[stop]).history) == ["acc", "loss"]
    assert stop.monitor == "acc"


# --- Networks of mlp.keras ----------------------------------------------------------------------------------


def test_the_same_bits_as_a_network_of_mlp():
    made, plain = net(), net(Network)
    for one in (made, plain):
        one.fit(X, Y, epochs=20, batch_size=8, verbose=0)
    np.testing.assert_array_equal(made.parameters, plain.parameters)
    twin = pickle.loads(pickle.dumps(made))  # noqa: S301 - what was pickled just now
    assert type(twin) is keras.Sequential
    np.testing.assert_array_equal(twin.predict(X), plain.predict(X))


def test_seeds():
    def weights():
        keras.utils.set_random_seed(5)
        return [
            keras.Sequential([keras.layers.Dense(2, input_dim=3)]).parameters.tolist(),
            keras.Sequential([keras.layers.Dense(2, input_dim=3)]).parameters.tolist(),
        ]

    first = weights()
    assert first == weights()
    assert first[0] != first[1]


@pytest.fixture
def single():
    backend.set_floatx("float32")
    yield
    backend.set_floatx("float64")


@pytest.mark.usefixtures("single")
def test_floatx_is_the_type_of_new_networks():
    assert keras.backend.floatx() == keras.config.floatx() == "float32"
    assert keras.Sequential([keras.layers.Dense(2, input_dim=3)]).dtype == np.float32
    x = keras.Input(shape=(3,))
    assert keras.Model(x, keras.layers.Dense(2)(x)).dtype == np.float32
    assert Network([layers.Dense(2, input_dim=3)]).dtype == np.float64


def test_waiting_layers():
    made = keras.Sequential()
    made.add(keras.layers.Dense(4, activation="relu"))
    made.add(keras.layers.Dense(2))
    assert ([layer.units for layer in made.layers], made.built) == ([4, 2], False)
    with pytest.raises(StateError, match="not built yet"):
        made.output_shape  # noqa: B018 - asking is the test
    with pytest.raises(StateError, match="is there twice"):
        made.add(made.layers[0])
    twin = copy.deepcopy(made)
    assert twin(X).shape == (40, 2)
    assert made.predict(X).shape == (40, 2)
    made.build((None, 3))
    assert made.built
    made.add(keras.layers.Dense(5))
    assert made.output_shape == (None, 5)


def test_waiting_layers_inside_others():
    block = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(2)])
    x = keras.Input(shape=(3,))
    made = keras.Model(x, block(x))
    assert made.output_shape == (None, 2)
    assert made.count_params() == 16 + 10
    made.compile("sgd", "mse")
    made.fit(X, X[:, :2], epochs=30, verbose=0)
    assert [w.shape for w in made.get_weights()] == [(3, 4), (4,), (4, 2), (2,)]
    assert made.evaluate(X, X[:, :2]) < 0.5


def test_waiting_needs_data_that_tell_their_size():
    made = keras.Sequential([keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    with pytest.raises(StateError, match="say the shape of a batch"):
        made.build()


class Batches(keras.utils.Sequence):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return X[10 * index : 10 * (index + 1)], Y[10 * index : 10 * (index + 1)]


@pytest.mark.parametrize(
    "rows",
    [X, X.tolist(), Batches(), (batch for batch in Batches()), iter([X, X])],
    ids=["array", "list", "batches", "generator", "rows alone"],
)
def test_waiting_layers_see_the_size_of_any_data(rows):
    made = keras.Sequential([keras.layers.Dense(1)])
    kept = made.build_from(rows)
    assert made.input_shape == (None, 3)
    if hasattr(rows, "__next__"):
        first = next(kept)
        np.testing.assert_array_equal(
            first[0] if isinstance(first, tuple) else first, X[:10] if isinstance(first, tuple) else X
        )
    else:
        assert kept is rows
    assert made.build_from(rows) is rows


def test_a_vector_is_rows_of_one_number():
    made = keras.Sequential([keras.layers.Dense(1)])
    made.build_from(X[:, 0])
    assert made.input_shape == (None, 1)


@pytest.mark.parametrize("name", ["net.npz", "net.keras"])
def test_files(name, tmp_path):
    made = net()
    made.fit(X, Y, verbose=0)
    keras.models.save_model(made, tmp_path / name)
    loaded = keras.models.load_model(tmp_path / name)
    assert type(loaded) is keras.Sequential
    np.testing.assert_array_equal(loaded.predict(X), made.predict(X))
    silently(loaded.fit, X, Y, nb_epoch=1, verbose=0)
    assert keras.models.load_model(tmp_path / name, compile=False).optimizer is None
    assert zipfile.is_zipfile(tmp_path / name)


def test_files_of_weights(tmp_path):
    made, other = net(), net()
    made.fit(X, Y, verbose=0)
    made.save_weights(tmp_path / "net.weights.h5")
    other.load_weights(tmp_path / "net.weights.h5")
    np.testing.assert_array_equal(other.predict(X), made.predict(X))


@pytest.mark.parametrize(("call", "instead"), [("save", r"\.keras"), ("save_weights", r"\.weights\.h5")])
def test_the_files_of_old_keras_are_read_and_not_written(call, instead, tmp_path):
    with pytest.raises(mlp.errors.ArgumentError, match=rf"read from it and not written; .*{instead}"):
        getattr(net(), call)(tmp_path / "net.h5")


def test_networks_that_need_automatic_differentiation_are_refused():
    with pytest.raises(ArgumentTypeError, match="Own defines call or train_step"):

        class Own(keras.Model):
            def call(self, x):
                return x


def test_clones():
    made = net()
    clone = keras.models.clone_model(made)
    assert type(clone) is keras.Sequential
    assert [w.shape for w in clone.get_weights()] == [w.shape for w in made.get_weights()]
    assert not np.array_equal(clone.parameters, made.parameters)
    with pytest.raises(mlp.errors.ArgumentError, match="input_tensors is not supported"):
        keras.models.clone_model(made, input_tensors=[1])
