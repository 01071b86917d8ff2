"""Many small networks of one architecture, trained at once.

A step of a small network costs what its NumPy calls cost, whatever little they do.  Networks that differ in
their weights, seeds, learning rates or rows of data make the same calls, so they can share them: one recorded
pass (`mlp.recording`), with a place for every network in each array (`mlp.stacking`).
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array, all_finite
from mlp.callbacks import History
from mlp.configurable import encode
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, NonFiniteError, ShapeError, StateError
from mlp.evaluation import Tally
from mlp.interrupt import Interrupt
from mlp.network import Network
from mlp.optimizers import BLOCK, Optimizer
from mlp.optimizers.plan import pieces_of
from mlp.passes import RecordedPass
from mlp.recording import CannotRecord, is_ours, replayable
from mlp.rows import as_array
from mlp.samples import Samples
from mlp.sparse import is_sparse
from mlp.stacking import Stack

__all__ = ["Ensemble"]

#: Networks with more parameters are trained one after another: a step of theirs is arithmetic, not calls.
LARGEST = 2**14


class Ensemble:
    """Networks of one architecture, compiled alike but for the learning rate, that are trained together.

    Parameters
    ----------
    networks : iterable of Network
        Ordinary networks, each with its own weights, generator and optimizer.

    Raises
    ------
    ArgumentTypeError, ArgumentError, StateError
        If there is none, one is there twice, one is not compiled, or two differ in more than weights, names and
        learning rate.

    Examples
    --------
    Eight seeds, of which the best is kept:

    >>> from mlp.layers import Dense
    >>> def build(seed):
    ...     hidden = Dense(5, activation="tanh", input_dim=2)
    ...     net = Network([hidden, Dense(1, activation="sigmoid")], rng=seed)
    ...     net.compile(optimizer="adam", loss="binary_crossentropy")
    ...     return net
    >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> ensemble = Ensemble(build(seed) for seed in range(8))
    >>> histories = ensemble.fit(x, y, epochs=500)
    >>> best = min(ensemble, key=lambda net: net.evaluate(x, y))
    >>> best.predict(x).shape, ensemble.predict(x).shape
    ((4, 1), (8, 4, 1))
    """

    def __init__(self, networks: Any) -> None:
        if not isinstance(networks, Iterable):
            raise ArgumentTypeError(f"networks must be several networks, got {networks!r}")
        self._networks = tuple(networks)
        if not self._networks:
            raise ArgumentError("an ensemble needs at least one network")
        for i, net in enumerate(self._networks):
            if not isinstance(net, Network):
                raise ArgumentTypeError(f"networks[{i}] must be a Network, got {net!r}")
            net.compiled.needed_loss()
            if net.takes_several or net.n_outputs > 1:
                raise ArgumentError(
                    f"networks[{i}] has several inputs or outputs; an ensemble's have one of each"
                )
        for what, things in (("network", self._networks), ("generator", [net.rng for net in self._networks])):
            if len({id(thing) for thing in things}) < len(self._networks):
                raise StateError(
                    f"a {what} is in the ensemble twice; each network needs its own, as of net.copy()"
                )
        self._refuse_differences()

    def _refuse_differences(self) -> None:
        first = _description(self._networks[0])
        for i, net in enumerate(self._networks[1:], 1):
            for what, described in _description(net).items():
                if described != first[what]:
                    raise ArgumentError(
                        f"networks[{i}] differs from networks[0] in its {what}; an ensemble has one"
                    )

    @property
    def networks(self) -> tuple[Network, ...]:
        """The networks, as they were given."""
        return self._networks

    def __len__(self) -> int:
        return len(self._networks)

    def __iter__(self) -> Iterator[Network]:
        return iter(self._networks)

    def __getitem__(self, index: int) -> Network:
        net: Network = self._networks[index]
        return net

    def __repr__(self) -> str:
        return f"<Ensemble of {len(self)} times {self._networks[0]!r}>"

    def predict(self, x: Any) -> Array:
        """The outputs of all networks for the same rows.

        Parameters
        ----------
        x : array_like, shape (n,) + input_shape
            The rows.

        Returns
        -------
        ndarray, shape (k, n) + output_shape
            What each network's `Network.predict` gives.

        Raises
        ------
        ShapeError, DataError
            If the rows do not fit or are not finite.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> nets = [Network([Dense(1, input_dim=2)]) for _ in range(3)]
        >>> for net in nets:
        ...     net.compile("sgd", "mse")
        >>> Ensemble(nets).predict([[1.0, 2.0], [3.0, 4.0]]).shape
        (3, 2, 1)
        """
        return np.stack([net.predict(x) for net in self._networks])

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = None,
        epochs: int = 1,
        rows: Sequence[Any] | None = None,
        shuffle: bool = True,
        sample_weight: Any = None,
    ) -> list[History]:
        """Train every network as ``net.fit(x[rows[k]], y[rows[k]], ...)`` would, all of them at once.

        Weights, optimizers, generators and histories are then those that `Network.fit` would have left, but for
        rounding.  What cannot be trained together is trained one after another: layers that draw random numbers or
        change state of their own, optimizers of one's own, frozen or constrained weights, networks of more than 16,384
        parameters, whose steps are arithmetic and not calls.

        Parameters
        ----------
        x, y : array_like
            Rows and targets, of equal length.
        batch_size : int, optional
            Rows in a step, 32 unless given.
        epochs : int, default 1
            How many times all rows are seen.
        rows : list of array of int, optional
            The rows that each network is trained on; all unless given.
        shuffle : bool, default True
            Draw a new order of the rows for each epoch and network, each from the network's own generator.
        sample_weight : array_like, shape (n,), optional
            Weights of the rows.

        Returns
        -------
        list of History
            One for each network, also kept as ``net.history``.

        Raises
        ------
        ShapeError, DataError, ArgumentError, StateError
            If something does not fit; nothing is changed then.
        NonFiniteError
            If a network's loss or gradient is not finite; the weights of all that are trained together are those
            before that step.

        Examples
        --------
        Three folds, each network tested on the rows that it has not seen:

        >>> from mlp.layers import Dense
        >>> from mlp.datasets import load_iris
        >>> x, y = load_iris()
        >>> folds = [np.flatnonzero(np.arange(len(x)) % 3 != k) for k in range(3)]
        >>> def build(seed):
        ...     hidden = Dense(8, activation="relu", input_dim=4)
        ...     net = Network([hidden, Dense(3, activation="softmax")], rng=seed)
        ...     net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        ...     return net
        >>> ensemble = Ensemble(build(0) for _ in folds)
        >>> histories = ensemble.fit(x, y, batch_size=8, epochs=100, rows=folds)
        >>> held_out = [(np.delete(x, fold, 0), np.delete(y, fold)) for fold in folds]
        >>> [net.evaluate(*rows)[1] > 0.9 for net, rows in zip(ensemble, held_out)]
        [True, True, True]
        """
        size = 32 if batch_size is None else checks.integer("batch_size", batch_size)
        epochs, shuffle = checks.integer("epochs", epochs, 0), checks.flag("shuffle", shuffle)
        self._refuse_differences()
        if is_sparse(x):
            raise DataError(
                "x is a sparse matrix, which networks trained together do not take; use x.toarray()"
            )
        samples = Samples.checked(self._networks[0], x, y, sample_weight)
        chosen = _rows(rows, len(self), len(samples))
        alike: dict[Any, list[int]] = defaultdict(list)
        for k, net in enumerate(self._networks):
            alike[len(chosen[k]), net.optimizer.iterations].append(k)
        for members in alike.values():
            nets, of_each = [self._networks[k] for k in members], [chosen[k] for k in members]
            try:
                with np.errstate(all="ignore"):  # what is not finite is looked for in training
                    together = _Together(nets, samples, np.stack(of_each), size, members)
            except CannotRecord:
                for net, own in zip(nets, of_each, strict=True):
                    weight = None if samples.weight is None else samples.weight[own]
                    own_x, own_y = samples.x[own], np.asarray(y)[own]
                    net.fit(own_x, own_y, size, epochs, 0, shuffle=shuffle, sample_weight=weight)
            else:
                together.fit(epochs, shuffle)
        return [net.history for net in self._networks if net.history is not None]


def _description(net: Network) -> dict[str, Any]:
    """All that the networks of an ensemble have in common."""
    optimizer, compiled = copy.copy(net.optimizer), net.compiled
    optimizer.learning_rate = 0.0
    return {
        "architecture": _nameless(net.get_config()),
        "optimizer": (type(optimizer), encode(optimizer)),
        "loss": (type(compiled.loss), encode(compiled.loss)),
        "metrics": (encode(compiled.metrics), encode(compiled.weighted_metrics)),
    }


def _nameless(config: Any) -> Any:
    if isinstance(config, dict):
        return {name: _nameless(value) for name, value in config.items() if name != "name"}
    return [_nameless(value) for value in config] if isinstance(config, list) else config


def _rows(rows: Any, k: int, n: int) -> list[Array]:
    """The rows of each of k networks, as indices."""
    if rows is None:
        return [np.arange(n)] * k
    if not isinstance(rows, Sequence | np.ndarray) or len(rows) != k:
        raise ShapeError(
            f"rows must be a list of {k} arrays of row numbers, one for each network, got {rows!r:.60}"
        )
    chosen = []
    for i, of_one in enumerate(rows):
        index = as_array(f"rows[{i}]", of_one)
        if index.ndim != 1 or not index.size or index.dtype.kind not in "iu":
            raise ShapeError(f"rows[{i}] must be a vector of row numbers, got {index.shape} {index.dtype}")
        if index.min() < 0 or index.max() >= n:
            raise DataError(f"rows[{i}] must lie in 0 to {n - 1}, got {index.min()} to {index.max()}")
        chosen.append(index.astype(np.intp))
    return chosen


class _Together:
    """The training of networks that make the same calls: on rows of one number, with optimizers of one age."""

    def __init__(self, networks: list[Network], samples: Samples, rows: Array, size: int, places: list[int]):
        first = networks[0]
        if first.n_parameters > LARGEST or any(map(_is_restrained, networks)):
            raise CannotRecord("the networks are large, or parts of them are frozen or constrained")
        self.networks, self.rows, self.size, self.places = networks, rows, size, places
        self.parameters = np.stack([net.parameters for net in networks])
        self.gradient = np.zeros_like(self.parameters)
        self._mover = _Mover(networks, self.parameters, self.gradient)
        n = rows.shape[1]
        self._passes = {
            b: _StackedPass(networks, samples, self.parameters, self.gradient, b)
            for b in {min(n, size), n % size} - {0}
        }
        self._tallies = [Tally(net) for net in networks] if first.compiled.metric_names() else []

    def fit(self, epochs: int, shuffle: bool) -> None:
        """Train, and hand every network its own."""
        for net in self.networks:
            net.history = History()
            net.history.set_model(net)
        with Interrupt() as interrupt, np.errstate(all="ignore"):
            try:
                for epoch in range(epochs):
                    self._epoch(epoch, shuffle, interrupt)
            finally:
                for net, parameters in zip(self.networks, self.parameters, strict=True):
                    net.parameters[...] = parameters
                self._mover.hand_back()

    def _epoch(self, epoch: int, shuffle: bool, interrupt: Interrupt) -> None:
        k, n = self.rows.shape
        order = self.rows
        if shuffle:
            of_each = zip(self.rows, self.networks, strict=True)
            order = np.stack([rows[net.rng.permutation(n)] for rows, net in of_each])
        losses, seen = np.zeros(k), 0
        for tally in self._tallies:
            tally.reset()
        for begin in range(0, n, self.size):
            index = order[:, begin : begin + self.size]
            one = self._passes[index.shape[1]]
            values = one.run(index)
            self._refuse_what_is_not_finite(values, f"epoch {epoch + 1}, batch {begin // self.size + 1}")
            losses += values.astype(np.float64) * index.shape[1]
            seen += index.shape[1]
            if self._tallies:
                one.tell(self._tallies)
            self._mover.move()
            interrupt.take_effect()
        for i, (net, loss) in enumerate(zip(self.networks, losses, strict=True)):
            assert net.history is not None  # noqa: S101 - fit has made it
            metrics = self._tallies[i].result() if self._tallies else {}
            net.history.on_epoch_end(epoch, {**metrics, "loss": float(loss / seen)})

    def _refuse_what_is_not_finite(self, values: Array, where: str) -> None:
        if np.isfinite(values).all() and all_finite(self.gradient):
            return
        finite = np.isfinite(values) & np.isfinite(self.gradient).all(axis=1)
        k = int(np.flatnonzero(~finite)[0])
        raise NonFiniteError(
            f"networks[{self.places[k]}]: {where}: the loss or its gradient is not finite (loss {values[k]:g}); the weights "
            "of all are those before this step. Try a smaller learning rate, or scale the data"
        )


def _is_restrained(net: Network) -> bool:
    """Whether something stays as it is, or within limits, while the rest is trained."""
    trained = list(net._trained())
    return sum(layer._values[name].size for layer, name in trained) < net.n_parameters or any(
        layer._specs[name].constraint is not None for layer, name in trained
    )


class _StackedPass:
    """The pass of all networks at one batch size."""

    def __init__(
        self, networks: list[Network], samples: Samples, parameters: Array, gradient: Array, rows: int
    ) -> None:
        k, model = len(networks), networks[0].copy()
        self._sources = [a for a in (samples.x, samples.t, samples.weight) if a is not None]
        x, t, weight = (
            None if a is None else a[:1].repeat(rows, axis=0) for a in (samples.x, samples.t, samples.weight)
        )
        assert x is not None and t is not None  # noqa: S101, PT018 - neither is None in Samples
        one = self._one = RecordedPass(model, model.compiled.needed_loss(), x, t, weight)
        self._inputs = [np.empty((k, *a.shape), a.dtype) for a in one.inputs]
        given = [(model.parameters, parameters), (model.gradient, gradient)]
        given += zip(one.inputs, self._inputs, strict=True)
        for own, *states in zip(*(net.non_trainable_weights for net in (model, *networks)), strict=True):
            if one.recording.writes_to(own):
                raise CannotRecord(
                    "a layer changes state that is not trained, which would have to be handed back"
                )
            given.append((own, np.stack(states)))
        self._stack = Stack(one.recording, k, given)
        self.values = self._of(one.value)

    def _of(self, array: Array) -> Array:
        many = self._stack.of(array)
        assert many is not None  # noqa: S101 - only what all networks share has no such place
        return many

    def run(self, index: Array) -> Array:
        """The losses, shape (k,), on the rows ``index``, shape (k, rows); the gradient is then written."""
        for source, mine in zip(self._sources, self._inputs, strict=True):
            source.take(index, 0, mine, "clip")
        self._stack.replay()
        return self.values

    def tell(self, tallies: list[Tally]) -> None:
        """Metrics, for each network by itself."""
        outputs, (final,) = self._of(self._one.last), self._one.finals
        judged = outputs if final is None else final.forward(outputs)
        _, targets, *weight = self._inputs
        for k, tally in enumerate(tallies):
            tally.add(float(self.values[k]), targets[k], _Judged(judged[k]), weight[0][k] if weight else None)


@dataclass
class _Judged:
    outputs: Array
    values: tuple[float, ...] = ()


class _Mover:
    """The optimizers of all networks as one, with a row of state for each."""

    def __init__(self, networks: list[Network], parameters: Array, gradient: Array) -> None:
        optimizers: list[Optimizer] = [net.optimizer for net in networks]
        for net in networks:
            net.optimizer.pieces = pieces_of(net.learning_pieces())
        # It has state that fits, or says what is wrong.
        plans = [net.optimizer.plan_for(net.parameters, net.gradient) for net in networks]
        one = self._one = copy.deepcopy(optimizers[0])
        coupled = one.couples_entries and not one.by_array
        if not (replayable(one) and is_ours(one)) or coupled or any(plan.more_to_do for plan in plans):
            raise CannotRecord("the optimizer is not known to make the same calls for many networks")
        self._optimizers, self._dtype = optimizers, parameters.dtype
        self._fixed_rates: Any = None
        if not any(callable(optimizer.learning_rate) for optimizer in optimizers):
            self._fixed_rates = self._rates()
        one.slots = {name: np.stack([o.slots[name] for o in optimizers]) for name in one.slot_names}
        many = max(1, BLOCK // max(1, parameters.shape[1]))
        scratch = np.empty_like(parameters[:many])
        parts = [piece.part for piece in plans[0].pieces] if one.by_array else [slice(None)]
        self._blocks = [
            (
                slice(i, i + many),
                parameters[i : i + many, part],
                gradient[i : i + many, part],
                tuple(slot[i : i + many, part] for slot in one.slots.values()),
                scratch[: len(parameters[i : i + many]), part],
            )
            for i in range(0, len(parameters), many)
            for part in parts
        ]

    def move(self) -> None:
        """A step of each."""
        one = self._one
        numbers = [np.asarray(v, self._dtype) for v in one.all_numbers(self._rates(), one.iterations + 1)]
        move = one.mover()
        for part, w, g, slots, scratch in self._blocks:
            move(w, g, slots, tuple(v[part] if v.ndim else v for v in numbers), scratch)
        one.count_step()

    def _rates(self) -> Any:
        """The learning rates, one below the other, or one number for all; looked at once where they do not change."""
        if self._fixed_rates is not None:
            return self._fixed_rates
        for optimizer in self._optimizers:
            optimizer.iterations = self._one.iterations
        rates = [optimizer.current_rate() for optimizer in self._optimizers]
        return rates[0] if len({*rates}) == 1 else np.array(rates)[:, None]

    def hand_back(self) -> None:
        """Give every optimizer its state."""
        for k, optimizer in enumerate(self._optimizers):
            slots = {name: slot[k] for name, slot in self._one.slots.items()}
            optimizer.set_state({"iterations": self._one.iterations, "slots": slots})
