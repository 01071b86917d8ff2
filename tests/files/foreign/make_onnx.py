"""Make the folders `onnx-*`: networks in ONNX from the exporters that are in use, and made by hand.

    python tests/files/foreign/make_onnx.py torch    # torch==2.13.0 onnxscript onnx onnxruntime
    python tests/files/foreign/make_onnx.py sklearn  # scikit-learn==1.9.1 skl2onnx==1.20.0 onnx onnxruntime
    python tests/files/foreign/make_onnx.py hand     # onnx==1.23.2 onnxruntime==1.31.1
    python tests/files/foreign/make_onnx.py keras    # tensorflow-cpu==2.15.1 tf2onnx==1.16.1 onnx==1.16.2 onnxruntime
    KERAS_BACKEND=torch python tests/files/foreign/make_onnx.py keras3  # keras==3.15.1 torch onnxscript onnx onnxruntime

`y` is what ONNX Runtime computes, held against the exporting program where there is one.
"""

import sys
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from recording import Folder, data

RNG = np.random.RandomState(3)
X = data(7, 4)


def array(*shape):
    return RNG.uniform(-0.8, 0.8, shape).astype("float32")


def run(path, x):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    return session.run(None, dict(zip(names, x if isinstance(x, list) else [x], strict=True)))


def without_traces(path):
    """Take out where in the exporting program each node was made, by the paths of that machine."""
    model = onnx.load(path)
    for node in model.graph.node:
        kept = [(one.key, one.value) for one in node.metadata_props if not one.key.endswith("stack_trace")]
        del node.metadata_props[:]
        for key, value in kept:
            node.metadata_props.add(key=key, value=value)
    onnx.save(model, path)


def record(folder, name, tests, x=X, y=None, refused=None):
    """Check the file, run it, and compare with the ``y`` of the program that exported it."""
    path = folder.place(name + ".onnx")
    model = onnx.load(path)
    onnx.checker.check_model(model)
    outputs = run(path, x)
    if y is not None:
        np.testing.assert_allclose(outputs[0], y, rtol=1e-5, atol=1e-6)
    folder.truth(
        name,
        x=x,
        y=outputs[0]
        if len(outputs) == 1
        else [np.asarray(one) for one in outputs if not isinstance(one, list)],
    )
    folder.add(
        name + ".onnx",
        tests,
        refused=refused,
        truth=name + ".npz",
        opsets={one.domain or "ai.onnx": one.version for one in model.opset_import},
        ir=model.ir_version,
        nodes=" ".join(node.op_type for node in model.graph.node),
        producer=model.producer_name + " " + model.producer_version,
    )


# --- PyTorch ------------------------------------------------------------------------------------------------


def make_torch():
    import torch
    from torch import nn

    version = torch.__version__.split("+")[0]
    folder = Folder("onnx-torch-" + version.rsplit(".", 1)[0], torch=torch.__version__, onnx=onnx.__version__)
    torch.manual_seed(1)
    modules = {
        "relu": (nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3)), X),
        "softmax": (nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3), nn.Softmax(dim=-1)), X),
        "no-bias": (nn.Sequential(nn.Linear(4, 5, bias=False), nn.Sigmoid(), nn.Linear(5, 1)), X),
        "flatten": (nn.Sequential(nn.Flatten(), nn.Linear(6, 2)), data(7, 2, 3)),
        "normalized": (
            nn.Sequential(
                nn.Linear(4, 5),
                nn.BatchNorm1d(5),
                nn.ELU(),
                nn.Dropout(0.3),
                nn.LayerNorm(5),
                nn.Linear(5, 2),
            ),
            X,
        ),
        "silu": (
            nn.Sequential(
                nn.Linear(4, 3), nn.SiLU(), nn.Linear(3, 2), nn.GELU(), nn.Linear(2, 2), nn.LeakyReLU(0.2)
            ),
            X,
        ),
        "convolution": (nn.Sequential(nn.Conv2d(1, 2, 2), nn.Flatten()), data(7, 1, 3, 3)),
    }
    for name, (module, x) in modules.items():
        module.train()
        for seed in range(3):
            module(torch.from_numpy(data(16, *x.shape[1:], seed=seed)))
        module.eval()
        y = module(torch.from_numpy(x)).detach().numpy()
        refused = "Conv" if name == "convolution" else None
        for opset in (9, 17) if name == "relu" else (17,):
            file = "script-" + name + ("" if opset == 17 else "-opset-" + str(opset))
            axes = {"input": {0: "rows"}, "output": {0: "rows"}}
            torch.onnx.export(
                module, (torch.from_numpy(x),), folder.place(file + ".onnx"), dynamo=False, opset_version=opset,
                input_names=["input"], output_names=["output"], dynamic_axes=axes,
            )  # fmt: skip
            record(folder, file, "exported by TorchScript", x, y, refused)
        rows = torch.export.Dim("rows")
        program = torch.onnx.export(
            module,
            (torch.from_numpy(x),),
            dynamo=True,
            dynamic_shapes=({0: rows},),
            external_data=False,
            verbose=False,
        )
        program.save(folder.place("dynamo-" + name + ".onnx"))
        without_traces(folder.place("dynamo-" + name + ".onnx"))
        record(folder, "dynamo-" + name, "exported by torch.export", x, y, refused)
    module, x = modules["relu"]
    torch.onnx.export(
        module, (torch.from_numpy(x),), folder.place("fixed-rows.onnx"), dynamo=False, opset_version=17
    )
    record(
        folder,
        "fixed-rows",
        "the number of rows is fixed at 7; names are numbers",
        x,
        module(torch.from_numpy(x)).detach().numpy(),
    )
    folder.close()


