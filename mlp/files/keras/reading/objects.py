"""What stands in a Keras file for an object: the name of a class and its arguments.

Names are looked up in closed tables, never imported; what wants code to be run is refused here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlp.errors import ModelFileError, UnsafeModelError

__all__ = ["ANY", "NOTHING", "Arguments", "Judge", "Reading", "class_of", "one_of", "plain", "text_of"]

#: Packages whose classes are Keras's own, the longest first.
PACKAGES = ("tensorflow.python.keras", "tensorflow.keras", "keras.src", "tf_keras.src", "tf_keras", "keras")

#: What is in them that a file may name.
PARTS = {
    "", "activations", "constraints", "dtype_policies", "engine", "initializers", "layers", "legacy", "losses", "metrics",
    "mixed_precision", "models", "ops", "optimizers", "quantizers", "random", "regularizers", "saving",
}  # fmt: skip

#: How deeply a configuration may be nested.
MOST_DEPTH = 100

Judge = Callable[[Any], bool]
Arguments = dict[str, Any]


@dataclass
class Reading:
    """What is found out on the way through a configuration."""

    #: That of the Keras that wrote it.
    version: tuple[int, ...] = (3,)
    #: What is left out, for people.
    notes: list[str] = field(default_factory=list)
    #: The types in which layers compute.
    dtypes: set[str] = field(default_factory=set)

    def note(self, text: str) -> None:
        """Tell people something, once."""
        if text not in self.notes:
            self.notes.append(text)


def NOTHING(value: Any) -> bool:
    """Whether a value says that nothing is asked for."""
    return value is None or value is False or (isinstance(value, int | float) and value == 0)


def ANY(value: Any) -> bool:
    """Whatever it is."""
    return True


def one_of(*values: Any) -> Judge:
    """Whether a value is one of these."""
    return lambda value: any(type(value) is type(known) and value == known for known in values)


def plain(value: Any, depth: int = 0) -> Any:
    """A configuration in which the tuples and arrays of Keras are lists.

    Raises
    ------
    UnsafeModelError
        If there is code in it.
    ModelFileError
        If it is nested too deeply.
    """
    if depth > MOST_DEPTH:
        raise ModelFileError(f"its configuration is nested more than {MOST_DEPTH} deep")
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("class_name")
    if kind == "__lambda__":
        raise UnsafeModelError(
            "it holds a Python function as code (__lambda__), which would be run: rebuild the network without it, and use "
            "net.load_weights(path)"
        )
    if kind == "__tuple__":
        return plain(value.get("items"), depth + 1)
    if kind in ("__numpy__", "__tensor__"):
        config = value.get("config")
        return plain(config.get("value") if isinstance(config, dict) else None, depth + 1)
    return {key: plain(item, depth + 1) for key, item in value.items()}


def class_of(described: Any, what: str, table: Collection[str] | None) -> tuple[str, Arguments]:
    """The class name and the arguments of what is described, if its class is in ``table``.

    Parameters
    ----------
    described : dict
        ``{"class_name": ..., "config": ...}``, with ``module`` and ``registered_name`` since Keras 2.12.
    what : str
        What it is, for messages: ``"layer 'hidden'"``.
    table : container of str or None
        The class names that there are here; None for any of Keras's.

    Raises
    ------
    UnsafeModelError
        If it is of a class or function that is not Keras's own.
    ModelFileError
        If it is of none in ``table``, or no description.

    Examples
    --------
    >>> class_of({"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}}, "layer 0", {"Dense"})
    ('Dense', {'units': 3})
    """
    name = described.get("class_name") if isinstance(described, Mapping) else None
    if not isinstance(name, str) or not isinstance(described.get("config", {}), dict):
        raise ModelFileError(f"{what} has no class_name and config, as Keras writes them: {described!r:.80}")
    _require_own(described, what, name)
    if table is not None and name not in table:
        raise ModelFileError(f"{what} is of class {name}, which there is not here")
    return name, dict(described.get("config", {}))


def _require_own(described: Mapping[str, Any], what: str, name: str) -> None:
    """Refuse what is not Keras's own."""
    if name == "Lambda":
        raise UnsafeModelError(
            f"{what} is of class Lambda, which runs code from the file: rebuild the network with layers that are there, and "
            "use net.load_weights(path)"
        )
    module = described.get("module")
    registered = _registered(described, name)
    if ">" in name or registered != name:
        raise UnsafeModelError(
            f"{what} is of a class of somebody's own, registered as {registered!r}, whose code is not in the file: rebuild "
            "the network, and use net.load_weights(path)"
        )
    if not _is_own(module):
        raise UnsafeModelError(
            f"{what} is of class {name} of the module {module!r}, which is none of Keras's and is not imported"
        )


def _is_own(module: Any) -> bool:
    """Whether a module is one of Keras's, or none is named."""
    if module in (None, "builtins"):
        return True
    for package in PACKAGES:
        if module == package or (isinstance(module, str) and module.startswith(package + ".")):
            return module[len(package) + 1 :].split(".")[0] in PARTS
    return False


def text_of(described: Any, what: str, table: Collection[str]) -> str | None:
    """The name that a text or a description of a function means; None if it describes something else.

    Raises
    ------
    UnsafeModelError
        If it is a function of somebody's own.
    """
    if isinstance(described, str) and ">" not in described:
        return described
    origin: Mapping[str, Any] = described if isinstance(described, Mapping) else {}
    name = origin.get("config") if origin.get("class_name") == "function" else described
    if not isinstance(name, str):
        return None
    if name not in table or not _is_own(origin.get("module")) or _registered(origin, name) != name:
        raise UnsafeModelError(
            f"{what} is a function of somebody's own, {name!r}, whose code is not in the file: rebuild the network, and use "
            "net.load_weights(path)"
        )
    return name


def _registered(described: Mapping[str, Any], name: str) -> Any:
    """The name under which something of somebody's own has been registered; Keras's own has its class's, or none."""
    registered = described.get("registered_name")
    return name if registered in (None, "function") else registered
