"""What is written and read as ONNX: a network for every layer and activation of the library."""

import numpy as np

from mlp import Input, Network, activations
from mlp.layers import (
    ELU,
    Activation,
    Add,
    Average,
    BatchNormalization,
    CategoryEncoding,
    Concatenate,
    Dense,
    Discretization,
    Dot,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    LayerNormalization,
    LeakyReLU,
    Maximum,
    Minimum,
    Multiply,
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
    Subtract,
    UnitNormalization,
)  # fmt: skip

#: The arguments with which each activation is tried, one or several tables of them.
ARGUMENTS = {
    "Relu": [{}, {"max_value": 1.0}, {"negative_slope": 0.1, "threshold": 0.3}, {"negative_slope": 0.1, "max_value": 0.7}],
    "LeakyRelu": [{}, {"negative_slope": 0.01}],
    "Threshold": [{"threshold": 0.1, "default_value": 0.0}, {"threshold": 0.1, "default_value": -3.0}],
    "Elu": [{}, {"alpha": 0.3}],
    "Celu": [{}, {"alpha": 0.3}],
    "Gelu": [{}, {"approximate": True}],
    "SoftShrink": [{}, {"threshold": 0.2}],
    "HardShrink": [{}, {"threshold": 0.2}],
    "HardSigmoid": [{}, {"slope": 0.2}],
    "Squareplus": [{}, {"b": 0.7}],
}  # fmt: skip


def activation_cases():
    for name, cls in activations.ACTIVATIONS.classes.items():
        if cls.__module__.startswith("mlp."):
            for arguments in ARGUMENTS.get(name, [{}]):
                yield f"{name} {arguments or ''}", cls(**arguments)


def chain(*layers, shape):
    return lambda: Network(layers_of(layers, shape))


def layers_of(makers, shape):
    made = [make() for make in makers]
    return [Rescaling(1.0, input_shape=shape), *made]


def merged(make, *shapes):
    def network():
        inputs = [Input(shape) for shape in shapes]
        return Network(inputs=inputs, outputs=make()(inputs))

    return network


def shared():
    a, b = Input((3,), name="left"), Input((3,), name="right")
    tower = Network([Dense(4, activation="tanh", input_dim=3), Residual(Network([Dense(4, input_dim=4)]))])
    both = Concatenate()([tower(a), tower(b)])
    return Network(
        inputs=[a, b], outputs=[Dense(2, name="score")(Dropout(0.5)(both)), Add()([tower(a), tower(b)])]
    )


def normalizing(**arguments):
    layer = Normalization(**arguments)
    layer.adapt(np.random.default_rng(0).normal(size=(9, 4, 3)) * [1.0, 2.0, 30.0] + 5)
    return layer


