"""`check_optimizer`: everything that an optimizer promises, tested; its path is that of the textbook.

The frame is that of all checkers: a case, a table of named checks, and a search for a smaller case where one
fails.  A case is a vector of three numbers and their gradients in some steps, in halves, so that a person can
follow the few that are left of it on paper.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from mlp import checks, optimizers, schedules
from mlp.arrays import Array
from mlp.derivatives import quietly
from mlp.errors import ArgumentTypeError
from mlp.optimizers import Optimizer
from mlp.testing.cases import call_of, importable, maker_of
from mlp.testing.report import Failure, Named, Report, Result, run_checks
from mlp.testing.rules import EPSILON_INSIDE, Known, Rule, known_rule
from mlp.testing.shrinking import smallest

__all__ = ["OPTIMIZER_CHECKS", "check_optimizer"]

#: How long the path is that is held against the rule, and how long those that are held against each other.
STEPS = 30
FEW = 8

#: Two ways to compute one path: how far they may be apart, relative to the largest number met on it.
RULE_TOLERANCE = 1e-12
SAME_TOLERANCE = 1e-10

#: A rate for the checks that want one of their own.
RATE = 0.01


def check_optimizer(
    factory: Callable[[], Optimizer] | type[Optimizer] | Optimizer,
    rule: Rule | Literal["auto"] | None = "auto",
    *,
    rng: Any = 0,
) -> Report:
    """Test everything that an optimizer promises: its path, its memory, its copies, its types.

    Parameters
    ----------
    factory : Optimizer class, callable or Optimizer
        Makes the optimizer, a new one at each call; an optimizer stands for copies of itself, so it must not
        have made steps.
    rule : callable or None, default "auto"
        What the path of one number should be: ``rule(w, gradients, rates)`` gives the places after every
        step, all in Python's floats.  ``"auto"`` takes the rule of the optimizer's class or of its base class,
        see `mlp.testing.rules`; None leaves this check out.
    rng : int, SeedSequence, Generator or None, default 0
        The source of parameters and gradients.

    Returns
    -------
    Report
        Every check by name.

    Raises
    ------
    GradientError
        If a check fails: the first one with the smallest failing input that was found, the others by name.
    ArgumentError, ArgumentTypeError
        If the call itself makes no sense.

    Notes
    -----
    An optimizer whose entries hang together, as by a norm over all of them, declares ``couples_entries = True``,
    and one that shrinks parameters without a gradient declares ``decays_weights = True`` (attributes of its
    class).

    Examples
    --------
    >>> from mlp.optimizers import Adam
    >>> check_optimizer(Adam).results["rule"].error < 1e-12
    True

    An optimizer of one's own, with its rule:

    >>> class SignDescent(Optimizer):
    ...     def update(self, w, g, slots, numbers, scratch):
    ...         np.sign(g, out=scratch)
    ...         scratch *= numbers[0]
    ...         w -= scratch
    >>> def rule(w, gradients, rates):
    ...     places = []
    ...     for g, rate in zip(gradients, rates):
    ...         w -= rate * (g > 0) - rate * (g < 0)
    ...         places.append(w)
    ...     return places
    >>> check_optimizer(SignDescent, rule).results["rule"].error
    0.0

    And one with a slip: it goes uphill.

    >>> from mlp.testing import GradientError
    >>> class Ascent(SignDescent):
    ...     def update(self, w, g, slots, numbers, scratch):
    ...         w += numbers[0] * np.sign(g)
    >>> try:
    ...     check_optimizer(Ascent, rule)
    ... except GradientError as error:
    ...     print(error.check)
    ...     print(str(error).splitlines()[2])
    downhill
      20 steps with the gradient 0.001 at the rate 0.01 have moved 1 by 0.2: uphill
    """
    if not (rule is None or rule == "auto" or callable(rule)):
        raise ArgumentTypeError(
            f'rule must be a function (w, gradients, rates), "auto" or None, got {rule!r}'
        )
    make = maker_of(factory, Optimizer, "optimizer")
    subject, call = call_of(factory, make)
    case = OptimizerCase(make, call, rule, *_drawn(checks.generator("rng", rng)))
    return run_checks(
        subject, case, OPTIMIZER_CHECKS, lambda one, fails: smallest(one, _simpler, fails, tries=150)
    )


@dataclass(frozen=True)
class OptimizerCase:
    """An optimizer, a vector and the gradients of some steps.

    Attributes
    ----------
    make : callable
        Gives a new optimizer.
    call : str
        How it is made, in code.
    rule : callable, "auto" or None
        See `check_optimizer`.
    w : ndarray, shape (n,)
        Where the vector starts.
    g : ndarray, shape (steps, n)
        Its gradients.
    """

    make: Callable[[], Optimizer]
    call: str
    rule: Rule | Literal["auto"] | None
    w: Array
    g: Array

    @property
    def few(self) -> Array:
        """The gradients of a few steps."""
        return self.g[:FEW]

    def code(self, w: Array, g: Array, *lines: str, before: tuple[str, ...] = ()) -> str:
        """Python lines that walk the path."""
        array = f"np.array({_numbers(w)}" + (")" if w.dtype == np.float64 else f", np.{w.dtype})")
        return "\n".join(
            [
                "import numpy as np",
                "",
                f"optimizer = {self.call}",
                *before,
                f"w = {array}",
                *(lines or (f"for g in {_numbers(g)}:", *_STEP)),
            ]
        )


_STEP = ("    optimizer.step(w, np.array(g, w.dtype))", "    print(w)")


def _numbers(a: Array) -> str:
    return str(a.tolist()) if a.size <= 60 else f"...  # {a.size} numbers; too many to show"


def _drawn(generator: np.random.Generator) -> tuple[Array, Array]:
    """Three numbers, one of them from 0, with gradients of three sizes, signs and zeros."""
    w = generator.permutation([0.0, *generator.choice([-1.5, -1.0, -0.5, 0.5, 1.0, 1.5], 2)])
    g = generator.integers(-4, 5, (STEPS, 3)) / 2
    g[0] = generator.choice([-1.0, -0.5, 0.5, 1.0], 3)
    return w, g * generator.permutation([1e-3, 1.0, 1e3])


def _simpler(case: OptimizerCase) -> Iterator[OptimizerCase]:
    """Fewer steps, fewer entries, rounder numbers."""
    steps, n = case.g.shape
    for k in (1, 2, 3, 4, 6, 8, 12, 20):
        if k < steps:
            yield dataclasses.replace(case, g=case.g[:k])
    for i in range(n if n > 1 else 0):
        yield dataclasses.replace(case, w=case.w[i : i + 1], g=case.g[:, i : i + 1])
    for i in range(n if n > 2 else 0):
        yield dataclasses.replace(case, w=np.delete(case.w, i), g=np.delete(case.g, i, axis=1))
    for t in range(steps if 1 < steps <= FEW else 0):
        yield dataclasses.replace(case, g=np.delete(case.g, t, axis=0))
    if steps > FEW:
        return
    for name in ("g", "w"):
        for value in (0.0, 1.0):
            a = getattr(case, name)
            for index in np.ndindex(a.shape):
                if a[index] not in (0.0, value):
                    rounder = a.copy()
                    rounder[index] = value
                    yield dataclasses.replace(case, **{name: rounder})


# --- Walking and comparing ----------------------------------------------------------------------------------


def walked(optimizer: Optimizer, w: Array, g: Array) -> Array:
    """The places of a vector after every step, shape (steps, n); every gradient is an array of its own."""
    w, places = w.copy(), [w[None][:0]]
    with quietly():
        for one in g:
            optimizer.step(w, one.copy())
            places.append(w[None].copy())
    return np.concatenate(places)


def _first_difference(got: Array, right: Array, w: Array, tolerance: float) -> tuple[int, int] | None:
    """Step and entry where two paths from ``w`` part: relative to the largest number met so far on either."""
    both = np.abs(np.concatenate([np.broadcast_to(w, (1, w.size)), got, right]))
    both = both[np.isfinite(both).all(axis=1)]
    scale = both.max(axis=0, initial=0.0) if len(both) else np.ones(w.size)
    with quietly():
        apart = ~(
            (got == right) | (np.isnan(got) & np.isnan(right)) | (np.abs(got - right) <= tolerance * scale)
        )
    if not apart.any():
        return None
    step, entry = np.argwhere(apart)[0]
    return int(step), int(entry)


def _agree(
    case: OptimizerCase,
    got: tuple[str, Array],
    right: tuple[str, Array],
    g: Array,
    *,
    tolerance: float = 0.0,
    w: Array | None = None,
    code: str = "",
    cure: str = "",
) -> None:
    """Raise a `Failure` that shows where two paths part."""
    w = case.w if w is None else w
    place = _first_difference(got[1], right[1], w, tolerance)
    if place is None:
        return
    step, entry = place
    width = max(len(got[0]), len(right[0]))
    lines = [f"after step {step + 1}, w[{entry}] is"]
    lines += [f"  {name:<{width}}  {_number(path[step, entry])}" for name, path in (got, right)]
    lines += [_data(w, g)]
    raise Failure("\n".join(lines + [cure] * bool(cure)), code or case.code(w, g))


def _number(value: Any) -> str:
    """With all digits that its type has."""
    return repr(float(value)) if value.dtype == np.float64 else str(value)


def _data(w: Array, g: Array) -> str:
    if w.size > 60:
        return f"from a vector of {w.size} numbers"
    return f"from w = {_numbers(w)} with the gradients {_numbers(g)}"


# --- The checks ---------------------------------------------------------------------------------------------


def construction(case: OptimizerCase) -> None:
    """An optimizer that has made no steps."""
    first = case.make()
    if first.iterations != 0:
        raise Failure(
            f"a new optimizer has iterations = {first.iterations}: give one that has made no steps, or a function that "
            "makes one, and keep the count in the object, not in the class"
        )
    first.current_rate()


def in_place(case: OptimizerCase) -> None:
    """It moves, where it was told to, and says nothing."""
    big = np.array([7.0, *case.w, 7.0])
    w, g = big[1:-1], np.ones(case.w.size)
    optimizer = case.make()
    optimizer.learning_rate = RATE
    code = case.code(
        case.w,
        g,
        f"print(optimizer.step(w, np.array({_numbers(g)})))",
        "print(w)",
        before=(f"optimizer.learning_rate = {RATE}",),
    )
    step: Callable[[Array, Array], Any] = optimizer.step
    with quietly():
        for _ in range(50):
            returned = step(w, g)
            if returned is not None:
                break
    moved = not np.array_equal(w, case.w)
    if returned is not None and not moved:
        raise Failure(
            f"step returned {returned!r} and left w as it was, {_numbers(w)}: write into the vector, w -= ..., not "
            "w = w - ...",
            code,
        )
    if returned is not None:
        raise Failure(f"step must return None, got {returned!r}", code)
    if not moved:
        raise Failure(
            f"50 steps with the gradient {_numbers(g)} and the rate {RATE} left w as it was, {_numbers(w)}: write into "
            "the vector, w -= ..., not w = w - ...",
            code,
        )
    if big[0] != 7 or big[-1] != 7:
        raise Failure("w was a part of a larger array, and the numbers beside it have changed too")


def gradient_unchanged(case: OptimizerCase) -> None:
    """The gradient is somebody else's array."""
    optimizer, w = case.make(), case.w.copy()
    with quietly():
        for t, one in enumerate(case.few):
            given = one.copy()
            optimizer.step(w, given)
            if not np.array_equal(given, one):
                raise Failure(
                    f"step {t + 1} was given the gradient {_numbers(one)} and made {_numbers(given)} of it",
                    case.code(
                        case.w,
                        case.few[: t + 1],
                        f"for g in {_numbers(case.few[: t + 1])}:",
                        "    g = np.array(g)",
                        "    optimizer.step(w, g)",
                        "    print(g)",
                    ),
                )


