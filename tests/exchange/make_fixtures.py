"""Write what real PyTorch and scikit-learn compute, so that the tests need neither: ``python tests/exchange/make_fixtures.py``.

    torch_modules.json              modules taken apart, with rows and predictions
    ../files/torch/*.safetensors    weights that PyTorch saved, with predictions.json
    sklearn_estimators.json         fitted estimators taken apart, with rows and predictions

It needs torch, safetensors and scikit-learn; ``versions`` in each file tells which ones wrote it.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import safetensors
import safetensors.torch
import sklearn
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

HERE = Path(__file__).parent
VERSIONS = {
    "torch": torch.__version__,
    "safetensors": safetensors.__version__,
    "scikit-learn": sklearn.__version__,
}

MODULES = {
    "activations": lambda: nn.Sequential(
        nn.Linear(3, 6), nn.LeakyReLU(), nn.ELU(0.5), nn.CELU(0.7), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.Linear(6, 6),
        nn.Mish(), nn.Softplus(), nn.Hardtanh(), nn.Hardsigmoid(), nn.Linear(6, 6), nn.Hardswish(), nn.ReLU6(), nn.Tanhshrink(),
        nn.Linear(6, 6), nn.SELU(), nn.Softsign(), nn.Softshrink(0.1), nn.Hardshrink(0.2), nn.Linear(6, 6), nn.LogSigmoid(),
        nn.Threshold(-1.0, 0.5), nn.GLU(), nn.Tanh(), nn.Linear(3, 4), nn.Softmax(dim=-1),
    ),
    "normalizations": lambda: nn.Sequential(
        nn.Linear(3, 6), nn.BatchNorm1d(6, eps=0.01, momentum=0.3), nn.Sigmoid(), nn.LayerNorm(6), nn.PReLU(), nn.Dropout(0.3),
        nn.RMSNorm(6), nn.PReLU(6), nn.AlphaDropout(0.1), nn.BatchNorm1d(6, affine=False), nn.LayerNorm(6, bias=False),
        nn.Linear(6, 2, bias=False), nn.LogSoftmax(dim=1),
    ),
    "double, named and nested": lambda: nn.Sequential(
        nn.Sequential(nn.Linear(3, 4), nn.Identity(), nn.ReLU()), nn.Sequential(nn.Linear(4, 2)),
    ).double(),
    "shapes": lambda: nn.Sequential(
        nn.Linear(3, 12), nn.Unflatten(1, (3, 2, -1)), nn.Flatten(2), nn.PReLU(3), nn.BatchNorm1d(3), nn.Flatten(), nn.Linear(12, 1),
    ),
}  # fmt: skip


class Named(nn.Module):
    """Layers as attributes, in an order that the alphabet does not have."""

    def __init__(self):
        super().__init__()
        self.inner, self.body, self.head = nn.Linear(3, 5), nn.Linear(5, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(torch.tanh(self.body(torch.relu(self.inner(x)))))


class Numbered(nn.Module):
    """A loop over layers, more than nine of them."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(11)])

    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return x


WEIGHTS = {
    "linear": lambda: nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2, bias=False), nn.Linear(2, 2)),
    "linear-double": lambda: nn.Sequential(nn.Linear(3, 2)).double(),
    "linear-bfloat16": lambda: nn.Sequential(nn.Linear(3, 2)).bfloat16().float().bfloat16(),
    "relu": lambda: nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 1)),
    "all": lambda: nn.Sequential(
        nn.Linear(3, 4),
        nn.BatchNorm1d(4),
        nn.PReLU(),
        nn.LayerNorm(4),
        nn.Linear(4, 4),
        nn.RMSNorm(4),
        nn.PReLU(4),
    ),
    "named": Named,
    "numbered": Numbered,
}


def shaken(module):
    """The module in inference, with running averages and factors that are none of the first ones."""
    torch.manual_seed(1)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2.0)
        for parameter in part.parameters(recurse=False):
            if parameter.ndim == 1:
                parameter.data.uniform_(-0.5, 1.5)
    return module.eval()


