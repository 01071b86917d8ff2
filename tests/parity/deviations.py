"""Where this library differs from Keras, and why: the one table of it.

``python tests/parity/write_deviations.py`` writes it into ``docs/keras-deviations.md``.
"""

from fnmatch import fnmatchcase
from typing import Any, NamedTuple


class Rule(NamedTuple):
    """A difference of names or arguments: both patterns are those of shells, * and ?."""

    where: str
    what: str
    reason: str


class Number(NamedTuple):
    """A program's result here, where it is not Keras's, in words and exactly."""

    section: str
    name: str
    what: str
    here: Any
    reason: str


OUT_OF_FIELD = "no part of a multi-layer perceptron"

RULES = [
    # General ones.
    Rule(
        "*.deserialize", "absent", "`get` takes configurations too, and `from_config` makes objects of them"
    ),
    Rule("*.serialize", "absent", "`get_config` describes every object"),
    Rule("*.get", "also argument=''", "what the caller calls the argument, for messages"),
    Rule("layers.*", "no lora_*", OUT_OF_FIELD),
    Rule("layers.*", "no quantization_config", OUT_OF_FIELD),
    # Out of field.
    *(
        Rule(f"losses.{name}", "absent", "for images, sequences and embeddings: " + OUT_OF_FIELD)
        for name in ("CTC", "Circle", "Dice", "Tversky", "circle", "ctc", "dice", "tversky")
    ),
    *(
        Rule(f"losses.get({name!r})", "unknown", "for images, sequences and embeddings: " + OUT_OF_FIELD)
        for name in ("CTC", "Circle", "Dice", "Tversky", "circle", "ctc", "dice", "tversky")
    ),
    Rule("metrics.*IoU", "absent", "for images: " + OUT_OF_FIELD),
    Rule("initializers.STFT*", "absent", "for sound: " + OUT_OF_FIELD),
    Rule("initializers.stft", "absent", "for sound: " + OUT_OF_FIELD),
    Rule("initializers.get('*[Ss][Tt][Ff][Tt]*')", "unknown", "for sound: " + OUT_OF_FIELD),
    Rule("callbacks.TensorBoard", "absent", "`CSVLogger` and `History` keep the numbers"),
    Rule("callbacks.RemoteMonitor", "absent", "the library sends nothing over a network"),
    Rule("callbacks.OrbaxCheckpoint", "absent", "a format of JAX; `ModelCheckpoint` keeps checkpoints"),
]

AT_KINK = "Keras with TensorFlow, and PyTorch, take the slope too; JAX alone takes the 1"

NUMBERS = [
    Number(
        "kinks",
        "leaky_relu()",
        "the derivative at 0 is the slope, 0.2",
        {"x": [0], "derivative": [0.2]},
        AT_KINK,
    ),
    Number(
        "kinks",
        "leaky_relu(negative_slope=0.01)",
        "the derivative at 0 is the slope, 0.01",
        {"x": [0], "derivative": [0.01]},
        AT_KINK,
    ),
    Number(
        "kinks",
        "relu(negative_slope=0.1)",
        "the derivative at 0 is the slope, 0.1",
        {"x": [0], "derivative": [0.1]},
        AT_KINK,
    ),
    Number(
        "kinks",
        "relu(negative_slope=0.1, max_value=4.0, threshold=0.5)",
        "the derivative at the threshold and at the maximum is the slope, 0.1",
        {"x": [0.5, 4.0], "derivative": [0.1, 0.1]},
        AT_KINK,
    ),
]

#: Section and name to what is expected here.
NUMBER = {(number.section, number.name): number for number in NUMBERS}


def rules_for(where, what):
    """The rules that speak of a difference."""
    return [rule for rule in RULES if fnmatchcase(where, rule.where) and fnmatchcase(what, rule.what)]


def differences(here, keras):
    """How arguments here differ from those in Keras, one string for each: what is absent, more, or has changed."""
    if here is None:
        return ["absent"]
    ours, theirs = _defaults(here), _defaults(keras)
    found = [f"no {name}" for name in theirs if name not in ours]
    found += [
        f"also {argument}" for argument in here if argument.split("=")[0] not in theirs and argument != "*"
    ]
    found += [
        f"{name}{ours[name] or ' without default'} instead of {name}{theirs[name] or ' without default'}"
        for name in theirs
        if name in ours and ours[name] != theirs[name]
    ]
    common = [name for name in ours if name in theirs]
    if common != [name for name in theirs if name in ours]:
        found.append(f"in the order {', '.join(common)}")
    found += [
        f"{name} by keyword only" for name in common if _by_keyword(here, name) > _by_keyword(keras, name)
    ]
    return found


def _defaults(arguments):
    return {
        name: "=" * bool(eq) + value for name, eq, value in (a.partition("=") for a in arguments if a != "*")
    }


def _by_keyword(arguments, name):
    names = [a.split("=")[0] for a in arguments]
    return "*" in names and names.index(name) > names.index("*") and not name.startswith("*")


def page():
    """The table as Markdown."""
    rows = [(f"`{rule.where}`", f"`{rule.what}`", rule.reason) for rule in RULES]
    numbers = [(f"{number.section}: `{number.name}`", number.what, number.reason) for number in NUMBERS]
    lines = ["# Differences from Keras", "", INTRODUCTION, "", "## Names and arguments", ""]
    lines += _table(("in Keras", "here", "why"), rows)
    lines += ["", "## Numbers", "", *_table(("program", "here", "why"), numbers), ""]
    return "\n".join(lines)


INTRODUCTION = """\
Every public name of `keras.activations`, `losses`, `optimizers`, `initializers`, `regularizers`, `constraints`, `metrics`
and `callbacks`, the layers and methods that an MLP has a use for, with names, order and defaults of their arguments, and
the numbers that some 800 programs give are compared with Keras 3.15.1 by the tests in `tests/parity`. This page is
written from their table of exceptions, `tests/parity/deviations.py`; a test holds it to that. In patterns, `*` stands for
anything."""


def _table(head, rows):
    return [" | ".join(["", *cells, ""]).strip() for cells in [head, ("---",) * len(head), *rows]]