def keeps_nothing(case: OptimizerCase) -> None:
    """The same path with a copy of the vector at every step, and with one array for all gradients."""
    g = case.few
    right = "with one array for w and a new one for each gradient", walked(case.make(), case.w, g)
    optimizer, w, places, held = case.make(), case.w.copy(), [], []
    with quietly():
        for one in g:
            held.append(w)  # or another array would get its memory, and its id
            w = w.copy()
            held[-1][...] = np.nan  # an old vector is nobody's business
            optimizer.step(w, one.copy())
            places.append(w.copy())
    _agree(
        case,
        ("with a copy of w at each step", np.array(places)),
        right,
        g,
        code=case.code(case.w, g, f"for g in {_numbers(g)}:", "    w = w.copy()", *_STEP),
        cure="keep state in self.slots, not the vector itself or its id",
    )
    optimizer, w, places = case.make(), case.w.copy(), []
    buffer = np.empty(w.size)
    with quietly():
        for one in g:
            buffer[...] = one
            optimizer.step(w, buffer)
            buffer[...] = np.nan
            places.append(w.copy())
    _agree(
        case,
        ("with one array for all gradients", np.array(places)),
        right,
        g,
        code=case.code(
            case.w,
            g,
            "buffer = np.empty(w.size)",
            f"for g in {_numbers(g)}:",
            "    buffer[:] = g",
            "    optimizer.step(w, buffer)",
            "    print(w)",
        ),
        cure="keep a copy of the gradient, not the array itself: it is overwritten before the next step",
    )


