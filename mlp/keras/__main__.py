"""``python -m mlp.keras script.py [arguments]`` runs a script that was written for Keras, unchanged."""

from __future__ import annotations

import builtins
import io
import sys
import types
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from mlp.keras.namespace import SameModule

__all__ = ["answer_imports", "main", "run"]

USAGE = "usage: python -m mlp.keras script.py [arguments of the script]"

#: What a script may import, and what it gets.
NAMES = {"keras": "mlp.keras", "tensorflow": "mlp.keras.tensorflow", "tf_keras": "mlp.keras"}


class _Keras(MetaPathFinder):
    """Answers ``import keras`` and ``import tensorflow.keras``, and what is below them, with `mlp.keras`."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The specification of a module of `mlp.keras`, under another name."""
        first, dot, rest = fullname.partition(".")
        if first not in NAMES:
            return None
        for prefix in ("keras", "python.keras", "python") if first == "tensorflow" else ():
            if rest == prefix or rest.startswith(f"{prefix}."):
                first, rest = "keras", rest.removeprefix(prefix).removeprefix(".")
                break
        same = SameModule(f"{NAMES[first]}{dot and rest and '.'}{rest}")
        return ModuleSpec(fullname, same, is_package=True)


def answer_imports() -> None:
    """Answer ``import keras`` and ``import tensorflow`` in this process, also where they are installed."""
    sys.meta_path.insert(0, _Keras())


def run(script: Path, arguments: Sequence[str]) -> int:
    """Run a script as Python would, and return its exit code.

    Parameters
    ----------
    script : Path
        The script.
    arguments : list of str
        What it finds in ``sys.argv[1:]``.
    """
    main_module = types.ModuleType("__main__")
    vars(main_module).update(__file__=str(script), __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = main_module
    sys.argv = [str(script), *arguments]
    if not sys.flags.safe_path:
        sys.path[0] = str(script.resolve().parent)
    try:
        with io.open_code(str(script.absolute())) as file:
            exec(compile(file.read(), str(script), "exec"), vars(main_module))  # noqa: S102 - which is what is asked for
    except Exception as error:  # noqa: BLE001 - shown as Python shows it, without the frame of this function
        trace = error.__traceback__
        error.__traceback__ = trace.tb_next if trace else None
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script that the command line names.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; ``sys.argv[1:]`` unless given.

    Returns
    -------
    int
        The exit code: 1 after an error of the script, 2 after a mistake on the command line.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in ("-h", "--help"):
        sys.stdout.write(f"{USAGE}\n{__doc__}\n")
        return 0
    if not given:
        return _refuse(USAGE)
    script = Path(given[0])
    if given[0].startswith("-"):
        return _refuse(f"unknown option {given[0]!r}; {USAGE}")
    if script.is_dir():
        return _refuse(f"{script} is a folder; give the script inside")
    if not script.exists():
        return _refuse(f"there is no file {script}")
    try:
        script.open("rb").close()
    except OSError as error:
        return _refuse(f"{script} cannot be read: {error.strerror}")
    answer_imports()
    return run(script, given[1:])


def _refuse(text: str) -> int:
    sys.stderr.write(f"python -m mlp.keras: {text}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
