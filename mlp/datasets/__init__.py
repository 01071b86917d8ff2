"""Data to learn with: small real tables in the package, generators, and MNIST from a folder or the net."""

from mlp.datasets.digits import load_digits
from mlp.datasets.generators import circles, gaussians, moons, spiral, xor
from mlp.datasets.iris import load_iris
from mlp.datasets.mnist import load_mnist

__all__ = ["load_digits", "load_iris", "load_mnist", "moons", "circles", "spiral", "xor", "gaussians"]