def instances(case: OptimizerCase) -> None:
    """Two optimizers, step by step in turn, each on the path it has alone."""
    data = [(case.w, case.few), (case.w[::-1] + 0.5, 1.0 - 2.0 * case.few)]
    alone = [walked(case.make(), w, g) for w, g in data]
    pair = [case.make(), case.make()]
    vectors = [w.copy() for w, _ in data]
    places: list[list[Array]] = [[], []]
    with quietly():
        for t in range(len(case.few)):
            for i in range(2):
                pair[i].step(vectors[i], data[i][1][t].copy())
                places[i].append(vectors[i].copy())
    for i, (w, g) in enumerate(data):
        _agree(
            case,
            ("in turn with another optimizer", np.array(places[i])),
            ("alone", alone[i]),
            g,
            w=w,
            cure="something is kept in the class, or in a default argument, that belongs in the object",
            code=case.code(
                w,
                g,
                f"for g in {_numbers(g)}:",
                "    other.step(np.ones(1), np.ones(1))  # leave this line out, and w is another",
                *_STEP,
                before=(f"other = {case.call}",),
            ),
        )


def deterministic(case: OptimizerCase) -> None:
    """A second run of a new optimizer."""
    runs = [walked(case.make(), case.w, case.few) for _ in range(2)]
    _agree(
        case,
        ("the second time", runs[1]),
        ("the first time", runs[0]),
        case.few,
        cure="something outlives the object, or is drawn at random",
    )


