"""Initial values of weights: ``init(shape, dtype=None, rng=None)`` returns an array.

A kernel of shape ``(n_in, n_out)`` has ``fan_in = n_in`` and ``fan_out = n_out``.  Numbers are drawn in
float64 and rounded, so that networks of both precisions start at the same place.
"""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array
from mlp.configurable import Configurable
from mlp.errors import ArgumentError, ShapeError
from mlp.registry import Registry
from mlp.rows import as_array, require_finite

__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "Initializer", "LecunNormal",
    "LecunUniform", "Ones", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling",
    "Zeros", "constant", "get", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_normal",
    "lecun_uniform", "ones", "orthogonal", "random_normal", "random_uniform", "truncated_normal", "variance_scaling",
    "zeros",
]  # fmt: skip

#: The standard deviation of a standard normal variable that is cut off at -2 and 2.
TRUNCATED_DEVIATION = 0.87962566103423978


class Initializer(Configurable):
    """A rule for initial values; subclass it, giving ``draw``.

    Examples
    --------
    >>> class Ramp(Initializer):
    ...     def draw(self, shape, rng):
    ...         return np.arange(math.prod(shape)).reshape(shape)
    >>> Ramp()((3,))
    array([0., 1., 2.])
    """

    seed: int | None = None

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Values of the given ``shape`` in float64, drawn from the generator ``rng``."""
        raise NotImplementedError(f"{type(self).__name__} must define draw(self, shape, rng)")

    def __call__(
        self,
        shape: int | tuple[int, ...],
        dtype: DTypeLike | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> Array:
        """Initial values.

        Parameters
        ----------
        shape : tuple of int
            The shape of the weight.
        dtype : dtype, default float64
            The result's type.
        rng : Generator, int or None
            Source of randomness.  An initializer with a ``seed`` of its own uses that, and gives the
            same values at each call, as in Keras.

        Returns
        -------
        ndarray
            A new array.
        """
        generator = np.random.default_rng(rng if self.seed is None else self.seed)
        listed = (shape,) if isinstance(shape, int | np.integer) else shape
        sizes = tuple(checks.integer(f"shape[{i}]", size, 0) for i, size in enumerate(listed))
        return np.array(self.draw(sizes, generator), dtype or np.float64)

    def clone(self) -> Self:
        """A new initializer with the same arguments.

        Returns
        -------
        Initializer
            Of the same class.

        Examples
        --------
        >>> HeNormal(seed=1).clone()
        HeNormal(seed=1)
        """
        return copy.deepcopy(self)


INITIALIZERS: Registry[Initializer] = Registry("initializer", Initializer)


def _seed(seed: Any) -> int | None:
    return None if seed is None else checks.integer("seed", seed, 0, 2**128)


@INITIALIZERS.add("zero")
class Zeros(Initializer):
    """``w = 0``.

    Examples
    --------
    >>> Zeros()((2, 2))
    array([[0., 0.],
           [0., 0.]])
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Zeros."""
        return np.zeros(shape)


@INITIALIZERS.add("one")
class Ones(Initializer):
    """``w = 1``.

    Examples
    --------
    >>> Ones()((3,))
    array([1., 1., 1.])
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Ones."""
        return np.ones(shape)


@INITIALIZERS.add()
class Constant(Initializer):
    """``w = value``.

    Parameters
    ----------
    value : float or array_like, default 0
        One number, or numbers of the weight's own shape.

    Examples
    --------
    >>> Constant(2.5)((2,))
    array([2.5, 2.5])
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = np.asarray(value, np.float64) if np.ndim(value) else checks.real("value", value)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """The value, everywhere."""
        if np.ndim(self.value) and np.shape(self.value) != shape:
            raise ShapeError(
                f"Constant: value must have the weight's shape {shape}, got {np.shape(self.value)}"
            )
        return np.full(shape, self.value)


@INITIALIZERS.add("IdentityInitializer")
class Identity(Initializer):
    """``w = gain I``: each unit begins with the input of its own number.

    Parameters
    ----------
    gain : float, default 1
        Factor of the matrix.

    Examples
    --------
    >>> Identity(2.0)((2, 3))
    array([[2., 0., 0.],
           [0., 2., 0.]])
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = checks.real("gain", gain)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Ones on the diagonal, times the gain."""
        if len(shape) != 2:
            raise ArgumentError(f"Identity needs a weight with two axes, got shape {shape}")
        return self.gain * np.eye(*shape)


