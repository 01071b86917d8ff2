"""Weights that a person can reckon with."""

from __future__ import annotations

from hypothesis import strategies as st

from mlp.arrays import Array
from mlp.layers import Layer
from mlp.testing.strategies.numbers import arrays

__all__ = ["weights_after", "weights_for"]


def weights_for(
    net: Layer, *, elements: st.SearchStrategy[float] | None = None
) -> st.SearchStrategy[list[Array]]:
    """Weights that ``net.set_weights`` takes; the simplest are 1, 2, 3, 4, 5, 1, ..., never all equal.

    Parameters
    ----------
    net : Network or Layer
        Is not changed; a layer must be built.
    elements : strategy of floats, optional
        The numbers; small integers, halves and floats of either sign unless given.

    Returns
    -------
    SearchStrategy of list of ndarray
        In the order and shapes of ``net.get_weights()``.  Untrained state, such as a variance or a count, is
        drawn as positive integers.

    Raises
    ------
    StateError
        If ``net`` is a layer that is not built.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(3, input_dim=2)])
    >>> @settings(max_examples=10, deadline=None)
    ... @given(weights_for(net))
    ... def weights_are_kept(weights):
    ...     net.set_weights(weights)
    ...     assert all((a == b).all() for a, b in zip(net.get_weights(), weights))
    >>> weights_are_kept()
    """
    return weights_after(0, net, elements)


def weights_after(
    start: int, net: Layer, elements: st.SearchStrategy[float] | None
) -> st.SearchStrategy[list[Array]]:
    """The same, counting on from the ``start`` entries of the weights before them."""
    net._built_shapes()
    drawn = []
    for layer, name in net.named_weights():
        spec, value = layer._specs[name], layer._values[name]
        drawn.append(arrays(spec.shape, value.dtype, elements, start, positive=not spec.trainable))
        start += value.size
    return st.tuples(*drawn).map(list)