def entry_by_entry(case: OptimizerCase) -> Result | None:
    """A vector is as many vectors of one."""
    if case.make().couples_entries:
        return Result(note="declared: couples_entries")
    together = walked(case.make(), case.w, case.few)
    apart = [walked(case.make(), case.w[i : i + 1], case.few[:, i : i + 1]) for i in range(case.w.size)]
    _agree(
        case,
        ("together with the others", together),
        ("alone", np.concatenate(apart, axis=1)),
        case.few,
        tolerance=SAME_TOLERANCE,
        cure="if entries are meant to hang together, declare it in the class: couples_entries = True",
    )
    return None


def long_vector(case: OptimizerCase) -> Result | None:
    """A vector of more than one block is the short one over and over."""
    if case.make().couples_entries:
        return Result(note="declared: couples_entries")
    block, g = optimizers.BLOCK, case.few[:4]
    n = block + 3
    w = np.resize(case.w, n)
    _agree(
        case,
        (f"in a vector of {n} numbers", walked(case.make(), w, _over_and_over(g, n))),
        (f"in one of {case.w.size}", _over_and_over(walked(case.make(), case.w, g), n)),
        g,
        w=w,
        tolerance=SAME_TOLERANCE,
        cure=f"w is {_numbers(case.w)} over and over, with the gradients {_numbers(g)}; update sees {block} numbers at a time, "
        "with the slots' part for them: keep state in slots only",
        code=case.code(
            case.w,
            g,
            f"w = np.resize(w, {n})",
            f"for g in {_numbers(g)}:",
            f"    optimizer.step(w, np.resize(g, {n}))",
            "print(w)",
        ),
    )
    return None


def _over_and_over(rows: Array, n: int) -> Array:
    return np.stack([np.resize(row, n) for row in rows])


def step_count(case: OptimizerCase) -> None:
    """``iterations`` is what files and callbacks read."""
    optimizer = case.make()
    every = optimizer.gradient_accumulation_steps or 1
    for t in range(len(case.few)):
        walked(optimizer, case.w, case.few[t : t + 1])
        if optimizer.iterations != (t + 1) // every:
            raise Failure(
                f"after {t + 1} step{'s' if t else ''} iterations is {optimizer.iterations}; a step of one's own must do "
                "self.iterations += 1",
                case.code(
                    case.w,
                    case.few[: t + 1],
                    f"for g in {_numbers(case.few[: t + 1])}:",
                    *_STEP[:1],
                    "print(optimizer.iterations)",
                ),
            )


def zero_gradient(case: OptimizerCase) -> Result | None:
    """Without a gradient and without memory there is nowhere to go."""
    optimizer = case.make()
    decays = optimizer.decays_weights
    g = np.zeros((3, case.w.size))
    path = walked(optimizer, case.w, g)
    for t, w in enumerate(path):
        before = case.w if t == 0 else path[t - 1]
        if decays and (np.abs(w) <= np.abs(before)).all() and (w * before >= 0).all():
            continue
        if not np.array_equal(w, case.w):
            cure = (
                ""
                if decays or not np.isfinite(w).all()
                else "; if it is meant to shrink them, declare it in the class: decays_weights = True"
            )
            raise Failure(
                f"after {t + 1} step{'s' if t else ''} with gradients of zero, w = {_numbers(case.w)} has become {_numbers(w)}{cure}",
                case.code(case.w, g[: t + 1]),
            )
    return Result(note="declared: decays_weights") if decays else None


