"""`keras.datasets`: MNIST and Fashion-MNIST; the others are refused by name."""

from mlp.keras.namespace import lay_out

__all__ = ["fashion_mnist", "mnist"]

lay_out(__name__, own=__all__)
