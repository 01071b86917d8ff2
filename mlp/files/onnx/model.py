"""An ONNX file as plain nodes and constants: parsed, and refused where it is damaged, or asks for more than a graph of operators."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.extras import needed
from mlp.files.onnx.checksum import require_checksum
from mlp.files.onnx.tensors import array_of, require_inside, short

__all__ = ["Model", "Node", "Port", "parsed"]

#: The newest versions of the format and of its operators whose meaning is known here: those of ONNX 1.23.
NEWEST_IR, NEWEST_OPSET, NEWEST_ML_OPSET = 14, 28, 5

STRING = 8

#: The fields of an attribute by its type (``onnx.AttributeProto.AttributeType``); subgraphs and types of types are none.
ATTRIBUTES = {1: "f", 2: "i", 3: "s", 4: "t", 6: "floats", 7: "ints", 8: "strings"}
SUBGRAPHS = (5, 10)

#: Nodes are compared with expressions: networks have some ten a layer.
MOST_NODES = 5_000


@dataclass
class Node:
    """An operator, the names of the values that it takes, "" for one that is left out, and of those that it makes."""

    operator: str
    name: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]
    place: int
    domain: str = ""

    def __str__(self) -> str:
        """How messages call it."""
        named = f" {self.name!r}" if self.name else ""
        return f"node {self.place}{named} ({self.operator})"


@dataclass
class Port:
    """What comes in or goes out: its name, element type and shape, both None where they are not said; a free size is None."""

    name: str
    kind: int | None
    shape: list[int | None] | None


@dataclass
class Model:
    """A graph of operators."""

    inputs: list[Port]
    outputs: list[Port]
    nodes: list[Node]
    constants: dict[str, Array] = field(default_factory=dict)
    #: The names of constants that hold text, such as the labels of classes.
    texts: set[str] = field(default_factory=set)
    opset: int = 0
    producer: str = ""
    version: str = ""


def parsed(data: bytes) -> Model:
    """The graph of an ONNX file.

    Raises
    ------
    UnsafeModelError
        If its numbers are in other files.
    ModelFileError
        If it is damaged, newer than what is known, or more than a graph: with functions, subgraphs, sparse tensors.
    """
    onnx = needed("onnx", "onnx", "reading ONNX files")
    try:
        proto = onnx.ModelProto.FromString(data)
        model = _model(proto)
    except ModelFileError:
        raise
    except Exception as error:
        raise ModelFileError(f"it is damaged: it is no ONNX model ({error})") from error
    _require_order(model)
    return model


def _model(proto: Any) -> Model:
    if not 3 <= proto.ir_version <= NEWEST_IR:
        raise ModelFileError(
            f"it is of version {proto.ir_version} of the ONNX format, {_than_known(proto.ir_version > NEWEST_IR)}, 3 to {NEWEST_IR}: "
            "export it for one of these"
        )
    graph = proto.graph
    for tensor in graph.initializer:
        require_inside(tensor, tensor.name)
    require_checksum(proto)
    opset = _opset(proto)
    _require_plain(proto)
    if len(graph.node) > MOST_NODES:
        raise ModelFileError(
            f"its graph has {len(graph.node):,} nodes, and no more than {MOST_NODES:,} are read"
        )
    nodes = [_node(node, place) for place, node in enumerate(graph.node)]
    constants = {t.name: array_of(t, t.name) for t in graph.initializer if t.data_type != STRING}
    names = [tensor.name for tensor in graph.initializer]
    known = set(names)
    if len(known) < len(names):
        raise ModelFileError("it is damaged: two constants have one name")
    inputs = [_port(value) for value in graph.input if value.name not in known]
    return Model(
        inputs,
        [_port(value) for value in graph.output],
        nodes,
        constants,
        {tensor.name for tensor in graph.initializer if tensor.data_type == STRING},
        opset,
        proto.producer_name,
        proto.producer_version,
    )


def _opset(proto: Any) -> int:
    """The version of the operators."""
    versions: dict[str, int] = {}
    for one in proto.opset_import:
        domain = "" if one.domain == "ai.onnx" else one.domain
        if domain in versions:
            raise ModelFileError(f"it is damaged: two versions of the operators of {domain or 'ONNX'!r}")
        versions[domain] = one.version
    opset, ml = versions.get("", 0), versions.get("ai.onnx.ml", 1)
    if not (1 <= opset <= NEWEST_OPSET and 1 <= ml <= NEWEST_ML_OPSET):
        raise ModelFileError(
            f"it needs version {opset} of ONNX's operators (and {ml} of ai.onnx.ml), "
            f"{_than_known(opset > NEWEST_OPSET or ml > NEWEST_ML_OPSET)}, 1 to {NEWEST_OPSET} (and 1 to {NEWEST_ML_OPSET}): "
            "export it with one of these"
        )
    return opset


def _than_known(newer: bool) -> str:
    return f"{'newer' if newer else 'older'} than those that are known here"


def _require_plain(proto: Any) -> None:
    graph = proto.graph
    for what, found in (
        ("functions of its own", proto.functions),
        ("sparse tensors", graph.sparse_initializer),
        ("quantized tensors", graph.quantization_annotation),
    ):
        if found:
            raise ModelFileError(f"it has {what}, which are not read here")


def _node(proto: Any, place: int) -> Node:
    node = Node(
        proto.op_type, proto.name, list(proto.input), list(proto.output), {}, place,
        "" if proto.domain == "ai.onnx" else proto.domain,
    )  # fmt: skip
    if node.domain not in ("", "ai.onnx.ml"):
        raise ModelFileError(f"{node} is an operator of {node.domain!r}; only those of ONNX itself are read")
    for attribute in proto.attribute:
        if attribute.name in node.attributes:
            raise ModelFileError(f"it is damaged: {node} has two attributes {attribute.name!r}")
        if attribute.type in SUBGRAPHS:
            raise ModelFileError(
                f"{node} holds a graph of its own, as control flow does, which is not read here"
            )
        if attribute.type not in ATTRIBUTES or attribute.ref_attr_name:
            raise ModelFileError(
                f"{node} has an attribute {attribute.name!r} of a type that is not read here"
            )
        node.attributes[attribute.name] = _value(attribute, f"{node}: {attribute.name}")
    return node


def _value(attribute: Any, name: str) -> Any:
    value = getattr(attribute, ATTRIBUTES[attribute.type])
    if attribute.type == 4:
        return None if value.data_type == STRING else array_of(value, name)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float):
        return short(np.float32(value))
    return (
        value
        if isinstance(value, int)
        else [short(np.float32(one)) if isinstance(one, float) else one for one in value]
    )


def _port(value: Any) -> Port:
    if not value.type.HasField("tensor_type"):
        return Port(value.name, None, None)
    tensor = value.type.tensor_type
    shape = None
    if tensor.HasField("shape"):
        shape = [size.dim_value if size.HasField("dim_value") else None for size in tensor.shape.dim]
    return Port(value.name, tensor.elem_type, shape)


def _require_order(model: Model) -> None:
    """Every value is made once, and before it is taken."""
    there = {*model.constants, *model.texts, ""}

    def made(names: list[str], where: str) -> None:
        for name in filter(None, names):
            if name in there:
                raise ModelFileError(f"it is damaged: {where} makes {name!r}, which is there already")
            there.add(name)

    made([port.name for port in model.inputs], "an input")
    for node in model.nodes:
        for name in node.inputs:
            if name not in there:
                raise ModelFileError(f"it is damaged: {node} takes {name!r}, which is not made before it")
        made(node.outputs, str(node))
    for port in model.outputs:
        if port.name not in there:
            raise ModelFileError(f"it is damaged: nothing makes its output {port.name!r}")
