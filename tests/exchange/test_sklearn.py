"""Networks from scikit-learn: from recorded estimators, and from real ones where scikit-learn is installed; and back."""

import inspect
import pickle
import sys
import warnings

import numpy as np
import pytest
from exchange.stand_ins import estimator_of, recorded

import mlp
from mlp import Input, Network, optimizers
from mlp.errors import ArgumentError, ArgumentTypeError, MissingExtraError
from mlp.exchange.from_sklearn import from_sklearn
from mlp.exchange.to_sklearn import to_sklearn
from mlp.layers import Activation, BatchNormalization, Dense, Dropout, Flatten, Normalization, ReLU, Softmax

RECORDED = recorded("sklearn_estimators.json")["estimators"]
X = np.random.default_rng(3).normal(size=(30, 3)) * [1.0, 2.0, 5.0] + [0.0, 1.0, -2.0]
SIGNS = (np.median(X, axis=0) < X).astype(int)


def outputs(probabilities, net):
    """What a network gives where an estimator gives this: for two classes, the probability of the second."""
    probabilities = np.asarray(probabilities)
    if net.output_shape[1] == 1 and probabilities.ndim == 2:
        return probabilities[:, 1:]
    return probabilities.reshape(len(probabilities), -1)


@pytest.mark.parametrize("record", RECORDED.values(), ids=RECORDED)
def test_a_recorded_estimator_predicts_what_it_did_there(record, tmp_path):
    net = from_sklearn(estimator_of(record["estimator"]))
    np.testing.assert_allclose(net.predict(record["x"]), outputs(record["y"], net), rtol=1e-12, atol=1e-14)
    net.save(tmp_path / "a.npz")
    np.testing.assert_array_equal(mlp.load(tmp_path / "a.npz").predict(record["x"]), net.predict(record["x"]))


def test_settings_come_along():
    net = from_sklearn(estimator_of(RECORDED["three classes"]["estimator"]))
    assert isinstance(net.optimizer, optimizers.Adam)
    assert net.optimizer.epsilon == 1e-8
    assert net.optimizer.iterations == 20
    assert net.layers[0].kernel_regularizer.l2 == pytest.approx(0.1 / (2 * 30), rel=1e-15)
    assert net.layers[0].bias_regularizer is None
    assert net.metadata == {"classes": ["a", "b", "c"]}
    other = from_sklearn(estimator_of(RECORDED["two targets"]["estimator"]))
    assert (other.optimizer.momentum, other.optimizer.nesterov, list(other.optimizer.slots)) == (
        0.5,
        True,
        ["momentum"],
    )
    assert isinstance(
        from_sklearn(estimator_of(RECORDED["regression"]["estimator"])).optimizer, optimizers.LBFGS
    )


@pytest.mark.parametrize(
    ("name", "batch", "n_samples", "rows"),
    [("regression", "auto", None, 200), ("regression", "auto", 1000, 1000), ("binary", "auto", None, 30), ("binary", 7, None, 7),
     ("binary", "auto", 1000, 200), ("binary", 500, 1000, 500), ("binary", 50, 10, 10)],
)  # fmt: skip
def test_the_penalty_is_divided_by_the_rows_of_a_batch(name, batch, n_samples, rows):
    estimator = estimator_of(RECORDED[name]["estimator"])
    estimator.batch_size = batch
    net = from_sklearn(estimator, n_samples)
    assert net.layers[0].kernel_regularizer.l2 == pytest.approx(1e-4 / (2 * rows), rel=1e-15)
    estimator.alpha = 0
    assert from_sklearn(estimator).layers[0].kernel_regularizer is None


def test_names_of_features_come_along():
    estimator = estimator_of(RECORDED["binary"]["estimator"])
    estimator.feature_names_in_ = np.array(["a", "b", "c"], object)
    assert from_sklearn(estimator).metadata == {"classes": ["no", "yes"], "features": ["a", "b", "c"]}


def scaler(kind, **attributes):
    return estimator_of({"class": kind, "attributes": attributes})


