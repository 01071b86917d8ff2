"""`keras.models`: networks that also take what Keras's scripts give them."""

from __future__ import annotations

import functools
import inspect
import itertools
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self, TypeVar

import numpy as np

from mlp import cautions, files, utils
from mlp.arrays import Array
from mlp.callbacks import History, as_callbacks
from mlp.errors import ArgumentError, ArgumentTypeError, StateError
from mlp.keras import backend
from mlp.keras.namespace import lay_out
from mlp.keras.translation import old, understood
from mlp.layers import InputLayer, Layer
from mlp.layers.base import LAYERS
from mlp.layers.node import Node
from mlp.network import Network
from mlp.old_spellings import CURES
from mlp.registry import custom_object_scope

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]

F = TypeVar("F", bound=Callable[..., Any])

#: What logs called accuracy before Keras 2.3.
OLD_LOGS = {"acc": "accuracy", "val_acc": "val_accuracy"}


def _understanding(method: F, run: Callable[..., Any] | None = None) -> F:
    """A method of `Network` that takes what Keras's scripts give it; ``run`` does the work if not the method itself."""
    known = tuple(inspect.signature(method).parameters)[1:]

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.pop("show_accuracy", False):
            _report_accuracy(self)
        given = understood(method.__name__, method.__name__, known, args, kwargs)
        if given.get("x") is not None:
            given["x"] = self.build_from(given["x"])
        return (run or method)(self, **given)

    return call  # type: ignore[return-value]