NETWORKS = {
    "dense": chain(lambda: Dense(5, "relu"), lambda: Dense(2, "softmax", use_bias=False), shape=(3,)),
    "dense of matrices": chain(lambda: Dense(5, "tanh"), shape=(4, 3)),
    "only idle layers": lambda: Network([Dropout(0.5, input_dim=3), GaussianNoise(0.1)]),
    "prelu": chain(PReLU, shape=(3,)),
    "prelu, shared axis": chain(lambda: PReLU(shared_axes=1), shape=(4, 3)),
    "ReLU": chain(lambda: ReLU(0.7, 0.1), shape=(3,)),
    "LeakyReLU": chain(LeakyReLU, shape=(3,)),
    "ELU": chain(ELU, shape=(3,)),
    "Softmax": chain(lambda: Softmax(axis=1), shape=(4, 3)),
    "softmax of matrices": chain(lambda: Activation(activations.Softmax((1, 2))), shape=(4, 3)),
    "log softmax of matrices": chain(lambda: Activation(activations.LogSoftmax((1, 2))), shape=(4, 3)),
    "glu along the first axis": chain(lambda: Activation(activations.Glu(1)), shape=(4, 3)),
    "sparsemax along the first axis": chain(lambda: Activation(activations.Sparsemax(1)), shape=(4, 3)),
    "batch normalization": chain(BatchNormalization, shape=(3,)),
    "batch normalization of matrices": chain(lambda: BatchNormalization(epsilon=0.1), shape=(4, 3)),
    "batch normalization, first axis": chain(lambda: BatchNormalization(axis=1, scale=False), shape=(4, 3)),
    "batch normalization, bare": chain(lambda: BatchNormalization(center=False, scale=False), shape=(4, 3)),
    "layer normalization": chain(LayerNormalization, shape=(3,)),
    "layer normalization, first axis": chain(lambda: LayerNormalization(axis=1), shape=(4, 3)),
    "layer normalization, all": chain(lambda: LayerNormalization(axis=(1, 2), scale=False), shape=(4, 3)),
    "layer normalization, bare": chain(lambda: LayerNormalization(center=False, scale=False), shape=(4, 3)),
    "rms normalization": chain(RMSNormalization, shape=(3,)),
    "rms normalization, first axis": chain(lambda: RMSNormalization(axis=1), shape=(4, 3)),
    "unit normalization": chain(UnitNormalization, shape=(3,)),
    "unit normalization, all": chain(lambda: UnitNormalization(axis=(1, 2)), shape=(4, 3)),
    "normalization": chain(normalizing, shape=(4, 3)),
    "normalization, one scale": chain(lambda: normalizing(axis=None), shape=(4, 3)),
    "normalization, inverse": chain(lambda: normalizing(axis=1, invert=True), shape=(4, 3)),
    "rescaling": chain(lambda: Rescaling(0.3, [1.0, 2.0, 3.0]), shape=(4, 3)),
    "discretization": chain(lambda: Discretization([-0.5, 0.1, 0.1, 0.7]), shape=(3,)),
    "discretization, one hot": chain(lambda: Discretization([-0.5, 0.7], output_mode="one_hot"), shape=(3,)),
    "discretization, count": chain(lambda: Discretization([-0.5, 0.7], output_mode="count"), shape=(4, 3)),
    "discretization, multi hot": chain(lambda: Discretization([-0.5, 0.7], output_mode="multi_hot"), shape=(3,)),
    "categories, multi hot": lambda: Network([CategoryEncoding(4, input_dim=3)]),
    "categories, count": lambda: Network([CategoryEncoding(4, "count", input_shape=(2, 3))]),
    "categories, one hot": lambda: Network([CategoryEncoding(4, "one_hot", input_dim=3)]),
    "categories, one hot of one": lambda: Network([CategoryEncoding(4, "one_hot", input_dim=1)]),
    "embedding": lambda: Network([Embedding(4, 2, input_shape=(3,)), Flatten(), Dense(2)]),
    "flatten": chain(Flatten, shape=(4, 3)),
    "reshape": chain(lambda: Reshape((2, -1)), shape=(4, 3)),
    "permute": chain(lambda: Permute((2, 1)), shape=(4, 3)),
    "repeat vector": chain(lambda: RepeatVector(3), shape=(4,)),
    "residual": chain(lambda: Residual(Dense(3, "tanh")), shape=(3,)),
    "nested": chain(lambda: Network([Dense(4, "relu", input_dim=3), Network([Dense(2, input_dim=4)])]), lambda: Dense(1), shape=(3,)),
    "add": merged(Add, (3,), (3,)),
    "add three, stretched": merged(Add, (3,), (2, 1), (2, 3)),
    "subtract": merged(Subtract, (3,), (3,)),
    "multiply": merged(Multiply, (3,), (4, 3), (3,)),
    "average": merged(Average, (3,), (3,), (3,)),
    "maximum": merged(Maximum, (3,), (3,)),
    "minimum": merged(Minimum, (3,), (3,), (3,)),
    "concatenate": merged(Concatenate, (3,), (2,)),
    "concatenate, first axis": merged(lambda: Concatenate(axis=1), (2, 3), (1, 3)),
    "dot": merged(lambda: Dot(axes=1), (3,), (3,)),
    "dot, cosine of matrices": merged(lambda: Dot(axes=(1, 2), normalize=True), (3, 2), (4, 3)),
    "shared, nested, several": shared,
}  # fmt: skip


def network_of(make, dtype="float64", seed=3):
    """The network with weights that are no defaults, variances positive."""
    rng = np.random.default_rng(seed)
    net = make()
    kept = [layer.get_weights() for layer in net.layers if type(layer) is Normalization]
    net.set_weights([rng.normal(size=w.shape) if "variance" not in name else rng.uniform(0.5, 2, w.shape)
                     for name, w in zip(weight_names(net), net.get_weights(), strict=True)])  # fmt: skip
    for layer, values in zip(
        [layer for layer in net.layers if type(layer) is Normalization], kept, strict=True
    ):
        layer.set_weights(values)
    return net.astype(dtype)


def weight_names(net):
    names = [name for layer in net.walk() for name in layer._values]
    assert len(names) == len(net.get_weights())
    return names


def rows_for(net, n=7, seed=1):
    """Inputs for a network: whole numbers where it wants such."""
    rng = np.random.default_rng(seed)
    shapes = [shape[1:] for shape in (net.input_shape if net.takes_several else [net.input_shape])]
    whole = type(net.layers[0]) in (CategoryEncoding, Embedding)
    return [
        (rng.integers(0, 4, (n, *shape)) if whole else rng.normal(size=(n, *shape))).astype(net.dtype)
        for shape in shapes
    ]