@INITIALIZERS.add("normal")
class RandomNormal(Initializer):
    """``w ~ N(mean, stddev^2)``.

    Parameters
    ----------
    mean, stddev : float, defaults 0 and 0.05
        Mean and standard deviation.
    seed : int, optional
        Makes this initializer give the same values at each call.

    Examples
    --------
    >>> w = RandomNormal(stddev=0.1)((200, 50), rng=0)
    >>> round(float(w.std()), 2)
    0.1
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        self.mean = checks.real("mean", mean)
        self.stddev = checks.real("stddev", stddev, 0.0)
        self.seed = _seed(seed)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Normal numbers."""
        return rng.normal(self.mean, self.stddev, shape)


@INITIALIZERS.add("uniform")
class RandomUniform(Initializer):
    """``w ~ U(minval, maxval)``.

    Parameters
    ----------
    minval, maxval : float, defaults -0.05 and 0.05
        The bounds.
    seed : int, optional
        Makes this initializer give the same values at each call.

    Examples
    --------
    >>> w = RandomUniform(-1.0, 1.0)((200, 50), rng=0)
    >>> bool(w.min() >= -1.0), bool(w.max() < 1.0)
    (True, True)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        self.minval = checks.real("minval", minval)
        self.maxval = checks.real("maxval", maxval, self.minval)
        self.seed = _seed(seed)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Uniform numbers."""
        return rng.uniform(self.minval, self.maxval, shape)


@INITIALIZERS.add()
class TruncatedNormal(Initializer):
    """``w ~ N(mean, stddev^2)``, redrawn where it is more than two ``stddev`` away from the mean.

    Parameters
    ----------
    mean, stddev : float, defaults 0 and 0.05
        Mean and standard deviation before truncation.
    seed : int, optional
        Makes this initializer give the same values at each call.

    Examples
    --------
    >>> w = TruncatedNormal(stddev=0.1)((200, 50), rng=0)
    >>> bool(abs(w).max() <= 0.2)
    True
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        self.mean = checks.real("mean", mean)
        self.stddev = checks.real("stddev", stddev, 0.0)
        self.seed = _seed(seed)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Truncated normal numbers."""
        return self.mean + self.stddev * _truncated(shape, rng)


