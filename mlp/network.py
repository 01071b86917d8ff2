"""The network: layers in sequence, or in a graph.

`Network` is a layer made of layers, so networks nest.  Forward is one loop over the layers, backward the
same loop the other way round; where layers branch and merge, `mlp.layers.graph` knows which takes what.
What can be done with a network besides is on the page of its base, `mlp.trainable`: two flat vectors,
training, prediction, files.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array
from mlp.configurable import encode
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, MLPError, ShapeError, StateError
from mlp.layers import Dense, InputLayer, Layer
from mlp.layers.again import Again, own_layer
from mlp.layers.base import LAYERS, shape_text
from mlp.layers.graph import Graph, connected, graph_of, symbolic
from mlp.layers.node import Node
from mlp.lazy import LazyRows, is_lazy
from mlp.names import distinct, nearest
from mlp.old_spellings import refuses_old_spellings
from mlp.registry import custom_object_scope
from mlp.rows import as_array, several_rows
from mlp.several import copied, joined, parts
from mlp.sparse import is_sparse, sparse_rows
from mlp.trainable import DTYPES, Trainable

__all__ = ["Network"]


@LAYERS.add("Sequential", "Model", "Functional")
class Network(Trainable):
    """Layers that can be trained together: a chain, or any acyclic graph.

    Parameters
    ----------
    layers : list of Layer, optional
        The layers in order; the first one (or an `Input` before it) tells the input's size.
    outputs : Node or list of Node, optional
        With ``inputs``: what the network computes.
    inputs : Node or list of Node, optional
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

    Notes
    -----
    A layer that is called on several values shares its weights between them, and its gradients add up.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> hidden = Dense(8, activation="tanh", input_dim=2)
    >>> net = Network([hidden, Dense(1, activation="sigmoid")], rng=1)
    >>> net.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> history = net.fit(x, y, epochs=1000, verbose=0)
    >>> net.predict(x).round().ravel()
    array([0., 1., 1., 0.])

    Two inputs and two outputs:

    >>> from mlp import Input
    >>> from mlp.layers import Concatenate
    >>> a, b = Input(shape=(2,)), Input(shape=(3,))
    >>> both = Concatenate()([Dense(4, activation="tanh")(a), b])
    >>> price, place = Dense(1, name="price")(both), Dense(2, name="place")(both)
    >>> net = Network(inputs=[a, b], outputs=[price, place])
    >>> net.output_shape
    [(None, 1), (None, 2)]
    """

    replayable = True
    rational = True

    #: Whether it was written with symbolic values, so that its layers begin with the input layer.
    _functional: bool = False
    #: How the layers are connected where they are no chain.
    _graph: Graph | None = None
    #: The shapes of the last outputs, for `backward`.
    _output_batch: tuple[tuple[int, ...], ...] | None = None

    def __init__(
        self,
        layers: Iterable[Layer | Node] | Node | None = None,
        outputs: Node | Iterable[Node] | None = None,
        *,
        inputs: Node | Iterable[Node] | None = None,
        name: str | None = None,
        trainable: bool = True,
        dtype: DTypeLike = "float64",
        rng: Any = None,
    ) -> None:
        super().__init__(name=name, trainable=trainable)
        self.dtype = _type_of_floats(dtype)
        self._rng = checks.generator("rng", rng)
        if inputs is None and outputs is not None:
            inputs, layers = layers, None  # type: ignore[assignment]
        if inputs is not None:
            if layers is not None or outputs is None:
                raise ArgumentTypeError("give a list of layers, or inputs= and outputs=")
            self._functional = True
            self._assemble(*graph_of(symbolic("inputs", inputs), symbolic("outputs", outputs)))
        elif layers is not None:
            if isinstance(layers, str | Layer | Node) or not isinstance(layers, Iterable):
                raise ArgumentTypeError(f"layers must be a list of layers, got {layers!r}")
            self._extend(list(layers))

    @property
    def is_chain(self) -> bool:
        """Whether the output is that of the last layer: not so in a graph, or with a ``forward`` of a subclass's own."""
        return self._graph is None and type(self).forward is Network.forward

    @property
    def layers(self) -> list[Layer]:
        """The layers inside, as a new list, each once."""
        return [layer for layer in self._layers if not isinstance(layer, Again)]

    @property
    def n_outputs(self) -> int:
        """How many arrays the network gives."""
        return 1 if self._graph is None else len(self._graph.outputs)

    @property
    def output_names(self) -> list[str]:
        """The names of the layers whose outputs are those of the network."""
        if self._graph is None:
            return [str(layer.name) for layer in self._layers[-1:]]
        makers = self._makers()
        return distinct(str(makers[value].name) for value in self._graph.outputs)

    def last_layers(self) -> list[Layer | None]:
        """The layer that makes each output, where it makes it for nobody else."""
        if self.is_chain:
            return [*self._layers[-1:]] or [None]
        if self._graph is None:
            return [None]
        return [None if place is None else self._layers[place] for place in self._graph.makers(self._layers)]

    def connections(self) -> Mapping[str, Sequence[str]]:
        """The names of the layers from which each one takes what it is called on; empty for a chain."""
        if self._graph is None:
            return {}
        makers = self._makers()
        taken: dict[str, list[str]] = {}
        for step in self._graph.steps:
            name = str(own_layer(self._layers[step.layer]).name)
            taken.setdefault(name, []).extend(str(makers[value].name) for value in step.takes)
        return taken

    def _makers(self) -> dict[int, Layer]:
        """The layer that makes each value of the graph."""
        assert self._graph is not None  # noqa: S101 - asked for in graphs alone
        made = {v: own_layer(self._layers[step.layer]) for step in self._graph.steps for v in step.makes}
        return {**dict(zip(self._graph.inputs, self.input_layers, strict=True)), **made}

    # Building.

    def add(self, layer: Layer | Node) -> None:
        """Put a layer at the end; the weights of the others are kept.

        Parameters
        ----------
        layer : Layer or Node
            The layer, or an `Input` in front of all others.

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
        if self._graph is not None:
            raise StateError(f"{self._label}its layers are no chain; call layers on symbolic values instead")
        if self.dtype.kind == "O":
            raise StateError(
                f"{self._label}it computes with fractions; add layers first, then use net.astype(object)"
            )
        self._extend([layer], "layer")

    def pop(self) -> Layer:
        """Take the last layer off and return it, unattached, with its weights.

        Returns
        -------
        Layer
            The layer.

        Raises
        ------
        StateError
            If there is none, or the network is inside another.
        ShapeError
            If the layer before gives several values.

        Examples
        --------
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(3, input_dim=2), Dense(1)])
        >>> net.pop().units, net.output_shape
        (1, (None, 3))
        """
        if not self._layers or self._owner is not None or self._graph is not None:
            raise StateError(f"{self._label}there is no layer that could be taken off")
        if len(self._layers) > 1:
            _require_one_value(self._layers[0], self._layers[-2])
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
        before, shapes = self._layers, self._shapes
        head = new[0].layer if isinstance(new[0], Node) and not new[0].call.parents else new[0]
        if isinstance(head, InputLayer) and not before and not self._functional:
            new = new[1:]  # it tells the size and, as in Keras, is none of the layers
        for i, layer in enumerate(new):
            self.check_new(layer, [*before, *new[:i]], argument)
        input_shape = shapes[0] if shapes else self._input_row_shape(head)

        def build() -> None:
            row_shape = shapes[1] if shapes else input_shape
            for layer in new:
                row_shape = self.build_layer(layer, row_shape)
            if new:
                _require_one_value((before or new)[0], new[-1])
            self._shapes = (input_shape, row_shape)

        self._take_in(new, build)

    def _assemble(self, layers: list[Layer], graph: Graph | None) -> None:
        """Own, name and build the layers of a graph; all of it or nothing."""
        if graph is None:
            self._extend(layers)
            return
        for i, layer in enumerate(layers):
            self.check_new(layer, layers[:i])

        def build() -> None:
            shapes = [self.build_layer(layer, self._input_row_shape(layer)) for layer in self.input_layers]
            self._shapes = (joined(shapes), graph.row_shapes(layers, self.build_layer, shapes))

        self._functional, self._graph = True, graph
        self.takes_several = len(graph.inputs) > 1
        self._take_in(layers, build)

    @property
    def input_layers(self) -> list[Layer]:
        """The input layers of a network that was written with symbolic values, in the order of its inputs."""
        if self._graph is None:
            return self._layers[:1] if self._functional else []
        return [self._layers[place] for place in self._graph.entries]

    def _take_in(self, new: list[Layer], build: Callable[[], None]) -> None:
        """Own new layers, build them and renew the vectors; all of it or nothing."""
        before, shapes = list(self._layers), self._shapes
        fresh = [layer for layer in new if layer._shapes is None]
        names = [layer.name for layer in new]
        try:
            for layer in new:
                self.own(layer)
            build()
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
        if self._compiled is not None:
            self._compiled.optimizer.outdate()

    def _input_row_shape(self, first: Layer) -> tuple[int, ...]:
        shape = first._given_shape if first._shapes is None else first._shapes[0]
        if shape is None:
            arguments = ", ".join(f"{v!r}" for v in vars(first).values() if type(v) is int) or "..."
            kind = type(first).__name__
            size = "input_shape=(4,)" if "input_dim" in vars(first) else "input_dim=4"
            raise ArgumentError(
                f"the network's input size is not known: write {kind}({arguments}, {size}) for the first layer, "
                "or begin with Input(shape=(4,))"
            )
        return shape

    # Forward and back.

    def forward(self, x: Any, training: bool = False) -> Any:
        """Forward propagation; remembers what `backward` needs.

        Parameters
        ----------
        x : array_like, shape (n,) + input_shape, or a list of them
            The rows; a list where there are several inputs.
        training : bool, default False
            Behave as in training (dropout drops).

        Returns
        -------
        ndarray, shape (n,) + output_shape, or a list of them
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
        if self._graph is None:
            for layer in self._layers:
                x = layer.forward(x, training)
        else:
            x = self._graph.run(self._layers, x, lambda layer, taken: layer.forward(taken, training))
        if outermost:
            self._output_batch = (x.shape,) if self._graph is None else tuple(y.shape for y in parts(x))
            x = copied(x)  # the caller may change the result, which a layer may have remembered
        return x

    def infer(self, x: Any) -> Any:
        """Forward propagation in inference, leaving no trace."""
        if "forward" in vars(self):  # somebody has given this one object a forward of its own
            return super().infer(x)
        if self._graph is not None:
            return self._graph.run(self._layers, x, lambda layer, taken: layer.infer(taken))
        for layer in self._layers:
            x = layer.infer(x)
        return x

    def backward(self, dy: Any) -> Any:
        """Error back-propagation: overwrites `gradient` and returns ``dL/dx``.

        Parameters
        ----------
        dy : array_like, shape (n,) + output_shape, or a list of them
            ``dL/dy`` for the outputs of the last `forward`.

        Returns
        -------
        ndarray, shape (n,) + input_shape, or a list of them
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
            dy = self._slopes_in(dy, self._output_batch)
        if self._graph is not None:
            dx = self._graph.backward(self._layers, dy)
            return copied(dx) if outermost else dx
        for layer in reversed(self._layers):
            dy = layer.backward(dy)
            if not layer.needs_dx:
                break
        return dy.copy() if outermost else dy

    def _slopes_in(self, dy: Any, shapes: tuple[tuple[int, ...], ...]) -> Any:
        """``dL/dy`` for outputs of these shapes, converted and checked."""
        if len(shapes) == 1:
            return self._slope_in(dy, shapes[0])
        given = parts(dy)
        if len(given) != len(shapes):
            raise ShapeError(f"{self._label}dy must be a list of {len(shapes)} arrays, got {len(given)}")
        return joined(map(self._slope_in, given, shapes))

    def _slope_in(self, dy: Any, shape: tuple[int, ...]) -> Array:
        array = as_array("dy", dy, self.dtype)
        if array.shape != shape:
            raise ShapeError(
                f"{self._label}dy must have the shape of the last outputs {shape}, got {array.shape}"
            )
        return np.ascontiguousarray(array)

    def each_output(self, x: Any) -> Iterator[tuple[Layer, Any]]:
        """Every layer and what it gives in inference, in an order in which they can be run."""
        made: list[tuple[Layer, Any]] = []

        def each(layer: Layer, taken: Any) -> Any:
            made.append((layer, layer.running_copy().forward(taken)))
            return made[-1][1]

        if self._graph is not None:
            self._graph.run(self._layers, x, each)
        else:
            for layer in self._layers:
                x = each(layer, x)
        return iter(made)

    def rows_in(self, x: Any, lazily: bool = False) -> Any:
        """Input rows, converted and checked: the door for all data.

        Parameters
        ----------
        x : array_like or sparse matrix, shape (n,) + input_shape, or a list of them
            The rows.
        lazily : bool, default False
            Leave memory-mapped rows in their file, to be converted when they are looked at.

        Raises
        ------
        StateError
            If there are no layers.
        ShapeError, DataError
            If ``x`` is not of shape (n,) + input_shape or holds no real numbers.
        """
        if type(x) is np.ndarray and not self._functional and self._layers:  # as in nearly every call
            return self._layers[0].rows_in(x)
        if self._shapes is None:
            raise StateError("the network has no layers: add one, net.add(Dense(1, input_dim=4))")
        if not self._functional:
            door = self._layers[0].rows_in if self._layers else super().rows_in
            return self._kept_or_through(0, door, lazily, x)
        entries = self.input_layers
        doors = [
            functools.partial(self._kept_or_through, i, self._door(i, layer), lazily)
            for i, layer in enumerate(entries)
        ]
        if len(doors) == 1:
            return doors[0](x)
        return several_rows(self._label, x, [str(layer.name) for layer in entries], doors)

    def _door(self, i: int, entry: Layer) -> Callable[[Any], Any]:
        """That of an input layer, and of those that take what comes as it is and look at it, as an embedding does."""
        looking = [layer for layer in self._takers(i) if type(layer).rows_in is not Layer.rows_in]
        doors = [entry, *(layer for layer in looking if layer is not self and not layer.takes_several)]
        return functools.partial(_through, doors) if len(doors) > 1 else entry.rows_in

    def _kept_or_through(self, i: int, door: Callable[[Any], Any], lazily: bool, x: Any) -> Any:
        """The rows of input ``i``: sparse ones and those in a file as they are, others through their door."""
        floats = self.dtype.kind != "O"
        if not floats:
            from mlp import rationals

            rationals.require_fractions(self)
        if is_sparse(x) and floats:
            for layer in self._takers(i):
                if not _takes_sparse(layer):
                    raise DataError(
                        f"{layer._label}x is a sparse matrix, which only a Dense layer takes: begin with one, or use "
                        "x.toarray()"
                    )
            shapes: Any = self._built_shapes()[0]
            row_shape = shapes[i] if self.takes_several else shapes
            return sparse_rows("x", x, row_shape, self.dtype, self._label)
        return LazyRows(x, door) if lazily and floats and is_lazy(x) else door(x)

    def _takers(self, i: int) -> Iterator[Layer]:
        """The layers that do something with input ``i``; the network itself where that is not known."""
        taking: list[tuple[Layer, int]] = []
        handed_on = False
        if type(self).forward is not Network.forward:
            handed_on = True
        elif self._graph is None:
            taking = [(layer, 0) for layer in self._layers if not isinstance(layer, InputLayer)][:1]
            handed_on = not taking
        else:
            value = self._graph.inputs[i]
            handed_on = value in self._graph.outputs
            taking = [
                (own_layer(self._layers[step.layer]), step.takes.index(value))
                for step in self._graph.steps
                if value in step.takes
            ]
        if handed_on:
            yield self
        for layer, place in taking:
            yield from layer._takers(place) if isinstance(layer, Network) else (layer,)

    def running_copy(self, reuse: bool = False) -> Self:
        """A copy to run: the same weights and gradient, memory of its own (see ``mlp.layers.base``)."""
        twin = Layer.running_copy(self, reuse)  # no attribute names a layer, so there is none to look for
        twin._layers = [layer.running_copy(reuse) for layer in self._layers]
        return twin

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_output_batch": None}

    # Looking at it.

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """One layer, by name or by index.

        Parameters
        ----------
        name : str, optional
            Its name.
        index : int, optional
            Its place in `layers`; from the end where it is negative.

        Returns
        -------
        Layer
            The layer itself, not a copy.

        Raises
        ------
        ArgumentError
            If there is none such, or not exactly one of the two was given.

        Examples
        --------
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(3, input_dim=2, name="hidden"), Dense(1)])
        >>> net.get_layer("hidden").units, net.get_layer(index=-1).units
        (3, 1)
        """
        if (name is None) == (index is None):
            raise ArgumentError("give a layer's name or its index")
        if index is not None:
            if not -len(self.layers) <= checks.integer("index", index, -(2**31)) < len(self.layers):
                raise ArgumentError(
                    f"index must be below the number of layers, {len(self.layers)}, got {index}"
                )
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [str(layer.name) for layer in self.layers]
        raise ArgumentError(
            f"no layer is called {name!r}{nearest(str(name), names)} Layers: {', '.join(names)}"
        )

    @refuses_old_spellings
    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print the layers with their output shapes and numbers of parameters, as Keras does.

        Parameters
        ----------
        line_length : int, optional
            The table's width.
        positions : list of float, optional
            Where the columns end, as shares of the width, such as ``[0.5, 0.75, 1.0]``, or in letters.  A column is
            never narrower than what stands in it.
        print_fn : callable, optional
            Takes the text instead of ``print``.
        expand_nested : bool, default False
            Show the layers inside of nested networks too.
        show_trainable : bool, default False
            Show which layers are trained: Y or N, or - where there are no weights.
        layer_range : (str, str), optional
            Show the layers from the first one whose name begins like the first of these regular expressions to the last
            one whose name begins like the second.

        Raises
        ------
        ArgumentTypeError, ArgumentError
            If an argument is of another kind, there are not as many ascending ``positions`` as columns, or no layer is called like ``layer_range``.

        Examples
        --------
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(3, input_dim=2), Dense(1, trainable=False)], name="small")
        >>> layers = ["dense_1", "dense"]
        >>> net.summary(positions=[0.1, 0.2, 0.3], show_trainable=True, layer_range=layers)
        Model: "small"
        ┏━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━━━━━━┓
        ┃ Layer (type)    ┃ Output Shape ┃ Param # ┃ Trainable ┃
        ┡━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━━━━━━┩
        │ dense_1 (Dense) │ (None, 1)    │       4 │     N     │
        └─────────────────┴──────────────┴─────────┴───────────┘
         Total params: 13 (104.00 B)
         Trainable params: 9 (72.00 B)
         Non-trainable params: 4 (32.00 B)
        """
        from mlp.summary import summary_table

        if line_length is not None:
            checks.integer("line_length", line_length)
        if print_fn is not None and not callable(print_fn):
            raise ArgumentTypeError(f"print_fn must be a function that takes the text, got {print_fn!r}")
        checks.flag("expand_nested", expand_nested)
        text = summary_table(self, line_length, positions, expand_nested, show_trainable, layer_range)
        (print_fn or print)(text)

    def __repr__(self) -> str:
        sizes = shape_text(self._shapes[0]) if self._shapes else ""
        between = " -> " if self._graph is None else ", "
        inner = between.join([sizes, *(str(layer.name) for layer in self.layers)])
        return f"<Network {self.name + ' ' if self.name else ''}{inner}: {self._parameters.size} parameters, {self.dtype}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the table of `summary`, and the picture of `mlp.plots.network_svg`."""
        from mlp.pages.network import network_page

        return network_page(self)

    def get_config(self) -> dict[str, Any]:
        """The architecture, as JSON can hold it; weights and compile settings are not part of it.

        Examples
        --------
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(3, activation="relu", input_dim=2)])
        >>> Network.from_config(net.get_config()).output_shape
        (None, 3)
        """
        graph = self._graph
        connections = {} if graph is None else {"graph": encode(graph.describe(self._layers))}
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": self.dtype.name,
            "input_shape": None if self._shapes is None else encode(self._shapes[0]),
            "functional": self._functional,
            "layers": [layer.describe() for layer in self.layers],
            **connections,
        }

    def to_json(self, **kwargs: Any) -> str:
        """The class and its `get_config` as JSON text, without weights.

        Parameters
        ----------
        **kwargs
            For ``json.dumps``, such as ``indent=2``.

        Returns
        -------
        str
            One line, unless ``indent`` is given.

        Examples
        --------
        >>> import json
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(3, activation="relu", input_dim=2)])
        >>> Network.from_config(json.loads(net.to_json())["config"]).output_shape
        (None, 3)
        """
        import json

        return json.dumps(self.describe(), **kwargs)

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

        Returns
        -------
        Network
            Built, if it knows its input's size; not compiled.

        Raises
        ------
        ArgumentError, ArgumentTypeError, UnknownNameError
            If the description is not one.

        Examples
        --------
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(3, activation="relu", input_dim=2)], rng=0)
        >>> Network.from_config(net.get_config(), rng=0).count_params()
        9
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
                if "graph" in config:
                    network._assemble(*connected(layers, **config["graph"]))
                    return network
                if config["input_shape"] is not None and not network._functional:
                    layers.insert(0, InputLayer(config["input_shape"]))
                network._extend(layers)
                return network
        except (KeyError, TypeError, AttributeError) as error:
            if isinstance(error, MLPError):
                raise
            raise ArgumentError(f"this is no configuration of a network: {error!r}") from error


def _require_one_value(first: Layer, last: Layer) -> None:
    """Refuse the layers at the ends of a chain unless one value goes in and one comes out."""
    for layer, several, what in (
        (first, first.takes_several, "takes several inputs"),
        (last, last.n_outputs > 1, "gives several outputs"),
    ):
        if several:
            raise ShapeError(
                f"{layer._label}{what}, which a list of layers has no way to hand on: call it on symbolic values, and "
                "make the network of them, Network(inputs=..., outputs=...)"
            )


def _through(doors: list[Layer], x: Any) -> Any:
    """Rows that have passed the doors of several layers, one after another."""
    for layer in doors:
        x = layer.rows_in(x)
    return x


def _takes_sparse(layer: Layer) -> bool:
    """Whether it asks nothing of its input but the two products that sparse rows have."""
    return type(layer).forward is Dense.forward and type(layer).backward is Dense.backward


def _type_of_floats(dtype: DTypeLike) -> np.dtype[Any]:
    """The type of a new network."""
    try:
        return checks.dtype(dtype, DTYPES)
    except ArgumentError as error:
        if dtype not in (object, "object", "O"):
            raise
        raise ArgumentError(
            f"{error}; a network of fractions is made of one of floats: net.astype(object)"
        ) from None
