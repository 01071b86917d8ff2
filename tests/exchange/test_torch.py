"""Networks from PyTorch: from recorded modules, and from real ones where PyTorch is installed; and back."""

import io
import sys
from collections import OrderedDict

import numpy as np
import pytest
from exchange.stand_ins import Module, module_of, recorded

from mlp import Input, Network, activations, optimizers
from mlp.errors import ArgumentError, ArgumentTypeError, MissingExtraError
from mlp.exchange.from_torch import MODULES, from_torch
from mlp.exchange.to_torch import to_torch
from mlp.layers import (
    ELU,
    Activation,
    AlphaDropout,
    BatchNormalization,
    Concatenate,
    Dense,
    Discretization,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    LayerNormalization,
    LeakyReLU,
    Maximum,
    Normalization,
    Permute,
    PReLU,
    ReLU,
    RepeatVector,
    Rescaling,
    Reshape,
    Residual,
    RMSNormalization,
    Softmax,
    UnitNormalization,
)

RECORDED = recorded("torch_modules.json")["modules"]
RNG = np.random.default_rng(5)


def close(found, expected, dtype):
    scale = np.abs(expected).max()
    assert np.abs(found - expected).max() <= {"float32": 1e-6, "float64": 1e-13}[str(dtype)] * scale


@pytest.mark.parametrize("record", RECORDED.values(), ids=RECORDED)
def test_a_recorded_module_predicts_what_it_did_there(record):
    net = from_torch(module_of(record["module"]))
    close(net.predict(record["x"]), np.array(record["y"]), net.dtype)


def test_layers_are_what_the_modules_were():
    net = from_torch(module_of(RECORDED["normalizations"]["module"]))
    batch, row, drop, alpha = (net.layers[i] for i in (1, 3, 5, 8))
    assert (batch.momentum, batch.epsilon, batch.center, batch.scale) == (0.7, 0.01, True, True)
    assert (row.epsilon, drop.rate, alpha.rate) == (1e-5, 0.3, 0.1)
    assert (net.layers[9].center, net.layers[10].center, net.layers[10].scale) == (False, False, True)
    assert net.layers[6].epsilon == np.finfo(np.float32).eps
    assert not net.layers[11].use_bias
    assert net.dtype == np.float32
    assert from_torch(module_of(RECORDED["double, named and nested"]["module"])).dtype == np.float64


def part(kind, parameters=(), **attributes):
    """A stand-in for one module."""
    tensors = {
        name: {"dtype": "torch.float32", "values": np.ones(shape)} for name, shape in dict(parameters).items()
    }
    return module_of(
        {"class": kind, "attributes": attributes, "parameters": tensors, "buffers": {}, "modules": {}}
    )


def chain(*parts):
    sequential = part("Sequential")
    sequential._modules = {str(i): module for i, module in enumerate(parts)}
    return sequential


def linear(**more):
    return part("Linear", {"weight": (2, 3), "bias": (2,)}, in_features=3, out_features=2, **more)


def hooked():
    module = linear()
    module._forward_hooks = {0: print}
    return module


def patched():
    module = linear()
    module.forward = print
    return module


def half_frozen():
    module = linear()
    module.bias.requires_grad = False
    return module


def tied():
    first, second = linear(), linear()
    second._parameters["weight"] = first._parameters["weight"]
    return chain(first, second)


