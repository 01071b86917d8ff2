"""The optimizer: how a gradient moves parameters, ``optimizer.step(parameters, gradient)``, in place.

An optimizer sees one flat vector and knows nothing of layers.  It is handed the vector at every step
and keeps no reference to it, only state of its own: step count and slots such as moments.
"""

from __future__ import annotations

import dataclasses
import functools
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from mlp import checks, schedules
from mlp.arrays import Array
from mlp.errors import ArgumentTypeError, ShapeError, StateError
from mlp.optimizers.common import Common
from mlp.optimizers.plan import BLOCK, Piece, Plan, blocks_of
from mlp.recording import CannotRecord, Recording, is_ours, replayable
from mlp.registry import Registry

__all__ = ["FLUSH_EVERY", "OPTIMIZERS", "Optimizer"]

#: A step over more blocks than these is arithmetic, and writing down its calls would cost more than it brings.
FEW_BLOCKS = 8

#: Every so many steps, decaying state that has become tiny is set to zero: on denormal numbers a step takes up to
#: three times as long, by the processor.
FLUSH_EVERY = 128


class Optimizer(Common):
    """A rule for moving parameters; subclass it, giving ``slot_names``, ``numbers`` and ``update`` (or just ``step``).

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate, or a function of the step that gives it.
    weight_decay : float, optional
        ``w -= learning_rate weight_decay w`` before each step (Loshchilov and Hutter 2019, arXiv:1711.05101).
    clipnorm : float, optional
        Shorten the gradient of each weight array to this Euclidean norm if it is longer.
    clipvalue : float, optional
        Limit each number of the gradient to ``[-clipvalue, clipvalue]``.
    global_clipnorm : float, optional
        Shorten the whole gradient to this norm.  Of the three there may be one.
    use_ema : bool, default False
        Keep a moving average of the parameters, which they become at the end of `Network.fit`.
    ema_momentum : float in [0, 1], default 0.99
        ``average = ema_momentum average + (1 - ema_momentum) w`` after each step; the first is ``w`` itself.
    ema_overwrite_frequency : int, optional
        After every so many steps the parameters become the average.
    loss_scale_factor : float, optional
        ``step`` divides gradients by it, for they are those of `scale_loss`; `Network.fit` multiplies them, so that it finds
        what it finds without, for a power of 2 to the last bit.
    gradient_accumulation_steps : int, optional
        Make a step only with every so many gradients, with their mean.  A schedule is asked for the rate of the
        gradient, not of the step, as in Keras.
    name : str, optional
        The class's name in lower case unless given.

    Attributes
    ----------
    iterations : int
        How many steps have been made.
    accumulated : int
        How many gradients have been gathered since, where ``gradient_accumulation_steps`` is given.
    slots : dict of str to ndarray
        The state, one vector per name in ``slot_names``, then ``average`` and ``gradient_accumulator`` where needed.
    pieces : tuple of Piece
        The weight arrays that the vector is made of, told by who owns it; without them it counts as one array.
    couples_entries : bool
        Where one entry goes hangs on the others, as with a norm over all of them.  A class that declares it gets
        the whole vector in ``update``, which else sees one block of it at a time; `mlp.testing.check_optimizer`
        objects if it is not declared.
    by_array : bool
        ``update`` gets one weight array at a time, and never a part of one; declared beside ``couples_entries``.
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
    by_array: bool = False

    iterations = 0
    #: Whether layers have come or gone since the state was made.
    outdated = False
    accumulated = 0
    _pieces: tuple[Piece, ...] = ()
    _serves: weakref.ref[Any] | None = None
    _learning_rate: float | Callable[[int], float] = 0.001

    def __init__(self, learning_rate: Any = 0.001, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._learning_rate = schedules.get(learning_rate)
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

        Returns
        -------
        float
            The rate.

        Raises
        ------
        ArgumentError
            If a schedule gives a negative or non-finite rate.

        Examples
        --------
        >>> from mlp.optimizers import SGD
        >>> from mlp.schedules import ExponentialDecay
        >>> sgd = SGD(ExponentialDecay(0.5, decay_steps=1, decay_rate=0.5))
        >>> sgd.step(np.array([1.0]), np.array([1.0]))
        >>> sgd.current_rate()
        0.25
        """
        rate = self._learning_rate
        if not callable(rate):
            return rate
        gradients = self.iterations * (self.gradient_accumulation_steps or 1) + self.accumulated
        return checks.real("the schedule's learning rate", rate(gradients), 0.0)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The weight arrays that the vector is made of; assigned by who owns the vector."""
        return self._pieces

    @pieces.setter
    def pieces(self, pieces: tuple[Piece, ...]) -> None:
        if pieces != self._pieces:
            self._pieces, self._plan = pieces, None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """An optimizer with these arguments; its rate may be 0, as a callback may have left it."""
        rest = {name: value for name, value in config.items() if name != "learning_rate"}
        optimizer = cls(**rest)
        if "learning_rate" in config:
            optimizer.learning_rate = config["learning_rate"]
        return optimizer

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """What ``update`` needs at step ``t`` = 1, 2, ... with learning rate ``rate``; it gets the numbers as 0-d arrays."""
        return (rate,)

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """Move the parameters ``w`` and the state in ``slots``, in place.

        Parameters
        ----------
        w : ndarray, shape (m,)
            A block of the parameters.
        g : ndarray, shape (m,)
            Its gradient.
        slots : tuple of ndarray, shape (m,)
            The block's state, one array for each of ``slot_names``.
        numbers : tuple of 0-d ndarray
            What `numbers` gives.
        scratch : ndarray, shape (m,)
            Free to be overwritten.
        """
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

        Examples
        --------
        >>> from mlp.optimizers import SGD
        >>> w = np.array([1.0, 2.0])
        >>> SGD(0.5).step(w, np.array([3.0, -1.0]))
        >>> w
        array([-0.5,  2.5])
        """
        plan = self.plan_for(parameters, gradient)
        if plan.more_to_do:
            self._long_step(plan, parameters, gradient)
            return
        numbers, move = self._next_numbers(plan), self.mover()
        for part, slots, scratch in plan.blocks:
            move(parameters[part], gradient[part], slots, numbers, scratch)
        self.count_step()

    def _long_step(self, plan: Plan, w: Array, g: Array) -> None:
        """A step with all that may be asked of it, in the order of Keras."""
        rate = self.current_rate()
        gradient = self._gathered(self._unscaled(g))
        if gradient is not None:
            self._move(plan, w, self._clipped(gradient, plan.pieces), rate)
        if self.use_ema:
            self._average(self.slots["average"], w, self.iterations)
        if gradient is not None:
            self.count_step()

    def _gathered(self, g: Array) -> Array | None:
        """The gradient of a step, which may be the mean of several; None if it is not yet due."""
        every = self.gradient_accumulation_steps
        if every is None:
            return g
        gathered = self.slots["gradient_accumulator"]
        gathered += g
        self.accumulated = (self.accumulated + 1) % every
        if self.accumulated:
            return None
        mean: Array = gathered / every
        gathered.fill(0)
        return mean

    def _move(self, plan: Plan, w: Array, g: Array, rate: float) -> None:
        """Weight decay and the update, with the rate and the decay of each array."""
        if self._decays:
            decay = rate * (self.weight_decay or 0.0)
            for piece in filter(self._is_decayed, plan.pieces):
                w[piece.part] -= w[piece.part] * (decay * piece.multiplier)
        before = w.copy() if plan.scales_motion else w
        for multiplier, blocks in plan.groups.items():
            numbers = plan.as_arrays(self.numbers(rate * multiplier, self.iterations + 1))
            for part, slots, scratch in blocks:
                self.update(w[part], g[part], slots, numbers, scratch)
        if plan.scales_motion:  # one update for all arrays has one rate
            for piece in plan.pieces:
                start = before[piece.part]
                w[piece.part] = start + (w[piece.part] - start) * piece.multiplier

    def mover(self) -> Callable[[Array, Array, tuple[Array, ...], tuple[Array, ...], Array], None]:
        """What moves a block, called like `update` with the numbers of `all_numbers`."""
        return self._decay_and_update if self._decays else self.update

    def all_numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Those of `numbers` at rate ``rate`` and step ``t``, and behind them the share that weight decay takes, if it does."""
        numbers = self.numbers(rate, t)
        return (*numbers, rate * (self.weight_decay or 0.0)) if self._decays else numbers

    def _decay_and_update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        *own, decay = numbers
        np.multiply(w, decay, scratch)
        w -= scratch
        self.update(w, g, slots, tuple(own), scratch)

    def finalize_variable_values(self, parameters: Array) -> None:
        """The end of training: with ``use_ema`` the ``parameters`` become their average, in place."""
        if self.use_ema and "average" in self.slots:
            parameters[...] = self.slots["average"]

    def recorded_step(self, parameters: Array, gradient: Array) -> Callable[[], None]:
        """Make a `step`, and a function that makes the next ones on the same vectors, from memory if it can.

        The function is for one training; whoever asked for it throws it away then, and with it the vectors.

        Parameters
        ----------
        parameters, gradient : ndarray, shape (n,)
            As for `step`.

        Returns
        -------
        callable
            Called without arguments, it makes one step.
        """
        plan = self.plan_for(parameters, gradient)
        plainly = plan.more_to_do or len(plan.blocks) > FEW_BLOCKS
        if plainly or not self._can_be_recorded(parameters.dtype):
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
        numbers = (recording.watch(np.array(v, dtype)) for v in self.all_numbers(1.0, 1))
        try:
            with np.errstate(all="ignore"):  # zeros are no state of every rule
                self.mover()(w, g, tuple(slots), tuple(numbers), scratch)
        except CannotRecord:
            return False
        return True

    def _recorded_update(self, plan: Plan, parameters: Array, gradient: Array) -> Callable[[], None]:
        """Make a step and return its calls."""
        recording = Recording()
        watch, move = recording.watch, self.mover()
        numbers = tuple(map(watch, self._next_numbers(plan)))
        for part, slots, scratch in plan.blocks:
            w, g = watch(parameters[part]), watch(gradient[part])
            move(w, g, tuple(map(watch, slots)), numbers, watch(scratch))
        self.count_step()
        return recording.replay()

    def _next_numbers(self, plan: Plan) -> tuple[Array, ...]:
        return plan.as_arrays(self.all_numbers(self.current_rate(), self.iterations + 1))

    def count_step(self) -> None:
        """One step more; now and then state that has become tiny is set to zero."""
        self.iterations += 1
        if self.iterations % FLUSH_EVERY == 0:
            self._flush_denormals()

    def outdate(self) -> None:
        """Layers have come or gone: no step is made with state that belongs to others, even if there is as much of it."""
        self._plan = None
        self.outdated = self.outdated or bool(vars(self).get("slots"))

    def plan_for(self, parameters: Array, gradient: Array) -> Plan:
        """How the vectors ``parameters`` and ``gradient`` are cut into blocks, with state for it; errors as for `step`."""
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
        if not slots:
            slots.update({name: self.initial_slot(name, parameters) for name in self.slot_names})
            slots.update({name: np.zeros_like(parameters) for name in self.common_slots})
        for name, slot in slots.items():
            if slot.shape != parameters.shape or slot.dtype != parameters.dtype:
                raise StateError(
                    f"this {type(self).__name__} has made steps on {slot.size} parameters of {slot.dtype} (slot {name!r}), "
                    f"got {parameters.size} of {parameters.dtype}; compile again with a new optimizer"
                )
        if self.outdated:
            raise StateError(
                f"this {type(self).__name__} has made steps on layers of which some have come or gone since; compile again "
                "with a new optimizer"
            )
        size, pieces = parameters.size, self._pieces
        if not pieces or pieces[-1].stop != size:
            pieces = (Piece(0, size),)
        own = tuple(slots[name] for name in self.slot_names)
        more = self._has_more_to_do or (self._decays and bool(self._undecayed))
        return Plan(parameters, own, self._parts(pieces), pieces, more)

    def _parts(self, pieces: tuple[Piece, ...]) -> dict[float, list[slice]]:
        """The blocks that `update` is called for, by the factor of their rate."""
        size = pieces[-1].stop
        if self.by_array:
            parts: dict[float, list[slice]] = {}
            for piece in pieces:
                parts.setdefault(piece.multiplier, []).append(piece.part)
            return parts
        if type(self).couples_entries:
            return {1.0: [slice(0, size)]}
        runs: list[Piece] = []
        for piece in pieces:
            if runs and runs[-1].multiplier == piece.multiplier:
                piece = dataclasses.replace(piece, start=runs.pop().start)
            runs.append(piece)
        parts = {}
        for run in runs:
            parts.setdefault(run.multiplier, []).extend(blocks_of(run.start, run.stop, BLOCK))
        return parts

    def initial_slot(self, name: str, parameters: Array) -> Array:
        """The state with which the slot ``name`` begins for a vector of ``parameters``: zeros."""
        return np.zeros_like(parameters)

    def _flush_denormals(self) -> None:
        for slot in self.slots.values():
            # Far above the denormals, and so far below anything that counts that no result changes.
            limit, flat = np.finfo(slot.dtype).tiny ** 0.8, slot.reshape(-1)
            for start in range(0, flat.size, BLOCK):
                block = flat[start : start + BLOCK]
                block[np.abs(block) < limit] = 0

    def serve(self, owner: Any) -> None:
        """Belong to one ``owner`` of parameters, for state made for one vector would train another one wrongly.

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
        """Step count, slots and what else goes on from step to step, as copies, for files.

        Returns
        -------
        dict
            Arrays are copies.

        Examples
        --------
        >>> from mlp.optimizers import SGD
        >>> SGD().get_state()
        {'iterations': 0, 'learning_rate': 0.01, 'slots': {}}
        """
        rate = self._learning_rate
        more: dict[str, Any] = {"accumulated": self.accumulated} if self.gradient_accumulation_steps else {}
        if self._undecayed:
            more["undecayed"] = list(self._undecayed)
        return {
            "iterations": self.iterations,
            "learning_rate": None if callable(rate) else rate,
            "slots": {name: slot.copy() for name, slot in vars(self).get("slots", {}).items()},
            **more,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over the ``state`` that `get_state` returned.

        Raises
        ------
        StateError
            If the slots are not this optimizer's.
        """
        slots = {name: np.array(slot) for name, slot in state["slots"].items()}
        names = (*self.slot_names, *self.common_slots)
        if slots and set(slots) != set(names):
            raise StateError(f"{type(self).__name__} has slots {list(names)}, got {list(slots)}")
        iterations = checks.integer("iterations", state["iterations"], 0, 2**62)
        if state.get("learning_rate") is not None:
            self.learning_rate = state["learning_rate"]
        self.exclude_from_weight_decay(var_names=state.get("undecayed", self._undecayed))
        self.accumulated = checks.integer("accumulated", state.get("accumulated", 0), 0)
        self.iterations, self.slots = iterations, {name: slots[name] for name in names if slots}
        self._plan = None

    def __getstate__(self) -> dict[str, Any]:
        # The plan holds views of the slots, which a copy would cut off from them.
        return {**vars(self), "_plan": None, "_serves": None}


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", Optimizer, str.lower)
