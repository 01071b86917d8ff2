"""The programs, section by section: ``of(section)[name](k)`` returns numbers, lists or dicts of them."""

from importlib import import_module

SECTIONS = (
    "activations", "derivatives", "kinks", "losses", "loss_gradients", "optimizers", "networks", "schedules", "metrics",
    "initializers", "regularizers", "constraints", "layers", "training", "utils",
)  # fmt: skip


def of(section):
    """The programs of a section by name."""
    return import_module(f"parity.programs.{section}").PROGRAMS


def called(name, arguments):
    """What a program is called in the references: ``name(argument=value)``."""
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
