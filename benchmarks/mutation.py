"""Mutation testing: one small change at a time in the numeric files, and whether some test notices.

``python -m benchmarks.mutation [FILE ...] [--jobs 2] [--results mutants.jsonl]`` prints the changes that no test
noticed and a Markdown table.  The changes are those of mutmut's operators (``pip install mutmut``) and a few more
below; mutmut's own runner is not used, because it leaves out what stands outside functions and most functions with
a decorator.  Nothing is written into the checkout: a copy of it is tested in a temporary folder, and there each
changed file lives only in the memory of the process that tests it.
"""

import argparse
import ast
import collections
import contextlib
import dataclasses
import difflib
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import itertools
import json
import math
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads cannot be forked safely
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
import hypothesis  # noqa: F401 - this and the like is imported once here, so that no child has to
import libcst as cst
import numpy as np  # noqa: F401
import pytest
import scipy.optimize
import scipy.special  # noqa: F401
from libcst.metadata import MetadataWrapper, PositionProvider, WhitespaceInclusivePositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_arg_removal, operator_assignment

ROOT = Path(__file__).resolve().parent.parent

#: Files that compute: all of these folders but what only lists names.
FILES = [
    str(path.relative_to(ROOT))
    for folder in ("activations", "losses", "optimizers", "layers")
    for path in sorted((ROOT / "mlp" / folder).rglob("*.py"))
    if path.name != "__init__.py"
]

#: What is tested by: all test files but those of the command line, the data sets and the testing tools, of signals
#: from outside and of what is far from these files.
TESTS = [
    *(f"tests/test_{name}.py" for name in ("activations", "losses", "optimizers", "registry", "own_classes")),
    *(f"tests/test_{name}.py" for name in ("layers", "contract", "copies", "joining", "bad_input", "fit")),
    *(f"tests/test_{name}.py" for name in ("regularizers", "constraints", "schedules", "metrics", "summary")),
    *(f"tests/test_{name}.py" for name in ("callbacks", "minimize", "against_autograd", "files")),
    *(f"tests/test_{name}.py" for name in ("graphs", "merges", "function_loss", "common_arguments", "noise")),
    *(f"tests/test_{name}.py" for name in ("normalization", "preprocessing", "reshaping", "whole_numbers")),
    "tests/worked_examples",
]

LEFT = ("survived", "crashed", "timeout")  # what is no test that failed

OPTIONS = ["-x", "-q", "-p", "no:cacheprovider"]
SECONDS = 240  # for all tests of one mutant, many times what they need
ENOUGH = 20.0  # seconds of processor time that a mutant is tested for at most
MEMORY = 8 << 30


# --- The mutants ---------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Mutant:
    """A changed file; ``function`` is the first line of the function that the change is in, or 0."""

    number: int
    file: str
    line: int
    function: int
    text: str


def unchanged(node: cst.CSTNode) -> bool:
    """Whether nothing inside is to be changed: types, texts for people, and what only says what is public."""
    return (
        isinstance(node, cst.Annotation | cst.Raise | cst.Import | cst.ImportFrom)
        or (isinstance(node, cst.AnnAssign) and node.value is None)
        or (isinstance(node, cst.If) and getattr(node.test, "value", "") == "TYPE_CHECKING")
        or (isinstance(node, cst.Expr) and isinstance(node.value, cst.BaseString))
        or (isinstance(node, cst.Assign) and getattr(node.targets[0].target, "value", "") == "__all__")
    )


def one_less(node: cst.BaseNumber) -> Iterator[cst.CSTNode]:
    """``n`` as ``n - 1``; mutmut has ``n + 1``."""
    if isinstance(node, cst.Integer) and node.evaluated_value > 0:
        yield node.with_changes(value=str(node.evaluated_value - 1))


def without_minus(node: cst.UnaryOperation) -> Iterator[cst.CSTNode]:
    """``-x`` as ``x``."""
    if isinstance(node.operator, cst.Minus):
        yield node.expression


def other_condition(node: cst.If) -> Iterator[cst.CSTNode]:
    """``if test`` as ``if True`` and ``if False``."""
    for name in ("True", "False"):
        yield node.with_changes(test=cst.Name(name), whitespace_before_test=cst.SimpleWhitespace(" "))


