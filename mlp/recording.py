"""A pass from memory: its NumPy calls written down once, and made again on the numbers of later batches.

At toy sizes a training step spends 10 us inside NumPy and nearly as much in the Python between the calls:
attributes, methods, shapes.  All of that is the same at every step.  So one pass is run on `Watched`
arrays, which do what arrays do and tell their `Recording`; `Recording.replay` then makes the same calls
on the same memory and nothing else.  The layers that are read are the layers that run: there is no second
form of any formula, and the results are the same to the last bit.

What may be recorded says so itself, by ``replayable``: see `mlp.configurable.Configurable`.  What a recording
cannot follow ends it with `CannotRecord`, and the pass is run plainly as before.  What it cannot even see (an
array of one's own that is written to, ``np.asarray``) shows when a recording of a class that is not this
library's is compared with a plain step, as each is once before it is used.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeGuard

import numpy as np

from mlp.arrays import Array, constant

__all__ = [
    "Call",
    "CannotRecord",
    "Recording",
    "Watched",
    "converted",
    "is_elementwise",
    "owner_of",
    "replayable",
]

#: What may be asked of a `Watched` array beside operators and NumPy's functions.
SEEN = {
    "T", "astype", "base", "dot", "dtype", "flags", "ndim", "ravel", "real", "recording", "reshape", "shape", "size",
    "transpose",
}  # fmt: skip

#: These take their ``out`` by keyword, for NumPy deprecates the faster way.
LIMITS = (np.maximum, np.minimum)


class CannotRecord(Exception):
    """Something was done with an array that a recording cannot do again."""


#: What runs in a step.  An object that was given one of these for itself is not what its class declares.
METHODS = (
    "forward", "backward", "measure", "reduced", "value_and_gradient", "update", "step", "numbers", "draw", "build",
)  # fmt: skip


def replayable(part: Any) -> bool:
    """Whether the very class of a layer, activation, loss, regularizer or optimizer declares it; it is not inherited."""
    declared = bool(vars(type(part)).get("replayable", False))
    return declared and not any(name in vars(part) for name in METHODS)


def is_ours(part: Any) -> bool:
    """Whether its class is this library's, which the library's tests hold to what it declares."""
    return type(part).__module__.partition(".")[0] == "mlp"


@dataclass(slots=True)
class Call:
    """One call: ``out = function(*inputs, **options)``, ``out`` being memory, or a change of ``inputs[0]``."""

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    out: Array | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def quick(self) -> list[Callable[[], Any]]:
        """The call with all its arguments, as quick to make as NumPy has it; sometimes two quick ones for a slow one."""
        function, inputs, out, options = self.function, self.inputs, self.out, self.options
        if out is None:
            return [partial(function, *inputs)]
        if function is np.dot:
            return [partial(inputs[0].dot, inputs[1], out)]
        if is_elementwise(function):
            return _elementwise(function, inputs, out, options)
        if _is_maximum_of_short_rows(function, inputs, options):
            columns = np.empty(inputs[0].shape[::-1], out.dtype)
            largest = partial(np.maximum.reduce, columns, axis=0, out=out.reshape(-1))
            return [partial(np.copyto, columns, inputs[0].T), largest]
        if isinstance(getattr(function, "__self__", function), np.ufunc):  # a reduction, np.matmul
            return [partial(function, *inputs, out=out, **options)]
        if function is np.where and inputs[0].dtype.kind == "b":
            return [partial(np.copyto, out, inputs[2]), partial(np.copyto, out, inputs[1], where=inputs[0])]
        return [lambda: np.copyto(out, function(*inputs, **options))]


def _is_maximum_of_short_rows(function: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """The largest of each row of 100 x 10 takes 5.6 us, of each column 1.5, and to turn rows into columns 0.8."""
    return (
        getattr(function, "__self__", None) is np.maximum
        and function.__name__ == "reduce"
        and len(inputs) == 1
        and inputs[0].ndim == 2
        and 0 < inputs[0].shape[1] <= 64
        and options == {"axis": -1, "keepdims": True}
    )


def is_elementwise(function: Any) -> TypeGuard[np.ufunc]:
    """Whether it is a ufunc, and not one of those that work on whole vectors, such as ``np.matmul``."""
    return isinstance(function, np.ufunc) and function.signature is None


def _elementwise(
    function: np.ufunc, inputs: tuple[Any, ...], out: Array, options: dict[str, Any]
) -> list[Callable[[], Any]]:
    """The call of a ufunc between arrays of the result's shape or 0-d ones, which need no preparation.

    To add a row to a matrix of 32 x 5 takes 0.9 us, but to copy it for all rows 0.4 and then to add 0.2.  The maximum
    with a number takes three times as long as that with an array full of it.
    """
    calls: list[Callable[[], Any]] = []
    quick = []
    for value in inputs:
        if isinstance(value, np.ndarray) and value.shape != out.shape and value.size > 1:
            full = np.empty(out.shape, value.dtype)
            calls.append(partial(np.copyto, full, value))
            value = full
        elif isinstance(value, np.ndarray) and value.size == 1 < out.size and value.ndim:
            value = value.reshape(())
        elif type(value) is float and out.dtype.kind == "f":
            value = constant(value, out.dtype)
        if function in LIMITS and isinstance(value, np.ndarray) and not (value.ndim or value.flags.writeable):
            value = np.full(out.shape, value)
        quick.append(value)
    if options or function in LIMITS:
        calls.append(partial(function, *quick, out=out, **options))
    else:
        calls.append(partial(function, *quick, out))
    return calls


class Recording:
    """The calls of a pass, in order, and all memory that they write to."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._memory: dict[int, Array] = {}
        self._plain: dict[int, tuple[Watched, Array]] = {}
        self._quick: list[Callable[[], Any]] = []

    def watch(self, array: Array) -> Watched:
        """The same memory as an array that tells this recording what is done with it."""
        root = owner_of(array)
        self._memory[id(root)] = root
        watched = array.view(Watched)
        vars(watched)["_reference"] = weakref.ref(self)
        return watched

    def writes_to(self, array: Array) -> bool:
        """Whether a call writes into this memory."""
        written = (call.inputs[0] if call.out is None else call.out for call in self.calls)
        return any(owner_of(one) is owner_of(array) for one in written)

    def replay(self) -> Callable[[], None]:
        """A function that makes all calls again."""
        calls = self._quick

        def again() -> None:
            for call in calls:
                call()

        return again

    def add(self, function: Callable[..., Any], inputs: tuple[Any, ...], out: Any, **options: Any) -> Any:
        """Make a call and write it down; without ``out`` its result becomes memory of the recording."""
        plain = self.plain(inputs)
        options = {name: self.plain(value) for name, value in options.items()}
        if out is not None:
            if not isinstance(out, Watched):
                raise CannotRecord("a result was written into memory that is not the recording's")
            self._make(Call(function, plain, self.plain(out), options))
            return out
        result = function(*plain, **options)
        if not isinstance(result, np.ndarray | np.generic):
            raise CannotRecord(f"{function} gave {type(result).__name__}, not an array")
        if _shares_memory(result, plain):
            raise CannotRecord(f"{function} gave a view, through which somebody may write unseen")
        memory = np.asarray(result)
        call = Call(function, plain, memory, options)
        self.calls.append(call)
        self._quick += call.quick()
        return self.watch(memory)

    def change(self, function: Callable[..., Any], *inputs: Any) -> None:
        """Make a call that writes into its first input, and write it down."""
        self._make(Call(function, self.plain(inputs)))

    def _make(self, call: Call) -> None:
        quick = call.quick()
        for one in quick:
            one()
        self.calls.append(call)
        self._quick += quick

    def plain(self, value: Any) -> Any:
        """``value`` with plain arrays for watched ones."""
        if isinstance(value, Watched):
            # One object for one: a ufunc that gets the same as input and as output need not find out whether they overlap.
            known = self._plain.get(id(value))
            if known is not None:
                return known[1]
            array = _unwatched(value)
            if id(owner_of(array)) not in self._memory:
                raise CannotRecord("an array was made from a watched one by a call that was not seen")
            self._plain[id(value)] = value, array  # with the watched one, whose number nobody else may get
            return array
        return type(value)(map(self.plain, value)) if type(value) in (tuple, list) else value