def _truncated(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    z = rng.standard_normal(shape)
    while (outside := np.abs(z) > 2.0).any():
        z[outside] = rng.standard_normal(int(outside.sum()))
    return z


@INITIALIZERS.add()
class VarianceScaling(Initializer):
    """Variance ``scale / n``, n being ``fan_in``, ``fan_out`` or their mean.

    Parameters
    ----------
    scale : float, default 1
        Factor of the variance.
    mode : {"fan_in", "fan_out", "fan_avg"}
        What ``n`` is.
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}
        The shape of the distribution; its variance is the same.
    seed : int, optional
        Makes this initializer give the same values at each call.
    input_axes, output_axes : sequence of int, optional
        The axes whose sizes multiply to ``fan_in`` and ``fan_out``, both or neither; else the last two are those of
        inputs and outputs, and those before them multiply both.

    Examples
    --------
    >>> w = VarianceScaling(2.0, "fan_in", "uniform")((600, 500), rng=0)
    >>> bool(abs(w.var() * 600 / 2 - 1) < 0.01)
    True
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        self.scale = checks.real("scale", scale, above=0.0)
        self.mode = checks.one_of("mode", mode, ("fan_in", "fan_out", "fan_avg"))
        self.distribution = checks.one_of(
            "distribution", distribution, ("truncated_normal", "untruncated_normal", "uniform")
        )
        self.seed = _seed(seed)
        if (input_axes is None) is not (output_axes is None):
            raise ArgumentError("input_axes and output_axes must be given together, or neither of them")
        self.input_axes = _axes("input_axes", input_axes)
        self.output_axes = _axes("output_axes", output_axes)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Numbers of the scaled variance."""
        fan_in, fan_out = self._fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        deviation = math.sqrt(self.scale / max(1.0, n))
        if self.distribution == "uniform":
            return rng.uniform(-math.sqrt(3) * deviation, math.sqrt(3) * deviation, shape)
        if self.distribution == "untruncated_normal":
            return rng.normal(0.0, deviation, shape)
        return deviation / TRUNCATED_DEVIATION * _truncated(shape, rng)

    def _fans(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """How many inputs a unit has, and how many units an input."""
        if self.input_axes is None or self.output_axes is None:
            return _fans(shape)
        for axis in self.input_axes + self.output_axes:
            if not -len(shape) <= axis < len(shape):
                raise ArgumentError(
                    f"{type(self).__name__}: input_axes and output_axes must be axes of the weight's shape {shape}, got {axis}"
                )
        return math.prod(shape[a] for a in self.input_axes), math.prod(shape[a] for a in self.output_axes)


def _axes(name: str, axes: Any) -> tuple[int, ...] | None:
    return None if axes is None else tuple(checks.integer(name, axis, -32, 31) for axis in axes)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """The fans of a kernel whose last axes are inputs and outputs; a vector counts as one to one."""
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    receptive_field = math.prod(shape[:-2])
    return shape[-2] * receptive_field, shape[-1] * receptive_field


class _Scaled(VarianceScaling):
    """`VarianceScaling` with its first three arguments fixed by the subclass."""

    _rule: tuple[float, str, str]

    def __init__(
        self,
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(*self._rule, seed, input_axes, output_axes)


@INITIALIZERS.add()
class GlorotUniform(_Scaled):
    """``w ~ U(-l, l)``, ``l = sqrt(6 / (fan_in + fan_out))`` (Glorot and Bengio 2010, equation 16).

    Parameters
    ----------
    seed : int, optional
        Makes this initializer give the same values at each call.
    input_axes, output_axes : sequence of int, optional
        See `VarianceScaling`.

    Examples
    --------
    >>> w = GlorotUniform()((20, 10), rng=0)
    >>> bool(abs(w).max() <= math.sqrt(6 / 30))
    True
    """

    _rule = (1.0, "fan_avg", "uniform")


@INITIALIZERS.add()
class GlorotNormal(_Scaled):
    """Truncated normal, variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio 2010, equation 12).

    Parameters
    ----------
    seed : int, optional
        Makes this initializer give the same values at each call.
    input_axes, output_axes : sequence of int, optional
        See `VarianceScaling`.

    Examples
    --------
    >>> w = GlorotNormal()((200, 50), rng=0)
    >>> round(float(w.var()), 4), 2 / (200 + 50)
    (0.008, 0.008)
    """

    _rule = (1.0, "fan_avg", "truncated_normal")


@INITIALIZERS.add()
class HeUniform(_Scaled):
    """``w ~ U(-l, l)``, ``l = sqrt(6 / fan_in)`` (He et al. 2015, arXiv:1502.01852, equation 10).

    Parameters
    ----------
    seed : int, optional
        Makes this initializer give the same values at each call.
    input_axes, output_axes : sequence of int, optional
        See `VarianceScaling`.

    Examples
    --------
    >>> w = HeUniform()((20, 10), rng=0)
    >>> bool(abs(w).max() <= math.sqrt(6 / 20))
    True
    """

    _rule = (2.0, "fan_in", "uniform")


@INITIALIZERS.add()
class HeNormal(_Scaled):
    """Truncated normal, variance ``2 / fan_in`` (He et al. 2015, arXiv:1502.01852, equation 10).

    Parameters
    ----------
    seed : int, optional
        Makes this initializer give the same values at each call.
    input_axes, output_axes : sequence of int, optional
        See `VarianceScaling`.

    Examples
    --------
    >>> w = HeNormal()((200, 50), rng=0)
    >>> round(float(w.var()), 2), 2 / 200
    (0.01, 0.01)
    """

    _rule = (2.0, "fan_in", "truncated_normal")


@INITIALIZERS.add()
class LecunUniform(_Scaled):
    """``w ~ U(-l, l)``, ``l = sqrt(3 / fan_in)`` (LeCun et al. 1998, Efficient BackProp, section 4.6).

    Parameters
    ----------
    seed : int, optional
        Makes this initializer give the same values at each call.
    input_axes, output_axes : sequence of int, optional
        See `VarianceScaling`.

    Examples
    --------
    >>> w = LecunUniform()((20, 10), rng=0)
    >>> bool(abs(w).max() <= math.sqrt(3 / 20))
    True
    """

    _rule = (1.0, "fan_in", "uniform")


@INITIALIZERS.add()
class LecunNormal(_Scaled):
    """Truncated normal, variance ``1 / fan_in`` (LeCun et al. 1998, Efficient BackProp, section 4.6).

    Parameters
    ----------
    seed : int, optional
        Makes this initializer give the same values at each call.
    input_axes, output_axes : sequence of int, optional
        See `VarianceScaling`.

    Examples
    --------
    >>> w = LecunNormal()((100, 50), rng=0)
    >>> round(float(w.var()), 2), 1 / 100
    (0.01, 0.01)
    """

    _rule = (1.0, "fan_in", "truncated_normal")


@INITIALIZERS.add("OrthogonalInitializer")
class Orthogonal(Initializer):
    """``w^T w = gain^2 I`` or ``w w^T = gain^2 I``, uniform among such (Saxe et al. 2014, arXiv:1312.6120).

    Parameters
    ----------
    gain : float, default 1
        Factor of the matrix.
    seed : int, optional
        Makes this initializer give the same values at each call.

    Examples
    --------
    >>> w = Orthogonal()((5, 3), rng=0)
    >>> bool(np.allclose(w.T @ w, np.eye(3)))
    True
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        self.gain = checks.real("gain", gain)
        self.seed = _seed(seed)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """An orthogonal matrix."""
        if len(shape) < 2:
            raise ArgumentError(f"Orthogonal needs a weight with two axes or more, got shape {shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.sign(np.diag(r))  # QR is unique, hence the draw uniform, once the diagonal is positive
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


class InitializerFunction(Initializer):
    """A function of one's own as an initializer.

    Parameters
    ----------
    function : callable
        Called with the shape, and by name with ``dtype`` and ``rng`` where it has arguments of these names.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """What the function gives.

        Raises
        ------
        ShapeError, DataError
            If that is not an array of this shape with finite numbers.
        """
        offered = {"dtype": np.float64, "rng": rng}
        taken = _named_arguments(self.function)
        name = getattr(self.function, "__name__", repr(self.function))
        result = self.function(shape, **{key: value for key, value in offered.items() if key in taken})
        values = as_array(f"the result of initializer {name}", result, np.dtype(np.float64))
        if values.shape != shape:
            raise ShapeError(
                f"initializer {name} must return an array of the weight's shape {shape}, got {values.shape}"
            )
        require_finite(f"the result of initializer {name}", values)
        return values


def _named_arguments(function: Callable[..., Any]) -> set[str]:
    try:
        return set(inspect.signature(function).parameters)
    except ValueError:  # some functions written in C do not say
        return set()


#: Keras calls the classes by these names too.
constant, identity, ones, zeros = Constant, Identity, Ones, Zeros
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform
he_normal, he_uniform = HeNormal, HeUniform
lecun_normal, lecun_uniform = LecunNormal, LecunUniform
orthogonal, variance_scaling = Orthogonal, VarianceScaling
IdentityInitializer, OrthogonalInitializer = Identity, Orthogonal


def get(identifier: Any, argument: str = "") -> Initializer:
    """The initializer that a name, class, object, array of values or function means.

    Parameters
    ----------
    identifier : str, object, class, array or function
        What is meant.  A function of one's own takes the shape, and ``dtype`` and ``rng`` where it has arguments of
        these names; it returns an array of that shape.
    argument : str, optional
        What the caller calls it, for messages.

    Returns
    -------
    Initializer
        An object that was handed in is returned as it is.

    Raises
    ------
    UnknownNameError, ArgumentTypeError
        If it means none.

    Examples
    --------
    >>> get("he_normal"), get("zeros")
    (HeNormal(), Zeros())
    >>> get(lambda shape: np.full(shape, 0.5))((2,))
    array([0.5, 0.5])
    """
    if isinstance(identifier, np.ndarray | list):
        return Constant(identifier)
    if callable(identifier) and not isinstance(identifier, Initializer | type):
        return InitializerFunction(identifier)
    return INITIALIZERS.get(identifier, argument)