SCALE = np.array([2.0, 0.5, 1e-9])
MEAN = np.array([1.0, 2.0, 0.0])
SCALERS = {
    "standard": (scaler("StandardScaler", n_features_in_=3, with_mean=True), {"mean_": MEAN, "scale_": SCALE[:2].repeat([2, 1])}),
    "tiny": (scaler("StandardScaler", n_features_in_=3, with_mean=True), {"mean_": MEAN, "scale_": SCALE}),
    "mean alone": (scaler("StandardScaler", n_features_in_=3, with_mean=True), {"mean_": MEAN, "scale_": None}),
    "scale alone": (scaler("StandardScaler", n_features_in_=3, with_mean=False), {"mean_": MEAN, "scale_": SCALE}),
    "least and largest": (scaler("MinMaxScaler", clip=False), {"scale_": SCALE, "min_": MEAN}),
    "largest": (scaler("MaxAbsScaler"), {"scale_": SCALE}),
}  # fmt: skip


@pytest.mark.parametrize("name", SCALERS)
def test_a_scaler_in_front_becomes_a_layer(name):
    step, arrays = SCALERS[name]
    vars(step).update(arrays)
    inner = estimator_of(RECORDED["binary"]["estimator"])
    pipeline = estimator_of({"class": "Pipeline", "attributes": {"steps": []}})
    pipeline.steps = [("first", step), ("nothing", "passthrough"), ("last", inner)]
    if type(step).__name__ == "MinMaxScaler":
        scaled = X * step.scale_ + step.min_
    else:
        shift = MEAN if getattr(step, "with_mean", False) else 0.0
        scaled = (X - shift) / (1.0 if step.scale_ is None else step.scale_)
    expected = from_sklearn(inner).predict(scaled)
    np.testing.assert_allclose(from_sklearn(pipeline).predict(X), expected, rtol=1e-9, atol=1e-12)


def changed(name="binary", **attributes):
    estimator = estimator_of(RECORDED[name]["estimator"])
    for attribute, value in attributes.items():
        if value is None:
            delattr(estimator, attribute)
        else:
            setattr(estimator, attribute, value)
    return estimator


def piped(step):
    pipeline = estimator_of({"class": "Pipeline", "attributes": {}})
    pipeline.steps = [("first", step), ("last", changed())]
    return pipeline


WRONG = {
    "not fitted": (changed(coefs_=None), "not fitted"),
    "an unknown function": (changed(activation="softplus"), "not as fit leaves it.*softplus"),
    "another output": (changed(out_activation_="step"), "not as fit leaves it"),
    "no biases": (changed(intercepts_=None), "not as fit leaves it.*intercepts_"),
    "a bias too few": (changed(intercepts_=[np.zeros(4)]), "not as fit leaves it"),
    "kernels that do not fit": (changed(coefs_=[np.zeros((3, 4)), np.zeros((5, 1))]), "MLPClassifier: "),
    "weights that are no numbers": (changed(coefs_=[np.full((3, 4), np.nan), np.zeros((4, 1))]), "finite"),
    "a scaler that is not here": (piped(scaler("QuantileTransformer")), "QuantileTransformer is no layer"),
    "a scaler that cuts off": (piped(scaler("MinMaxScaler", clip=True)), "without clip"),
}  # fmt: skip


