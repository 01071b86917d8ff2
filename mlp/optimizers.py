"""Optimizers: how a gradient moves parameters, ``optimizer.step(parameters, gradient)``, in place.

An optimizer sees one flat vector and knows nothing of layers.  It is handed the vector at every step
and keeps no reference to it, only state of its own: step count and slots such as moments.
"""

from __future__ import annotations

import functools
import math
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from mlp import checks, schedules
from mlp.arrays import Array
from mlp.configurable import Configurable
from mlp.errors import ArgumentTypeError, ShapeError, StateError
from mlp.recording import CannotRecord, Recording, is_ours, replayable
from mlp.registry import Registry

__all__ = ["Adam", "Optimizer", "RMSprop", "SGD", "get", "schedules"]

#: A vector is worked on in blocks that stay in the processor's cache: half the time of whole-vector sweeps.
BLOCK = 16384

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
    _plan: _Plan | None = None
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

    def _recorded_update(self, plan: _Plan, parameters: Array, gradient: Array) -> Callable[[], None]:
        """Make a step and return its calls."""
        recording = Recording()
        watch = recording.watch
        numbers = tuple(map(watch, self._next_numbers(plan)))
        for part, slots, scratch in plan.blocks:
            w, g = watch(parameters[part]), watch(gradient[part])
            self.update(w, g, tuple(map(watch, slots)), numbers, watch(scratch))
        self.count_step()
        return recording.replay()

    def _next_numbers(self, plan: _Plan) -> tuple[Array, ...]:
        return plan.as_arrays(self.numbers(self.current_rate(), self.iterations + 1))

    def count_step(self) -> None:
        """One step more; now and then state that has become tiny is set to zero."""
        self.iterations += 1
        if self.iterations % FLUSH_EVERY == 0:
            self._flush_denormals()

    def plan_for(self, parameters: Array, gradient: Array) -> _Plan:
        """How a vector is cut into blocks, with state for it; errors as for `step`."""
        plan = self._plan
        if plan is None or not plan.fits(parameters, gradient):
            plan = self._plan = self._new_plan(parameters, gradient)
        return plan

    def _new_plan(self, parameters: Array, gradient: Array) -> _Plan:
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
        return _Plan(parameters, tuple(slots.values()), length)

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


class _Plan:
    """How a vector of one shape and type is cut into blocks."""

    def __init__(self, parameters: Array, slots: tuple[Array, ...], length: int) -> None:
        self.shape, self.dtype = parameters.shape, parameters.dtype
        scratch = np.empty(min(length, parameters.size), parameters.dtype)
        parts = [slice(start, start + length) for start in range(0, max(1, parameters.size), length)]
        #: Where a block lies in the vectors, its slots, and memory for it.
        self.blocks = [
            (part, tuple(slot[part] for slot in slots), scratch[: parameters[part].size]) for part in parts
        ]
        self._together = np.empty(0, self.dtype)
        self._apart: tuple[Array, ...] = ()
        self._fixed: tuple[float, ...] | None = None

    def fits(self, parameters: Any, gradient: Any) -> bool:
        """Whether both vectors are like the one that the plan was made for."""
        shape, dtype = self.shape, self.dtype
        return (
            type(parameters) is type(gradient) is np.ndarray
            and parameters.shape == gradient.shape == shape
            and parameters.dtype is gradient.dtype is dtype
        )

    def as_arrays(self, values: tuple[float, ...]) -> tuple[Array, ...]:
        """Numbers as 0-d arrays of the plan's type, which ufuncs take faster than Python floats."""
        if len(values) != len(self._together):
            self._together = np.empty(len(values), self.dtype)
            self._apart = tuple(self._together[i : i + 1].reshape(()) for i in range(len(values)))
            self._fixed = None
        if values[1:] == self._fixed:
            self._apart[0][()] = values[0]  # the one that changes at each step
        else:
            self._together[:] = values
            self._fixed = values[1:]
        return self._apart


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", Optimizer, str.lower)