def rate_zero(case: OptimizerCase) -> None:
    """``learning_rate`` set to 0 is obeyed at once."""
    optimizer = case.make()
    optimizer.learning_rate = 0.0
    for t, w in enumerate(walked(optimizer, case.w, case.few)):
        if not np.array_equal(w, case.w):
            raise Failure(
                f"after step {t + 1} at the rate 0, w = {_numbers(case.w)} has become {_numbers(w)}; the rate is to be taken "
                "from self.current_rate(), or numbers(rate, t), at every step",
                case.code(case.w, case.few[: t + 1], before=("optimizer.learning_rate = 0.0",)),
            )


def schedule(case: OptimizerCase) -> None:
    """A function of the step, and the same rates set by hand."""
    g = case.few
    rates = [0.1, 0.05, 0.05, 0.2, 0.0, 0.1, 0.3, 0.01]
    asked = []

    def rate(step: int) -> float:
        asked.append(step)
        return rates[step % len(rates)]

    scheduled, by_hand = case.make(), case.make()
    scheduled.learning_rate = rate
    path = walked(scheduled, case.w, g)
    w, places = case.w.copy(), []
    with quietly():
        for t, one in enumerate(g):
            by_hand.learning_rate = rates[t]
            by_hand.step(w, one.copy())
            places.append(w.copy())
    code = case.code(case.w, g, before=(f"optimizer.learning_rate = lambda step: {rates[: len(g)]}[step]",))
    if sorted(set(asked)) != list(range(len(g))):
        raise Failure(
            f"in steps 0 to {len(g) - 1} the schedule was asked for the rates of steps {asked}", code
        )
    _agree(
        case,
        ("by a schedule", path),
        ("by setting learning_rate before each step", np.array(places)),
        g,
        cure=f"the rates are {rates[: len(g)]}",
        tolerance=SAME_TOLERANCE,
        code=code,
    )


def downhill(case: OptimizerCase) -> None:
    """However large or small, a constant gradient is followed downwards."""
    sizes = np.array([1e-3, -1e-3, 1.0, -1.0, 1e3, -1e3])
    optimizer = case.make()
    optimizer.learning_rate = RATE
    # Weight decay pulls to zero, so it starts there; else from anywhere.
    start = np.zeros(6) if optimizer.decays_weights else np.ones(6)
    g = np.tile(sizes, (20, 1))
    moved = walked(optimizer, start, g)[-1] - start
    if optimizer.couples_entries:
        wrong = np.array([not moved @ sizes < 0] * 6)
    else:
        wrong = ~((moved * sizes < 0) | ((moved == 0) & bool(moved @ sizes < 0)))
    if wrong.any():
        i = int(wrong.argmax())
        raise Failure(
            f"20 steps with the gradient {sizes[i]:g} at the rate {RATE} have moved {start[i]:g} by {moved[i]:.6g}: "
            f"{'not at all' if moved[i] == 0 else 'uphill' if moved[i] * sizes[i] > 0 else 'not a number'}"
            + (" (all entries together)" if optimizer.couples_entries else ""),
            case.code(
                start[i : i + 1],
                g[:, i : i + 1],
                "for _ in range(20):",
                f"    optimizer.step(w, np.array([{sizes[i]}]))",
                "print(w)",
                before=(f"optimizer.learning_rate = {RATE}",),
            ),
        )


def quadratic(case: OptimizerCase) -> None:
    """``f(w) = sum a w^2 / 2``, from 50 rates away, at several rates; also what overshoots comes by the bottom.

    Lengths are in units of the rate, so that the task is the same at each: the steps of a method that follows the
    gradient are a tenth of the way or less, those of one that follows its sign a fiftieth.
    """
    for rate in (1e-3, 0.03, 1.0):
        curvature = np.array([0.02, 0.1]) / rate
        optimizer = case.make()
        optimizer.learning_rate = rate
        start = 50 * rate * np.array([1.0, -1.0])
        w, values = start.copy(), []
        with quietly():
            for _ in range(300):
                optimizer.step(w, curvature * w)
                values.append(float(curvature @ (w * w)) / 2)
        before = float(curvature @ (start * start)) / 2
        if not np.isfinite(values).all() or min(values[-100:]) >= before:
            end = values[-1]
            raise Failure(
                f"f(w) = ({curvature[0]:g} w[0]^2 + {curvature[1]:g} w[1]^2) / 2 is {before:g} at the start, {_numbers(start)}, "
                f"and {end:g} after 300 steps at the rate {rate:g}; it was no smaller in the last 100 of them",
                case.code(
                    start,
                    start,
                    "for _ in range(300):",
                    f"    optimizer.step(w, np.array({_numbers(curvature)}) * w)",
                    "print(w)",
                    before=(f"optimizer.learning_rate = {rate}",),
                ),
            )


