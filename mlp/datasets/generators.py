"""Random points in the plane with class labels: the problems on which networks are shown.

Every generator makes the points of each class, puts all rows in random order and adds normal noise.
Class sizes differ by one at most; where they do, the first classes are the larger ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mlp.checks import fraction, generator, integer, real
from mlp.datasets.points import Labelled, Seed, class_centers, class_sizes, labelled

__all__ = ["moons", "circles", "spiral", "xor", "gaussians"]


def moons(n_samples: int = 100, noise: float = 0.0, *, rng: Seed = None) -> Labelled:
    """Two half circles, each around the other's end: (cos t, sin t), (1 - cos t, 1/2 - sin t), t in [0, pi].

    Parameters
    ----------
    n_samples : int, default 100
        The number of points of both classes together.
    noise : float, default 0
        Standard deviation of the normal noise on both coordinates; 0.1 to 0.3 is usual.
    rng : int, SeedSequence, Generator or None
        As for ``numpy.random.default_rng``; the order of the rows and the noise come from it.

    Returns
    -------
    x, y : ndarray of float64, shape (n_samples, 2); of int64, shape (n_samples,)
        Points, and 0 for the upper moon, 1 for the lower.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is out of range or of the wrong type.

    Examples
    --------
    >>> x, y = moons(200, noise=0.1, rng=0)
    >>> x.shape, np.bincount(y).tolist()
    ((200, 2), [100, 100])
    """
    n, noise, rng = integer("n_samples", n_samples), real("noise", noise, 0.0), generator("rng", rng)
    t, s = (np.linspace(0.0, np.pi, size) for size in class_sizes(n, 2))
    upper = np.column_stack([np.cos(t), np.sin(t)])
    lower = np.column_stack([1.0 - np.cos(s), 0.5 - np.sin(s)])
    return labelled([upper, lower], noise, rng)


def circles(n_samples: int = 100, noise: float = 0.0, *, factor: float = 0.8, rng: Seed = None) -> Labelled:
    """Two circles around the origin: r (cos t, sin t), r = 1 or ``factor``, t in [0, 2 pi).

    Parameters
    ----------
    n_samples, noise
        As in `moons`.
    factor : float, default 0.8
        The radius of the inner circle, in [0, 1).
    rng
        As in `moons`.

    Returns
    -------
    x, y : ndarray of float64, shape (n_samples, 2); of int64, shape (n_samples,)
        Points, and 0 for the outer circle, 1 for the inner.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is out of range or of the wrong type.

    Examples
    --------
    >>> x, y = circles(6, factor=0.5, rng=0)
    >>> np.hypot(*x[y == 1].T).round(12).tolist()
    [0.5, 0.5, 0.5]
    """
    n, noise, rng = integer("n_samples", n_samples), real("noise", noise, 0.0), generator("rng", rng)
    factor = fraction("factor", factor)
    t, s = (np.linspace(0.0, 2.0 * np.pi, size, endpoint=False) for size in class_sizes(n, 2))
    outer = np.column_stack([np.cos(t), np.sin(t)])
    inner = factor * np.column_stack([np.cos(s), np.sin(s)])
    return labelled([outer, inner], noise, rng)


def spiral(n_samples: int = 100, noise: float = 0.0, *, n_classes: int = 2, rng: Seed = None) -> Labelled:
    """Arms of one turn around the origin: t (cos a, sin a), a = 2 pi (t + c / n_classes), t in (0, 1].

    The origin, where all arms would meet, is left out.
    Two arms: A. Wieland, in K. Lang, M. Witbrock (1988), *Learning to tell two spirals apart*.

    Parameters
    ----------
    n_samples, noise
        As in `moons`; neighbouring arms are ``1 / n_classes`` apart, so for two 0.02 to 0.1 is usual.
    n_classes : int, default 2
        The number of arms, at most ``n_samples``.
    rng
        As in `moons`.

    Returns
    -------
    x, y : ndarray of float64, shape (n_samples, 2); of int64, shape (n_samples,)
        Points, and the arm c, 0 to ``n_classes - 1``.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is out of range or of the wrong type.

    Examples
    --------
    >>> np.bincount(spiral(300, noise=0.02, n_classes=3, rng=0)[1]).tolist()
    [100, 100, 100]
    """
    n, noise, rng = integer("n_samples", n_samples), real("noise", noise, 0.0), generator("rng", rng)
    n_classes = integer("n_classes", n_classes, high=n)
    arms = []
    for c, size in enumerate(class_sizes(n, n_classes)):
        t = np.arange(1, size + 1) / size
        angle = 2.0 * np.pi * (t + c / n_classes)
        arms.append(t[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
    return labelled(arms, noise, rng)


def xor(n_samples: int = 100, noise: float = 0.0, *, rng: Seed = None) -> Labelled:
    """Random points of the square [-1, 1]^2, labelled by exclusive or: y = 1 where x1 x2 < 0, else 0.

    Uniform in each quadrant, none on an axis; a label is that of the point before the noise. The four
    corners need no generator: ``x = [[-1, -1], [-1, 1], [1, -1], [1, 1]]``, ``y = [0, 1, 1, 0]``.

    Parameters
    ----------
    n_samples, noise, rng
        As in `moons`; the points too are drawn from ``rng``.

    Returns
    -------
    x, y : ndarray of float64, shape (n_samples, 2); of int64, shape (n_samples,)
        Points, and 0 where both coordinates have one sign, else 1.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is out of range or of the wrong type.

    Examples
    --------
    >>> x, y = xor(200, rng=0)
    >>> bool(np.all(y == (x[:, 0] * x[:, 1] < 0)))
    True
    """
    n, noise, rng = integer("n_samples", n_samples), real("noise", noise, 0.0), generator("rng", rng)
    classes = []
    for size, product in zip(class_sizes(n, 2), (1.0, -1.0), strict=True):
        side = np.where(np.arange(size) % 2, -1.0, 1.0)
        magnitude = 1.0 - rng.random((size, 2))  # in (0, 1]: a zero would have no label
        classes.append(magnitude * np.column_stack([side, product * side]))
    return labelled(classes, noise, rng)


def gaussians(
    n_samples: int = 100, centers: int | ArrayLike = 3, cluster_std: float = 1.0, *, rng: Seed = None
) -> Labelled:
    """One round cloud per class: x = centers[y] + cluster_std * e, e normal with variance 1.

    Parameters
    ----------
    n_samples
        As in `moons`.
    centers : int or array_like, shape (n_classes, 2), default 3
        The centers; or the number of classes, at most ``n_samples``, and the centers are drawn
        uniformly from [-10, 10]^2, where two may come close to each other.
    cluster_std : float, default 1
        Standard deviation of the clouds.
    rng
        As in `moons`.

    Returns
    -------
    x, y : ndarray of float64, shape (n_samples, 2); of int64, shape (n_samples,)
        Points, and the class, 0 to ``n_classes - 1``.

    Raises
    ------
    ArgumentError, ArgumentTypeError, ShapeError
        If an argument is out of range or of the wrong type or shape.

    Examples
    --------
    >>> x, y = gaussians(400, centers=[[0, 0], [3, 3]], rng=0)
    >>> x[y == 1].mean(axis=0).round(1).tolist()
    [3.0, 3.0]
    """
    n, cluster_std, rng = (
        integer("n_samples", n_samples),
        real("cluster_std", cluster_std, 0.0),
        generator("rng", rng),
    )
    points = class_centers(centers, n, rng)
    clouds = [np.tile(points[c], (size, 1)) for c, size in enumerate(class_sizes(n, len(points)))]
    return labelled(clouds, cluster_std, rng)
