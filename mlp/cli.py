"""The command ``mlp``: what it understands, and what becomes of mistakes.

Results go to stdout, progress and errors to stderr.  The exit status is 0, or 1 where ``diff`` finds a difference, or 2
after a user's mistake, told in one line, or 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import mlp
from mlp.commands.convert import convert
from mlp.commands.diff import diff
from mlp.commands.evaluate import evaluate
from mlp.commands.explain import FORMATS, explain
from mlp.commands.inspect import inspect
from mlp.commands.names import suggestion
from mlp.commands.options import column_list, digits, fraction, positive, positive_integer, seed, sizes
from mlp.commands.predict import predict
from mlp.commands.recipe import Recipe
from mlp.commands.shipped import SHIPPED
from mlp.commands.summary import summary
from mlp.commands.target import TASKS
from mlp.commands.train import train
from mlp.errors import MLPError
from mlp.names import printable

__all__ = ["main"]

#: Texts to show; what it returns, if anything, is the exit status.
Command = Callable[[argparse.Namespace], Iterator[str]]

DATA = (
    "a CSV file with a header line (UTF-8; commas, semicolons or tabs), or a shipped data set: digits, iris"
)

DESCRIPTIONS = {
    "train": (
        "Train a network on a table and save it.",
        """\
Train a network on a table, say how good it is on rows held out from training, and save it. Inputs are
standardised inside of the saved network, so that it takes the numbers as they are in the table. The target
column decides between classification (text, or few different integers) and regression (other numbers).""",
        """\
examples:
  mlp train digits
  mlp train houses.csv --target price
  mlp train titanic.csv --target survived --ignore name,ticket --hidden 16 --output titanic.npz

The same seed gives the same network, bit by bit. In Python: mlp.load("digits.npz").predict(rows).""",
    ),
    "predict": (
        "Predict the target for the rows of a table.",
        """\
Write a CSV line for every row: the value, or the class and the probability P(...) of each class. Columns
are found by the names that the model knows, in any order; others, also the target, are left alone. A model
that knows no names takes all columns in their order.""",
        """\
examples:
  mlp predict digits.npz digits
  mlp predict houses.npz new_houses.csv --output predictions.csv""",
    ),
    "evaluate": (
        "Tell how good a model is on a table that has the target.",
        """\
Print loss and accuracy, or error, on a table that has the target column. Where it is the very table that
the model was trained on, the rows held out are judged apart from those trained on.""",
        """\
example:
  mlp evaluate digits.npz digits""",
    ),
    "summary": (
        "Show the layers of a model, its features and classes.",
        "Show the layers of a model, how it was trained, and the names of its features and classes.",
        """\
example:
  mlp summary digits.npz""",
    ),
    "explain": (
        "Show how a model calculates, number by number.",
        """\
Work out by hand, as a textbook does, what a model makes of a row of numbers: each layer's weights and results.
With --target also the loss, the gradient of every weight, and the weights after a step of the optimizer.""",
        """\
examples:
  mlp explain model.npz --input 0.3,0.1
  mlp explain model.npz --input 0.3,0.1 --target 1 --optimizer sgd
  mlp explain iris.npz --input 5.1,3.5,1.4,0.2 --target setosa --format html --output setosa.html

Several rows: --input and --target again for each. In Python: print(mlp.load("model.npz").explain([0.3, 0.1])).""",
    ),
    "convert": (
        "Write a model file in another format.",
        """\
Read a model file, whoever wrote it (.npz, .keras, .h5, .safetensors, .onnx; its content tells), and write it
in the format that the new name's ending says; .py and .c give source code that needs no library.""",
        """\
examples:
  mlp convert trained.keras model.npz
  mlp convert model.npz model.onnx
  mlp convert trained.h5 model.c""",
    ),
    "inspect": (
        "Tell what is in a model file, and whether it is safe.",
        """\
Tell who wrote a model file, its layers and weights and what it was compiled with, without building anything
of it. A file that wants to run code, to open other files or to fill the memory is said to be not safe.""",
        """\
example:
  mlp inspect stranger.keras""",
    ),
    "diff": (
        "Tell in what two model files differ.",
        """\
Compare layers, weights (by the largest difference) and compile settings of two model files of any formats.
The exit status is 0 if they are the same, 1 if not.""",
        """\
example:
  mlp diff before.npz after.keras""",
    ),
}