def sizes(case: OptimizerCase) -> None:
    """Gradients far from 1, as constants, in turns, once and late."""
    pattern = np.array(
        [[1, 1, 1, 0], [1, -1, 0, 0], [1, 1, 0, 0], [1, -1, 0, 0], [1, 1, 0, 1], [1, -1, 0, 1]]
    )
    for dtype, size in (("float64", 1e-150), ("float64", 1e150), ("float32", 1e-20), ("float32", 1e15)):
        g = (size * pattern).astype(dtype)
        start = np.ones(4, dtype)
        path = walked(case.make(), start, g)
        if not np.isfinite(path).all():
            step, entry = (int(i) for i in np.argwhere(~np.isfinite(path))[0])
            column = g[: step + 1, entry : entry + 1]
            raise Failure(
                f"after the gradients {column.ravel().tolist()} in {dtype}, 1.0 has become {path[step, entry]}",
                case.code(start[:1], column),
            )


def float32(case: OptimizerCase) -> None:
    """Single precision in, single precision kept, and nearly the same path."""
    w, g = case.w.astype(np.float32), case.few.astype(np.float32)
    optimizer = case.make()
    path = walked(optimizer, w, g)
    for name, array in _arrays_of(vars(optimizer), ""):
        if array.shape == w.shape and array.dtype == np.float64:
            raise Failure(
                f"the vector is float32, but the state {name} is float64: make it with np.zeros_like(w), and beware "
                "of NumPy's float64 numbers in products with it",
                case.code(
                    w, g[:1], f"for g in {_numbers(g[:1])}:", *_STEP[:1], f"print(optimizer{name}.dtype)"
                ),
            )
    w, g = w.astype(np.float64), g.astype(np.float64)
    right = walked(case.make(), w, g)
    span = np.abs(right - w).max(axis=0, initial=0.0)
    far = ~(np.abs(path - right) <= 1e-3 * span + 1e-5 * np.abs(w))
    if far.any():
        step, entry = (int(i) for i in np.argwhere(far)[0])
        raise Failure(
            f"after step {step + 1}, w[{entry}] is\n  in float32  {path[step, entry]}\n  in float64  {float(right[step, entry])!r}\n"
            + _data(w, g),
            case.code(w.astype(np.float32), g),
        )


def _arrays_of(values: Any, name: str) -> Iterator[tuple[str, Array]]:
    """Arrays in dicts and lists, with the path to them."""
    if isinstance(values, np.ndarray):
        yield name, values
    elif isinstance(values, dict):
        for key, value in values.items():
            yield from _arrays_of(value, f"{name}[{key!r}]" if name else f".{key}")
    elif isinstance(values, list | tuple):
        for i, value in enumerate(values):
            yield from _arrays_of(value, f"{name}[{i}]")


def _with_plain_rate(optimizer: Optimizer) -> Optimizer:
    """The optimizer, with a number in the place of a rate that nobody can store."""
    rate = optimizer.learning_rate
    if callable(rate) and type(rate) not in schedules.SCHEDULES.classes.values():
        optimizer.learning_rate = RATE
    return optimizer


def _goes_on(
    case: OptimizerCase,
    way: Callable[[Optimizer], Optimizer],
    how: str,
    lines: tuple[str, ...],
    cure: str = "",
) -> None:
    """What ``way`` makes of an optimizer in the middle of its path goes on as the original does, and alone."""
    g, half = case.few, len(case.few) // 2
    right = walked(_with_plain_rate(case.make()), case.w, g)
    for steps in (half, 0):
        optimizer = _with_plain_rate(case.make())
        place = case.w if steps == 0 else walked(optimizer, case.w, g[:steps])[-1]
        twin = way(optimizer)
        code = case.code(
            case.w,
            g,
            *((f"for g in {_numbers(g[:steps])}:", *_STEP[:1]) if steps else ()),
            *lines,
            f"for g in {_numbers(g[steps:])}:",
            *(line.replace("optimizer", "twin") for line in _STEP),
        )
        after = f" made after step {steps}" if steps else ""
        for which, one in ((f"{how}{after}", twin), (f"the original, beside {how}", optimizer)):
            path = walked(one, place, g[steps:])
            _agree(
                case,
                (which, np.concatenate([right[:steps], path])),
                ("without interruption", right),
                g,
                code=code,
                cure=cure,
            )


