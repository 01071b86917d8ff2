"""Make the folder `sklearn-1.9`: what fitted scikit-learn networks hold and predict, as arrays; never a pickle.

    pip install scikit-learn==1.9.1 numpy
    python tests/files/foreign/make_sklearn.py

`coefs_<i>` and `intercepts_<i>` are the attributes of these names, and for one of them with Adam and one with SGD
`moments_<i>`, `variances_<i>` and `velocities_<i>` are ``ms``, ``vs`` and ``velocities`` of `_optimizer`; the other attributes are in the index.
"""

import warnings

import numpy as np
import sklearn
from recording import Folder, data
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

VERSION = sklearn.__version__.rsplit(".", 1)[0]
FOLDER = Folder("sklearn-" + VERSION, sklearn=sklearn.__version__)
ATTRIBUTES = (
    "activation",
    "out_activation_",
    "n_features_in_",
    "n_outputs_",
    "n_layers_",
    "n_iter_",
    "t_",
    "alpha",
    "solver",
    "loss_",
)
X, X_TRAIN = data(7, 4, dtype="float64"), data(60, 4, dtype="float64", seed=1)
SUM = X_TRAIN[:, 0] - X_TRAIN[:, 1] * X_TRAIN[:, 2]


def record(name, model, target):
    model.fit(X_TRAIN, target)
    arrays = {"x": X, "y": model.predict(X), "coefs": model.coefs_, "intercepts": model.intercepts_}
    if isinstance(model, MLPClassifier):
        arrays.update(proba=model.predict_proba(X), classes=model.classes_)
    optimizer = model._optimizer if name in WITH_STATE else None
    if hasattr(optimizer, "ms"):
        arrays.update(moments=optimizer.ms, variances=optimizer.vs)
    if hasattr(optimizer, "velocities"):
        arrays.update(velocities=optimizer.velocities)
    FOLDER.truth(name, **arrays)
    attributes = {key: getattr(model, key) for key in ATTRIBUTES if hasattr(model, key)}
    FOLDER.add(
        name + ".npz",
        str(model).replace("\n", ""),
        "arrays",
        class_name=type(model).__name__,
        attributes=attributes,
    )


WITH_STATE = ("regressor", "regressor-two-outputs")  # Adam, SGD
few = {"hidden_layer_sizes": (5,), "max_iter": 30, "random_state": 0, "tol": 0.0, "n_iter_no_change": 1000}
warnings.simplefilter("ignore", ConvergenceWarning)
three = np.digitize(SUM, [-0.7, 0.7])
record("classifier-binary", MLPClassifier(**few), (SUM > 0).astype(int))
record(
    "classifier-strings", MLPClassifier(activation="tanh", **few), np.array(["low", "middle", "high"])[three]
)
record(
    "classifier-multilabel",
    MLPClassifier(activation="logistic", **few),
    np.stack([SUM > 0, SUM > 1], 1).astype(int),
)
record("classifier-lbfgs", MLPClassifier(solver="lbfgs", **few), three)
record("regressor", MLPRegressor(**few), SUM)
record("regressor-identity", MLPRegressor(activation="identity", **few), SUM)
record(
    "regressor-two-outputs",
    MLPRegressor(solver="sgd", learning_rate_init=0.01, **few),
    np.stack([SUM, -SUM], 1),
)
record("regressor-poisson", MLPRegressor(loss="poisson", **few), np.exp(SUM))
record("regressor-deep", MLPRegressor(**{**few, "hidden_layer_sizes": (4, 3)}), SUM)
FOLDER.close()
