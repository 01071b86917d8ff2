"""The composite: a layer made of layers."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError, StateError
from mlp.layers.base import LAYERS, Layer
from mlp.names import snake_case

__all__ = ["Composite"]


class Composite(Layer):
    """A layer that runs other layers; subclass it, giving ``build``, ``forward`` and ``backward``.

    Parameters
    ----------
    layers : iterable of Layer, optional
        The layers inside, in the order of their weights.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentTypeError, StateError
        If something is no layer, is there twice, or belongs to another network.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> class Doubled(Composite):
    ...     def __init__(self, inner, **kwargs):
    ...         super().__init__([inner], **kwargs)
    ...         self.inner = inner
    ...     def build(self, input_shape):
    ...         return self.build_layer(self.inner, input_shape)
    ...     def forward(self, x, training=False):
    ...         return 2 * self.inner.forward(x, training)
    ...     def backward(self, dy):
    ...         return self.inner.backward(2 * dy)
    >>> Network([Doubled(Dense(3), input_dim=2)]).output_shape
    (None, 3)
    """

    _layers: list[Layer]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: D102
        composite = super().__new__(cls, *args, **kwargs)
        vars(composite)["_layers"] = []
        return composite

    def __init__(self, layers: Iterable[Layer] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        layers = list(layers)
        for i, layer in enumerate(layers):
            self.check_new(layer, layers[:i])
        for layer in layers:
            self.own(layer)

    @property
    def is_chain(self) -> bool:
        """Whether the output is that of the last layer, whose input is that of the one before, and so on."""
        return False

    @classmethod
    def _stored_arguments(cls) -> tuple[str, ...]:
        # A subclass whose constructor takes its layers under other names hands them on as ``layers`` itself.
        makes_list = "layers" not in inspect.signature(cls.__init__).parameters
        return tuple(name for name in super()._stored_arguments() if not (makes_list and name == "layers"))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A composite made with the arguments of ``config``; descriptions of layers in it become layers."""
        # Not so for every layer: the initializer Identity and the activation Softmax have the names of layers too.
        return cls(**{name: _layers_in(value) for name, value in config.items()})

    @property
    def layers(self) -> list[Layer]:
        """The layers inside, as a new list."""
        return list(self._layers)

    def check_new(self, layer: Any, beside: Iterable[Layer] = (), argument: str = "layers") -> None:
        """Refuse a ``layer`` that cannot stand here ``beside`` those that are about to; messages call it ``argument``."""
        if not isinstance(layer, Layer):
            hint = (
                "; write it with its arguments"
                if isinstance(layer, type) and issubclass(layer, Layer)
                else ""
            )
            raise ArgumentTypeError(
                f"{self._label}{argument} must be made of Layer objects, got {layer!r}{hint}"
            )
        if id(layer) in set(map(id, beside)):
            raise StateError(
                f"{self._label}layer {layer.name or type(layer).__name__!r} is there twice; each layer has one place: "
                "use layer.copy() for a twin with weights of its own"
            )
        if layer._owner is not None or layer is self:
            owner = layer._owner or self
            raise StateError(
                f"{self._label}layer {layer.name or type(layer).__name__!r} already belongs to "
                f"{owner.name or type(owner).__name__!r}; a layer has one owner: use layer.copy()"
            )

    def own(self, layer: Layer) -> None:
        """Take a ``layer`` in; one without a name gets one of its class, ``dense``, ``dense_1``, ..."""
        taken = {other.name for other in self._layers}
        if not layer._named:
            stem = snake_case(type(layer).__name__)
            candidates = [stem, *(f"{stem}_{i}" for i in range(1, len(taken) + 1))]
            layer.name = next(name for name in candidates if name not in taken)
        elif layer.name in taken:
            raise ArgumentError(f"two layers are called {layer.name!r}; names must differ")
        layer._position = len(self._layers)
        layer._owner = self
        self._layers.append(layer)

    def build_layer(self, layer: Layer, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Build one ``layer`` of those inside for rows of ``input_shape`` and return the shape of its output."""
        return layer.build_for(input_shape, self.dtype, self.rng)

    def unbuild(self) -> None:
        """Back to before ``build``, with all layers inside."""
        super().unbuild()
        for layer in self._layers:
            layer.unbuild()

    def walk(self) -> Iterator[Layer]:
        """The composite itself and all layers in it."""
        yield self
        for layer in self._layers:
            yield from layer.walk()

    def _trained(self) -> Iterator[tuple[Layer, str]]:
        yield from super()._trained()
        if self.trainable:
            for layer in self._layers:
                yield from layer._trained()

    def learning_pieces(self, multiplier: float = 1.0) -> Iterator[tuple[str, int, float]]:
        """Its own arrays, then those of the layers inside, with the product of both multipliers."""
        yield from super().learning_pieces(multiplier)
        for layer in self._layers:
            yield from layer.learning_pieces(multiplier * self._lr_multiplier)

    def attach_children(self, parameters: Array, gradient: Array) -> None:
        """Hand each layer its slice."""
        start = 0
        for layer in self._layers:
            end = start + layer.n_parameters
            layer.attach(parameters[start:end], gradient[start:end])
            start = end

    def running_copy(self, reuse: bool = False) -> Self:
        """A copy to run, with running copies of the layers inside, also where attributes name them."""
        twin = super().running_copy(reuse)
        twins = {id(layer): layer.running_copy(reuse) for layer in self._layers}
        for name, value in vars(self).items():
            if id(value) in twins:
                vars(twin)[name] = twins[id(value)]
        twin._layers = list(twins.values())
        return twin

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for position, layer in enumerate(self._layers):
            layer._position, layer._owner = position, self


def _layers_in(value: Any) -> Any:
    if isinstance(value, list):
        return [_layers_in(item) for item in value]
    described = isinstance(value, Mapping) and set(value) == {"class_name", "config"}
    return LAYERS.get(value) if described and LAYERS.knows(value["class_name"]) else value