@OPTIMIZERS.add()
class SGD(Optimizer):
    """``w -= learning_rate g``; with momentum ``m = momentum m - learning_rate g``, ``w += m``.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.01
        The rate.
    momentum : float in [0, 1], default 0
        How much of the last movement goes on.
    nesterov : bool, default False
        ``w += momentum m - learning_rate g`` instead (Sutskever et al. 2013, section 2).
    name : str, optional
        A name.

    Examples
    --------
    >>> w = np.array([1.0])
    >>> SGD(0.1).step(w, np.array([2.0]))
    >>> w
    array([0.8])
    """

    replayable = True

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, name)
        self.momentum = checks.real("momentum", momentum, 0.0, 1.0)
        self.nesterov = checks.flag("nesterov", nesterov)
        self.slot_names = ("momentum",) if self.momentum else ()

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Learning rate and momentum."""
        return rate, self.momentum

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, momentum = numbers
        np.multiply(g, rate, scratch)
        if slots:
            (m,) = slots
            m *= momentum
            m -= scratch
            if not self.nesterov:
                w += m
                return
            w += momentum * m
        w -= scratch


@OPTIMIZERS.add()
class RMSprop(Optimizer):
    """``v = rho v + (1 - rho) g^2``, ``w -= learning_rate g / sqrt(v + epsilon)``.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate.
    rho : float in [0, 1], default 0.9
        How slowly the mean of squares changes.
    momentum : float in [0, 1], default 0
        How much of the last movement goes on.
    epsilon : float, default 1e-7
        Keeps the root from zero; inside it, as in Keras.
    centered : bool, default False
        Subtract the squared mean of the gradients from ``v`` (Graves 2013, arXiv:1308.0850, eq. 40).
    name : str, optional
        A name.

    Examples
    --------
    >>> w = np.array([1.0])
    >>> RMSprop(0.1).step(w, np.array([2.0]))
    >>> w.round(4)
    array([0.6838])
    """

    replayable = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, name)
        self.rho = checks.real("rho", rho, 0.0, 1.0)
        self.momentum = checks.real("momentum", momentum, 0.0, 1.0)
        self.epsilon = checks.real("epsilon", epsilon, 0.0)
        self.centered = checks.flag("centered", centered)
        self.slot_names = (
            "velocity",
            *["momentum"] * bool(self.momentum),
            *["average_gradient"] * self.centered,
        )

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Learning rate, rho and its complement, epsilon, momentum."""
        return rate, self.rho, 1 - self.rho, self.epsilon, self.momentum

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, rho, rest, epsilon, momentum = numbers
        v = slots[0]
        np.multiply(g, g, scratch)
        scratch *= rest
        v *= rho
        v += scratch
        np.add(v, epsilon, scratch)
        if self.centered:
            mean = slots[-1]
            mean *= rho
            mean += rest * g
            np.subtract(v, mean * mean, scratch)
            np.maximum(scratch, 0.0, out=scratch)  # a variance, but for rounding
            scratch += epsilon
        np.sqrt(scratch, scratch)
        np.divide(g, scratch, scratch)
        scratch *= rate
        if self.momentum:
            m = slots[1]
            m *= momentum
            m += scratch
            w -= m
        else:
            w -= scratch


@OPTIMIZERS.add()
class Adam(Optimizer):
    """``m = b1 m + (1 - b1) g``, ``v = b2 v + (1 - b2) g^2``, ``w -= a_t m / (sqrt(v) + epsilon)``.

    Here ``a_t = learning_rate sqrt(1 - b2^t) / (1 - b1^t)``: the form of Kingma and Ba 2015
    (arXiv:1412.6980) at the end of section 2, which Keras uses; epsilon is its "epsilon hat".

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate.
    beta_1, beta_2 : float in [0, 1)
        How slowly the two moments change.
    epsilon : float, default 1e-7
        Keeps the denominator from zero.
    amsgrad : bool, default False
        Use the largest ``v`` so far (Reddi et al. 2018, arXiv:1904.09237).
    name : str, optional
        A name.

    Notes
    -----
    The slots hold ``m / (1 - b1)`` and ``v / (1 - b2)``, and ``a_t`` and epsilon make up for it: two
    operations on the whole vector less.  In float32 a gradient that stays above some 6e17 overflows ``v`` so
    (without the detour 2e19 would), and its parameter moves no more.

    Examples
    --------
    >>> w = np.array([1.0])
    >>> Adam(0.1).step(w, np.array([2.0]))
    >>> w.round(4)
    array([0.9])
    """

    replayable = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, name)
        self.beta_1 = checks.fraction("beta_1", beta_1)
        self.beta_2 = checks.fraction("beta_2", beta_2)
        self.epsilon = checks.real("epsilon", epsilon, 0.0)
        self.amsgrad = checks.flag("amsgrad", amsgrad)
        self.slot_names = ("momentum", "velocity", *["velocity_hat"] * self.amsgrad)

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """The step size, the betas and epsilon, the first and the last for slots without their factors."""
        beta_1, beta_2 = self.beta_1, self.beta_2
        root = math.sqrt(1 - beta_2)
        size = rate * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        return size * (1 - beta_1) / root, beta_1, beta_2, self.epsilon / root

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        size, beta_1, beta_2, epsilon = numbers
        m, v = slots[:2]
        m *= beta_1
        m += g
        v *= beta_2
        np.multiply(g, g, scratch)
        v += scratch
        if self.amsgrad:
            v = np.maximum(slots[2], v, out=slots[2])
        np.sqrt(v, scratch)
        scratch += epsilon
        np.divide(m, scratch, scratch)
        scratch *= size
        w -= scratch


def get(identifier: Any, argument: str = "") -> Optimizer:
    """The optimizer that a name, class or object means.

    Parameters
    ----------
    identifier : str, object, class or function
        What is meant.
    argument : str, optional
        What the caller calls it, for messages.

    Raises
    ------
    UnknownNameError, ArgumentTypeError
        If it means none.

    Examples
    --------
    >>> get("sgd"), get(Adam(0.01))
    (SGD(name='sgd'), Adam(learning_rate=0.01, name='adam'))
    """
    return OPTIMIZERS.get(identifier, argument)
