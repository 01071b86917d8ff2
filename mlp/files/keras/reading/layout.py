"""A functional network of Keras laid out as one here: values have numbers instead of names, and a chain needs none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlp.errors import ModelFileError
from mlp.files.keras.reading import graph
from mlp.layers.base import LAYERS

__all__ = ["laid_out", "shift_calls"]


def shift_calls(calls: list[graph.Call], outputs: list[graph.Value], kinds: Mapping[str, Any]) -> None:
    """Number the calls of networks from 0 where Keras 2 counts what made the network itself as one."""
    values = [*outputs, *(value for call in calls for value in call.takes)]
    lowest: dict[str, int] = {}
    for name, number, _ in values:
        lowest[name] = min(number, lowest.get(name, number))
    shifted = {
        name
        for name, number in lowest.items()
        if number == 1 and kinds.get(name, {}).get("class_name") == "Network"
    }

    def moved(value: graph.Value) -> graph.Value:
        name, number, place = value
        return (name, number - 1, place) if name in shifted else value

    outputs[:] = map(moved, outputs)
    for call in calls:
        call.takes[:] = map(moved, call.takes)


def laid_out(
    names: list[str],
    kinds: Mapping[str, dict[str, Any]],
    calls: list[graph.Call],
    inputs: list[graph.Value],
    outputs: list[graph.Value],
    what: str,
) -> dict[str, Any]:
    """The layers, and the numbers of the values between them where they are no chain."""
    places = {name: i for i, name in enumerate(names)}
    for name, *_ in inputs:
        if kinds.get(name, {}).get("class_name") != "InputLayer":
            raise ModelFileError(f"{what}: its input {name!r} is no input layer")
    numbers: dict[graph.Value, int] = {}
    for value in inputs:
        numbers[value[0], 0, 0] = len(numbers)
    steps = []
    for call in calls:
        takes = [_number(numbers, value, call.layer) for value in call.takes]
        made = range(len(numbers), len(numbers) + _n_outputs(kinds[call.layer]))
        numbers.update({(call.layer, call.number, i): number for i, number in enumerate(made)})
        steps.append((places[call.layer], takes, list(made)))
    ends = [_number(numbers, value, what) for value in outputs]
    layers = [kinds[name] for name in names]
    if _is_chain(layers, steps, ends, inputs):
        (shape,) = (layer["config"]["shape"] for layer in layers if layer["class_name"] == "InputLayer")
        return {"input_shape": shape, "functional": True, "layers": layers}
    entries = [(places[value[0]], i) for i, value in enumerate(inputs)]
    shapes = [layers[place]["config"]["shape"] for place, _ in entries]
    return {
        "input_shape": shapes[0] if len(shapes) == 1 else shapes,
        "functional": True,
        "layers": layers,
        "graph": {
            "inputs": [list(entry) for entry in entries],
            "calls": [list(step) for step in steps],
            "outputs": ends,
        },
    }


def _number(numbers: Mapping[graph.Value, int], value: graph.Value, who: str) -> int:
    if value not in numbers:
        raise ModelFileError(f"{who} takes a value that nobody makes: {value}")
    return numbers[value]


def _n_outputs(layer: Mapping[str, Any]) -> int:
    return len(layer["config"]["graph"]["outputs"]) if "graph" in layer["config"] else 1


def _is_chain(layers: list[dict[str, Any]], steps: list[Any], ends: list[int], inputs: list[Any]) -> bool:
    """Whether each layer is called once, on what the one before it has made."""
    once = [place for place, *_ in steps] == list(range(1, len(layers)))
    linked = all(takes == [i] and len(makes) == 1 for i, (_, takes, makes) in enumerate(steps))
    return (
        len(inputs) == 1
        and once
        and linked
        and ends == [len(steps)]
        and not any(_takes_several(layer) for layer in layers)
    )


def _takes_several(layer: Mapping[str, Any]) -> bool:
    inputs = layer["config"].get("graph", {}).get("inputs", ())
    return LAYERS.classes[layer["class_name"]].takes_several or len(inputs) > 1