# --- scikit-learn -------------------------------------------------------------------------------------------


def make_sklearn():
    import skl2onnx
    import sklearn
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    warnings.simplefilter("ignore", ConvergenceWarning)
    folder = Folder(
        "onnx-skl2onnx-1.20",
        sklearn=sklearn.__version__,
        skl2onnx=skl2onnx.__version__,
        onnx=onnx.__version__,
    )
    x_train = data(60, 4, seed=1)
    target = x_train[:, 0] - x_train[:, 1] * x_train[:, 2]
    few = {"hidden_layer_sizes": (5,), "max_iter": 20, "random_state": 0}
    table = {
        "regressor": (MLPRegressor(**few), target, {}),
        "regressor-two-outputs": (
            MLPRegressor(activation="tanh", **few),
            np.stack([target, -target], 1),
            {"opset": 12},
        ),
        "binary": (MLPClassifier(**few), (target > 0).astype(int), {"zipmap": False}),
        "classes": (
            MLPClassifier(activation="logistic", **few),
            np.digitize(target, [-0.7, 0.7]),
            {"zipmap": False},
        ),
        "classes-zipmap": (MLPClassifier(**few), np.digitize(target, [-0.7, 0.7]), {}),
    }
    for name, (model, y, settings) in table.items():
        model.fit(x_train, y)
        opset = settings.pop("opset", 18)
        made = skl2onnx.to_onnx(
            model,
            x_train[:1],
            target_opset={"": opset, "ai.onnx.ml": 3},
            options={id(model): settings} if settings else None,
        )
        onnx.save(made, folder.place(name + ".onnx"))
        # skl2onnx gives two outputs a column under the other: Reshape to (-1, 1)
        y = model.predict(X).reshape(-1, 1) if isinstance(model, MLPRegressor) else None
        tests = str(model) + ": labels come with probabilities" * isinstance(model, MLPClassifier)
        record(folder, name, tests, X, y, "Reshape" if name == "regressor-two-outputs" else None)
    folder.close()


# --- Keras --------------------------------------------------------------------------------------------------


def keras_models(keras):
    layers = keras.layers
    relu = keras.Sequential([keras.Input((4,)), layers.Dense(5, "relu"), layers.Dense(3, "softmax")])
    normalized = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(3),
            layers.BatchNormalization(),
            layers.Activation("tanh"),
            layers.Dropout(0.5),
            layers.Dense(1),
        ]
    )
    flat = keras.Sequential(
        [
            keras.Input((2, 3)),
            layers.Flatten(),
            layers.Dense(2, "elu"),
            layers.LeakyReLU(),
            layers.Dense(1, "sigmoid"),
        ]
    )
    a = keras.Input((4,))
    graph = keras.Model(a, layers.Add()([layers.Dense(4, "relu")(a), a]))
    models = {
        "relu": (relu, X),
        "normalized": (normalized, X),
        "flatten": (flat, data(7, 2, 3)),
        "residual": (graph, X),
    }
    for model, _ in models.values():
        model.set_weights(
            [RNG.uniform(0.1, 0.8, value.shape) - (value.ndim > 1) * 0.4 for value in model.get_weights()]
        )
    return models


def make_keras():
    import tensorflow as tf
    import tf2onnx

    folder = Folder(
        "onnx-tf2onnx-1.16", tensorflow=tf.__version__, tf2onnx=tf2onnx.__version__, onnx=onnx.__version__
    )
    for name, (model, x) in keras_models(tf.keras).items():
        signature = [tf.TensorSpec((None, *x.shape[1:]), tf.float32, name="x")]
        tf2onnx.convert.from_keras(model, signature, opset=13, output_path=folder.place(name + ".onnx"))
        record(folder, name, "tf2onnx of a Keras model", x, model.predict(x, verbose=0))
    folder.close()


