"""Hypothesis strategies for networks, their parts and their data; needs the extra ``testing``.

>>> from hypothesis import given, settings, strategies as st
>>> from mlp.testing.strategies import batches, networks
>>> @settings(max_examples=10, deadline=None)
... @given(st.data(), networks(compiled=True))
... def one_row_at_a_time(data, net):
...     x, y = data.draw(batches(net))
...     assert abs(net.predict(x[:1]) - net.predict(x)[:1]).max() < 1e-9
>>> one_row_at_a_time()

Everything shrinks to small networks with small integers, and a class that enters a registry of the library is
drawn from then on.  ``st.from_type(Network)``, and that of any registered class or its base, works without an
import of this module.
"""

from mlp.errors import MissingExtraError

try:
    import hypothesis as _hypothesis  # noqa: F401
except ImportError as error:
    raise MissingExtraError(
        'mlp.testing.strategies needs the package hypothesis: pip install "numpy-mlp[testing]"'
    ) from error

from mlp.testing.strategies.data import batches, datasets
from mlp.testing.strategies.networks import assemble, networks
from mlp.testing.strategies.objects import activations, losses, optimizers
from mlp.testing.strategies.stack import layers
from mlp.testing.strategies.weights import weights_for

__all__ = [
    "activations", "assemble", "batches", "datasets", "layers", "losses", "networks", "optimizers", "weights_for",
]  # fmt: skip
