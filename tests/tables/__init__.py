"""Every class of every registry has a row here: an example, and beside it the truth about it.

A truth is written from the definition, never with the code under test: in 400 decimal digits, in exact
fractions, or in plain loops over Python's numbers.  A property in the test files is a function over a table;
a new activation, loss, optimizer, layer ... is one more row and no test code.  `test_registry` finds the
classes in the registries, so that none can be forgotten.
"""

from mlp import activations as act
from mlp import constraints as con
from mlp import initializers as ini
from mlp import losses as los
from mlp import metrics as met
from mlp import optimizers as opt
from mlp import regularizers as reg
from mlp import schedules as sch
from mlp.layers.base import LAYERS
from tables.activations import ACTIVATIONS, each, sigmoid, softmax
from tables.common import EPS, EXACT, exactly, over
from tables.initializers import INITIALIZERS
from tables.layers import LAYER_ROWS, dense, example
from tables.losses import LOSSES, TARGETS
from tables.merges import MERGES
from tables.metrics import METRICS
from tables.optimizers import OPTIMIZERS
from tables.penalties import CONSTRAINTS, REGULARIZERS
from tables.schedules import SCHEDULES

__all__ = [
    "ACTIVATIONS", "CONSTRAINTS", "EPS", "EXACT", "INITIALIZERS", "LAYER_ROWS", "LOSSES", "MERGES", "METRICS",
    "OPTIMIZERS", "REGULARIZERS", "SCHEDULES", "TABLES", "TARGETS", "dense", "each", "exactly", "example", "over",
    "sigmoid", "softmax",
]  # fmt: skip

#: Registry, table: what `test_registry` looks through.
TABLES = {
    "activation": (act.ACTIVATIONS, ACTIVATIONS),
    "loss": (los.LOSSES, LOSSES),
    "metric": (met.METRICS, METRICS),
    "initializer": (ini.INITIALIZERS, INITIALIZERS),
    "optimizer": (opt.OPTIMIZERS, OPTIMIZERS),
    "schedule": (sch.SCHEDULES, SCHEDULES),
    "regularizer": (reg.REGULARIZERS, REGULARIZERS),
    "constraint": (con.CONSTRAINTS, CONSTRAINTS),
    "layer": (LAYERS, LAYER_ROWS + MERGES),
}
