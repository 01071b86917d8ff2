"""The layer: a function with trainable parameters, its gradient right beside it.

Who owns what.  A layer declares weights in ``build``; their numbers live in the flat parameter vector
of the network that owns the layer, and the layer holds shaped views of its slice (`Layer.attach`).
The same holds for the gradient.  So an optimizer sees one vector, a layer sees ``self.kernel``, and
nothing is copied between them.

Who runs.  A person who calls ``layer.forward`` runs the layer itself, which remembers what ``backward``
needs.  Predictions and training run `Layer.running_copy`: the same views of weights and gradient, but
memory of its own, so they leave no trace here and can run in many threads at once.
"""

from __future__ import annotations

import copy
import functools
import math
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks, constraints, regularizers
from mlp.arrays import Array
from mlp.configurable import Configurable
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError, StateError
from mlp.layers.node import Call, Node
from mlp.layers.weights import WeightAttribute, WeightSpec, first_values, fitting
from mlp.names import snake_case
from mlp.recording import Recording
from mlp.registry import Registry
from mlp.rows import as_rows, several_rows
from mlp.several import Several, copied, parts

__all__ = ["LAYERS", "Layer", "shape_text"]


class Layer(Configurable):
    """A layer; subclass it, giving ``forward``, ``backward`` and, if it has weights or changes shapes, ``build``.

    Parameters
    ----------
    name : str, optional
        A name; the network makes one of the class's name unless given.
    trainable : bool, default True
        False freezes the weights.  May be changed at any time.
    input_shape : tuple of int, optional
        The shape of one input row, for the first layer of a network.
    input_dim : int, optional
        Short for ``input_shape=(input_dim,)``.
    lr_multiplier : float, default 1
        A factor of the optimizer's learning rate, and of its weight decay, for all weights in this layer.  May be
        changed at any time; a training that runs sees it at its next epoch.

    Examples
    --------
    >>> import numpy as np
    >>> from mlp import Network
    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.add_weight("s", shape=input_shape, initializer="ones")
    ...     def forward(self, x, training=False):
    ...         self._x = x
    ...         return self.s * x
    ...     def backward(self, dy):
    ...         np.sum(dy * self._x, axis=0, out=self.gradient_of("s"))
    ...         return dy * self.s
    >>> net = Network([Scale(input_dim=2)])
    >>> net.forward([[3.0, 4.0]]), net.backward([[1.0, 1.0]]), net.gradient
    (array([[3., 4.]]), array([[1., 1.]]), array([3., 4.]))
    """

    name: str | None
    dtype: np.dtype[Any]
    #: What a row becomes hangs on the other rows of its batch; declared, or `mlp.testing.check_layer` objects.
    couples_rows: bool = False
    #: Training and inference give different outputs for one input; declared likewise.
    differs_in_training: bool = False
    #: ``backward`` is not the derivative of ``forward``, on purpose, as with a straight-through estimator.
    surrogate_gradient: bool = False
    #: ``forward`` takes a tuple of arrays and ``backward`` returns one, as merges do; ``build`` gets a tuple of shapes.
    takes_several: bool = False
    #: What comes must be whole numbers from 0 to one less than this; None: any real numbers.
    integers_below: int | None = None
    #: False in training where nobody uses ``dx``: ``backward`` may then return anything.
    needs_dx: bool
    _values: dict[str, Array]
    _gradients: dict[str, Array]
    _specs: dict[str, WeightSpec]
    _given_shape: tuple[int, ...] | None
    _shapes: tuple[tuple[int, ...], tuple[int, ...]] | None
    _names_when_built: frozenset[str] | None
    _rng: np.random.Generator | None
    _lr_multiplier: float
    _trainable: bool
    _owner_reference: weakref.ref[Layer] | None
    _position: int | None
    _building: bool
    _running: bool
    _named: bool

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: D102
        layer = super().__new__(cls, *args, **kwargs)
        # Here and not in __init__, so that a subclass may leave out super().__init__().
        vars(layer).update(
            name=None, _trainable=True, dtype=np.dtype(np.float64), _position=None, needs_dx=True, _named=False, _running=False,
            _given_shape=None, _shapes=None, _building=False, _names_when_built=None, _values={}, _gradients={}, _specs={},
            _rng=None, _owner_reference=None, _lr_multiplier=1.0,
        )  # fmt: skip
        return layer

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
        lr_multiplier: float = 1.0,
    ) -> None:
        if name is not None:
            checks.text("name", name)
        if input_dim is not None and input_shape is not None:
            raise ArgumentError("give input_dim or input_shape, not both")
        self.name = name
        self._named = name is not None
        self.trainable = trainable
        self.lr_multiplier = lr_multiplier
        if input_dim is not None:
            self._given_shape = (checks.integer("input_dim", input_dim),)
        elif input_shape is not None:
            self._given_shape = checks.shape("input_shape", input_shape)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        first = {
            name: next(c for c in cls.__mro__ if name in vars(c))
            for name in ("forward", "running_copy", "infer")
        }
        place = {name: cls.__mro__.index(c) for name, c in first.items()}
        if min(place["forward"], place["running_copy"]) < place["infer"]:
            cls.infer = Layer.infer  # type: ignore[method-assign] # the inherited one would go round what is new

    # What a subclass writes.

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """Declare the weights for rows of ``input_shape``, and return the output's shape.

        Both shapes have no batch axis; returning nothing means that the shape stays the same.

        Parameters
        ----------
        input_shape : tuple of int
            The shape of a row of inputs.

        Returns
        -------
        tuple of int or None
            The shape of a row of outputs; None if it is the same.
        """
        return None

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = f(x)``; remembers in ``self`` what ``backward`` needs.

        Must not write into ``x``; may return it.

        Parameters
        ----------
        x : ndarray, shape (n,) + input_shape
            Rows.
        training : bool, default False
            Whether it is for training, where some layers do something else.

        Returns
        -------
        ndarray, shape (n,) + output_shape
            ``y``.
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward(self, x, training=False)")

    def backward(self, dy: Array) -> Array:
        """``dx = J^T dy`` at the last ``forward``; overwrites `gradient_of` each weight.

        Must not write into ``dy``; may return it.

        Parameters
        ----------
        dy : ndarray, shape (n,) + output_shape
            ``dL/dy``, the gradient of some number ``L`` with respect to the output.

        Returns
        -------
        ndarray, shape (n,) + input_shape
            ``dL/dx``.
        """
        raise NotImplementedError(f"{type(self).__name__} must define backward(self, dy)")

    def infer(self, x: Array) -> Array:
        """``forward`` in inference, leaving no trace, and right in many threads at once.

        Here by a running copy, which is right for any layer; one that can do without the copy may say how.

        Parameters
        ----------
        x : ndarray, shape (n,) + input_shape
            Rows.

        Returns
        -------
        ndarray, shape (n,) + output_shape
            ``y``.
        """
        return self.running_copy().forward(x)

    # What a subclass uses.

    def add_weight(
        self,
        name: str,
        shape: int | Sequence[int],
        initializer: Any = "glorot_uniform",
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
    ) -> Array:
        """Declare a weight; it is then ``self.<name>``.

        Parameters
        ----------
        name : str
            A Python name.
        shape : tuple of int
            The weight's shape.
        initializer : str, Initializer or array, default "glorot_uniform"
            Initial values.
        trainable : bool, default True
            False makes it state that no optimizer moves, such as a moving average; change it in place.
        regularizer, constraint : str or object, optional
            A penalty in the loss; a rule that holds after each step.

        Returns
        -------
        ndarray
            The weight itself.

        Raises
        ------
        StateError
            If called outside ``build``, or twice for one name.
        ArgumentError
            If the name is taken by something else.

        Examples
        --------
        >>> from mlp import Network
        >>> class Shift(Layer):
        ...     def build(self, input_shape):
        ...         self.add_weight("shift", input_shape, initializer="zeros")
        ...     def forward(self, x, training=False):
        ...         return x + self.shift
        ...     def backward(self, dy):
        ...         dy.sum(axis=0, out=self.gradient_of("shift"))
        ...         return dy
        >>> Network([Shift(input_dim=2)]).count_params()
        2
        """
        if not self._building:
            raise StateError(f"{self._label}add_weight({name!r}) belongs in build; weights cannot come later")
        if name in self._specs:
            raise StateError(f"{self._label}weight {name!r} is declared twice")
        existing = getattr(type(self), name, None)
        if not name.isidentifier() or (existing is not None and not isinstance(existing, WeightAttribute)):
            raise ArgumentError(f"{self._label}a weight cannot be called {name!r}; choose a free Python name")
        sizes = (shape,) if isinstance(shape, int) else tuple(shape)
        sizes = tuple(checks.integer(f"shape of weight {name!r}", size) for size in sizes)
        spec = WeightSpec(
            sizes,
            checks.flag("trainable", trainable),
            regularizers.get(regularizer),
            constraints.get(constraint),
        )
        value = first_values(initializer, sizes, self.dtype, self.rng)
        if existing is None:
            setattr(type(self), name, WeightAttribute(name))
        vars(self).pop(name, None)
        self._specs[name], self._values[name] = spec, value
        if spec.trainable:
            self._gradients[name] = np.zeros_like(value)
        return value

    def gradient_of(self, name: str) -> Array:
        """Where ``backward`` writes the gradient of a weight: a view of the network's gradient vector.

        Parameters
        ----------
        name : str
            What the weight was called in `add_weight`.

        Returns
        -------
        ndarray
            The view; write into it, as ``np.sum(..., out=...)`` does.

        Raises
        ------
        ArgumentError
            If no trainable weight has the name.
        """
        try:
            return self._gradients[name]
        except KeyError:
            known = ", ".join(map(repr, self._gradients)) or "none"
            raise ArgumentError(f"{self._label}no trainable weight {name!r}; there are: {known}") from None

    def empty(self, name: str, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> Array:
        """Memory for a result: a new array, except while ``fit`` runs, which hands out the last step's again.

        What is asked for under two names, or in two shapes, is never the same memory.

        Parameters
        ----------
        name : str
            What it is for.
        shape : tuple of int
            Its shape.
        dtype : dtype, optional
            Its type; the layer's unless given.

        Returns
        -------
        ndarray
            With any values.
        """
        return np.empty(shape, dtype or self.dtype)

    def draw(self, generator: np.random.Generator, out: Array, normal: bool = False) -> None:
        """Fill ``out``, of single or double precision, with random numbers from [0, 1), or with standard normal ones.

        Parameters
        ----------
        generator : Generator
            The source of randomness.
        out : ndarray
            What is filled.
        normal : bool, default False
            Whether the numbers are standard normal.

        Raises
        ------
        StateError
            In a network of fractions, where nothing is drawn.
        """
        if self.dtype.kind == "O":
            raise StateError(
                f"{self._label}it draws random numbers in training, and the network computes with fractions: use training=False"
            )
        _fill(generator, normal, out)

    def ones(self, n: int) -> Array:
        """A vector of ``n`` ones, not to be written into: ``ones.dot(a)`` sums rows in a fifth of ``np.sum``'s time."""
        return np.ones(n, self.dtype)

    @property
    def rng(self) -> np.random.Generator:
        """The source of all randomness, that of the network at the root."""
        if self._rng is None:
            self._rng = np.random.default_rng()
        return self._rng

    # What everybody may read and call.

    @property
    def trainable(self) -> bool:
        """Whether training moves the weights in this layer; assignment takes True or False."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = checks.flag("trainable", value)

    @property
    def lr_multiplier(self) -> float:
        """A factor of the learning rate for all weights in this layer; assignment takes a number >= 0."""
        return self._lr_multiplier

    @lr_multiplier.setter
    def lr_multiplier(self, value: float) -> None:
        self._lr_multiplier = checks.real("lr_multiplier", value, 0.0)

    @property
    def input_shape(self) -> Any:
        """The shape of a batch of inputs, ``(None, ...)``; a list of shapes where there are several.

        Raises
        ------
        StateError
            Before the layer is built.
        """
        return _batch_shape(self._built_shapes()[0])

    @property
    def output_shape(self) -> Any:
        """The shape of a batch of outputs, ``(None, ...)``; a list of shapes where there are several.

        Raises
        ------
        StateError
            Before the layer is built.
        """
        return _batch_shape(self._built_shapes()[1])

    @property
    def n_outputs(self) -> int:
        """How many arrays ``forward`` returns: one, but for a network with several outputs."""
        return 1

    @property
    def output_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of a row of each output."""
        shapes = self._built_shapes()[1]
        return (shapes,) if self.n_outputs == 1 else shapes  # type: ignore[return-value]

    def _built_shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        if self._shapes is None:
            raise StateError(f"{self._label}not built yet: put it into a Network whose input size is known")
        return self._shapes

    @property
    def _label(self) -> str:
        """``layer 2 'dense_1' (Dense, 8 -> 1): ``, the beginning of an error message."""
        place = "" if self._position is None else f"layer {self._position} "
        name = f"{self.name!r} " if self.name else ""
        sizes = ""
        if self._shapes is not None:
            sizes = ", " + " -> ".join(map(shape_text, self._shapes))
        kind = type(self).__name__
        return f"{place}{name}({kind}{sizes}): " if place or name else f"{kind}: "

    def walk(self) -> Iterator[Layer]:
        """The layer itself and, for a composite, all layers in it, in the order of their weights."""
        yield self

    def named_weights(self) -> list[tuple[Layer, str]]:
        """Owner and name of every weight in Keras's order: a layer's trainable ones first."""
        return [
            (layer, name)
            for layer in self.walk()
            for kind in (True, False)
            for name, spec in layer._specs.items()
            if spec.trainable is kind
        ]

    @property
    def weights(self) -> list[Array]:
        """All weights as live views."""
        return [layer._values[name] for layer, name in self.named_weights()]

    def _trained(self) -> Iterator[tuple[Layer, str]]:
        if self.trainable:
            yield from ((self, name) for name, spec in self._specs.items() if spec.trainable)

    def learning_pieces(self, multiplier: float = 1.0) -> Iterator[tuple[str, int, float]]:
        """Name, size and rate of each array in the layer's slice of the vector, the rate times ``multiplier``."""
        multiplier *= self._lr_multiplier
        yield from (
            (name, math.prod(spec.shape), multiplier) for name, spec in self._specs.items() if spec.trainable
        )

    @property
    def trainable_weights(self) -> list[Array]:
        """The weights that training moves, as live views; those of frozen layers are not among them."""
        return [layer._values[name] for layer, name in self._trained()]

    @property
    def non_trainable_weights(self) -> list[Array]:
        """All other weights, as live views."""
        trained = {(id(layer), name) for layer, name in self._trained()}
        return [
            layer._values[name] for layer, name in self.named_weights() if (id(layer), name) not in trained
        ]

    @property
    def gradients(self) -> list[Array]:
        """Copies of the gradients of `trainable_weights`, in the same order."""
        return [layer._gradients[name].copy() for layer, name in self._trained()]

    def count_params(self) -> int:
        """How many numbers all weights have together.

        Returns
        -------
        int
            The number.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> Network([Dense(20, input_dim=4)]).layers[0].count_params()
        100
        """
        self._built_shapes()
        return sum(weight.size for weight in self.weights)

    @property
    def n_parameters(self) -> int:
        """The length of the layer's slice of the parameter vector: its weights without untrained state."""
        return sum(math.prod(s.shape) for layer in self.walk() for s in layer._specs.values() if s.trainable)

    def get_weights(self) -> list[Array]:
        """Copies of all weights, in Keras's order.

        Returns
        -------
        list of ndarray
            Copies.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> [w.shape for w in Network([Dense(20, input_dim=4)]).layers[0].get_weights()]
        [(4, 20), (20,)]
        """
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all weights; nothing is changed if one of them does not fit.

        Parameters
        ----------
        weights : list of array_like
            In the order and shapes of `get_weights`; nested lists are welcome.

        Raises
        ------
        ShapeError
            If the number of arrays or one of the shapes is wrong.
        StateError
            If there are no weights yet, because the layer is in no network.
        DataError
            If an array does not hold finite real numbers.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> layer = Network([Dense(1, input_dim=2)]).layers[0]
        >>> layer.set_weights([[[1.0], [1.0]], [-0.5]])
        >>> layer.bias
        array([-0.5])
        """
        named = self.named_weights()
        if isinstance(weights, str | Mapping) or not hasattr(weights, "__len__"):
            raise DataError(f"{self._label}weights must be a list of arrays, got {type(weights).__name__}")
        if len(weights) and not named and self._shapes is None:
            raise StateError(
                f"{self._label}there are no weights yet: put the layer into a Network whose input size is known "
                "(input_dim=... of its first layer), and set them then"
            )
        if len(weights) != len(named):
            wanted = ", ".join(f"{name} {layer._specs[name].shape}" for layer, name in named) or "none"
            raise ShapeError(
                f"{self._label}weights must be a list of {len(named)} arrays ({wanted}), got {len(weights)}"
            )
        arrays = [
            fitting(layer._label, f"weights[{i}] ({name})", value, layer._values[name])
            for i, ((layer, name), value) in enumerate(zip(named, weights, strict=True))
        ]
        arrays = [array.copy() for array in arrays]  # one may be a view of a weight that is written first
        for (layer, name), array in zip(named, arrays, strict=True):
            layer._values[name][...] = array

    def __call__(self, x: Any, training: bool = False) -> Any:
        """A `Node` for a node: one more link of a graph.  For data: the output in inference, leaving no trace.

        Parameters
        ----------
        x : Node or array_like, shape (n,) + input_shape, or a list of them
            The input; a list where the layer takes several.
        training : bool, default False
            Behave as in training, where that differs.

        Returns
        -------
        Node or ndarray
            The output, sharing no memory with ``x``.

        Raises
        ------
        ShapeError, DataError
            If the data do not fit the layer.
        """
        if type(x) is not np.ndarray and (nodes := _nodes(x)):
            return self._called_on(nodes)
        rows = self.rows_in(x)
        taken: Any = rows.arrays if isinstance(rows, Several) else rows
        y = self.running_copy().forward(taken, training) if training else self.infer(taken)
        return copied(self.shaped(y, len(rows)))

    def _called_on(self, nodes: tuple[Node, ...]) -> Any:
        """The symbolic value of this layer for others, a list where it gives several."""
        if not self.takes_several and len(nodes) != 1:
            raise ArgumentTypeError(f"{self._label}takes one input, got {len(nodes)}")
        call = Call(self, nodes)
        made = [Node(call, i) for i in range(self.n_outputs)]
        return made[0] if len(made) == 1 else made

    def shaped(self, y: Any, n: int) -> Any:
        """Outputs of n rows, if they have the shape that ``build`` declared.

        Parameters
        ----------
        y : ndarray or tuple of ndarray
            What ``forward`` has returned.
        n : int
            The number of rows.

        Returns
        -------
        ndarray or tuple of ndarray
            ``y`` itself.

        Raises
        ------
        ShapeError
            If they have not: a layer inside declares another shape than its ``forward`` returns.
        """
        expected = (n, *(self._shapes or self._built_shapes())[1])
        if getattr(y, "shape", None) == expected:
            return y
        several = self.n_outputs > 1
        given = parts(y) if several else (y,)
        wanted = [(n, *shape) for shape in self.output_shapes] if several else [expected]
        if len(given) != len(wanted):
            raise ShapeError(f"{self._label}forward must return {len(wanted)} arrays, got {len(given)}")
        for part, shape in zip(given, wanted, strict=True):
            self._require_shape(part, shape)
        return y

    def _require_shape(self, y: Any, expected: tuple[int, ...]) -> None:
        if getattr(y, "shape", None) != expected:
            got = getattr(y, "shape", type(y).__name__)
            raise ShapeError(
                f"{self._label}the output should have shape {expected}, got {got}; build must return the shape of a "
                "row of what forward returns"
            )

    def rows_in(self, x: Any) -> Any:
        """Input rows, converted and checked.

        Parameters
        ----------
        x : array_like
            Rows; a tuple of such where there are several inputs.

        Returns
        -------
        ndarray or tuple of ndarray
            The rows in the layer's type.

        Raises
        ------
        ShapeError, DataError
            If ``x`` is not of shape (n,) + input_shape or holds no real numbers.
        """
        row_shape: Any = self._built_shapes()[0]
        if (
            type(x) is np.ndarray
            and x.dtype is self.dtype
            and x.shape[1:] == row_shape
            and x.flags.c_contiguous
            and x.dtype.kind != "O"  # which may hold anything
        ):
            return x
        if self.takes_several:
            names = [f"x[{i}]" for i in range(len(row_shape))]
            doors = [
                functools.partial(as_rows, name, row_shape=shape, dtype=self.dtype, where=self._label)
                for name, shape in zip(names, row_shape, strict=True)
            ]
            return several_rows(self._label, x, names, doors)
        return as_rows("x", x, row_shape, self.dtype, self._label)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON can hold them.

        Examples
        --------
        >>> from mlp.layers import Dropout
        >>> Dropout(0.5, name="half").get_config()
        {'rate': 0.5, 'noise_shape': None, 'seed': None, 'name': 'half', 'trainable': True}
        """
        config = super().get_config()
        if config.get("lr_multiplier") == 1.0:  # Keras has no such argument, and what is not used is not told
            del config["lr_multiplier"]
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A layer made with the arguments of ``config``."""
        return cls(**config)

    @classmethod
    def _stored_arguments(cls) -> tuple[str, ...]:
        # The input's size is the network's to know; a layer is told it when it is built.
        return tuple(name for name in cls._argument_names() if name not in ("input_shape", "input_dim"))

    def copy(self) -> Self:
        """An unattached twin with the same configuration and weights.

        Returns
        -------
        Layer
            The twin.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(3, input_dim=2)])
        >>> twin = Network([net.layers[0].copy()])
        >>> bool((twin.parameters == net.parameters).all())
        True
        """
        return copy.deepcopy(self)

    def __copy__(self) -> Self:
        return self.copy()

    def __repr__(self) -> str:
        shapes = "" if self._shapes is None else f" {self.input_shape} -> {self.output_shape}"
        return f"<{type(self).__name__} {self.name or snake_case(type(self).__name__)!r}{shapes}>"

    # What the owner of a layer does with it.

    def build_for(
        self, input_shape: tuple[int, ...], dtype: np.dtype[Any], rng: np.random.Generator
    ) -> tuple[int, ...]:
        """Build the layer, or check that what has been built takes this input.

        Parameters
        ----------
        input_shape : tuple of int
            The shape of a row of inputs.
        dtype : dtype
            The type of the weights.
        rng : Generator
            The source of their first values.

        Returns
        -------
        tuple of int
            The shape of a row of outputs.
        """
        if self._shapes is not None:
            if self._shapes[0] != input_shape:
                raise ShapeError(
                    f"{self._label}it is built for inputs of shape {self._shapes[0]}, got {input_shape}"
                )
            for layer in self.walk():
                layer._rng = rng
            return self._built_shapes()[1]
        if self.takes_several is not (bool(input_shape) and isinstance(input_shape[0], tuple)):
            raise ShapeError(
                f"{self._label}takes several inputs: call it on a list of values, layer([a, b]), and make the network of "
                "them, Network(inputs=..., outputs=...)"
                if self.takes_several
                else f"{self._label}takes one input, got {len(input_shape)}"
            )
        if self._given_shape not in (None, input_shape):
            raise ShapeError(
                f"{self._label}input_shape is {self._given_shape}, but what comes has shape {input_shape}"
            )
        self.dtype, self._rng, self._building = dtype, rng, True
        try:
            built = self.build(input_shape)
            self._refuse_stale_names()
            output_shape: tuple[int, ...] = self._declared(input_shape if built is None else built)
        except BaseException:
            self.unbuild()
            raise
        finally:
            self._building = False
        self._shapes = (input_shape, output_shape)
        self._names_when_built = frozenset(vars(self))
        return output_shape

    def _declared(self, result: Any) -> Any:
        """What ``build`` returned, checked: the shape of a row, or of several outputs one each."""
        if self.n_outputs == 1:
            return checks.shape("build's result", result)
        if not isinstance(result, tuple | list) or len(result) != self.n_outputs:
            raise ShapeError(
                f"{self._label}build must return the shapes of its {self.n_outputs} outputs, got {result!r}"
            )
        return tuple(checks.shape(f"build's result[{i}]", shape) for i, shape in enumerate(result))

    def _refuse_stale_names(self) -> None:
        for attribute, value in vars(self).items():
            if getattr(value, "__self__", None) is self:
                raise StateError(
                    f"{self._label}self.{attribute} is a method of this very layer, which a copy would call on the "
                    "original; call the method by its own name"
                )
            for name in self._specs:
                weight = self._values[name]
                if isinstance(value, np.ndarray) and np.may_share_memory(value, weight):
                    raise StateError(
                        f"{self._label}weight {name!r} is also kept as self.{attribute}, which would go stale when the "
                        f"parameter vector moves; use self.{name}, or call the weight {attribute!r}"
                    )

    def unbuild(self) -> None:
        """Back to before ``build``: for a network whose construction failed."""
        for registry in (self._specs, self._values, self._gradients):
            registry.clear()
        self._shapes = self._names_when_built = self._rng = None

    def attach(self, parameters: Array, gradient: Array) -> None:
        """Move the weights into these flat vectors, keeping their values; the layer's views are cut anew.

        Parameters
        ----------
        parameters, gradient : ndarray, shape (size,)
            The layer's own slices of its owner's vectors.
        """
        self.dtype = parameters.dtype
        start = 0
        for name, spec in self._specs.items():
            value = self._values[name]
            if spec.trainable:
                end = start + value.size
                view = parameters[start:end].reshape(spec.shape)
                view[...] = value
                if not np.may_share_memory(value, view):
                    # Whoever still uses what is left behind shall notice: it would train wrongly in silence.
                    value.fill(np.nan)
                    self._gradients[name].flags.writeable = False
                self._values[name], self._gradients[name] = view, gradient[start:end].reshape(spec.shape)
                start = end
            elif value.dtype != self.dtype:
                self._values[name] = value.astype(self.dtype)
        self.attach_children(parameters[start:], gradient[start:])

    def flat_vectors(self) -> tuple[Array, Array]:
        """New vectors for all parameters and their gradient, with the weights moved into them."""
        parameters, gradient = (
            np.zeros(self.n_parameters, self.dtype),
            np.zeros(self.n_parameters, self.dtype),
        )
        self.attach(parameters, gradient)
        return parameters, gradient

    def detach(self) -> None:
        """Leave the owner, with the weights' values."""
        self._owner = self._position = None
        self.flat_vectors()

    def attach_children(self, parameters: Array, gradient: Array) -> None:
        """Hand the rest of ``parameters`` and ``gradient`` on; a leaf has nobody to hand it to."""

    @property
    def _owner(self) -> Layer | None:
        """The composite that this layer is in, while that exists."""
        return None if self._owner_reference is None else self._owner_reference()

    @_owner.setter
    def _owner(self, owner: Layer | None) -> None:
        self._owner_reference = None if owner is None else weakref.ref(owner)

    def running_copy(self, reuse: bool = False) -> Self:
        """A shallow copy to run: the same views of weights and gradient, its own memory.

        Parameters
        ----------
        reuse : bool, default False
            Let `empty` hand out the same arrays at each step.

        Returns
        -------
        Layer
            The copy.
        """
        twin = object.__new__(type(self))
        twin.__dict__ = vars(self).copy()
        twin._running = True
        if reuse:
            own = self.dtype
            vars(twin)["empty"] = functools.cache(
                lambda name, shape, dtype=None: np.empty(shape, dtype or own)
            )
            vars(twin)["ones"] = functools.cache(lambda n: np.ones(n, own))
        return twin

    def _watch(self, recording: Recording) -> None:
        """Let a running copy work on memory that tells ``recording`` what is done with it."""
        own = vars(self)
        empty, ones, watch = self.empty, self.ones, recording.watch
        own["_values"] = {name: watch(value) for name, value in self._values.items()}
        own["_gradients"] = {name: watch(gradient) for name, gradient in self._gradients.items()}
        own["empty"] = lambda name, shape, dtype=None: watch(empty(name, shape, dtype))
        own["ones"] = lambda n: watch(ones(n))
        own["draw"] = lambda generator, out, normal=False: recording.change(
            functools.partial(_fill, generator, normal), out
        )

    def __getstate__(self) -> dict[str, Any]:
        """All but what belongs to the present owner and what the last ``forward`` remembered."""
        kept = self._names_when_built
        state = {
            name: value
            for name, value in vars(self).items()
            if kept is None or name in kept or not name.startswith("_")
        }
        return {**state, "_owner_reference": None, "_gradients": None, "_position": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        for name in self._specs:
            if not isinstance(getattr(type(self), name, None), WeightAttribute):
                setattr(type(self), name, WeightAttribute(name))
        self._gradients = {
            n: np.zeros_like(self._values[n]) for n, spec in self._specs.items() if spec.trainable
        }


def _batch_shape(shape: Any) -> Any:
    several = bool(shape) and isinstance(shape[0], tuple)
    return [(None, *one) for one in shape] if several else (None, *shape)


def shape_text(shape: Any) -> str:
    """``28x28`` for (28, 28), and ``4 + 3`` for the shapes of several arrays."""
    several = bool(shape) and isinstance(shape[0], tuple)
    return " + ".join(map(shape_text, shape)) if several else "x".join(map(str, shape))


def _nodes(x: Any) -> tuple[Node, ...]:
    """The symbolic values in ``x``, none for data."""
    if isinstance(x, Node):
        return (x,)
    listed = tuple(x) if isinstance(x, list | tuple) else ()
    found = tuple(part for part in listed if isinstance(part, Node))
    if found and len(found) < len(listed):
        raise ArgumentTypeError("symbolic values and arrays cannot be taken together")
    return found


def _fill(generator: np.random.Generator, normal: bool, out: Array) -> None:
    (generator.standard_normal if normal else generator.random)(out=out, dtype=out.dtype)


LAYERS: Registry[Layer] = Registry("layer", Layer)