class Model(Network):
    """`mlp.Network` as Keras's scripts expect it: with old spellings, and seeded by `mlp.utils.set_random_seed`.

    Parameters
    ----------
    inputs, outputs : Node or list of Node
        What ``Input(shape=...)`` returned, and what is computed of it.
    name : str, optional
        A name.
    **kwargs
        As of `mlp.Network`.

    Examples
    --------
    >>> from mlp import keras
    >>> x = keras.Input(shape=(4,))
    >>> keras.Model(x, keras.layers.Dense(2)(x)).output_shape
    (None, 2)
    """

    replayable = True

    #: Layers that wait for an input whose size is known.
    _waiting: list[Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: D102
        network = super().__new__(cls)  # what older Keras calls arguments is looked at in __init__
        network._waiting = []
        return network

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "call" in vars(cls) or "train_step" in vars(cls):
            raise ArgumentTypeError(
                f"{cls.__name__} defines call or train_step, which only automatic differentiation could follow; write it as "
                "Model(inputs, outputs), or as a subclass of mlp.layers.Composite with forward and backward"
            )

    def __init__(
        self, inputs: Any = None, outputs: Any = None, name: str | None = None, **kwargs: Any
    ) -> None:
        known = ("inputs", "outputs", "name", "trainable", "dtype", "rng")
        given = {"inputs": inputs, "outputs": outputs, "name": name}
        named = {key: value for key, value in given.items() if value is not None}
        self._begin(**understood("network", type(self).__name__, known, (), {**named, **kwargs}))

    def _begin(self, **given: Any) -> None:
        given.setdefault("dtype", backend.floatx())
        if given.get("rng") is None:
            given["rng"] = utils.next_seed()
        for argument in ("inputs", "outputs"):
            if isinstance(given.get(argument), Mapping):
                given[argument] = list(given[argument].values())
        Network.__init__(self, **given)

    @property
    def layers(self) -> list[Layer]:
        """The layers inside, those too that wait for data."""
        return [*super().layers, *(layer for layer in self._waiting if isinstance(layer, Layer))]

    @property
    def built(self) -> bool:
        """Whether there are weights, no layer waiting for data."""
        return self._shapes is not None

    # Layers that wait.

    def _extend(self, new: list[Any], argument: str = "layers") -> None:
        waiting = [*self._waiting, *new]
        if new and self._shapes is None and _size_unknown(waiting[0]):
            for i, layer in enumerate(new):
                self.check_new(layer, waiting[: len(self._waiting) + i], argument)
            self._waiting = waiting
            return
        super()._extend(new, argument)

    def build(self, input_shape: Any = None) -> Any:
        """Build the layers that wait, for batches of this shape; ``(None, 4)`` as in Keras.

        Raises
        ------
        StateError
            If layers wait, and no shape is given.
        """
        if self._waiting:
            if input_shape is None:
                raise StateError(
                    "say the shape of a batch, build((None, 4)), or begin with Input(shape=(4,))"
                )
            shape = tuple(input_shape)
            self._extend_from(shape if self._building else shape[1:])
        return self._built_shapes()[1] if self._building and self._shapes else None

    def _extend_from(self, row_shape: tuple[int, ...]) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            self._extend([InputLayer(row_shape), *waiting])
        except BaseException:
            self._waiting = waiting
            raise
        if self._compiled is not None:
            cautions.of_compiling(self, self.loss)

    def build_from(self, x: Any) -> Any:
        """Build the layers that wait, for rows as those of ``x``; return what gives the same rows as ``x`` did."""
        if not self._waiting:
            return x
        shape, x = _looked_at(x)
        self._extend_from(shape or (1,))
        return x

    def __call__(self, x: Any, training: bool = False) -> Any:
        """As of `mlp.Network`."""
        if self._waiting and not isinstance(x, Node | list | tuple):
            self.build_from(x)
        return super().__call__(x, training)

    # What is called as in Keras.

    evaluate = _understanding(Network.evaluate)
    predict = _understanding(Network.predict)
    train_on_batch = _understanding(Network.train_on_batch)
    test_on_batch = _understanding(Network.test_on_batch)
    save = _understanding(Network.save)
    save_weights = _understanding(Network.save_weights)
    load_weights = _understanding(Network.load_weights)
    summary = _understanding(Network.summary)
    compile = _understanding(Network.compile)

    def _fit(self, **given: Any) -> History:
        callbacks = as_callbacks(given.pop("callbacks", None))
        for callback in callbacks:
            self._rename_monitor(callback)
        history = Network.fit(self, callbacks=callbacks, **given)
        history.history = Logs(history.history)
        return history

    fit = _understanding(Network.fit, _fit)

    def _rename_monitor(self, callback: Any) -> None:
        """Let a callback look at what its quantity is called today."""
        monitor = getattr(callback, "monitor", None)
        if monitor in OLD_LOGS and self._compiled is not None and "acc" not in self.metrics_names:
            old(f"{type(callback).__name__}: {monitor} is called {OLD_LOGS[monitor]} today")
            callback.monitor = OLD_LOGS[monitor]

    # What is gone.

    def fit_generator(self, generator: Any, *args: Any, **kwargs: Any) -> Any:
        """Another name of `fit`."""
        old("fit_generator is called fit today")
        return self.fit(generator, *args, **kwargs)

    def evaluate_generator(self, generator: Any, *args: Any, **kwargs: Any) -> Any:
        """Another name of `evaluate`."""
        old("evaluate_generator is called evaluate today")
        return self.evaluate(generator, *args, **kwargs)

    def predict_generator(self, generator: Any, *args: Any, **kwargs: Any) -> Any:
        """Another name of `predict`."""
        old("predict_generator is called predict today")
        return self.predict(generator, *args, **kwargs)

    def predict_proba(self, x: Any, batch_size: int | None = None, verbose: int = 0) -> Any:
        """Another name of `predict`."""
        old("predict_proba is called predict today")
        return self.predict(x, batch_size, verbose)

    def predict_classes(self, x: Any, batch_size: int | None = None, verbose: int = 0) -> Array:
        """The number of the class with the largest output; of one output, whether it is above 0.5."""
        old("predict_classes is gone; write predict(x).argmax(axis=-1), or predict(x) > 0.5, instead")
        y: Array = self.predict(x, batch_size, verbose)
        return y.argmax(axis=-1) if y.shape[-1] > 1 else (y > 0.5).astype(np.int32)


class Sequential(Model):
    """Layers in order; see `Model`.  Without an input size it is built by the first data, as in Keras.

    Parameters
    ----------
    layers : list of Layer, optional
        The layers.
    trainable : bool, default True
        False freezes all layers.
    name : str, optional
        A name.
    **kwargs
        As of `mlp.Network`.

    Examples
    --------
    >>> import numpy as np
    >>> from mlp import keras
    >>> model = keras.Sequential([keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1)])
    >>> model.compile(optimizer="sgd", loss="mse")
    >>> history = model.fit(np.ones((8, 2)), np.ones(8), verbose=0)
    >>> model.output_shape
    (None, 1)
    """

    replayable = True

    def __init__(
        self,
        layers: Iterable[Any] | None = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        known = ("layers", "trainable", "name", "dtype", "rng", "inputs", "outputs")
        given = {"layers": layers, "trainable": trainable, "name": name}
        named = {key: value for key, value in given.items() if value is not None}
        self._begin(**understood("network", type(self).__name__, known, (), {**named, **kwargs}))


class Logs(dict[str, list[float]]):
    """The record of a training, in which accuracy is also found as ``acc``.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     Logs(accuracy=[0.5])["acc"]
    [0.5]
    """

    def __missing__(self, name: str) -> list[float]:
        new = OLD_LOGS.get(name)
        if new is None or new not in self:
            raise KeyError(name)
        old(f"history: {name} is called {new} today")
        return self[new]


def _report_accuracy(network: Network) -> None:
    """Report the accuracy where it is asked for in ``fit`` or ``evaluate``, as in Keras before 1.0."""
    old(f"show_accuracy is no argument today; write {CURES['show_accuracy']} instead")
    if "accuracy" not in network.metrics_names:
        network.compile(optimizer=network.optimizer, loss=network.loss, metrics=["accuracy"])


def _size_unknown(first: Any) -> bool:
    return isinstance(first, Layer) and first._given_shape is None and first._shapes is None


def _looked_at(x: Any) -> tuple[tuple[int, ...], Any]:
    """The shape of a row of data, and data of the same rows: of an iterator, the first batch has been taken."""
    if hasattr(x, "__next__"):
        first = next(x)
        return _looked_at(_rows_of(first))[0], itertools.chain([first], x)
    if not hasattr(x, "shape") and hasattr(x, "__getitem__") and not isinstance(x, list | tuple):
        return _looked_at(_rows_of(x[0]))[0], x
    return tuple(int(size) for size in getattr(x, "shape", np.shape(x))[1:]), x


def _rows_of(batch: Any) -> Any:
    """The inputs of a batch, which is ``(x, y)``, ``(x, y, sample_weight)`` or the inputs alone."""
    return batch[0] if isinstance(batch, tuple) else batch


def load_model(
    filepath: str | os.PathLike[str],
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Model:
    """The network that a file holds; see `mlp.load`.

    Parameters
    ----------
    filepath : str or PathLike
        A file of `Model.save`.
    custom_objects : dict of str to class, optional
        Classes of one's own that the file names.
    compile : bool, default True
        False leaves out loss, metrics and optimizer.
    safe_mode : bool
        Taken for Keras's sake: nothing is ever executed from a file.
    """
    network = files.load(os.fspath(filepath), custom_objects)
    network.__class__ = Model if network._functional else Sequential
    network._waiting = []  # type: ignore[attr-defined]
    if not compile:
        network._compiled = None
    return network  # type: ignore[return-value]


def save_model(
    model: Network, filepath: str | os.PathLike[str], overwrite: bool = True, **kwargs: Any
) -> None:
    """Another name of `Network.save`."""
    model.save(os.fspath(filepath), overwrite, **kwargs)


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """A network with the architecture that `Network.to_json` wrote, and new weights.

    Parameters
    ----------
    json_string : str
        The text.
    custom_objects : dict of str to class, optional
        Classes of one's own that it names.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownNameError
        If it is no such text.

    Examples
    --------
    >>> from mlp.keras import Sequential, layers
    >>> net = Sequential([layers.Dense(2, input_dim=3)])
    >>> model_from_json(net.to_json()).output_shape
    (None, 2)
    """
    import json

    try:
        described = json.loads(json_string)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"json_string is no JSON text: {error}") from None
    with custom_object_scope(custom_objects):
        return LAYERS.get(described, "json_string")


def clone_model(
    model: Network, input_tensors: Any = None, clone_function: Callable[[Layer], Layer] | None = None
) -> Any:
    """A network of the same architecture with new weights; see `mlp.utils.clone_model`.

    Parameters
    ----------
    model : Network
        The network.
    input_tensors : None
        Keras's other inputs for the clone are not supported.
    clone_function : callable, optional
        What makes a layer of a layer.

    Raises
    ------
    ArgumentError
        If ``input_tensors`` are given.
    """
    if input_tensors is not None:
        raise ArgumentError(
            "clone_model: input_tensors is not supported; call the clone on other inputs instead"
        )
    return utils.clone_model(model, clone_function)


lay_out(__name__, own=__all__)
