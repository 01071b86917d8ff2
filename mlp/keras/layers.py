"""`keras.layers`: the layers of `mlp.layers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlp import layers
from mlp.keras.namespace import lay_out
from mlp.keras.translation import understood

if TYPE_CHECKING:  # what `lay_out` shows, for those who check types
    from mlp.layers import *

__all__ = ["Input"]


def Input(  # type: ignore[no-redef]
    shape: Any = None, batch_size: int | None = None, **kwargs: Any
) -> Any:
    """The beginning of a network; see `mlp.Input`.

    Parameters
    ----------
    shape : tuple of int
        The shape of one row, without the batch axis.
    batch_size : int, optional
        Taken for Keras's sake: batches may have any size.
    **kwargs
        ``name``; ``batch_shape``, the shape with the batch axis, instead of ``shape``; and others that mean nothing here.

    Examples
    --------
    >>> Input(shape=(4,), batch_size=32, dtype="float32").layer
    <InputLayer 'input_layer'>
    """
    batch_shape = kwargs.pop("batch_shape", None)
    if shape is None and batch_shape is not None:
        shape = tuple(batch_shape)[1:]
    named = {} if shape is None else {"shape": shape}
    return layers.Input(**understood("input", "Input", ("shape", "name"), (), {**named, **kwargs}))


lay_out(__name__, layers, own=__all__)