def _unwatched(array: Array) -> Array:
    return np.ndarray.view(array, np.ndarray)


def converted(array: Array, dtype: Any) -> Array:
    """A copy of another type, as a function that can be written down."""
    return array.astype(dtype)


def owner_of(array: Array) -> Array:
    """The array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _shares_memory(result: Any, inputs: tuple[Any, ...]) -> bool:
    return any(isinstance(value, np.ndarray) and np.may_share_memory(result, value) for value in inputs)


class Watched(np.ndarray):
    """An array that does what arrays do and tells its recording."""

    # So that the result of a call that was not seen is a watched array without memory of the recording.
    __array_priority__ = 1000.0
    # Weak, for the recording's arrays are views of this one.
    _reference: weakref.ref[Recording]

    def __array_finalize__(self, source: Any) -> None:
        if isinstance(source, Watched):
            vars(self)["_reference"] = vars(source)["_reference"]

    @property
    def recording(self) -> Recording:
        """The recording, while it lasts."""
        recording: Recording | None = vars(self)["_reference"]()
        if recording is None:
            raise CannotRecord("the recording is over")
        return recording

    def __getattribute__(self, name: str) -> Any:
        if name not in SEEN and not name.startswith("__"):
            raise CannotRecord(f"an array was asked for its {name}")
        return super().__getattribute__(name)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        outs = options.pop("out", (None,))
        watched = [a for a in (*inputs, *outs) if isinstance(a, Watched)]
        if len(outs) > 1 or not watched:
            raise CannotRecord(
                f"{ufunc.__name__} with several results, or with a watched array as an option alone"
            )
        out, recording = outs[0], watched[0].recording
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        if method == "at":
            return recording.change(function, *inputs)
        return recording.add(function, inputs, out, **options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.dot and len(args) == 3:
            return self.recording.add(function, args[:2], args[2])
        return self.recording.add(function, args, kwargs.pop("out", None), **kwargs)

    def dot(self, b: Any, out: Any = None) -> Any:
        """The product, seen."""
        return self.recording.add(np.dot, (self, b), out)

    def reshape(self, *shape: Any) -> Any:  # type: ignore[override]
        """A view of another shape; where it would have to be a copy, there is none."""
        view = super().reshape(*shape)
        if not np.may_share_memory(_unwatched(view), _unwatched(self)):
            raise CannotRecord("an array was reshaped by copying it")
        return view

    def astype(self, dtype: Any, copy: bool = True) -> Any:  # type: ignore[override]
        """The array itself where it has the type already; else a conversion, seen."""
        return (
            self if self.dtype == dtype and not copy else self.recording.add(converted, (self, dtype), None)
        )

    def ravel(self, order: Any = "C") -> Any:
        """A flat view, likewise."""
        return self.reshape(-1)

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(part, np.ndarray | list) for part in parts):
            if any(
                np.asarray(_unwatched(p) if isinstance(p, Watched) else p).dtype.kind == "b" for p in parts
            ):
                raise CannotRecord("how many entries are chosen hangs on their values")
            return self.recording.add(operator.getitem, (self, index), None)
        part = super().__getitem__(index)
        return part if isinstance(part, Watched) else self._value()

    def __setitem__(self, index: Any, value: Any) -> None:
        self.recording.change(operator.setitem, self, index, value)

    def _value(self, *args: Any) -> Any:
        raise CannotRecord("a value was looked at")

    __bool__ = __complex__ = __float__ = __index__ = __int__ = __iter__ = _value
