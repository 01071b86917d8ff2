"""Every layer and every activation that is registered has a rule in every language, or is none to be written down."""

import pytest

from mlp.activations import ACTIVATIONS
from mlp.files.program import IDLE
from mlp.files.source.in_c import activations as c_activations
from mlp.files.source.in_c import layers as c_layers
from mlp.files.source.pure import activations as pure_activations
from mlp.files.source.pure import layers as pure_layers
from mlp.files.source.with_numpy import activations as numpy_activations
from mlp.files.source.with_numpy import layers as numpy_layers
from mlp.layers import Residual
from mlp.layers.base import LAYERS
from mlp.network import Network

LANGUAGES = {
    "NumPy": (numpy_layers, numpy_activations),
    "Python": (pure_layers, pure_activations),
    "C": (c_layers, c_activations),
}

#: What `program_of` takes apart.
COMPOSITES = {Network, Residual}


@pytest.mark.parametrize(("layers", "activations"), LANGUAGES.values(), ids=LANGUAGES)
def test_all_that_is_registered_has_a_rule(layers, activations):
    assert (
        set(layers.LAYERS)
        == {cls for cls in LAYERS.classes.values() if cls.__module__.startswith("mlp.")} - IDLE - COMPOSITES
    )
    assert set(activations.ACTIVATIONS) == {
        cls for cls in ACTIVATIONS.classes.values() if cls.__module__.startswith("mlp.")
    }