def make_keras3():
    import keras

    folder = Folder(
        "onnx-keras-" + keras.__version__,
        keras=keras.__version__,
        backend=keras.backend.backend(),
        onnx=onnx.__version__,
    )
    for name, (model, x) in keras_models(keras).items():
        y = model.predict(x, verbose=0)
        model.export(folder.place(name + ".onnx"), format="onnx", verbose=False)
        record(folder, name, "model.export of Keras 3", x, y)
    folder.close()


# --- By hand ------------------------------------------------------------------------------------------------


def make_hand():
    folder = Folder("onnx-hand", onnx=onnx.__version__, onnxruntime=onnxruntime.__version__)

    def write(
        name, tests, nodes, weights, x=X, opset=17, refused=None, outputs=("y",), constants=False, ml=False
    ):
        ndims = [one.ndim for one in (x if isinstance(x, list) else [x])]
        names = ["x"] if len(ndims) == 1 else ["x" + str(i) for i in range(len(ndims))]
        inputs = [
            helper.make_tensor_value_info(
                label,
                TensorProto.FLOAT if one.dtype == np.float32 else TensorProto.DOUBLE,
                ["n", *one.shape[1:]],
            )
            for label, one in zip(names, x if isinstance(x, list) else [x], strict=True)
        ]
        kind = inputs[0].type.tensor_type.elem_type
        tensors = [numpy_helper.from_array(value, key) for key, value in weights.items()]
        if constants:
            nodes = [helper.make_node("Constant", [], [one.name], value=one) for one in tensors] + nodes
            tensors = []
        graph = helper.make_graph(
            nodes,
            "graph",
            inputs,
            [helper.make_tensor_value_info(one, kind, ["n", "units"]) for one in outputs],
            tensors,
        )
        opsets = [helper.make_opsetid("", opset)] + [helper.make_opsetid("ai.onnx.ml", 3)] * ml
        ir = helper.find_min_ir_version_for(opsets)
        onnx.save(
            helper.make_model(graph, opset_imports=opsets, ir_version=max(ir, 4)),
            folder.place(name + ".onnx"),
        )
        record(folder, name, tests, x, refused=refused)

    node = helper.make_node
    kernel, bias, second = array(4, 3), array(3), array(3, 2)

    def dense(last="y"):
        return [node("MatMul", ["x", "w"], ["product"]), node("Add", ["product", "b"], [last])]

    write("matmul-add", "MatMul, Add", dense(), {"w": kernel, "b": bias})
    write(
        "add-matmul",
        "the bias first: Add(b, product)",
        [dense()[0], node("Add", ["b", "product"], ["y"])],
        {"w": kernel, "b": bias},
    )
    write("constants", "weights in Constant nodes", dense(), {"w": kernel, "b": bias}, constants=True)
    write("bias-row", "a bias of shape (1, 3)", dense(), {"w": kernel, "b": bias[None]})
    write("bias-scalar", "a bias of shape ()", dense(), {"w": kernel, "b": bias[0]})
    write(
        "float64",
        "double",
        dense(),
        {"w": kernel.astype("float64"), "b": bias.astype("float64")},
        X.astype("float64"),
    )
    gemm = {"w": kernel, "b": bias}
    write("gemm", "Gemm as it is", [node("Gemm", ["x", "w", "b"], ["y"])], gemm)
    write(
        "gemm-trans-b",
        "transB",
        [node("Gemm", ["x", "w", "b"], ["y"], transB=1)],
        {"w": kernel.T.copy(), "b": bias},
    )
    write("gemm-alpha-beta", "alpha, beta", [node("Gemm", ["x", "w", "b"], ["y"], alpha=0.5, beta=2.0)], gemm)
    write("gemm-no-bias", "Gemm without C", [node("Gemm", ["x", "w"], ["y"])], {"w": kernel})
    square = [node("Gemm", ["x", "w", "b"], ["y"], transA=1)]
    fixed = data(4, 4)
    tensors = [numpy_helper.from_array(array(4, 3), "w"), numpy_helper.from_array(bias, "b")]
    info = helper.make_tensor_value_info
    graph = helper.make_graph(square, "graph", [info("x", 1, [4, 4])], [info("y", 1, [4, 3])], tensors)
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7),
        folder.place("gemm-trans-a.onnx"),
    )
    record(folder, "gemm-trans-a", "transA of the data: mixes rows", fixed, refused="transA")
    for opset in (9, 11, 13, 15, 18, 21):
        nodes = [
            *dense("h"),
            node("Relu", ["h"], ["r"]),
            node("Gemm", ["r", "v"] + ["c"] * (opset < 11), ["y"]),
        ]
        write(
            "opset-" + str(opset),
            "opset " + str(opset),
            nodes,
            {"w": kernel, "b": bias, "v": second, "c": array(2)},
            opset=opset,
        )

    activations = {
        "Relu": {}, "Sigmoid": {}, "Tanh": {}, "LeakyRelu": {"alpha": 0.2}, "Elu": {"alpha": 0.7}, "Selu": {}, "Softplus": {}, "Softsign": {},
        "HardSigmoid": {"alpha": 0.25, "beta": 0.4}, "Softmax": {"axis": -1}, "LogSoftmax": {"axis": -1}, "Exp": {}, "Identity": {},
        "Celu": {"alpha": 0.7}, "ThresholdedRelu": {"alpha": 0.3}, "HardSwish": {}, "Mish": {}, "Gelu": {"approximate": "tanh"}, "Swish": {},
    }  # fmt: skip
    for name, attributes in activations.items():
        opset = {"Mish": 18, "Gelu": 20, "Swish": 24}.get(name, 17)
        nodes = [*dense("h"), node(name, ["h"], ["y"], **attributes)]
        write("activation-" + name.lower(), name, nodes, {"w": kernel, "b": bias}, opset=opset)
    defaults = [
        name for name, attributes in activations.items() if attributes and name not in ("Celu", "Gelu")
    ]
    nodes = [node(name, ["h"], ["h" + name]) for name in defaults]
    concat = node("Concat", ["h" + name for name in defaults], ["y"], axis=1)
    write(
        "activation-defaults",
        "attributes left to their defaults: " + " ".join(defaults),
        [*dense("h"), *nodes, concat],
        gemm,
    )
    write(
        "softmax-opset-12",
        "Softmax whose axis is 1 by default and flattens",
        [*dense("h"), node("Softmax", ["h"], ["y"])],
        gemm,
        opset=12,
    )
    clip = [*dense("h"), node("Clip", ["h", "low", "high"], ["y"])]
    write(
        "clip",
        "Clip(0, 6): ReLU6",
        clip,
        {**gemm, "low": np.float32(0) * np.ones((), "float32"), "high": np.full((), 6, "float32")},
    )
    write("prelu", "PRelu", [*dense("h"), node("PRelu", ["h", "slope"], ["y"])], {**gemm, "slope": array(3)})

    statistics = {"scale": array(3) + 1, "beta": array(3), "mean": array(3), "variance": array(3) + 1}
    normalization = node("BatchNormalization", ["h", *statistics], ["y"], epsilon=1e-3)
    write("batch-normalization", "BatchNormalization", [*dense("h"), normalization], {**gemm, **statistics})
    write("batch-normalization-first", "before the first layer", [node("BatchNormalization", ["x", *statistics], ["h"]), node("MatMul", ["h", "v"], ["y"])],
          {**statistics, "v": second}, data(7, 3))  # fmt: skip
    layer = node("LayerNormalization", ["h", "scale", "beta"], ["y"], axis=-1, epsilon=1e-4)
    write(
        "layer-normalization",
        "LayerNormalization",
        [*dense("h"), layer],
        {**gemm, "scale": array(3), "beta": array(3)},
    )
    write(
        "flatten",
        "Flatten",
        [node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "w"], ["y"])],
        {"w": array(6, 2)},
        data(7, 2, 3),
    )
    write("reshape", "Reshape to (-1, 6)", [node("Reshape", ["x", "s"], ["f"]), node("Gemm", ["f", "w"], ["y"])],
          {"w": array(6, 2), "s": np.array([-1, 6])}, data(7, 2, 3))  # fmt: skip
    write("dropout", "Dropout in prediction", [*dense("h"), node("Dropout", ["h"], ["y"])], gemm)
    write("scaling", "(x - m) / s before the first layer", [node("Sub", ["x", "m"], ["d"]), node("Div", ["d", "s"], ["z"]), node("MatMul", ["z", "w"], ["y"])],
          {"m": array(4), "s": array(4) + 2, "w": kernel})  # fmt: skip
    residual = [node("MatMul", ["x", "w"], ["p"]), node("Relu", ["p"], ["r"]), node("Add", ["r", "x"], ["y"])]
    write("residual", "Add of two activations", residual, {"w": array(4, 4)})
    both = [node("Concat", ["x0", "x1"], ["c"], axis=1), node("MatMul", ["c", "w"], ["y"])]
    write("two-inputs", "Concat of two inputs", both, {"w": array(5, 2)}, [data(7, 2), data(7, 3)])
    write("shared-weights", "one tensor used by two layers", [node("MatMul", ["x", "w"], ["p"]), node("Tanh", ["p"], ["t"]), node("MatMul", ["t", "w"], ["y"])],
          {"w": array(4, 4)})  # fmt: skip
    write(
        "refused-sin",
        "an operation that no layer has",
        [*dense("h"), node("Sin", ["h"], ["y"])],
        gemm,
        refused="Sin",
    )
    folder.close()


{"torch": make_torch, "sklearn": make_sklearn, "keras": make_keras, "keras3": make_keras3, "hand": make_hand}[
    sys.argv[1]
]()