class _Parser(argparse.ArgumentParser):
    """A parser that tells a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} ({self.prog} --help tells more)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the command line unless given.

    Returns
    -------
    int
        The exit status.

    Examples
    --------
    >>> main(["--version"])
    mlp 0.1.0
    0
    """
    name = "mlp"
    try:
        options = _parse(arguments)
        name = f"mlp {options.command}"
        _never_fail_to_encode()
        return _run(options.run(options), options.command)
    except SystemExit as end:  # argparse has said it all
        return int(end.code or 0)
    except KeyboardInterrupt:
        print(f"{name}: interrupted; nothing was written", file=sys.stderr)
        return 130
    except (MLPError, OSError, MemoryError) as error:
        print(f"{name}: error: {_in_one_line(error)}", file=sys.stderr)
        return 2


def _run(texts: Iterator[str], command: str) -> int:
    """Show all texts; the exit status.  What is not data for another program may hold names from a stranger's file."""
    as_data = command == "predict" and not sys.stdout.isatty()
    while True:
        try:
            text = next(texts)
            _show(text if as_data else printable(text))
        except StopIteration as end:
            return int(end.value or 0)


def _in_one_line(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; try fewer --hidden units, or fewer rows"
    if isinstance(error, OSError) and not isinstance(error, MLPError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return printable(" ".join(str(error).split()))


def _never_fail_to_encode() -> None:
    """Write UTF-8 to files and pipes, as it is read; let a terminal show an escape for what it does not know."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")  # type: ignore[union-attr]


def _show(text: str) -> None:
    """Print; where the reader has gone, as ``head`` does, to nowhere: a model is still to be saved."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if options.command is None:
        parser.print_help()
        parser.exit(0)
    if rest:
        command: _Parser = options.parser
        known = [
            name for name in command._option_string_actions if name.startswith("--") and name != "--help"
        ]
        hint = suggestion(rest[0], known).removesuffix(".") if rest[0].startswith("-") else ""
        command.error(f"unexpected argument {rest[0]!r}{hint}")
    return options


def _parser() -> _Parser:
    parser = _Parser(
        prog="mlp", allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Train small neural networks on tables, and use them. Begin with: mlp train digits",
        epilog="mlp COMMAND --help tells more about a command.",
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"mlp {mlp.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    train_ = _command(commands, "train", train)
    train_.add_argument("data", metavar="DATA", help=DATA)
    _add_training_options(train_)

    predict_ = _command(commands, "predict", predict)
    predict_.add_argument("model", metavar="MODEL", help="a model file")
    predict_.add_argument("data", metavar="DATA", help=DATA)
    predict_.add_argument("--output", metavar="FILE", help="write there instead of to stdout")

    evaluate_ = _command(commands, "evaluate", evaluate)
    evaluate_.add_argument("model", metavar="MODEL", help="a model file")
    evaluate_.add_argument("data", metavar="DATA", help=DATA)
    evaluate_.add_argument(
        "--target", metavar="COLUMN", help="the column to compare with (default: the model's)"
    )

    summary_ = _command(commands, "summary", summary)
    summary_.add_argument("model", metavar="MODEL", help="a model file")

    explain_ = _command(commands, "explain", explain)
    explain_.add_argument("model", metavar="MODEL", help="a model file")
    _add_explaining_options(explain_)

    convert_ = _command(commands, "convert", convert)
    convert_.add_argument("file", metavar="FILE", help="the model file to read")
    convert_.add_argument("to", metavar="NEW", help="the file to write; its ending tells the format")
    convert_.add_argument("--overwrite", action="store_true", help="replace NEW if it exists")
    convert_.add_argument("--pure-python", action="store_true", help="of a .py file: do without NumPy")

    inspect_ = _command(commands, "inspect", inspect)
    inspect_.add_argument("file", metavar="FILE", help="a model file")

    diff_ = _command(commands, "diff", diff)
    diff_.add_argument("a", metavar="A", help="a model file")
    diff_.add_argument("b", metavar="B", help="another")
    return parser


def _command(commands: Any, name: str, run: Command) -> _Parser:
    short, description, epilog = DESCRIPTIONS[name]
    parser: _Parser = commands.add_parser(
        name, help=short, description=description, epilog=epilog, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.set_defaults(run=run, parser=parser)
    return parser


def _add_explaining_options(parser: _Parser) -> None:
    add = parser.add_argument
    # Or argparse takes -0.3,0.1 for an option.
    parser._negative_number_matcher = re.compile(r"-[.\d][-+.,eE\d\s]*$")
    row = "numbers separated by commas: 0.3,0.1; again for another row"
    add("--input", metavar="NUMBERS", action="append", required=True, help=row)
    add("--target", metavar="TARGET", action="append", help="what should come out: numbers, or a class")
    add("--optimizer", metavar="NAME", help="what makes the step (default: the model's own)")
    add("--loss", metavar="NAME", help="what the target is compared by (default: the model's own)")
    add("--digits", metavar="N", type=digits, default=4, help="digits behind the decimal point (default 4)")
    add("--language", choices=("en", "ja"), default="en", help="English or Japanese (default en)")
    add("--format", choices=FORMATS, default="text", help="how it is written (default text)")
    add("--output", metavar="FILE", help="write there instead of to stdout")


def _add_training_options(parser: _Parser) -> None:
    add = parser.add_argument
    add("--target", metavar="COLUMN", help="the column to predict; only shipped data know theirs")
    add("--task", choices=TASKS, help="what to do with the target (default: decided by its values)")
    add("--ignore", metavar="COLUMNS", type=column_list, default=(), help="columns to leave out: id,name")
    for option, kind, metavar, text in (
        ("--hidden", sizes, "SIZES", f"units of the hidden layers, or none ({_default('hidden')})"),
        ("--activation", str, "NAME", f"activation of the hidden layers ({_default('activation')})"),
        ("--dropout", fraction, "RATE", f"share of hidden units dropped in training ({_default('dropout')})"),
        ("--loss", str, "NAME", "default: a cross-entropy, or mean_squared_error for regression"),
        ("--label-smoothing", fraction, "SHARE", f"of a label, given to all classes ({_default('label_smoothing')})"),
        ("--optimizer", str, "NAME", _default("optimizer")),
        ("--learning-rate", positive, "RATE", "default: the optimizer's own; 0.001 for adam"),
        ("--epochs", positive_integer, "N", f"how often to go over the rows ({_default('epochs')})"),
        ("--batch-size", positive_integer, "N", f"rows in a step ({_default('batch_size')})"),
        ("--validation", fraction, "SHARE", f"share of the rows to hold out, 0 for none ({_default('validation')})"),
        ("--seed", seed, "N", f"chooses the rows held out and the first weights ({_default('seed')})"),
        ("--output", str, "FILE", "the model's file (default: the data's name with .npz, in this folder)"),
    ):  # fmt: skip
        add(option, type=kind, metavar=metavar, help=text)
    add("--quiet", action="store_true", help="show no progress")


def _default(option: str) -> str:
    """What the help says of an option's default: the usual one, and those of shipped data sets."""

    def shown(value: Any) -> str:
        return (
            ",".join(map(str, value))
            if isinstance(value, tuple)
            else f"{value:g}"
            if isinstance(value, float)
            else str(value)
        )

    own = [
        f"; {name}: {shown(data.recipe[option])}" for name, data in SHIPPED.items() if option in data.recipe
    ]
    return f"default {shown(getattr(Recipe(), option))}{''.join(own)}"