def taken_apart(module):
    """A module as plain data."""
    return {
        "class": type(module).__name__,
        "attributes": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(module).items()
            if not name.startswith("_")
        },
        "parameters": {name: _tensor(tensor) for name, tensor in module._parameters.items()},
        "buffers": {name: _tensor(tensor) for name, tensor in module._buffers.items()},
        "modules": {name: taken_apart(child) for name, child in module._modules.items()},
    }


def _tensor(tensor):
    return None if tensor is None else {"dtype": str(tensor.dtype), "values": tensor.tolist()}


def write(path, data):
    path.write_text(json.dumps({"versions": VERSIONS, **data}, indent=None, separators=(",", ":")) + "\n")


def write_torch():
    rows = torch.randn(5, 3, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    found = {}
    for name, make in MODULES.items():
        torch.manual_seed(0)
        module = shaken(make())
        x = rows.to(next(module.parameters()).dtype)
        found[name] = {"module": taken_apart(module), "x": x.tolist(), "y": module(x).tolist()}
    write(HERE / "torch_modules.json", {"modules": found})
    folder = HERE.parent / "files" / "torch"
    folder.mkdir(exist_ok=True)
    predictions = {}
    for name, make in WEIGHTS.items():
        torch.manual_seed(0)
        module = shaken(make())
        safetensors.torch.save_file(module.state_dict(), folder / f"{name}.safetensors")
        dtype = next(module.parameters()).dtype
        module = module.float() if dtype is torch.bfloat16 else module
        x = rows.to(next(module.parameters()).dtype)
        predictions[name] = {"x": x.tolist(), "y": module(x).tolist()}
    write(folder / "predictions.json", {"predictions": predictions})


ESTIMATORS = {
    "binary": (MLPClassifier((4,), random_state=0, max_iter=20), ["no", "yes"]),
    "three classes": (MLPClassifier((4, 3), "tanh", alpha=0.1, random_state=0, max_iter=20), ["a", "b", "c"]),
    "several labels": (MLPClassifier((3,), "logistic", solver="sgd", random_state=0, max_iter=20), None),
    "regression": (MLPRegressor(hidden_layer_sizes=(4,), activation="relu", solver="lbfgs", random_state=0, max_iter=20), 1.0),
    "two targets": (MLPRegressor(hidden_layer_sizes=(4,), activation="identity", solver="sgd", momentum=0.5, random_state=0, max_iter=20), 2.0),
    "counts": (MLPRegressor(hidden_layer_sizes=4, activation="tanh", loss="poisson", random_state=0, max_iter=20), 3.0),
    "scaled": (make_pipeline(StandardScaler(), MLPClassifier((4,), random_state=0, max_iter=20)), [0, 1, 2]),
}  # fmt: skip


def targets(kind, x):
    signs = (x > np.median(x, axis=0)).astype(int)
    if kind is None:
        return signs[:, :2]
    if isinstance(kind, list):
        return np.array(kind)[(signs[:, 0] + signs[:, 1]) % len(kind)]
    return {1.0: x[:, 0] - x[:, 1], 2.0: x[:, :2] * x[:, 2:], 3.0: np.floor(np.abs(x[:, 0]))}[kind]


def plain(value):
    """An estimator, or what hangs on it, as plain data."""
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": value.dtype.str}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    kept = {name: plain(one) for name, one in vars(value).items() if name not in LEFT_OUT}
    return {"class": type(value).__name__, "attributes": kept}


LEFT_OUT = {"_random_state", "loss_curve_", "validation_scores_", "_best_coefs", "_best_intercepts"}


def write_sklearn():
    x = np.random.default_rng(3).normal(size=(30, 3)) * [1.0, 2.0, 5.0] + [0.0, 1.0, -2.0]
    found = {}
    for name, (estimator, kind) in ESTIMATORS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator.fit(x, targets(kind, x))
        predict = getattr(estimator, "predict_proba", estimator.predict)
        found[name] = {"estimator": plain(estimator), "x": x[:5].tolist(), "y": predict(x[:5]).tolist()}
    write(HERE / "sklearn_estimators.json", {"estimators": found})


if __name__ == "__main__":
    write_torch()
    write_sklearn()