def state(case: OptimizerCase) -> None:
    """What files hold of an optimizer is all that it needs to go on."""

    def fresh(optimizer: Optimizer) -> Optimizer:
        taken = optimizer.get_state()
        twin = _with_plain_rate(case.make())
        twin.set_state(taken)
        return twin

    def used(optimizer: Optimizer) -> Optimizer:
        taken = optimizer.get_state()
        twin = _with_plain_rate(case.make())
        walked(twin, case.w + 1, 1.0 - case.few)
        twin.set_state(taken)
        return twin

    lines = (f"twin = {case.call}", "twin.set_state(optimizer.get_state())")
    cure = (
        "get_state must give copies of all that changes, and set_state take them: state belongs in self.slots"
    )
    _goes_on(case, fresh, "a new one with the old one's state", lines, cure)
    walk = f"twin.step(np.ones({case.w.size}), np.ones({case.w.size}))"
    _goes_on(case, used, "a used one with the old one's state", (lines[0], walk, lines[1]), cure)


def deepcopy(case: OptimizerCase) -> None:
    """A copy goes on."""
    _goes_on(case, copy.deepcopy, "a deep copy", ("import copy", "twin = copy.deepcopy(optimizer)"))


def pickled(case: OptimizerCase) -> Result | None:
    """What comes back from another process goes on."""
    cls = type(case.make())
    if not importable(cls):
        return Result(note=f"left out: {cls.__qualname__} cannot be imported by its name")
    _goes_on(
        case,
        lambda one: pickle.loads(pickle.dumps(one)),  # noqa: S301 - its own bytes
        "what pickle gives back",
        ("import pickle", "twin = pickle.loads(pickle.dumps(optimizer))"),
    )
    return None


def config(case: OptimizerCase) -> None:
    """A class and its configuration, as files hold them, are the optimizer."""
    optimizer = _with_plain_rate(case.make())
    told = optimizer.get_config()
    twin = type(optimizer).from_config(json.loads(json.dumps(told)))
    if twin.get_config() != told:
        raise Failure(
            f"get_config gives {told}; what from_config makes of it gives {twin.get_config()}",
            f"optimizer = {case.call}\nprint(type(optimizer).from_config(optimizer.get_config()).get_config())",
        )
    _agree(
        case,
        ("from_config(get_config())", walked(twin, case.w, case.few)),
        ("the original", walked(optimizer, case.w, case.few)),
        case.few,
        cure=f"the configuration is {told}",
        code=case.code(
            case.w, case.few, before=("optimizer = type(optimizer).from_config(optimizer.get_config())",)
        ),
    )


def rule(case: OptimizerCase) -> Result:
    """One number at a time, against the textbook."""
    optimizer = case.make()
    known = known_rule(optimizer) if case.rule == "auto" else None
    if case.rule is None:
        return Result(note="left out")
    if case.rule == "auto" and known is None:
        return Result(note="no rule to compare with: give rule=")
    right = known.rule() if known is not None else case.rule
    worst = 0.0
    for i in range(case.w.size):
        w, g = case.w[i : i + 1], case.g[:, i : i + 1]
        path, rates = _walked_with_rates(case.make(), w, g)
        places = _ruled(right, w, g, rates)
        if _first_difference(path, places, w, RULE_TOLERANCE) is not None:
            _against_the_rule(case, known, path, places, rates, w, g)
        scale = max(float(np.abs(w).max()), float(np.abs(places).max(initial=0.0))) or 1.0
        worst = max(worst, float(np.nan_to_num(np.abs(path - places)).max(initial=0.0)) / scale)
    derived = known is not None and known.cls is not type(optimizer)
    return Result(
        error=worst, note=f"that of its base class {known.cls.__name__}" if known and derived else ""
    )


