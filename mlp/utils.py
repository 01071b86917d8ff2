"""Small helps around data and randomness, with the names that Keras gives them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError

if TYPE_CHECKING:
    from mlp.layers import Layer
    from mlp.network import Network

__all__ = ["PyDataset", "clone_model", "normalize", "set_random_seed", "split_dataset", "to_categorical"]

T = TypeVar("T", bound="Network")

#: What networks take their seeds from that are made without one in `mlp.keras`; see `set_random_seed`.
_seeds = np.random.default_rng()


class PyDataset:
    """Batches of one's own: subclass it, giving ``__len__``, how many there are, and ``__getitem__``, one of them.

    A batch is ``(x, y)`` or ``(x, y, sample_weight)``.  ``on_epoch_begin`` and ``on_epoch_end`` may be overridden.

    Parameters
    ----------
    workers, use_multiprocessing, max_queue_size
        Taken for Keras's sake: batches are made one after another, when they are needed.

    Examples
    --------
    >>> class Pairs(PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         return np.full((4, 2), index), np.full(4, index)
    >>> Pairs()[2][1]
    array([2, 2, 2, 2])
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers, self.use_multiprocessing, self.max_queue_size = (
            workers,
            use_multiprocessing,
            max_queue_size,
        )

    def __getitem__(self, index: int) -> Any:
        """Batch ``index``, from 0."""
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index)")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__(self)")

    @property
    def num_batches(self) -> int:
        """How many batches there are."""
        return len(self)

    def on_epoch_begin(self) -> None:
        """Before an epoch."""

    def on_epoch_end(self) -> None:
        """After an epoch."""


def to_categorical(x: Any, num_classes: int | None = None) -> Array:
    """One-hot rows: ``y[..., x[...]] = 1``, all else 0.

    Parameters
    ----------
    x : array_like of int, shape (...) or (..., 1)
        Class numbers from 0.
    num_classes : int, optional
        How many classes there are; one more than the largest number unless given.

    Returns
    -------
    ndarray of float64, shape (..., num_classes)
        A new array.

    Raises
    ------
    DataError
        If a class number is negative, no whole number, or not below ``num_classes``.
    ArgumentError
        If there are no numbers, and ``num_classes`` is not given.

    Examples
    --------
    >>> to_categorical([0, 1, 2, 3], num_classes=4)
    array([[1., 0., 0., 0.],
           [0., 1., 0., 0.],
           [0., 0., 1., 0.],
           [0., 0., 0., 1.]])
    """
    given = np.asarray(x)
    if given.dtype.kind not in "iufb" or not np.all(given == np.floor(given)):
        raise DataError(f"x must hold class numbers, whole numbers from 0, got {_shown(given)}")
    labels = given.astype(np.int64)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None and not labels.size:
        raise ArgumentError("x is empty: say num_classes")
    classes = int(labels.max()) + 1 if num_classes is None else checks.integer("num_classes", num_classes)
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise DataError(f"x must hold class numbers from 0 to {classes - 1}, got {wrong}")
    one_hot = np.zeros((labels.size, classes))
    one_hot[np.arange(labels.size), labels.ravel()] = 1.0
    return one_hot.reshape(*labels.shape, classes)


