"""What a checker says: a `Report` of what holds, or a `GradientError` that shows what does not."""

from __future__ import annotations

import dataclasses
import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mlp.derivatives import quietly

__all__ = ["Failure", "GradientError", "Named", "Report", "Result", "merged", "run_checks"]

CaseT = TypeVar("CaseT")

#: So many seconds are spent on looking for a smaller case.
PATIENCE = 3.0

#: Words in a failure that a smaller case must not bring in.
MARKS = ("nan", "nothing but zeros", "do not depend on it", "not provable")


class GradientError(AssertionError):
    """A check has failed: a backward pass is not the derivative of its forward pass, or another promise is broken.

    Parameters
    ----------
    message : str
        What the reader sees.
    check : str, default "gradient"
        The name of the check that failed first.
    failures : dict of str to str, optional
        Every check that failed, and what it has to say; the first one alone unless given.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> from mlp.testing import check_layer
    >>> class Halved(Dense):
    ...     def backward(self, dy):
    ...         return super().backward(dy) / 2
    >>> try:
    ...     check_layer(Halved(2), (3,), rng=0)
    ... except GradientError as error:
    ...     print(error.check)
    gradient
    """

    def __init__(
        self, message: str, check: str = "gradient", failures: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.check = check
        self.failures = dict(failures or {check: message})


class Failure(Exception):
    """Raised by one check; the runner makes a `GradientError` of it, with what only the runner knows.

    Parameters
    ----------
    text : str
        What is wrong, in lines that a person reads.
    code : str, optional
        Python lines that show it again.
    """

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.text, self.code = text, code


@dataclass(frozen=True)
class Result:
    """What one check found.

    Attributes
    ----------
    method : str
        How derivatives were computed: ``"complex"``, ``"ridders"``, or ``""`` where there were none.
    error : float
        The largest difference met, relative to the size of the terms.
    kinks : int
        How many entries stood at a kink, where a subgradient was found.
    note : str
        What the reader should know.
    """

    method: str = ""
    error: float = 0.0
    kinks: int = 0
    note: str = ""


@dataclass(frozen=True)
class Report:
    """What a check that passed has found; ``print`` it.

    Attributes
    ----------
    subject : str
        What was checked.
    results : dict of str to Result
        Every check by name.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> from mlp.testing import check_layer
    >>> report: Report = check_layer(Dense(2), (3,), rng=0)
    >>> report.method, report.error < 1e-12, "gradient" in report.results
    ('complex', True, True)
    """

    subject: str
    results: dict[str, Result] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """How derivatives were computed: ``"complex"``, ``"ridders"``, or both."""
        methods = {m for result in self.results.values() for m in result.method.split(" and ") if m}
        return " and ".join(sorted(methods))

    @property
    def error(self) -> float:
        """The largest difference between backward and numbers, relative to the size of the terms."""
        return max((result.error for result in self.results.values()), default=0.0)

    @property
    def kinks(self) -> int:
        """How many entries stood at a kink and had a subgradient there."""
        return sum(result.kinks for result in self.results.values())

    @property
    def notes(self) -> list[str]:
        """What the reader should know, with the name of the check."""
        return [f"{name}: {result.note}" for name, result in self.results.items() if result.note]

    def __str__(self) -> str:
        lines = [f"{self.subject}: {len(self.results)} checks passed"]
        for name, result in self.results.items():
            words = [f"{result.method}, error {result.error:.1e}"] if result.method else []
            words += [f"subgradient at a kink: {result.kinks}"] if result.kinks else []
            words += [result.note] if result.note else []
            lines.append(f"  {name:<20} {'; '.join(words) or 'ok'}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Named(Generic[CaseT]):
    """One check: a name, what it promises, and the function that raises `Failure` where that is not so."""

    name: str
    promise: str
    run: Callable[[CaseT], Result | None]


def run_checks(
    subject: str,
    case: CaseT,
    checks: tuple[Named[CaseT], ...],
    smaller: Callable[[CaseT, Callable[[CaseT], bool]], CaseT] | None = None,
) -> Report:
    """Run every check; raise one `GradientError` that shows the first that failed and names the others.

    Parameters
    ----------
    subject : str
        What is checked.
    case : object
        What the checks look at.
    checks : tuple of Named
        In order: the first failure is shown.
    smaller : callable, optional
        From a case and a test of failing to the smallest case found that still fails.

    Raises
    ------
    GradientError
        If a check fails; an exception of the checked code is its cause.
    """
    results: dict[str, Result] = {}
    failures: dict[str, tuple[Named[CaseT], Exception]] = {}
    for check in checks:
        found = _caught(check, case)
        if isinstance(found, Result):
            results[check.name] = found
        else:
            failures[check.name] = check, found
    if not failures:
        return Report(subject, results)
    first, (check, caught) = next(iter(failures.items()))
    if smaller is not None:
        end = time.monotonic() + PATIENCE
        least = smaller(case, lambda other: time.monotonic() < end and _alike(_caught(check, other), caught))
        again = _caught(check, least)
        caught = caught if isinstance(again, Result) else again
    texts = {name: _text(failure) for name, (_, failure) in failures.items()}
    texts[first] = _text(caught)
    others = [f"{name!r}" for name in failures if name != first]
    lines = [f"{subject} fails {first!r}: {check.promise}", "", textwrap.indent(texts[first], "  ")]
    if others:
        lines += ["", f"It also fails {', '.join(others)} (see .failures), perhaps for the same reason."]
    code = getattr(caught, "code", "")
    if code:
        lines += ["", "To see it again:", "", textwrap.indent(code, "  ")]
    cause = None if isinstance(caught, Failure) else caught
    raise GradientError("\n".join(lines), first, texts) from cause


def _caught(check: Named[CaseT], case: CaseT) -> Result | Exception:
    try:
        with quietly():  # "finite" listens to warnings; elsewhere they would hide what is looked for
            return check.run(case) or Result()
    except Exception as error:  # noqa: BLE001 - whatever the checked code raises is a finding
        return error


def _alike(one: object, other: BaseException) -> bool:
    """Whether a smaller case fails for the same reason, as far as the kind of failure tells."""
    if type(one) is not type(other):
        return False
    if not isinstance(one, Failure):
        return True
    # What is not finite is another fault than what is wrong, and what is zero tells less than it did.
    return all((mark in one.text.lower()) <= (mark in _text(other).lower()) for mark in MARKS)


def _text(failure: BaseException) -> str:
    if isinstance(failure, Failure):
        return failure.text
    place = _where(failure)
    return f"{type(failure).__name__} was raised{place}: {failure}"


def _where(error: BaseException) -> str:
    """The innermost line outside of NumPy, as a traceback would tell it."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_code, trace.tb_lineno))
        trace = trace.tb_next
    for code, line in reversed(frames):
        if "numpy" not in code.co_filename and "mlp/testing" not in code.co_filename.replace("\\", "/"):
            return f" in {code.co_qualname}, line {line} of {code.co_filename}"
    return ""


def merged(first: Result, second: Result) -> Result:
    """Two results of one check as one."""
    methods = sorted({m for r in (first, second) for m in r.method.split(" and ") if m})
    notes = [n for n in dict.fromkeys([first.note, second.note]) if n]
    return dataclasses.replace(
        first,
        method=" and ".join(methods),
        error=max(first.error, second.error),
        kinks=first.kinks + second.kinks,
        note="; ".join(notes),
    )
