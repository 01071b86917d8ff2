"""The network: layers in sequence.

`Network` is a layer made of layers, so networks nest.  Forward is one loop over the layers, backward the
same loop the other way round.  What can be done with a network besides is on the page of its base,
`mlp.trainable`: two flat vectors, training, prediction, files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError, MLPError, ShapeError, StateError
from mlp.layers import InputLayer, Layer
from mlp.layers.base import LAYERS
from mlp.layers.node import Node, chain
from mlp.names import nearest
from mlp.registry import custom_object_scope
from mlp.rows import as_array
from mlp.trainable import DTYPES, Trainable

__all__ = ["Network"]


@LAYERS.add("Sequential", "Model", "Functional")
class Network(Trainable):
    """A chain of layers that can be trained.

    Parameters
    ----------
    layers : list of Layer, optional
        The layers in order; the first one (or an `Input` before it) tells the input's size.
    outputs : Node, optional
        With ``inputs``: the end of a functional chain.
    inputs : Node, optional
        What ``Input(shape=...)`` returned; may also be the first argument.
    name : str, optional
        A name.
    trainable : bool, default True
        False freezes all layers.
    dtype : {"float64", "float32"}
        The type of all numbers.
    rng : int, SeedSequence, Generator or None
        The source of all randomness: initial weights, shuffling, dropout.

    Raises
    ------
    ArgumentError
        If the input's size is not known, or two layers have one name.
    ShapeError, StateError, ArgumentTypeError
        If layers do not fit together, or one of them is already in use.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(8, activation="tanh", input_dim=2), Dense(1, activation="sigmoid")], rng=1)
    >>> net.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> history = net.fit(x, y, epochs=1000, verbose=0)
    >>> net.predict(x).round().ravel()
    array([0., 1., 1., 0.])
    """

    replayable = True

    #: Whether it was written as a functional chain, so that its layers begin with the input layer.
    _functional: bool
    #: The shape of the last outputs, for `backward`.
    _output_batch: tuple[int, ...] | None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: D102
        network = super().__new__(cls, *args, **kwargs)
        vars(network).update(_functional=False, _output_batch=None)
        return network

    def __init__(
        self,
        layers: Iterable[Layer | Node] | Node | None = None,
        outputs: Node | None = None,
        *,
        inputs: Node | None = None,
        name: str | None = None,
        trainable: bool = True,
        dtype: DTypeLike = "float64",
        rng: Any = None,
    ) -> None:
        super().__init__(name=name, trainable=trainable)
        self.dtype = checks.dtype(dtype, DTYPES)
        self._rng = checks.generator("rng", rng)
        if inputs is None and outputs is not None:
            inputs, layers = layers, None  # type: ignore[assignment]
        if inputs is not None:
            if layers is not None or outputs is None:
                raise ArgumentTypeError("give a list of layers, or inputs= and outputs=")
            self._functional = True
            self._extend(chain(inputs, outputs))
        elif layers is not None:
            if isinstance(layers, str | Layer | Node) or not isinstance(layers, Iterable):
                raise ArgumentTypeError(f"layers must be a list of layers, got {layers!r}")
            self._extend(list(layers))

    @property
    def is_chain(self) -> bool:
        """Whether the output is that of the last layer: not so where a subclass has its own ``forward``."""
        return type(self).forward is Network.forward

    # Building.

    def add(self, layer: Layer | Node) -> None:
        """Put a layer at the end; the weights of the others are kept.

        Raises
        ------
        ArgumentError, ShapeError, StateError, ArgumentTypeError
            As for the constructor; the network is then as before.

        Examples
        --------
        >>> from mlp.layers import Activation, Dense
        >>> net = Network()
        >>> net.add(Dense(20, input_dim=4))
        >>> net.add(Activation("relu"))
        >>> net.output_shape
        (None, 20)
        """
        if self._owner is not None:
            raise StateError(
                f"{self._label}it is inside another network, whose vector cannot grow; add before nesting"
            )
        self._extend([layer], "layer")

    def pop(self) -> Layer:
        """Take the last layer off and return it, unattached, with its weights.

        Raises
        ------
        StateError
            If there is none, or the network is inside another.
        """
        if not self._layers or self._owner is not None:
            raise StateError(f"{self._label}there is no layer that could be taken off")
        layer = self._layers.pop()
        layer.detach()
        input_shape = self._built_shapes()[0]
        self._shapes = (input_shape, self._layers[-1]._built_shapes()[1]) if self._layers else None
        self._renew()
        return layer

    def _extend(self, new: list[Any], argument: str = "layers") -> None:
        """Own, name and build new layers and renew the vectors; all of it or nothing."""
        if not new:
            return
        before, shapes = list(self._layers), self._shapes
        head = new[0].layer if isinstance(new[0], Node) and not new[0].parents else new[0]
        if isinstance(head, InputLayer) and not before and not self._functional:
            new = new[1:]  # it tells the size and, as in Keras, is none of the layers
        for i, layer in enumerate(new):
            self.check_new(layer, [*before, *new[:i]], argument)
        input_shape, row_shape = shapes or (self._input_row_shape(head),) * 2
        fresh = [layer for layer in new if layer._shapes is None]
        names = [layer.name for layer in new]
        try:
            for layer in new:
                self.own(layer)
                row_shape = self.build_layer(layer, row_shape)
            self._shapes = (input_shape, row_shape)
        except BaseException:
            self._layers, self._shapes = before, shapes
            for layer, name in zip(new, names, strict=True):
                layer.name, layer._owner, layer._position = name, None, None
            for layer in fresh:
                layer.unbuild()
            raise
        self._renew()

    def _renew(self) -> None:
        """New vectors, for layers have come or gone."""
        self._parameters, self._gradient = self.flat_vectors()
        self._output_batch = None

    def _input_row_shape(self, first: Layer) -> tuple[int, ...]:
        shape = first._given_shape if first._shapes is None else first._shapes[0]
        if shape is None:
            arguments = ", ".join(f"{v!r}" for v in vars(first).values() if type(v) is int) or "..."
            kind = type(first).__name__
            raise ArgumentError(
                f"the network's input size is not known: write {kind}({arguments}, input_dim=4) for the first layer, "
                "or begin with Input(shape=(4,))"
            )
        return shape

    # Forward and back.

    def forward(self, x: Any, training: bool = False) -> Array:
        """Forward propagation; remembers what `backward` needs.

        Parameters
        ----------
        x : array_like, shape (n, *input_shape)
            The rows.
        training : bool, default False
            Behave as in training (dropout drops).

        Returns
        -------
        ndarray, shape (n, *output_shape)
            The outputs, a new array.

        Raises
        ------
        ShapeError, DataError, StateError
            If the rows do not fit, or there are no layers.

        Examples
        --------
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=2)])
        >>> net.forward([[1.0, 2.0]])
        array([[3.]])
        """
        outermost = not self._running and self._owner is None
        if outermost:
            x = self.rows_in(x).copy()  # the caller may change his array before backward
        for layer in self._layers:
            x = layer.forward(x, training)
        if outermost:
            self._output_batch = x.shape
            x = x.copy()  # the caller may change the result, which a layer may have remembered
        result: Array = x
        return result

    def infer(self, x: Array) -> Array:
        """Forward propagation in inference, leaving no trace."""
        if "forward" in vars(self):  # somebody has given this one object a forward of its own
            return super().infer(x)
        for layer in self._layers:
            x = layer.infer(x)
        return x

    def backward(self, dy: Any) -> Array:
        """Error back-propagation: overwrites `gradient` and returns ``dL/dx``.

        Parameters
        ----------
        dy : array_like, shape (n, *output_shape)
            ``dL/dy`` for the outputs of the last `forward`.

        Returns
        -------
        ndarray, shape (n, *input_shape)
            ``dL/dx``, a new array.

        Raises
        ------
        StateError
            If there was no `forward`.
        ShapeError, DataError
            If ``dy`` is not like the outputs.

        Examples
        --------
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=2)])
        >>> y = net.forward([[1.0, 2.0]])
        >>> net.backward([[10.0]]), net.gradient
        (array([[10., 10.]]), array([10., 20., 10.]))
        """
        outermost = not self._running and self._owner is None
        if outermost:
            if self._output_batch is None:
                raise StateError(f"{self._label}backward needs a forward before it: y = net.forward(x)")
            dy = as_array("dy", dy, self.dtype)
            if dy.shape != self._output_batch:
                raise ShapeError(
                    f"{self._label}dy must have the shape of the last outputs {self._output_batch}, got {dy.shape}"
                )
            dy = np.ascontiguousarray(dy)
        for layer in reversed(self._layers):
            dy = layer.backward(dy)
            if not layer.needs_dx:
                break
        dx: Array = dy.copy() if outermost else dy
        return dx

    def rows_in(self, x: Any) -> Array:
        """Input rows, converted and checked: the door for all data.

        Raises
        ------
        StateError
            If there are no layers.
        ShapeError, DataError
            If ``x`` is not of shape (n, *input_shape) or holds no real numbers.
        """
        if self._shapes is None:
            raise StateError("the network has no layers: add one, net.add(Dense(1, input_dim=4))")
        return self._layers[0].rows_in(x) if self._layers else super().rows_in(x)

    def running_copy(self, reuse: bool = False) -> Self:
        """A copy to run: the same weights and gradient, memory of its own (see `mlp.layers.base`)."""
        twin = Layer.running_copy(self, reuse)  # no attribute names a layer, so there is none to look for
        twin._layers = [layer.running_copy(reuse) for layer in self._layers]
        return twin

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_output_batch": None}

    # Looking at it.

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """One layer, by name or by index.

        Raises
        ------
        ArgumentError
            If there is none such, or not exactly one of the two was given.
        """
        if (name is None) == (index is None):
            raise ArgumentError("give a layer's name or its index")
        if index is not None:
            if not -len(self._layers) <= checks.integer("index", index, -(2**31)) < len(self._layers):
                raise ArgumentError(
                    f"index must be below the number of layers, {len(self._layers)}, got {index}"
                )
            return self._layers[index]
        for layer in self._layers:
            if layer.name == name:
                return layer
        names = [str(layer.name) for layer in self._layers]
        raise ArgumentError(
            f"no layer is called {name!r}{nearest(str(name), names)} Layers: {', '.join(names)}"
        )

    def summary(
        self, line_length: int | None = None, print_fn: Any = None, expand_nested: bool = False
    ) -> None:
        """Print the layers with their output shapes and numbers of parameters, as Keras does.

        Parameters
        ----------
        line_length : int, optional
            The table's width.
        print_fn : callable, optional
            Takes the text instead of ``print``.
        expand_nested : bool, default False
            Show the layers inside of nested networks too.
        """
        from mlp.summary import summary_table

        (print_fn or print)(summary_table(self, line_length, expand_nested))

    def __repr__(self) -> str:
        sizes = [str(size) for size in self._shapes[0]] if self._shapes else []
        inner = " -> ".join(["x".join(sizes), *(str(layer.name) for layer in self._layers)])
        return f"<Network {self.name + ' ' if self.name else ''}{inner}: {self._parameters.size} parameters, {self.dtype}>"

    def get_config(self) -> dict[str, Any]:
        """The architecture, as JSON can hold it; weights and compile settings are not part of it.

        Examples
        --------
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(3, activation="relu", input_dim=2)])
        >>> Network.from_config(net.get_config()).output_shape
        (None, 3)
        """
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": self.dtype.name,
            "input_shape": None if self._shapes is None else list(self._shapes[0]),
            "functional": self._functional,
            "layers": [layer.describe() for layer in self._layers],
        }

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, type] | None = None, rng: Any = None
    ) -> Self:
        """A network with this architecture and new weights.

        Parameters
        ----------
        config : dict
            What `get_config` returned.
        custom_objects : dict of str to class, optional
            Classes of one's own that the architecture names.
        rng : int, SeedSequence, Generator or None
            The source of randomness.

        Raises
        ------
        ArgumentError, ArgumentTypeError, UnknownNameError
            If the description is not one.
        """
        try:
            with custom_object_scope(custom_objects):
                layers: list[Any] = [LAYERS.get(described) for described in config["layers"]]
                network = cls(
                    name=config.get("name"),
                    trainable=config.get("trainable", True),
                    dtype=config["dtype"],
                    rng=rng,
                )
                network._functional = checks.flag("functional", config.get("functional", False))
                if config["input_shape"] is not None and not network._functional:
                    layers.insert(0, InputLayer(config["input_shape"]))
                network._extend(layers)
                return network
        except (KeyError, TypeError, AttributeError) as error:
            if isinstance(error, MLPError):
                raise
            raise ArgumentError(f"this is no configuration of a network: {error!r}") from error
