"""Real numbers as the numbers of the bins that they lie in."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, DataError, ShapeError, StateError
from mlp.layers.base import LAYERS, Layer
from mlp.layers.preprocessing.batches import batches_of
from mlp.layers.preprocessing.encoding import HOT, encoded, encoded_shape
from mlp.rows import as_array, require_finite

__all__ = ["Discretization"]


@LAYERS.add()
class Discretization(Layer):
    """``y`` is how many boundaries are not greater than ``x``: the number of the bin that ``x`` lies in, from 0 on.

    Parameters
    ----------
    bin_boundaries : list of float, optional
        In ascending order; k of them make k + 1 bins.
    num_bins : int, optional
        How many bins `adapt` makes, instead.
    epsilon : float, default 0.01
        By how much shares of bins may be wrong, in Keras; `adapt` is exact here.
    output_mode : {"int", "one_hot", "multi_hot", "count"}
        The bin's number, or what `CategoryEncoding` makes of it.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError, DataError
        If an argument is not as above, or both or (when built) none of boundaries and number of bins are given.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([Discretization([0.0, 1.0], input_dim=3)])([[-0.5, 0.0, 7.0]])
    array([[0., 1., 2.]])
    """

    replayable = True

    bin_boundaries: list[float] | None

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if bin_boundaries is not None and num_bins is not None:
            raise ArgumentError("give bin_boundaries, or num_bins and call adapt, not both")
        self.bin_boundaries = None if bin_boundaries is None else _boundaries(bin_boundaries)
        self.num_bins = None if num_bins is None else checks.integer("num_bins", num_bins)
        self.epsilon = checks.real("epsilon", epsilon, above=0.0)
        self.output_mode = checks.one_of("output_mode", output_mode, ("int", *HOT))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A layer made with the arguments of ``config``, and the boundaries that `adapt` found."""
        learned = config.get("bin_boundaries") if config.get("num_bins") is not None else None
        if learned is None:
            return super().from_config(config)
        layer = super().from_config({**config, "bin_boundaries": None})
        layer.bin_boundaries = _boundaries(learned)
        return layer

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """No weights; the shape."""
        if self.bin_boundaries is not None:
            self._depth = len(self.bin_boundaries) + 1
        elif self.num_bins is not None:
            self._depth = self.num_bins
        else:
            raise ArgumentError(f"{self._label}give bin_boundaries, or num_bins and call adapt")
        return encoded_shape(input_shape, self.output_mode, self._depth)

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Put boundaries where bins of equal shares of the data meet, replacing those of earlier calls.

        The share k / num_bins is looked up in the data's distribution function, made of straight lines between its
        steps (Hyndman and Fan 1996, definition 4).

        Parameters
        ----------
        data : array_like, or iterable of such
            Numbers of any shape, all together; an iterator or a list of arrays is taken for batches.
        steps : int, optional
            Take no more batches than these.

        Raises
        ------
        ArgumentError, DataError, ShapeError, StateError
            If ``steps`` is no positive integer, the data are not finite, there are none, or the boundaries were given.

        Examples
        --------
        >>> layer = Discretization(num_bins=4)
        >>> layer.adapt([[-1.5, 1.0, 3.4, 0.5], [0.0, 3.0, 1.3, 0.0]])
        >>> layer.bin_boundaries
        [0.0, 0.5, 1.3]
        """
        if self.num_bins is None:
            raise StateError(f"{self._label}bin_boundaries were given; make it with num_bins to adapt it")
        most = None if steps is None else checks.integer("steps", steps)
        some = itertools.islice(batches_of(data), most)
        batches = [as_array("data", batch, np.dtype(np.float64)).ravel() for batch in some]
        x = np.concatenate(batches) if batches else np.zeros(0)
        if not x.size:
            raise ShapeError(f"{self._label}data must hold at least one number")
        require_finite("data", x)
        shares = np.arange(1, self.num_bins) / self.num_bins
        self.bin_boundaries = np.quantile(x, shares, method="interpolated_inverted_cdf").tolist()

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y``, the number of boundaries that are not greater, or what stands for it."""
        if self.bin_boundaries is None:
            raise StateError(f"{self._label}it has no boundaries yet: call adapt with data")
        self._x = x
        bins = np.searchsorted(np.array(self.bin_boundaries), x.real, side="right")
        return encoded(bins, self.output_mode, self._depth, x.dtype)

    def backward(self, dy: Array) -> Array:
        """``dx = 0``, as it is between the boundaries."""
        return np.zeros_like(self._x)


def _boundaries(given: Any) -> list[float]:
    boundaries = as_array("bin_boundaries", given, np.dtype(np.float64))
    if boundaries.ndim != 1:
        raise ShapeError(f"bin_boundaries must be a list of numbers, got shape {boundaries.shape}")
    require_finite("bin_boundaries", boundaries)
    if (np.diff(boundaries) < 0).any():
        raise DataError(f"bin_boundaries must ascend, got {given!r:.60}")
    return [float(v) for v in boundaries]