once = linear()
REFUSED = {
    "a class that is not here": (chain(linear(), part("Conv1d")), r"'1' \(Conv1d\).*no such layer.*known"),
    "a forward of its own": (type("Net", (Module,), {"__module__": "shop"})(), r"Net.*forward of its own.*Sequential.*onnx"),
    "a subclass of Linear": (chain(type("Linear", (Module,), {"__module__": "shop"})()), r"'0' \(Linear\).*forward of its own"),
    "a forward put upon it": (patched(), "forward of its own"),
    "hooks": (hooked(), "hooks"),
    "the same module twice": (chain(once, once), "weight in common with '0'"),
    "the same weight twice": (tied(), "weight in common with '0'"),
    "half of it frozen": (half_frozen(), "some of its parameters"),
    "no size": (chain(part("ReLU"), part("Tanh")), r"input_shape=\(4,\)"),
    "no modules": (chain(), "input_shape"),
    "a softplus of another beta": (chain(linear(), part("Softplus", beta=2, threshold=20)), r"'1' \(Softplus\): beta must be 1"),
    "an early threshold": (chain(linear(), part("Softplus", beta=1, threshold=5)), "threshold at least 17"),
    "a hard tanh of other bounds": (chain(linear(), part("Hardtanh", min_val=-2, max_val=2)), "min_val"),
    "softmax over the batch": (chain(linear(), part("Softmax", dim=0)), r"'1' \(Softmax\)"),
    "no axis": (chain(linear(), part("Unflatten", dim=1, unflattened_size=(1, 2)), part("Softmax", dim=None)), "dim must be given"),
    "a batch flattened": (chain(linear(), part("Flatten", start_dim=0, end_dim=-1)), "axis of the batch"),
    "axes that are not there": (chain(linear(), part("Flatten", start_dim=1, end_dim=3)), "no such axes"),
    "all dropped": (chain(linear(), part("Dropout", p=1.0)), r"'1' \(Dropout\): rate"),
    "sizes that do not fit": (chain(linear(), linear()), r"'1' \(Linear\)"),
    "batches without averages": (
        chain(linear(), part("BatchNorm1d", momentum=0.1, track_running_stats=False)), "track_running_stats",
    ),
    "averages of all batches": (
        chain(linear(), part("BatchNorm1d", momentum=None, track_running_stats=True)), "momentum",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("module", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_here_is_refused_by_name(module, message):
    with pytest.raises(ArgumentError, match=message):
        from_torch(module)


def test_softmax_without_an_axis_is_along_rows():
    net = from_torch(chain(linear(), part("Softmax", dim=None)))
    np.testing.assert_allclose(net.predict([[1.0, 2.0, 3.0]]), [[0.5, 0.5]])


EMBEDDING = {
    "num_embeddings": 3,
    "embedding_dim": 2,
    "padding_idx": None,
    "max_norm": None,
    "scale_grad_by_freq": False,
}


def test_an_embedding_needs_to_be_told_how_many_numbers_a_row_has():
    embedding = part("Embedding", {"weight": (3, 2)}, **EMBEDDING)
    assert from_torch(embedding, input_shape=(4,)).predict([[0, 1, 2, 0]]).shape == (1, 4, 2)
    with pytest.raises(ArgumentError, match="input_shape"):
        from_torch(embedding)


@pytest.mark.parametrize(
    "odd", [{"padding_idx": 1}, {"max_norm": 2.0}, {"scale_grad_by_freq": True}], ids=str
)
def test_an_embedding_with_exceptions_is_refused(odd):
    with pytest.raises(ArgumentError, match=next(iter(odd))):
        from_torch(part("Embedding", {"weight": (3, 2)}, **(EMBEDDING | odd)), input_shape=(4,))


@pytest.mark.parametrize("module", [None, 3, "module", Network(), Module], ids=str)
def test_what_is_no_module_is_refused(module):
    with pytest.raises(ArgumentTypeError, match=r"torch\.nn\.Module"):
        from_torch(module)


def test_without_pytorch_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"^to_torch needs torch: pip install torch$"):
        Network([Dense(1, input_dim=1)]).to_torch()


# --- With PyTorch -------------------------------------------------------------------------------------------

ROWS = {
    "ReLU": [()], "LeakyReLU": [(), (0.4,)], "ELU": [(), (0.7,)], "SELU": [()], "CELU": [(), (0.6,)], "GELU": [(), ("tanh",)],
    "SiLU": [()], "Mish": [()], "Sigmoid": [()], "Tanh": [()], "Softmax": [(-1,), (1,)], "LogSoftmax": [(-1,)],
    "Softplus": [()], "Softsign": [()], "Hardtanh": [(), (0, 3), (0, 6)], "ReLU6": [()], "Hardsigmoid": [()], "Hardswish": [()],
    "PReLU": [(), (6,)], "Threshold": [(0.3, -2.0)], "Softshrink": [(), (0.2,)], "Hardshrink": [(), (0.2,)], "Tanhshrink": [()],
    "LogSigmoid": [()], "GLU": [()], "Dropout": [()], "AlphaDropout": [()], "Identity": [()], "Flatten": [()],
    "BatchNorm1d": [(6,), (6, 0.01, 0.3), (6, 1e-5, 0.1, False)], "LayerNorm": [(6,), (6, 0.1, False), (6, 1e-5, True, False)],
    "RMSNorm": [(6,), (6, 0.1), (6, 0.1, False)], "Unflatten": [(1, (2, -1)), (-1, (3, 2))], "Linear": [(6, 2), (6, 2, False)],
}  # fmt: skip


def test_every_module_has_a_row():
    assert {*ROWS, "Embedding"} == set(MODULES)


def shaken(module, torch):
    """Running averages and factors that are none of the first ones."""
    for each in module.modules():
        if isinstance(each, torch.nn.BatchNorm1d):
            each.running_mean.normal_()
            each.running_var.uniform_(0.5, 2.0)
        for parameter in each.parameters(recurse=False):
            if parameter.ndim == 1:
                parameter.data.normal_()
    return module


@pytest.mark.live
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ROWS)
def test_each_module_there_and_back(kind, dtype):
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    for arguments in ROWS[kind]:
        module = torch.nn.Sequential(torch.nn.Linear(4, 6), getattr(torch.nn, kind)(*arguments))
        module = shaken(module.to(getattr(torch, dtype)), torch).eval()
        x = 3 * torch.randn(40, 4, dtype=getattr(torch, dtype))
        y = module(x).detach().numpy()
        net = from_torch(module)
        assert str(net.dtype) == dtype
        close(net.predict(x.numpy()), y, dtype)
        close(to_torch(net).eval()(x).detach().numpy(), y, dtype)


def graph():
    a, b = Input((3,)), Input((3,))
    tower = Network([Dense(4, activation="tanh", input_dim=3), Dropout(0.5), Residual(Dense(4))])
    both = Concatenate()([tower(a), tower(b)])
    return Network(
        inputs=[a, b], outputs=[Dense(2)(both), Maximum()([tower(a), Dense(4, activation="relu")(b)])]
    )


NETWORKS = {
    **{
        str(f): lambda f=f: Network([Dense(4, input_dim=3, activation=f), Dense(2)])
        for f in ("exponential", "glu", activations.Relu(0.1), activations.Relu(max_value=2.0))
    },
    "a chain": lambda: Network([
        Dense(4, input_dim=3), BatchNormalization(), Dropout(0.3), PReLU(), AlphaDropout(0.1), LayerNormalization(),
        RMSNormalization(), UnitNormalization(), Activation("linear"),
    ]),
    "halves of factor and shift": lambda: Network([
        Dense(4, input_dim=3), BatchNormalization(center=False), LayerNormalization(scale=False), BatchNormalization(scale=False),
        Rescaling(0.5, 1.0), ReLU(), LeakyReLU(), ELU(), Softmax(),
    ]),
    "shapes": lambda: Network([
        Dense(6, input_dim=3), Reshape((2, 3)), PReLU(shared_axes=[2]), BatchNormalization(1), Permute((2, 1)), Dense(4),
        LayerNormalization((1, 2)), Flatten(), RepeatVector(2), Reshape((3, 8)),
    ]),
    "scales": lambda: Network([
        Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 2.0, 3.0], input_dim=3), Network([Dense(2, input_dim=3)]),
        Residual(Dense(2)), Normalization(mean=1.0, variance=4.0, invert=True),
    ]),
    "a graph": graph,
}  # fmt: skip