def _walked_with_rates(optimizer: Optimizer, w: Array, g: Array) -> tuple[Array, list[float]]:
    """The path and the rates of its steps; halfway the rate is halved, as a callback might do it."""
    places: list[Array] = []
    rates: list[float] = []
    for t in range(len(g)):
        if t == len(g) // 2 and not callable(optimizer.learning_rate):
            optimizer.learning_rate = optimizer.learning_rate / 2
        rates.append(float(optimizer.current_rate()))
        places.append(walked(optimizer, w if t == 0 else places[-1][0], g[t : t + 1]))
    return np.concatenate(places), rates


def _ruled(rule: Any, w: Array, g: Array, rates: list[float]) -> Array:
    """The rule's path, as an array like the optimizer's."""
    places = np.asarray(rule(float(w[0]), g[:, 0].tolist(), list(rates)), dtype=float)
    if places.shape != (len(g),):
        raise Failure(f"the rule must give the place after each of {len(g)} steps, got shape {places.shape}")
    return places[:, None]


def _against_the_rule(
    case: OptimizerCase,
    known: Known | None,
    path: Array,
    places: Array,
    rates: list[float],
    w: Array,
    g: Array,
) -> None:
    """The failure, with what fits the numbers."""
    cure = f"The rates are {rates[0]:g}, constant." if len(set(rates)) == 1 else f"The rates are {rates}."
    if known is not None:
        told = ", ".join(f"{name}={value!r}" for name, value in known.arguments.items())
        cure += f" The rule: mlp.testing.rules.{known.make.__name__}({told})."
        cure += _slip(case, known)
        if known.cls is not type(case.make()):
            cure += (
                f"\nIt is held against the rule of its base class {known.cls.__name__}; if it is meant to follow another, "
                "give rule=, or rule=None."
            )
    _agree(
        case, ("by the optimizer", path), ("by the rule", places), g, tolerance=RULE_TOLERANCE, w=w, cure=cure
    )


def _slip(case: OptimizerCase, known: Known) -> str:
    """What fits the numbers on a path that tells the usual slips apart, as a line; nothing if nothing does."""
    w, g = np.array([0.5]), np.array([[1.0], [0.5], [-2.0], [0.0], [3.0], [-0.5]])
    try:
        path, rates = _walked_with_rates(case.make(), w, g)
    except Exception:  # noqa: BLE001 - a hint more or less
        return ""
    for slip, wrong in known.slips():
        try:
            other = _ruled(wrong, w, g, rates)
        except (ArithmeticError, ValueError):  # out of the rule's domain
            continue
        if np.isfinite(other).all() and _first_difference(path, other, w, RULE_TOLERANCE) is None:
            return f"\nhint: it goes as the rule would with {slip}"
    nearly = _first_difference(path, _ruled(known.rule(), w, g, rates), w, 1e-5) is None
    if nearly and known.arguments.get("epsilon"):
        where = "inside" if known.make in EPSILON_INSIDE else "outside"
        return f"\nhint: it is nearly right; is epsilon in its place? The rule has it {where} the root"
    return ""


#: Every promise of an optimizer, in the order in which a failure is shown.
OPTIMIZER_CHECKS: tuple[Named[OptimizerCase], ...] = (
    Named("construction", "a new optimizer has made no steps", construction),
    Named("in place", "step moves the vector in place and returns nothing", in_place),
    Named("gradient unchanged", "step leaves the gradient as it was", gradient_unchanged),
    Named("deterministic", "the same gradients give the same path", deterministic),
    Named("instances", "two optimizers know nothing of each other", instances),
    Named("keeps nothing", "it keeps no reference to the vector or to the gradient", keeps_nothing),
    Named("zero gradient", "a gradient of zero moves nothing that was at rest", zero_gradient),
    Named("rate zero", "the rate 0 moves nothing", rate_zero),
    Named("downhill", "a step repeated against one gradient goes downhill", downhill),
    Named("rule", "the path of one number is that of the rule", rule),
    Named("entry by entry", "a vector of n numbers moves as n vectors of one", entry_by_entry),
    Named("long vector", "a vector of several blocks moves as its pieces", long_vector),
    Named("step count", "iterations counts the steps", step_count),
    Named("schedule", "a learning rate that depends on the step is honoured", schedule),
    Named("quadratic", "a convex quadratic gets smaller", quadratic),
    Named("sizes", "finite gradients, great or small, leave finite parameters", sizes),
    Named("float32", "float32 stays float32, near the path in float64", float32),
    Named("state", "get_state and set_state go on with the same bits", state),
    Named("deepcopy", "a deep copy goes on with the same bits", deepcopy),
    Named("pickle", "what pickle gives back goes on with the same bits", pickled),
    Named("config", "from_config(get_config()) is the same optimizer", config),
)