def no_statement(node: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    """A statement as ``pass``."""
    if not isinstance(node.body[0], cst.Pass) and not unchanged(node.body[0]):
        yield node.with_changes(body=[cst.Pass()])


def fewer_arguments(node: cst.Call) -> Iterator[cst.CSTNode]:
    """A call without one of its arguments."""
    for i in range(len(node.args)):
        yield node.with_changes(args=[*node.args[:i], *node.args[i + 1 :]])


def strict_or_not(node: cst.ComparisonTarget) -> Iterator[cst.CSTNode]:
    """``<`` as ``>=`` and so on; mutmut has ``<=``."""
    for one, other in ((cst.LessThan, cst.GreaterThanEqual), (cst.GreaterThan, cst.LessThanEqual)):
        for this, that in ((one, other), (other, one)):
            if isinstance(node.operator, this):
                yield node.with_changes(operator=that())


#: Not taken over: None in place of a value or an argument, which stops a program of numbers at once.
OPERATORS = [
    *(pair for pair in mutation_operators if pair[1] not in (operator_arg_removal, operator_assignment)),
    (cst.Call, fewer_arguments),
    (cst.BaseNumber, one_less),
    (cst.UnaryOperation, without_minus),
    (cst.If, other_condition),
    (cst.SimpleStatementLine, no_statement),
    (cst.ComparisonTarget, strict_or_not),
]


class Places(cst.CSTVisitor):
    """Collects each node that may be changed with what it may become."""

    def __init__(self) -> None:
        self.found: list[tuple[cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Note the node; go into it unless it is to stay as it is."""
        if unchanged(node):
            return False
        for kind, operator in OPERATORS:
            if isinstance(node, kind):
                changes = list(operator(node))
                # Of a text, one change says it all: upper and lower case are not tried.
                self.found += [(node, new) for new in (changes[:1] if kind is cst.BaseString else changes)]
        return True


def functions(source: str) -> dict[int, int]:
    """Each line inside a function, with the first line of that function; those that keep results are left out."""
    around: dict[int, int] = {}

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                lines = [child.lineno, *(decorator.lineno for decorator in child.decorator_list)]
                if not any("cache" in ast.unparse(decorator) for decorator in child.decorator_list):
                    body = range(child.body[0].lineno, child.end_lineno + 1)
                    around.update(dict.fromkeys(body, min(lines)))
            else:
                visit(child)

    visit(ast.parse(source))
    return around


def mutants(file: str, source: str) -> Iterator[Mutant]:
    """Every changed file that still compiles and does not mean the same."""
    wrapper = MetadataWrapper(cst.parse_module(source))
    module = wrapper.module
    spans = wrapper.resolve(WhitespaceInclusivePositionProvider)
    lines = wrapper.resolve(PositionProvider)
    starts = [0, *itertools.accumulate(len(line) for line in source.splitlines(keepends=True))]
    around, places = functions(source), Places()
    module.visit(places)
    seen = {ast.dump(ast.parse(source))}
    for node, new in places.found:
        if isinstance(
            node, cst.BaseExpression | cst.ComparisonTarget | cst.BaseCompOp
        ):  # by text: much faster
            a, b = (starts[at.line - 1] + at.column for at in (spans[node].start, spans[node].end))
            changed = source[:a] + module.code_for_node(new) + source[b:]
        else:
            changed = module.deep_replace(node, new).code
        try:
            meaning = ast.dump(ast.parse(changed))
        except SyntaxError:
            continue
        if meaning not in seen:
            seen.add(meaning)
            line = lines[node].start.line
            yield Mutant(len(seen) - 1, file, line, around.get(line, 0), changed)


def difference(source: str, changed: str) -> str:
    """The lines that differ, with - and +."""
    lines = difflib.unified_diff(source.splitlines(), changed.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in lines if line[:3] not in ("---", "+++") and line[:2] != "@@")


def own(file: str, test: str) -> bool:
    """Whether a test is in a file that is meant for this one."""
    names = ("layers", "own_classes") if "layers/" in file else (Path(file).stem,)
    return test.startswith(tuple(f"tests/test_{name}.py" for name in names))


# --- Processes -----------------------------------------------------------------------------------------------


def say(pipe: int, message: object) -> None:
    """Write a line of JSON."""
    os.write(pipe, (json.dumps(message) + "\n").encode())


def forked(function: Callable[..., None], *arguments: object) -> tuple[int, int]:
    """A process that calls a function with a pipe and these arguments: its number and the pipe's other end."""
    reading, writing = os.pipe()
    gc.freeze()  # what is here now need not be looked through by the child
    if child := os.fork():
        os.close(writing)
        return child, reading
    try:
        os.close(reading)
        os.setsid()
        signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # ignored in what a shell runs in the background
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.mkdtemp(dir=Path.cwd().parent)
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        function(writing, *arguments)
    finally:
        os._exit(0)


def each(work: Iterable, jobs: int, run: Callable[[int, object], None]) -> Iterator[tuple[object, str]]:
    """Run every piece of work in a process of its own, several at a time; what each said."""
    waiting, running = collections.deque(work), {}
    while waiting or running:
        while waiting and len(running) < jobs:
            one = waiting.popleft()
            running[forked(run, one)] = one, time.monotonic() + SECONDS
        for process in list(running):
            child, reading = process
            one, deadline = running[process]
            done, _ = os.waitpid(child, os.WNOHANG)
            if not done and time.monotonic() < deadline:
                continue
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            if not done:
                os.waitpid(child, 0)
            with os.fdopen(reading, "rb") as pipe:
                said = pipe.read()
            del running[process]
            yield one, (json.loads(said) if said else "crashed") if done else "timeout"
        time.sleep(0.002)


class Runner:
    """A pytest plugin that knows the first failure."""

    failed = ""
    until = math.inf

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Stop where so much processor time is used up."""
        if time.process_time() > self.until:
            item.session.shouldstop = "enough"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure."""
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that could not be read."""
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def run(self, pipe: int, items: Iterable[pytest.Item]) -> None:
        """Say which of these tests is the first that fails."""
        for item in items:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            if self.failed or time.process_time() > self.until:
                break
        say(pipe, self.failed or "survived")


# --- Changes inside functions: a run of pytest that has collected everything, and a fork of it for each mutant ---


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of every function in a file, those inside of others after them."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from codes(constant)


def patch(functions: Iterable[types.FunctionType], file: str, text: str) -> bool:
    """Give functions their changed code; False if the change is not, or not only, in such."""
    path = str(Path(file).resolve())
    old, new = (
        list(codes(compile(t, path, "exec", dont_inherit=True))) for t in (Path(file).read_text(), text)
    )
    if [code.co_qualname for code in old] != [code.co_qualname for code in new]:
        return False
    changed = {(o.co_qualname, o.co_firstlineno): n for o, n in zip(old, new, strict=True) if o != n}
    found = False
    for function in functions:
        if function.__code__.co_filename == path:
            code = changed.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
            if code is not None:
                if code.co_freevars != function.__code__.co_freevars:
                    return False
                function.__code__ = code
                found = True
    return found


class Session(Runner):
    """A pytest plugin that, once everything is collected, tries the mutants instead of running the tests."""

    def __init__(self, pipe: int, work: list[Mutant], jobs: int) -> None:
        self.pipe, self.work, self.jobs = pipe, work, jobs
        self.files = {str(Path(file).resolve()): file for file in FILES}
        self.called: set[tuple[str, int]] = set()
        self.around = {file: functions(Path(file).read_text()) for file in FILES}
        sys.settrace(self.note)

    def note(self, frame: types.FrameType, event: str, argument: object) -> None:
        """Note which function of the files is called."""
        if event == "call" and (file := self.files.get(frame.f_code.co_filename)):
            line = frame.f_code.co_firstlineno
            self.called.add((file, self.around[file].get(line, line)))

    def calls(self, pipe: int, items: list[pytest.Item]) -> None:
        """Say for each test what it calls and how long it takes."""
        threading.settrace(self.note)
        for item in items:
            self.called.clear()
            begin = time.process_time()
            sys.settrace(self.note)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            sys.settrace(None)
            say(pipe, [time.process_time() - begin, sorted(self.called)])

    def mutant(self, pipe: int, one: Mutant, callers: dict) -> None:
        """Say what the tests that call the changed function make of it."""
        if callers[one.file, one.function] and patch(self.functions, one.file, one.text):
            self.until = time.process_time() + ENOUGH
            self.run(pipe, callers[one.file, one.function])
        else:
            say(pipe, "elsewhere")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the mutants."""
        sys.settrace(None)
        at_import = set(self.called)
        self.functions = [f for f in gc.get_objects() if type(f) is types.FunctionType]
        items = session.items
        child, reading = forked(self.calls, items)
        ((_, said),) = each([items], 1, self.run)  # meanwhile, on the other core
        say(self.pipe, said)
        with os.fdopen(reading) as pipe:
            noted = [json.loads(line) for line in pipe]
        os.waitpid(child, 0)
        if said != "survived":
            return True
        callers = collections.defaultdict(list)
        for item, (_, called) in sorted(zip(items, noted, strict=True), key=lambda pair: pair[1][0]):
            for file, line in called:
                callers[file, line].append(item)
        for (file, _), tests in callers.items():  # a file's own tests first, then by the time they take
            tests.sort(key=lambda test: not own(file, test.nodeid))
        for one, said in each(self.work, self.jobs, lambda pipe, one: self.mutant(pipe, one, callers)):
            # Where tests use what was made before the change, only a fresh start shows whether they notice it.
            unsure = said == "survived" and (one.file, one.function) in at_import
            say(self.pipe, [one.file, one.number, "elsewhere" if unsure else said])
        return True


def try_inside(pipe: int, work: list[Mutant], jobs: int) -> None:
    """Say what becomes of mutants inside functions."""
    pytest.main([*OPTIONS, "-s", *TESTS], plugins=[Session(pipe, work, jobs)])


# --- All other changes: a process that imports everything anew -----------------------------------------------


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a module from a text instead of its file."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text

    def get_code(self, fullname: str) -> types.CodeType:
        """The text, compiled, past all caches."""
        return compile(self.text, self.path, "exec", dont_inherit=True)


class Finder(importlib.abc.MetaPathFinder):
    """Finds one module at the loader above."""

    def __init__(self, one: Mutant) -> None:
        self.name, self.one = one.file[:-3].replace("/", "."), one

    def find_spec(self, fullname, path=None, target=None):
        """The module's spec, if it is the one."""
        if fullname != self.name:
            return None
        file = str(Path(self.one.file).resolve())
        loader = Loader(fullname, file, self.one.text)
        return importlib.util.spec_from_file_location(fullname, file, loader=loader)


def try_anew(pipe: int, one: Mutant) -> None:
    """Say what becomes of a mutant: tests of the file's own name first, then the others."""
    sys.meta_path.insert(0, Finder(one))
    runner = Runner()
    runner.until = time.process_time() + ENOUGH
    pytest.main([*OPTIONS, "-s", *sorted(TESTS, key=lambda test: not own(one.file, test))], plugins=[runner])
    say(pipe, runner.failed or "survived")


# --- The report ----------------------------------------------------------------------------------------------


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="which of the files (all)")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes (2)")
    parser.add_argument("--results", type=Path, help="a file that gets a line of JSON for every mutant")
    parser.add_argument("--again", type=Path, help="such a file: only what no test noticed there")
    arguments = parser.parse_args()
    results = arguments.results and arguments.results.resolve()
    again = arguments.again and [json.loads(line) for line in arguments.again.read_text().splitlines()]
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copied = Path(folder) / "checkout"
        shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        os.chdir(copied)
        sys.path.insert(0, str(copied))
        sys.dont_write_bytecode = False  # compiled files save time, and are in the copy
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(Path(folder) / "hypothesis")
        report(arguments.files or FILES, arguments.jobs, results, again)


def report(files: list[str], jobs: int, results: Path | None, again: list[dict] | None) -> None:
    """Try all mutants of the files; print the survivors at once and the scores at the end."""
    sources = {file: Path(file).read_text() for file in files}
    work = [one for file in files for one in mutants(file, sources[file])]
    if again is not None:
        wanted = {(one["file"], one["change"]) for one in again if one["by"] in LEFT}
        work = [one for one in work if (one.file, difference(sources[one.file], one.text)) in wanted]
    score = {file: collections.Counter() for file in files}
    print(len(work), "mutants", flush=True)

    def note(one: Mutant, said: str) -> None:
        kind = said if said in ("survived", "timeout") else "killed"
        score[one.file][kind] += 1
        change = difference(sources[one.file], one.text)
        if kind != "killed":
            print(f"{one.file}:{one.line} {kind}\n{change}", flush=True)
        if results:
            with results.open("a") as lines:
                lines.write(
                    json.dumps({"file": one.file, "line": one.line, "change": change, "by": said}) + "\n"
                )

    by_number = {(one.file, one.number): one for one in work}
    rest = [one for one in work if not one.function]
    child, reading = forked(try_inside, [one for one in work if one.function], jobs)
    with os.fdopen(reading) as pipe:
        said = json.loads(pipe.readline())
        if said != "survived":
            sys.exit(f"without any change this fails: {said}")
        for line in pipe:
            file, number, said = json.loads(line)
            one = by_number[file, number]
            if said == "elsewhere":
                rest.append(one)
            else:
                note(one, said)
    os.waitpid(child, 0)
    print(len(rest), "to be tried anew", flush=True)
    for one, said in each(rest, jobs, try_anew):
        note(one, said)
    print("\n| file | mutants | killed | timeout | survived |\n|---|---|---|---|---|")
    for file, counts in score.items():
        print(
            f"| `{file}` | {counts.total()} | {counts['killed']} | {counts['timeout']} | {counts['survived']} |"
        )


if __name__ == "__main__":
    main()