@pytest.mark.live
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_a_module_predicts_what_the_network_does_and_can_be_pickled(make, dtype):
    torch = pytest.importorskip("torch")
    net = make().astype(dtype)
    net.set_weights([RNG.uniform(0.5, 1.5, weight.shape) for weight in net.get_weights()])
    x = [RNG.normal(size=(20, 3)).astype(dtype) for _ in range(2 if net.takes_several else 1)]
    expected = net.predict(x if net.takes_several else x[0])
    file = io.BytesIO()
    torch.save(net.to_torch(), file)
    for module in (net.to_torch(), torch.load(io.BytesIO(file.getvalue()), weights_only=False)):
        found = module.eval()(*map(torch.tensor, x))
        pairs = zip(found, expected, strict=True) if isinstance(found, list) else [(found, expected)]
        for y, wanted in pairs:
            close(y.detach().numpy(), wanted, dtype)
            assert y.dtype is getattr(torch, dtype)


@pytest.mark.live
def test_one_step_of_training_gives_the_same_weights():
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    nn = torch.nn
    module = nn.Sequential(
        nn.Linear(3, 5),
        nn.Tanh(),
        nn.LayerNorm(5),
        nn.Linear(5, 4),
        nn.PReLU(),
        nn.BatchNorm1d(4),
        nn.Linear(4, 2),
    ).double()
    x, y = torch.randn(10, 3, dtype=torch.float64), torch.randn(10, 2, dtype=torch.float64)
    net = from_torch(module)
    net.compile(optimizers.SGD(0.1, momentum=0.9), "mse")
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    for _ in range(3):
        optimizer.zero_grad()
        nn.functional.mse_loss(module(x), y).backward()
        optimizer.step()
        net.train_on_batch(x.numpy(), y.numpy())
    twin = from_torch(module)
    for found, expected in zip(net.trainable_weights, twin.trainable_weights, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.live
def test_settings_go_there_and_back():
    pytest.importorskip("torch")
    layers = [
        BatchNormalization(momentum=0.8, epsilon=0.02),
        Dropout(0.3),
        AlphaDropout(0.1),
        LayerNormalization(epsilon=0.1),
    ]
    twin = from_torch(Network([Dense(4, input_dim=3), *layers]).to_torch())
    for layer, other in zip(layers, twin.layers[1:], strict=True):
        for name in vars(layer).keys() & {"momentum", "epsilon", "rate", "center", "scale"}:
            assert getattr(other, name) == pytest.approx(getattr(layer, name), rel=1e-12)


@pytest.mark.live
def test_frozen_layers_stay_frozen_and_names_stay():
    torch = pytest.importorskip("torch")
    parts = {"body": torch.nn.Linear(3, 2), "act": torch.nn.ReLU(), "head": torch.nn.Linear(2, 1)}
    module = torch.nn.Sequential(OrderedDict(parts))
    module.body.requires_grad_(False)
    net = from_torch(module)
    assert [(layer.name, layer.trainable) for layer in net.layers] == [
        ("body", False),
        ("act", True),
        ("head", True),
    ]
    assert [p.requires_grad for p in net.to_torch().parameters()] == [False, False, True, True]


@pytest.mark.live
def test_an_embedding_goes_there_and_back():
    torch = pytest.importorskip("torch")
    net = Network([Embedding(5, 3, input_shape=(2,)), Flatten(), Dense(1)], dtype="float32")
    x = np.array([[0, 4], [3, 3]])
    module = net.to_torch()
    close(module(torch.tensor(x)).detach().numpy(), net.predict(x), "float32")
    np.testing.assert_array_equal(from_torch(module, (2,)).predict(x), net.predict(x))


UNKNOWN_THERE = {
    "sparsemax": lambda: Network([Dense(3, input_dim=3, activation="sparsemax")]),
    "relu from elsewhere": lambda: Network([ReLU(threshold=1.0, input_dim=3)]),
    "a steeper hard sigmoid": lambda: Network([Dense(3, activations.HardSigmoid(0.2), input_dim=3)]),
    "noise": lambda: Network([GaussianNoise(1.0, input_dim=3)]),
    "bins": lambda: Network([Discretization([1.0], input_dim=3)]),
    "masks of a shape": lambda: Network([Dropout(0.5, noise_shape=(None, 1), input_dim=3)]),
    "channels at the end": lambda: Network([BatchNormalization(input_shape=(2, 3))]),
    "rows normalized along the first axis": lambda: Network([LayerNormalization(1, input_shape=(2, 3))]),
    "a slope for each place": lambda: Network([PReLU(input_shape=(2, 3))]),
    "complex numbers": lambda: Network([Dense(2, input_dim=2)]).astype("complex128"),
}


@pytest.mark.live
@pytest.mark.parametrize("make", UNKNOWN_THERE.values(), ids=UNKNOWN_THERE)
def test_what_pytorch_does_not_have_is_refused_by_name(make):
    pytest.importorskip("torch")
    with pytest.raises(ArgumentError, match=r"PyTorch has no such layer|complex128"):
        make().to_torch()