def normalize(x: Any, axis: int = -1, order: float = 2) -> Array:
    """``y = x / ||x||``, the norm taken along one axis; vectors of zeros stay zeros.

    Parameters
    ----------
    x : array_like
        Vectors along ``axis``.
    axis : int, default -1
        The axis.
    order : float, default 2
        Which norm, as of ``numpy.linalg.norm``.

    Returns
    -------
    ndarray
        A new array of the shape of ``x``.

    Raises
    ------
    DataError
        If ``x`` holds no real numbers.
    ArgumentError
        If ``x`` has no such axis.

    Examples
    --------
    >>> normalize([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    array = np.atleast_1d(np.asarray(x))
    if array.dtype.kind not in "iufb":
        raise DataError(f"x must hold real numbers, got {_shown(array)}")
    checks.integer("axis", axis, -array.ndim, array.ndim - 1)
    if array.dtype.kind != "f":
        array = array.astype(np.float64)
    norms = np.linalg.norm(array, order, axis, keepdims=True)
    result: Array = array / np.where(norms == 0, np.ones_like(norms), norms)
    return result


def set_random_seed(seed: int) -> None:
    """Seed Python's and NumPy's global generators, and the networks that `mlp.keras` makes from now on.

    A network that was made with ``rng=`` has a generator of its own, which is left alone.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If it is none such.

    Examples
    --------
    >>> set_random_seed(7)
    >>> first = np.random.rand()
    >>> set_random_seed(7)
    >>> first == np.random.rand()
    True
    """
    global _seeds
    checks.integer("seed", seed, 0, 2**32 - 1)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the global generator is what is to be seeded
    _seeds = np.random.default_rng(seed)


def next_seed() -> int:
    """The seed of the next network that is made without one."""
    return int(_seeds.integers(2**32))


def clone_model(model: T, clone_function: Callable[[Layer], Layer] | None = None, rng: Any = None) -> T:
    """A network of the same architecture with new weights; it is not compiled.

    Parameters
    ----------
    model : Network
        The network.
    clone_function : callable, optional
        Called with every layer but input layers; what it returns takes the layer's place.  By default a new layer
        with the same arguments.
    rng : int, SeedSequence, Generator or None
        The source of the new network's randomness.

    Returns
    -------
    Network
        Of the same class.

    Raises
    ------
    ArgumentTypeError
        If ``model`` is no network.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(3, input_dim=2), Dense(1)], rng=0)
    >>> twin = clone_model(net, rng=1)
    >>> [layer.name for layer in twin.layers]
    ['dense', 'dense_1']
    >>> bool((twin.parameters == net.parameters).all())
    False
    """
    from mlp.layers import InputLayer
    from mlp.network import Network

    if not isinstance(model, Network):
        raise ArgumentTypeError(f"model must be a Network, got {model!r}")
    config = model.get_config()
    own = {type(layer).__name__: type(layer) for layer in model.walk() if type(layer) is not type(model)}
    if clone_function is not None:
        made = [layer if isinstance(layer, InputLayer) else clone_function(layer) for layer in model.layers]
        config["layers"] = [layer.describe() for layer in made]
        own |= {type(layer).__name__: type(layer) for layer in made}
    return type(model).from_config(config, own, rng)


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
) -> tuple[Any, Any]:
    """Rows in two parts: an array, or arrays that belong together.

    Parameters
    ----------
    dataset : array_like, or tuple or dict of them
        Rows; arrays that belong together have the same number of them, and are a tuple or a dict.
    left_size, right_size : int or float, optional
        How many rows, or what share of them if a float from 0 to 1; one of the two is enough.
    shuffle : bool, default False
        Draw rows at random for the left part instead of its being the first ones.
    seed : int, optional
        What the order is drawn from.

    Returns
    -------
    left, right
        Each of the kind of ``dataset``, of new arrays.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the sizes are missing or do not fit.
    ShapeError
        If arrays that belong together differ in length.

    Examples
    --------
    >>> left, right = split_dataset(np.arange(10), left_size=0.8)
    >>> left, right
    (array([0, 1, 2, 3, 4, 5, 6, 7]), array([8, 9]))
    """
    several = isinstance(dataset, tuple | dict)
    keys = list(dataset) if isinstance(dataset, dict) else None
    given = [dataset[key] for key in keys] if keys is not None else list(dataset) if several else [dataset]
    arrays = [np.asarray(array) for array in given]
    lengths = [array.shape[0] if array.ndim else 0 for array in arrays]
    if not arrays or len(set(lengths)) != 1:
        raise ShapeError(f"dataset must be arrays with the same number of rows, got {lengths} rows")
    n = lengths[0]
    n_left, n_right = _sizes(n, left_size, right_size)
    order = np.arange(n)
    if checks.flag("shuffle", shuffle):
        order = np.random.default_rng(seed).permutation(n)

    def part(rows: Any) -> Any:
        taken = [array[rows] for array in arrays]
        if keys is not None:
            return dict(zip(keys, taken, strict=True))
        return tuple(taken) if several else taken[0]

    return part(order[:n_left]), part(order[n_left : n_left + n_right])


def _sizes(n: int, left: float | None, right: float | None) -> tuple[int, int]:
    """How many of ``n`` rows go to either side; shares are rounded to the nearer number."""

    def count(name: str, size: Any) -> int:
        if isinstance(size, bool) or not isinstance(size, int | float | np.integer | np.floating):
            raise ArgumentTypeError(f"{name} must be a number of rows or a share of them, got {size!r}")
        if isinstance(size, float | np.floating):
            return round(n * checks.real(name, size, 0.0, 1.0))
        return checks.integer(name, size, 0, n)

    if left is None and right is None:
        raise ArgumentError("say left_size or right_size")
    n_left = n - count("right_size", right) if left is None and right is not None else 0
    if left is not None:
        n_left = count("left_size", left)
    n_right = n - n_left if right is None else count("right_size", right)
    if n_left + n_right > n:
        raise ArgumentError(
            f"left_size and right_size together are {n_left + n_right} rows, and there are {n}"
        )
    return n_left, n_right


def _shown(array: Any) -> str:
    return repr(array.ravel()[:3].tolist()).replace("]", ", ...]" if array.size > 3 else "]")
