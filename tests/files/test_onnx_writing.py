"""ONNX files as others see them: the checker accepts them, and ONNX Runtime predicts what the network predicts."""

import numpy as np
import onnx
import onnxruntime
import pytest
from files.onnx_subjects import NETWORKS, activation_cases, network_of, rows_for

from mlp import Network, activations, layers
from mlp.errors import ArgumentError
from mlp.files.onnx import write
from mlp.layers import Activation, Dense, Rescaling
from mlp.layers.base import LAYERS

#: How far ONNX Runtime may be away, in units of the type's precision and of the largest number of the outputs or inputs.
EPS = 20

DTYPES = ("float32", "float64")


def run(data, x):
    """What ONNX Runtime predicts."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return session.run(None, dict(zip([one.name for one in session.get_inputs()], x, strict=True)))


def predict(net, x):
    y = net(x if net.takes_several else x[0])
    return list(y) if net.n_outputs > 1 else [y]


def require_same(found, expected, x):
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        size = max(1.0, *(np.abs(part).max() for part in (*x, b)))
        np.testing.assert_allclose(a, b, rtol=0, atol=EPS * np.finfo(b.dtype).eps * size)


def require_right(net, x):
    data = write(net)
    model = onnx.load_from_string(data)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    require_same(run(data, x), predict(net, x), x)
    require_same(run(data, [part[:1] for part in x]), predict(net, [part[:1] for part in x]), x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_onnx_runtime_predicts_the_same(make, dtype):
    net = network_of(make, dtype)
    require_right(net, rows_for(net))


@pytest.mark.parametrize("dtype", DTYPES)
def test_onnx_runtime_computes_every_activation(dtype):
    x = np.concatenate([np.linspace(-8, 8, 97), [-30.0, 30.0, 0.5, -0.5, 1.0, -1.0, 0.0]]).reshape(-1, 4)
    for _, activation in activation_cases():
        net = Network([Rescaling(1.0, input_dim=4), Activation(activation)], dtype=dtype)
        require_right(net, [x.astype(dtype)])


def test_bins_are_the_same_next_to_their_boundaries():
    boundaries = [0.1, 0.3, 0.7]
    net = Network([layers.Discretization(boundaries, input_dim=3)], dtype="float32")
    near = np.float32(boundaries)
    require_right(
        net, [np.stack([near, np.nextafter(near, np.float32(9)), np.nextafter(near, np.float32(-9))])]
    )


def test_every_layer_is_tried():
    tried = {type(layer) for make in NETWORKS.values() for layer in make().walk()}
    ours = {cls for cls in LAYERS.classes.values() if cls.__module__.startswith("mlp.")}
    never_written = {
        layers.AlphaDropout,
        layers.GaussianDropout,
        layers.ActivityRegularization,
        layers.Identity,
    }
    assert ours - tried == never_written


def test_names_are_those_of_the_layers_and_weights_of_shared_layers_stand_once():
    model = onnx.load_from_string(write(network_of(NETWORKS["shared, nested, several"])))
    names = [tensor.name for tensor in model.graph.initializer]
    assert names == [
        "dense/kernel",
        "dense/bias",
        "dense_1/kernel",
        "dense_1/bias",
        "score/kernel",
        "score/bias",
    ]
    assert [value.name for value in model.graph.input] == ["left", "right"]
    assert [value.name for value in model.graph.output] == ["score", "add"]
    assert model.producer_name == "mlp"


class Own(Dense):
    pass


class OwnActivation(activations.Tanh):
    pass


@pytest.mark.parametrize(
    ("net", "what"),
    [
        (lambda: Network([Own(2, input_dim=2)]), "Own"),
        (lambda: Network([Dense(2, OwnActivation(), input_dim=2)]), "OwnActivation"),
        (lambda: Network([layers.Discretization(num_bins=3, input_dim=2)]), "no boundaries"),
        (lambda: Network(), "no layers"),
    ],
)
def test_what_has_no_form_in_onnx_is_refused_by_name(net, what):
    with pytest.raises(ArgumentError, match=what):
        write(net())


def test_weights_for_which_a_file_has_no_room_are_refused(monkeypatch):
    net = Network([Dense(2, input_dim=2)], dtype="float64")
    monkeypatch.setattr("mlp.files.onnx.writing.MOST_BYTES", 48)
    write(net)
    monkeypatch.setattr("mlp.files.onnx.writing.MOST_BYTES", 47)
    with pytest.raises(
        ArgumentError, match=r"weights of 48 bytes are too many for an ONNX file, which takes 47"
    ):
        write(net)
