"""The optimizer: how a gradient moves parameters, ``optimizer.step(parameters, gradient)``, in place.

An optimizer sees one flat vector and knows nothing of layers.  It is handed the vector at every step
and keeps no reference to it, only state of its own: step count and slots such as moments.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from mlp import checks, schedules
from mlp.arrays import Array
from mlp.configurable import Configurable
from mlp.errors import ArgumentTypeError, ShapeError, StateError
from mlp.optimizers.plan import BLOCK, Plan
from mlp.recording import CannotRecord, Recording, is_ours, replayable
from mlp.registry import Registry

__all__ = ["FLUSH_EVERY", "OPTIMIZERS", "Optimizer"]

#: A step over more blocks than these is arithmetic, and writing down its calls would cost more than it brings.
FEW_BLOCKS = 8

#: Every so many steps, decaying state that has become tiny is set to zero: on denormal numbers a step takes up to
#: three times as long, by the processor.
FLUSH_EVERY = 128


class Optimizer(Configurable):
    """A rule for moving parameters; subclass it, giving ``slot_names``, ``numbers`` and ``update`` (or just ``step``).

    Parameters
    ----------
    learning_rate : float, schedule or callable
        The rate, or a function of the step that gives it.
    name : str, optional
        The class's name in lower case unless given.

    Attributes
    ----------
    iterations : int
        How many steps have been made.
    slots : dict of str to ndarray
        The state, one vector per name in ``slot_names``.
    couples_entries : bool
        Where one entry goes hangs on the others, as with a norm over all of them.  A class that declares it gets
        the whole vector in ``update``, which else sees one block of it at a time; `mlp.testing.check_optimizer`
        objects if it is not declared.
    decays_weights : bool
        Parameters shrink even where the gradient is zero; declared likewise.

    Examples
    --------
    >>> import numpy as np
    >>> class SignDescent(Optimizer):
    ...     def update(self, w, g, slots, numbers, scratch):
    ...         np.sign(g, out=scratch)
    ...         scratch *= numbers[0]
    ...         w -= scratch
    >>> w = np.array([1.0, 2.0])
    >>> SignDescent(0.5).step(w, np.array([3.0, -0.1]))
    >>> w
    array([0.5, 2.5])
    """

    slot_names: tuple[str, ...] = ()
    couples_entries: bool = False
    decays_weights: bool = False

    iterations = 0
    _plan: Plan | None = None
    _serves: weakref.ref[Any] | None = None
    _learning_rate: float | Callable[[int], float] = 0.001

    def __init__(self, learning_rate: Any = 0.001, name: str | None = None) -> None:
        self._learning_rate = schedules.get(learning_rate)
        self.name = name or type(self).__name__.lower()
        self.iterations = 0
        self.slots: dict[str, Array] = {}

    @property
    def learning_rate(self) -> Any:
        """The rate, or the schedule; assignment takes a number >= 0, a schedule or a function of the step."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        number = not callable(value) and not isinstance(value, dict | str)
        self._learning_rate = checks.real("learning_rate", value, 0.0) if number else schedules.get(value)

    def current_rate(self) -> float:
        """The learning rate of the next step.

        Raises
        ------
        ArgumentError
            If a schedule gives a negative or non-finite rate.
        """
        rate = self._learning_rate
        return (
            checks.real("the schedule's learning rate", rate(self.iterations), 0.0)
            if callable(rate)
            else rate
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """An optimizer with these arguments; its rate may be 0, as a callback may have left it."""
        rest = {name: value for name, value in config.items() if name != "learning_rate"}
        optimizer = cls(**rest)
        if "learning_rate" in config:
            optimizer.learning_rate = config["learning_rate"]
        return optimizer

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """The numbers that ``update`` needs at step ``t`` = 1, 2, ...; they reach it as 0-d arrays."""
        return (rate,)

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """Move ``w`` in place; ``slots`` hold this block's state, ``scratch`` is free to be overwritten."""
        raise NotImplementedError(
            f"{type(self).__name__} must define update(self, w, g, slots, numbers, scratch)"
        )

    def step(self, parameters: Array, gradient: Array) -> None:
        """Move the parameters once, in place.

        Parameters
        ----------
        parameters, gradient : ndarray, shape (size,)
            The vector and the loss's gradient with respect to it, of one floating type.

        Raises
        ------
        ArgumentTypeError, ShapeError
            If they are not two arrays of one shape and type.
        StateError
            If the vector is not the one that earlier steps were made on, by size or type.
        """
        plan = self.plan_for(parameters, gradient)
        numbers = self._next_numbers(plan)
        for part, slots, scratch in plan.blocks:
            self.update(parameters[part], gradient[part], slots, numbers, scratch)
        self.count_step()

    def recorded_step(self, parameters: Array, gradient: Array) -> Callable[[], None]:
        """Make a `step` and return a function that makes the next ones on the same vectors, from memory if it can.

        The function is for one training; whoever asked for it throws it away then, and with it the vectors.
        """
        plan = self.plan_for(parameters, gradient)
        if len(plan.blocks) > FEW_BLOCKS or not self._can_be_recorded(parameters.dtype):
            self.step(parameters, gradient)
            return functools.partial(self.step, parameters, gradient)
        again = self._recorded_update(plan, parameters, gradient)

        def next_step() -> None:
            if self._plan is plan:
                self._next_numbers(plan)
                again()
                self.count_step()
            else:  # other state has been set since
                self.step(parameters, gradient)

        return next_step

    def _can_be_recorded(self, dtype: np.dtype[Any]) -> bool:
        """Whether ``update`` makes the same calls at every step, tried on vectors of one entry."""
        if not (replayable(self) and is_ours(self)):  # nobody would compare its step with a plain one
            return False
        recording = Recording()
        w, g, scratch, *slots = (
            recording.watch(np.zeros(1, dtype)) for _ in ("w", "g", "scratch", *self.slot_names)
        )
        numbers = (recording.watch(np.array(v, dtype)) for v in self.numbers(1.0, 1))
        try:
            self.update(w, g, tuple(slots), tuple(numbers), scratch)
        except CannotRecord:
            return False
        return True

    def _recorded_update(self, plan: Plan, parameters: Array, gradient: Array) -> Callable[[], None]:
        """Make a step and return its calls."""
        recording = Recording()
        watch = recording.watch
        numbers = tuple(map(watch, self._next_numbers(plan)))
        for part, slots, scratch in plan.blocks:
            w, g = watch(parameters[part]), watch(gradient[part])
            self.update(w, g, tuple(map(watch, slots)), numbers, watch(scratch))
        self.count_step()
        return recording.replay()

    def _next_numbers(self, plan: Plan) -> tuple[Array, ...]:
        return plan.as_arrays(self.numbers(self.current_rate(), self.iterations + 1))

    def count_step(self) -> None:
        """One step more; now and then state that has become tiny is set to zero."""
        self.iterations += 1
        if self.iterations % FLUSH_EVERY == 0:
            self._flush_denormals()

    def plan_for(self, parameters: Array, gradient: Array) -> Plan:
        """How a vector is cut into blocks, with state for it; errors as for `step`."""
        plan = self._plan
        if plan is None or not plan.fits(parameters, gradient):
            plan = self._plan = self._new_plan(parameters, gradient)
        return plan

    def _new_plan(self, parameters: Array, gradient: Array) -> Plan:
        for name, array in (("parameters", parameters), ("gradient", gradient)):
            if getattr(array, "dtype", np.dtype(int)).kind not in "fc" or not hasattr(array, "flags"):
                raise ArgumentTypeError(f"{name} must be a floating-point array, got {type(array).__name__}")
        if parameters.shape != gradient.shape or parameters.ndim != 1 or parameters.dtype != gradient.dtype:
            raise ShapeError(
                "parameters and gradient must be vectors of one size and type, "
                f"got {parameters.shape} {parameters.dtype} and {gradient.shape} {gradient.dtype}"
            )
        slots = vars(self).setdefault("slots", {})
        if not slots and self.slot_names:
            slots.update({name: self.initial_slot(name, parameters) for name in self.slot_names})
        for name, slot in slots.items():
            if slot.shape != parameters.shape or slot.dtype != parameters.dtype:
                raise StateError(
                    f"this {type(self).__name__} has made steps on {slot.size} parameters of {slot.dtype} (slot {name!r}), "
                    f"got {parameters.size} of {parameters.dtype}; compile again with a new optimizer"
                )
        length = max(1, parameters.size) if self.couples_entries else BLOCK
        return Plan(parameters, tuple(slots.values()), length)

    def initial_slot(self, name: str, parameters: Array) -> Array:
        """The state a slot begins with: zeros."""
        return np.zeros_like(parameters)

    def _flush_denormals(self) -> None:
        for slot in self.slots.values():
            # Far above the denormals, and so far below anything that counts that no result changes.
            limit, flat = np.finfo(slot.dtype).tiny ** 0.8, slot.reshape(-1)
            for start in range(0, flat.size, BLOCK):
                block = flat[start : start + BLOCK]
                block[np.abs(block) < limit] = 0

    def serve(self, owner: Any) -> None:
        """Belong to one owner of parameters, for state made for one vector would train another one wrongly.

        Raises
        ------
        StateError
            If it belongs to another one, which still exists.
        """
        other = None if self._serves is None else self._serves()
        if other is not None and other is not owner:
            raise StateError(
                f"this {type(self).__name__} belongs to another network; make a new one, or copy.deepcopy it"
            )
        self._serves = weakref.ref(owner)

    def get_state(self) -> dict[str, Any]:
        """Step count and slots, as copies, for files.

        Examples
        --------
        >>> from mlp.optimizers import SGD
        >>> SGD().get_state()
        {'iterations': 0, 'learning_rate': 0.01, 'slots': {}}
        """
        rate = self._learning_rate
        return {
            "iterations": self.iterations,
            "learning_rate": None if callable(rate) else rate,
            "slots": {name: slot.copy() for name, slot in vars(self).get("slots", {}).items()},
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned.

        Raises
        ------
        StateError
            If the slots are not this optimizer's.
        """
        slots = {name: np.array(slot) for name, slot in state["slots"].items()}
        if slots and tuple(slots) != tuple(self.slot_names):
            raise StateError(f"{type(self).__name__} has slots {list(self.slot_names)}, got {list(slots)}")
        iterations = checks.integer("iterations", state["iterations"], 0, 2**62)
        if state.get("learning_rate") is not None:
            self.learning_rate = state["learning_rate"]
        self.iterations, self.slots = iterations, slots
        self._plan = None

    def __getstate__(self) -> dict[str, Any]:
        # The plan holds views of the slots, which a copy would cut off from them.
        return {**vars(self), "_plan": None, "_serves": None}


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", Optimizer, str.lower)
