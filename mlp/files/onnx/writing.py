"""A network as an ONNX model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlp import __version__
from mlp.errors import ArgumentError
from mlp.extras import needed
from mlp.files.onnx.checksum import add_checksum
from mlp.files.onnx.layers import Call, written
from mlp.files.onnx.nodes import Nodes
from mlp.files.program import Program, program_of
from mlp.layers import InputLayer
from mlp.names import distinct

if TYPE_CHECKING:
    from mlp.network import Network

__all__ = ["IR_VERSION", "OPSET", "model_of"]

#: The least in which layer normalization has an operator (ONNX 1.12, May 2022), and the file version of that release.
OPSET, IR_VERSION = 17, 8

#: A protobuf message has at most 2 GiB; what is made of weights has room beside them.
MOST_BYTES = 2**30


def model_of(network: Network) -> bytes:
    """A network as the bytes of an ONNX model; the axis of the rows is called ``n``.

    Raises
    ------
    ArgumentError
        If a class in it has no form in ONNX here, or the weights have more than 1 GiB.
    """
    onnx = needed("onnx", "onnx", "writing ONNX files")
    program = program_of(network)
    size = sum(weight.nbytes for weight in network.get_weights())
    if size > MOST_BYTES:
        raise ArgumentError(
            f"weights of {size:,} bytes are too many for an ONNX file, which takes {MOST_BYTES:,}; save as .npz or .safetensors"
        )
    nodes = Nodes(network.dtype)
    values = _inputs(nodes, network, program)
    taken = dict(values)
    layers = list(dict.fromkeys(step.layer for step in program.steps))
    scopes = dict(zip(layers, distinct(str(layer.name) for layer in layers), strict=True))
    for step in program.steps:
        nodes.scope = scopes[step.layer]
        call = Call(
            step.layer,
            [values[number] for number in step.takes],
            [program.shapes[number] for number in step.takes],
            program.shapes[step.makes],
        )
        values[step.makes] = written(nodes, call)
    outputs = _outputs(nodes, network, program, values, set(taken.values()))
    model = _model(onnx, nodes, network, program, taken, outputs)
    add_checksum(model)
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def _model(
    onnx: Any, nodes: Nodes, network: Network, program: Program, inputs: dict[int, str], outputs: list[str]
) -> Any:
    """The nodes, with what comes in and goes out, as a model."""
    make = onnx.helper
    number_type = make.np_dtype_to_tensor_dtype(network.dtype)

    def described(name: str, number: int) -> Any:
        return make.make_tensor_value_info(name, number_type, ["n", *program.shapes[number]])

    graph = make.make_graph(
        nodes.nodes,
        network.name or "network",
        [described(name, number) for number, name in inputs.items()],
        [described(name, number) for name, number in zip(outputs, program.outputs, strict=True)],
        [onnx.numpy_helper.from_array(array, name) for name, array in nodes.initializers.items()],
    )
    return make.make_model(
        graph,
        producer_name="mlp",
        producer_version=__version__,
        ir_version=IR_VERSION,
        opset_imports=[make.make_opsetid("", OPSET)],
    )


def _inputs(nodes: Nodes, network: Network, program: Program) -> dict[int, str]:
    """A name for each value that comes in: that of its input layer where there is one."""
    entries = [layer.name for layer in network.layers if type(layer) is InputLayer]
    names = entries if len(entries) == len(program.inputs) else ["input"] * len(program.inputs)
    return {number: nodes.name(name or "input") for number, name in zip(program.inputs, names, strict=True)}


def _outputs(
    nodes: Nodes, network: Network, program: Program, values: dict[int, str], inputs: set[str]
) -> list[str]:
    """Names for what goes out, each made by a node of its own."""
    names: list[str] = []
    for number, wanted in zip(program.outputs, network.output_names, strict=True):
        value = values[number]
        if value in inputs or value in names:
            nodes.scope = "output"
            value = nodes.add("Identity", value)
        name = nodes.rename(value, wanted)
        values.update({other: name for other, known in values.items() if known == value})
        names.append(name)
    return names
