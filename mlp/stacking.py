"""Many recordings in one: every array of a recorded pass with one more axis in front, a place for each member.

A `Recording` is a list of NumPy calls on known memory.  Give each piece of memory that is written to K places,
one after the other, and make each call once for all of them: an elementwise call stays what it is, a product
becomes ``matmul``, an axis is counted from the end.  The formulas are those of the layers, which know nothing
of it, and each member gets the numbers that its own network would have computed, but for the order of a sum.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mlp.arrays import Array
from mlp.recording import Call, CannotRecord, Recording, converted, is_elementwise, owner_of

__all__ = ["Stack"]

#: Functions, beside ufuncs, whose result at one place hangs on their arguments at that place alone.
ELEMENTWISE = (np.where, np.zeros_like, np.ones_like, converted)

#: Reductions under the names of functions, with all axes unless told otherwise.
SUMS: dict[Callable[..., Any], Callable[..., Any]] = {np.sum: np.add.reduce, np.max: np.maximum.reduce}


class Stack:
    """A recording for K members at once.

    Parameters
    ----------
    recording : Recording
        The calls.
    k : int
        How many members.
    given : list of (ndarray, ndarray)
        Memory of the recording, and of shape (k, ...) what stands for it; all other memory that the calls write
        to is made here.

    Raises
    ------
    CannotRecord
        If one of the calls is of a kind that is not known here.
    """

    def __init__(self, recording: Recording, k: int, given: list[tuple[Array, Array]]) -> None:
        self.k = k
        self._memory: dict[int, tuple[Array, Array]] = {}
        for one, many in given:
            self._memory[id(owner_of(one))] = (owner_of(one), many)
        for call in recording.calls:
            root = owner_of(call.inputs[0] if call.out is None else call.out)
            if id(root) not in self._memory:
                # As flat bytes of the same layout, so that a view of one is a view of the other.
                self._memory[id(root)] = (root, np.empty((k, root.nbytes // root.itemsize), root.dtype))
        self._bound = [self._call(call) for call in recording.calls]

    def replay(self) -> None:
        """Make all calls."""
        for call in self._bound:
            call()

    def of(self, array: Array) -> Array | None:
        """What stands for an array of the recording, shape (k, ...); None for what all members share."""
        root = owner_of(array)
        if id(root) not in self._memory:
            return None
        many = self._memory[id(root)][1]
        begin = (array.__array_interface__["data"][0] - root.__array_interface__["data"][0]) // root.itemsize
        flat = many.reshape(self.k, -1)
        return as_strided(flat[:, begin:], (self.k, *array.shape), (flat.strides[0], *array.strides))

    def _input(self, value: Any, axes: int = 0) -> Any:
        """The same with as many axes behind the first as a call has that broadcasts its inputs to ``axes``."""
        if isinstance(value, tuple):
            return tuple(self._input(part, axes) for part in value)
        many = self.of(value) if isinstance(value, np.ndarray) else None
        if many is None:
            return value
        missing = max(0, axes - (many.ndim - 1))
        return many.reshape(self.k, *(1,) * missing, *many.shape[1:]) if missing else many

    def _call(self, call: Call) -> Callable[[], Any]:
        function, out = call.function, call.out
        if function is operator.setitem:
            return self._assignment(*call.inputs)
        if out is None:
            raise CannotRecord(
                "a change in place of another kind, such as random numbers, which each draws itself"
            )
        result = self.of(out)
        assert result is not None  # noqa: S101 - __init__ has made memory for every out
        if function in (np.dot, np.matmul):
            return self._product(call.inputs[0], call.inputs[1], result)
        if function is operator.getitem:
            return self._selection(call.inputs[0], call.inputs[1], result)
        if is_elementwise(function) and not call.options:
            inputs = [self._input(value, out.ndim) for value in call.inputs]
            return partial(function, *inputs, out=result)
        if function in SUMS or getattr(function, "__name__", "") == "reduce":
            return self._reduction(call, result)
        if function in ELEMENTWISE:
            inputs = [self._input(value, out.ndim) for value in call.inputs]
            return lambda: np.copyto(result, function(*inputs, **call.options))
        raise CannotRecord(f"{getattr(function, '__name__', function)} is not known for many members at once")

    def _product(self, a: Array, b: Array, result: Array) -> Callable[[], Any]:
        """``a.dot(b)`` as a product of matrices."""
        left, right = self._input(a), self._input(b)
        if a.ndim > 2 or b.ndim > 2:
            raise CannotRecord("a product of arrays of more than two axes")
        if a.ndim == b.ndim == 1:
            return partial(np.vecdot, left, right, result)
        if a.ndim == 1:  # a row, for every member
            return partial(np.matmul, left[..., None, :], right, result[..., None, :])
        if b.ndim == 1:
            return partial(np.matmul, left, right[..., None], result[..., None])
        return partial(np.matmul, left, right, result)

    def _reduction(self, call: Call, result: Array) -> Callable[[], Any]:
        """A reduction over axes counted from the end."""
        array, *rest = call.inputs
        options = dict(zip(("axis", "dtype"), rest, strict=False)) | call.options
        reduce: Callable[..., Any] = SUMS.get(call.function, call.function)
        axis = options.pop("axis", None if call.function in SUMS else 0)
        axes = range(array.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        from_end = tuple(i if i < 0 else i - array.ndim for i in axes)
        return partial(reduce, self._input(array), axis=from_end, out=result, **options)

    def _selection(self, array: Array, index: Any, result: Array) -> Callable[[], Any]:
        many, place = self._input(array), self._place(index)
        return lambda: np.copyto(result, many[place])

    def _assignment(self, array: Array, index: Any, value: Any) -> Callable[[], Any]:
        many, place = self._input(array), self._place(index)
        return partial(operator.setitem, many, place, self._input(value, array[index].ndim))

    def _place(self, index: Any) -> tuple[Any, ...]:
        """The index of the same entries of every member."""
        parts = index if isinstance(index, tuple) else (index,)
        arrays = [part for part in parts if isinstance(part, np.ndarray)]
        if not arrays:
            return (slice(None), *parts)
        if not all(
            isinstance(part, np.ndarray | int) and np.asarray(part).dtype.kind in "iu" for part in parts
        ):
            raise CannotRecord("an index that is made of arrays and of something else")
        axes = max(part.ndim for part in arrays)
        return (np.arange(self.k).reshape(-1, *(1,) * axes), *(self._input(part, axes) for part in parts))