@pytest.mark.parametrize(("estimator", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_fitted_perceptron_is_refused(estimator, message):
    with pytest.raises(ArgumentError, match=message):
        from_sklearn(estimator)


@pytest.mark.parametrize(
    "odd", [None, 3, "MLPClassifier", Network(), type("MLPClassifier", (), {})()], ids=str
)
def test_what_is_another_object_is_refused(odd):
    with pytest.raises(ArgumentTypeError, match="MLPClassifier"):
        from_sklearn(odd)


def test_without_scikit_learn_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.neural_network", None)
    with pytest.raises(MissingExtraError, match=r"^to_sklearn needs sklearn: pip install scikit-learn$"):
        Network([Dense(1, input_dim=1)]).to_sklearn()


# --- With scikit-learn --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sklearn():
    module = pytest.importorskip("sklearn")
    for part in ("base", "neural_network", "pipeline", "preprocessing"):
        pytest.importorskip(f"sklearn.{part}")
    return module


def fitted(sklearn, kind, y, **settings):
    known = inspect.signature(getattr(sklearn.neural_network, kind)).parameters
    if not settings.keys() <= known.keys():
        pytest.skip("this scikit-learn is older than 1.7 and has one loss of amounts")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of not being at the end
        settings = {
            "hidden_layer_sizes": (4, 3),
            "activation": "tanh",
            "random_state": 0,
            "max_iter": 8,
        } | settings
        return getattr(sklearn.neural_network, kind)(**settings).fit(X, y)


WORDS = np.array(["x", "y", "z"])
CASES = {
    "two classes": ("MLPClassifier", np.array(["no", "yes"])[SIGNS[:, 0]], {}),
    "three classes": ("MLPClassifier", WORDS[SIGNS[:, 0] + SIGNS[:, 1]], {"activation": "relu", "alpha": 0.5}),
    "several labels": ("MLPClassifier", SIGNS, {"activation": "logistic"}),
    "one layer": ("MLPClassifier", SIGNS[:, 0], {"hidden_layer_sizes": ()}),
    "one target": ("MLPRegressor", X[:, 0], {"activation": "identity"}),
    "two targets": ("MLPRegressor", X[:, :2], {}),
    "counts": ("MLPRegressor", np.floor(np.abs(X[:, 0])), {"loss": "poisson"}),
    "momentum": ("MLPClassifier", SIGNS[:, 0], {"solver": "sgd", "momentum": 0.7, "nesterovs_momentum": False}),
    "nesterov": ("MLPRegressor", X[:, 0], {"solver": "sgd", "alpha": 0.3}),
    "no momentum": ("MLPRegressor", X[:, 0], {"solver": "sgd", "momentum": 0.0}),
    "lbfgs": ("MLPRegressor", X[:, 0], {"solver": "lbfgs"}),
}  # fmt: skip


def targets(estimator, y):
    """Targets as the network's loss has them."""
    classes = getattr(estimator, "classes_", None)
    if classes is None or y.ndim == 2:
        return y
    hot = (y[:, None] == classes).astype(float)
    return hot[:, 1:] if len(classes) == 2 else hot


@pytest.mark.live
@pytest.mark.parametrize("case", CASES)
def test_there_and_back_and_one_step_of_training(case, sklearn):
    kind, y, settings = CASES[case]
    estimator = fitted(sklearn, kind, y, **settings)
    net = from_sklearn(estimator, len(X))
    back = pickle.loads(pickle.dumps(net.to_sklearn(len(X))))  # noqa: S301 - made in this line
    assert type(back) is type(sklearn.base.clone(back)) is type(estimator)
    predict = {True: "predict_proba", False: "predict"}[kind == "MLPClassifier"]
    expected = getattr(estimator, predict)(X)
    np.testing.assert_allclose(net.predict(X), outputs(expected, net), rtol=1e-9)
    np.testing.assert_allclose(getattr(back, predict)(X), expected, rtol=1e-9)
    np.testing.assert_array_equal(back.predict(X), estimator.predict(X))
    assert back.score(X, y) == pytest.approx(estimator.score(X, y), rel=1e-12)
    assert back.alpha == pytest.approx(estimator.alpha, rel=1e-12)
    if estimator.solver == "lbfgs":
        return
    for _ in range(2):
        net.train_on_batch(X, targets(estimator, y))
        estimator.partial_fit(X, y)
        back.partial_fit(X, y)
    for found in (net.get_weights(), from_sklearn(back).get_weights()):
        for one, other in zip(found, from_sklearn(estimator).get_weights(), strict=True):
            # The logarithm of Poisson's loss has 1e-7 added to what it is of.
            np.testing.assert_allclose(one, other, rtol=1e-6 if case == "counts" else 1e-10, atol=1e-13)


@pytest.mark.live
def test_a_pipeline_goes_there_and_back(sklearn):
    inner = sklearn.neural_network.MLPClassifier((3,), max_iter=5, random_state=0)
    pipeline = sklearn.pipeline.make_pipeline(sklearn.preprocessing.StandardScaler(), inner)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of not being at the end
        pipeline.fit(X, SIGNS[:, 0])
    net = from_sklearn(pipeline)
    assert isinstance(net.layers[0], Normalization)
    for found in (net.predict(X), net.to_sklearn().predict_proba(X)[:, 1:]):
        np.testing.assert_allclose(found, pipeline.predict_proba(X)[:, 1:], rtol=1e-9)


@pytest.mark.live
def test_float32_stays(sklearn):
    estimator = sklearn.neural_network.MLPRegressor(
        hidden_layer_sizes=(3,), solver="lbfgs", max_iter=5, tol=10.0
    )
    net = from_sklearn(estimator.fit(X.astype("float32"), X[:, 0].astype("float32")))
    assert net.dtype == np.float32 or estimator.coefs_[0].dtype == np.float64
    assert net.astype("float32").to_sklearn().coefs_[0].dtype == np.float32


def probable(units, activation, classes):
    net = Network([Dense(4, "tanh", input_dim=3), Dropout(0.5), Dense(units, activation)], rng=4)
    net.metadata["classes"] = classes
    return net


@pytest.mark.live
@pytest.mark.parametrize(
    ("units", "activation", "classes"),
    [(1, "sigmoid", ["a", "b"]), (1, "sigmoid", ["b", "a"]), (2, "softmax", ["a", "b"]), (2, "softmax", [1, 0]),
     (3, "softmax", ["b", "c", "a"]), (3, "softmax", [0.0, 10.0, 2.0])],
)  # fmt: skip
def test_classes_are_those_of_the_metadata_in_any_order(units, activation, classes, sklearn):
    net = probable(units, activation, classes)
    y = net.predict(X)
    best = (y[:, 0] > 0.5).astype(int) if units == 1 else y.argmax(axis=1)
    estimator = to_sklearn(net)
    np.testing.assert_array_equal(estimator.predict(X), np.array(classes)[best])
    assert list(estimator.classes_) == sorted(classes)
    assert not hasattr(estimator, "_optimizer")
    estimator.partial_fit(X, np.array(classes)[best])


@pytest.mark.live
def test_making_an_estimator_draws_no_random_numbers(sklearn):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - scikit-learn's own
    probable(3, "softmax", [0, 1, 2]).to_sklearn()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.live
def test_layers_that_are_activations_belong_to_the_dense_layers_before(sklearn):
    net = Network(
        [Dense(4, input_dim=3), ReLU(), Dense(4, use_bias=False), Activation("relu"), Dense(3), Softmax()]
    )
    np.testing.assert_allclose(net.to_sklearn().predict_proba(X), net.predict(X), rtol=1e-9)


def branched():
    x = Input((3,))
    hidden = Dense(3)(x)
    return Network(inputs=x, outputs=mlp.layers.Add()([hidden, x]))


UNKNOWN_THERE = {
    "two functions": lambda: Network([Dense(2, "relu", input_dim=3), Dense(2, "tanh"), Dense(1)]),
    "a function that is not there": lambda: Network([Dense(2, "gelu", input_dim=3), Dense(1)]),
    "a softmax inside": lambda: Network([Dense(2, "softmax", input_dim=3), Dense(1)]),
    "a leaky relu": lambda: Network([Dense(2, mlp.activations.Relu(0.1), input_dim=3), Dense(1)]),
    "an output that is not there": lambda: Network([Dense(2, "tanh", input_dim=3)]),
    "another layer": lambda: Network([Dense(2, input_dim=3), BatchNormalization()]),
    "an activation of an activation": lambda: Network([Dense(2, "relu", input_dim=3), ReLU(), Dense(1)]),
    "a scale in the middle": lambda: Network(
        [Dense(2, input_dim=3), Normalization(mean=0.0, variance=1.0), Dense(1)]
    ),
    "pictures": lambda: Network([Flatten(input_shape=(3, 3)), Dense(1)]),
    "a graph": branched,
    "a softmax over one": lambda: Network([Dense(1, "softmax", input_dim=3)]),
    "no layer": lambda: Network([Normalization(mean=0.0, variance=1.0, input_dim=3)]),
    "classes that are amounts": lambda: probable(2, "softmax", [0.5, 1.5]),
    "classes that are lists": lambda: probable(2, "softmax", [[1], [2]]),
    "classes that are none": lambda: probable(2, "softmax", [None, 1]),
    "one class twice": lambda: probable(2, "softmax", ["a", "a"]),
}


@pytest.mark.live
@pytest.mark.parametrize("make", UNKNOWN_THERE.values(), ids=UNKNOWN_THERE)
def test_what_scikit_learn_does_not_have_is_refused_by_name(make, sklearn):
    with pytest.raises(ArgumentError, match=r"scikit-learn has no such network|different words"):
        make().to_sklearn()
